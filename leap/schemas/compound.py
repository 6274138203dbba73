"""Compound rules: what an array or an object has to be, and what may be one thing or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leap.schemas.faults import Fault, show_value
from leap.schemas.rules import Rule, annotated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leap.schemas.faults import Path


class ArrayRule(Rule):
    """An array, all of whose items follow one rule, perhaps of a certain length."""

    def __init__(self, item: Rule, *, min_items: int | None = None, max_items: int | None = None) -> None:
        self.item = item
        self.min_items = min_items
        self.max_items = max_items

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        if not isinstance(value, list | tuple | set | frozenset):
            yield Fault(path, f"got {show_value(value)}, needs an array")
            return
        if self.min_items is not None and len(value) < self.min_items:
            yield Fault(path, f"got {len(value)} items, needs at least {self.min_items}")
        if self.max_items is not None and len(value) > self.max_items:
            yield Fault(path, f"got {len(value)} items, needs at most {self.max_items}")
        for index, item in enumerate(value):
            yield from self.item.faults(item, (*path, index))

    def fast_type(self, *, exact: bool) -> Any:
        limits = {"min_length": self.min_items, "max_length": self.max_items}
        return annotated(
            list[self.item.fast_type(exact=exact)],  # type: ignore[misc]  # a type made at run time
            {name: limit for name, limit in limits.items() if limit is not None},
        )


class EitherRule(Rule):
    """Right by at least one of several rules (`oneOf` and `anyOf` of the contract)."""

    def __init__(self, alternatives: Sequence[Rule]) -> None:
        self.alternatives = tuple(alternatives)
        self.compound = any(rule.compound for rule in alternatives)

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        found = [list(rule.faults(value, path)) for rule in self.alternatives]
        if not all(found):
            return
        # A list with one wrong item is to be told what is wrong with the item.
        inside = [faults for faults in found if all(len(fault.path) > len(path) for fault in faults)]
        if inside:
            yield from inside[0]
        else:
            needs = " or ".join(dict.fromkeys(faults[0].problem.rpartition("needs ")[2] for faults in found))
            yield Fault(path, f"got {show_value(value)}, needs {needs}")

    def fast_type(self, *, exact: bool) -> Any:
        combined = self.alternatives[0].fast_type(exact=exact)
        for rule in self.alternatives[1:]:
            combined |= rule.fast_type(exact=exact)
        return combined


class ObjectField(NamedTuple):
    """One field of an object: its name in Python, whether it has to be there, and its rule."""

    name: str
    required: bool
    rule: Rule


class ObjectRule(Rule):
    """An object with certain fields."""

    def __init__(
        self,
        name: str,
        fields: Mapping[str, ObjectField],
        *,
        closed: bool,
        exactly_one: Sequence[str] = (),
        make: Callable[[dict[str, Any]], Any],
    ) -> None:
        """A rule for objects.

        Args:
            name: The name of the DTO.
            fields: The fields by their wire names.
            closed: Whether the contract allows no other keys.
            exactly_one: The wire names of fields of which exactly one has to be there; none if that is free.
            make: Turns a dict whose values are frozen into the DTO, checking nothing.
        """
        self.name = name
        self.fields = dict(fields)
        self.closed = closed
        self.exactly_one = tuple(exactly_one)
        self.make = make
        self.known = frozenset(self.fields)
        self._fast_types: dict[bool, Any] = {}

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        from collections.abc import Mapping as AnyMapping

        if not isinstance(value, AnyMapping):
            yield Fault(path, f"got {show_value(value)}, needs an object")
            return
        for wire, field in self.fields.items():
            if wire in value:
                yield from field.rule.faults(value[wire], (*path, wire))
            elif field.required:
                yield Fault((*path, wire), "is missing")
        given = [self.fields[wire].name for wire in self.exactly_one if wire in value]
        if self.exactly_one and len(given) != 1:
            names = " and ".join(self.fields[wire].name for wire in self.exactly_one)
            yield Fault(path, f"got {' and '.join(given) or 'none'}, needs exactly one of {names}")
        for key in value:
            if not isinstance(key, str):
                yield Fault(path, f"has the key {show_value(key)}, needs a string")
            elif self.closed and key not in self.known:
                yield Fault((*path, key), f"is no field of {self.name}{self._suggestion(key)}")

    def _suggestion(self, key: str) -> str:
        import difflib

        close = difflib.get_close_matches(key, self.known, n=1)
        return f"; did you mean {close[0]}?" if close else ""

    def fast_type(self, *, exact: bool) -> Any:
        if self.exactly_one:
            raise TypeError(f"msgspec cannot tell which fields of {self.name} exclude each other")
        if exact not in self._fast_types:
            import msgspec

            definitions: list[Any] = []
            for field in self.fields.values():
                kind = field.rule.fast_type(exact=exact)
                # A Struct wants identifiers; a wire name need not be one.
                optional = () if field.required else (msgspec.UNSET,)
                definitions.append(
                    (field.name, kind if field.required else kind | msgspec.UnsetType, *optional)
                )
            self._fast_types[exact] = msgspec.defstruct(
                self.name,
                definitions,
                rename={field.name: wire for wire, field in self.fields.items()},
                forbid_unknown_fields=exact,
                kw_only=True,
                gc=False,
            )
        return self._fast_types[exact]
