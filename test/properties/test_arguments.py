"""Arguments: what is sent keeps the contract, and what keeps the contract is sent.

The other opinion is that of jsonschema, on the schemas of openapi.yaml; nothing of `leap.schemas` is in it.
The two agree on every case. What stands here beside the contract, the client does on purpose:

* None leaves an argument out; inside of a mapping that is given as `body` it is null, which no field may be.
* Arguments by name have Python's spelling only; in a mapping either spelling does, but not both at once.
* A name that the call does not know is refused, also with None: it is misspelt.
* A number is what a double makes of it, as for most readers of JSON (RFC 8259, section 6): one that becomes
  infinite is refused, and the limits are held to by the double. A `Decimal` is sent with all of its digits; a
  DTO, which is the plain JSON, holds it as the nearest int or float.
* Text has to be Unicode: JSON Schema knows nothing of halves of surrogate pairs.
* What `extra_body` holds is for the caller to know, as long as it is JSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from leap import SchemaValidationError
from leap.apis.tags.generate_images_api import CREATE, FIND_ALL
from leap.models import CreateInferenceDto
from leap.schemas import BoolClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap import Leap

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text(encoding="utf-8"))
BODY = DOCUMENT["components"]["schemas"]["CreateInferenceDto"]
BODY_VALIDATOR = Draft4Validator(BODY)
QUERY = {
    name: node["schema"]
    for name, node in DOCUMENT["components"]["parameters"].items()
    if node["in"] == "query"
}
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

Given = dict[str, Any]


class Text(str):
    """A string of a subclass."""

    __slots__ = ()


class Choice(str, Enum):  # noqa: UP042 - what str() gives is its name, which is the trap
    """A string that is an enum member."""

    FOX = "a fox"


class Loud(float):
    """A float with a repr of its own, as NumPy's are."""

    def __repr__(self) -> str:
        return f"loud.float({float(self)})"


class Size(int, Enum):
    """An integer that is an enum member."""

    BIG = 1024


def python_name(wire_name: str) -> str:
    """The name of an argument: `negativePrompt` is `negative_prompt`."""
    return re.sub(r"([A-Z])", r"_\1", wire_name).lower()


class NotJsonError(Exception):
    """There is no JSON for a value."""


def as_json(value: Any) -> Any:
    """The JSON value that a Python value stands for, with numbers as the fractions that doubles are."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, BoolClass):
        return bool(value)
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotJsonError from None
        return str.__str__(value)
    if isinstance(value, int | float | Decimal):
        try:
            return Fraction(float(value))
        except (OverflowError, ValueError):  # NaN, an infinity, or beyond every double
            raise NotJsonError from None
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {as_json(key): as_json(each) for key, each in value.items()}
    raise NotJsonError


def is_right(given: Given | None) -> bool:
    """Whether a body, by its wire names, keeps the contract; None is a call that says something twice."""
    try:
        return given is not None and BODY_VALIDATOR.is_valid(as_json(given))
    except NotJsonError:
        return False


def same(sent: Any, given: Any, *, exactly: bool) -> bool:
    """Whether a value arrived as it was given: an integer or a Decimal to the digit, a float to the bit."""
    if isinstance(given, float) or (isinstance(given, Decimal) and not exactly):
        return not isinstance(sent, str) and float(sent) == float(given)
    if isinstance(given, int | Decimal):
        return isinstance(sent, int | Decimal) and Decimal(sent) == Decimal(
            int(given) if isinstance(given, int) else given
        )
    return type(sent) is str and sent == str.__str__(given)


RIGHT_TEXT = st.text(max_size=20) | st.sampled_from([Text("a fox"), Choice.FOX, ""])
WILD_NUMBERS = st.sampled_from(
    [
        2**53 + 1, 2**63, 2**64, 10**300 + 1, 10**309, 10**400, -(10**400), 10**4299, 1e308, 5e-324, -0.0,
        math.nan, math.inf, -math.inf, Loud(8.5), Size.BIG, True, False, Decimal("NaN"), Decimal("sNaN"),
        Decimal("Infinity"), Decimal("-0"), Decimal("1E+30"), Decimal("1E-400"), Decimal("1E+400"),
        Decimal("8.00000000000000000000001"), Decimal("30.00000000000000000000001"),
        Decimal("1.7976931348623158E+308"), Decimal("1E+999999"),
    ]
)  # fmt: skip
WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | WILD_NUMBERS
    | st.text(st.characters(), max_size=5)
    | st.binary(max_size=3)
    | st.sampled_from([(), {1}, object(), Ellipsis, 1j, Fraction(1, 2), BoolClass(True), "50", "1e3"]),  # noqa: FBT003 - a value
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def numbers(schema: Given) -> st.SearchStrategy[Any]:
    """Numbers that keep the limits of a schema, or are next to them."""
    low, high, step = schema.get("minimum", -4096), schema.get("maximum", 4096), schema.get("multipleOf", 1)
    whole = st.integers(low // step, high // step).map(lambda number: number * step)
    edges = [low, high, float(low), Decimal(high), Decimal(low).scaleb(-1).scaleb(1)]
    if step == 1:
        edges.append(high - 0.5)
        whole |= st.floats(low, high) | st.decimals(low, high, allow_nan=False, places=3)
    return whole | whole.map(float) | whole.map(lambda each: Decimal(str(each))) | st.sampled_from(edges)


def near(schema: Given) -> st.SearchStrategy[Any]:
    """Values that just break a schema, or look as if they did."""
    if schema["type"] == "number":
        low, high, step = schema.get("minimum", 0), schema.get("maximum", 0), schema.get("multipleOf", 8)
        beside = [low - 1, high + 1, math.nextafter(low, -1), math.nextafter(high, 100), step / 2, step + 1]
        return st.sampled_from([*beside, str(low), True, None, Decimal(high) + Decimal("0.001"), [low]])
    if schema["type"] == "boolean":
        return st.sampled_from([0, 1, "true", "", None, BoolClass(False), 1.0])  # noqa: FBT003 - a value
    return st.sampled_from(["\ud800", "\udfff\ud800", b"a fox", ["a fox"], None, 7, ("a", "b")])


def value_of(schema: Given) -> st.SearchStrategy[Any]:
    """Values for a field, right and wrong."""
    return st.one_of(right_value_of(schema), near(schema), near(schema), st.none(), WILD)


def right_value_of(schema: Given) -> st.SearchStrategy[Any]:
    """Values for a field that keep the contract, nearly all of them."""
    if schema["type"] == "number":
        return numbers(schema)
    return RIGHT_TEXT if schema["type"] == "string" else st.booleans()


def fields(schemas: dict[str, Given], required: tuple[str, ...] = ()) -> st.SearchStrategy[Given]:
    """Values for some fields: all right, or one or two of any kind among them."""

    def some(of: Callable[[Given], st.SearchStrategy[Any]]) -> st.SearchStrategy[Given]:
        return st.fixed_dictionaries(
            {name: of(schemas[name]) for name in required},
            optional={name: of(schema) for name, schema in schemas.items() if name not in required},
        )

    right = some(right_value_of)
    wrong = st.sampled_from(sorted(schemas)).flatmap(
        lambda name: st.fixed_dictionaries({name: value_of(schemas[name])})
    )
    mixed = st.builds(dict.__or__, right, wrong)
    return st.one_of(right, mixed, mixed, some(value_of))


NO_FIELDS = ["hight", "negative_promt", "id", "", "page", "Prompt", "modelid", "negative-prompt", "0"]
FIELDS = fields(BODY["properties"], ("prompt",))
PARAMETERS = fields(QUERY)
STRANGERS = (
    st.just({}) | st.just({}) | st.just({}) | st.dictionaries(st.sampled_from(NO_FIELDS), WILD, max_size=1)
)
LEFT_OUT = st.just(()) | st.just(()) | st.just(()) | st.sampled_from([("prompt",), ("steps", "seed")])


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Given, Given | None]:
    """A call of `create`: the form, its arguments, and the body that it stands for by wire names.

    The body is None where the call says the same thing twice, or says what is no argument.
    """
    given, strangers, left_out = draw(FIELDS), draw(STRANGERS), draw(LEFT_OUT)
    given = {name: value for name, value in given.items() if name not in left_out}
    form = draw(st.sampled_from(["flat", "mapping", "DTO", "both"]))
    place = draw(
        st.sampled_from(
            [{"model_id": "m"}, {"path_params": {"modelId": "m"}}, {"path_params": {"model_id": "m"}}]
        )
    )
    by_python = {python_name(name): value for name, value in given.items()} | strangers
    flat_body = {name: value for name, value in given.items() if value is not None}
    if form == "flat":
        return form, {**place, **by_python}, None if strangers else flat_body
    if form == "DTO":
        return form, {**place, "body": by_python}, {**flat_body, **strangers}
    in_mapping = (
        set(given) if form == "mapping" else set(draw(st.lists(st.sampled_from(sorted(BODY["properties"])))))
    )
    respelt = draw(st.booleans())
    mapping = {python_name(name) if respelt else name: given[name] for name in given if name in in_mapping}
    body = {name: given[name] for name in given if name in in_mapping} | strangers
    said_twice = draw(st.sampled_from(["", "", "", "prompt", "negativePrompt"]))
    twice = said_twice == "negativePrompt" and said_twice in body
    if twice:
        mapping |= {"negativePrompt": "a hare", "negative_prompt": "a fox"}
    arguments: Given = {
        **place,
        "body": MappingProxyType(mapping | strangers) if respelt else mapping | strangers,
    }
    if form == "both":
        flat = {name: value for name, value in given.items() if name not in in_mapping}
        arguments |= {python_name(name): value for name, value in flat.items()}
        if said_twice == "prompt" and "prompt" in body:
            arguments["prompt"] = "a fox"
            twice = True
        body |= {name: value for name, value in flat.items() if value is not None}
    return form, arguments, None if twice else body


def made(form: str, arguments: Given) -> Given:
    """The arguments, with the DTO made of what is given for it."""
    return {**arguments, "body": CreateInferenceDto(**arguments["body"])} if form == "DTO" else arguments


def check_sent(form: str, body: bytes, given: Given) -> None:
    """See that what was sent is what was given, and keeps the contract for another reader of JSON."""
    sent = json.loads(body, parse_float=Decimal)
    assert sent.keys() == given.keys()
    wrong = {name: sent[name] for name in given if not same(sent[name], given[name], exactly=form != "DTO")}
    assert not wrong, wrong
    BODY_VALIDATOR.validate(json.loads(body, parse_int=float))


def test_a_body_is_sent_if_the_contract_allows_it(for_all: Callable[..., Any]) -> None:
    """Both sides agree on every call of `create`, in every form of it; what is sent is what was given."""

    def check(call: tuple[str, Given, Given | None]) -> str:
        form, arguments, given = call
        try:
            request = CREATE.request(made(form, arguments), {})
        except SchemaValidationError:
            assert not is_right(given), "refused, though the contract allows it"
            return f"refused ({form})"
        assert given is not None
        assert is_right(given), f"sent, though the contract does not allow it: {request.body!r}"
        assert (request.method, request.target) == ("POST", "/api/v1/images/models/m/inferences")
        check_sent(form, request.body or b"", given)
        return f"sent ({form})"

    outcomes = for_all(check, calls())
    sent = sum(count for outcome, count in outcomes.items() if outcome.startswith("sent"))
    # A test that only ever sees one side proves nothing of the other.
    assert 0.2 < sent / outcomes.total() < 0.8


@st.composite
def queries(draw: st.DrawFn) -> tuple[Given, Given | None]:
    """A call of `find_all`: its arguments, and the query that they stand for; None if there is none."""
    given, strangers = draw(PARAMETERS), draw(STRANGERS)
    strangers.pop("page", None)
    present = {name: value for name, value in given.items() if value is not None}
    form = draw(st.sampled_from(["flat", "wire names", "Python names"]))
    by_python = {python_name(name): value for name, value in given.items()}
    if form == "flat":
        return {"model_id": "m", **by_python, **strangers}, None if strangers else present
    params = (given if form == "wire names" else by_python) | strangers
    return {"model_id": "m", "query_params": params}, None if strangers else present


def query_is_right(given: Given | None) -> bool:
    """Whether a query, by its wire names, keeps the contract."""
    try:
        return given is not None and all(
            Draft4Validator(QUERY[name]).is_valid(as_json(value)) for name, value in given.items()
        )
    except NotJsonError:
        return False


def check_query(target: str, given: Given) -> None:
    """See that each parameter arrives as the JSON of what was given."""
    pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True, strict_parsing=bool(given))
    assert len(pairs) == len(given)
    for name, text in pairs:
        value = given[name]
        if QUERY[name]["type"] == "boolean":
            assert text == ("true" if value else "false")
        else:
            assert JSON_NUMBER.fullmatch(text)
            assert same(json.loads(text, parse_float=Decimal), value, exactly=True)


def test_a_query_is_sent_if_the_contract_allows_it(for_all: Callable[..., Any]) -> None:
    """Both sides agree on every call of `find_all`; each parameter arrives as its JSON."""

    def check(call: tuple[Given, Given | None]) -> str:
        arguments, given = call
        try:
            request = FIND_ALL.request(arguments, {})
        except SchemaValidationError:
            assert not query_is_right(given), "refused, though the contract allows it"
            return "refused"
        assert given is not None
        assert query_is_right(given), f"sent, though the contract does not allow it: {request.target}"
        assert request.body is None
        check_query(request.target, given)
        return "sent"

    assert for_all(check, queries(), share=0.5).keys() == {"sent", "refused"}


def test_what_is_refused_never_arrives(
    for_all: Callable[..., Any], leap: Leap, loopback: Any, answer_of: Any, job: Given
) -> None:
    """Over a socket: a call that keeps the contract is one request of what was given, another is none."""
    loopback.answer(answer_of(job))

    def check(call: tuple[str, Given, Given | None]) -> str:
        form, arguments, given = call
        loopback.requests.clear()
        try:
            body = leap.generate_images.create(**made(form, arguments)).body
        except SchemaValidationError:
            assert not is_right(given)
            assert not loopback.requests
            return "refused"
        assert given is not None
        assert is_right(given)
        (received,) = loopback.requests
        assert (received.method, received.target) == ("POST", "/api/v1/images/models/m/inferences")
        check_sent(form, received.body, given)
        assert body == job
        return "sent"

    assert for_all(check, calls(), share=0.3).keys() == {"sent", "refused"}


def test_a_query_that_is_refused_never_arrives(
    for_all: Callable[..., Any], leap: Leap, loopback: Any, answer_of: Any
) -> None:
    """The same for the query of a list."""
    loopback.answer(answer_of([]))

    def check(call: tuple[Given, Given | None]) -> str:
        arguments, given = call
        loopback.requests.clear()
        try:
            leap.generate_images.find_all(**arguments)
        except SchemaValidationError:
            assert not query_is_right(given)
            assert not loopback.requests
            return "refused"
        assert given is not None
        assert query_is_right(given)
        (received,) = loopback.requests
        check_query(received.target, given)
        return "sent"

    assert for_all(check, queries(), share=0.2).keys() == {"sent", "refused"}


def test_further_fields_arrive_as_they_are(
    for_all: Callable[..., Any], any_json: st.SearchStrategy[Any]
) -> None:
    """`extra_body` sends any JSON beside what the contract knows, and refuses what is none."""

    def check(extra: Given, given: Given) -> str:
        try:
            expected: Given | None = json.loads(json.dumps(extra, allow_nan=False).encode())
            as_unicode = json.dumps(extra, ensure_ascii=False).encode()
        except (
            ValueError,
            TypeError,
        ):  # NaN, an infinity, half a surrogate pair; a Decimal that is none of JSON's
            expected, as_unicode = None, b""
        try:
            request = CREATE.request({"model_id": "m", "prompt": "a fox", **given, "extra_body": extra}, {})
        except SchemaValidationError:
            assert expected is None or not is_right({"prompt": "a fox", **given})
            return "refused"
        assert expected is not None, f"sent, though it is no JSON: {request.body!r}"
        assert as_unicode
        assert json.loads(request.body or b"") == {"prompt": "a fox", **given, **expected}
        return "sent"

    extra = st.dictionaries(st.text(max_size=5) | st.sampled_from(["steps", "prompt"]), any_json, max_size=3)
    # Three that are no JSON, and one that a decoder of C would rather not read.
    examples = [({"x": each}, {}) for each in (math.nan, [math.inf], Decimal("NaN"), "\ud800")]
    given = st.sampled_from([{}, {"seed": 7}, {"width": 9}])
    assert for_all(check, extra, given, share=0.3, examples=examples).keys() == {"sent", "refused"}


@pytest.mark.parametrize("operation", ["find_one", "remove"])
def test_a_call_without_a_body_takes_none(operation: str, leap: Leap, loopback: Any, for_all: Any) -> None:
    """What a call does not know is refused, whatever its value, and nothing arrives."""
    no_arguments = st.sampled_from(
        [*NO_FIELDS, *map(python_name, BODY["properties"]), "body", "query_params"]
    )

    def check(name: str, value: Any) -> str:
        with pytest.raises(SchemaValidationError):
            getattr(leap.generate_images, operation)(model_id="m", inference_id="j", **{name: value})
        assert not loopback.connections
        return "refused"

    for_all(check, no_arguments, WILD, share=0.1)
