"""The caption of a picture: the prompt, readable, on a dark band, and that an emulator drew it."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

_REPEATED: Final = re.compile(r"(\[[a-z0-9-]+\])(?: ?\1)+")
_MARKS: Final = {"Pd": "-", "Pi": '"', "Pf": '"'}  # dashes and quotation marks of every kind
_BADGE: Final = "LEAP EMULATOR"
_LONGEST: Final = 600  # characters of a prompt that are considered at all; more never fit
_SMALLEST_LETTERS: Final = 9  # pixels; below, letters cannot be told apart
_NARROWEST: Final = 48  # pixels; a smaller picture has no caption
_LINE: Final = 1.28  # height of a line in letter sizes
_BAND: Final = (9, 10, 20)
_DARKNESS: Final = 190  # of 255; white letters on it are readable over any scene

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


def write_caption(image: Image.Image, prompt: str, details: str) -> None:
    """Write the prompt at the foot of the picture, the details below it and the badge at its head.

    The letters are as large as the picture allows for the whole prompt; what does not fit in the
    smallest ends in an ellipsis. A picture with no room for letters is left as it is.
    """
    width, height = image.size
    unit = min(width, height)
    if unit < _NARROWEST:
        return
    margin = max(4, unit // 26)
    small = max(_SMALLEST_LETTERS, round(unit * 0.017))
    lines, letters = _fit(readable(prompt), width - 2 * margin, height * 0.36, unit)
    text_height = round(len(lines) * letters * _LINE)
    top = height - text_height - round(small * 1.7) - 2 * margin
    _darken(image, max(0, top - 4 * margin), top + margin)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        place = margin, top + margin + round(number * letters * _LINE)
        pen.text(place, line, font=_font(letters), fill=(255, 255, 255))
    pen.text(
        (margin, height - margin), _cut(details, _font(small), width - 2 * margin),
        font=_font(small), fill=(205, 208, 222), anchor="ls",
    )  # fmt: skip
    _write_badge(image, margin, small)


def readable(text: str) -> str:
    """Turn any text into one that letters can be set from, on one line.

    Control characters and halves of surrogate pairs become spaces. The built-in font knows little more than
    ASCII: letters lose their accents, a pictograph becomes its name in brackets, and words of another script
    the name of the script. Only the beginning of a very long text is looked at.
    """
    words = "".join(_legible(character) for character in text[:_LONGEST]).split()
    # A sentence of such a script is one name, not one for each letter.
    line = _REPEATED.sub(r"\1", " ".join(words))
    return line if len(text) <= _LONGEST else line + " …"


def _legible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "So" and character > "\u2000":
        return f" [{unicodedata.name(character, 'symbol').lower()}] "
    if category in {"Mn", "Me", "Sk", "Cf"} and character > "\u02ff":
        return ""  # it only changes the character before, a skin tone for instance
    if category[0] == "C":
        return " "
    return character if _has_glyph(character) else _likeness(character)


def _likeness(character: str) -> str:
    """Give what the font can show instead: a letter without its accent, a plain dash, a script's name."""
    if mark := _MARKS.get(unicodedata.category(character)):
        return mark
    plain = "".join(each for each in unicodedata.normalize("NFKD", character.casefold()) if _has_glyph(each))
    if plain:
        return plain.upper() if character.isupper() else plain
    return f"[{unicodedata.name(character, 'text').split()[0].lower()}]"


@functools.lru_cache(4096)
def _has_glyph(character: str) -> bool:
    """Say whether the font can show a character, rather than the box that it shows for all it cannot."""
    if character.isascii():
        return True
    font = _font(20)
    shape: Any = font.getmask(character)
    box: Any = font.getmask("\U0010ffff")
    return bytes(shape) != bytes(box)


def _font(size: int) -> Font:
    """Give the font that Pillow carries inside; fonts of the machine would change the bytes.

    Not shared between calls: FreeType's faces are not made for several threads. It takes 0.1 ms.
    """
    font = ImageFont.load_default(size)
    if isinstance(font, ImageFont.FreeTypeFont):
        # Pillow may or may not come with Raqm, which places letters a little differently.
        return font.font_variant(layout_engine=ImageFont.Layout.BASIC)
    return font


def _fit(text: str, width: float, height: float, unit: int) -> tuple[list[str], int]:
    """Give the lines and the largest size of letters, in pixels, at which the text fits the box."""
    letters = max(14, round(unit * 0.043))
    while True:
        font = _font(letters)
        lines = list(_wrap(text, font, width))
        room = max(1, int(height / (letters * _LINE)))
        if len(lines) <= room:
            return lines, letters
        smaller = max(_SMALLEST_LETTERS, round(unit * 0.02), int(letters * 0.86))
        if smaller >= letters:
            return [*lines[: room - 1], _cut(" ".join(lines[room - 1 :]), font, width)], letters
        letters = smaller


def _wrap(text: str, font: Font, width: float) -> Iterator[str]:
    """Break a text into lines at its spaces, and a word that is too long where it has to be."""
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if font.getlength(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        while font.getlength(word) > width and len(word) > 1:
            head = _head(word, font, width)
            yield head
            word = word[len(head) :]  # noqa: PLW2901 - what is left of the word
        line = word
    if line:
        yield line


def _head(word: str, font: Font, width: float) -> str:
    """Give as much of a word as fits, and at least a character."""
    fits, too_long = 1, len(word)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if font.getlength(word[:middle]) <= width:
            fits = middle
        else:
            too_long = middle
    return word[:fits]


def _cut(text: str, font: Font, width: float) -> str:
    """Shorten a text with an ellipsis if it is too long for a line."""
    if font.getlength(text) <= width:
        return text
    return _head(text, font, width - font.getlength("…")).rstrip() + "…"


def _darken(image: Image.Image, top: int, solid: int) -> None:
    """Lay a dark band over the foot of the picture, fading in from `top` to `solid`."""
    width, height = image.size
    fade = Image.new("L", (1, height - top))
    fade.putdata(
        [round(_DARKNESS * min(1.0, row / max(1, solid - top)) ** 1.5) for row in range(height - top)]
    )
    image.paste(_BAND, (0, top), fade.resize((width, height - top)))


def _write_badge(image: Image.Image, margin: int, small: int) -> None:
    font = _font(small)
    pad = round(small * 0.6)
    right = margin + round(font.getlength(_BADGE)) + 2 * pad
    bottom = margin + small + 2 * pad
    if right > image.width:
        return
    box = Image.new("L", (right - margin, bottom - margin))
    ImageDraw.Draw(box).rounded_rectangle(
        (0, 0, box.width - 1, box.height - 1), radius=box.height // 2, fill=150
    )
    image.paste(_BAND, (margin, margin), box)
    place = margin + pad, (margin + bottom) // 2
    ImageDraw.Draw(image).text(place, _BADGE, font=font, fill=(255, 255, 255), anchor="lm")
