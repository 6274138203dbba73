"""What a terminal is sent to draw a picture, read back the way that the terminal reads it."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from leap.cli.preview import half_blocks, iterm2, kitty, sixel
from leap.cli.preview.layout import Grid, fit
from leap.cli.preview.pictures import open_picture, resized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRID = Grid(40, 10)
Colour = tuple[int, int, int]


@pytest.fixture
def picture() -> Image.Image:
    """A picture with fine detail and soft colours, partly transparent, that fills no whole cells."""
    red, green = Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90)
    blue, alpha = Image.radial_gradient("L"), Image.new("L", (256, 256), 255)
    whole = Image.merge("RGBA", (red, green, blue, alpha))
    drawing = ImageDraw.Draw(whole)
    drawing.line((0, 0, 255, 255), fill="white", width=2)
    drawing.rectangle((180, 20, 230, 70), fill=(0, 0, 0, 0))
    return whole.resize((153, 101))


def difference(one: Image.Image, other: Image.Image) -> float:
    """By how much two pictures differ in the mean, of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def on_black(picture: Image.Image) -> Image.Image:
    """A picture with nothing transparent, as it looks on black."""
    return Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture)


def test_kitty_gets_the_picture_in_chunks(picture: Image.Image) -> None:
    """The chunks are short enough, the last one is marked, and together they are the PNG, in whole cells."""
    place = fit(picture.size, GRID)
    [written] = kitty.encode(picture, place, GRID)
    found = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", written)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in found) == written
    assert len(found) > 1
    first, *others = (dict(each.split("=") for each in keys.split(",")) for keys, _ in found)
    assert first == {"a": "T", "f": "100", "q": "2", "C": "1", "c": "20", "r": "7", "m": "1"}
    assert [keys["m"] for keys in others] == ["1"] * (len(others) - 1) + ["0"]
    # No answer is wanted to any of them; and only the last may end amid four characters.
    assert all(keys["q"] == "2" for keys in others)
    assert all(len(data) <= 4096 for _, data in found)
    assert all(len(data) % 4 == 0 for _, data in found)
    drawn = Image.open(BytesIO(b64decode("".join(data for _, data in found))), formats=["PNG"])
    assert drawn.size == (20 * 8, 7 * 16)
    assert drawn.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()
    assert drawn.crop((picture.width, 0, *drawn.size)).getextrema()[3] == (0, 0)


def test_a_small_picture_is_one_chunk() -> None:
    """A picture that fits into one chunk says at once that it is the last."""
    small = Image.new("RGBA", (8, 8), "red")
    [written] = kitty.encode(small, fit(small.size, GRID), GRID)
    assert written.startswith("\x1b_Ga=T,f=100,q=2,C=1,c=1,r=1,m=0;")
    assert written.count("\x1b_G") == 1


def test_iterm2_gets_the_picture_as_a_file(picture: Image.Image) -> None:
    """The size is that of the PNG, in bytes and in cells, and the PNG is the picture."""
    [written] = iterm2.encode(picture, fit(picture.size, GRID), GRID)
    found = re.fullmatch(r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07", written)
    assert found
    data = b64decode(found[2])
    settings = dict(each.split("=") for each in found[1].split(";"))
    assert settings == {
        "inline": "1", "size": str(len(data)), "width": "20", "height": "7", "preserveAspectRatio": "0",
    }  # fmt: skip
    drawn = Image.open(BytesIO(data), formats=["PNG"])
    assert drawn.size == (20 * 8, 7 * 16)
    assert drawn.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()


def level(percent: str) -> int:
    """A level of red, green or blue, which sixels give in percent."""
    assert 0 <= int(percent) <= 100
    return round(int(percent) * 255 / 100)


def read_sixels(written: str) -> Image.Image:
    """What a terminal draws from sixels, transparent where none was set."""
    found = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\', written)
    assert found
    width, height = int(found[1]), int(found[2])
    drawn = Image.new("RGBA", (width, height + 5))
    colours: dict[int, Colour] = {}
    colour, x, y, end = -1, 0, 0, 0
    for each in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|(?:!(\d+))?([?-~])|([$-])", found[3]):
        assert each.start() == end, f"what is {found[3][end : end + 10]!r}?"
        end = each.end()
        number, red, green, blue, count, character, move = each.groups()
        if number:
            colour = int(number)
            assert colour < 256
            if red:
                colours[colour] = level(red), level(green), level(blue)
        elif move:
            x, y = 0, y + 6 * (move == "-")
        else:
            start, x = x, x + int(count or 1)
            assert x <= width
            for dot in ((column, y + row) for column in range(start, x) for row in range(6)):
                if (ord(character) - 63) >> (dot[1] - y) & 1:
                    assert drawn.getpixel(dot) == (0, 0, 0, 0), "a dot was drawn twice"
                    drawn.putpixel(dot, (*colours[colour], 255))
    assert end == len(found[3])
    assert y <= height - 1
    assert drawn.crop((0, height, width, height + 5)).getextrema()[3] == (0, 0), "it goes on below"
    return drawn.crop((0, 0, width, height))


def test_sixels_are_the_picture(picture: Image.Image) -> None:
    """Each dot is drawn once, in a colour near its own, and what is transparent is left alone."""
    [written] = sixel.encode(picture, fit(picture.size, GRID), GRID)
    drawn = read_sixels(written)
    assert drawn.size == picture.size
    holes = picture.getchannel("A").point([255] * 128 + [0] * 128)
    assert ImageChops.difference(drawn.getchannel("A"), ImageChops.invert(holes)).getbbox() is None
    expected = on_black(picture)
    expected.paste((0, 0, 0, 255), mask=holes)
    assert difference(on_black(drawn), expected) < 8  # an upside-down one is off by some 60


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (300, 6), (5, 12), (640, 11)])
def test_sixels_of_one_colour_are_short_and_exact(size: tuple[int, int]) -> None:
    """A plain picture of any shape is drawn in its colour to the last dot, in runs rather than dots."""
    plain = Image.new("RGBA", size, (255, 51, 0, 255))
    [written] = sixel.encode(plain, fit(size, GRID), GRID)
    assert read_sixels(written).tobytes() == plain.tobytes()
    assert len(written) < 80


def test_sixels_of_nothing_draw_nothing() -> None:
    """A picture that is all transparent draws no dot."""
    drawn = read_sixels(sixel.encode(Image.new("RGBA", (20, 20)), fit((20, 20), GRID), GRID)[0])
    assert drawn.getbbox() is None


def read_half_blocks(lines: list[str], own: Colour) -> Image.Image:
    """The dots that a terminal shows, in its own colour where no other was asked for."""
    rows: list[list[Colour]] = []
    for line in lines:
        above, below = [], []
        front = behind = own
        for sequence, character in re.findall(r"\x1b\[([\d;]*)m|([▀▄ ])", line):
            if character:
                above.append(front if character == "▀" else behind)
                below.append(front if character == "▄" else behind)
                continue
            numbers = iter(map(int, sequence.split(";")))
            for number in numbers:
                if number in {0, 39}:
                    front = own
                if number in {0, 49}:
                    behind = own
                if number in {38, 48}:
                    colour = read_colour(numbers)
                    front, behind = (colour, behind) if number == 38 else (front, colour)
        assert re.sub(r"\x1b\[[\d;]*m|[▀▄ ]", "", line) == ""
        assert (front, behind) == (own, own), "the colours of a line run on"
        rows += [above, below]
    drawn = Image.new("RGB", (len(rows[0]), len(rows)))
    drawn.putdata([colour for row in rows for colour in row])
    return drawn


def read_colour(numbers: Iterator[int]) -> Colour:
    """The colour that the parameters of SGR name."""
    kind, value = next(numbers), next(numbers)
    if kind == 2:
        return value, next(numbers), next(numbers)
    assert kind == 5
    assert 16 <= value < 256, "the first sixteen are whatever the owner likes"
    if value >= 232:
        return (8 + (value - 232) * 10,) * 3
    levels = 0, 95, 135, 175, 215, 255
    value -= 16
    return levels[value // 36], levels[value // 6 % 6], levels[value % 6]


@pytest.mark.parametrize("own", [(0, 0, 0), (255, 255, 255)])
def test_half_blocks_are_the_picture(picture: Image.Image, own: Colour) -> None:
    """With 24 bits each dot has its colour to the bit, and the terminal's own where it is transparent."""
    grid = GRID._replace(dots=half_blocks.DOTS)
    place = fit(picture.size, grid)
    small = resized(picture, place.width, place.height)
    lines = half_blocks.encode(small, place, grid)
    assert len(lines) == place.rows
    drawn = read_half_blocks(lines, own)
    assert drawn.size == (place.columns, place.rows * 2)
    expected = on_black(small).convert("RGB")
    expected.paste(own, mask=small.getchannel("A").point([255] * 128 + [0] * 128))
    assert small.getchannel("A").getextrema()[0] < 128
    assert drawn.crop((0, 0, *small.size)).tobytes() == expected.tobytes()


def test_an_odd_row_of_dots_ends_in_the_terminals_own_colour() -> None:
    """A picture whose height is no whole number of characters has nothing below it."""
    plain = Image.new("RGBA", (3, 5), (9, 8, 7))
    lines = half_blocks.encode(plain, fit((3, 5), GRID._replace(dots=(1, 2))), GRID)
    drawn = read_half_blocks(lines, (1, 2, 3))
    assert [drawn.getpixel((0, y)) for y in range(6)] == [(9, 8, 7)] * 5 + [(1, 2, 3)]


def test_half_blocks_have_256_colours(picture: Image.Image) -> None:
    """Each dot has one of the 256 that is near, and none that the owner may change."""
    plain = on_black(picture).resize((40, 20))
    lines = half_blocks.encode(plain, fit(plain.size, GRID._replace(dots=(1, 2))), GRID, colours=256)
    assert "8;2;" not in "".join(lines)
    assert difference(read_half_blocks(lines, (0, 0, 0)), plain) < 25


def test_colours_of_the_256_are_kept() -> None:
    """A colour of the 256 is shown as it is, or as one that Pillow takes for it."""
    palette = Image.new("RGBA", (240, 2))
    palette.putdata([(*colour, 255) for colour in half_blocks.PALETTE] * 2)
    lines = half_blocks.encode(palette, fit((240, 2), Grid(240, 1, dots=(1, 2))), GRID, colours=256)
    drawn = ImageChops.difference(read_half_blocks(lines, (0, 0, 0)), palette.convert("RGB"))
    assert max(most for _, most in drawn.getextrema()) < 8


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_every_kind_of_picture_is_opened(tmp_path: Path, kind: str, mode: str) -> None:
    """What the service may send is opened, in any of its colour modes, and shrunk in its proportions."""
    if (kind, mode) == ("JPEG", "P"):
        pytest.skip("JPEG has no palette")
    path = tmp_path / "picture"
    Image.linear_gradient("L").resize((400, 200)).convert(mode).save(path, kind)
    opened = open_picture(path, (100, 100))
    assert (opened.mode, opened.size) == ("RGBA", (100, 50))
    top, bottom = opened.getpixel((50, 5)), opened.getpixel((50, 45))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] < 128 < bottom[0] or mode == "1"


@pytest.mark.parametrize("mode", ["P", "1", "LA"])
def test_detail_becomes_a_shade(tmp_path: Path, mode: str) -> None:
    """A picture with few colours is shrunk to what one sees of it, not to every tenth dot."""
    path = tmp_path / "picture.png"
    chequered = Image.new("L", (400, 200))
    chequered.putdata([255 * ((x + y) % 2) for y in range(200) for x in range(400)])
    chequered.convert(mode).save(path)
    assert open_picture(path, (40, 40)).crop((5, 5, 35, 15)).getextrema()[0] in {(127, 127), (128, 128)}


def test_a_picture_that_lies_on_its_side_is_put_upright(tmp_path: Path) -> None:
    """A camera's note of how it was held is followed."""
    path = tmp_path / "picture.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (200, 100)).save(path, exif=exif)
    assert open_picture(path, (100, 100)).size == (50, 100)


@pytest.mark.parametrize("factor", [1.5, 3])
def test_a_decompression_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    """A picture with more pixels than Pillow takes for harmless is refused, where it warns too."""
    path = tmp_path / "picture.png"
    Image.new("1", (100, 100)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(100 * 100 / factor))
    with pytest.raises(Exception, match="decompression bomb"):
        open_picture(path, (50, 50))


def test_a_file_that_would_start_a_program_is_refused(tmp_path: Path) -> None:
    """PostScript, for which Pillow would call Ghostscript, is no picture, whatever it is called."""
    path = tmp_path / "picture.png"
    Image.new("RGB", (10, 10)).save(path, "EPS")
    with pytest.raises(Image.UnidentifiedImageError):
        open_picture(path, (50, 50))
