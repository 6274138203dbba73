"""Reading a response: check it against the contract and wrap it, whatever it turns out to be.

Checks are msgspec's and happen in C. The walk in Python, which finds every fault, is for what they refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from leap.schemas.compound import ArrayRule, ObjectRule
from leap.schemas.showing import tuple_of
from leap.schemas.wrapping import freeze, list_wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leap.schemas.faults import Fault, Path
    from leap.schemas.rules import Rule

# Small enough for the objects to be still in the processor's cache when they are wrapped right after the
# check, and for the checks' own objects to be freed long before the end of a list of 100,000 jobs.
_CHUNK = 128

_Plain = str | int | float | bool | None


class Reader:
    """Reads the responses of one operation."""

    decode: Callable[[bytes], Any]
    """The value of a body in UTF-8 that is JSON as RFC 8259 has it, most likely; msgspec's own function."""

    DecodeError = msgspec.DecodeError
    """What `decode` raises, beside UnicodeDecodeError; not a ValueError in older versions of msgspec.

    It may do so where the JSON is sound, but not such as the rule lets expect.
    """

    def __init__(self, rule: Rule) -> None:
        """A reader of values that should follow the rule."""
        self._rule = rule
        self._listings = _listings(rule)
        self.decode = msgspec.json.Decoder(_likely_type(self._listings)).decode
        self._readers: dict[str, Reader] = {}
        self._array = isinstance(rule, ArrayRule)
        self._item = rule.item if isinstance(rule, ArrayRule) else rule
        self._tuple = tuple_of(self._item)
        self._are_exact = checker_of(self._item, exact=True, listed=True)
        self._are_right = checker_of(self._item, exact=False, listed=True)
        self._wrap_exact = list_wrapper(self._item, "none")
        self._wrap_right = list_wrapper(self._item, "unknown keys")
        self._wrap_anything = list_wrapper(self._item, "anything")

    def read(self, value: Any) -> tuple[Any, list[Fault]]:
        """The value in its frozen form, and everything in which it breaks the contract.

        The lists and dicts in it are used up.
        """
        faults: list[Fault] = []
        if not self._array:
            long_lists = self._read_long_lists(value, faults) if self._listings else {}
            (wrapped,) = self._read_items([value], None, faults)
            return type(wrapped).make({**wrapped, **long_lists}) if long_lists else wrapped, faults
        if type(value) is not list:
            return freeze(value), list(self._rule.faults(value, ()))
        for start in range(0, len(value), _CHUNK):
            value[start : start + _CHUNK] = self._read_items(value[start : start + _CHUNK], start, faults)
        return self._tuple(value), faults

    def _read_long_lists(self, value: Any, faults: list[Fault]) -> dict[str, Any]:
        """The long lists of objects in an object, each read as if it were all that there is.

        The object keeps empty ones in their place.
        """
        read: dict[str, Any] = {}
        for wire in self._listings if type(value) is dict else ():
            items = value.get(wire)
            if type(items) is not list or len(items) <= _CHUNK:
                continue
            if wire not in self._readers:
                self._readers[wire] = Reader(self._listings[wire])
            read[wire], found = self._readers[wire].read(items)
            faults.extend(fault._replace(path=(wire, *fault.path)) for fault in found)
            value[wire] = []
        return read

    def _read_items(self, items: list[Any], start: int | None, faults: list[Fault]) -> Any:
        if self._are_exact(items):
            return self._wrap_exact(items)
        if self._are_right(items):
            return self._wrap_right(items)
        for index, item in enumerate(items):
            path: Path = () if start is None else (start + index,)
            faults.extend(self._item.faults(item, path))
        return self._wrap_anything(items)


def _listings(rule: Rule) -> dict[str, ArrayRule]:
    """The fields of an object that are lists of objects, of any length."""
    if not isinstance(rule, ObjectRule):
        return {}
    arrays = {wire: field.rule for wire, field in rule.fields.items() if isinstance(field.rule, ArrayRule)}
    return {
        wire: array
        for wire, array in arrays.items()
        if isinstance(array.item, ObjectRule) and array.min_items is None and array.max_items is None
    }


def _likely_type(listings: Mapping[str, ArrayRule]) -> Any:
    """What msgspec is to decode the lists of an object as, which may be long.

    An array of texts or numbers in an item becomes a tuple at once, which it would have to be later. Nothing
    is checked or left out by it: whatever is otherwise is decoded once more, as it comes.
    """
    items = [array.item for array in listings.values() if isinstance(array.item, ObjectRule)]
    inner = [field.rule for item in items for field in item.fields.values() if field.rule.compound]
    if not inner or not all(isinstance(rule, ArrayRule) and not rule.item.compound for rule in inner):
        return Any
    return dict[str, _Plain | list[dict[str, _Plain | tuple[_Plain, ...]]]]


def checker_of(rule: Rule, *, exact: bool, listed: bool = False) -> Callable[[Any], bool]:
    """A function that says whether msgspec finds right what a rule is for; never, where it cannot tell.

    Args:
        rule: The rule.
        exact: Whether keys that the contract does not know are not right.
        listed: Whether it gets lists of such values.
    """
    try:
        fast_type = rule.fast_type(exact=exact)
    except TypeError:
        return lambda _: False
    return checker(list[fast_type] if listed else fast_type)  # type: ignore[valid-type]  # made at run time


def checker(fast_type: Any) -> Callable[[Any], bool]:
    """A function that says whether msgspec finds a value right."""

    def is_right(value: Any) -> bool:
        try:
            msgspec.convert(value, fast_type)
        except (msgspec.ValidationError, ValueError, RecursionError, SystemError):
            # SystemError: msgspec before 0.22, on an int that is beyond every double.
            return False
        return True

    return is_right
