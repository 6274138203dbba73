"""Delivery: follows the jobs of a command to their ends, and gives out what became of each as it comes."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leap.cli.crew import Crew
from leap.cli.errors import CommandError, ExitCode
from leap.cli.messages import (
    let_go_of_what_is_closed,
    print_json,
    print_line,
    print_paths,
    report,
    say,
)
from leap.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leap import Leap
    from leap.cli.errand import Errand
    from leap.cli.progress import Progress
    from leap.cli.settings import Settings


MOST_PARALLEL = 32
"""Jobs at a time. Each has a connection, and those of a client are bounded."""


class Delivery(NamedTuple):
    """What a command wants of its jobs."""

    settings: Settings
    directory: Path | None = None
    """Where the files go; None to leave them where they are."""
    overwrite: bool = False
    preview: bool = False
    parallel: int = 4
    """How many jobs to see to at once."""


def deliver(leap: Leap, errands: Sequence[Errand], delivery: Delivery) -> ExitCode:
    """Follow jobs to their ends, download what they made, and print what became of them.

    Args:
        leap: The client to do it with.
        errands: The jobs.
        delivery: What is wanted of them.

    Returns:
        The worst of what happened.
    """
    worst = ExitCode.OK
    # By which it is known what Ctrl-C has left.
    going = dict.fromkeys(errands)
    for errand in errands:
        errand.directory = "" if delivery.directory in (None, Path()) else str(delivery.directory)
    with progress(len(errands), delivery.parallel) as shown:
        crew = Crew(leap, errands, shown, parallel=delivery.parallel, timeout=delivery.settings.timeout)
        try:
            for errand in crew.ended():
                if delivery.directory is not None and errand.exit_code is ExitCode.OK:
                    _download(leap, errand, delivery, shown)
                del going[errand]
                shown.ended(errand)
                with shown.aside():
                    _give_out(errand, delivery)
                worst = worst.or_worse(errand.exit_code)
        except KeyboardInterrupt:
            # Those that are known first: who presses it again has them.
            known = [errand for errand in going if errand.begun and errand.job_id]
            _leave(known, delivery, shown)
            with suppress(KeyboardInterrupt):
                crew.stop()
            _leave([each for each in going if each.begun and each not in known], delivery, shown)
            worst = ExitCode.INTERRUPTED
    let_go_of_what_is_closed()
    left = [errand for errand in errands if not errand.begun]
    if left:
        worst = worst.or_worse(ExitCode.TIMEOUT)
        report(_what_was_left(left))
    elif worst is ExitCode.INTERRUPTED and not going:
        report("interrupted")
    return worst


def _leave(errands: Sequence[Errand], delivery: Delivery, shown: Progress) -> None:
    """Say of jobs that nobody sees to them any more, and how to find them."""
    with shown.aside():
        for errand in errands:
            errand.interrupt()
            _give_out(errand, delivery)


def _what_was_left(left: Sequence[Errand]) -> str:
    if left[0].body is None:
        return f"not looked at: {' '.join(errand.job_id for errand in left)}"
    request, title = left[0].kind.request, left[0].title
    if len(left) == 1:
        return f"one {request} was not submitted" + (f": {title}" if title else "")
    return f"{len(left)} {request}s were not submitted, the first of them: {title}"


def _download(leap: Leap, errand: Errand, delivery: Delivery, shown: Progress) -> None:
    directory, kind = delivery.directory, errand.kind
    assert directory is not None  # noqa: S101 - it is only called where there is one
    assert kind.files is not None  # noqa: S101 - only what has files is given a directory
    count = len(kind.urls(errand.job))
    if not count:
        problem = f"{errand.called} finished, but names no {kind.files.noun}"
        errand.fail(CommandError(problem, ExitCode.API_ERROR))
        return
    shown.downloading(errand, 0, None)
    there = _files_of(errand, directory, count)
    # By the id that it was asked for, whatever it calls itself by now.
    job: Any = {**errand.job, "id": errand.job_id}
    try:
        errand.paths = kind.download(
            leap,
            job,
            directory,
            overwrite=delivery.overwrite,
            on_progress=lambda done, total: shown.downloading(errand, done, total),
        )
    except BaseException as error:
        # Some files may be there all the same.
        errand.paths = [path for path in _files_of(errand, directory, count) if path not in there]
        if not isinstance(error, Exception):
            raise
        errand.fail(error)


def _files_of(errand: Errand, directory: Path, count: int) -> list[Path]:
    """The files that a job may have become by now."""
    from leap.downloads.names import FileNames

    names = FileNames(errand.kind.file_name, errand.job_id, count)
    types = errand.kind.files.types if errand.kind.files else ()
    paths = [directory / names.name(index, each.suffix) for index in range(1, count + 1) for each in types]
    return [path for path in paths if path.exists()]


def _give_out(errand: Errand, delivery: Delivery) -> None:
    """Print what became of a job: its files or itself, and what went wrong."""
    if errand.paths and delivery.preview and not delivery.settings.json and sys.stderr.isatty():
        _preview(errand.paths)
    try:
        if delivery.settings.json:
            print_json(errand.record)
        elif errand.paths:
            print_paths(errand.paths)
        elif delivery.directory is None and errand.exit_code is ExitCode.OK:
            print_line(errand.job_id)
    except BrokenPipeError:
        # Nobody reads it any more, which is no reason to leave jobs that are paid for.
        let_go_of_what_is_closed()
    except OSError as error:
        # Neither is a disk that is full.
        files = f"; the files: {', '.join(map(str, errand.paths))}" if errand.paths else ""
        report(f"standard output: {error.strerror}{files}")
        errand.exit_code = errand.exit_code.or_worse(ExitCode.API_ERROR)
    if errand.problem:
        report(errand.problem)
        if errand.exit_code is ExitCode.USAGE:
            say("Add --help to see what it takes.")


def _preview(paths: Sequence[Path]) -> None:
    # A picture that cannot be shown is no reason to leave jobs that are paid for.
    with suppress(Exception):
        from leap.cli.preview import show

        show(paths, stream=sys.stderr)
