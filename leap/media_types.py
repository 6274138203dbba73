"""Media types: what the first bytes of a picture or a sound say that it is."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SIGNATURE_BYTES: Final = 12
"""How many bytes tell what it is."""


class MediaType(NamedTuple):
    """A media type: its name, the suffix of its files, and how they begin."""

    name: str
    suffix: str
    signature: re.Pattern[bytes]


class Family(NamedTuple):
    """Media types of one kind."""

    noun: str
    """What people call one of them."""
    types: tuple[MediaType, ...]

    def type_of(self, start: bytes) -> MediaType | None:
        """What it is by its first bytes; None if it is none of these."""
        return next((each for each in self.types if each.signature.match(start)), None)


PICTURES: Final = Family(
    "picture",
    (
        MediaType("image/png", ".png", re.compile(rb"\x89PNG\r\n\x1a\n")),
        MediaType("image/jpeg", ".jpg", re.compile(rb"\xff\xd8\xff")),
        MediaType("image/webp", ".webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
        MediaType("image/gif", ".gif", re.compile(rb"GIF8[79]a")),
        MediaType("image/avif", ".avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    ),
)

SOUNDS: Final = Family(
    "sound",
    (
        MediaType("audio/wav", ".wav", re.compile(rb"RIFF....WAVE", re.DOTALL)),
        # With a tag of ID3 in front; or at once a frame: MPEG 1, 2 or 2.5, layer III.
        MediaType("audio/mpeg", ".mp3", re.compile(rb"ID3|\xff[\xfa\xfb\xf2\xf3\xe2\xe3]")),
        MediaType("audio/flac", ".flac", re.compile(rb"fLaC")),
        MediaType("audio/ogg", ".ogg", re.compile(rb"OggS")),
        MediaType("audio/mp4", ".m4a", re.compile(rb"....ftyp(M4A|M4B|mp4[12]|isom|dash)", re.DOTALL)),
        MediaType("audio/aac", ".aac", re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")),
    ),
)

_OTHER_NAMES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/aacp": "audio/aac",
}


def plain_name(content_type: str) -> str:
    """The usual name of a media type, in small letters and without parameters; empty if there is none."""
    name = content_type.partition(";")[0].strip().lower()
    return _OTHER_NAMES.get(name, name)
