"""Bodies: reads the body of an answer, up to a limit, and undoes its compression if it can."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_PIECE_BYTES = 64 * 1024
# Of compressed bytes; each can become a thousand.
_COMPRESSED_PIECE_BYTES = 4 * 1024


class TooLargeError(Exception):
    """A body has more bytes than are taken."""


def read_body(answer: BaseHTTPResponse, most_bytes: int) -> BaseHTTPResponse:
    """The answer with its body read, and decoded if it can be: a job is not lost to a wrong header.

    Args:
        answer: An unread answer; closed where reading fails.
        most_bytes: The largest body, as it comes and decoded.

    Raises:
        TooLargeError: There is more.
        Exception: What the connection does.
    """
    try:
        announced = answer.length_remaining
        if announced is None:
            body = _joined(answer, _PIECE_BYTES, most_bytes)
            answer = _detached(answer, body)
        else:
            _check(announced, most_bytes)
            body = answer.read(decode_content=False, cache_content=True)
    except BaseException:
        # urllib3 gives the connection back after a failure to read, not after one before that.
        answer.close()
        answer.release_conn()
        raise
    return answer if "Content-Encoding" not in answer.headers else _decoded(answer, body, most_bytes)


def without_body(answer: BaseHTTPResponse) -> BaseHTTPResponse:
    """The answer as if it had no body."""
    return _detached(answer, b"")


def _decoded(answer: BaseHTTPResponse, body: bytes, most_bytes: int) -> BaseHTTPResponse:
    compressed = HTTPResponse(BytesIO(body), headers=answer.headers, preload_content=False)
    try:
        plain = _joined(compressed, _COMPRESSED_PIECE_BYTES, most_bytes, decode=True)
    except DecodeError:
        return answer
    # One byte, which may be a digit, says nothing of how it is compressed.
    return answer if len(body) == 1 and not plain else _detached(answer, plain)


def _joined(answer: BaseHTTPResponse, piece_bytes: int, most_bytes: int, *, decode: bool = False) -> bytes:
    pieces: list[bytes] = []
    count = 0
    for piece in answer.stream(piece_bytes, decode_content=decode):
        pieces.append(piece)
        count += len(piece)
        _check(count, most_bytes)
    return b"".join(pieces)


def _check(count: int, most_bytes: int) -> None:
    if count > most_bytes:
        raise TooLargeError(f"it has {count} bytes or more, and max_response_bytes is {most_bytes}")


def _detached(answer: BaseHTTPResponse, body: bytes) -> BaseHTTPResponse:
    """The answer with another body, which has been read."""
    read = HTTPResponse(
        BytesIO(body),
        headers=answer.headers,
        status=answer.status,
        version=answer.version,
        reason=answer.reason,
        preload_content=False,
        decode_content=False,
        request_url=answer.url,
    )
    read.read(cache_content=True)
    return read
