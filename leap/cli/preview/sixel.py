"""Sixels, which DEC's terminals drew and many draw today (VT330/VT340 Programmer Reference, volume 2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from leap.cli.preview.layout import Grid, Place

_HOLE: Final = 255
"""The index of what is not drawn; the others are colours."""

_BAND: Final = 6
_RUN: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
_CHARACTERS: Final = bytes(63 + bits if bits < 64 else 0 for bits in range(256))  # noqa: PLR2004 - six bits


def encode(picture: Image, place: Place, grid: Grid) -> list[str]:
    """A picture at the cursor, in up to 255 colours; what is more than half transparent is left out."""
    del place, grid  # it is drawn dot by dot
    from PIL import Image

    width, height = picture.size
    alpha = picture.getchannel("A")
    flat = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture).convert("RGB")
    palette = flat.quantize(_HOLE)
    drawn = flat.quantize(_HOLE, palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    drawn.paste(_HOLE, mask=alpha.point([255] * 128 + [0] * 128))
    indices = drawn.tobytes()
    colours = [*zip(*[iter(drawn.getpalette() or [])] * 3, strict=True)]

    bands = []
    defined: set[int] = set()
    for top in range(0, height, _BAND):
        rows = [indices[y * width : (y + 1) * width] for y in range(top, min(top + _BAND, height))]
        layers = []
        for colour, bits in _layers(rows, width).items():
            if colour not in defined:
                defined.add(colour)
                red, green, blue = (round(value * 100 / 255) for value in colours[colour])
                layers.append(b"#%d;2;%d;%d;%d" % (colour, red, green, blue))
            layers.append(b"#%d%b$" % (colour, _run_lengths(bits)))
        bands.append(b"".join(layers))
    # The second parameter leaves alone what no sixel covers; the attributes say that dots are square.
    return [f'\x1bP0;1;0q"1;1;{width};{height}{b"-".join(bands).decode("ascii")}\x1b\\']


def _layers(rows: list[bytes], width: int) -> dict[int, bytearray]:
    """The dots of each colour in up to six rows: a byte for each column, its lowest bit on top."""
    layers: dict[int, bytearray] = {}
    for number, row in enumerate(rows):
        bit = 1 << number
        for column, colour in enumerate(row):
            if colour not in layers:
                layers[colour] = bytearray(width)
            layers[colour][column] |= bit
    layers.pop(_HOLE, None)
    return layers


def _run_lengths(bits: bytearray) -> bytes:
    characters = bits.rstrip(b"\0").translate(_CHARACTERS)
    return _RUN.sub(lambda run: b"!%d%b" % (len(run[0]), run[1]), characters)
