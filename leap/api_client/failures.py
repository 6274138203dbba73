"""Failures: what went wrong between us and a server, as a kind of exception and in words."""

from __future__ import annotations

import re
import ssl
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import TypeVar

from urllib3.exceptions import (
    DecodeError,
    EmptyPoolError,
    InvalidHeader,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from leap.api_client.bodies import TooLargeError
from leap.exceptions import ApiConnectionError, ApiTimeoutError
from leap.outcome import show_text

ErrorT = TypeVar("ErrorT", bound=BaseException)

# Another attempt would end in the same way.
_LASTING = (LocationValueError, EmptyPoolError, InvalidHeader, MemoryError, TooLargeError)

_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (LocationValueError, "the host name is not valid"),
    (ProxyError, "no connection to the proxy could be made"),
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
    (TooLargeError, "the answer is too large"),
    (MemoryError, "the answer does not fit into memory"),
    ((ProtocolError, OSError), "the connection broke before the whole answer was there"),
    (Exception, "the request failed"),
)


def failure(
    error: Exception,
    line: str,
    seconds: float,
    *,
    deadline: float | None = None,
    may_have_been_accepted: bool = False,
) -> ApiConnectionError:
    """The exception of ours for one of urllib3, http.client or the socket.

    Args:
        error: What was raised in place of an answer.
        line: What was asked for, and of whom.
        seconds: How long that took.
        deadline: The seconds of the deadline, if it is that which has passed.
        may_have_been_accepted: Whether the request may have done what it asks for.
    """
    if deadline is not None:
        reason = f"the whole answer was not there in time (deadline of {deadline:g} s)"
        failed: ApiConnectionError = ApiTimeoutError(
            f"{reason} [{line}]", reason=reason, round_trip_time=seconds
        )
    else:
        kind = ApiTimeoutError if _is_timeout(error) else ApiConnectionError
        reason = _reason(error)
        failed = kind(f"{reason} [{line}]", reason=reason, round_trip_time=seconds)
        failed.may_pass = not _is_lasting(error)
    failed.may_have_been_accepted = may_have_been_accepted
    return failed


def without_frames(error: ErrorT) -> ErrorT:
    """The error without the frames that it came through, nor those of its causes.

    The variables of urllib3's frames are the headers, with the access token in them, and there are tools that
    show the variables of every frame.
    """
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            pending += [each.__cause__, each.__context__]
            # urllib3's errors carry others in their arguments.
            pending += [other for other in each.args if isinstance(other, BaseException)]
    return error


def _is_lasting(error: Exception) -> bool:
    refused = isinstance(error, SSLError) and any(
        isinstance(detail, ssl.SSLCertVerificationError) for detail in error.args
    )
    return refused or isinstance(error, _LASTING)


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
