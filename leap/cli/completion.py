"""Completion: what teaches a shell to complete the command."""

from enum import StrEnum
from typing import Annotated

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script, install


class Shell(StrEnum):
    """The shells that can be taught; none has to be running, so that a script can ask for any of them."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    PWSH = "pwsh"


_PANEL = "Shell"


def _show(shell: Shell | None) -> None:
    if shell is not None:
        typer.echo(get_completion_script(prog_name="leap", complete_var="_LEAP_COMPLETE", shell=shell.value))
        raise typer.Exit


def _install(shell: Shell | None) -> None:
    if shell is not None:
        _, path = install(shell=shell.value, prog_name="leap", complete_var="_LEAP_COMPLETE")
        typer.echo(f"completion for {shell.value} is in {path}; new shells have it", err=True)
        raise typer.Exit


ShowCompletion = Annotated[
    Shell | None,
    typer.Option(
        "--show-completion",
        metavar="SHELL",
        callback=_show,
        is_eager=True,
        rich_help_panel=_PANEL,
        help="Print the completion script of bash, zsh, fish or pwsh.",
    ),
]
InstallCompletion = Annotated[
    Shell | None,
    typer.Option(
        "--install-completion",
        metavar="SHELL",
        callback=_install,
        is_eager=True,
        rich_help_panel=_PANEL,
        help="Put that script where the shell finds it.",
    ),
]

# Makes the shells known that ask for completions through _LEAP_COMPLETE.
completion_init()
