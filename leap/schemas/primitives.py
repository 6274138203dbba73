"""The parameter schemas: single values, checked, in the types that the API's document names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from leap.exceptions import SchemaValidationError
from leap.schemas.rules import BooleanRule, EnumRule, NumberRule, Rule, StringRule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


def _check(rule: Rule, name: str, value: object) -> None:
    faults = [f"{name}: {fault}" for fault in rule.faults(value, ())]
    if faults:
        raise SchemaValidationError(faults)


class StrSchema(str):
    """A string parameter: takes a `str`, is a `str`.

    A subclass states its limits: `class NameSchema(StrSchema, min_length=1)`, or its choices:
    `class ModeSchema(StrSchema, enum=("melody", "music"))`.

    Raises:
        SchemaValidationError: The value is no string, or breaks a limit.
    """

    __slots__ = ()
    rule: ClassVar[Rule] = StringRule()

    def __init_subclass__(cls, enum: Sequence[str] = (), **limits: Any) -> None:
        super().__init_subclass__()
        if enum or limits:
            cls.rule = EnumRule(enum) if enum else StringRule(**limits)

    def __new__(cls, value: str) -> Self:
        """The checked value."""
        _check(cls.rule, cls.__name__, value)
        return super().__new__(cls, value)


class NumberSchema(Decimal):
    """A number parameter: takes an `int`, `float` or `decimal.Decimal`, is a `decimal.Decimal`.

    A float counts as the number that it is written as: `NumberSchema(3.14)` is `Decimal("3.14")`. A
    subclass states its limits: `class PageSchema(NumberSchema, minimum=1)`.

    Raises:
        SchemaValidationError: The value is no finite number, or breaks a limit.
    """

    __slots__ = ()
    rule: ClassVar[Rule] = NumberRule()

    def __init_subclass__(cls, enum: Sequence[int] = (), **limits: Any) -> None:
        super().__init_subclass__()
        if enum or limits:
            cls.rule = EnumRule(enum) if enum else NumberRule(**limits)

    def __new__(cls, value: float | Decimal) -> Self:
        """The checked value."""
        _check(cls.rule, cls.__name__, value)
        return super().__new__(cls, float.__repr__(value) if isinstance(value, float) else value)

    def __reduce__(self) -> tuple[Any, ...]:
        # Decimal's own gives the constructor a text.
        return type(self), (Decimal(self),)


class BoolClass:
    """A boolean that is an object of its own class; it is as true as its value and equal to it."""

    __slots__ = ("_value",)

    def __init__(self, value: bool) -> None:
        self._value: Final = value

    def __bool__(self) -> bool:
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bool | BoolClass) and bool(other) is self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value})"


class BoolSchema(BoolClass):
    """A boolean parameter: takes a `bool`, is a `BoolClass`.

    Raises:
        SchemaValidationError: The value is no boolean.
    """

    __slots__ = ()
    rule: ClassVar[Rule] = BooleanRule()

    def __init__(self, value: bool | BoolClass) -> None:
        plain = bool(value) if isinstance(value, BoolClass) else value
        _check(self.rule, type(self).__name__, plain)
        super().__init__(plain)
