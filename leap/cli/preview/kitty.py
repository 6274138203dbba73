"""The graphics protocol of kitty (https://sw.kovidgoyal.net/kitty/graphics-protocol/), Ghostty has it too."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from leap.cli.preview.pictures import png_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from leap.cli.preview.layout import Grid, Place

CHUNK: Final = 4096
"""Bytes of base64 in one control sequence, at most."""


def encode(picture: Image, place: Place, grid: Grid) -> list[str]:
    """A picture at the cursor: a PNG in chunks. It asks for no answer, and leaves the cursor where it is."""
    width, height = grid.cell
    data = b64encode(png_of(picture, place.columns * width, place.rows * height)).decode("ascii")
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    keys = f"a=T,f=100,q=2,C=1,c={place.columns},r={place.rows},"
    written = ""
    for number, chunk in enumerate(chunks, 1):
        written += f"\x1b_G{keys}m={int(number < len(chunks))};{chunk}\x1b\\"
        keys = "q=2,"
    return [written]
