"""Failures: what went wrong between us and a server, as a kind of exception and in words."""

from __future__ import annotations

import re
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3.exceptions import (
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
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from leap.exceptions import ApiConnectionError, ApiTimeoutError
from leap.outcome import show_text

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


def failure(error: Exception, line: str, seconds: float) -> ApiConnectionError:
    """The exception of ours for one of urllib3, http.client or the socket.

    Args:
        error: What was raised in place of an answer.
        line: What was asked for, and of whom.
        seconds: How long that took.
    """
    kind = ApiTimeoutError if _is_timeout(error) else ApiConnectionError
    reason = _reason(error)
    return kind(f"{reason} [{line}]", reason=reason, round_trip_time=seconds)


def _is_timeout(error: Exception) -> bool:
    if isinstance(error, ProtocolError):  # of sending or receiving, seen by the socket alone
        return isinstance(error.args[-1], TimeoutError)
    timed_out = isinstance(error, (Urllib3TimeoutError, EmptyPoolError))
    return timed_out and not isinstance(error, NewConnectionError)


def _reason(error: Exception) -> str:
    """What went wrong, in words that say where to look."""
    detail: object = error.args[-1] if error.args else error
    if isinstance(error, ProtocolError) and isinstance(detail, Exception):
        error = detail  # says more
    words = next(words for kind, words in _WORDS if isinstance(error, kind))
    # Without the name of the pool or connection that urllib3 puts before it.
    told = re.sub(r"^(<[^>]*>|\w+\(.*?\)|None): ", "", str(detail))
    return f"{words}: {show_text(told or type(error).__name__)}"
