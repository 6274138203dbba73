"""How many jobs there are in each state, counted no more often than is cheap."""

import threading
import time
from collections.abc import Mapping
from typing import Final

from leap.emulator.jobs import State
from leap.emulator.store.jobs import Jobs

_SHARE: Final = 50
"""Of all the time, counting for pages that are open may take one part in so many."""


class Tally:
    """The jobs in each state. Any thread may call any method."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._lock = threading.Lock()
        self._counts: Mapping[State, int] = {}
        self._next = 0.0

    def exact(self) -> Mapping[State, int]:
        """Count them now."""
        with self._lock:
            return self._count()

    def recent(self) -> tuple[Mapping[State, int], bool]:
        """Give the counts of now or of a moment ago, and whether they are of now."""
        with self._lock:
            is_due = time.monotonic() >= self._next
            return (self._count() if is_due else self._counts), is_due

    def _count(self) -> Mapping[State, int]:
        began = time.monotonic()
        self._counts = self._jobs.counts()
        ended = time.monotonic()
        self._next = ended + _SHARE * (ended - began)
        return self._counts
