"""The application: the commands under one name, and how each of their endings looks."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from leap.cli.emulate import emulate
from leap.cli.errors import ExitCode, explain
from leap.cli.generate import generate
from leap.cli.messages import say
from leap.version import __version__

_EXIT_CODES = "Exit codes: 0 done, 1 API error, 2 wrong call, 3 job failed, 130 Ctrl-C."

app = typer.Typer(
    add_completion=False,
    # A traceback of a fault of ours has to show no values: one of them may be the token.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate", epilog=_EXIT_CODES)(generate)
app.command("emulate", epilog="Exit codes: 0 stopped, 2 wrong call.")(emulate)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"leap {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def leap(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Generate images with the Leap API, or with an emulator of it on this machine.

    To try it without an account: leap generate "a red fox in the snow" --emulate

    To build and test a program without one: leap emulate
    """
    del version
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


def run() -> int:
    """Run the command that the arguments of the process name, and give the code to exit with."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What the terminal's encoding lacks, such as the frames of the help, must not end the command.
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "replace")
    try:
        exit_code = ExitCode(app(prog_name="leap", standalone_mode=False) or ExitCode.OK)
    except typer.TyperException as error:
        return _report(error.format_message(), ExitCode(error.exit_code))
    except Exception as error:
        explanation = explain(error)
        if explanation is None:
            raise
        return _report(*explanation)
    if exit_code is ExitCode.INTERRUPTED:
        # Typer has taken a Ctrl-C that came outside of any job.
        say("leap: interrupted")
    return exit_code


def _report(message: str, exit_code: ExitCode) -> int:
    for line in message.splitlines():
        say(f"leap: {line}")
    if exit_code is ExitCode.USAGE:
        say("Add --help to see what it takes.")
    return exit_code
