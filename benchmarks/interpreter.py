"""Running code in fresh Python interpreters, ours and the peers'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds both `benchmarks` and `leap`."""

_SECONDS = 300.0


class InterpreterError(Exception):
    """The code ended with an error, whose last line is the message, or did not end."""


def run(code: str, *, python: str = sys.executable, arguments: tuple[str, ...] = ()) -> str:
    """Run code to its end in an isolated interpreter: no environment variables, no user site.

    Returns:
        What it printed.

    Raises:
        InterpreterError: It failed.
    """
    return run_command([python, "-I", "-c", code, *arguments])


def run_command(command: list[str]) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        InterpreterError: It failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - every command is written in this package
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InterpreterError(f"not done after {_SECONDS:.0f} s") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise InterpreterError(lines[-1])
    return done.stdout


def start(python: str, script: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a script in an isolated interpreter, to be talked to through its standard streams."""
    return subprocess.Popen(  # noqa: S603 - every script is a file of this package
        [python, "-I", str(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
