"""Secret: a text that is not shown by accident.

Debuggers, error reporters and `traceback.TracebackException(capture_locals=True)` show the variables of a
frame by their `repr`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ValueT = TypeVar("ValueT")

SECRET_SETTINGS: Final = ("access_token", "host", "proxy")
"""The settings that may identify somebody: into an address people write passwords."""


class Secret(str):
    """A text whose `repr` does not show it; `str()` gives the text itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


def concealed(value: ValueT) -> ValueT:
    """The value, as a `Secret` if it is text."""
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]  # a Secret is a str


def conceal_in(settings: MutableMapping[str, Any]) -> None:
    """Conceal those of the settings that may identify somebody."""
    for name in SECRET_SETTINGS:
        if name in settings:
            settings[name] = concealed(settings[name])
