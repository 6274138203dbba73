"""`leap jobs`: the jobs that there are, one command for each thing to do with them."""

from pathlib import Path
from typing import Annotated

import typer

from leap.cli import present
from leap.cli.connection import model_of
from leap.cli.errors import ExitCode
from leap.cli.kinds import Pictures
from leap.cli.present import Limit, Overwrite
from leap.cli.settings import Model, NoPreview, Out, Settings, takes

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of the jobs.")]
Finished = Annotated[bool, typer.Option("--finished", metavar="", help="Only the jobs that have finished.")]


@takes("host", "api_key", "json", "verbose")
def list_jobs(
    settings: Settings, *, finished: Finished = False, limit: Limit = None, model: Model = None
) -> None:
    """List the jobs of a model, the newest first.

    A line has the id, the state, the time of submission (UTC) and the prompt.
    """
    present.list_all(settings, Pictures(model_of(model)), finished=finished, limit=limit)


@takes("host", "api_key", "json", "verbose")
def show(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Show jobs with everything that the service says of them."""
    return present.show(settings, Pictures(model_of(model)), ids)


@takes("host", "api_key", "timeout", "json", "verbose")
def wait(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Wait until jobs have ended, and print the ids of those that have finished."""
    return present.wait(settings, Pictures(model_of(model)), ids)


@takes("host", "api_key", "timeout", "json", "verbose")
def download(
    settings: Settings,
    ids: Ids,
    *,
    out: Out = Path(),
    overwrite: Overwrite = False,
    no_preview: NoPreview = False,
    model: Model = None,
) -> ExitCode:
    """Download the pictures of jobs, and print the paths of their files.

    Jobs that have not finished are waited for.
    """
    kind = Pictures(model_of(model))
    return present.download(settings, kind, ids, out, overwrite=overwrite, preview=not no_preview)


@takes("host", "api_key", "json", "verbose")
def delete(settings: Settings, ids: Ids, *, model: Model = None) -> ExitCode:
    """Delete jobs and their pictures from the service, and print their ids.

    Nothing is asked, and nothing brings them back.
    """
    return present.delete(settings, Pictures(model_of(model)), ids)
