"""Wire: the connections of the pool, which know of the attempt that they carry.

Two things cannot be seen from outside of urllib3: whether anything of a request has left, on which it hangs
whether it may be sent again, and how long a whole answer takes, of which urllib3 bounds only the pauses. An
attempt runs in one thread from its beginning to its end, so both are kept by the thread.
"""

from __future__ import annotations

import io
import os
import threading
import weakref
from contextlib import suppress
from http.client import HTTPResponse
from time import perf_counter
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    import socket


class Attempt(threading.local):
    """The attempt that a thread is making.

    Attributes:
        sent: Whether anything of the request may have reached the server.
        deadline: When its answer has to be there, on the clock `time.perf_counter`; None if nothing says so.
    """

    sent: bool = False
    deadline: float | None = None


attempt = Attempt()


def _left(deadline: float, patience: float | None) -> float:
    """Seconds for the next piece: those that are left, or fewer."""
    left = deadline - perf_counter()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left if patience is None else min(left, patience)


class _Reader(io.RawIOBase):
    """Reads from a socket until the deadline, however little comes at a time."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._raw = sock.makefile("rb", buffering=0)
        self._socket = sock
        self._patience = sock.gettimeout()
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._socket.settimeout(_left(self._deadline, self._patience))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
            super().close()


class _BoundedSocket:
    """A socket as `http.client` reads an answer from it: a file."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._socket, self._deadline))


class _Answer(HTTPResponse):
    """An answer that has to be there before the deadline of its attempt."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        deadline = attempt.deadline
        file = sock if deadline is None else _BoundedSocket(sock, deadline)
        super().__init__(file, *arguments, **options)  # type: ignore[arg-type]  # it only makes a file of it


class _Watched:
    """What both kinds of connections do."""

    # `http.client` would print each request with the access token in it.
    debuglevel = 0

    def connect(self: Any) -> None:
        if attempt.deadline is not None:
            connection: Any = self
            connection.timeout = _left(attempt.deadline, connection.timeout)
        try:
            super().connect()  # type: ignore[misc]  # of the other base
        finally:
            # Until here it was about the connection: a handshake, a tunnel through a proxy.
            attempt.sent = False
        _open.add(self)

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        sock: Any = self.sock
        if attempt.deadline is not None:
            # Of each piece; urllib3 and http.client know no bound for a body of many.
            sock.settimeout(_left(attempt.deadline, sock.gettimeout()))
        attempt.sent = True
        super().send(data)  # type: ignore[misc]  # of the other base


class Connection(_Watched, HTTPConnection):
    """A connection without TLS."""

    response_class = _Answer


class SecureConnection(_Watched, HTTPSConnection):
    """A connection with TLS."""

    response_class = _Answer


_open: weakref.WeakSet[Any] = weakref.WeakSet()


def let_go_in_child() -> None:
    """Close every socket in a process that has just been forked; the parent's stay as they are."""
    for connection in list(_open):
        # That of TLS within TLS, to a proxy and through it, holds the real one.
        sock = getattr(connection.sock, "socket", connection.sock)
        if sock is not None:
            # Not in order: what is said over TLS, the parent would have to know of. Nor by `close`, which
            # waits for those who still read.
            with suppress(OSError):
                os.close(sock.detach())
        _open.discard(connection)
