"""Progress: how far the jobs are, live on a terminal and a line for each change elsewhere."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from leap.cli.messages import harmless, lines_go_to, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from leap.cli.errand import Errand

_BAR_WIDTH = 16  # leaves room for the state, the id and the time within 80 columns
_MEGABYTE = 1_000_000


class Progress(Protocol):
    """What a command tells of its jobs as they go on, from any thread."""

    def state(self, errand: Errand, state: str) -> None:
        """Show the state of a job, as often as it is read."""

    def uploading(self, errand: Errand, done: int, total: int | None) -> None:
        """Show how many bytes of the submission have gone out."""

    def downloading(self, errand: Errand, done: int, total: int | None) -> None:
        """Show how many bytes of the files are there."""

    def ended(self, errand: Errand) -> None:
        """Show that a job needs no more."""

    def aside(self) -> AbstractContextManager[None]:
        """Make room for something that stays."""
        raise NotImplementedError


class PlainProgress:
    """One line for each change of state, for a pipe, a log or a terminal that can do no more."""

    def __init__(self) -> None:
        self._shown: dict[Errand, str] = {}
        self._uploads: set[Errand] = set()

    def state(self, errand: Errand, state: str) -> None:
        """Write the state, if it is another than before."""
        if not errand.job_id or state == self._shown.get(errand):
            return
        # What it is called, once; its id from then on.
        title = f"  {errand.title}" if errand.title and errand not in self._shown else ""
        self._shown[errand] = state
        say(harmless(f"{errand.called}: {state}{title}"))

    def uploading(self, errand: Errand, done: int, total: int | None) -> None:
        """Write once that it goes on, and how much there is of it."""
        del done
        if errand not in self._uploads:
            self._uploads.add(errand)
            say("uploading" if total is None else f"uploading {_size(total)}")

    def downloading(self, errand: Errand, done: int, total: int | None) -> None:
        """Write nothing: the paths will say it."""

    def ended(self, errand: Errand) -> None:
        """Forget it."""
        self._shown.pop(errand, None)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """There is always room."""
        yield


class LiveProgress:
    """A line that changes for each job, with a bar and a clock; and one for all of them, if they are many."""

    def __init__(self, console: Console, count: int, parallel: int) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        self._rich: RichProgress = RichProgress(
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")
            ),
            BarColumn(_BAR_WIDTH),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._lock = threading.RLock()
        self._tasks: dict[Errand, TaskID] = {}
        self._filled: set[Errand] = set()
        self._count = count
        self._done = 0
        self._all: TaskID | None = None
        if count > parallel:
            self._all = self._rich.add_task(self._of_all, total=count)

    def state(self, errand: Errand, state: str) -> None:
        """Show the state beside a bar that only moves, since nobody knows how long it takes."""
        name = errand.title or (errand.called if errand.job_id else "")
        self._show(errand, f"{state}  {name}".rstrip())

    def uploading(self, errand: Errand, done: int, total: int | None) -> None:
        """Show a bar that fills up."""
        self._show(errand, f"uploading  {errand.title or _share(done, total)}", done, total)

    def downloading(self, errand: Errand, done: int, total: int | None) -> None:
        """Show a bar that fills up."""
        self._show(errand, f"downloading  {errand.title or _share(done, total)}", done, total)

    def ended(self, errand: Errand) -> None:
        """Take its line away."""
        with self._lock:
            self._done += 1
            self._filled.discard(errand)
            if (task := self._tasks.pop(errand, None)) is not None:
                self._rich.remove_task(task)
            if self._all is not None:
                self._rich.update(self._all, description=self._of_all, completed=self._done)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the lines away; they come back with the next thing that is to be shown."""
        from rich.live import Live

        with self._lock:
            self._rich.stop()
            # The one that has stopped would be drawn over what comes now.
            self._rich.live = Live(
                console=self._rich.console,
                get_renderable=self._rich.get_renderable,
                refresh_per_second=10,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            yield

    def note(self, line: str) -> None:
        """Show a line above those that change."""
        self._rich.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Take the lines away for good."""
        self._rich.stop()

    @property
    def _of_all(self) -> str:
        return f"{self._done} of {self._count} done"

    def _show(self, errand: Errand, text: str, done: int | None = None, total: int | None = None) -> None:
        with self._lock:
            if total is None and errand in self._filled:
                # A bar that has filled up does not move again; after an upload, a new one has to.
                self._filled.remove(errand)
                self._rich.remove_task(self._tasks.pop(errand))
            if total is not None:
                self._filled.add(errand)
            if errand not in self._tasks:
                self._tasks[errand] = self._rich.add_task(harmless(text), total=total)
            self._rich.update(self._tasks[errand], description=harmless(text), completed=done, total=total)
            if not self._rich.live.is_started:
                self._rich.start()


def _share(done: int, total: int | None) -> str:
    return _size(done) if total is None else f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"


def _size(count: int) -> str:
    return f"{count / 1e3:.1f} kB" if count < _MEGABYTE else f"{count / 1e6:.1f} MB"


@contextmanager
def progress(count: int, parallel: int) -> Iterator[Progress]:
    """Progress of so many jobs on standard error, as live as that can be; what changes is gone at the end."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_dumb_terminal or not console.is_interactive:
        yield PlainProgress()
        return
    live = LiveProgress(console, count, parallel)
    try:
        with lines_go_to(live.note):
            yield live
    finally:
        live.stop()
