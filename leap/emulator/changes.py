"""Changes: who wants to know is told that something is no longer as it was."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

_MOST_WAITING: Final = 1000
"""How many changes wait for a listener that is slow; past that it hears EVERYTHING instead."""


class Change(NamedTuple):
    """What has changed: `kind` is "job", "deliveries", "faults" or "everything"; `id` names the job."""

    kind: str
    id: str = ""


EVERYTHING: Final = Change("everything")


class Changes:
    """Tells of changes from any thread to whoever listens; costs nothing while nobody does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hearers: tuple[Callable[[Change], object], ...] = ()

    def tell(self, kind: str, id: str = "") -> None:  # noqa: A002 - the field's name
        """Let every listener know."""
        for hear in self._hearers:
            hear(Change(kind, id))

    @contextmanager
    def listen(self) -> Iterator["Listener"]:
        """Hear of changes for as long as the context is open. To be called on an event loop."""
        listener = Listener(asyncio.get_running_loop())
        with self.call(listener.hear):
            yield listener

    @contextmanager
    def call(self, hear: Callable[[Change], object]) -> Iterator[None]:
        """Call `hear` with every change, on the thread that tells of it, while the context is open."""
        with self._lock:
            self._hearers = (*self._hearers, hear)
        try:
            yield
        finally:
            with self._lock:
                self._hearers = tuple(each for each in self._hearers if each is not hear)


class Listener:
    """Collects what has changed until it is taken; a change told twice in between is heard once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: dict[Change, None] = {}
        self._any = asyncio.Event()

    def hear(self, change: Change) -> None:
        """Note a change; any thread may call this."""
        with self._lock:
            was_empty = not self._waiting
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting = {EVERYTHING: None}
            elif EVERYTHING not in self._waiting:
                self._waiting[change] = None
        if was_empty:
            with suppress(RuntimeError):  # its loop has just been closed
                self._loop.call_soon_threadsafe(self._any.set)

    async def take(self) -> list[Change]:
        """Wait until there is a change, and give all there are, in the order they were first told."""
        await self._any.wait()
        with self._lock:
            self._any.clear()
            taken, self._waiting = list(self._waiting), {}
        return taken
