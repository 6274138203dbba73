"""Picture types: what the first bytes of a picture say that it is, and whether that is what was claimed."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from leap.exceptions import DownloadError
from leap.outcome import show_text

SIGNATURE_BYTES: Final = 12
"""How many bytes tell what a picture is."""


class PictureType(NamedTuple):
    """A type of picture: its media type, the suffix of its files, and how it begins."""

    media_type: str
    suffix: str
    signature: re.Pattern[bytes]


TYPES: Final = (
    PictureType("image/png", ".png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    PictureType("image/jpeg", ".jpg", re.compile(rb"\xff\xd8\xff")),
    PictureType("image/webp", ".webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    PictureType("image/gif", ".gif", re.compile(rb"GIF8[79]a")),
    PictureType("image/avif", ".avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
)

_OTHER_NAMES: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}


def type_of(start: bytes, content_type: str) -> PictureType:
    """What a picture is, from its first bytes and the Content-Type that it came with.

    Raises:
        DownloadError: It is no picture, or another than was claimed.
    """
    found = next((each for each in TYPES if each.signature.match(start)), None)
    claimed = content_type.partition(";")[0].strip().lower()
    claimed = _OTHER_NAMES.get(claimed, claimed)
    if found is None:
        told = f", sent as {show_text(claimed)}" if claimed else ""
        raise DownloadError(
            f"what came is no picture{told}: it begins with {start!r}" if start else "nothing came"
        )
    # Storage that was told nothing says application/octet-stream or text/plain of everything.
    if claimed.startswith("image/") and claimed != found.media_type:
        raise DownloadError(f"what came is {found.media_type}, but was sent as {show_text(claimed)}")
    return found
