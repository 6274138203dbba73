"""From the annotations of a DTO to its rules: `tuple[str, ...]` is an array of strings, and so on."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Union

from leap.schemas.compound import ArrayRule, EitherRule, ObjectField, ObjectRule
from leap.schemas.files import File, FileRule
from leap.schemas.rules import BooleanRule, DateTimeRule, EnumRule, NumberRule, Rule, StringRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leap.schemas.model import Field, ModelMeta

_OF_ARRAYS = ("min_items", "max_items")


def rule_of_model(
    model: ModelMeta, fields: Mapping[str, Field], *, closed: bool, exactly_one: Sequence[str]
) -> ObjectRule:
    """The rule of a DTO, from its annotations and field declarations."""
    hints = typing.get_type_hints(model)
    return ObjectRule(
        model.__name__,
        {
            declared.wire_name: ObjectField(name, declared.required, rule_of(hints[name], declared.limits))
            for name, declared in fields.items()
        },
        closed=closed,
        exactly_one=exactly_one,
        make=model.make,
    )


def rule_of(hint: Any, limits: Mapping[str, Any] = types.MappingProxyType({})) -> Rule:
    """The rule that a type stands for.

    Args:
        hint: `str`, `float`, `bool`, `datetime`, `Literal[…]`, `File`, `tuple[…, ...]` or `Sequence[…]`, a
            DTO, a union of these (None in it only says that the field is optional), or `Any`.
        limits: The limits that the contract sets beside the type, as `field` takes them; those of an array
            that are not about its length are those of its items.

    Raises:
        TypeError: No rule is known for the type.
    """
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (Union, types.UnionType):
        alternatives = [rule_of(argument, limits) for argument in arguments if argument is not type(None)]
        return alternatives[0] if len(alternatives) == 1 else EitherRule(alternatives)
    if origin is Literal:
        return EnumRule(arguments)
    if origin in (tuple, Sequence):
        of_array = {name: limit for name, limit in limits.items() if name in _OF_ARRAYS}
        of_items = {name: limit for name, limit in limits.items() if name not in _OF_ARRAYS}
        return ArrayRule(rule_of(arguments[0], of_items), **of_array)
    if isinstance(hint, type) and isinstance(getattr(hint, "rule", None), ObjectRule):
        return typing.cast("ModelMeta", hint).rule
    if hint is Any:
        return Rule()
    simple: dict[Any, Any] = {
        str: StringRule,
        float: NumberRule,
        bool: BooleanRule,
        datetime: DateTimeRule,
        File: FileRule,
    }
    if hint not in simple:
        raise TypeError(f"no rule for the type {hint!r}")
    return typing.cast("Rule", simple[hint](**limits))
