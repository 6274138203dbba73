"""The worker: moves jobs from queued over processing to finished or failed, in the background.

Its queue is the store itself, walked upwards by job number, so a backlog costs no memory and a restart
carries on where the last run stopped. Waiting happens on the event loop, drawing on threads of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Self

from leap.emulator.composing import compose
from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job
from leap.emulator.kinds import Kind
from leap.emulator.music_request import MusicRequest
from leap.emulator.pace import Pace
from leap.emulator.rendering import Renderer, render
from leap.emulator.store import Store

JOBS_AT_ONCE: Final = 16
"""How many jobs of a kind are under way at the same time; the others stay queued."""

SECONDS_TO_TRY_AGAIN: Final = 1.0
"""After the store could not be read."""

DRAWING_THREADS: Final = 1
"""How many pictures are drawn, and how much music is composed, at the same time.

Two draw no faster, since much of it holds Python's lock, and halve the requests answered meanwhile.
"""

_logger: Final = logging.getLogger(__name__)


class Worker:
    """Carries out the jobs of a store between `async with` and the end of it."""

    def __init__(self, store: Store, renderer: Renderer, pace: Pace, on_end: Callable[[Job], None]) -> None:
        """Take what draws, how long things take, and what to call on the event loop when a job has ended."""
        self._jobs = store.jobs
        self._files = store.files
        self._renderer = renderer
        self._pace = pace
        self._on_end = on_end
        # Each kind has a queue of its own: pictures do not wait for trainings.
        self._submitted = {kind: asyncio.Event() for kind in Kind}

    def notice(self) -> None:
        """Look into the store again: a job was submitted. To be called on the event loop."""
        for submitted in self._submitted.values():
            submitted.set()

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="leap-emulator-draw")
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop: jobs under way are left for the next start, only a picture being drawn is finished."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        # Blocks the loop, on which nothing else runs any more: the connections are closed by now.
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for kind in Kind:
                group.create_task(self._run_kind(kind, group))

    async def _run_kind(self, kind: Kind, group: asyncio.TaskGroup) -> None:
        """Start every unfinished job of a kind in the order of submission, a bounded number at a time."""
        last, slots, submitted = 0, asyncio.Semaphore(JOBS_AT_ONCE), self._submitted[kind]
        while True:
            await slots.acquire()
            submitted.clear()
            while (found := await self._look(kind, last)) is None:
                await submitted.wait()
                submitted.clear()
            job, made = found
            last = job.number
            task = group.create_task(self._carry_out(job, made))
            task.add_done_callback(lambda _task: slots.release())

    async def _look(self, kind: Kind, last: int) -> tuple[Job, frozenset[int]] | None:
        """Give the next job that has not ended; a store that cannot be read is asked again later."""
        while True:
            try:
                return self._jobs.next_unfinished(kind, last)
            except Exception:
                _logger.exception("the jobs could not be read, and are tried again")
                await asyncio.sleep(SECONDS_TO_TRY_AGAIN)

    async def _carry_out(self, job: Job, made: frozenset[int]) -> None:
        """Take one job to its end; one that fails takes nothing else with it."""
        try:
            await asyncio.sleep(self._pace.queued)
            if not self._jobs.start(job):
                return
            files, seconds = self._work_of(job)
            if job.doom is not None or not files:
                await asyncio.sleep(seconds)
            if job.doom is not None:
                self._jobs.fail(job, job.doom)
                _logger.info("job %s failed: %s", job.id, job.doom)
                self._on_end(job)
                return
            for position in range(files):
                if position in made:
                    continue
                kept = await self._make_file(job, position, seconds)
                if not kept:
                    return
                if isinstance(kept, str):
                    self._give_up(job, kept)
                    break
            else:
                self._jobs.finish(job)
        except Exception as error:
            _logger.warning("job %s failed", job.id, exc_info=True)
            self._give_up(job, f"{type(error).__name__}: {error}")
        self._on_end(job)

    def _work_of(self, job: Job) -> tuple[int, float]:
        """Say how many files a job makes, and how many seconds each of them takes, or all without one."""
        match job.request:
            case ImageRequest() as asked:
                return asked.number_of_images, self._pace.image
            case MusicRequest():
                return 1, self._pace.music
            case _:
                return 0, self._pace.training

    def _give_up(self, job: Job, reason: str) -> None:
        try:
            self._jobs.fail(job, reason)
        except Exception:
            # Most likely it was the store that failed to begin with. The job is tried again at the next
            # start, and the other jobs must not end with this one.
            _logger.exception("the failure of job %s could not be kept", job.id)

    async def _make_file(self, job: Job, position: int, seconds: float) -> bool | str:
        """Make and keep one file, in no less than the time set.

        Gives False if the job has been deleted, and the reason if the renderer failed.
        """

        def make() -> bool | str:
            try:
                content, media_type = self._content_of(job, position)
            except BaseException as error:  # of others' code: it may end neither a thread nor the loop
                reason, can_be_told = _reason_of(error)
                more = "" if can_be_told else f": {reason}"
                _logger.warning("job %s failed%s", job.id, more, exc_info=can_be_told)
                return reason
            return self._files.add(job, position, content, media_type)

        made = asyncio.get_running_loop().run_in_executor(self._threads, make)
        kept, _ = await asyncio.gather(made, asyncio.sleep(seconds))
        return kept

    def _content_of(self, job: Job, position: int) -> tuple[bytes, str]:
        if isinstance(job.request, ImageRequest):
            return render(self._renderer, job.request, position), "image/png"
        if isinstance(job.request, MusicRequest):
            return compose(job.request), "audio/wav"
        raise AssertionError(f"there is nothing to make for {job.request}")


def _reason_of(error: BaseException) -> tuple[str, bool]:
    """Say what a renderer raised, and whether the error itself can: its text is others' code too."""
    try:
        return f"{type(error).__name__}: {error}", True
    except BaseException:  # noqa: BLE001 - whatever it raises
        return f"{type(error).__name__}, which cannot be put into words", False
