"""Secret: a text that is not shown by accident.

Debuggers, error reporters and `traceback.TracebackException(capture_locals=True)` show the variables of a
frame by their `repr`.
"""

from __future__ import annotations

from typing import TypeVar

ValueT = TypeVar("ValueT")


class Secret(str):
    """A text whose `repr` does not show it; `str()` gives the text itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


def concealed(value: ValueT) -> ValueT:
    """The value, as a `Secret` if it is text."""
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]  # a Secret is a str
