"""Detection: how a terminal can show pictures, from the environment and from what it answers. No I/O."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUERY: Final = "\x1b[16t\x1b[c"
"""Asks for the size of a cell, which some leave unanswered, and for the attributes, which few do."""

_SIXEL: Final = 4
"""The device attribute of a terminal that draws sixels (DEC STD 070, Primary Device Attributes)."""

_ATTRIBUTES: Final = re.compile(rb"\x1b\[\?([\d;]*)c")
_CELL: Final = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_UNFINISHED: Final = re.compile(rb"\x1b(\[([?6][\d;]*)?)?\Z")

# What a terminal calls itself in TERM. It sets that for every program, so nothing is left over from another.
_TERMS: Final = {"xterm-kitty": "kitty", "xterm-ghostty": "kitty", "wezterm": "iterm2"}
_SIXEL_TERMS: Final = ("foot", "mlterm")

# TERM_PROGRAM is the next best; those that are not here are asked.
_PROGRAMS: Final = {
    "iTerm.app": "iterm2",
    "WezTerm": "iterm2",
    "ghostty": "kitty",
    "Apple_Terminal": "half-blocks",
}

# These are passed on to whatever is started from the terminal, other terminals too.
_INHERITED: Final = {
    "KITTY_WINDOW_ID": "kitty",
    "GHOSTTY_RESOURCES_DIR": "kitty",
    "WEZTERM_PANE": "iterm2",
    "WEZTERM_EXECUTABLE": "iterm2",
}
_OTHERS: Final = ("VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID", "WT_SESSION")

_MULTIPLEXERS: Final = ("TMUX", "STY", "ZELLIJ")

_COLOURFUL: Final = (
    "xterm",
    "tmux",
    "screen",
    "rxvt",
    "linux",
    "konsole",
    "vte",
    "alacritty",
    "contour",
    "st-",
)


class Way(Enum):
    """How pictures are shown."""

    NOTHING = "nothing"
    KITTY = "kitty"
    ITERM2 = "iterm2"
    SIXEL = "sixel"
    HALF_BLOCKS = "half-blocks"


class Reply(NamedTuple):
    """What a terminal said of itself."""

    attributes: frozenset[int] = frozenset()
    cell: tuple[int, int] | None = None
    """Width and height of a character, in pixels."""


def decide(environment: Mapping[str, str], ask: Callable[[], Reply]) -> Way:
    """The best way that a terminal has.

    Args:
        environment: The environment variables.
        ask: Asks the terminal for its attributes; called only where the environment does not tell.
    """
    if environment.get("NO_COLOR") or not colours(environment):
        return Way.NOTHING
    term = environment.get("TERM", "")
    # What runs inside of tmux or screen sees the variables of the terminal outside, but cannot reach it.
    if any(environment.get(name) for name in _MULTIPLEXERS) or term.startswith(("tmux", "screen")):
        return Way.HALF_BLOCKS
    known = _TERMS.get(term) or _of_program(environment)
    if known is not None:
        return Way(known)
    if term.startswith(_SIXEL_TERMS) or _SIXEL in ask().attributes:
        return Way.SIXEL
    return Way.HALF_BLOCKS


def colours(environment: Mapping[str, str]) -> int:
    """How many colours text can have: 2**24, 256, or 0 for fewer than that."""
    term = environment.get("TERM", "")
    if term in {"dumb", "unknown"}:
        return 0
    direct = environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}
    if environment.get("WT_SESSION") or (term and (direct or term.endswith("-direct") or term in _TERMS)):
        return 1 << 24
    if term.startswith(_SIXEL_TERMS):
        return 1 << 24
    return 256 if "256color" in term or term.startswith(_COLOURFUL) else 0


def read_reply(received: bytes) -> tuple[Reply | None, bytes]:
    """What a terminal answered to `QUERY`, None if it is not complete; and the keys that came with it."""
    attributes, cell = _ATTRIBUTES.search(received), _CELL.search(received)
    typed = _UNFINISHED.sub(b"", _CELL.sub(b"", _ATTRIBUTES.sub(b"", received)))
    if attributes is None:
        return None, typed
    height, width = map(int, cell.groups()) if cell else (0, 0)
    numbers = frozenset(int(each) for each in attributes[1].split(b";") if each)
    return Reply(numbers, (width, height) if width and height else None), typed


def _of_program(environment: Mapping[str, str]) -> str | None:
    program = environment.get("TERM_PROGRAM")
    if program:
        return _PROGRAMS.get(program)
    if any(environment.get(name) for name in _OTHERS):
        return None
    # ssh forwards LC_TERMINAL, where it does not forward TERM_PROGRAM.
    if environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return next((way for name, way in _INHERITED.items() if environment.get(name)), None)
