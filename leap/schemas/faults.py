"""Faults: what is wrong with a value, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = tuple[str | int, ...]
"""The way into a value: the keys of objects and the indexes of arrays."""

_SHOWN_CHARACTERS = 60


class Fault(NamedTuple):
    """One thing that is wrong with a value: where it is, and what it is."""

    path: Path
    problem: str

    def renamed(self, names: Mapping[str, str]) -> Fault:
        """The same fault with the path's first part by another name, where there is one."""
        first = self.path[0] if self.path else None
        if not isinstance(first, str) or first not in names:
            return self
        return Fault((names[first], *self.path[1:]), self.problem)

    def __str__(self) -> str:
        return f"{show_path(self.path)}: {self.problem}" if self.path else self.problem


def show_path(path: Path) -> str:
    """A path the way that code would write it: `images[0].uri`."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")


def show_value(value: object) -> str:
    """A value and its type on one short line, for an error message."""
    if isinstance(value, bytes | bytearray):
        # Before it is written out: it may be a whole picture.
        kind, value = type(value).__name__, value[:_SHOWN_CHARACTERS]
    else:
        kind = type(value).__name__
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits; a thousand lists in each other
        shown = "…"
    if len(shown) > _SHOWN_CHARACTERS:
        shown = f"{shown[:_SHOWN_CHARACTERS]}…"
    return f"{shown} ({kind})"
