"""From decoded JSON to the frozen form in which it is handed out: objects as Models, arrays as tuples.

A list of 1,000 jobs is 2,000 objects, so this is the hot path of reading. What is known to be right is
wrapped by functions that are made once for each rule and look at nothing but the fields that can hold an
array or an object; each object is then made by C alone (`Model.make`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from leap.schemas.compound import ArrayRule, ObjectRule
from leap.schemas.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leap.schemas.rules import Rule

Doubt: TypeAlias = Literal["none", "unknown keys", "anything"]
"""What has not been ruled out about the values: nothing; keys that the contract does not know; anything."""


def freeze(value: Any) -> Any:
    """Any decoded JSON value, with objects as Models and arrays as tuples all the way down."""
    kind = type(value)
    if kind is dict:
        return Model.make({key: freeze(inner) for key, inner in value.items()})
    if kind is list:
        return tuple(map(freeze, value))
    return value


def thaw(value: Any) -> Any:
    """The plain JSON of what a caller may give: new dicts and lists, ints and floats, date-times as text."""
    if isinstance(value, Mapping):
        return {key: thaw(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [thaw(inner) for inner in value]
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _plain_number(value: Decimal) -> int | float:
    if value.is_nan():  # a signalling one is no float
        return math.nan
    # Beyond the floats, an integer could have as many digits as fit into memory.
    if not value.is_finite() or value.adjusted() > sys.float_info.max_10_exp:
        return float(value)
    return int(value) if value == value.to_integral_value() else float(value)


def wrapper(rule: Rule, doubt: Doubt) -> Callable[[Any], Any]:
    """The function that wraps values which follow a rule, as far as the doubt goes.

    It changes the dicts that it is given.
    """
    if isinstance(rule, ArrayRule):
        if doubt != "anything" and not rule.item.compound:
            return tuple
        return _array_wrapper(wrapper(rule.item, doubt))
    if isinstance(rule, ObjectRule):
        return _object_wrapper(rule, doubt)
    return freeze


def list_wrapper(rule: Rule, doubt: Doubt) -> Callable[[list[Any]], Iterable[Any]]:
    """Like `wrapper`, for a whole list: where it can, a loop for each field, not a call for each value."""
    if not isinstance(rule, ObjectRule) or doubt == "anything":
        return partial(map, wrapper(rule, doubt))
    model: Any = rule.make.__self__  # type: ignore[attr-defined]  # it is bound to the class
    known = rule.known
    # Of the simple lists of objects, the loop makes the items itself.
    simple = {
        wire: make for wire, field in rule.fields.items() if (make := _maker_of_items(field.rule, doubt))
    }
    inner_wrappers = [each for each in _inner_wrappers(rule, doubt) if each[0] not in simple]

    def wrap(values: list[dict[str, Any]]) -> Iterable[Any]:
        for wire, make in simple.items():
            _wrap_items(values, wire, make)
        for wire, wrap_inner in inner_wrappers:
            _wrap_field(values, wire, wrap_inner)
        if doubt == "unknown keys":
            for key in set[str]().union(*values) - known:
                _wrap_field(values, key, freeze)
        # What `make` does, in two functions of C that are both quicker than a call of the class.
        return map(dict.__ior__, map(dict.__new__, repeat(model)), values)

    return wrap


def _maker_of_items(rule: Rule, doubt: Doubt) -> Callable[[Any], Any] | None:
    """What makes the items of an array, if they are objects known to be right with nothing inside."""
    if doubt != "none" or not isinstance(rule, ArrayRule) or not isinstance(rule.item, ObjectRule):
        return None
    make = rule.item.make
    return make if wrapper(rule.item, doubt) is make else None


def _wrap_items(values: list[dict[str, Any]], key: str, make: Callable[[Any], Any]) -> None:
    for value in values:
        items = value.get(key)
        if type(items) is list:
            # Most jobs have one picture, and a tuple of one is made quicker without a map.
            value[key] = (make(items[0]),) if len(items) == 1 else tuple(map(make, items))


def _wrap_field(values: list[dict[str, Any]], key: str, wrap_inner: Callable[[Any], Any]) -> None:
    for value in values:
        inner = value.get(key)
        kind = type(inner)
        if kind is list or kind is dict:
            value[key] = wrap_inner(inner)


def _array_wrapper(wrap_item: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def wrap(value: Any) -> Any:
        if type(value) is not list:
            return freeze(value)
        # Most jobs have one picture, and a tuple of one is made quicker without a map.
        return (wrap_item(value[0]),) if len(value) == 1 else tuple(map(wrap_item, value))

    return wrap


def _object_wrapper(rule: ObjectRule, doubt: Doubt) -> Callable[[Any], Any]:
    make = rule.make
    inner_wrappers = _inner_wrappers(rule, doubt)
    if doubt == "none" and not inner_wrappers:
        return make

    def wrap_right(value: dict[str, Any]) -> Any:
        for wire, wrap_inner in inner_wrappers:
            inner = value.get(wire)
            kind = type(inner)
            if kind is list or kind is dict:
                value[wire] = wrap_inner(inner)
        return make(value)

    if doubt == "none":
        return wrap_right
    looked_after = rule.known if doubt == "unknown keys" else frozenset(wire for wire, _ in inner_wrappers)

    def wrap_doubtful(value: Any) -> Any:
        if type(value) is not dict:
            return freeze(value)
        for key in () if looked_after.issuperset(value) else value.keys() - looked_after:
            value[key] = freeze(value[key])
        return wrap_right(value)

    return wrap_doubtful


def _inner_wrappers(rule: ObjectRule, doubt: Doubt) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(wire, wrapper(field.rule, doubt)) for wire, field in rule.fields.items() if field.rule.compound]
