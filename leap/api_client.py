"""ApiClient: the one place that does HTTP.

It holds the pool of connections to the one host of the API directly, sends each request once, reads the
answer, and turns every way in which that can fail into an `ApiException`.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import closing
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager, Retry
from urllib3 import Timeout as Urllib3Timeout
from urllib3.exceptions import (
    ClosedPoolError,
    DecodeError,
    EmptyPoolError,
    InvalidHeader,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import (
    TimeoutError as Urllib3TimeoutError,
)

from leap.configuration import Configuration
from leap.exceptions import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    ClientClosedError,
    ClientConfigurationError,
    OpenApiException,
    class_for_status,
)
from leap.outcome import interpret, show_text
from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ssl import SSLContext
    from typing import Unpack

    from urllib3 import BaseHTTPResponse

    from leap.api_response import ApiResponse
    from leap.configuration import Settings
    from leap.operation import Operation, Request

BodyT = TypeVar("BodyT")

_PYTHON = ".".join(map(str, sys.version_info[:3]))
_USER_AGENT = f"leap-sdk/{__version__} (Python {_PYTHON}; {sys.platform})"

# One try, and a redirect is an answer like another: the token is for one host only.
_ONCE = Retry(total=False, redirect=False)

# Of what `fetch` reads, which may be anywhere.
_MOST_REDIRECTS = 5
_PIECE_BYTES = 64 * 1024


class ApiClient:
    """Sends the requests of operations to the API of one configuration.

    It may be shared by any number of threads.

    Attributes:
        configuration: Its settings.
    """

    def __init__(self, configuration: Configuration | None = None, **settings: Unpack[Settings]) -> None:
        """A client with a configuration, or with the settings for one.

        Raises:
            ClientConfigurationError: A setting is missing or has no usable value.
            TypeError: Both a configuration and settings were given, or a setting that there is not.
        """
        if configuration is None:
            configuration = Configuration(**settings)
        elif settings:
            raise TypeError(f"give a configuration or settings, not both: {', '.join(settings)}")
        self.configuration = configuration
        self._headers: Mapping[str, str] = {
            "Authorization": f"Bearer {configuration.access_token}",
            "User-Agent": _USER_AGENT,
        }
        self._timeout = Urllib3Timeout(connect=configuration.connect_timeout, read=configuration.read_timeout)
        self._strict = configuration.response_validation == "strict"
        self._path_prefix = urlsplit(configuration.host).path
        self._pool: HTTPConnectionPool | None = None
        self._elsewhere: PoolManager | None = None
        self._closed = False
        self._lock = threading.Lock()

    def call(self, operation: Operation[BodyT], arguments: Mapping[str, Any]) -> ApiResponse[BodyT]:
        """Call an operation of the API.

        Args:
            operation: What to call.
            arguments: The keyword arguments of the call, in either of its forms.

        Raises:
            SchemaValidationError: The arguments break the contract; nothing was sent.
            ClientClosedError: The client has been closed.
            ClientConfigurationError: The host or the CA certificates turn out to be unusable.
            ApiException: Anything that goes wrong after that.
        """
        request = operation.request(arguments, self._headers)
        pool = self._pool or self._open()
        started = perf_counter()
        try:
            answer = self._send(pool, request)
        except Exception as error:
            # Everything: http.client raises ValueError, OverflowError, MemoryError too at what servers send.
            raise self._failure(request, error, perf_counter() - started) from error
        return interpret(operation, request, answer, perf_counter() - started, strict=self._strict)

    def fetch(self, url: str, *, most_bytes: int) -> Iterator[bytes]:
        """Read what is at a URL that the API gave, such as a picture, in pieces as they come.

        The URL may be anybody's, so the request carries no access token and takes none of the connections
        to the API. A few redirects are followed.

        Args:
            url: An absolute URL; it and what it redirects to have to be http or https.
            most_bytes: The largest size that is read, in bytes.

        Raises:
            ClientClosedError: The client has been closed.
            ClientConfigurationError: The CA certificates turn out to be unusable.
            ApiException: The URL cannot be followed, the answer is not a 2xx, is too large or broke off.
        """
        pools = self._elsewhere or self._open_elsewhere()
        # Without the query: that of a signed URL is as good as a password.
        line = f"GET {show_text(url.partition('?')[0])}"
        started = perf_counter()
        try:
            with closing(self._follow(pools, url, line)) as answer:
                yield from _pieces(answer, most_bytes, line)
        except OpenApiException:
            raise
        except Exception as error:
            # Everything, as in `call`.
            kind = ApiTimeoutError if _is_timeout(error) else ApiConnectionError
            reason = _reason(error)
            seconds = perf_counter() - started
            raise kind(f"{reason} [{line}]", reason=reason, round_trip_time=seconds) from error

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            elsewhere, self._elsewhere = self._elsewhere, None
        if pool is not None:
            pool.close()
        if elsewhere is not None:
            elsewhere.clear()

    def _send(self, pool: HTTPConnectionPool, request: Request) -> HTTPResponse:
        timeout = self._timeout
        if request.timeout is not None:
            timeout = Urllib3Timeout(connect=request.timeout[0], read=request.timeout[1])
        answer: BaseHTTPResponse = pool.urlopen(
            request.method,
            self._path_prefix + request.target,
            body=request.body,
            headers=request.headers,
            retries=_ONCE,
            redirect=False,
            timeout=timeout,
            pool_timeout=timeout.connect_timeout,  # type: ignore[arg-type]  # the stub knows whole seconds only
            preload_content=False,
        )
        if answer.status < 200:  # noqa: PLR2004 - where final answers begin, RFC 9110 section 15
            # The final answer may still come over this connection: no other call may take it for its own.
            answer.close()
            answer.release_conn()
        elif not request.stream or answer.status >= 300:  # noqa: PLR2004 - where errors begin
            answer = _read(answer)
        return answer  # type: ignore[return-value]  # what a connection pool's urlopen returns

    def _open(self) -> HTTPConnectionPool:
        """The pool of connections, made at the first call."""
        with self._lock:
            if self._closed:
                raise ClientClosedError("this client has been closed; make another")
            if self._pool is None:
                self._pool = self._make_pool()
            return self._pool

    def _open_elsewhere(self) -> PoolManager:
        """The pools of connections to other hosts, made at the first `fetch`."""
        with self._lock:
            if self._closed:
                raise ClientClosedError("this client has been closed; make another")
            if self._elsewhere is None:
                self._elsewhere = PoolManager(ssl_context=self._ssl_context())
            return self._elsewhere

    def _follow(self, pools: PoolManager, url: str, line: str) -> BaseHTTPResponse:
        """The unread answer at the end of the redirects."""
        for _ in range(_MOST_REDIRECTS + 1):
            if not url.lower().startswith(("http://", "https://")):
                raise ApiException(f"the address is not one of http or https [{line}]")
            answer = pools.urlopen(
                "GET",
                url,
                headers={"User-Agent": _USER_AGENT},
                retries=_ONCE,
                redirect=False,
                timeout=self._timeout,
                preload_content=False,
            )
            location = answer.get_redirect_location()
            if not location:
                return answer
            answer.close()
            url = urljoin(url, location)
        raise ApiException(f"there are more than {_MOST_REDIRECTS} redirects [{line}]")

    def _make_pool(self) -> HTTPConnectionPool:
        host = urlsplit(self.configuration.host)
        assert host.hostname is not None  # noqa: S101 - Configuration has seen to it
        settings: dict[str, Any] = {"maxsize": self.configuration.pool_size, "block": True}
        try:
            if host.scheme == "http":
                return HTTPConnectionPool(host.hostname, host.port, **settings)
            settings["ssl_context"] = self._ssl_context()
            return HTTPSConnectionPool(host.hostname, host.port, **settings)
        except LocationValueError as error:
            raise ClientConfigurationError(f"host: {show_text(str(error))}") from error

    def _ssl_context(self) -> SSLContext:
        """What https calls trust. Made once, by the first: loading it takes longer than most calls."""
        import ssl

        trusted = self.configuration.ssl_ca_cert
        if trusted is None:
            import certifi

            trusted = certifi.where()
        try:
            return ssl.create_default_context(cafile=trusted)
        except OSError as error:  # ssl.SSLError among them
            raise ClientConfigurationError(
                f"ssl_ca_cert: {trusted!r} holds no certificates: {error}"
            ) from error

    def _failure(self, request: Request, error: Exception, round_trip_time: float) -> OpenApiException:
        if self._closed and isinstance(error, (ClosedPoolError, EmptyPoolError)):
            return ClientClosedError("this client was closed before the call had a connection")
        kind = ApiTimeoutError if _is_timeout(error) else ApiConnectionError
        reason = _reason(error)
        line = f"{request.method} {request.target.partition('?')[0]}"
        return kind(
            f"{reason} [{line} at {self.configuration.host}]", reason=reason, round_trip_time=round_trip_time
        )


def _read(answer: BaseHTTPResponse) -> BaseHTTPResponse:
    """The answer with its body read, and decoded if it can be: a job is not lost to a wrong header."""
    try:
        body = answer.read(decode_content=False, cache_content=True)
    except BaseException:
        # urllib3 gives the connection back after a failure to read, not after one before that.
        answer.close()
        answer.release_conn()
        raise
    if "Content-Encoding" not in answer.headers:
        return answer
    from io import BytesIO

    decoded = HTTPResponse(
        BytesIO(body),
        headers=answer.headers,
        status=answer.status,
        version=answer.version,
        reason=answer.reason,
        preload_content=False,
        request_url=answer.url,
    )
    try:
        decoded.read(cache_content=True)
    except DecodeError:
        return answer
    return decoded


def _pieces(answer: BaseHTTPResponse, most_bytes: int, line: str) -> Iterator[bytes]:
    """The body of a successful answer as it comes, up to a size."""
    if not 200 <= answer.status <= 299:  # noqa: PLR2004 - the bounds of "successful", RFC 9110 section 15.3
        message = f"{answer.status} {answer.reason or ''}".rstrip()
        raise class_for_status(answer.status)(
            f"{message} [{line}]", status=answer.status, reason=answer.reason, headers=answer.headers
        )
    declared = answer.headers.get("Content-Length", "")
    size = int(declared) if declared.isdecimal() and len(declared) < 20 else 0  # noqa: PLR2004 - 64 bits
    pieces = answer.stream(_PIECE_BYTES)
    received = 0
    while max(size, received) <= most_bytes:
        piece = next(pieces, None)
        if piece is None:
            return
        received += len(piece)
        yield piece
    raise ApiException(f"there are more than {most_bytes} bytes [{line}]")


def _is_timeout(error: Exception) -> bool:
    if isinstance(error, ProtocolError):  # of sending or receiving, seen by the socket alone
        return isinstance(error.args[-1], TimeoutError)
    timed_out = isinstance(error, (Urllib3TimeoutError, EmptyPoolError))
    return timed_out and not isinstance(error, NewConnectionError)


_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (LocationValueError, "the host name is not valid"),
    (NameResolutionError, "the host name is not known"),
    (NewConnectionError, "no connection could be made"),
    (SSLError, "no secure connection could be made"),
    (EmptyPoolError, "every connection of the pool stayed busy (pool_size)"),
    (ReadTimeoutError, "the server did not answer in time (read timeout)"),
    (Urllib3TimeoutError, "no connection was made in time (connect timeout)"),
    (TimeoutError, "the server did not take the request in time (connect timeout)"),
    ((IncompleteRead, RemoteDisconnected), "the connection broke before the whole answer was there"),
    ((HTTPException, InvalidHeader, ValueError, OverflowError), "the answer is not valid HTTP"),
    (DecodeError, "the answer's Content-Encoding is not one that can be undone"),
    (MemoryError, "the answer does not fit into memory"),
    ((ProtocolError, OSError), "the connection broke before the whole answer was there"),
    (Exception, "the request failed"),
)


def _reason(error: Exception) -> str:
    """What went wrong, in words that say where to look."""
    detail: object = error.args[-1] if error.args else error
    if isinstance(error, ProtocolError) and isinstance(detail, Exception):
        error = detail  # says more
    words = next(words for kind, words in _WORDS if isinstance(error, kind))
    # Without the name of the pool or connection that urllib3 puts before it.
    told = re.sub(r"^(<[^>]*>|\w+\(.*?\)|None): ", "", str(detail))
    return f"{words}: {show_text(told or type(error).__name__)}"
