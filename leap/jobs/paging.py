"""Paging: which page of a list to read next, and what on it is new.

Pure: it is told what a page holds. A list is read newest first while jobs are submitted and deleted, so that
what was on one page may come again on the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

REMEMBERED_JOBS: Final = 10_000
"""How many jobs back one is known again: as many may be submitted between the readings of two pages."""

_MOST_REPEATS: Final = 10


class Paging:
    """The decisions of one way through one list.

    Attributes:
        page: The number of the page to read next; None after the last.
    """

    def __init__(self, page_size: int, start_page: int = 1) -> None:
        """Begin before a page, with pages of that many jobs asked for."""
        self.page: int | None = start_page
        self._page_size = page_size
        self._most_known = max(REMEMBERED_JOBS, 2 * page_size)
        self._first = True
        self._before: list[object] = []
        self._repeats = 0
        self._stale_jobs = 0
        self._known: OrderedDict[object, None] = OrderedDict()

    def take(self, jobs: Sequence[Any]) -> list[Any]:
        """Tell what the page holds; gives what was on none of the last pages, and moves on to the next."""
        keys = [_key(job) for job in jobs]
        fresh = [job for job, key in zip(jobs, keys, strict=True) if self._is_new(key)]
        self._forget()
        self._move_on(keys, any_new=bool(fresh))
        return fresh

    def _is_new(self, key: object) -> bool:
        if key in self._known:
            self._known.move_to_end(key)
            return False
        self._known[key] = None
        return True

    def _forget(self) -> None:
        while len(self._known) > self._most_known:
            self._known.popitem(last=False)

    def _move_on(self, keys: list[object], *, any_new: bool) -> None:
        assert self.page is not None  # noqa: S101 - there is nothing to take after the last
        self._repeats = self._repeats + 1 if keys == self._before else 0
        self._stale_jobs = 0 if any_new else self._stale_jobs + len(keys)
        self._before = keys
        # A server that takes no notice of the page gives the same one every time. But so does one that gets
        # just as many new jobs as a page holds: it is asked again a few times, and no job is passed over.
        over = not keys or self._repeats == _MOST_REPEATS or self._stale_jobs > self._most_known
        if self._first and keys:
            # A server may give fewer jobs than it was asked for: the first page shows how many it gives.
            self._page_size = len(keys)
            self._first = False
        elif len(keys) < self._page_size:
            over = True
        self.page = None if over else self.page + 1


def _key(job: object) -> object:
    """What a job is known again by: its id, and without one all that it is."""
    if isinstance(job, Mapping) and isinstance(job.get("id"), str):
        return job["id"]
    return repr(job)
