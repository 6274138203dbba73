"""Showing: pictures from files to a terminal, where it can."""

from __future__ import annotations

import os
import sys
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple, TextIO

from leap.cli.messages import harmless
from leap.cli.preview.detection import Reply, Way, colours, decide
from leap.cli.preview.layout import CELL, MOST_ROWS, Grid, Place, arrange
from leap.cli.preview.terminal import TIMEOUT, TIMEOUT_FAR, ask, cell_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from PIL.Image import Image

_LEAST_ROWS = 4
_LEAST_COLUMNS = 8

_ENDED = "\x1b\\\x1b[0m"
"""Ends a control sequence wherever it broke off, and all colours."""


class _Screen(NamedTuple):
    grid: Grid
    encode: Callable[[Image, Place, Grid], list[str]]
    """What draws a picture: a string for each row that has to be gone to."""


def show(
    paths: Sequence[Path], *, stream: TextIO | None = None, environment: Mapping[str, str] = os.environ
) -> None:
    """Show pictures on a terminal, side by side as far as there is room, and leave the cursor below them.

    Does nothing where that is no terminal, or none that can show pictures. A picture that cannot be read is
    named in a line instead. Call it with the cursor at the beginning of a line.

    Args:
        paths: The picture files.
        stream: The terminal; standard error if left out.
        environment: Tells which terminal it is.
    """
    terminal = stream or sys.stderr
    try:
        screen = _screen_of(terminal, environment) if paths and terminal.isatty() else None
        if screen is not None:
            _show(paths, terminal, screen)
    except OSError:
        return  # nobody is there to look


def _show(paths: Sequence[Path], terminal: TextIO, screen: _Screen) -> None:
    from leap.cli.preview.pictures import open_picture

    grid = screen.grid
    most = grid.columns * grid.cell[0], grid.rows * grid.cell[1]
    pictures = []
    for path in paths:
        try:
            pictures.append(open_picture(path, most))
        except Exception:  # noqa: BLE001 - there is no end to what a broken picture can raise
            terminal.write(f"({harmless(path.name)} cannot be shown)\n")
    left = iter(pictures)
    try:
        for line in arrange([picture.size for picture in pictures], grid):
            terminal.write(_drawn([(place, next(left)) for place in line], screen))
            terminal.flush()
    except KeyboardInterrupt:
        # The terminal would take what is said next for the rest of the picture.
        terminal.write(_ENDED)
        raise


def _screen_of(terminal: TextIO, environment: Mapping[str, str]) -> _Screen | None:
    fd = terminal.fileno()
    timeout = TIMEOUT_FAR if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY") else TIMEOUT
    way = decide(environment, lambda: _reply_of(fd, timeout))
    if way is Way.NOTHING:
        return None
    columns, rows = os.get_terminal_size(fd)
    columns, rows = columns or 80, rows or 24  # some do not know their size
    rows = min(rows - 2, MOST_ROWS)  # one is for what comes below, and one for the command above
    if rows < _LEAST_ROWS or columns < _LEAST_COLUMNS:
        return None
    cell = cell_of(fd) or (_reply_of(fd, timeout).cell if way is Way.SIXEL else None) or CELL
    grid = Grid(columns, rows, cell, cell)
    if way is not Way.HALF_BLOCKS:
        from leap.cli.preview import iterm2, kitty, sixel

        encoders = {Way.KITTY: kitty.encode, Way.ITERM2: iterm2.encode, Way.SIXEL: sixel.encode}
        return _Screen(grid, encoders[way])
    from leap.cli.preview import half_blocks

    try:
        half_blocks.UPPER.encode(terminal.encoding)
    except UnicodeError:
        return None
    encode = partial(half_blocks.encode, colours=colours(environment))
    return _Screen(grid._replace(dots=half_blocks.DOTS), encode)


@cache
def _reply_of(fd: int, timeout: float) -> Reply:
    """What the terminal says of itself, asked once in the life of a process."""
    return ask(fd, timeout)


def _drawn(line: list[tuple[Place, Image]], screen: _Screen) -> str:
    """What draws pictures side by side.

    Where the cursor stands after a picture differs from one terminal to the next. So the rows are made first,
    which may scroll the screen, and every piece is put where it belongs from a position that was saved.
    """
    from leap.cli.preview.pictures import resized

    rows = max(place.rows for place, _ in line)
    drawn = "\r" + "\n" * rows + f"\x1b[{rows}A\x1b7"
    for place, picture in line:
        pieces = screen.encode(resized(picture, place.width, place.height), place, screen.grid)
        for row, piece in enumerate(pieces):
            down = f"\x1b[{row}B" if row else ""
            right = f"\x1b[{place.column}C" if place.column else ""
            drawn += f"\x1b8{down}{right}{piece}"
    return f"{drawn}\x1b8\x1b[{rows}B\r"
