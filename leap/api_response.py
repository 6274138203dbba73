"""ApiResponse: what a call returns."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from leap.schemas.unset import unset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from urllib3 import HTTPResponse

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
    """

    __slots__ = ("body", "headers", "response", "round_trip_time", "status")

    def __init__(
        self,
        response: HTTPResponse,
        *,
        body: BodyT,
        headers: Mapping[str, str],
        round_trip_time: float,
    ) -> None:
        self.response = response
        self.body = body
        self.headers = headers
        self.status: int = response.status
        self.round_trip_time = round_trip_time

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
        )


class ApiResponseWithoutDeserialization(ApiResponse[Any]):
    """The answer to a call with `skip_deserialization=True`: read, but not looked at.

    `body` and `headers` are `unset`; both are in `response`, as `response.data` and `response.headers`.
    """

    __slots__ = ()

    body: Unset
    headers: Unset  # type: ignore[assignment]  # the API's document says so: no headers in this form

    def __init__(self, response: HTTPResponse, *, round_trip_time: float, **_: object) -> None:
        super().__init__(response, body=unset, headers=unset, round_trip_time=round_trip_time)  # type: ignore[arg-type]


def _remake(
    kind: type[ApiResponse[Any]],
    raw: type[HTTPResponse],
    data: bytes,
    detached: dict[str, Any],
    body: Any,
    headers: Any,
    round_trip_time: float,
) -> ApiResponse[Any]:
    # As a file, since an empty body in bytes counts as none.
    return kind(raw(BytesIO(data), **detached), body=body, headers=headers, round_trip_time=round_trip_time)
