"""Showing: how DTOs show themselves in a notebook.

The names that a notebook looks for have to be on the DTOs; what they do is far above them. So a module is
registered by its name, and imported when a notebook first asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

if TYPE_CHECKING:
    from leap.schemas.rules import Rule

    class Shower(Protocol):
        """What a module has that shows DTOs."""

        def html_of(self, shown: object) -> str:
            """A DTO or a tuple of them as HTML."""
            ...

        def png_of(self, shown: object) -> bytes | None:
            """A DTO as a PNG, if it is one picture."""
            ...


class _Shown:
    __slots__ = ()

    _shown_by: ClassVar[str | None] = None


def show_with(module: str) -> None:
    """Register the module whose `html_of` and `png_of` show the DTOs; it is not imported yet."""
    _Shown._shown_by = module  # noqa: SLF001 - it belongs to this module


class ShownInNotebooks(_Shown):
    """A DTO that notebooks show as more than text."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        shower = _shower()
        return None if shower is None else shower.html_of(self)

    def _repr_png_(self) -> bytes | None:
        shower = _shower()
        return None if shower is None else shower.png_of(self)


class ShownTuple(_Shown, tuple[Any, ...]):
    """A tuple of such DTOs, which notebooks show together; a tuple in everything else."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        shower = _shower()
        return None if shower is None else shower.html_of(self)


def tuple_of(item: Rule) -> type[tuple[Any, ...]]:
    """The class of a list whose items follow a rule: `ShownTuple` if they are shown, else `tuple`."""
    from leap.schemas.compound import ObjectRule

    made = getattr(item.make, "__self__", None) if isinstance(item, ObjectRule) else None
    return ShownTuple if isinstance(made, type) and issubclass(made, ShownInNotebooks) else tuple


def _shower() -> Shower | None:
    module = _Shown._shown_by  # noqa: SLF001 - it belongs to this module
    return None if module is None else cast("Shower", import_module(module))
