"""The terminal: its size, and what it answers when it is asked about itself."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from leap.cli.preview.detection import QUERY, Reply, read_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT: Final = 0.3
"""Seconds that an answer may take. A terminal on the same machine needs a few thousandths."""

TIMEOUT_FAR: Final = 1.0
"""Seconds that an answer may take over ssh."""


def cell_of(fd: int) -> tuple[int, int] | None:
    """The width and height of a character in pixels, None if the terminal does not say."""
    try:
        import fcntl
        import struct
        import termios

        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))
    except (ImportError, OSError):
        return None
    across, down = width // max(columns, 1), height // max(rows, 1)
    return (across, down) if across and down else None


def ask(fd: int, timeout: float) -> Reply:
    """What the terminal behind a descriptor says of itself; nothing if it does not, or should not be asked.

    It is not asked from the background, where that would stop the process, nor while keys have been pressed
    that nobody has read yet. Keys that are pressed before the answer comes are put back.

    Args:
        fd: A descriptor of the terminal, for writing.
        timeout: How long to wait for the answer, in seconds.
    """
    try:
        import termios
    except ImportError:  # Windows
        return Reply()
    with suppress(OSError, termios.error), _opened(fd) as terminal:
        if os.tcgetpgrp(terminal) != os.getpgrp():
            return Reply()
        with _unechoed(terminal):
            reply, typed = _exchange(terminal, timeout)
        _put_back(terminal, typed)
        return reply
    return Reply()


@contextmanager
def _opened(fd: int) -> Iterator[int]:
    """The terminal for reading too, which standard error need not be open for."""
    terminal = os.open(os.ttyname(fd), os.O_RDWR | os.O_NOCTTY)
    try:
        yield terminal
    finally:
        os.close(terminal)


@contextmanager
def _unechoed(terminal: int) -> Iterator[None]:
    """Bytes come as they are sent, and are not shown; the interrupt key goes on interrupting."""
    import termios

    before = termios.tcgetattr(terminal)
    raw = termios.tcgetattr(terminal)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    try:
        # Not TCSAFLUSH, which throws away what has been typed.
        termios.tcsetattr(terminal, termios.TCSANOW, raw)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def _exchange(terminal: int, timeout: float) -> tuple[Reply, bytes]:
    import select

    def comes(within: float) -> bool:
        return bool(select.select([terminal], [], [], within)[0])

    if comes(0):
        return Reply(), b""
    os.write(terminal, QUERY.encode("ascii"))
    received, reply, typed = b"", None, b""
    deadline = time.monotonic() + timeout
    # One by one, so that nothing is read beyond the answer.
    while reply is None and comes(max(deadline - time.monotonic(), 0)) and (byte := os.read(terminal, 1)):
        received += byte
        reply, typed = read_reply(received)
    return reply or Reply(), typed


def _put_back(terminal: int, typed: bytes) -> None:
    """Give keys to whoever reads the terminal next. Some systems allow that to nobody; then they are lost."""
    import fcntl
    import termios

    with suppress(OSError):
        for byte in typed:
            fcntl.ioctl(terminal, termios.TIOCSTI, bytes((byte,)))
