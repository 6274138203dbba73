"""Settings: the options that many commands have, before the name of the command or after it."""

import inspect
import math
from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

import typer

from leap.cli.errors import CommandError, ExitCode
from leap.cli.messages import conceal, let_go_of_what_is_closed

SERVICE = "Service"
"""The panel of the help that options about the service stand in."""

Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="URL",
        help="Where the API is, if not at LEAP_HOST or https://api.tryleap.ai.",
        rich_help_panel=SERVICE,
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="KEY",
        help="API key of your workspace. Better in LEAP_API_KEY, where other users cannot see it.",
        rich_help_panel=SERVICE,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="How long to wait, all in all. Ten minutes for a job, two hours for a training if left out.",
        rich_help_panel=SERVICE,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", metavar="", help="One JSON object a line on standard output."),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", metavar="", help="Show each request, without secrets."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="ID",
        envvar="LEAP_MODEL_ID",
        help="Id of the model that draws.",
        rich_help_panel=SERVICE,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Where the files go; made if it is not there.",
        show_default="the current one",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FILE", help="Read prompts from a file, one a line, or from standard input (-)."
    ),
]
Parallel = Annotated[int, typer.Option(metavar="N", help="How many jobs at a time, up to 32.")]
Emulate = Annotated[
    bool,
    typer.Option(
        "--emulate",
        metavar="",
        help="Do it on this machine, with the emulator: no account, no network.",
        rich_help_panel=SERVICE,
    ),
]
NoPreview = Annotated[
    bool,
    typer.Option("--no-preview", metavar="", help="Do not show the pictures on the terminal."),
]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "host": (Host, None),
    "api_key": (ApiKey, None),
    "timeout": (Timeout, None),
    "json": (Json, False),
    "verbose": (Verbose, False),
}


class Settings(NamedTuple):
    """What was given of those options; None and False stand for what was not."""

    host: str | None = None
    api_key: str | None = None
    timeout: float | None = None
    json: bool = False
    verbose: bool = False

    def over(self, before: "Settings") -> "Settings":
        """These, and what was given before where they say nothing."""
        return Settings(
            self.host or before.host,
            self.api_key or before.api_key,
            before.timeout if self.timeout is None else self.timeout,
            self.json or before.json,
            self.verbose or before.verbose,
        )


def _hidden(annotation: Any) -> Any:
    """The same option, which the help does not show."""
    kind, option = get_args(annotation)
    hidden = copy(option)
    hidden.hidden = True
    return Annotated[kind, hidden]


def settle(settings: Settings) -> Settings:
    """The same settings, once they are known to be usable.

    Raises:
        CommandError: One of them is not.
    """
    if settings.timeout is not None and not (settings.timeout > 0 and math.isfinite(settings.timeout)):
        raise CommandError("--timeout: needs a number of seconds above 0", ExitCode.USAGE)
    if settings.api_key is not None:
        conceal(settings.api_key)
    return settings


def takes(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command some of the options, which it gets as the `Settings` of its first argument."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(command, eval_str=True)
        _, *own = signature.parameters.values()
        keyword = inspect.Parameter.KEYWORD_ONLY
        # One that talks to the service takes all of them, so that they stand behind any; the help has those
        # that change something.
        taken = tuple(_OPTIONS) if "host" in names else names
        shared = [
            inspect.Parameter(
                name,
                keyword,
                default=default,
                annotation=annotation if name in names else _hidden(annotation),
            )
            for name, (annotation, default) in _OPTIONS.items()
            if name in taken
        ]
        context = inspect.Parameter("context", keyword, annotation=typer.Context)

        @wraps(command)
        def run(*, context: typer.Context, **given: Any) -> Any:
            settings = Settings(**{name: given.pop(name) for name in taken})
            before = context.find_root().obj or Settings()
            try:
                return command(settle(settings.over(before)), **given)
            except BrokenPipeError:
                # Who read standard output has had enough, as `head` has.
                let_go_of_what_is_closed()
                return ExitCode.OK

        # What typer reads.
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*(each.replace(kind=keyword) for each in own), *shared, context]
        )
        run.__annotations__ = {}
        return run

    return decorate
