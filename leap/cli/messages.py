"""Messages: what the command says on standard error, and what it gives on standard output."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_SHORTEST_SECRET = 8
"""Characters. A shorter token may be in words that have nothing to do with it, and is concealed as a word."""

_BEARER = re.compile(r"(?i)(\bbearer\s+)[^\s\"',;\\]+")

_secrets: set[str] = set()
_sinks: list[Callable[[str], None]] = []


def say(text: str) -> None:
    """Write lines to standard error, above what changes there."""
    for line in map(harmless, text.split("\n")):
        if _sinks:
            _sinks[-1](line)
            continue
        # Nobody may be reading any more, which is no reason to leave a job that is paid for.
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


def report(message: str) -> None:
    """Write what went wrong to standard error, each line with the name of the command."""
    for line in message.splitlines():
        say(f"leap: {line}")


@contextmanager
def lines_go_to(sink: Callable[[str], None]) -> Iterator[None]:
    """Give each harmless line to a function instead of to standard error."""
    _sinks.append(sink)
    try:
        yield
    finally:
        _sinks.remove(sink)


def conceal(token: str) -> None:
    """Never show an access token that was not found in the environment."""
    _secrets.add(token)


def harmless(text: str) -> str:
    """Text from anywhere as one line that a terminal can show: no control characters, no access token."""
    text = _without_tokens(text, "…")
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def print_line(*fields: str) -> None:
    """Write a harmless line to standard output, with tabs between its fields."""
    line = "\t".join(map(harmless, fields))
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_json(value: Mapping[str, Any]) -> None:
    """Write a value to standard output as a line of JSON, in ASCII, whatever the encoding there."""
    line = _without_tokens(json.dumps(value, default=str), "\\u2026", lambda token: json.dumps(token)[1:-1])
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def let_go_of_what_is_closed() -> None:
    """See to it that a terminal or a pipe that is gone does not spoil the exit code."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good


def _without_tokens(text: str, instead: str, written: Callable[[str], str] = str) -> str:
    """A text without access tokens, which stand in it as they are written there."""
    tokens = {os.environ.get("LEAP_API_KEY", ""), *_secrets} - {""}
    for token in sorted(tokens, key=len, reverse=True):
        if len(token) >= _SHORTEST_SECRET:
            text = text.replace(written(token), instead)
        elif len(token) > 1:
            text = re.sub(rf"(?<!\w){re.escape(written(token))}(?!\w)", lambda _: instead, text)
    return _BEARER.sub(lambda found: found[1] + instead, text) if tokens else text


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
