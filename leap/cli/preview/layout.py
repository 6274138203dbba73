"""Layout: how large each picture is shown, and how many stand side by side. No I/O."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS: Final = 20
"""Rows of a picture, so that what was asked for and what came of it stay on the screen together."""

CELL: Final = (8, 16)
"""Width and height of a character in pixels, where the terminal does not say: those of the VGA."""

_LEAST_COLUMNS: Final = 24
"""Columns of a picture beside others; with fewer, one does not see what it shows."""

_GAP: Final = 2


class Grid(NamedTuple):
    """A terminal, in the units that matter for pictures."""

    columns: int
    rows: int
    cell: tuple[int, int] = CELL
    """Width and height of a character, in pixels."""
    dots: tuple[int, int] = CELL
    """Into how many dots a character is divided across and down: its pixels, or 1 and 2 for half-blocks."""


class Place(NamedTuple):
    """Where a picture stands in its line, and how large it is."""

    column: int
    columns: int
    rows: int
    width: int
    """In dots."""
    height: int
    """In dots."""


def fit(picture: tuple[int, int], grid: Grid, *, column: int = 0) -> Place:
    """The largest place within a grid that a picture fills, in its proportions and never enlarged."""
    width, height = picture
    (cell_width, cell_height), (across, down) = grid.cell, grid.dots
    scale = min(grid.columns * cell_width / width, grid.rows * cell_height / height, cell_width / across)
    wide = min(max(round(width * scale * across / cell_width), 1), grid.columns * across)
    high = min(max(round(height * scale * down / cell_height), 1), grid.rows * down)
    return Place(column, ceil(wide / across), ceil(high / down), wide, high)


def arrange(pictures: Sequence[tuple[int, int]], grid: Grid) -> list[list[Place]]:
    """Lines of places, as many in each as the columns allow, and no line far shorter than another."""
    if not pictures:
        return []
    at_once = max((grid.columns + _GAP) // (_LEAST_COLUMNS + _GAP), 1)
    lines = ceil(len(pictures) / at_once)
    at_once = ceil(len(pictures) / lines)
    columns = max((grid.columns - _GAP * (at_once - 1)) // at_once, 1)
    box = grid._replace(columns=columns)
    arranged = []
    for start in range(0, len(pictures), at_once):
        column, line = 0, []
        for picture in pictures[start : start + at_once]:
            line.append(place := fit(picture, box, column=column))
            column += place.columns + _GAP
        arranged.append(line)
    return arranged
