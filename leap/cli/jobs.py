"""`leap jobs`: the jobs that there are, one command for each thing to do with them."""

from pathlib import Path
from typing import Annotated

import typer

from leap.cli.connection import connect, model_of
from leap.cli.delivery import Delivery, deliver
from leap.cli.directory import prepare
from leap.cli.errand import Errand
from leap.cli.errors import CommandError, ExitCode, explain
from leap.cli.messages import print_json, print_line, report
from leap.cli.settings import Model, NoPreview, Out, Settings, takes
from leap.exceptions import OpenApiException
from leap.jobs.reading import id_of

_PARALLEL = 8
"""Jobs that are followed at a time; they are there already, and looking at them costs nothing."""

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of the jobs.")]


@takes("host", "api_key", "json", "verbose")
def list_jobs(
    settings: Settings,
    *,
    finished: Annotated[
        bool, typer.Option("--finished", metavar="", help="Only the jobs that have finished.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", help="No more than so many.")
    ] = None,
    model: Model = None,
) -> None:
    """List the jobs of a model, the newest first.

    A line has the id, the state, the time of submission (UTC) and the prompt.
    """
    from itertools import islice

    from leap.cli.description import fields_of
    from leap.jobs.image_jobs import PAGE_SIZE

    if limit is not None and limit < 1:
        raise CommandError("--limit: needs a number above 0", ExitCode.USAGE)
    with connect(settings) as leap:
        jobs = leap.generate_images.iterate(
            model_of(model),
            only_finished=finished or None,
            page_size=PAGE_SIZE if limit is None else min(limit, PAGE_SIZE),
        )
        for job in islice(jobs, limit):
            if settings.json:
                print_json(job)
            else:
                print_line(*fields_of(job))


@takes("host", "api_key", "json", "verbose")
def show(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Show jobs with everything that the service says of them."""
    from leap.cli.description import lines_of

    worst = ExitCode.OK
    with connect(settings) as leap:
        for number, job_id in enumerate(_usable(ids)):
            try:
                job = leap.generate_images.find_one(model_id=model_of(model), inference_id=job_id).body
            except OpenApiException as error:
                worst = worst.or_worse(_report(job_id, error))
                continue
            if settings.json:
                print_json(job)
                continue
            for line in ([""] if number else []) + lines_of(job):
                print_line(line)
    return worst


@takes("host", "api_key", "timeout", "json", "verbose")
def wait(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Wait until jobs have ended, and print the ids of those that have finished."""
    with connect(settings) as leap:
        return deliver(leap, _errands(ids, model, settings), Delivery(settings, parallel=_PARALLEL))


@takes("host", "api_key", "timeout", "json", "verbose")
def download(
    settings: Settings,
    ids: Ids,
    *,
    out: Out = Path(),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", metavar="", help="Replace files that are there already.")
    ] = False,
    no_preview: NoPreview = False,
    model: Model = None,
) -> ExitCode:
    """Download the pictures of jobs, and print the paths of their files.

    Jobs that have not finished are waited for.
    """
    delivery = Delivery(
        settings, directory=out, overwrite=overwrite, preview=not no_preview, parallel=_PARALLEL
    )
    errands = _errands(ids, model, settings)
    with connect(settings) as leap:
        prepare(out)
        return deliver(leap, errands, delivery)


@takes("host", "api_key", "json", "verbose")
def delete(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Delete jobs and their pictures from the service, and print their ids.

    Nothing is asked, and nothing brings them back.
    """
    worst = ExitCode.OK
    with connect(settings) as leap:
        for job_id in _usable(ids):
            try:
                leap.generate_images.remove(model_id=model_of(model), inference_id=job_id)
            except OpenApiException as error:
                worst = worst.or_worse(_report(job_id, error))
                continue
            if settings.json:
                print_json({"id": job_id, "deleted": True})
            else:
                print_line(job_id)
    return worst


def _errands(ids: list[str], model: str | None, settings: Settings) -> list[Errand]:
    model_id = model_of(model)
    options = ("--host", settings.host) if settings.host else ()
    return [Errand(model_id, job_id=job_id, options=options) for job_id in _usable(ids)]


def _usable(ids: list[str]) -> list[str]:
    """The ids, once each: two would write the same file.

    Raises:
        CommandError: One of them is none; nothing was done with the others.
    """
    for job_id in ids:
        if not id_of({"id": job_id}):
            raise CommandError(f"ID: got {job_id!r}, which is no id of a job", ExitCode.USAGE)
    return list(dict.fromkeys(ids))


def _report(job_id: str, error: OpenApiException) -> ExitCode:
    """Say what went wrong with one job of several."""
    explanation = explain(error)
    assert explanation is not None  # noqa: S101 - there is one for each error of the library
    if explanation.exit_code is ExitCode.USAGE:
        raise CommandError(explanation.message, ExitCode.USAGE) from error
    report(f"job {job_id}: {explanation.message}")
    return explanation.exit_code
