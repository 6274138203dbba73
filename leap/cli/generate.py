"""`leap generate`: from a prompt to picture files."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import typer

from leap import ResponseValidationWarning
from leap.cli.connection import EMULATED_MODEL, connect
from leap.cli.errors import CommandError, ExitCode
from leap.cli.job import Order, carry_out
from leap.cli.messages import print_paths
from leap.cli.progress import Progress, progress
from leap.model.create_inference_dto import CreateInferenceDto

_PICTURE = "Picture"
_SERVICE = "Service"


def generate(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the picture shows, in words.")],
    *,
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
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Where the files go; made if it is not there.",
            show_default="the current one",
        ),
    ] = Path(),
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="ID",
            envvar="LEAP_MODEL_ID",
            help="Id of the model that draws.",
            rich_help_panel=_SERVICE,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the API is, if not at LEAP_HOST or https://api.tryleap.ai.",
            rich_help_panel=_SERVICE,
        ),
    ] = None,
    emulate: Annotated[
        bool,
        typer.Option(
            "--emulate",
            metavar="",
            help="Draw on this machine, with the emulator: no account, no network, no model.",
            rich_help_panel=_SERVICE,
        ),
    ] = False,
) -> None:
    """Draw pictures from a prompt, and print the paths of their files.

    The API key of your workspace is read from LEAP_API_KEY; --emulate needs none.
    """
    given: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": negative_prompt,
        "width": width,
        "height": height,
        "number_of_images": number_of_images,
        "steps": steps,
        "prompt_strength": prompt_strength,
        "seed": seed,
    }
    if not prompt.strip():
        raise CommandError("PROMPT: is empty, needs some words", ExitCode.USAGE)
    body = CreateInferenceDto(**{name: value for name, value in given.items() if value is not None})
    if emulate and host is not None:
        raise CommandError("--host: cannot go with --emulate, which is a host of its own", ExitCode.USAGE)
    if model is None and not emulate:
        raise CommandError(
            "--model: is missing; give the id of a model of your workspace, or set LEAP_MODEL_ID",
            ExitCode.USAGE,
        )
    order = Order(body, model or EMULATED_MODEL, out, emulated=emulate)
    paths: list[Path] = []
    with connect(emulate=emulate, host=host) as leap:
        _prepare(out)
        try:
            with progress() as shown, _warnings_go_to(shown):
                carry_out(leap, order, shown, paths.append)
        finally:
            # Only now: standard output may be the terminal on which the progress was shown.
            print_paths(paths)


def _prepare(directory: Path) -> None:
    """Make the directory, and see that files can be written to it before a job is paid for."""
    probe = directory / f".leap-{token_hex(4)}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        raise CommandError(f"--out: cannot write to {directory}: {error.strerror}", ExitCode.USAGE) from error


@contextmanager
def _warnings_go_to(shown: Progress) -> Iterator[None]:
    """Show each warning as one line, without the place in the code that it comes from."""

    def note(message: Warning | str, *_place: Any, **_options: Any) -> None:
        shown.note(f"leap: {message}")

    with warnings.catch_warnings():
        # Not even PYTHONWARNINGS may turn an odd answer into a lost job.
        warnings.simplefilter("default", ResponseValidationWarning)
        warnings.showwarning = note
        yield
