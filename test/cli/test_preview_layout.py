"""How large pictures are shown, and how many stand side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap.cli.preview.layout import Grid, Place, arrange, fit

SIDES = st.integers(1, 20_000)
CELLS = st.sampled_from([(8, 16), (10, 20), (7, 17), (18, 37)])
GRIDS = st.builds(
    lambda columns, rows, cell, pixels: Grid(columns, rows, cell, cell if pixels else (1, 2)),
    st.integers(8, 300), st.integers(4, 20), CELLS, st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("picture", "place"),
    [
        ((1024, 1024), Place(0, 40, 20, 320, 320)),
        ((2048, 512), Place(0, 80, 10, 640, 160)),
        ((512, 2048), Place(0, 10, 20, 80, 320)),
        ((64, 64), Place(0, 8, 4, 64, 64)),
        ((1, 1), Place(0, 1, 1, 1, 1)),
        ((65, 33), Place(0, 9, 3, 65, 33)),
    ],
)
def test_a_picture_fills_the_room(picture: tuple[int, int], place: Place) -> None:
    """It becomes as large as fits, keeps its proportions, and is not enlarged."""
    assert fit(picture, Grid(80, 20)) == place


def test_half_blocks_are_two_dots_of_a_character() -> None:
    """Text has a dot for each column and two for each row, whatever a cell measures."""
    assert fit((1024, 1024), Grid(80, 20, dots=(1, 2))) == Place(0, 40, 20, 40, 40)
    assert fit((16, 15), Grid(80, 20, dots=(1, 2))) == Place(0, 16, 8, 16, 15)
    assert fit((1024, 1024), Grid(80, 20, cell=(10, 16), dots=(1, 2))) == Place(0, 32, 20, 32, 40)


@given(SIDES, SIDES, GRIDS)
def test_nothing_leaves_its_place(width: int, height: int, grid: Grid) -> None:
    """A picture of any shape is a dot at least, the room at most, and in proportion as far as dots go."""
    place = fit((width, height), grid)
    assert 1 <= place.columns <= grid.columns
    assert 1 <= place.rows <= grid.rows
    assert 0 <= place.columns * grid.dots[0] - place.width < grid.dots[0]
    assert 0 <= place.rows * grid.dots[1] - place.height < grid.dots[1]
    across, down = (cell / dots for cell, dots in zip(grid.cell, grid.dots, strict=True))
    # Each side is off by half a dot at most, or is the one dot that there has to be.
    least = (place.width - 0.51) * across / ((place.height + 0.51) * down)
    most = (place.width + 0.51) * across / max((place.height - 0.51) * down, 1e-9)
    assert place.width == 1 or width / height > least
    assert place.height == 1 or width / height < most


@pytest.mark.parametrize(
    ("count", "columns", "lines"),
    [
        (1, 80, [1]),
        (2, 80, [2]),
        (3, 80, [3]),
        (4, 80, [2, 2]),
        (4, 120, [4]),
        (5, 80, [3, 2]),
        (7, 80, [3, 3, 1]),
        (2, 40, [1, 1]),
        (2, 8, [1, 1]),
        (0, 80, []),
    ],
)
def test_pictures_stand_side_by_side(count: int, columns: int, lines: list[int]) -> None:
    """As many in a line as there is room for at a size that shows something, and as evenly as can be."""
    arranged = arrange([(1024, 1024)] * count, Grid(columns, 20))
    assert [len(line) for line in arranged] == lines


@given(st.lists(st.tuples(SIDES, SIDES), max_size=12), GRIDS)
def test_pictures_do_not_overlap(pictures: list[tuple[int, int]], grid: Grid) -> None:
    """Between two pictures of a line is a gap, the last ends within the terminal, and none is left out."""
    lines = arrange(pictures, grid)
    assert sum(map(len, lines)) == len(pictures)
    for line in lines:
        assert line[0].column == 0
        for one, next_one in pairwise(line):
            assert next_one.column == one.column + one.columns + 2
        assert line[-1].column + line[-1].columns <= grid.columns
