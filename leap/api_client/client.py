"""ApiClient: sends the requests of operations.

It sends each request over the pool of connections to the one host of the API, again where that is safe and
may help, reads the answer, and turns every way in which that can fail into an `ApiException`.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from urllib3 import Timeout as Urllib3Timeout

from leap.api_client.connections import Connections
from leap.api_client.effort import NOT_FOUND, UNSENT_BEARER, Effort
from leap.configuration import SETTINGS, Configuration, unknown_settings
from leap.exceptions import (
    ApiException,
    ClientClosedError,
    ClientConfigurationError,
    InsecureTransportWarning,
    ResponseValidationError,
)
from leap.outcome import decode_json, gone, interpret
from leap.secret import Secret, conceal_in, concealed
from leap.setting_values import token_text
from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, Unpack

    from urllib3 import HTTPResponse

    from leap.api_client.effort import Recovery
    from leap.api_client.fetching import Fetched
    from leap.api_response import ApiResponse
    from leap.configuration import OptionsOverPool, Settings
    from leap.operation import Operation
    from leap.request_body import StreamedBody
    from leap.schemas.faults import Fault
    from leap.uploads.form import Form

BodyT = TypeVar("BodyT")

_PYTHON = ".".join(map(str, sys.version_info[:3]))
_USER_AGENT = f"leap-sdk/{__version__} (Python {_PYTHON}; {sys.platform})"


class ApiClient:
    """Sends the requests of operations to the API of one configuration.

    It may be shared by any number of threads.

    Attributes:
        configuration: Its settings.
        connections: What it sends over; clients made by `with_options` share them.
        timeout: Of each attempt, unless a call has its own.
        sleep: What makes the pauses between attempts, given seconds.
    """

    def __init__(self, configuration: Configuration | None = None, **settings: Unpack[Settings]) -> None:
        """A client with a configuration, or with the settings for one.

        Raises:
            ClientConfigurationError: A setting is missing, is none, or has no usable value.
            TypeError: Both a configuration and settings were given, or something else as a configuration.
        """
        conceal_in(settings)  # type: ignore[arg-type]  # a TypedDict is a dict, and these are its keys
        unknown = settings.keys() - set(SETTINGS)
        if unknown:
            raise unknown_settings(sorted(unknown))
        if not isinstance(configuration, Configuration | None):
            kind = f"a value of type {type(configuration).__name__}"
            raise TypeError(f'needs a Configuration, got {kind}; a token is given as access_token="…"')
        if configuration is None:
            configuration = Configuration(**settings)
        elif settings:
            raise TypeError(f"give a configuration or settings, not both: {', '.join(settings)}")
        if not configuration.verify_ssl:
            warnings.warn(
                "verify_ssl is False: the server may be anybody, and whoever is in between can read the"
                " access token; a certificate of your own is trusted with ssl_ca_cert",
                InsecureTransportWarning,
                stacklevel=3,
            )
        self._configure(configuration, Connections(configuration), is_owner=True)

    def with_options(self, **options: Unpack[OptionsOverPool]) -> Self:
        """A client with other options over the same connections.

        Closing it leaves the connections to the first client; closing that one closes them.

        Raises:
            ClientConfigurationError: An option has no usable value, or belongs to the connections.
        """
        conceal_in(options)  # type: ignore[arg-type]
        client = object.__new__(type(self))
        client._configure(self.configuration.with_options(**options), self.connections, is_owner=False)
        client.sleep = self.sleep
        return client

    def call(
        self,
        operation: Operation[BodyT],
        arguments: Mapping[str, Any],
        faults_seen: list[str] | None = None,
        recovery: Recovery | None = None,
    ) -> ApiResponse[BodyT]:
        """Call an operation of the API.

        Args:
            operation: What to call.
            arguments: The keyword arguments of the call, in either of its forms.
            faults_seen: Takes what breaks the contract in an answer, instead of a warning.
            recovery: Looks for what was submitted if the answer was lost, for arguments that ask for it.

        Raises:
            SchemaValidationError: The arguments break the contract; nothing was sent.
            ClientClosedError: The client has been closed.
            ClientConfigurationError: The host, the certificates or the access token turn out to be unusable.
            ApiException: Anything that goes wrong after that.
        """
        request = operation.request(arguments, self._headers, _upload_of)
        effort = Effort(self, request)
        try:
            answer = effort.make()
            if answer.status == NOT_FOUND:
                response = gone(request, answer, effort.round_trip_time)
                response.attempts, response.time_spent = effort.attempts, effort.time_spent
            else:
                response = interpret(
                    operation,
                    request,
                    answer,
                    effort.round_trip_time,
                    strict=self._strict,
                    faults_seen=faults_seen,
                    attempts=effort.attempts,
                    time_spent=effort.time_spent,
                )
        except ApiException as error:
            if operation.recoverable and isinstance(error, ResponseValidationError):
                # What breaks the contract names its job all the same.
                self._acknowledge(error.body)
            found = effort.fail(error, arguments, recovery)
            if found is None:
                raise
            return found
        effort.succeed(response)
        if operation.recoverable and not request.stream:
            self._acknowledge(_json_of(answer) if request.skip_deserialization else response.body)
        return response

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
            ClientConfigurationError: The certificates turn out to be unusable.
            ApiException: The URL cannot be followed, the answer is not a 2xx, is too large or compressed.
        """
        self.check_open()
        fetcher = self.connections.fetcher(_USER_AGENT)
        return fetcher.fetch(
            url, timeout=self.timeout, most_bytes=most_bytes, offset=offset, validator=validator
        )

    def close(self) -> None:
        """Close every connection, if they are this client's own; it takes no further calls."""
        self._closed = True
        if self._is_owner:
            self.connections.close()

    def check_open(self) -> None:
        """Make sure that the client takes calls.

        Raises:
            ClientClosedError: It has been closed.
        """
        if self._closed or self.connections.closed:
            raise ClientClosedError("this client has been closed; make another")

    def bearer(self) -> str:
        """The `Authorization` of the next attempt.

        Raises:
            ClientConfigurationError: The function that gives the access token failed, or gave none.
        """
        token = self.configuration.access_token
        if isinstance(token, str):
            return self._bearer
        try:
            given: object = concealed(token())
        except Exception as error:
            raise ClientConfigurationError(
                f"access_token: the function that gives it failed with {type(error).__name__}"
            ) from error
        if not isinstance(given, str):
            # The kind in its place, as tracebacks may show this frame.
            given = "bytes" if isinstance(given, bytes) else type(given).__name__
            raise ClientConfigurationError(
                f"access_token: what the function gives needs text, got a value of type {given}"
            )
        try:
            return Secret(f"Bearer {token_text(given)}")
        except ValueError as error:
            raise ClientConfigurationError(f"access_token: what the function gives {error}") from None

    @property
    def told(self) -> str:
        """What a `repr` tells of it: the host, and the options in which it differs from its first client."""
        return ", ".join(
            [f"host={self.configuration.host!r}", *self.connections.differences(self.configuration)]
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Without its connections, and with what makes the pauses as it is everywhere.
        return type(self), (self.configuration,)

    def _acknowledge(self, job: object) -> None:
        """Note the id of what was submitted, so that no search for another takes it."""
        if isinstance(job, Mapping):
            self.connections.acknowledged.append(job.get("id"))

    def _configure(self, configuration: Configuration, connections: Connections, *, is_owner: bool) -> None:
        self.configuration = configuration
        self.connections = connections
        self.timeout = Urllib3Timeout(connect=configuration.connect_timeout, read=configuration.read_timeout)
        self.sleep = time.sleep
        self._headers: Mapping[str, str] = {"Authorization": UNSENT_BEARER, "User-Agent": _USER_AGENT}
        self._bearer = Secret(f"Bearer {configuration.access_token!s}")
        self._strict = configuration.response_validation == "strict"
        self._is_owner = is_owner
        self._closed = False


def _json_of(answer: HTTPResponse) -> object:
    """The JSON value of an answer that the caller reads; None if it is none."""
    try:
        return decode_json(answer.data, answer.headers.get("Content-Type"))
    except (ValueError, RecursionError):
        return None


def _upload_of(
    form: Form, on_progress: Callable[[int, int | None], object] | None, faults: list[Fault]
) -> StreamedBody:
    """A form, ready to be sent; what most calls do not need is imported by those that do."""
    from leap.uploads.body import upload_of

    return upload_of(form, on_progress, faults)
