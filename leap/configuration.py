"""Configuration: every setting of a client, where it comes from, and what it may be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypedDict, TypeVar
from urllib.parse import urlsplit

from leap import setting_values
from leap.exceptions import ClientConfigurationError, InsecureTransportError
from leap.secret import SECRET_SETTINGS, Secret, conceal_in, concealed
from leap.setting_values import DEFAULT_HOST, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self, Unpack

    from leap.events import RequestEvent, ResponseEvent
    from leap.options import Timeout

ConfigurationT = TypeVar("ConfigurationT", bound="Configuration")
ResponseValidation = Literal["warn", "strict"]


class ClientOptions(TypedDict, total=False):
    """The settings that clients over the same pool of connections may have each for itself."""

    access_token: str | Callable[[], str] | None
    connect_timeout: float | None
    read_timeout: float | None
    max_retries: int | None
    deadline: float | None
    response_validation: ResponseValidation | None
    max_response_bytes: int | None
    on_request: Callable[[RequestEvent], object] | None
    on_response: Callable[[ResponseEvent], object] | None


class Settings(ClientOptions, total=False):
    """The settings as keyword arguments, each as `Configuration` describes it."""

    host: str | None
    pool_size: int | None
    ssl_ca_cert: str | None
    verify_ssl: bool | None
    cert_file: str | None
    key_file: str | None
    proxy: str | None
    allow_insecure_transport: bool | None


class OptionsOverPool(ClientOptions, total=False):
    """What `Leap.with_options` takes."""

    timeout: Timeout | None
    """For `connect_timeout` and `read_timeout`: one number for both, or a pair."""


class Configuration:
    """Every setting of a client; it cannot be changed once made.

    A setting that is not given is read from its environment variable, and where that is absent or empty too
    it has its default.

    Attributes:
        host: Where the API is: scheme, host, perhaps a port and a path. `LEAP_HOST`; default
            `https://api.tryleap.ai`.
        access_token: The API key of a workspace, sent as a bearer token; or a function that gives it, called
            for each attempt of each call, for tokens that change. `LEAP_API_KEY`; no default.
        connect_timeout: Seconds to wait for a connection. `LEAP_CONNECT_TIMEOUT`; default 5.
        read_timeout: Seconds to wait for the server to send something more. `LEAP_READ_TIMEOUT`; default 60.
        max_retries: How often a call is tried again, where that is safe (see `leap.retry`).
            `LEAP_MAX_RETRIES`; default 2.
        deadline: Seconds in which a call has to be over, with all its attempts and pauses, and a wait for a
            job with all its readings. `LEAP_DEADLINE`; default None: no bound of its own.
        pool_size: How many connections there may be at once; a call that finds all of them busy waits for
            one. `LEAP_POOL_SIZE`; default 64.
        response_validation: What a successful answer that breaks the contract leads to: `"warn"` returns it
            with a `ResponseValidationWarning`, `"strict"` raises `ResponseValidationError`.
            `LEAP_RESPONSE_VALIDATION`; default `"warn"`.
        max_response_bytes: The largest body that is read, in bytes, as it is sent and once it is
            decompressed. `LEAP_MAX_RESPONSE_BYTES`; default 256 MiB.
        ssl_ca_cert: A file of CA certificates in PEM form to trust instead of certifi's.
            `LEAP_SSL_CA_CERT`; default None.
        verify_ssl: Whether the server's certificate is verified; False leads to an
            `InsecureTransportWarning`. `LEAP_VERIFY_SSL`; default True.
        cert_file: A certificate of the client in PEM form, for servers and proxies that ask for one.
            `LEAP_CERT_FILE`; default None.
        key_file: Its private key, if that is in another file. `LEAP_KEY_FILE`; default None.
        proxy: The proxy to go through, as `http://user:password@host:port` or `https://…`, or `"direct"` for
            none. `LEAP_PROXY`; default None: what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`
            say, for hosts that are not loopback.
        allow_insecure_transport: Whether the access token may be sent over plain http to a host that is not
            loopback. `LEAP_ALLOW_INSECURE_TRANSPORT`; default False.
        on_request: Called with a `RequestEvent` before each attempt. It only watches: what it raises is
            logged. No environment variable; default None.
        on_response: Called with a `ResponseEvent` after each attempt, in the same way.

    Raises:
        ClientConfigurationError: There is no access token, or a setting has no usable value.
        InsecureTransportError: The host is one of plain http that is not loopback.
    """

    __slots__ = (
        "access_token",
        "allow_insecure_transport",
        "cert_file",
        "connect_timeout",
        "deadline",
        "host",
        "key_file",
        "max_response_bytes",
        "max_retries",
        "on_request",
        "on_response",
        "pool_size",
        "proxy",
        "read_timeout",
        "response_validation",
        "ssl_ca_cert",
        "verify_ssl",
    )

    access_token: str | Callable[[], str]
    allow_insecure_transport: bool
    cert_file: str | None
    connect_timeout: float
    deadline: float | None
    host: str
    key_file: str | None
    max_response_bytes: int
    max_retries: int
    on_request: Callable[[RequestEvent], object] | None
    on_response: Callable[[ResponseEvent], object] | None
    pool_size: int
    proxy: str | None
    read_timeout: float
    response_validation: ResponseValidation
    ssl_ca_cert: str | None
    verify_ssl: bool

    def __init__(
        self,
        *,
        host: str | None = None,
        access_token: str | Callable[[], str] | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        pool_size: int | None = None,
        response_validation: ResponseValidation | None = None,
        max_response_bytes: int | None = None,
        ssl_ca_cert: str | None = None,
        verify_ssl: bool | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
        proxy: str | None = None,
        allow_insecure_transport: bool | None = None,
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
    ) -> None:
        # First of all, for a traceback that shows variables. A host may come with a password by mistake.
        access_token, proxy, host = concealed(access_token), concealed(proxy), concealed(host)
        for name, given in (
            ("host", host),
            ("access_token", access_token),
            ("connect_timeout", connect_timeout),
            ("read_timeout", read_timeout),
            ("max_retries", max_retries),
            ("deadline", deadline),
            ("pool_size", pool_size),
            ("response_validation", response_validation),
            ("max_response_bytes", max_response_bytes),
            ("ssl_ca_cert", ssl_ca_cert),
            ("verify_ssl", verify_ssl),
            ("cert_file", cert_file),
            ("key_file", key_file),
            ("proxy", proxy),
            ("allow_insecure_transport", allow_insecure_transport),
            ("on_request", on_request),
            ("on_response", on_response),
        ):
            object.__setattr__(self, name, _setting(name, given))
        if self.key_file is not None and self.cert_file is None:
            raise ClientConfigurationError("key_file: is given without cert_file, whose key it would be")
        _check_transport(self.host, self.proxy, allowed=self.allow_insecure_transport)

    def with_options(self, **options: Unpack[OptionsOverPool]) -> Self:
        """The same configuration with other options; one that is not given or None stays.

        Raises:
            ClientConfigurationError: An option has no usable value, or belongs to the pool of connections.
        """
        conceal_in(options)  # type: ignore[arg-type]  # a TypedDict is a dict, and these are its keys
        changed = _remake(type(self), self._values)
        for name, given in _by_setting(options).items():
            if name not in ClientOptions.__annotations__:
                what = (
                    "belongs to the connections"
                    if name in _CHECKS
                    else f"is no setting{_meant(name, _OPTIONS)}"
                )
                raise ClientConfigurationError(f"{name}: {what}; with_options takes {', '.join(_OPTIONS)}")
            if given is not None:
                # What is wrong is said of the option that was given.
                source = "timeout" if name in _OF_TIMEOUT and options.get(name) is None else name
                object.__setattr__(changed, name, _checked(name, given, source))
        return changed

    def differences(self, first: Configuration) -> list[str]:
        """The settings that are others than those of another configuration, as a `repr` shows them."""
        others = first._values
        return [
            # A function might show more than its name.
            f"{name}={Secret() if name == 'access_token' else value!r}"
            for name, value in self._values.items()
            if value != others[name]
        ]

    @property
    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Configuration cannot be changed; make another with its own {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Configuration cannot be changed; make another without {name}")

    def __repr__(self) -> str:
        # A Secret shows itself as an ellipsis; a function might show more than its name.
        # Not all of them are there yet in a traceback out of `__init__`.
        settings = {name: getattr(self, name, None) for name in self.__slots__} | {"access_token": Secret()}
        return f"Configuration({', '.join(f'{name}={value!r}' for name, value in settings.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (type(self), self._values)


def _remake(kind: type[ConfigurationT], settings: Mapping[str, Any]) -> ConfigurationT:
    """Unpickle: as it was, whatever the environment says by now."""
    configuration = object.__new__(kind)
    for name, value in settings.items():
        object.__setattr__(configuration, name, value)
    return configuration


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "host": setting_values.host,
    "access_token": setting_values.access_token,
    "connect_timeout": setting_values.seconds,
    "read_timeout": setting_values.seconds,
    "max_retries": setting_values.retries,
    "deadline": setting_values.seconds,
    "pool_size": setting_values.connections,
    "response_validation": setting_values.response_validation,
    "max_response_bytes": setting_values.size,
    "ssl_ca_cert": setting_values.file,
    "verify_ssl": setting_values.switch,
    "cert_file": setting_values.file,
    "key_file": setting_values.file,
    "proxy": setting_values.proxy,
    "allow_insecure_transport": setting_values.switch,
    "on_request": setting_values.hook,
    "on_response": setting_values.hook,
}

SETTINGS = tuple(_CHECKS)
"""The names of all settings."""

_OF_TIMEOUT = ("connect_timeout", "read_timeout")

_OPTIONS = ("timeout", *ClientOptions.__annotations__)

ENVIRONMENT_VARIABLES: Mapping[str, str] = {
    name: "LEAP_API_KEY" if name == "access_token" else f"LEAP_{name.upper()}"
    for name in _CHECKS
    if not name.startswith("on_")
}
"""The environment variable of each setting that can be text; `LEAP_API_KEY` is the service's convention."""

_DEFAULTS: Mapping[str, Any] = {
    "host": DEFAULT_HOST,
    "connect_timeout": 5.0,
    "read_timeout": 60.0,
    "max_retries": 2,
    "pool_size": 64,
    "response_validation": "warn",
    "max_response_bytes": 256 * 1024 * 1024,
    "verify_ssl": True,
    "allow_insecure_transport": False,
}


def _setting(name: str, given: Any) -> Any:
    """The value of a setting: given, else from the environment, else the default."""
    source = name
    variable = ENVIRONMENT_VARIABLES.get(name)
    if given is None and variable and os.environ.get(variable):
        given = os.environ[variable]
        given = concealed(given) if name in SECRET_SETTINGS else given
        source = variable
    if given is None:
        if name == "access_token":
            raise ClientConfigurationError(
                'there is no access token: give one with Leap(access_token="…"), or set LEAP_API_KEY in the'
                " environment"
            )
        return _DEFAULTS.get(name)
    return _checked(name, given, source)


def _checked(name: str, given: Any, source: str) -> Any:
    try:
        return _CHECKS[name](given)
    except ValueError as error:
        raise ClientConfigurationError(f"{source}: {error}") from None


def _by_setting(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with `timeout` as the two settings that it stands for."""
    settings = dict(options)
    timeout = settings.pop("timeout", None)
    if timeout is not None:
        connect, read = timeout if isinstance(timeout, tuple) and len(timeout) == 2 else (timeout, timeout)  # noqa: PLR2004 - to connect, to read
        settings = {**settings}
        for name, value in zip(_OF_TIMEOUT, (connect, read), strict=True):
            if settings.get(name) is None:
                settings[name] = value
    return settings


def unknown_settings(names: Sequence[str]) -> ClientConfigurationError:
    """The exception for settings that there are not; it says what was probably meant, and shows no value."""
    if "timeout" in names:
        return ClientConfigurationError(
            "timeout: is no setting of a client; those are connect_timeout and read_timeout, and timeout="
            " belongs to a call or to with_options"
        )
    told = ", ".join(f"{name}{_meant(name, SETTINGS)}" for name in names)
    return ClientConfigurationError(f"there is no setting {told}; there are {', '.join(SETTINGS)}")


def _meant(name: str, known: Sequence[str]) -> str:
    """Which of the names there are is probably meant by one that is not, for a message."""
    from difflib import get_close_matches

    name = {"api_key": "access_token", "base_url": "host"}.get(name, name)
    found = get_close_matches(name, known, 1)
    return f" (did you mean {found[0]}?)" if found else ""


def _check_transport(host: str, proxy: str | None, *, allowed: bool) -> None:
    parts = urlsplit(host)
    if parts.scheme != "http" or allowed:
        return
    way = urlsplit(proxy or "")
    if way.scheme == "http" and not is_loopback(way.hostname or ""):
        raise InsecureTransportError(
            "proxy: would get the access token over an unencrypted connection, as the host is one of plain"
            " http; use https, or allow it with allow_insecure_transport=True"
            " (LEAP_ALLOW_INSECURE_TRANSPORT=1)"
        )
    if not is_loopback(parts.hostname or ""):
        raise InsecureTransportError(
            f"host: {host!r} would get the access token over an unencrypted connection, and everybody on"
            " the way could read it; use https, or allow it with allow_insecure_transport=True"
            " (LEAP_ALLOW_INSECURE_TRANSPORT=1)"
        )
