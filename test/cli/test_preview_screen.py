"""Where pictures stand on the screen, by a screen that reads what is written to it."""

from __future__ import annotations

import os
import re
import struct
from contextlib import ExitStack
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from leap.cli.preview import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KITTY = {"TERM": "xterm-kitty"}
TEXT = {"TERM": "tmux-256color"}


class Screen(StringIO):
    """A terminal of 24 rows, which knows where the cursor goes, what stands where, and what kitty draws."""

    encoding = "utf-8"

    def __init__(self, fd: int, columns: int) -> None:
        super().__init__()
        self._fd = fd
        self._columns, self._rows = columns, 24
        self._row = self._column = 0
        self._saved = (0, 0)
        self.cells: dict[tuple[int, int], str] = {}
        self.pictures: list[tuple[int, int, int, int]] = []
        """Rows and columns of their upper left corners, and how many columns and rows they have."""

    def isatty(self) -> bool:
        """It is one, as far as anybody can see."""
        return True

    def fileno(self) -> int:
        """A pseudo-terminal, which has the size."""
        return self._fd

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column."""
        return self._row, self._column

    @property
    def lines(self) -> list[str]:
        """The text."""
        places = [
            [self.cells.get((row, column), " ") for column in range(self._columns)] for row in range(24)
        ]
        return ["".join(row).rstrip() for row in places]

    def write(self, text: str) -> int:
        """Do what is written."""
        pattern = r"\x1b\[([\d;]*)([A-Za-z])|\x1b([78])|\x1b_G([^;]*);[^\x1b]*\x1b\\|(.)"
        for count, move, cursor, keys, character in re.findall(pattern, text, re.DOTALL):
            if move in {"A", "B", "C"}:
                self._row += {"A": -1, "B": 1}.get(move, 0) * int(count)
                self._column += int(count) if move == "C" else 0
                assert 0 <= self._row < self._rows, "the cursor left the screen"
            elif cursor == "7":
                self._saved = self.cursor
            elif cursor == "8":
                self._row, self._column = self._saved
            elif "a=T" in keys:
                size = dict(each.split("=") for each in keys.split(","))
                self._draw(int(size["c"]), int(size["r"]))
            elif character:
                self._put(character)
            else:
                assert move == "m" or keys, "what is that?"
        return len(text)

    def _draw(self, columns: int, rows: int) -> None:
        assert self._row + rows <= self._rows, "the picture would scroll the screen"
        assert self._column + columns <= self._columns, "the picture leaves the screen"
        self.pictures.append((self._row, self._column, columns, rows))

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row, self._column = self._row + 1, 0
            if self._row == self._rows:
                self._row -= 1
                self.cells = {(row - 1, column): each for (row, column), each in self.cells.items()}
                self.pictures = [(row - 1, column, wide, high) for row, column, wide, high in self.pictures]
        else:
            assert character.isprintable()
            assert self._column < self._columns, "it runs into the next line"
            assert self.cursor not in self.cells, "it is written over"
            self.cells[self.cursor] = character
            self._column += 1


@pytest.fixture
def screen() -> Iterator[Callable[[int], Screen]]:
    """Makes a screen of so many columns, with cells of 8 by 16 pixels."""
    fcntl = pytest.importorskip("fcntl")
    import pty
    import termios

    with ExitStack() as stack:

        def maker(columns: int) -> Screen:
            ours, theirs = pty.openpty()
            stack.callback(os.close, theirs)
            stack.callback(os.close, ours)
            size = struct.pack("HHHH", 24, columns, columns * 8, 24 * 16)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
            return Screen(theirs, columns)

        yield maker


@pytest.fixture
def fox(directory: Path) -> Path:
    """A picture file of 256 by 256."""
    path = directory / "fox.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return path


def test_pictures_are_put_side_by_side(screen: Callable[[int], Screen], fox: Path) -> None:
    """Each picture goes to its own columns, at its own size, and the cursor ends up below them."""
    wide = screen(120)
    show([fox, fox], stream=wide, environment=KITTY)
    assert wide.pictures == [(0, 0, 32, 16), (0, 34, 32, 16)]
    assert wide.cursor == (16, 0)


def test_pictures_shrink_to_stand_side_by_side(screen: Callable[[int], Screen], fox: Path) -> None:
    """Where two have no room at their own size, they are made smaller, and fill the width between them."""
    narrow = screen(62)
    show([fox, fox], stream=narrow, environment=KITTY)
    assert narrow.pictures == [(0, 0, 30, 15), (0, 32, 30, 15)]
    assert narrow.cursor == (15, 0)


def test_pictures_without_room_stand_one_below_the_other(screen: Callable[[int], Screen], fox: Path) -> None:
    """Where there is no room for two that show something, the second begins where the first ends."""
    narrow = screen(20)
    show([fox, fox], stream=narrow, environment=KITTY)
    assert narrow.pictures == [(0, 0, 20, 10), (10, 0, 20, 10)]
    assert narrow.cursor == (20, 0)


def test_at_the_lower_end_the_screen_is_scrolled(screen: Callable[[int], Screen], fox: Path) -> None:
    """A picture for which there are not enough rows left is whole, and stands below what was there."""
    short = screen(80)
    short.write("\n" * 22 + "leap generate\n")
    show([fox], stream=short, environment=KITTY)
    assert short.pictures == [(7, 0, 32, 16)]
    assert short.lines[6] == "leap generate"
    assert short.cursor == (23, 0)


def test_half_blocks_fill_their_places(screen: Callable[[int], Screen], directory: Path) -> None:
    """Pictures of text stand side by side, each in its own rows, and write over nothing."""
    square, wide = directory / "square.png", directory / "wide.png"
    Image.new("RGB", (400, 400), "red").save(square)
    Image.new("RGB", (800, 400), "blue").save(wide)
    text = screen(80)
    show([square, wide, square], stream=text, environment=TEXT)
    # 25 and 12 rows of dots, two of them in each row of characters.
    block, nothing = "▀" * 25, " " * 25
    assert text.lines[:6] == [f"{block}  {block}  {block}"] * 6
    assert text.lines[6:13] == [f"{block}  {nothing}  {block}"] * 7
    assert text.cursor == (13, 0)
    assert not any(text.lines[13:])


def test_half_blocks_go_to_the_last_column(screen: Callable[[int], Screen], directory: Path) -> None:
    """A picture as wide as the terminal fills each row to its end, and stays in it."""
    path = directory / "wide.png"
    Image.new("RGB", (640, 64), "red").save(path)
    text = screen(80)
    show([path], stream=text, environment=TEXT)
    assert text.lines[:4] == ["▀" * 80] * 4
    assert text.cursor == (4, 0)


@pytest.mark.parametrize("columns", [40, 80])
def test_a_broken_picture_does_not_keep_the_others(
    screen: Callable[[int], Screen], fox: Path, columns: int
) -> None:
    """What cannot be read is named in one line, without control characters, and the rest is shown."""
    names = ["half.png", "no\x1b[31m.png", "bomb.png", "gone.png"]
    half, no, bomb, gone = (fox.with_name(name) for name in names)
    half.write_bytes(fox.read_bytes()[:150])
    no.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    header = struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 30_000, 30_000, 8, 2, 0, 0, 0, 0x7DF5B4F4)
    bomb.write_bytes(b"\x89PNG\r\n\x1a\n" + header)
    shown = screen(columns)
    show([half, no, fox, bomb, gone], stream=shown, environment=KITTY)
    assert shown.lines[:4] == [f"({ascii(name)[1:-1]} cannot be shown)" for name in names]
    assert shown.pictures == [(4, 0, 32, 16)]
    assert shown.cursor == (20, 0)


def test_a_terminal_that_is_gone_is_no_error(screen: Callable[[int], Screen], fox: Path) -> None:
    """Somebody who closes the window while a picture is drawn does not turn the command into a failure."""
    gone = screen(80)

    def write(_: str) -> int:
        raise OSError(5, "Input/output error")

    gone.write = write
    show([fox], stream=gone, environment=KITTY)


def test_a_picture_that_is_interrupted_is_ended(screen: Callable[[int], Screen], fox: Path) -> None:
    """After Ctrl-C amid a picture the terminal takes what follows for text again."""
    written = []

    class Interrupted(Screen):
        def write(self, text: str) -> int:
            written.append(text)
            if len(written) == 1:
                raise KeyboardInterrupt
            return len(text)

    interrupted = Interrupted(screen(80).fileno(), 80)
    with pytest.raises(KeyboardInterrupt):
        show([fox], stream=interrupted, environment=KITTY)
    assert written[1:] == ["\x1b\\\x1b[0m"]
