"""Prompts: from the arguments, from a file with one a line, or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leap.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_TITLE = 32
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def prompts_of(arguments: Sequence[str], file: str | None) -> list[str]:
    """The prompts of a call: its arguments, and after them the lines of a file.

    Without either, standard input is read if it is no terminal.

    Args:
        arguments: The prompts that were given as arguments.
        file: The name of a file, "-" for standard input; None for no file.

    Raises:
        CommandError: There is no prompt, or the file cannot be read.
    """
    if any(not each.strip() for each in arguments):
        raise CommandError("PROMPT: is empty, needs some words", ExitCode.USAGE)
    if file is None and not arguments and sys.stdin is not None and not sys.stdin.isatty():
        file = "-"
    prompts = [*arguments, *([] if file is None else _lines_of(file))]
    if not prompts:
        raise CommandError(
            "PROMPT: is missing; give one in quotation marks, or --from FILE with one a line", ExitCode.USAGE
        )
    return prompts


def shortened(prompt: str) -> str:
    """The beginning of a prompt, to know it by."""
    return prompt if len(prompt) <= _LONGEST_TITLE else f"{prompt[: _LONGEST_TITLE - 1].rstrip()}…"


def _lines_of(file: str) -> list[str]:
    """The prompts in a file: its lines, but for those that are blank or begin with #."""
    name = "standard input" if file == "-" else file
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"--from: cannot read {name}: {error.strerror}", ExitCode.USAGE) from error
    try:
        text = content.decode().removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CommandError(f"--from: line {line} of {name} is not UTF-8", ExitCode.USAGE) from error
    # Not splitlines(), which would cut a prompt at a form feed or U+2028 too.
    lines = (line.strip() for line in text.replace("\r\n", "\n").split("\n"))
    return [line for line in lines if line and not line.startswith("#")]
