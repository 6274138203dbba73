"""Scenes: what there is to see behind the caption of a picture."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw

from leap.emulator.drawing.palettes import PALETTES, Palette

Color = tuple[int, int, int]
Size = tuple[int, int]

_STRIP: Final = 256  # pixels at most of the strip that a gradient is stretched from
_FINE: Final = 3_000_000  # pixels; smaller pictures have their edges smoothed


def paint_scene(chance: Random, size: Size) -> Image.Image:
    """Paint one of the scenes in one of the palettes; `chance` decides which, and everything in them."""
    palette = chance.choice(PALETTES)
    return chance.choice(_SCENES)(chance, size, palette)


def _mountains(chance: Random, size: Size, palette: Palette) -> Image.Image:
    """Ridges behind each other, the far ones in haze, under a sun or a moon."""
    return _land(chance, size, palette, roughness=0.55, ridges=chance.randint(5, 7))


def _dunes(chance: Random, size: Size, palette: Palette) -> Image.Image:
    """Soft hills behind each other."""
    return _land(chance, size, palette, roughness=0.0, ridges=chance.randint(4, 6))


def _land(chance: Random, size: Size, palette: Palette, *, roughness: float, ridges: int) -> Image.Image:
    image = _gradient(size, [_color(palette.top), _color(palette.middle), _color(palette.horizon)])
    if palette.dark:
        _stars(chance, image)
    _sun(chance, image, _color(palette.light))
    near, far = _color(palette.near), _color(palette.far)
    haze = _color(palette.horizon)
    for ridge in range(ridges):
        depth = ridge / (ridges - 1)
        base = 0.48 + 0.42 * depth + chance.uniform(-0.03, 0.03)
        heights = _skyline(chance, roughness * (1 - 0.3 * depth), 0.16 - 0.05 * depth)
        crest = _mix(far, near, depth)
        # Haze gathers at the foot of a ridge, which sets it off from the next one.
        foot = _mix(crest, haze, 0.45 * (1 - depth))
        _fill_below(image, [base - height for height in heights], [crest, foot])
    return image


def _ribbons(chance: Random, size: Size, palette: Palette) -> Image.Image:
    """Bands of light that wave across the picture."""
    image = _gradient(size, [_color(palette.top), _color(palette.near), _color(palette.top)])
    _sun(chance, image, _color(palette.middle), disc=False)
    shades = [_color(palette.light), _color(palette.horizon), _color(palette.middle), _color(palette.far)]
    bands = chance.randint(7, 10)
    slope, center = chance.uniform(-0.35, 0.35), chance.uniform(0.3, 0.5)
    phase, turn = chance.uniform(0, math.tau), chance.uniform(0.25, 0.6)
    waves = chance.uniform(0.8, 1.6)
    for band in range(bands):
        share = band / (bands - 1)
        upper, lower = [], []
        for x in _steps(120):
            along = x * math.tau * waves + phase + share * turn * math.tau
            y = center + slope * (x - 0.5) + 0.17 * math.sin(along) + 0.30 * (share - 0.5)
            thick = 0.035 + 0.075 * (0.5 + 0.5 * math.sin(along * 0.7 + 2.1 * share)) ** 2
            upper.append((x, y - thick / 2))
            lower.append((x, y + thick / 2))
        color = _along(shades, share)
        _fill(image, upper + lower[::-1], [_mix(color, (255, 255, 255), 0.25), color], opacity=0.62)
    return image


def _orbs(chance: Random, size: Size, palette: Palette) -> Image.Image:
    """Glowing discs that float at different depths."""
    image = _gradient(size, [_color(palette.top), _color(palette.middle), _color(palette.near)])
    shades = [_color(palette.light), _color(palette.horizon), _color(palette.middle), _color(palette.far)]
    for _ in range(5):
        _glow(
            image, (chance.random(), chance.random()), chance.uniform(0.35, 0.6), chance.choice(shades), 0.35
        )
    for number in range(26):
        # The small ones come first and so lie at the back.
        radius = 0.02 + 0.15 * (number / 25) ** 2 * chance.uniform(0.6, 1.1)
        place = chance.uniform(-0.02, 1.02), chance.uniform(-0.02, 0.85)
        color = chance.choice(shades)
        _glow(image, place, radius * 1.7, color, 0.35)
        _disc(image, place, radius, [_mix(color, (255, 255, 255), 0.45), color], 0.30 + 0.4 * chance.random())
    return image


def _sea(chance: Random, size: Size, palette: Palette) -> Image.Image:
    """A low sun over calm water, its light broken by the waves."""
    image = _gradient(size, [_color(palette.top), _color(palette.middle), _color(palette.horizon)], end=0.56)
    if palette.dark:
        _stars(chance, image)
    x = chance.uniform(0.3, 0.7)
    light = _color(palette.light)
    _glow(image, (x, 0.5), 0.75, light, 0.75)
    _disc(
        image, (x, 0.47), chance.uniform(0.09, 0.14), [light, _mix(light, _color(palette.horizon), 0.4)], 1.0
    )
    waters = [
        _mix(_color(palette.horizon), _color(palette.far), 0.45),
        _color(palette.far),
        _color(palette.near),
    ]
    _fill_below(image, [0.56, 0.56], waters)
    for row in range(34):
        depth = (row / 33) ** 1.6
        y, half = 0.568 + 0.43 * depth, 0.03 + 0.10 * depth
        for _ in range(2):
            middle = x + chance.gauss(0, 0.03 + 0.09 * depth)
            wide, tall = half * chance.uniform(0.4, 1.3), 0.0022 + 0.006 * depth
            lens = [(middle + wide * math.cos(a), y + tall * math.sin(a)) for a in _turn(24)]
            _fill(image, lens, [light], opacity=0.75 - 0.5 * depth)
    return image


_SCENES: Final[Sequence[Callable[[Random, Size, Palette], Image.Image]]] = (
    _mountains,
    _mountains,
    _dunes,
    _ribbons,
    _orbs,
    _sea,
)


def _color(text: str) -> Color:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def _mix(first: Color, second: Color, share: float) -> Color:
    """Go from the first color (share 0) to the second (share 1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _along(colors: Sequence[Color], share: float) -> Color:
    """Give the color at a share (0 to 1) of the way through several."""
    place = share * (len(colors) - 1)
    index = min(int(place), len(colors) - 2)
    return _mix(colors[index], colors[index + 1], place - index)


def _steps(count: int) -> list[float]:
    """Give numbers from 0 to 1 in even steps."""
    return [step / count for step in range(count + 1)]


def _turn(count: int) -> list[float]:
    """Give angles all the way round in even steps."""
    return [math.tau * step / count for step in range(count)]


def _gradient(size: Size, colors: Sequence[Color], end: float = 1.0) -> Image.Image:
    """Give a picture that goes through the colors from its top to `end` of its height."""
    rows = max(2, min(_STRIP, size[1]))
    strip = Image.new("RGB", (1, rows))
    strip.putdata([_along(colors, min(1.0, row / (rows - 1) / end)) for row in range(rows)])
    return strip.resize(size, Image.Resampling.BICUBIC)


def _skyline(chance: Random, roughness: float, height: float) -> list[float]:
    """Give heights from left to right, smooth at roughness 0 and jagged at 1 (midpoint displacement)."""
    waves = [
        (chance.uniform(0.5, 2.6), chance.uniform(0, math.tau), chance.uniform(0.3, 1.0)) for _ in range(3)
    ]
    total = sum(weight for _, _, weight in waves)
    smooth = [
        sum(weight * math.sin(x * pace * math.tau + phase) for pace, phase, weight in waves) / total
        for x in _steps(128)
    ]
    rough, spread = [chance.uniform(-1, 1), chance.uniform(-1, 1)], 1.0
    while len(rough) <= 128:  # noqa: PLR2004 - as many as there are steps
        middles = [(a + b) / 2 + chance.uniform(-spread, spread) for a, b in pairwise(rough)]
        rough = [value for pair in zip(rough, middles, strict=False) for value in pair] + rough[-1:]
        spread *= 0.52
    return [height * ((1 - roughness) * a + roughness * b) for a, b in zip(smooth, rough, strict=True)]


def _fill_below(image: Image.Image, line: Sequence[float], colors: Sequence[Color]) -> None:
    """Fill everything below a line, given as heights (0 is the top, 1 the bottom) from left to right."""
    points = [(index / (len(line) - 1), y) for index, y in enumerate(line)]
    _fill(image, [*points, (1.0, 1.05), (0.0, 1.05)], colors)


def _fill(
    image: Image.Image, outline: Sequence[tuple[float, float]], colors: Sequence[Color], opacity: float = 1.0
) -> None:
    """Fill a shape, given in shares of the width and height, with colors from its top to its bottom."""
    width, height = image.size
    top = max(0, math.floor(min(y for _, y in outline) * height))
    bottom = min(height, math.ceil(max(y for _, y in outline) * height) + 1)
    left = max(0, math.floor(min(x for x, _ in outline) * width))
    right = min(width, math.ceil(max(x for x, _ in outline) * width) + 1)
    if top >= bottom or left >= right:
        return
    fine = 2 if width * height <= _FINE else 1
    size = right - left, bottom - top
    mask = Image.new("L", (size[0] * fine, size[1] * fine))
    points = [((x * width - left) * fine, (y * height - top) * fine) for x, y in outline]
    ImageDraw.Draw(mask).polygon(points, fill=round(255 * opacity))
    if fine > 1:
        mask = mask.reduce(fine)
    image.paste(_gradient(size, colors) if len(colors) > 1 else colors[0], (left, top), mask)


def _disc(
    image: Image.Image, place: tuple[float, float], radius: float, colors: Sequence[Color], opacity: float
) -> None:
    """Fill a circle; its radius is a share of the shorter side."""
    width, height = image.size
    reach = radius * min(width, height)
    outline = [
        (place[0] + reach / width * math.cos(a), place[1] + reach / height * math.sin(a)) for a in _turn(180)
    ]
    _fill(image, outline, colors, opacity)


def _glow(
    image: Image.Image, place: tuple[float, float], radius: float, color: Color, opacity: float
) -> None:
    """Shine from a place; the radius is a share of the shorter side."""
    width, height = image.size
    reach = max(1, round(radius * min(width, height)))
    halo = ImageChops.invert(Image.radial_gradient("L")).point(
        [_falloff(value, opacity) for value in range(256)]
    )
    halo = halo.resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC)
    image.paste(color, (round(place[0] * width) - reach, round(place[1] * height) - reach), halo)


def _falloff(value: int, opacity: float) -> int:
    """Bend the straight slope of Pillow's gradient, so that a glow has no visible rim."""
    # The gradient's square is wider than its circle; what is beyond the circle stays dark.
    share = max(0.0, (value / 255 - 0.29) / 0.71)
    return round(255 * opacity * share**2)


def _sun(chance: Random, image: Image.Image, light: Color, *, disc: bool = True) -> None:
    place = chance.uniform(0.2, 0.8), chance.uniform(0.22, 0.42)
    _glow(image, place, 0.75, light, 0.8)
    if disc:
        _disc(image, place, chance.uniform(0.05, 0.11), [light, _mix(light, (255, 255, 255), 0.3)], 1.0)


def _stars(chance: Random, image: Image.Image) -> None:
    """Scatter stars, fewer towards the horizon."""
    width, height = image.size
    unit = min(width, height) / 1024
    for _ in range(110):
        x, y = chance.random(), 0.5 * chance.random() ** 1.4
        size, shine = chance.uniform(0.8, 2.2) * unit, chance.uniform(0.25, 0.95)
        outline = [(x + size / width * math.cos(a), y + size / height * math.sin(a)) for a in _turn(8)]
        _fill(image, outline, [(255, 255, 255)], shine)
