"""Picture files: opened with care, since what is in them came over a network."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

# Pillow would start other programs for some of the rest.
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")


def open_picture(path: Path, most: tuple[int, int]) -> Image:
    """The first frame of a picture file, upright, with an alpha channel, shrunk to a width and a height.

    Raises:
        Exception: It cannot be read, or has more pixels than Pillow takes for harmless (`MAX_IMAGE_PIXELS`).
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path, formats=_FORMATS) as file:
            # Only these can be shrunk well as they are, and a JPEG is not even read whole.
            picture = file if file.mode in {"L", "RGB", "RGBA"} else file.convert("RGBA")
            picture.thumbnail(most)
            return ImageOps.exif_transpose(picture).convert("RGBA")


def resized(picture: Image, width: int, height: int) -> Image:
    """A picture in another size."""
    from PIL import Image

    if picture.size == (width, height):
        return picture
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def png_of(picture: Image, width: int, height: int) -> bytes:
    """A PNG file of a size, with the picture in its upper left and nothing around it.

    Filled up to whole cells, a picture keeps its proportions with every terminal's idea of a cell.
    """
    from io import BytesIO

    from PIL import Image

    canvas = Image.new("RGBA", (width, height))
    canvas.paste(picture)
    file = BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()
