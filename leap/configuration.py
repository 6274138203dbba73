"""Configuration: every setting of a client, where it comes from, and what it may be."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypedDict
from urllib.parse import urlsplit

from leap.durations import LONGEST_WAIT, is_duration
from leap.exceptions import ClientConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_HOST = "https://api.tryleap.ai"

# A pool fills a queue of its size when it is made.
_MOST_CONNECTIONS = 10_000

ResponseValidation = Literal["warn", "strict"]


class Settings(TypedDict, total=False):
    """The settings as keyword arguments, each as `Configuration` describes it."""

    host: str | None
    access_token: str | None
    connect_timeout: float | None
    read_timeout: float | None
    pool_size: int | None
    response_validation: ResponseValidation | None
    ssl_ca_cert: str | None


class Configuration:
    """Every setting of a client; it cannot be changed once made.

    A setting that is not given is read from its environment variable, and where that is absent or empty too
    it has its default.

    Attributes:
        host: Where the API is: scheme, host, perhaps a port and a path. `LEAP_HOST`; default
            `https://api.tryleap.ai`.
        access_token: The API key of a workspace, sent as a bearer token. `LEAP_API_KEY`; no default.
        connect_timeout: Seconds to wait for a connection. `LEAP_CONNECT_TIMEOUT`; default 5.
        read_timeout: Seconds to wait for the server to send something more. `LEAP_READ_TIMEOUT`; default 60.
        pool_size: How many connections there may be at once; a call that finds all of them busy waits for
            one. `LEAP_POOL_SIZE`; default 64.
        response_validation: What a successful answer that breaks the contract leads to: `"warn"` returns it
            with a `ResponseValidationWarning`, `"strict"` raises `ResponseValidationError`.
            `LEAP_RESPONSE_VALIDATION`; default `"warn"`.
        ssl_ca_cert: A file of CA certificates in PEM form to trust instead of certifi's.
            `LEAP_SSL_CA_CERT`; default None.

    Raises:
        ClientConfigurationError: There is no access token, or a setting has no usable value.
    """

    __slots__ = (
        "access_token",
        "connect_timeout",
        "host",
        "pool_size",
        "read_timeout",
        "response_validation",
        "ssl_ca_cert",
    )

    host: str
    access_token: str
    connect_timeout: float
    read_timeout: float
    pool_size: int
    response_validation: ResponseValidation
    ssl_ca_cert: str | None

    def __init__(
        self,
        *,
        host: str | None = None,
        access_token: str | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        pool_size: int | None = None,
        response_validation: ResponseValidation | None = None,
        ssl_ca_cert: str | None = None,
    ) -> None:
        for name, given, check in (
            ("host", host, _host),
            ("access_token", access_token, _access_token),
            ("connect_timeout", connect_timeout, _seconds),
            ("read_timeout", read_timeout, _seconds),
            ("pool_size", pool_size, _count),
            ("response_validation", response_validation, _response_validation),
            ("ssl_ca_cert", ssl_ca_cert, _file),
        ):
            object.__setattr__(self, name, _setting(name, given, check))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Configuration cannot be changed; make another with its own {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Configuration cannot be changed; make another without {name}")

    def __repr__(self) -> str:
        settings = {name: getattr(self, name) for name in self.__slots__}
        settings["access_token"] = "…"  # noqa: S105 - shown instead of the token
        return f"Configuration({', '.join(f'{name}={value!r}' for name, value in settings.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, ({name: getattr(self, name) for name in self.__slots__},)


def _remake(settings: Settings) -> Configuration:
    """Unpickle: as it was, whatever the environment says by now."""
    configuration = object.__new__(Configuration)
    for name, value in settings.items():
        object.__setattr__(configuration, name, value)
    return configuration


ENVIRONMENT_VARIABLES: Mapping[str, str] = {
    "host": "LEAP_HOST",
    "access_token": "LEAP_API_KEY",
    "connect_timeout": "LEAP_CONNECT_TIMEOUT",
    "read_timeout": "LEAP_READ_TIMEOUT",
    "pool_size": "LEAP_POOL_SIZE",
    "response_validation": "LEAP_RESPONSE_VALIDATION",
    "ssl_ca_cert": "LEAP_SSL_CA_CERT",
}
"""The environment variable of each setting. `LEAP_API_KEY` is the service's own convention."""

_DEFAULTS: Mapping[str, Any] = {
    "host": DEFAULT_HOST,
    "connect_timeout": 5.0,
    "read_timeout": 60.0,
    "pool_size": 64,
    "response_validation": "warn",
}


def _setting(name: str, given: Any, check: Callable[[Any], Any]) -> Any:
    """The value of a setting: given, else from the environment, else the default."""
    variable = ENVIRONMENT_VARIABLES[name]
    source = name
    if given is None and os.environ.get(variable):
        given = os.environ[variable]
        source = variable
    if given is None:
        if name == "access_token":
            raise ClientConfigurationError(
                'there is no access token: give one with Leap(access_token="…"), or set LEAP_API_KEY in the'
                " environment"
            )
        return _DEFAULTS.get(name)
    try:
        return check(given)
    except ValueError as error:
        raise ClientConfigurationError(f"{source}: {error}") from None


def _host(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"needs a URL such as {DEFAULT_HOST}, got a {type(value).__name__}")  # noqa: TRY004
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("needs a URL of printable ASCII characters (an IDN in its xn-- form)")
    parts = urlsplit(value)
    if "@" in parts.netloc:
        raise ValueError("has a user name or password in it; the access token is what identifies you")
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{value!r} has no valid port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or "%" in parts.netloc:
        raise ValueError(f"needs a URL such as {DEFAULT_HOST}, got {value!r}")
    if "?" in value or "#" in value:
        raise ValueError("has a query or a fragment; only scheme, host, port and path may stand there")
    return value.rstrip("/")


def _access_token(value: Any) -> str:
    # The message never shows the token, not even a wrong one.
    if not isinstance(value, str):
        raise ValueError(f"needs text, got a {type(value).__name__}")  # noqa: TRY004
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError(
            "is empty or holds a character that no token has (only printable ASCII without spaces can be"
            " sent); look for a line break or a quotation mark that was copied along"
        )
    return value


def _seconds(value: Any) -> float:
    seconds = _number(value)
    if not is_duration(seconds):
        raise ValueError(f"needs a number of seconds above 0 and up to {LONGEST_WAIT}, got {value!r}")
    return seconds


def _count(value: Any) -> int:
    count = _number(value)
    if not 1 <= count <= _MOST_CONNECTIONS or count != int(count):
        raise ValueError(f"needs a whole number from 1 to {_MOST_CONNECTIONS}, got {value!r}")
    return int(count)


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


def _response_validation(value: Any) -> str:
    if value not in ("warn", "strict"):
        raise ValueError(f"needs 'warn' or 'strict', got {value!r}")
    return str(value)


def _file(value: Any) -> str:
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str) or not os.path.isfile(path):  # noqa: PTH113 - pathlib is slow to import
        raise ValueError(f"needs the path of a file, got {value!r}")
    return path
