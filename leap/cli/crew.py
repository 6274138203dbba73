"""Crew: sees to several jobs at once, a bounded number of them at a time."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from leap import (
    ClientConfigurationError,
    ForbiddenError,
    NotFoundError,
    SchemaValidationError,
    UnauthorizedError,
)
from leap.jobs.reading import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leap import Leap
    from leap.cli.errand import Errand
    from leap.cli.progress import Progress

_LAST_ANSWERS = 1.0
"""Seconds after an interruption in which the jobs that are being submitted may still give their ids."""

_LOOK_UP = 0.2
"""Seconds. Where a wait for a lock cannot be interrupted, Ctrl-C takes so long."""

_REFUSES_ALL = (
    ClientConfigurationError,
    ForbiddenError,
    NotFoundError,
    SchemaValidationError,
    UnauthorizedError,
)
"""What one prompt is refused with, the others would be."""


class _StoppedError(Exception):
    """Ends an upload that nobody waits for any more."""


class Crew:
    """Submits jobs and waits for them on threads.

    The threads write no files and end with the process, so that after Ctrl-C nobody has to wait for an answer
    that does not come. What the jobs made is fetched by the thread that takes them from `ended`.
    """

    def __init__(
        self,
        leap: Leap,
        errands: Sequence[Errand],
        progress: Progress,
        *,
        parallel: int,
        timeout: float | None,
    ) -> None:
        """Begin with nothing done.

        Args:
            leap: The client to do it with.
            errands: The jobs.
            progress: Where to show how far they are.
            parallel: How many to see to at once.
            timeout: Seconds for the waiting of all of them; None for that of the kind, for each.
        """
        self._leap = leap
        self._progress = progress
        self._todo = iter(errands)
        self._size = min(parallel, len(errands))
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._ended: queue.SimpleQueue[Errand | Exception | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._stopped = False
        self._submitting = 0

    def ended(self) -> Iterator[Errand]:
        """Give each job when it has come to its end, good or bad; those that were not begun are left out.

        Raises:
            Exception: A fault of this program.
        """
        for _ in range(self._size):
            threading.Thread(target=self._work, daemon=True).start()
        left = self._size
        while left:
            try:
                ended = self._ended.get(timeout=_LOOK_UP)
            except queue.Empty:
                continue
            if isinstance(ended, Exception):
                raise ended
            if ended is None:
                left -= 1
            else:
                yield ended

    def stop(self) -> None:
        """Begin nothing more and show nothing more; ids that are about to come are waited for."""
        with self._changed:
            self._stopped = True
            self._changed.wait_for(lambda: not self._submitting, _LAST_ANSWERS)

    def _work(self) -> None:
        try:
            while (errand := self._next()) is not None:
                self._see_to(errand)
                self._ended.put(errand)
        except Exception as error:  # noqa: BLE001 - it is raised where it can be shown
            self._ended.put(error)
        self._ended.put(None)

    def _next(self) -> Errand | None:
        with self._changed:
            if self._stopped or self._left() == 0:
                return None
            errand = next(self._todo, None)
            if errand is not None:
                errand.begun = True
                self._submitting += errand.body is not None
            return errand

    def _see_to(self, errand: Errand) -> None:
        try:
            if errand.body is not None:
                self._submit(errand, errand.body)
            if errand.awaited:
                self._wait(errand)
        except _StoppedError:
            return
        except Exception as error:  # noqa: BLE001 - what `fail` cannot explain it raises again
            errand.fail(error)

    def _wait(self, errand: Errand) -> None:
        left = self._left()
        errand.job = errand.kind.wait(
            self._leap,
            errand.job_id,
            poll_interval=errand.kind.pause(emulated=errand.emulated),
            on_progress=lambda job, _elapsed: self._show(errand, job),
            **({} if left is None else {"timeout": left}),
        )

    def _submit(self, errand: Errand, body: Mapping[str, Any]) -> None:
        self._show(errand, None)
        try:
            response = errand.kind.submit(
                self._leap,
                body,
                on_upload=lambda sent, size: self._show_upload(errand, sent, size),
                recover=errand.recover,
            )
            errand.take(response.body)
        except Exception as error:
            if isinstance(error, _REFUSES_ALL):
                with self._changed:
                    self._todo = iter(())
            raise
        finally:
            with self._changed:
                self._submitting -= 1
                self._changed.notify_all()
        self._show(errand, response.body)

    def _show(self, errand: Errand, job: Any) -> None:
        with self._changed:
            errand.job = job
            if not self._stopped:
                self._progress.state(errand, "submitting" if job is None else state_of(job))

    def _show_upload(self, errand: Errand, sent: int, size: int | None) -> None:
        with self._changed:
            if self._stopped and errand.uploading:
                raise _StoppedError
            errand.uploading = sent != size
            if not self._stopped:
                self._progress.uploading(errand, sent, size)

    def _left(self) -> float | None:
        """Seconds until the time for all is over; None if there is no such time."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
