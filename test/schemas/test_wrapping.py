"""From decoded JSON to what is handed out: objects as Models, arrays as tuples."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leap.models import InferenceEntity, InferenceImageEntity
from leap.schemas import Model
from leap.schemas.annotations import rule_of
from leap.schemas.wrapping import Doubt, freeze, thaw, wrapper

PICTURE = {"id": "f7", "createdAt": "2023-05-09T13:18:50Z", "uri": "https://cdn.test/f7.png"}
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


def test_freezing_makes_models_and_tuples() -> None:
    """Objects become Models and arrays tuples, all the way down; the rest stays what it is."""
    frozen = freeze({"a": [1, {"b": [[]]}], "c": None})
    assert frozen == {"a": [1, {"b": [[]]}], "c": None}
    assert type(frozen) is Model
    assert type(frozen["a"]) is tuple
    assert type(frozen["a"][1]) is Model
    assert frozen["a"][1]["b"] == ((),)
    assert hash(frozen) == hash(freeze({"c": None, "a": [1, {"b": [[]]}]}))


@settings(deadline=None)
@given(JSON_VALUES)
def test_thawing_undoes_freezing(value: Any) -> None:
    """Any JSON value can be frozen and thawed, and is then what it was."""
    assert thaw(freeze(value)) == value


@pytest.mark.parametrize(
    ("given_value", "plain"),
    [
        (Decimal("2.50"), 2.5),
        (Decimal("3.00"), 3),
        (Decimal("-0"), 0),
        (Decimal("1E+2"), 100),
        (datetime(2023, 5, 9, 13, 18, tzinfo=UTC), "2023-05-09T13:18:00+00:00"),
        (("a", ["b"]), ["a", ["b"]]),
        (frozenset("a"), ["a"]),
        (MappingProxyType({"a": Model()}), {"a": {}}),
    ],
)
def test_thawing_gives_plain_json(given_value: object, plain: object) -> None:
    """What a caller may give becomes plain JSON: dicts, lists, ints and floats, text."""
    thawed = thaw(given_value)
    assert thawed == plain
    assert type(thawed) is type(plain)


def test_whole_decimals_become_integers_and_others_floats() -> None:
    """A Decimal in a DTO is the JSON number of the same value, as precise as a double."""
    assert isinstance(thaw(Decimal("1E+300")), int)
    assert math.isclose(thaw(Decimal("0.1")), 0.1)


@pytest.mark.parametrize("doubt", ["none", "unknown keys", "anything"])
def test_right_values_are_wrapped_alike_whatever_the_doubt(job: dict[str, Any], doubt: Doubt) -> None:
    """How much is looked at changes nothing about a right value."""
    wrapped = wrapper(rule_of(InferenceEntity), doubt)({**job, "images": [dict(PICTURE)], "modelId": ["a"]})
    assert type(wrapped) is InferenceEntity
    assert type(wrapped.images[0]) is InferenceImageEntity
    assert wrapped["modelId"] == ("a",)
    assert wrapped == {**job, "images": [PICTURE], "modelId": ["a"]}
    hash(wrapped)


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "text",
        [1, [2]],
        {"images": {"a": [1]}},
        {"images": [[1], None, {"x": {}}]},
        {"modelId": {"a": []}},
    ],
)
def test_wrong_values_are_frozen_all_the_same(value: Any) -> None:
    """Where anything is possible, everything is frozen: no list and no dict is left in it."""
    frozen = wrapper(rule_of(InferenceEntity), "anything")(value)
    assert isinstance(hash(frozen), int)
