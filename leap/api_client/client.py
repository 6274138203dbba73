"""ApiClient: sends the requests of operations.

It holds the pool of connections to the one host of the API directly, sends each request once, reads the
answer, and turns every way in which that can fail into an `ApiException`.
"""

from __future__ import annotations

import sys
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Retry
from urllib3 import Timeout as Urllib3Timeout
from urllib3.exceptions import ClosedPoolError, DecodeError, EmptyPoolError, LocationValueError

from leap.api_client.failures import failure
from leap.api_client.fetching import Fetched, Fetcher
from leap.configuration import ENVIRONMENT_VARIABLES, Configuration
from leap.exceptions import ClientClosedError, ClientConfigurationError, OpenApiException
from leap.outcome import interpret, show_text
from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        unknown = settings.keys() - ENVIRONMENT_VARIABLES.keys()
        if unknown:
            known = ", ".join(ENVIRONMENT_VARIABLES)
            raise TypeError(f"there is no setting {', '.join(sorted(unknown))}; there are {known}")
        if not isinstance(configuration, Configuration | None):
            kind = type(configuration).__name__
            raise TypeError(f'needs a Configuration, got a {kind}; a token is given as access_token="…"')
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
        self._fetcher: Fetcher | None = None
        self._closed = False
        self._lock = threading.Lock()

    def call(
        self,
        operation: Operation[BodyT],
        arguments: Mapping[str, Any],
        faults_seen: list[str] | None = None,
    ) -> ApiResponse[BodyT]:
        """Call an operation of the API.

        Args:
            operation: What to call.
            arguments: The keyword arguments of the call, in either of its forms.
            faults_seen: Takes what breaks the contract in an answer, instead of a warning.

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
        elapsed = perf_counter() - started
        return interpret(operation, request, answer, elapsed, strict=self._strict, faults_seen=faults_seen)

    def fetch(self, url: str, *, most_bytes: int, offset: int = 0, validator: str | None = None) -> Fetched:
        """Ask for what is at a URL that the API gave, such as a picture, to be read in pieces as they come.

        The URL may be anybody's, so the request carries no access token and takes none of the connections
        to the API. A few redirects are followed.

        Args:
            url: An absolute URL; it and what it redirects to have to be http or https.
            most_bytes: The largest size that is read, in bytes.
            offset: Where to begin, if the host can do that and a validator is given; `Fetched.offset` tells
                whether it did.
            validator: The `Fetched.validator` of the answer to go on with.

        Raises:
            ClientClosedError: The client has been closed.
            ApiException: The URL cannot be followed, the answer is not a 2xx, is too large or compressed.
        """
        fetcher = self._fetcher or self._open_fetcher()
        return fetcher.fetch(url, most_bytes=most_bytes, offset=offset, validator=validator)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            fetcher, self._fetcher = self._fetcher, None
        if pool is not None:
            pool.close()
        if fetcher is not None:
            fetcher.close()

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

    def _open_fetcher(self) -> Fetcher:
        """What reads from other hosts, made at the first `fetch`."""
        with self._lock:
            if self._closed:
                raise ClientClosedError("this client has been closed; make another")
            if self._fetcher is None:
                # Pictures are few and mostly over one connection: urllib3 loads the certificates if one is
                # behind https.
                self._fetcher = Fetcher(
                    ca_file=self._ca_file(), timeout=self._timeout, user_agent=_USER_AGENT
                )
            return self._fetcher

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
        """What calls over https trust. Made once, by the first: loading it takes longer than most calls."""
        import ssl

        trusted = self._ca_file()
        try:
            return ssl.create_default_context(cafile=trusted)
        except OSError as error:  # ssl.SSLError among them
            raise ClientConfigurationError(
                f"ssl_ca_cert: {trusted!r} holds no certificates: {error}"
            ) from error

    def _ca_file(self) -> str:
        if self.configuration.ssl_ca_cert is not None:
            return self.configuration.ssl_ca_cert
        import certifi

        return certifi.where()

    def _failure(self, request: Request, error: Exception, round_trip_time: float) -> OpenApiException:
        if self._closed and isinstance(error, (ClosedPoolError, EmptyPoolError)):
            return ClientClosedError("this client was closed before the call had a connection")
        line = f"{request.method} {request.target.partition('?')[0]} at {self.configuration.host}"
        return failure(error, line, round_trip_time)


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
