"""Half-blocks: two dots in each character, where a terminal can show nothing but text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from leap.cli.preview.layout import Grid, Place

DOTS: Final = (1, 2)
"""Dots in a character, across and down."""

UPPER: Final = "▀"
LOWER: Final = "▄"

_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_CUBE: Final = [(red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS]
_GREYS: Final = [(level, level, level) for level in range(8, 248, 10)]
PALETTE: Final = tuple(_CUBE + _GREYS)
"""The colours from 16 to 255 of a terminal that has 256. Those below are whatever its owner likes."""

_FIRST: Final = 16
_LEAST_ALPHA: Final = 128

Dot = str | None
"""The colour of a dot as parameters of SGR, less the digit for front or behind; None if it is transparent."""


def encode(picture: Image, place: Place, grid: Grid, *, colours: int = 1 << 24) -> list[str]:
    """The lines of a picture, each to be written where it begins.

    What is more than half transparent keeps the terminal's own colour; the rest is taken to lie on black.
    """
    del grid
    dots = _dots(picture, colours)
    if len(dots) % 2:
        dots.append([None] * place.columns)
    return [_line(above, below) for above, below in zip(dots[::2], dots[1::2], strict=True)]


def _dots(picture: Image, colours: int) -> list[list[Dot]]:
    from PIL import Image

    flat = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture).convert("RGB")
    seen = [value >= _LEAST_ALPHA for value in picture.getchannel("A").tobytes()]
    if colours > _FIRST + len(PALETTE):
        data = flat.tobytes()
        shown = [f"8;2;{red};{green};{blue}" for red, green, blue in zip(*[iter(data)] * 3, strict=True)]
    else:
        palette = Image.new("P", (1, 1))
        palette.putpalette([value for colour in PALETTE for value in colour])
        indices = flat.quantize(palette=palette, dither=Image.Dither.NONE).tobytes()
        shown = [f"8;5;{index + _FIRST}" for index in indices]
    dots = [dot if visible else None for dot, visible in zip(shown, seen, strict=True)]
    return [dots[start : start + picture.width] for start in range(0, len(dots), picture.width)]


def _line(above: list[Dot], below: list[Dot]) -> str:
    line, front, behind = "", "9", "9"  # 39 and 49 are the terminal's own colours
    for upper, lower in zip(above, below, strict=True):
        character = UPPER if upper else LOWER if lower else " "
        parameters = []
        # A space shows no colour but the one behind it.
        if (wanted := upper or lower or front) != front:
            front = wanted
            parameters.append(f"3{front}")
        if (wanted := (upper and lower) or "9") != behind:
            behind = wanted
            parameters.append(f"4{behind}")
        line += f"\x1b[{';'.join(parameters)}m{character}" if parameters else character
    return f"{line}\x1b[0m"
