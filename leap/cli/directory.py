"""Directory: where the files of a command go."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from leap.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from pathlib import Path


def prepare(directory: Path) -> None:
    """Make a directory, and see that files can be written to it before a job is paid for.

    Raises:
        CommandError: They cannot.
    """
    probe = directory / f".leap-{token_hex(4)}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        raise CommandError(f"--out: cannot write to {directory}: {error.strerror}", ExitCode.USAGE) from error
