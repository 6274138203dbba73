"""Everything that a call of the API raises.

    OpenApiException
    ├── ApiTypeError                    an argument of the wrong type           (also a TypeError)
    ├── ApiValueError                   an argument with a value out of bounds  (also a ValueError)
    │   ├── SchemaValidationError       every fault of the arguments at once    (also an ApiTypeError)
    │   └── WebhookPayloadError         what a webhook received is no job
    ├── ClientConfigurationError        a setting is missing or has no usable value
    │   └── InsecureTransportError      the access token would go over an unencrypted connection
    ├── ClientClosedError               the client was used after `close()`
    └── ApiException                    anything that went wrong once the arguments were accepted
        ├── BadRequestError             400
        ├── UnauthorizedError           401
        ├── ForbiddenError              403
        ├── NotFoundError               404
        ├── ConflictError               409
        ├── UnprocessableEntityError    422
        ├── TooManyRequestsError        429
        ├── ServerError                 5xx
        ├── ResponseDecodingError       a 2xx whose body is not JSON
        ├── ResponseValidationError     a 2xx that breaks the contract, with response_validation="strict"
        ├── ApiConnectionError          no whole answer came: status is None
        │   └── ApiTimeoutError         ... in time
        ├── JobFailedError              the job that was waited for has failed
        ├── JobTimeoutError             the job that was waited for has not ended in time; it goes on
        ├── DownloadError               a file that a job has made could not be had
        └── UploadError                 a file of the request could not be sent as it was when the call began

    ResponseValidationWarning           a 2xx that breaks the contract, without it
    InsecureTransportWarning            certificates are not verified

A status that has no class of its own (3xx, 418, …) is a plain `ApiException`. Every exception can be
pickled and comes back with all that it carried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leap.response_headers import rate_limit_of, request_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leap.api_response import ApiResponse
    from leap.response_headers import RateLimit

_SHOWN_FAULTS = 20


class OpenApiException(Exception):  # noqa: N818 - the name is the one that the API's users know
    """The base of everything that this package raises."""


class ApiTypeError(OpenApiException, TypeError):
    """An argument has the wrong type; nothing was sent."""


class ApiValueError(OpenApiException, ValueError):
    """An argument has a value that is out of bounds; nothing was sent."""


class SchemaValidationError(ApiValueError, ApiTypeError):
    """The arguments break the contract; nothing was sent.

    It is an `ApiTypeError` and an `ApiValueError` at once, since one call can have faults of both kinds.

    Attributes:
        faults: One line for each fault, each beginning with where it is: `steps: got 'fifty' (str),
            needs a number`.
    """

    def __init__(self, faults: Sequence[str] = ()) -> None:
        # Exception.args is what unpickling calls the class with.
        super().__init__(tuple(faults))
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return join_faults(self.faults)


class WebhookPayloadError(ApiValueError):
    """What a webhook received is no job; the message says what is wrong with it."""


class ClientConfigurationError(OpenApiException):
    """A setting is missing or has no usable value."""


class InsecureTransportError(ClientConfigurationError):
    """The access token would go over an unencrypted connection to another machine; nothing was sent."""


class ClientClosedError(OpenApiException):
    """The client was used after `close()`."""


class ApiException(OpenApiException):
    """Something went wrong once the arguments were accepted.

    Attributes:
        status: The HTTP status code; None if no whole answer came.
        reason: The HTTP reason phrase, or what happened instead of an answer.
        headers: The headers of the answer, read without regard to case; None if there was none.
        body: The body of the answer: its JSON value, else its text, else its bytes; None if there was none.
        round_trip_time: Seconds from sending the request to the last byte of the answer, or to the failure.
        attempts: How many requests were sent, or tried to send, for the call; `round_trip_time` and what
            the server said are of the last one. Of a wait for a job, its readings, and the attempts to
            submit it where that was part of the call; always 1 on a `DownloadError`. What looks for a lost
            job does not count.
        time_spent: Seconds that the whole call took: every attempt, and the pauses between them, and the
            search for a lost job; a whole wait, and a whole download. None on an exception that no call
            has raised.
        retry_after: Seconds in which the server wants to be left alone, from its `Retry-After`; None if it
            does not say.
        may_have_been_accepted: Whether there may be a job (or a model) all the same: the request was sent,
            and what became of it is not known. Always False for what only reads or deletes.
    """

    attempts: int = 1
    time_spent: float | None = None
    retry_after: float | None = None
    may_have_been_accepted: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        round_trip_time: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.round_trip_time = round_trip_time

    @property
    def request_id(self) -> str | None:
        """What the server calls the request, from its `X-Request-Id`; None if it does not."""
        return request_id_of(self.headers)

    @property
    def rate_limit(self) -> RateLimit | None:
        """How many calls the server takes, where it says so."""
        return rate_limit_of(self.headers)


class BadRequestError(ApiException):
    """400: the server found a fault in the request; the message names it."""


class UnauthorizedError(ApiException):
    """401: the server did not accept the access token."""


class ForbiddenError(ApiException):
    """403: the access token does not allow this."""


class NotFoundError(ApiException):
    """404: there is no such job or model."""


class ConflictError(ApiException):
    """409: the request is at odds with the present state of the job or model."""


class UnprocessableEntityError(ApiException):
    """422: the server understood the request but cannot do what it asks."""


class TooManyRequestsError(ApiException):
    """429: too many requests in a short time."""


class ServerError(ApiException):
    """5xx: the server failed."""


class ResponseDecodingError(ApiException):
    """A successful answer whose body is not JSON; `body` holds what came instead."""


class ResponseValidationError(ApiException):
    """A successful answer that breaks the contract, under `response_validation="strict"`.

    Also where a warnings filter turns `ResponseValidationWarning` into an error.

    Attributes:
        api_response: The whole answer, as the call would have returned it.
        faults: One line for each fault, each beginning with where it is.
    """

    api_response: ApiResponse[Any]
    faults: tuple[str, ...] = ()


class ApiConnectionError(ApiException):
    """No whole answer came: the connection could not be made, or broke.

    Its `headers` are those of the answer that broke off, if they had come.

    Attributes:
        may_pass: Whether another attempt may fare better; False for a refused certificate, a host name that
            is not valid, or an answer that is too large.
    """

    may_pass: bool = True


class ApiTimeoutError(ApiConnectionError):
    """No whole answer came in time."""


class JobFailedError(ApiException):
    """The job that was waited for has failed; waiting longer or again does not help.

    Attributes:
        entity: The job as it was last read, with the reason where the service gives one.
    """

    entity: Any = None


class JobTimeoutError(ApiException):
    """The job that was waited for has not ended in time; it goes on, and can be waited for again.

    Attributes:
        entity: The job as it was last read; None if it could not be read at all.
    """

    entity: Any = None


class DownloadError(ApiException):
    """A file that a job has made could not be had; what its host said is the cause, where it said something.

    Attributes:
        paths: The files of the same job that are there all the same.
    """

    paths: tuple[Path, ...] = ()


class UploadError(ApiException):
    """A file of the request could not be sent as it was when the call began: it has changed, or is gone.

    The request broke off, so that nothing was accepted; what the system said is the cause, where it said
    something.
    """


class ResponseValidationWarning(UserWarning):
    """A successful answer breaks the contract; it is returned as it came."""


class InsecureTransportWarning(UserWarning):
    """Certificates are not verified: whoever is in between can read the access token."""


_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: TooManyRequestsError,
}


def class_for_status(status: int) -> type[ApiException]:
    """The exception class for an HTTP status code that is not 2xx."""
    if 500 <= status <= 599:  # noqa: PLR2004 - the bounds of the family, RFC 9110 section 15.6
        return ServerError
    return _BY_STATUS.get(status, ApiException)


def join_faults(faults: Sequence[str]) -> str:
    """The faults as one message: one on the line itself, several on lines of their own."""
    if len(faults) == 1:
        return faults[0]
    shown = [f"  {fault}" for fault in faults[:_SHOWN_FAULTS]]
    if len(faults) > _SHOWN_FAULTS:
        shown.append(f"  … and {len(faults) - _SHOWN_FAULTS} more")
    return "\n".join([f"{len(faults)} faults:", *shown])
