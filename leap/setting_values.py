"""Setting values: what each setting of a client may be.

Each function gives the value as it is kept, from one that may come from the environment as text, and raises
`ValueError` with what is wrong with it.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leap.durations import LONGEST_WAIT, MOST_RETRIES, is_duration
from leap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_HOST = "https://api.tryleap.ai"

DIRECT = "direct"
"""In place of a proxy: none, whatever the environment says."""

# A pool fills a queue of its size when it is made.
_MOST_CONNECTIONS = 10_000
_MOST_BYTES = 2**40
_LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}|(0{0,4}:){2,7}0{0,3}1|::1", re.ASCII)
_SWITCHES = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def host(value: Any) -> str:
    """Where the API is: a URL without a path's last slash."""
    if not isinstance(value, str):
        raise ValueError(f"needs a URL such as {DEFAULT_HOST}, got {_kind(value)}")  # noqa: TRY004
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("needs a URL of printable ASCII characters (an IDN in its xn-- form)")
    parts = urlsplit(value)
    if "@" in (parts.netloc or value):
        raise ValueError("has a user name or password in it; the access token is what identifies you")
    value = str.__str__(value)
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{value!r} has no valid port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or "%" in parts.netloc:
        raise ValueError(f"needs a URL such as {DEFAULT_HOST}, got {value!r}")
    if "?" in value or "#" in value:
        raise ValueError("has a query or a fragment; only scheme, host, port and path may stand there")
    return str(value.rstrip("/"))


def access_token(value: Any) -> str | Callable[[], str]:
    """An access token, or a function that gives one. No message shows it, not even a wrong one."""
    given: Any = value
    return given if callable(value) else token_text(value)


def token_text(value: Any) -> str:
    """An access token that can be sent."""
    if not isinstance(value, str):
        raise ValueError(f"needs text, got {_kind(value)}")  # noqa: TRY004
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError(
            "is empty or holds a character that no token has (only printable ASCII without spaces can be"
            " sent); look for a line break or a quotation mark that was copied along"
        )
    return Secret(value)


def seconds(value: Any) -> float:
    """A number of seconds that a socket can wait."""
    number = _number(value)
    if not is_duration(number):
        raise ValueError(f"needs a number of seconds above 0 and up to {LONGEST_WAIT}, got {value!r}")
    return number


def connections(value: Any) -> int:
    """How many connections there may be."""
    return _whole(value, 1, _MOST_CONNECTIONS)


def retries(value: Any) -> int:
    """How many further attempts there may be."""
    return _whole(value, 0, MOST_RETRIES)


def size(value: Any) -> int:
    """A number of bytes."""
    return _whole(value, 1, _MOST_BYTES)


def switch(value: Any) -> bool:
    """Whether something is on; from the environment, as a word."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in _SWITCHES:
        raise ValueError(f"needs True or False, got {value!r}")
    return _SWITCHES[word]


def hook(value: Any) -> Callable[[Any], object]:
    """A function of one argument."""
    if not callable(value):
        raise ValueError(f"needs a function of one argument, got {_kind(value)}")  # noqa: TRY004
    function: Callable[[Any], object] = value
    return function


def proxy(value: Any) -> str:
    """The URL of a proxy, or DIRECT. No message shows it: there may be a password in it."""
    if not isinstance(value, str):
        raise ValueError(f"needs a URL such as http://proxy:3128, got {_kind(value)}")  # noqa: TRY004
    if value == DIRECT:
        return value
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(
            "needs a URL such as http://proxy:3128; this one has no valid host or port"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not value.isprintable():
        raise ValueError(f"needs a URL such as http://proxy:3128 (or https), or {DIRECT!r} for none")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "has a path, a query or a fragment; only scheme, user, host and port may stand there"
        )
    return Secret(value)


def _whole(value: Any, least: int, most: int) -> int:
    number = _number(value)
    if not least <= number <= most or number != int(number):
        raise ValueError(f"needs a whole number from {least} to {most}, got {value!r}")
    return int(number)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"needs a number, got {value!r}")  # noqa: TRY004
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("needs a number, got one that is far too great") from None
    except ValueError:
        raise ValueError(f"needs a number, got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"needs a finite number, got {value!r}")
    return number


def response_validation(value: Any) -> str:
    """What an answer that breaks the contract leads to."""
    if value not in ("warn", "strict"):
        raise ValueError(f"needs 'warn' or 'strict', got {value!r}")
    return str(value)


def file(value: Any) -> str:
    """The path of a file that is there."""
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str) or not os.path.isfile(path):  # noqa: PTH113 - pathlib is slow to import
        raise ValueError(f"needs the path of a file, got {value!r}")
    return path


def _kind(value: Any) -> str:
    """What a value is, for a message that must not show it."""
    kind = bytes if isinstance(value, bytes) else type(value)
    return f"a value of type {kind.__name__}"


def is_loopback(hostname: str) -> bool:
    """Whether a host name or address is this machine, so that nothing leaves it."""
    name = hostname.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost") or _LOOPBACK.fullmatch(name) is not None
