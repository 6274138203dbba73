"""`leap music`: from prompts to sound files, and the music jobs that there are."""

from pathlib import Path
from typing import Annotated

import typer

from leap.cli import present
from leap.cli.errors import ExitCode
from leap.cli.jobs import Finished, Ids
from leap.cli.kinds import Music
from leap.cli.present import Limit, Overwrite
from leap.cli.prompts import prompts_of
from leap.cli.settings import Emulate, Out, Parallel, Settings, Source, takes
from leap.cli.submission import Submission
from leap.model.create_musicgen_inference_dto import CreateMusicgenInferenceDto

_SOUND = "Sound"


@takes("host", "api_key", "timeout", "json", "verbose")
def generate(
    settings: Settings,
    prompt: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT", help="What the music is like, in words. Several make several jobs."),
    ] = None,
    *,
    source: Source = None,
    parallel: Parallel = 4,
    duration: Annotated[
        float, typer.Option(metavar="1-30", help="How long it is, in seconds.", rich_help_panel=_SOUND)
    ] = 28,
    mode: Annotated[
        str, typer.Option(metavar="MODE", help="melody, or music.", rich_help_panel=_SOUND)
    ] = "melody",
    out: Out = Path(),
    emulate: Emulate = False,
) -> ExitCode:
    """Make music from prompts, and print the paths of its files.

    The API key of your workspace is read from LEAP_API_KEY; --emulate needs none.

    Without a PROMPT, prompts are read from standard input, one a line.
    """
    submission = Submission(settings, Music(), emulate=emulate, parallel=parallel)
    bodies = [
        # mypy: what it may be is for the model to say, in the same words as of everything else.
        CreateMusicgenInferenceDto(prompt=each, mode=mode, duration=duration)  # type: ignore[arg-type]
        for each in prompts_of(prompt or [], source)
    ]
    return submission.deliver_files(bodies, out, preview=False)


@takes("host", "api_key", "json", "verbose")
def list_jobs(settings: Settings, *, finished: Finished = False, limit: Limit = None) -> None:
    """List the music jobs of your workspace, in the order of the service.

    A line has the id, the state, the time of submission (UTC) and the prompt.
    """
    present.list_all(settings, Music(), finished=finished, limit=limit)


@takes("host", "api_key", "json", "verbose")
def show(settings: Settings, ids: Ids) -> ExitCode:
    """Show music jobs with everything that the service says of them."""
    return present.show(settings, Music(), ids)


@takes("host", "api_key", "timeout", "json", "verbose")
def download(settings: Settings, ids: Ids, *, out: Out = Path(), overwrite: Overwrite = False) -> ExitCode:
    """Download the sounds of music jobs, and print the paths of their files.

    Jobs that have not finished are waited for.
    """
    return present.download(settings, Music(), ids, out, overwrite=overwrite, preview=False)
