"""`unset`: what stands where a response has nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Self


class Unset:
    """The type of `unset`, its only instance; it is false."""

    __slots__ = ()

    def __new__(cls) -> Self:
        """The one instance, once it is there."""
        return globals()["unset"] if "unset" in globals() else super().__new__(cls)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "unset"

    def __reduce__(self) -> str:
        # The name of the module's global: pickle and copy give back the one instance.
        return "unset"


unset: Final = Unset()
"""No value: the API's contract defines none here, or it was not read."""
