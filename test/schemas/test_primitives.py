"""The parameter schemas give the types that the API's document names, of checked values."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from leap import ApiTypeError, ApiValueError, SchemaValidationError
from leap.apis.tags.generate_images_api import (
    InferenceIdSchema,
    ModelIdSchema,
    OnlyFinishedSchema,
    PageSchema,
    PageSizeSchema,
)
from leap.schemas import BoolClass, NumberSchema, StrSchema


class Mode(StrSchema, enum=("melody", "music")):
    """A string of two."""


class Short(StrSchema, min_length=2, max_length=3, pattern="^[a-zé]"):
    """A string within limits."""


class Count(NumberSchema, minimum=1, maximum=4):
    """A number within limits."""


class Scale(NumberSchema, enum=(1, 2, 4)):
    """A number of three."""


class Loud(float):
    """A float with a repr of its own, as NumPy's are."""

    def __repr__(self) -> str:
        return f"loud.float({float(self)})"


class Size(int, Enum):
    """An integer with a name."""

    BIG = 1024


@pytest.mark.parametrize("schema", [ModelIdSchema, InferenceIdSchema])
def test_a_str_schema_is_a_str(schema: type[StrSchema]) -> None:
    """`ModelIdSchema("x")` is the str."""
    value = schema("x")
    assert isinstance(value, str)
    assert value == "x"


@pytest.mark.parametrize("schema", [PageSchema, PageSizeSchema])
@pytest.mark.parametrize("given", [3.14, Decimal("3.14")])
def test_a_number_schema_is_a_decimal(schema: type[NumberSchema], given: float | Decimal) -> None:
    """`PageSchema(3.14)` is the Decimal that the number is written as."""
    value = schema(given)
    assert isinstance(value, Decimal)
    assert value == Decimal("3.14")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, "3"),
        (1e22, "1E+22"),
        (-0.5, "-0.5"),
        (10**300, str(10**300)),
        (Loud(2.5), "2.5"),
        (Size.BIG, "1024"),
    ],
)
def test_numbers_of_every_kind_are_taken(given: float, expected: str) -> None:
    """Integers, floats, and the subclasses that libraries make of them."""
    assert str(PageSchema(given)) == expected


@pytest.mark.parametrize("truth", [True, False])
def test_a_bool_schema_is_a_bool_class(truth: bool) -> None:
    """`OnlyFinishedSchema(True)` is a BoolClass that is as true as it, equal to it, and hashes alike."""
    value = OnlyFinishedSchema(truth)
    assert isinstance(value, BoolClass)
    assert bool(value) is truth
    assert value == truth
    assert value != (not truth)
    assert value != int(truth)
    assert hash(value) == hash(truth)
    assert OnlyFinishedSchema(value) == value
    assert repr(value) == f"OnlyFinishedSchema({truth})"


@pytest.mark.parametrize(
    ("schema", "given", "fault"),
    [
        (ModelIdSchema, 5, "ModelIdSchema: got 5 (int), needs a string"),
        (ModelIdSchema, b"x", "ModelIdSchema: got b'x' (bytes), needs a string"),
        (
            ModelIdSchema,
            "a\ud800",
            "ModelIdSchema: got half a surrogate pair at character 1, needs Unicode text",
        ),
        (PageSchema, "3", "PageSchema: got '3' (str), needs a number"),
        (PageSchema, True, "PageSchema: got True (bool), needs a number"),
        (PageSchema, None, "PageSchema: got None (NoneType), needs a number"),
        (PageSchema, float("nan"), "PageSchema: got NaN, needs a number"),
        (PageSchema, Decimal("sNaN"), "PageSchema: got NaN, needs a number"),
        (
            PageSchema,
            float("inf"),
            "PageSchema: got a number beyond what JSON can hold (an IEEE 754 double)",
        ),
        (OnlyFinishedSchema, 1, "OnlyFinishedSchema: got 1 (int), needs True or False"),
        (OnlyFinishedSchema, "true", "OnlyFinishedSchema: got 'true' (str), needs True or False"),
        (Mode, "noise", "Mode: got 'noise' (str), needs one of 'melody', 'music'"),
        (Short, "a", "Short: got 1 characters, needs at least 2"),
        (Short, "abcd", "Short: got 4 characters, needs at most 3"),
        (Short, "ABC", "Short: got 'ABC' (str), needs to match ^[a-zé]"),
        (Count, 0, "Count: got 0, needs at least 1"),
        (Count, 4.5, "Count: got 4.5, needs at most 4"),
        (Scale, 3, "Scale: got 3 (int), needs one of 1, 2, 4"),
        (Scale, True, "Scale: got True (bool), needs one of 1, 2, 4"),
    ],
)
def test_wrong_values_are_refused_with_the_reason(schema: Any, given: object, fault: str) -> None:
    """A schema refuses what is no such value or breaks a limit, and says which and why."""
    with pytest.raises(SchemaValidationError) as caught:
        schema(given)
    assert caught.value.faults == (fault,)
    assert isinstance(caught.value, ApiTypeError)
    assert isinstance(caught.value, ApiValueError)


def test_limits_are_those_of_the_subclass() -> None:
    """Values at the limits are taken, lengths count code points, and a subclass changes no other schema."""
    assert (Mode("melody"), Short("éa"), Count(4), Scale(2)) == ("melody", "éa", 4, 2)
    assert StrSchema("") == ""
    assert NumberSchema(-1) == -1


@pytest.mark.parametrize(
    "value",
    [
        ModelIdSchema("x"),
        PageSchema(3.14),
        Count(Decimal("1.10")),
        OnlyFinishedSchema(bool(1)),
        Mode("music"),
    ],
)
def test_schemas_pickle_and_copy(value: object) -> None:
    """A value goes through pickle and copy and comes back equal, of its own class, with all its digits."""
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):  # noqa: S301
        assert again == value
        assert str(again) == str(value)
        assert type(again) is type(value)
