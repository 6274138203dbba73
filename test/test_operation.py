"""From Python arguments to a request: strict, in both documented forms, and never to another address."""

from __future__ import annotations

import inspect
import json
import math
import string
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leap import ApiTypeError, ApiValueError, SchemaValidationError
from leap.apis.tags.generate_images_api import (
    CREATE,
    FIND_ALL,
    FIND_ONE,
    REMOVE,
    GenerateImagesApi,
    InferenceIdSchema,
    ModelIdSchema,
    OnlyFinishedSchema,
    PageSchema,
)
from leap.models import CreateInferenceDto
from leap.operation import Operation, Parameter, Request
from leap.schemas import Model, NumberSchema, Unset, field

CLIENT_HEADERS = MappingProxyType({"Authorization": "Bearer t", "User-Agent": "test"})
EVERYTHING: dict[str, Any] = {
    "prompt": "A photo of an astronaut riding a horse",
    "negative_prompt": "asymmetric, bad hands, bad hair",
    "steps": 50,
    "width": 1024,
    "height": 512,
    "number_of_images": 1,
    "prompt_strength": 7.5,
    "seed": 4523184,
    "webhook_url": "https://hooks.test/leap",
}
ON_THE_WIRE: dict[str, Any] = {
    "prompt": "A photo of an astronaut riding a horse",
    "negativePrompt": "asymmetric, bad hands, bad hair",
    "steps": 50,
    "width": 1024,
    "height": 512,
    "numberOfImages": 1,
    "promptStrength": 7.5,
    "seed": 4523184,
    "webhookUrl": "https://hooks.test/leap",
}


class Name(str):
    """A string of a subclass."""

    __slots__ = ()


class Engine(str, Enum):  # noqa: UP042 - what str() gives is its name, which is the trap
    """A string that is an enum member."""

    SDXL = "sd/xl"
    PARENT = ".."


class Loud(float):
    """A float with a repr of its own, as NumPy's are."""

    def __repr__(self) -> str:
        return f"loud.float({float(self)})"


class Size(int, Enum):
    """An integer that is an enum member."""

    BIG = 1024


def request(operation: Operation[Any], **arguments: Any) -> Request:
    """The request that a call makes."""
    return operation.request(arguments, CLIENT_HEADERS)


def body_of(**arguments: Any) -> Any:
    """The JSON that `create` sends."""
    sent = request(CREATE, **{"model_id": "m", "prompt": "a fox", **arguments}).body
    assert sent is not None
    return json.loads(sent)


def faults_of(operation: Operation[Any], **arguments: Any) -> set[str]:
    """What a call is refused for."""
    with pytest.raises(SchemaValidationError) as caught:
        request(operation, **arguments)
    assert isinstance(caught.value, ApiTypeError)
    assert isinstance(caught.value, ApiValueError)
    return set(caught.value.faults)


def test_the_request_of_create() -> None:
    """`create` is a POST of JSON with wire names to the model's inferences, with the client's headers."""
    made = request(CREATE, model_id="26a1a203", **EVERYTHING)
    assert made.method == "POST"
    assert made.target == "/api/v1/images/models/26a1a203/inferences"
    assert made.headers == {
        **CLIENT_HEADERS,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    assert json.loads(made.body or b"") == ON_THE_WIRE
    assert (made.stream, made.skip_deserialization, made.timeout) == (False, False, None)


def test_the_request_of_find_all() -> None:
    """`find_all` is a GET with the query parameters under their wire names, and without a body."""
    made = request(FIND_ALL, model_id="m", only_finished=True, page=3.14, page_size=3.14)
    assert made.method == "GET"
    assert made.target == "/api/v1/images/models/m/inferences?onlyFinished=true&page=3.14&pageSize=3.14"
    assert made.headers == {**CLIENT_HEADERS, "Accept": "application/json"}
    assert made.body is None


@pytest.mark.parametrize(("operation", "method"), [(FIND_ONE, "GET"), (REMOVE, "DELETE")])
def test_the_request_for_one_job(operation: Operation[Any], method: str) -> None:
    """`find_one` and `remove` name the job in the path, each parameter in its place."""
    made = request(operation, inference_id="j", model_id="m")
    assert (made.method, made.target, made.body) == (method, "/api/v1/images/models/m/inferences/j", None)


STRUCTURED: list[dict[str, Any]] = [
    {"body": CreateInferenceDto(**EVERYTHING), "path_params": {"modelId": "m"}},
    {"body": ON_THE_WIRE, "path_params": {"modelId": "m"}},
    {"body": EVERYTHING, "path_params": {"model_id": "m"}},
    {"body": MappingProxyType(ON_THE_WIRE), "path_params": MappingProxyType({"modelId": "m"})},
]


@pytest.mark.parametrize("arguments", STRUCTURED, ids=["a DTO", "a dict", "Python names", "any mapping"])
def test_both_forms_make_the_same_request(arguments: dict[str, Any]) -> None:
    """The structured form, of a DTO or of any mapping, sends what the flat form sends, to the byte."""
    options = {"timeout": 5, "content_type": "application/json", "stream": True}
    assert request(CREATE, **arguments, **options) == request(CREATE, model_id="m", **EVERYTHING, **options)


@pytest.mark.parametrize(
    "query",
    [
        {"onlyFinished": False, "page": 2, "pageSize": 10},
        {"only_finished": False, "page": 2, "page_size": 10},
    ],
)
def test_both_forms_of_a_query_make_the_same_request(query: dict[str, Any]) -> None:
    """`query_params` and `path_params` send what the flat form sends."""
    flat = request(FIND_ALL, model_id="m", only_finished=False, page=2, page_size=10)
    assert request(FIND_ALL, query_params=query, path_params={"modelId": "m"}) == flat


def test_what_is_none_is_left_out() -> None:
    """None leaves an optional argument or option out of the request, in either form."""
    nothing = dict.fromkeys([*EVERYTHING, "timeout", "extra_headers", "extra_query", "extra_body", "stream"])
    assert request(CREATE, **{**nothing, "model_id": "m", "prompt": "a fox"}) == request(
        CREATE, model_id="m", prompt="a fox"
    )
    assert body_of(seed=None) == {"prompt": "a fox"}
    bare = request(FIND_ALL, model_id="m")
    assert bare.target == "/api/v1/images/models/m/inferences"
    assert request(FIND_ALL, model_id="m", page=None, only_finished=None) == bare
    assert request(FIND_ALL, path_params={"modelId": "m"}, query_params={"page": None}) == bare
    assert request(FIND_ALL, path_params={"modelId": "m"}, query_params=None) == bare


def test_zero_and_empty_are_not_left_out() -> None:
    """A falsy value is a value."""
    assert body_of(seed=0, negative_prompt="") == {"prompt": "a fox", "seed": 0, "negativePrompt": ""}
    assert request(FIND_ALL, model_id="m", page=0, only_finished=False).target.endswith(
        "?onlyFinished=false&page=0"
    )


def test_every_fault_is_listed_at_once() -> None:
    """One error names everything that is wrong, in the caller's spelling: body, path, options, strangers."""
    faults = faults_of(
        CREATE,
        model_id="..",
        steps="fifty",
        negative_prompt=3,
        width=1025,
        number_of_images=5,
        prompt_strength=-1,
        stream="yes",
        accept_content_types="text/plain",
        hight=512,
    )
    assert faults == {
        "prompt: is missing",
        "model_id: got '..', which would be another address",
        "steps: got 'fifty' (str), needs a number",
        "negative_prompt: got 3 (int), needs a string",
        "width: got 1025, needs a multiple of 8",
        "number_of_images: got 5, needs at most 4",
        "prompt_strength: got -1, needs at least 0",
        "stream: got 'yes' (str), needs True or False",
        "accept_content_types: got 'text/plain' (str), needs a tuple of media types",
        "hight: is no argument of create; did you mean height?",
    }


def test_every_fault_of_the_structured_form_is_listed_at_once() -> None:
    """Body, path and query are all looked through."""
    assert faults_of(CREATE, body={"steps": "fifty", "promt": "x"}, path_params={"modelID": "m"}) == {
        "prompt: is missing",
        "promt: is no field of CreateInferenceDto; did you mean prompt?",
        "steps: got 'fifty' (str), needs a number",
        "path_params.modelID: is no parameter of create",
        "model_id: is missing",
    }
    assert faults_of(FIND_ALL, path_params={"modelId": ""}, query_params={"page": "2", "size": 3}) == {
        "model_id: got '', which would be another address",
        "page: got '2' (str), needs a number",
        "query_params.size: is no parameter of find_all",
    }


WRONG_NUMBERS = [
    (True, "got True (bool), needs a number"),
    ("50", "got '50' (str), needs a number"),
    (b"50", "got b'50' (bytes), needs a number"),
    ([50], "got [50] (list), needs a number"),
    (math.nan, "got NaN, needs a number"),
    (Decimal("sNaN"), "got NaN, needs a number"),
    (math.inf, "got a number beyond what JSON can hold (an IEEE 754 double)"),
    (-math.inf, "got a number beyond what JSON can hold (an IEEE 754 double)"),
    (Decimal("Infinity"), "got a number beyond what JSON can hold (an IEEE 754 double)"),
    (10**309, "got a number beyond what JSON can hold (an IEEE 754 double)"),
    (Decimal("1E+999999"), "got a number beyond what JSON can hold (an IEEE 754 double)"),
]


@pytest.mark.parametrize(("value", "fault"), WRONG_NUMBERS, ids=range(len(WRONG_NUMBERS)))
def test_what_is_no_number_is_refused(value: object, fault: str) -> None:
    """True, "50", NaN, the infinities and numbers beyond a double never leave, in body or query."""
    assert faults_of(CREATE, model_id="m", prompt="a fox", steps=value) == {f"steps: {fault}"}
    assert faults_of(CREATE, path_params={"modelId": "m"}, body={"prompt": "", "steps": value}) == {
        f"steps: {fault}"
    }
    assert faults_of(FIND_ALL, model_id="m", page=value) == {f"page: {fault}"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (50, "50"),
        (2**64, "18446744073709551616"),
        (-0.5, "-0.5"),
        (1e22, "1e22"),
        (Decimal("7.10"), "7.10"),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (PageSchema(3.14), "3.14"),
        (Loud(2.5), "2.5"),
        (Size.BIG, "1024"),
    ],
)
def test_numbers_are_sent_as_json_numbers(value: object, text: str) -> None:
    """Every kind of number is sent as a JSON number, a Decimal with all of its digits."""
    sent = request(CREATE, model_id="m", prompt="a fox", seed=value).body or b""
    assert f'"seed":{text}' in sent.decode()
    assert math.isclose(json.loads(sent)["seed"], float(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.14, "3.14"),
        (Decimal("1.10"), "1.10"),
        (PageSchema(3.14), "3.14"),
        (Loud(2.5), "2.5"),
        (Size.BIG, "1024"),
    ],
)
def test_numbers_are_sent_as_text_in_a_query(value: object, text: str) -> None:
    """Every kind of number stands in the query as it is written."""
    assert request(FIND_ALL, model_id="m", page=value).target.endswith(f"?page={text}")


@pytest.mark.parametrize("truth", [True, False])
def test_booleans_are_sent_as_json_spells_them(truth: bool) -> None:
    """A bool and the document's BoolClass are `true` and `false` in a query; 1 and "true" are refused."""
    for value in (truth, OnlyFinishedSchema(truth)):
        target = request(FIND_ALL, model_id="m", only_finished=value).target
        assert target.endswith(f"?onlyFinished={str(truth).lower()}")
    for wrong in (int(truth), str(truth)):
        with pytest.raises(SchemaValidationError, match="needs True or False"):
            request(FIND_ALL, model_id="m", only_finished=wrong)


def test_values_of_the_parameter_schemas_can_be_sent() -> None:
    """What the document's schemas give is taken wherever the plain value is."""
    made = request(REMOVE, model_id=ModelIdSchema("m"), inference_id=InferenceIdSchema("j"))
    assert made == request(REMOVE, model_id="m", inference_id="j")
    assert body_of(prompt=ModelIdSchema("a fox"), negative_prompt=Name("rain")) == {
        "prompt": "a fox",
        "negativePrompt": "rain",
    }


def test_enum_members_are_sent_by_value() -> None:
    """A string that is an enum member is its value on the wire, not its name."""
    assert request(CREATE, model_id=Engine.SDXL, prompt="a fox").target.split("/")[5] == "sd%2Fxl"
    assert body_of(prompt=Engine.SDXL)["prompt"] == "sd/xl"
    assert faults_of(CREATE, model_id=Engine.PARENT, prompt="a fox") == {
        "model_id: got '..', which would be another address"
    }


@settings(deadline=None, max_examples=500)
@given(
    model_id=st.text(st.characters(codec=None)), inference_id=st.text(st.characters(codec=None), max_size=3)
)
@example(model_id="../../v2/models", inference_id="x")
@example(model_id="%2e%2e", inference_id="..")
@example(model_id="a?b#c", inference_id="%")
@example(model_id="a/b\\c\r\n\0", inference_id="…")
def test_a_path_parameter_never_changes_the_route(model_id: str, inference_id: str) -> None:
    """Any text is refused, or percent-decodes back to the one segment that it was given for."""
    try:
        target = request(REMOVE, model_id=model_id, inference_id=inference_id).target
    except SchemaValidationError:
        given_texts = (model_id, inference_id)
        assert any(text in {"", ".", ".."} or not is_unicode(text) for text in given_texts)
        return
    assert set(target) <= set(string.ascii_letters + string.digits + "-._~%/")
    segments = target.split("/")
    assert [unquote(segment) for segment in segments] == [
        "", "api", "v1", "images", "models", model_id, "inferences", inference_id,
    ]  # fmt: skip
    assert not {".", ".."} & set(segments)


def is_unicode(text: str) -> bool:
    """Whether there is no half of a surrogate pair in it."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_segment_that_is_another_address_is_refused(text: str) -> None:
    """Empty, `.` and `..` would be another route, so they are refused in either form."""
    fault = f"model_id: got {text!r}, which would be another address"
    assert faults_of(FIND_ALL, model_id=text) == {fault}
    assert faults_of(FIND_ALL, path_params={"modelId": text}) == {fault}


@pytest.mark.parametrize("value", [5, b"m", ["m"], None])
def test_a_path_parameter_is_a_string(value: object) -> None:
    """A path parameter of another type, or none at all, is refused."""
    (fault,) = faults_of(FIND_ALL, model_id=value)
    assert fault.startswith("model_id: is missing" if value is None else "model_id: got ")


def test_a_value_given_twice_is_refused() -> None:
    """Flat and structured, or in both spellings: a value that is there twice is refused, whichever it is."""
    path = {"modelId": "m"}
    assert faults_of(CREATE, body={"prompt": "a"}, prompt="a", path_params=path) == {
        "body.prompt: is given twice"
    }
    both = {"prompt": "a", "negativePrompt": "b", "negative_prompt": "b"}
    assert faults_of(CREATE, body=both, path_params=path) == {"body.negative_prompt: is given twice"}
    assert faults_of(FIND_ALL, model_id="m", path_params=path) == {"path_params.modelId: is given twice"}
    assert faults_of(FIND_ALL, path_params=path, page=1, query_params={"page": 1}) == {
        "query_params.page: is given twice"
    }


@pytest.mark.parametrize(
    ("operation", "name", "hint"),
    [
        (CREATE, "promt", "; did you mean prompt?"),
        (CREATE, "modelId", "; did you mean model_id?"),
        (CREATE, "negativePrompt", "; did you mean negative_prompt?"),
        (FIND_ALL, "pagesize", "; did you mean page_size?"),
        (FIND_ALL, "prompt", ""),
        (REMOVE, "query_params", None),
        (CREATE, "zzz", ""),
    ],
)
@pytest.mark.parametrize("value", [5, None])
def test_an_unknown_argument_is_refused(
    operation: Operation[Any], name: str, hint: str | None, value: object
) -> None:
    """What is no argument is refused whatever its value, with the name that was probably meant."""
    (fault,) = (each for each in faults_of(operation, **{name: value}) if each.startswith(f"{name}:"))
    assert fault.startswith(f"{name}: is no argument of {operation.name}")
    assert hint is None or fault.endswith(f"{operation.name}{hint}")


@pytest.mark.parametrize("value", ["prompt", 5, [("prompt", "a fox")], {"prompt"}])
def test_a_body_that_is_no_mapping_is_refused(value: object) -> None:
    """The body is a DTO or a mapping, and so are the parameters."""
    (fault,) = (each for each in faults_of(CREATE, body=value, model_id="m") if each.startswith("body"))
    assert fault.endswith("needs a mapping")
    (fault,) = (each for each in faults_of(FIND_ALL, path_params=value) if each.startswith("path_params"))
    assert fault.endswith("needs a mapping")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"prompt": "a", 5: 6}, "has the key 5 (int), needs a string"),
        ({"prompt": "a", "seed": None}, "seed: got None (NoneType), needs a number"),
        ({"prompt": "a\ud800"}, "prompt: got half a surrogate pair at character 1, needs Unicode text"),
        ({"prompt": 10**5000}, "prompt: got … (int), needs a string"),
    ],
    ids=range(4),
)
def test_a_body_that_cannot_be_sent_is_refused(body: dict[Any, Any], fault: str) -> None:
    """Keys that are no strings, nulls, half a character, numbers too long to print: told, not crashed on."""
    assert faults_of(CREATE, body=body, path_params={"modelId": "m"}) == {fault}


def test_an_entity_is_no_request_body(job: dict[str, Any]) -> None:
    """A job that was read cannot be sent as an order by mistake."""
    with pytest.raises(SchemaValidationError, match="createdAt: is no field of CreateInferenceDto"):
        request(CREATE, body=job, path_params={"modelId": "m"})


@settings(deadline=None)
@given(
    arguments=st.fixed_dictionaries(
        {"prompt": st.one_of(st.text(st.characters(codec=None)), st.integers())},
        optional={
            "negative_prompt": st.one_of(st.none(), st.text()),
            "steps": st.one_of(st.none(), st.integers(), st.floats(), st.decimals(), st.booleans()),
            "width": st.one_of(st.integers(-3, 300), st.decimals(-9, 999), st.floats()),
            "number_of_images": st.one_of(st.integers(0, 5), st.text(max_size=1)),
            "prompt_strength": st.one_of(st.floats(-1, 31), st.decimals(-1, 31)),
            "seed": st.one_of(st.integers(), st.integers(10**307, 10**310)),
        },
    )
)
def test_what_is_sent_is_what_the_walk_finds_right(arguments: dict[str, Any]) -> None:
    """For any arguments: sent if and only if the DTO accepts them, and then as JSON of the same values."""
    try:
        dto = CreateInferenceDto(**arguments)
    except SchemaValidationError as error:
        faults = set(error.faults)
    else:
        faults = set()
    if faults:
        assert faults_of(CREATE, model_id="m", **arguments) == faults
        return
    body = json.loads(request(CREATE, model_id="m", **arguments).body or b"", parse_float=Decimal)
    for wire, value in dto.items():
        assert body[wire] == value or math.isclose(body[wire], value)
    assert body.keys() == dto.keys()


def test_the_arguments_are_not_changed() -> None:
    """A call leaves the mappings that it was given as they were."""
    body, path, headers = dict(ON_THE_WIRE), {"modelId": "m"}, {"X-Note": "a"}
    request(CREATE, body=body, path_params=path, extra_headers=headers, extra_body={"more": 1})
    assert (body, path, headers) == (ON_THE_WIRE, {"modelId": "m"}, {"X-Note": "a"})
    assert set(CLIENT_HEADERS) == {"Authorization", "User-Agent"}


class Search(Model):
    """A body without a required field."""

    words: tuple[str, ...] | None = field("words", default=None)


def test_an_operation_is_a_value_of_the_contract() -> None:
    """Per cent signs in a path, required query parameters and optional bodies work as declared."""
    search = Operation(
        "search",
        "POST",
        "/100%/{where}",
        path_parameters=[Parameter("where", "where", ModelIdSchema)],
        query_parameters=[Parameter("limit", "max-items", NumberSchema, required=True)],
        body=Search,
        response=Unset,
    )
    made = request(search, where="%s", limit=5, words=["a", "b"])
    assert (made.target, made.body) == ("/100%/%25s?max-items=5", b'{"words":["a","b"]}')
    assert request(search, where="x", query_params={"max-items": 5}).body == b"{}"
    assert faults_of(search, where="x", words=["a", 5]) == {
        "limit: is missing",
        "words[1]: got 5 (int), needs a string",
    }


def test_queries_are_percent_encoded() -> None:
    """What is special in a query is encoded and read back as it was."""
    target = request(FIND_ALL, model_id="m", page=1, extra_query={"q&=": "a b+c/é&d=e"}).target
    query = target.partition("?")[2]
    assert query == "page=1&q%26%3D=a%20b%2Bc%2F%C3%A9%26d%3De"
    assert parse_qsl(query) == [("page", "1"), ("q&=", "a b+c/é&d=e")]


@pytest.mark.parametrize(
    ("method", "required"),
    [
        (GenerateImagesApi.create, {"prompt", "model_id"}),
        (GenerateImagesApi.find_all, {"model_id"}),
        (GenerateImagesApi.find_one, {"model_id", "inference_id"}),
        (GenerateImagesApi.remove, {"model_id", "inference_id"}),
    ],
)
def test_inspect_shows_the_flat_form(method: Any, required: set[str]) -> None:
    """`inspect.signature` and `help` show the flat form, whose optional arguments default to None."""
    parameters = inspect.signature(method).parameters
    assert {
        name for name, each in parameters.items() if each.default is each.empty and name != "self"
    } == required
    assert {"stream", "timeout", "skip_deserialization", "extra_headers"} <= parameters.keys()
    assert all(each.kind is each.KEYWORD_ONLY for name, each in parameters.items() if name != "self")
    assert "arguments" not in parameters
