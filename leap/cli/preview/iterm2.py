"""The inline images of iTerm2 (https://iterm2.com/documentation-images.html), WezTerm has them too."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from leap.cli.preview.pictures import png_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from leap.cli.preview.layout import Grid, Place


def encode(picture: Image, place: Place, grid: Grid) -> list[str]:
    """A picture at the cursor: a PNG in one control sequence, its size in cells."""
    width, height = grid.cell
    file = png_of(picture, place.columns * width, place.rows * height)
    settings = f"inline=1;size={len(file)};width={place.columns};height={place.rows};preserveAspectRatio=0"
    return [f"\x1b]1337;File={settings}:{b64encode(file).decode('ascii')}\x07"]
