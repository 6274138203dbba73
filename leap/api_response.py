"""ApiResponse: what a call returns."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from leap.response_headers import rate_limit_of, request_id_of
from leap.schemas.unset import unset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from urllib3 import HTTPResponse

    from leap.response_headers import RateLimit
    from leap.schemas.unset import Unset

BodyT = TypeVar("BodyT")


class ApiResponse(Generic[BodyT]):
    """The answer to a call.

    Attributes:
        response: The raw `urllib3.HTTPResponse`. With `stream=True` its body is unread: read it with
            `response.response.stream(65536)`, and close it by leaving a `with` block or with `close()`.
        body: The body as the operation's DTO; `unset` where the contract defines none, and with
            `stream=True`.
        headers: The headers of the answer, read without regard to case.
        status: The HTTP status code.
        round_trip_time: Seconds from sending the request to the last byte of the answer; with
            `stream=True`, to the last byte of its headers.
        attempts: How many requests were sent, or tried to send, for the call; the rest is of the last one.
        time_spent: Seconds that the whole call took: every attempt, and the pauses between them.
    """

    __slots__ = ("attempts", "body", "headers", "response", "round_trip_time", "status", "time_spent")

    def __init__(
        self,
        response: HTTPResponse,
        *,
        body: BodyT,
        headers: Mapping[str, str],
        round_trip_time: float,
        attempts: int = 1,
        time_spent: float | None = None,
    ) -> None:
        self.response = response
        self.body = body
        self.headers = headers
        self.status: int = response.status
        self.round_trip_time = round_trip_time
        self.attempts = attempts
        self.time_spent = round_trip_time if time_spent is None else time_spent

    @property
    def request_id(self) -> str | None:
        """What the server calls the request, from its `X-Request-Id`; None if it does not."""
        return request_id_of(self.response.headers)

    @property
    def rate_limit(self) -> RateLimit | None:
        """How many calls the server takes, where it says so."""
        return rate_limit_of(self.response.headers)

    def close(self) -> None:
        """Give up what has not been read of a streamed answer, and its connection."""
        self.response.close()
        # Closing alone would leave its place in the pool taken.
        self.response.release_conn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} in {self.round_trip_time:.3f} s: {self.body!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # A raw response holds a connection; what is pickled is one that has been read, and stands alone.
        raw = self.response
        detached = {
            "headers": raw.headers,
            "status": raw.status,
            "version": raw.version,
            "reason": raw.reason,
            "decode_content": False,
        }
        return _remake, (
            type(self),
            type(raw),
            raw.data,
            detached,
            self.body,
            self.headers,
            self.round_trip_time,
            self.attempts,
            self.time_spent,
        )


class ApiResponseWithoutDeserialization(ApiResponse[Any]):
    """The answer to a call with `skip_deserialization=True`: read, but not looked at.

    `body` and `headers` are `unset`; both are in `response`, as `response.data` and `response.headers`.
    """

    __slots__ = ()

    body: Unset
    headers: Unset  # type: ignore[assignment]  # the API's document says so: no headers in this form

    def __init__(
        self,
        response: HTTPResponse,
        *,
        round_trip_time: float,
        attempts: int = 1,
        time_spent: float | None = None,
        **_: object,
    ) -> None:
        super().__init__(
            response,
            body=unset,
            headers=unset,  # type: ignore[arg-type]
            round_trip_time=round_trip_time,
            attempts=attempts,
            time_spent=time_spent,
        )


def _remake(
    kind: type[ApiResponse[Any]],
    raw: type[HTTPResponse],
    data: bytes,
    detached: dict[str, Any],
    body: Any,
    headers: Any,
    round_trip_time: float,
    attempts: int,
    time_spent: float,
) -> ApiResponse[Any]:
    return kind(
        # As a file, since an empty body in bytes counts as none.
        raw(BytesIO(data), **detached),
        body=body,
        headers=headers,
        round_trip_time=round_trip_time,
        attempts=attempts,
        time_spent=time_spent,
    )
