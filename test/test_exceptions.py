"""The error tree: as it is drawn, and whole after a pickle."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import traceback
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from urllib3 import HTTPHeaderDict, HTTPResponse

import leap
from leap import (
    ApiException,
    ApiResponse,
    ApiResponseWithoutDeserialization,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
    ResponseValidationError,
    SchemaValidationError,
    exceptions,
    unset,
)
from leap.apis.tags.generate_images_api import CREATE, FIND_ALL, REMOVE
from leap.exceptions import class_for_status, join_faults
from leap.models import InferenceEntity
from leap.outcome import interpret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leap.operation import Operation

CLASSES: list[type[Exception]] = [
    each
    for _, each in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(each, Exception) and each.__module__ == exceptions.__name__
]
API_EXCEPTIONS = [each for each in CLASSES if issubclass(each, ApiException)]


def interpreted(
    operation: Operation[Any], body: object, status: int = 200, *, strict: bool = False
) -> ApiResponse[Any]:
    """What an operation makes of an answer, with a header that came twice."""
    headers = HTTPHeaderDict({"Content-Type": "application/json", "Set-Cookie": "a=1"})
    headers.add("Set-Cookie", "b=2")
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = HTTPResponse(BytesIO(data), headers, status, reason="Reason", version=11)
    names = {"prompt": "a fox", "model_id": "m", "inference_id": "j"}
    arguments = {name: names[name] for name in names if name in operation._places}  # noqa: SLF001
    return interpret(operation, operation.request(arguments, {}), answer, 0.25, strict=strict)


def by_pickle(value: Any) -> Any:
    """The value after a pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


def by_oldest_pickle(value: Any) -> Any:
    """The value after a pickle of the first protocol."""
    return pickle.loads(pickle.dumps(value, 0))  # noqa: S301 - our own bytes


WAYS = [by_pickle, by_oldest_pickle, copy.copy, copy.deepcopy]


def drawn_tree() -> Iterator[tuple[str, str | None, str]]:
    """Name, name of the parent, and remark of each class that the module's docstring draws."""
    above: dict[int, str] = {}
    for line in (exceptions.__doc__ or "").splitlines():
        name, _, remark = line.lstrip(" │├└─").partition(" ")
        if (hasattr(exceptions, name) and remark.startswith("  ")) or name == "OpenApiException":
            depth = (len(line) - len(line.lstrip(" │├└─")) - 4) // 4
            above[depth] = name
            yield name, above.get(depth - 1), remark.strip()


def test_the_tree_is_as_it_is_drawn() -> None:
    """The drawing in the docstring shows every class, under its parent, and no other."""
    drawn = {name: parent for name, parent, _ in drawn_tree()}
    roots = {"OpenApiException": None, "ResponseValidationWarning": None, "InsecureTransportWarning": None}
    real = {each.__name__: each.__bases__[0].__name__ for each in CLASSES if each.__name__ not in roots}
    assert drawn == {**roots, **real}


def test_second_parents_are_as_they_are_drawn() -> None:
    """Where the drawing says "also a …", the class is one."""
    also = {name: remark.partition("(also a")[2].strip("n )") for name, _, remark in drawn_tree()}
    assert {name: base for name, base in also.items() if base} == {
        "ApiTypeError": "TypeError",
        "ApiValueError": "ValueError",
        "SchemaValidationError": "ApiTypeError",
    }
    assert issubclass(ApiTypeError, TypeError)
    assert issubclass(ApiValueError, ValueError)
    assert issubclass(SchemaValidationError, ApiTypeError)


def test_statuses_are_as_they_are_drawn() -> None:
    """Each status that the drawing names has the class beside it."""
    statuses = {name: remark for name, _, remark in drawn_tree() if remark[:1].isdigit()}
    assert len(statuses) == 8
    for name, remark in statuses.items():
        for status in (500, 599) if remark.startswith("5xx") else (int(remark[:3]),):
            assert class_for_status(status) is getattr(exceptions, name)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_is_public(kind: type[Exception]) -> None:
    """Whatever can be raised can be imported from `leap` and says what it means."""
    assert getattr(leap, kind.__name__) is kind
    assert kind.__doc__


@pytest.mark.parametrize("kind", [each for each in CLASSES if not issubclass(each, Warning)])
def test_one_base_catches_everything(kind: type[Exception]) -> None:
    """`except OpenApiException` catches all that the package raises."""
    assert issubclass(kind, OpenApiException)


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize("kind", API_EXCEPTIONS)
def test_an_api_exception_comes_back_whole(kind: type[ApiException], again: Callable[[Any], Any]) -> None:
    """Every ApiException keeps its message, status, reason, headers, body, time and notes."""
    headers = HTTPHeaderDict({"Retry-After": "5"})
    headers.add("Set-Cookie", "a=1")
    headers.add("Set-Cookie", "b=2")
    error = kind("went wrong", status=429, reason="No", headers=headers, body={"a": [1]}, round_trip_time=0.5)
    error.add_note("while drawing the fox")
    same = again(error)
    assert type(same) is kind
    assert str(same) == "went wrong"
    assert same.args == error.args
    assert vars(same) == vars(error)
    assert same.headers.getlist("set-cookie") == ["a=1", "b=2"]
    assert same.headers["retry-after"] == "5"
    assert same.__notes__ == ["while drawing the fox"]


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize("kind", [each for each in CLASSES if not issubclass(each, ApiException)])
def test_every_other_exception_comes_back_whole(kind: type[Exception], again: Callable[[Any], Any]) -> None:
    """What is raised before or beside a call keeps its message and attributes too."""
    error = (
        kind(("steps: is missing", "seed: is missing")) if kind is SchemaValidationError else kind("wrong")
    )
    same = again(error)
    assert type(same) is kind
    assert (str(same), same.args, vars(same)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("again", WAYS)
def test_real_argument_errors_come_back_whole(again: Callable[[Any], Any]) -> None:
    """What a wrong call raises keeps its faults."""
    with pytest.raises(SchemaValidationError) as caught:
        CREATE.request({"steps": "fifty", "model_id": ""}, {})
    same = again(caught.value)
    assert same.faults == caught.value.faults
    assert len(same.faults) == 3
    assert str(same) == str(caught.value)


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize(("body", "status"), [({"message": "no"}, 404), (b"<html>", 502), (b"<html>", 200)])
def test_real_errors_come_back_whole(again: Callable[[Any], Any], body: object, status: int) -> None:
    """What a real answer raises keeps its headers as they came, read without regard to case."""
    with pytest.raises(ApiException) as caught:
        interpreted(CREATE, body, status)
    same = again(caught.value)
    assert type(same) is type(caught.value)
    assert str(same) == str(caught.value)
    assert vars(same) == vars(caught.value)
    assert same.headers.getlist("SET-COOKIE") == ["a=1", "b=2"]


@pytest.mark.parametrize("again", WAYS)
def test_a_validation_error_comes_back_with_its_response(
    job: dict[str, Any], again: Callable[[Any], Any]
) -> None:
    """The exception of a strict client keeps the whole response: DTO, headers and raw bytes."""
    job["images"] = [{"id": "f7", "createdAt": "now", "uri": "u", "size": [5]}]
    with pytest.raises(ResponseValidationError) as caught:
        interpreted(FIND_ALL, [{**job, "state": "exploded"}, job], strict=True)
    same = again(caught.value)
    assert type(same) is ResponseValidationError
    assert str(same) == str(caught.value)
    assert same.faults == caught.value.faults
    assert same.faults[0].startswith("[0].state: ")
    response = same.api_response
    assert response.body == same.body == caught.value.body
    assert type(response.body[0]) is InferenceEntity
    assert response.body[0].images[0]["size"] == (5,)
    assert response.status == 200
    assert response.round_trip_time == 0.25
    assert response.headers.getlist("set-cookie") == ["a=1", "b=2"]
    assert response.response.data == caught.value.api_response.response.data


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize("data", [b"", b"gone"])
def test_a_response_comes_back_whole(data: bytes, again: Callable[[Any], Any]) -> None:
    """A response without a body keeps its raw answer: bytes (none, too), headers, reason, version."""
    response = again(interpreted(REMOVE, data))
    assert type(response) is ApiResponse
    assert response.body is unset
    raw = response.response
    assert (raw.data, raw.status, raw.reason, raw.version) == (data, 200, "Reason", 11)
    assert raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "gzip", "Content-Length": "999"}, {"Transfer-Encoding": "chunked"}]
)
def test_a_response_without_deserialization_comes_back_whole(
    headers: dict[str, str], again: Callable[[Any], Any]
) -> None:
    """So does one that was not looked at, with `body` and `headers` still unset."""
    raw = HTTPResponse(BytesIO(b'{"a": 1}'), headers, 200, decode_content=False, enforce_content_length=False)
    response = again(ApiResponseWithoutDeserialization(raw, round_trip_time=0.25))
    assert type(response) is ApiResponseWithoutDeserialization
    assert response.body is unset
    assert response.headers is unset
    assert response.response.data == b'{"a": 1}'
    assert dict(response.response.headers) == headers


def test_an_exception_has_what_the_documented_except_block_prints() -> None:
    """`body`, `headers`, `status`, `reason` and `round_trip_time` are there on every ApiException."""
    for kind in API_EXCEPTIONS:
        error = kind("no connection")
        assert str(error) == "no connection"
        assert (error.body, error.headers, error.status, error.reason, error.round_trip_time) == (None,) * 5


def test_faults_are_listed_a_line_each() -> None:
    """One fault is the message itself, several are lines of their own, and very many are cut short."""
    assert join_faults(["steps: is missing"]) == "steps: is missing"
    assert join_faults(["a", "b"]) == "2 faults:\n  a\n  b"
    assert join_faults([str(number) for number in range(25)]).splitlines()[-1] == "  … and 5 more"
    error = SchemaValidationError(["a", "b"])
    assert "".join(traceback.format_exception_only(error)) == (
        "leap.exceptions.SchemaValidationError: 2 faults:\n  a\n  b\n"
    )
