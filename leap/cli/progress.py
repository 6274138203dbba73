"""Progress: how far a job is, live on a terminal and a line for each change elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from leap.cli.messages import harmless, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_BAR_WIDTH = 16  # leaves room for the state, the id and the time within 80 columns


class Progress(Protocol):
    """What a command tells of its job as it goes on."""

    def state(self, job_id: str, state: str) -> None:
        """Show the state of a job, as often as it is read."""

    def downloading(self, done: int, total: int) -> None:
        """Show how many of the pictures are there."""

    def note(self, text: str) -> None:
        """Show a line of its own, which stays."""


class PlainProgress:
    """One line for each change of state, for a pipe, a log or a terminal that can do no more."""

    def __init__(self) -> None:
        self._shown = ""

    def state(self, job_id: str, state: str) -> None:
        """Write the state, if it is another than before."""
        if state != self._shown:
            self._shown = state
            say(harmless(f"job {job_id}: {state}"))

    def downloading(self, done: int, total: int) -> None:
        """Write nothing: the paths will say it."""

    def note(self, text: str) -> None:
        """Write a line."""
        say(harmless(text))


class LiveProgress:
    """One line that changes, with a bar and a clock."""

    def __init__(self, rich: RichProgress, task: TaskID) -> None:
        self._rich = rich
        self._task = task

    def state(self, job_id: str, state: str) -> None:
        """Show the state beside a bar that only moves, since nobody knows how long it takes."""
        self._rich.update(self._task, description=harmless(f"{state}  job {job_id}"))

    def downloading(self, done: int, total: int) -> None:
        """Show a bar that fills up."""
        self._rich.update(
            self._task, description=f"downloading  {done} of {total}", completed=done, total=total
        )

    def note(self, text: str) -> None:
        """Show a line above the one that changes."""
        self._rich.console.print(harmless(text), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress on standard error, as live as that can be; what changes is gone at the end."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    console = Console(stderr=True)
    if console.is_dumb_terminal or not console.is_interactive:
        yield PlainProgress()
        return
    with RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_BAR_WIDTH),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as rich:
        yield LiveProgress(rich, rich.add_task("submitting", total=None))
