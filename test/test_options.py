"""What every call takes beside its own arguments, and what it does to the request."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leap import SchemaValidationError
from leap.apis.tags.generate_images_api import CREATE, FIND_ALL

if TYPE_CHECKING:
    from leap.operation import Operation, Request

SECRET = "hunter2"  # noqa: S105 - a secret that nothing accepts
CLIENT_HEADERS = MappingProxyType({"Authorization": "Bearer t", "User-Agent": "test"})


def request(operation: Operation[Any] = CREATE, **options: Any) -> Request:
    """The request of a call with options."""
    arguments = {"model_id": "m", "prompt": "a fox"} if operation is CREATE else {"model_id": "m"}
    return operation.request({**arguments, **options}, CLIENT_HEADERS)


def fault_of(operation: Operation[Any] = CREATE, **options: Any) -> str:
    """The one thing that a call with options is refused for."""
    with pytest.raises(SchemaValidationError) as caught:
        request(operation, **options)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(
    ("given_timeout", "pair"),
    [(5, (5, 5)), (0.5, (0.5, 0.5)), ((3, 60), (3, 60)), (2_147_483, (2_147_483, 2_147_483)), (None, None)],
)
def test_a_timeout_is_a_number_or_a_pair(given_timeout: Any, pair: tuple[float, float] | None) -> None:
    """One number counts for connecting and for reading, a pair for one each, None for as configured."""
    assert request(timeout=given_timeout).timeout == pair


@pytest.mark.parametrize(
    "wrong",
    [
        0, -1, True, "5", math.nan, math.inf, Decimal(5), (), (5,), (1, 2, 3), (5, 0), (5, None), [3, 60],
        1e10, 2_147_484, 10**400,
    ],
    ids=range(16),
)  # fmt: skip
def test_a_wrong_timeout_is_refused(wrong: Any) -> None:
    """What no socket can wait for is refused before anything is sent."""
    assert fault_of(timeout=wrong).startswith("timeout: got ")


@pytest.mark.parametrize("name", ["stream", "skip_deserialization"])
def test_flags_are_true_or_false(name: str) -> None:
    """The flags reach the request, and nothing but a bool is one."""
    assert getattr(request(**{name: True}), name) is True
    assert getattr(request(**{name: False}), name) is False
    for wrong in (1, 0, "true", []):
        assert fault_of(**{name: wrong}).endswith("needs True or False")


def test_accept_content_types_are_the_accept_header() -> None:
    """The media types are sent in their order."""
    made = request(accept_content_types=("application/json", "text/plain;q=0.5"))
    assert made.headers["Accept"] == "application/json, text/plain;q=0.5"
    assert request(accept_content_types=["application/json"]).headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    "wrong", [(), "application/json", ("a\r\nX-Evil: 1",), (5,), {"a"}, ("a\x00",), ("€",)]
)
def test_wrong_accept_content_types_are_refused(wrong: Any) -> None:
    """No header can be smuggled in, and a lone text is no tuple."""
    assert fault_of(accept_content_types=wrong).startswith("accept_content_types: got ")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/json; charset=utf-8", "application/vnd.leap+json", "Application/JSON"],
)
def test_a_content_type_of_json_is_sent(media_type: str) -> None:
    """Any name of JSON can be sent as the body's media type."""
    assert request(content_type=media_type).headers["Content-Type"] == media_type


@pytest.mark.parametrize(
    "wrong",
    [
        "text/plain", "multipart/form-data", "", "application/jsonp", "application/json\r\nX-Evil: 1", 5,
        "application/json; a=\x00", "application/json;\n", "application/json; a=\x7f", "application/+json",
        "application/json; ü",
    ],
)  # fmt: skip
def test_a_wrong_content_type_is_refused(wrong: Any) -> None:
    """The body is JSON, so nothing else can be claimed; and no control character passes."""
    assert fault_of(content_type=wrong).startswith("content_type: got ")


def test_no_content_type_without_a_body() -> None:
    """A call without a body does not claim a media type for one."""
    assert "Content-Type" not in request(FIND_ALL, content_type="application/json").headers


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "Authorization"])
def test_an_extra_header_replaces_the_clients_own(name: str) -> None:
    """A header of the same name in any case gives way, so that there is only one."""
    headers = request(extra_headers={name: "Bearer other"}).headers
    assert [(each, value) for each, value in headers.items() if each.lower() == "authorization"] == [
        (name, "Bearer other")
    ]


def test_extra_headers_replace_those_of_the_operation() -> None:
    """Accept and Content-Type can be replaced too, and further ones are added."""
    headers = request(
        extra_headers={"ACCEPT": "image/png", "content-type": "text/plain", "X-Note": "à la carte"}
    ).headers
    assert headers == {
        **CLIENT_HEADERS, "ACCEPT": "image/png", "content-type": "text/plain", "X-Note": "à la carte",
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [f"{SECRET}\r\nX-Evil: 1", f"{SECRET}\n", f"\r{SECRET}", f"{SECRET}\x00", f"{SECRET}€", f"{SECRET}\x7f",
     SECRET.encode(), [SECRET], None, 5],
)  # fmt: skip
def test_a_header_cannot_be_smuggled_in(value: Any) -> None:
    """A value with a line break, control character or no Latin-1 is refused, and never shown."""
    fault = fault_of(extra_headers={"X-Token": value})
    assert fault.startswith("extra_headers.X-Token: has a value that cannot be sent")
    assert SECRET not in fault


@pytest.mark.parametrize("name", ["", "X Note", "X-Note:", "X\r\nEvil", "Ü", 5, None, b"X"])
def test_a_header_name_is_an_http_token(name: Any) -> None:
    """What is no field name of HTTP is refused."""
    assert fault_of(extra_headers={name: "a"}).startswith("extra_headers: got the name ")


@pytest.mark.parametrize("name", ["extra_headers", "extra_query", "extra_body"])
def test_extras_are_mappings_and_are_not_shown(name: str) -> None:
    """A list of pairs is refused without showing what may be a secret."""
    fault = fault_of(**{name: [("Authorization", f"Bearer {SECRET}")]})
    assert fault == f"{name}: got a value of type list, needs a mapping"


@settings(deadline=None)
@given(name=st.text(max_size=8), value=st.text(max_size=8))
def test_any_header_is_refused_or_sent_on_one_line(name: str, value: str) -> None:
    """Whatever text is given, either it is refused or it fits one header line in Latin-1."""
    try:
        headers = request(extra_headers={name: value}).headers
    except SchemaValidationError:
        return
    assert headers[name] == value
    line = f"{name}: {value}".encode("latin-1")
    assert line.splitlines() in ([line], [line.rstrip(b"\x85")])
    assert not {*b"\r\n\0"} & {*line}


def test_extra_query_parameters_follow_the_own() -> None:
    """Texts, numbers and booleans are added; a list repeats its name."""
    extra = {"sort": "-created at", "limit": 5, "ratio": 0.5, "all": True, "tag": ["a", "b"], "none": []}
    assert request(FIND_ALL, page=1, extra_query=extra).target.partition("?")[2] == (
        "page=1&sort=-created%20at&limit=5&ratio=0.5&all=true&tag=a&tag=b"
    )
    assert request(CREATE, extra_query={"dry": True}).target.endswith("/inferences?dry=true")


@pytest.mark.parametrize(
    "extra",
    [{"a": None}, {"a": b"x"}, {"a": {"b": 1}}, {"a": "\ud800"}, {"a": [None]}, {5: "x"}, {"a": 10**5000}],
    ids=range(7),
)
def test_wrong_extra_query_parameters_are_refused(extra: Any) -> None:
    """What has no text on the wire is refused with its name."""
    name = next(iter(extra))
    assert fault_of(FIND_ALL, extra_query=extra).startswith(f"extra_query.{name}: got ")


def test_extra_body_fields_are_sent_unchecked() -> None:
    """Fields that the contract does not know are added, and those that it knows are replaced."""
    body = request(extra_body={"sampler": {"name": ["ddim"]}, "seed": None, "prompt": 5}).body
    assert json.loads(body or b"") == {"prompt": 5, "sampler": {"name": ["ddim"]}, "seed": None}


def test_an_extra_body_gives_a_body_to_a_call_without_one() -> None:
    """A call whose contract has no body can be given one, with its media type."""
    made = request(FIND_ALL, extra_body={"filter": "all"})
    assert made.body == b'{"filter":"all"}'
    assert made.headers["Content-Type"] == "application/json"


def _cyclic() -> dict[str, Any]:
    cycle: dict[str, Any] = {}
    cycle["again"] = cycle
    return cycle


@pytest.mark.parametrize("extra", [{"a": object()}, {"a": 1j}, {"a": "\ud800"}, _cyclic()], ids=range(4))
@pytest.mark.parametrize("operation", [CREATE, FIND_ALL])
def test_an_extra_body_that_is_not_json_is_refused(operation: Operation[Any], extra: Any) -> None:
    """What JSON cannot hold is a fault of the arguments, not a crash."""
    assert fault_of(operation, extra_body=extra).startswith("extra_body: ")


def test_options_that_are_none_or_default_change_nothing() -> None:
    """The defaults of the signature, given explicitly, make the same request."""
    explicit = request(
        content_type="application/json",
        accept_content_types=("application/json",),
        stream=False,
        timeout=None,
        skip_deserialization=False,
        extra_headers={},
        extra_query={},
        extra_body={},
    )
    assert explicit == request()
    assert request(FIND_ALL, extra_body={}, content_type="application/json") == request(FIND_ALL)


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "Transfer-Encoding"])
def test_no_extra_header_moves_the_end_of_the_request(name: str) -> None:
    """A header that frames the body is refused: with a wrong one, the rest is taken for another request."""
    assert fault_of(extra_headers={name: "5"}) == f"extra_headers.{name}: is set by the client, from the body"


def test_a_request_shows_no_token() -> None:
    """What a debugger or an error reporter shows of a request has neither token nor query in it."""
    assert repr(request(FIND_ALL, extra_query={"key": SECRET})) == (
        "<Request GET /api/v1/images/models/m/inferences>"
    )
