"""Stop signals: a program that runs until it is told to stop, by Ctrl-C, `kill` or a terminal that closes."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_LEFT_ALONE = (signal.SIG_IGN, None)  # None: somebody has a handler that is not Python's


@contextmanager
def stop_signals() -> Iterator[Callable[[], None]]:
    """Make signals ask for a stop, and give what waits for the first of them.

    The second one ends the process at once. What the process was started to ignore stays ignored: Ctrl-C by
    a job that a script has put in the background, the closing of the terminal under `nohup`. To be called on
    the main thread.
    """
    numbers = [number for name in _NAMES if (number := getattr(signal, name, None)) is not None]
    before = {each: handler for each in numbers if (handler := signal.getsignal(each)) not in _LEFT_ALONE}
    # A wait for a socket ends with a signal on every system, one for a lock does not; and unlike a lock, it
    # can be in any state when the signal comes.
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.settimeout(0)  # as a wakeup descriptor has to be
        wakeup_fd = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)

        def ask(*_signal: object) -> None:
            for number in before:
                signal.signal(number, signal.SIG_DFL)

        def wait() -> None:
            receiver.recv(1)

        for number in before:
            signal.signal(number, ask)
        try:
            yield wait
        finally:
            signal.set_wakeup_fd(wakeup_fd)
            for number, handler in before.items():
                signal.signal(number, handler)
