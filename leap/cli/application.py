"""The application: the commands under one name, and how each of their endings looks."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from leap.cli import config, jobs, models, music
from leap.cli.completion import InstallCompletion, ShowCompletion
from leap.cli.emulate import emulate
from leap.cli.errors import ExitCode, explain
from leap.cli.gallery import gallery
from leap.cli.generate import generate
from leap.cli.messages import report, say
from leap.cli.settings import ApiKey, Host, Json, Settings, Timeout, Verbose, settle
from leap.version import __version__

_EXIT_CODES = "Exit codes: 0 done, 1 API error, 2 wrong call, 3 job failed, 4 timeout, 130 Ctrl-C."
_OF_A_REQUEST = "Exit codes: 0 done, 1 API error, 2 wrong call, 130 Ctrl-C."


def _typer() -> typer.Typer:
    return typer.Typer(
        add_completion=False,  # its own detects the shell, and shows that of no other
        # A traceback of a fault of ours has to show no values: one of them may be the token.
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
    )


def _help_if_alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


def _group(
    context: typer.Context,
    *,
    host: Host = None,
    api_key: ApiKey = None,
    timeout: Timeout = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Take the options that may stand before the name of a command, also between its two words."""
    root = context.find_root()
    root.obj = settle(Settings(host, api_key, timeout, json, verbose).over(root.obj or Settings()))
    _help_if_alone(context)


app = _typer()
app.command("generate", epilog=_EXIT_CODES)(generate)

_jobs = _typer()
_jobs.command("list", epilog=_OF_A_REQUEST)(jobs.list_jobs)
_jobs.command("show", epilog=_OF_A_REQUEST)(jobs.show)
_jobs.command("wait", epilog=_EXIT_CODES)(jobs.wait)
_jobs.command("download", epilog=_EXIT_CODES)(jobs.download)
_jobs.command("delete", epilog=_OF_A_REQUEST)(jobs.delete)
_jobs.callback()(_group)
app.add_typer(_jobs, name="jobs", help="List, show, wait for, download and delete the jobs of a model.")

_models = _typer()
_models.command("train", epilog=_EXIT_CODES)(models.train)
_models.command("list", epilog=_OF_A_REQUEST)(models.list_models)
_models.command("show", epilog=_OF_A_REQUEST)(models.show)
_models.command("wait", epilog=_EXIT_CODES)(models.wait)
_models.command("delete", epilog=_OF_A_REQUEST)(models.delete)
_models.callback()(_group)
app.add_typer(_models, name="models", help="Train models on pictures; list, show, wait for and delete them.")

_music = _typer()
_music.command("generate", epilog=_EXIT_CODES)(music.generate)
_music.command("list", epilog=_OF_A_REQUEST)(music.list_jobs)
_music.command("show", epilog=_OF_A_REQUEST)(music.show)
_music.command("download", epilog=_EXIT_CODES)(music.download)
_music.callback()(_group)
app.add_typer(_music, name="music", help="Make music from prompts; list, show and download it.")

app.command("gallery", epilog=_OF_A_REQUEST)(gallery)
app.command("emulate", epilog="Exit codes: 0 stopped, 2 wrong call.")(emulate)

_config = _typer()
_config.command("show", epilog="Exit codes: 0 done, 2 a setting cannot be used.")(config.show)
_config.callback()(_group)
app.add_typer(_config, name="config", help="Show the settings.")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"leap {__version__}")
        raise typer.Exit


@app.callback(epilog=_EXIT_CODES)
def leap(
    context: typer.Context,
    *,
    host: Host = None,
    api_key: ApiKey = None,
    timeout: Timeout = None,
    json: Json = False,
    verbose: Verbose = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
    show_completion: ShowCompletion = None,
    install_completion: InstallCompletion = None,
) -> None:
    """Generate images and music with the Leap API, or with an emulator of it on this machine.

    To try it without an account: leap generate "a red fox in the snow" --emulate

    To build and test a program without one: leap emulate
    """
    del version, show_completion, install_completion
    context.obj = settle(Settings(host, api_key, timeout, json, verbose))
    _help_if_alone(context)


def run() -> int:
    """Run the command that the arguments of the process name, and give the code to exit with."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What the terminal's encoding lacks, such as the frames of the help, must not end the command.
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "replace")
    try:
        exit_code = app(prog_name="leap", standalone_mode=False) or ExitCode.OK
    except typer.TyperException as error:
        return _end(error.format_message(), ExitCode(error.exit_code))
    except Exception as error:
        explanation = explain(error)
        if explanation is None:
            raise
        return _end(*explanation)
    if exit_code == ExitCode.INTERRUPTED and not isinstance(exit_code, ExitCode):
        # Typer has taken a Ctrl-C that came outside of any job.
        say("leap: interrupted")
    return ExitCode(exit_code)


def _end(message: str, exit_code: ExitCode) -> int:
    report(message)
    if exit_code is ExitCode.USAGE:
        say("Add --help to see what it takes.")
    return exit_code
