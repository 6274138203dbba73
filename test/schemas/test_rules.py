"""What the contract allows: the walk that finds every fault, and the fast check that may not be laxer."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leap.models import CreateInferenceDto, InferenceEntity, InferenceImageEntity
from leap.schemas import Model
from leap.schemas.annotations import rule_of
from leap.schemas.faults import Fault, show_path, show_value
from leap.schemas.reading import checker
from leap.schemas.rules import DateTimeRule

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([10**308, 10**309, -(10**400), 2**63, 2**64, -(2**63) - 1, 10**4000]),
    st.floats(),
    st.decimals(),
    st.sampled_from([Decimal("sNaN"), Decimal("1e308"), Decimal("1e309"), Decimal("8.5"), Decimal("1E-400")]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT, st.datetimes(), st.binary(max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
DATE_TIMES = st.one_of(
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.from_regex(r"\A\d{4}-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,9})?([Zz]|[+-]\d\d:?\d\d)?\Z"),
    TEXT,
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(["id", "prompt", "negativePrompt", "webhookUrl"], TEXT),
    **dict.fromkeys(["seed", "steps"], NUMBERS),
    **dict.fromkeys(["width", "height"], st.integers(-5, 40).map(lambda number: 8 * number)),
    "createdAt": DATE_TIMES,
    "state": st.sampled_from(["queued", "processing", "finished", "failed", "exploded"]),
    "status": st.sampled_from(["queued", "exploded"]),
    "upscalingOption": st.sampled_from(["x1", "x2", "x4", "x8"]),
    "modelId": st.one_of(TEXT, st.lists(st.one_of(TEXT, NUMBERS), max_size=2)),
    "numberOfImages": st.one_of(st.integers(0, 5), NUMBERS),
    "promptStrength": st.one_of(st.floats(-1, 31), NUMBERS),
}


def near_misses(model: Any, **likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects that follow the rule of a DTO in most of their fields."""
    fields = {
        wire: st.one_of({**LIKELY, **likely}.get(wire, st.one_of(TEXT, NUMBERS)), VALUES)
        for wire in model.rule.fields
    }
    required = {wire: fields[wire] for wire, field in model.rule.fields.items() if field.required}
    optional = {wire: fields[wire] for wire in fields if wire not in required}
    whole = st.fixed_dictionaries(required, optional=optional)
    more = st.dictionaries(TEXT, VALUES, max_size=1)
    return st.one_of(whole, st.builds(dict.__or__, whole, more), VALUES)


PICTURES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"id": TEXT, "createdAt": TEXT, "uri": st.one_of(TEXT, NUMBERS)}), VALUES
    ),
    max_size=2,
)


@settings(deadline=None)
@given(near_misses(CreateInferenceDto))
def test_the_fast_check_of_a_request_is_never_laxer_than_the_walk(value: Any) -> None:
    """What msgspec finds right, the walk finds no fault in: for a closed object."""
    rule = CreateInferenceDto.rule
    if checker(rule.fast_type(exact=True))(value):
        assert list(rule.faults(value, ())) == []


@pytest.mark.parametrize("exact", [True, False])
@settings(deadline=None)
@given(near_misses(InferenceEntity, images=PICTURES))
def test_the_fast_check_of_a_response_is_never_laxer_than_the_walk(exact: bool, value: Any) -> None:
    """What msgspec finds right, the walk finds no fault in: for an open object with others inside."""
    rule = InferenceEntity.rule
    if checker(rule.fast_type(exact=exact))(value):
        assert list(rule.faults(value, ())) == []


@pytest.mark.parametrize(
    "hint",
    [
        str, float, bool, datetime, Any, str | None, str | tuple[str, ...], tuple[float, ...],
        Literal["x1", "x2"], Literal[1, 2], Literal[1, "x1"],
    ],
)  # fmt: skip
@settings(deadline=None)
@given(value=st.one_of(VALUES, DATE_TIMES, st.sampled_from(["x1", "x2", 1, 2, 1.0, True])))
def test_the_fast_check_of_any_type_is_never_laxer_than_the_walk(hint: Any, value: Any) -> None:
    """What msgspec finds right, the walk finds no fault in: for each kind of rule."""
    rule = rule_of(hint)
    if checker(rule.fast_type(exact=True))(value):
        assert list(rule.faults(value, ())) == []


@settings(deadline=None)
@given(DATE_TIMES)
def test_a_date_time_without_a_fault_can_be_read(text: str) -> None:
    """What the rule takes for a date-time, the attribute gives as an aware datetime."""
    rule = DateTimeRule()
    if not list(rule.faults(text, ())):
        assert rule.to_python(text).tzinfo is not None


def test_the_fast_check_accepts_what_is_right(job: dict[str, Any]) -> None:
    """The usual job is found right without a walk; with a new key, by the check that allows for those."""
    picture = {"id": "f7", "createdAt": "2023-05-09T13:18:50Z", "uri": "https://cdn.test/f7.png"}
    right = [job, {**job, "images": [picture, picture]}, {**job, "modelId": ["a", "b"]}]
    exact = checker(InferenceEntity.rule.fast_type(exact=True))
    lax = checker(InferenceEntity.rule.fast_type(exact=False))
    assert all(map(exact, right))
    assert not exact({**job, "new": 1})
    assert lax({**job, "new": 1})


def faults_of(hint: Any, value: object, **limits: Any) -> list[str]:
    """What is wrong with a value of a type, as lines."""
    return [str(fault) for fault in rule_of(hint, limits).faults(value, ())]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (True, "got True (bool), needs a number"),
        ("50", "got '50' (str), needs a number"),
        (None, "got None (NoneType), needs a number"),
        (1j, "got 1j (complex), needs a number"),
        (math.nan, "got NaN, needs a number"),
        (Decimal("NaN"), "got NaN, needs a number"),
        (Decimal("sNaN"), "got NaN, needs a number"),
        (math.inf, "got a number beyond what JSON can hold (an IEEE 754 double)"),
        (-math.inf, "got a number beyond what JSON can hold (an IEEE 754 double)"),
        (Decimal("-Infinity"), "got a number beyond what JSON can hold (an IEEE 754 double)"),
        (10**309, "got a number beyond what JSON can hold (an IEEE 754 double)"),
        pytest.param(
            10**5000, "got a number beyond what JSON can hold (an IEEE 754 double)", id="5,001 digits"
        ),
        (Decimal("1e309"), "got a number beyond what JSON can hold (an IEEE 754 double)"),
    ],
)
def test_what_is_no_number(value: object, fault: str) -> None:
    """True is no number, and neither are "50", NaN, the infinities and what a double cannot hold."""
    assert faults_of(float, value) == [fault]
    assert not checker(rule_of(float).fast_type(exact=True))(value)


@pytest.mark.parametrize("value", [0, -1, 10**308, 1.7e308, Decimal("1.10"), Decimal("1E-400"), 2**64])
def test_what_is_a_number(value: object) -> None:
    """Integers, floats and Decimals within a double's range are numbers."""
    assert faults_of(float, value) == []


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        (8, []),
        (16.0, []),
        (Decimal(32), []),
        (0, ["got 0, needs at least 8"]),
        (40, ["got 40, needs at most 32"]),
        (12.5, ["got 12.5, needs a multiple of 8"]),
        (Decimal("33.5"), ["got 33.5, needs at most 32", "got 33.5, needs a multiple of 8"]),
    ],
)
def test_limits_of_numbers(value: object, faults: list[str]) -> None:
    """The contract's limits hold for every kind of number, and all that are broken are named."""
    assert faults_of(float, value, minimum=8, maximum=32, multiple_of=8) == faults


@pytest.mark.parametrize(
    ("hint", "value", "faults"),
    [
        (str, b"x", ["got b'x' (bytes), needs a string"]),
        (str, "\udc80", ["got half a surrogate pair at character 0, needs Unicode text"]),
        (bool, 0, ["got 0 (int), needs True or False"]),
        (datetime, "2023-05-09", ["got '2023-05-09' (str), needs an RFC 3339 date-time"]),
        (datetime, "2023-05-09T13:18:46", ["got '2023-05-09T13:18:46' (str), needs an RFC 3339 date-time"]),
        (datetime, "\ud800", ["got '\\ud800' (str), needs an RFC 3339 date-time"]),
        (datetime, 5, ["got 5 (int), needs an RFC 3339 date-time"]),
        (datetime, datetime(2023, 5, 9, tzinfo=UTC), []),
        (Literal["x1", "x2"], "x3", ["got 'x3' (str), needs one of 'x1', 'x2'"]),
        (Literal["x1", "x2"], ["x1"], ["got ['x1'] (list), needs one of 'x1', 'x2'"]),
        (Literal[1, 2], True, ["got True (bool), needs one of 1, 2"]),
        (tuple[str, ...], "ab", ["got 'ab' (str), needs an array"]),
        (
            tuple[str, ...],
            [1, "a", 2],
            ["[0]: got 1 (int), needs a string", "[2]: got 2 (int), needs a string"],
        ),
        (str | tuple[str, ...], 5, ["got 5 (int), needs a string or an array"]),
        (str | tuple[str, ...], ["a", 5], ["[1]: got 5 (int), needs a string"]),
        (str | tuple[str, ...], ("a", "b"), []),
        (str | None, None, ["got None (NoneType), needs a string"]),
        (Any, object(), []),
        (InferenceImageEntity, [], ["got [] (list), needs an object"]),
        (
            InferenceImageEntity,
            {"uri": "…", 6: 7},
            ["id: is missing", "createdAt: is missing", "has the key 6 (int), needs a string"],
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_each_kind_of_value(hint: Any, value: object, faults: list[str]) -> None:
    """A fault says where it is, what came and what is needed."""
    assert faults_of(hint, value) == faults


def test_a_type_without_a_rule_is_refused_when_the_rule_is_made() -> None:
    """A DTO whose annotation means nothing is an error of its author, told at once."""
    with pytest.raises(TypeError, match="no rule for the type <class 'complex'>"):
        rule_of(complex)


def test_rules_are_made_once() -> None:
    """The rule of a DTO and its msgspec types are compiled on first use and kept."""
    rule = InferenceEntity.rule
    assert InferenceEntity.rule is rule
    assert rule_of(InferenceEntity) is rule
    assert rule.fast_type(exact=True) is rule.fast_type(exact=True)
    assert rule.fast_type(exact=True) is not rule.fast_type(exact=False)


def test_any_model_is_an_object_without_fields() -> None:
    """The base of the DTOs allows every object."""
    assert faults_of(Model, {"a": object()}) == []


def test_paths_are_written_as_code() -> None:
    """A path reads as the expression that gets there."""
    assert show_path(("images", 0, "uri")) == "images[0].uri"
    assert show_path((3, "uri")) == "[3].uri"
    assert str(Fault((), "is wrong")) == "is wrong"
    assert Fault(("negativePrompt", 1), "is wrong").renamed({"negativePrompt": "negative_prompt"}) == Fault(
        ("negative_prompt", 1), "is wrong"
    )


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Colour(StrEnum):
    """A string with a name."""

    RED = "red"


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: "x" * 100, f"'{'x' * 59}… (str)"),
        (lambda: 10**5000, "… (int)"),
        (lambda: _nested(100_000), "… (list)"),
        (lambda: "a\nb\x1b[31m", r"'a\nb\x1b[31m' (str)"),
        (lambda: Colour.RED, "<Colour.RED: 'red'> (Colour)"),
    ],
)
def test_values_are_shown_on_one_short_line(make: Callable[[], object], shown: str) -> None:
    """A message shows any value, however long, deep or full of control characters, and its type."""
    assert show_value(make()) == shown
