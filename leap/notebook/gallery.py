"""Gallery: a page of pictures that stands alone, in one file and for ever.

The pictures are in the page; nothing is fetched from anywhere, and its policy lets nothing be. It is written
as it is made, with one piece of one picture in memory, so a thousand pictures take no more than one.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from errno import EISDIR
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from leap.exceptions import ApiValueError
from leap.jobs.reading import entity_of
from leap.notebook.facts import Fact, facts_of, value_of
from leap.notebook.markup import text
from leap.notebook.measuring import Measures, measure
from leap.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

# Bytes. Divisible by three, so that the pieces of Base64 have no padding between them.
_PIECE = 3 * 128 * 1024

# Characters of a caption; more are cut off.
_LONGEST_CAPTION = 2_000


@dataclass(frozen=True)
class GalleryPicture:
    """A picture for a gallery, and what is written under it.

    Attributes:
        source: The file that it is in, or its bytes.
        caption: What it shows.
        facts: More about it.
    """

    source: Path | bytes
    caption: str
    facts: tuple[Fact, ...] = ()


def pictures_in(directory: str | PathLike[str]) -> list[GalleryPicture]:
    """The files right in a directory that are pictures, by their names, which are the captions.

    Hidden files are left out, and so is what is no picture, whatever its name says. `img2` comes before
    `img10`.

    Raises:
        ApiValueError: There are none.
        OSError: The directory or a file in it cannot be read.
    """
    names = sorted(
        (path for path in Path(directory).iterdir() if not path.name.startswith(".") and path.is_file()),
        key=_by_numbers,
    )
    pictures = [GalleryPicture(path, path.name) for path in names if _measured(path)]
    if not pictures:
        raise ApiValueError(f"there are no pictures in {directory} (PNG, JPEG, GIF, WebP or AVIF)")
    return pictures


def pictures_of(job: object, sources: Iterable[Path | bytes]) -> list[GalleryPicture]:
    """The pictures of a job, from files or bytes that were downloaded, with its prompt and its parameters.

    Args:
        job: The job, or the response that carries it.
        sources: Its pictures in their order.
    """
    job = entity_of(job)
    caption = value_of(job, "prompt") or "a picture without a prompt"
    negative = value_of(job, "negativePrompt")
    # Their size is measured, as it may be another than was asked for.
    facts = [fact for fact in facts_of(job) if fact.name != "Size"]
    if negative:
        facts.append(Fact("Negative prompt", negative))
    return [GalleryPicture(source, caption, tuple(facts)) for source in sources]


def write_gallery(
    pictures: Iterable[GalleryPicture], file: str | PathLike[str], *, title: str = "Pictures"
) -> int:
    """Write a page of pictures to a file, which is there whole in the end or not at all.

    Each picture is written before the next one is asked for, so `pictures` may make them, and remove what it
    has made, as it goes.

    Args:
        pictures: What is on the page; what turns out to be no picture is left out.
        file: Where the page goes; replaced if it is there.
        title: What stands above the pictures.

    Returns:
        How many pictures are on the page.

    Raises:
        ApiValueError: There are none; nothing is written.
        OSError: A picture could not be read, or the page not written.
    """
    target = Path(file)
    if target.is_dir():
        raise IsADirectoryError(EISDIR, strerror(EISDIR), str(target))
    # Beside it, for the renaming.
    part = target.with_name(f".gallery-{secrets.token_hex(8)}.part")
    count = 0
    try:
        with _created(part, target) as page:
            for piece in gallery_page(pictures, title=title):
                count += piece.startswith("<li")
                page.write(piece)
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return count


def _created(part: Path, target: Path) -> TextIO:
    try:
        return part.open("x", encoding="utf-8", newline="\n")
    except OSError as error:
        # By the name that was given.
        raise OSError(error.errno, error.strerror, str(target)) from None


def gallery_page(pictures: Iterable[GalleryPicture], *, title: str = "Pictures") -> Iterator[str]:
    """Give a page of pictures as pieces of HTML; see `write_gallery`."""
    count = 0
    for picture in pictures:
        measures = _measured(picture.source)
        if measures is None:
            continue
        if count == 0:
            yield _beginning(title)
        count += 1
        yield from _item(count, picture, measures)
    if count == 0:
        raise ApiValueError("there are no pictures to make a page of")
    yield f"</ol></main><footer>{count:,} {'picture' if count == 1 else 'pictures'}</footer>"
    yield f"<script>{_part('gallery.js')}</script></body></html>\n"


def _measured(source: Path | bytes) -> Measures | None:
    with _opened(source) as file:
        return measure(file)


def _opened(source: Path | bytes) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _by_numbers(path: Path) -> list[tuple[bool, int, str]]:
    parts = re.split(r"([0-9]{1,18})", path.name.casefold())
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


@cache
def _part(name: str) -> str:
    return files("leap.notebook").joinpath(name).read_text("utf-8")


def _hash(code: str) -> str:
    """What lets a style or a script of the page's own through its policy (CSP Level 3, section 2.3.1)."""
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


def _beginning(title: str) -> str:
    style, script = _part("gallery.css"), _part("gallery.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)};"
        " base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<meta name="generator" content="leap-sdk {__version__}">'
        # So that no browser asks the place where the page lies for one.
        f'<link rel="icon" href="data:,"><title>{text(title)}</title><style>{style}</style></head>'
        f'<body><header><h1 dir="auto">{text(title)}</h1></header><main><ol class="sheet">\n'
    )


def _item(number: int, picture: GalleryPicture, measures: Measures) -> Iterator[str]:
    """A picture with its caption; as the target of its own link, it fills the window."""
    caption = text(picture.caption, _LONGEST_CAPTION)
    # The style hides what leads beyond the first and the last: here nobody knows which is the last.
    links = (
        f'<a rel="prev" href="#picture-{number - 1}">Previous</a>',
        f'<a class="close" href="#open-{number}">Close</a>',
        f'<a rel="next" href="#picture-{number + 1}">Next</a>',
    )
    yield (
        f'<li id="picture-{number}"><nav aria-label="Pictures">{"".join(links)}</nav><figure>'
        f'<a class="open" id="open-{number}" href="#picture-{number}">'
        f'<img alt="{caption}" decoding="async"'
    )
    facts = list(picture.facts)
    if measures.width and measures.height:
        size = f"{measures.width} × {measures.height}"  # noqa: RUF001 - a multiplication sign
        facts.insert(1, Fact("Size", size))
        yield f' width="{measures.width}" height="{measures.height}"'
    yield f' src="data:{measures.media_type};base64,'
    with _opened(picture.source) as file:
        while piece := file.read(_PIECE):
            yield b64encode(piece).decode("ascii")
    listed = "".join(
        f'<div><dt>{text(name)}</dt><dd dir="auto">{text(value, _LONGEST_CAPTION)}</dd></div>'
        for name, value in facts
    )
    yield f'"></a><figcaption><p class="caption" dir="auto">{caption}</p>'
    yield f"<dl>{listed}</dl></figcaption></figure></li>\n" if facts else "</figcaption></figure></li>\n"
