"""Rules: what a JSON value has to be, one class for each kind of value.

A rule can do two things. `faults` walks a value in Python and says everything that is wrong with it: it is
the authority. `fast_type` is a msgspec type that accepts only values without a fault: it is how most values
are found right without a walk. Only halves of surrogate pairs get through: msgspec does not look for them.

Here are the rules for single values; those for arrays and objects are in `leap.schemas.compound`.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from leap.exceptions import ApiValueError
from leap.schemas.faults import Fault, show_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leap.schemas.faults import Path

_LARGEST_DOUBLE = sys.float_info.max


class Rule:
    """Any JSON value is right; the base of the other rules."""

    compound = True
    """Whether a right value can be an array or an object."""

    def faults(self, value: object, path: Path) -> Iterator[Fault]:  # noqa: ARG002 - for the rules below
        """Everything that is wrong with the value."""
        yield from ()

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - for the rules below
        """A msgspec type that accepts only values without a fault.

        Args:
            exact: Whether it also refuses keys that the contract does not know.

        Raises:
            TypeError: msgspec has no such type.
        """
        return Any

    def to_python(self, text: str) -> Any:
        """What an attribute of a DTO gives for a string in the JSON."""
        return text


class StringRule(Rule):
    """A string, perhaps of a certain length or pattern (Unicode code points; a regular expression)."""

    compound = False

    def __init__(
        self, *, min_length: int | None = None, max_length: int | None = None, pattern: str | None = None
    ) -> None:
        self.min_length = min_length
        self.max_length = max_length
        self.pattern = pattern

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path, f"got {show_value(value)}, needs a string")
            return
        if self.min_length is not None and len(value) < self.min_length:
            yield Fault(path, f"got {len(value)} characters, needs at least {self.min_length}")
        if self.max_length is not None and len(value) > self.max_length:
            yield Fault(path, f"got {len(value)} characters, needs at most {self.max_length}")
        if self.pattern is not None and not re.search(self.pattern, value):
            yield Fault(path, f"got {show_value(value)}, needs to match {self.pattern}")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            yield Fault(path, f"got half a surrogate pair at character {error.start}, needs Unicode text")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - strings have no keys
        limits = {"min_length": self.min_length, "max_length": self.max_length, "pattern": self.pattern}
        return annotated(str, {name: limit for name, limit in limits.items() if limit is not None})


class DateTimeRule(Rule):
    """An RFC 3339 date-time: as text, or in a request also as an aware `datetime`."""

    compound = False

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        import msgspec

        try:
            msgspec.convert(value, self.fast_type(exact=True))
        except (msgspec.ValidationError, ValueError):  # the latter for half a surrogate pair
            yield Fault(path, f"got {show_value(value)}, needs an RFC 3339 date-time")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - date-times have no keys
        return annotated(datetime, {"tz": True})

    def to_python(self, text: str) -> datetime:
        """The date-time; one without an offset counts as UTC.

        Raises:
            ApiValueError: The text is no ISO 8601 date-time.
        """
        from dateutil import parser

        try:
            moment = parser.isoparse(text.upper())
        except (ValueError, OverflowError):
            raise ApiValueError(
                f"{show_value(text)} is no date-time; read the item instead of the attribute to get the text"
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class NumberRule(Rule):
    """A number that JSON can hold, perhaps within limits. True is no number, and neither is NaN or "50"."""

    compound = False

    def __init__(
        self,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        multiple_of: float | None = None,
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.multiple_of = multiple_of

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            yield Fault(path, f"got {show_value(value)}, needs a number")
        elif value.is_nan() if isinstance(value, Decimal) else value != value:  # noqa: PLR0124 - only NaN does
            yield Fault(path, "got NaN, needs a number")
        elif not -_LARGEST_DOUBLE <= value <= _LARGEST_DOUBLE:
            yield Fault(path, "got a number beyond what JSON can hold (an IEEE 754 double)")
        else:
            yield from self._limit_faults(value, path)

    def _limit_faults(self, value: Any, path: Path) -> Iterator[Fault]:
        if self.minimum is not None and value < self.minimum:
            yield Fault(path, f"got {value}, needs at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            yield Fault(path, f"got {value}, needs at most {self.maximum}")
        if self.multiple_of is not None and float(value) % self.multiple_of:
            yield Fault(path, f"got {value}, needs a multiple of {self.multiple_of}")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - numbers have no keys
        # The bounds are what keeps NaN and the infinities out: no comparison with NaN holds.
        limits: dict[str, Any] = {
            "ge": -_LARGEST_DOUBLE if self.minimum is None else self.minimum,
            "le": _LARGEST_DOUBLE if self.maximum is None else self.maximum,
        }
        if self.multiple_of is not None:
            limits["multiple_of"] = self.multiple_of
        return annotated(float, limits)


class BooleanRule(Rule):
    """True or false."""

    compound = False

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        if not isinstance(value, bool):
            yield Fault(path, f"got {show_value(value)}, needs True or False")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - booleans have no keys
        return bool


class EnumRule(Rule):
    """One of a few strings or numbers."""

    compound = False

    def __init__(self, values: Sequence[str | int]) -> None:
        self.values = tuple(values)

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        if isinstance(value, bool) or value not in self.values:
            choices = ", ".join(map(repr, self.values))
            yield Fault(path, f"got {show_value(value)}, needs one of {choices}")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - neither strings nor numbers have keys
        return Literal[self.values]


def annotated(base: Any, limits: dict[str, Any]) -> Any:
    """A msgspec type with limits."""
    import msgspec

    return Annotated[base, msgspec.Meta(**limits)] if limits else base
