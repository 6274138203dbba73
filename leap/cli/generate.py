"""`leap generate`: from prompts to picture files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leap.cli.connection import EMULATED_MODEL, model_of
from leap.cli.errors import ExitCode
from leap.cli.kinds import Pictures
from leap.cli.prompts import prompts_of
from leap.cli.settings import Emulate, Model, NoPreview, Out, Parallel, Settings, Source, takes
from leap.cli.submission import Submission
from leap.model.create_inference_dto import CreateInferenceDto

_PICTURE = "Picture"


@takes("host", "api_key", "timeout", "json", "verbose")
def generate(
    settings: Settings,
    prompt: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT", help="What the picture shows, in words. Several make several jobs."),
    ] = None,
    *,
    source: Source = None,
    parallel: Parallel = 4,
    negative_prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the picture should not show.", rich_help_panel=_PICTURE),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="A multiple of 8; 1024 if left out.", rich_help_panel=_PICTURE),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="A multiple of 8; 1024 if left out.", rich_help_panel=_PICTURE),
    ] = None,
    number_of_images: Annotated[
        int | None,
        typer.Option(
            "--number-of-images", "-n", metavar="1-4", help="How many pictures.", rich_help_panel=_PICTURE
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(metavar="N", help="More take longer; 50 if left out.", rich_help_panel=_PICTURE),
    ] = None,
    prompt_strength: Annotated[
        float | None,
        typer.Option(
            metavar="0-30", help="How closely to follow the prompt; 7 if left out.", rich_help_panel=_PICTURE
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="The same seed gives the same picture again.", rich_help_panel=_PICTURE
        ),
    ] = None,
    out: Out = Path(),
    no_preview: NoPreview = False,
    model: Model = None,
    emulate: Emulate = False,
) -> ExitCode:
    """Draw pictures from prompts, and print the paths of their files.

    The API key of your workspace is read from LEAP_API_KEY; --emulate needs none.

    Without a PROMPT, prompts are read from standard input, one a line.
    """
    kind = Pictures(EMULATED_MODEL if emulate and model is None else model or "")
    submission = Submission(settings, kind, emulate=emulate, parallel=parallel)
    given: dict[str, Any] = {
        "negative_prompt": negative_prompt,
        "width": width,
        "height": height,
        "number_of_images": number_of_images,
        "steps": steps,
        "prompt_strength": prompt_strength,
        "seed": seed,
    }
    options = {name: value for name, value in given.items() if value is not None}
    # All of them, so that what is wrong with the last one is said before the first is paid for.
    bodies = [CreateInferenceDto(prompt=each, **options) for each in prompts_of(prompt or [], source)]
    model_of(kind.model_id)
    return submission.deliver_files(bodies, out, preview=not no_preview)
