"""Messages: what the command says on standard error, and the paths on standard output."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SHORTEST_SECRET = 8
"""Characters. A shorter token would be found in words that have nothing to do with it."""


def say(text: str) -> None:
    """Write lines to standard error."""
    # Nobody may be reading any more, which is no reason to leave a job that is paid for.
    with suppress(OSError):
        sys.stderr.write("".join(f"{harmless(line)}\n" for line in text.split("\n")))
        sys.stderr.flush()


def harmless(text: str) -> str:
    """Text from anywhere as one line that a terminal can show: no control characters, no access token."""
    token = os.environ.get("LEAP_API_KEY", "")
    if len(token) >= _SHORTEST_SECRET:
        text = text.replace(token, "…")
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def print_paths(paths: Iterable[Path]) -> None:
    """Write paths to standard output, a line each."""
    for path in paths:
        if os.name == "posix":
            # A path is bytes there, whatever the terminal's encoding; another program reads them as they are.
            sys.stdout.flush()
            sys.stdout.buffer.write(os.fsencode(path) + b"\n")
        else:
            sys.stdout.write(f"{path}\n")
    sys.stdout.flush()
