"""Present: what can be done with the jobs that there are, the same for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leap.cli.connection import connect
from leap.cli.delivery import Delivery, deliver
from leap.cli.description import fields_of, lines_of
from leap.cli.directory import prepare
from leap.cli.errand import Errand
from leap.cli.errors import CommandError, ExitCode, explain
from leap.cli.messages import print_json, print_line, report
from leap.exceptions import OpenApiException
from leap.jobs.reading import id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leap import Leap
    from leap.cli.kinds import Kind
    from leap.cli.settings import Settings

_PARALLEL = 8
"""Jobs that are followed at a time; they are there already, and looking at them costs nothing."""

Limit = Annotated[int | None, typer.Option("--limit", "-n", metavar="N", help="No more than so many.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", metavar="", help="Replace files that are there already.")
]


def list_all(settings: Settings, kind: Kind, *, finished: bool, limit: int | None) -> None:
    """Print a line for each job."""
    if limit is not None and limit < 1:
        raise CommandError("--limit: needs a number above 0", ExitCode.USAGE)
    with connect(settings) as leap:
        for job in kind.all(leap, finished=finished, limit=limit):
            if settings.json:
                print_json(job)
            else:
                print_line(*fields_of(kind, job))


def show(settings: Settings, kind: Kind, ids: list[str]) -> ExitCode:
    """Print everything that the service says of some jobs."""
    number = 0

    def show_one(leap: Leap, job_id: str) -> None:
        nonlocal number
        job = kind.read(leap, job_id)
        if settings.json:
            print_json(job)
            return
        for line in ([""] if number else []) + lines_of(kind, job):
            print_line(line)
        number += 1

    return _with_each(settings, kind, ids, show_one)


def delete(settings: Settings, kind: Kind, ids: list[str]) -> ExitCode:
    """Delete some jobs, and print the ids of those that are gone."""

    def delete_one(leap: Leap, job_id: str) -> None:
        kind.delete(leap, job_id)
        if settings.json:
            print_json({"id": job_id, "deleted": True})
        else:
            print_line(job_id)

    return _with_each(settings, kind, ids, delete_one)


def wait(settings: Settings, kind: Kind, ids: list[str]) -> ExitCode:
    """Wait until some jobs have ended, and print the ids of those that have finished."""
    errands = [*_errands(settings, kind, ids)]
    with connect(settings) as leap:
        return deliver(leap, errands, Delivery(settings, parallel=_PARALLEL))


def download(
    settings: Settings, kind: Kind, ids: list[str], out: Path, *, overwrite: bool, preview: bool
) -> ExitCode:
    """Wait until some jobs have ended, and download what they made."""
    errands = [*_errands(settings, kind, ids)]
    delivery = Delivery(settings, directory=out, overwrite=overwrite, preview=preview, parallel=_PARALLEL)
    with connect(settings) as leap:
        prepare(out)
        return deliver(leap, errands, delivery)


def _errands(settings: Settings, kind: Kind, ids: list[str]) -> Iterator[Errand]:
    options = ("--host", settings.host) if settings.host else ()
    for job_id in _usable(kind, ids):
        yield Errand(kind, job_id=job_id, options=options)


def _with_each(settings: Settings, kind: Kind, ids: list[str], do: Callable[[Leap, str], None]) -> ExitCode:
    """Do something with each of some jobs; what goes wrong with one is said, and costs no other."""
    worst = ExitCode.OK
    with connect(settings) as leap:
        for job_id in _usable(kind, ids):
            try:
                do(leap, job_id)
            except OpenApiException as error:
                worst = worst.or_worse(_report(kind, job_id, error))
    return worst


def _usable(kind: Kind, ids: list[str]) -> list[str]:
    """The ids, once each: two would write the same file.

    Raises:
        CommandError: One of them is none; nothing was done with the others.
    """
    for job_id in ids:
        if not id_of({"id": job_id}):
            raise CommandError(f"ID: got {job_id!r}, which is no id of a {kind.noun}", ExitCode.USAGE)
    return list(dict.fromkeys(ids))


def _report(kind: Kind, job_id: str, error: OpenApiException) -> ExitCode:
    """Say what went wrong with one job of several."""
    explanation = explain(error, advice=kind.advice, names=kind.names)
    assert explanation is not None  # noqa: S101 - there is one for each error of the library
    if explanation.exit_code is ExitCode.USAGE:
        raise CommandError(explanation.message, ExitCode.USAGE) from error
    report(f"{kind.called(job_id)}: {explanation.message}")
    return explanation.exit_code
