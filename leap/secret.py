"""Secret: a text that is not shown by accident.

Debuggers, error reporters and `traceback.TracebackException(capture_locals=True)` show the variables of a
frame by their `repr`.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

ValueT = TypeVar("ValueT")

SECRET_SETTINGS: Final = ("access_token", "host", "proxy")
"""The settings that may identify somebody: into an address people write passwords."""


class Secret(str):
    """A text whose `repr` does not show it; `str()` gives the text itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


class SecretBytes(bytes):
    """Bytes whose `repr` does not show them: a token that was given by mistake in this form."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'…'"


class SecretFunction:
    """A function whose `repr` does not show what it holds: a partial one shows its arguments."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def __call__(self) -> Any:
        """What the function gives."""
        return self._function()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretFunction) and self._function == other._function

    def __hash__(self) -> int:
        return hash(self._function)

    def __repr__(self) -> str:
        return "<function …>"


def concealed(value: ValueT) -> ValueT:
    """The value; as what does not show itself if it is text, bytes, or a function that may hold some."""
    hidden: Any = value
    if isinstance(value, str):
        hidden = Secret(value)
    elif isinstance(value, bytes):
        hidden = SecretBytes(value)
    elif callable(value) and not isinstance(value, (FunctionType, SecretFunction, type)):
        hidden = SecretFunction(value)
    return hidden  # type: ignore[no-any-return]  # it is used like the value


def conceal_in(settings: MutableMapping[str, Any]) -> None:
    """Conceal those of the settings that may identify somebody."""
    for name in SECRET_SETTINGS:
        if name in settings:
            settings[name] = concealed(settings[name])
