"""Measuring: which kind of picture a file is and how large, from its first bytes and no more."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from leap.media_types import PICTURES

if TYPE_CHECKING:
    from collections.abc import Callable

# The longest of the heads below, but for JPEG, whose size stands behind segments of any length.
_HEAD = 512

# Segments of a JPEG; one has a handful, and a file that is none might have no end of them.
_MOST_SEGMENTS = 4096

# The markers of ITU-T T.81, table B.1, that tell the size: SOF, which are not DHT, JPG and DAC; and those
# behind which there is no size any more.
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ENTROPY_CODED = frozenset({0xD9, 0xDA})


class Measures(NamedTuple):
    """What a file is."""

    media_type: str
    width: int
    """Pixels; 0 if the file does not say."""
    height: int
    """Pixels; 0 if the file does not say."""


def measure(file: BinaryIO) -> Measures | None:
    """What a file that can seek is, and its size; None if it is no picture that `download` takes."""
    start = file.tell()
    head = file.read(_HEAD)
    kind = PICTURES.type_of(head)
    if kind is None:
        return None
    file.seek(start)
    try:
        width, height = _SIZES[kind.name](head, file)
    except (struct.error, IndexError):  # it is cut short
        width = height = 0
    return Measures(kind.name, width, height)


def _png(head: bytes, _: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes, _: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _webp(head: bytes, _: BinaryIO) -> tuple[int, int]:
    form = head[12:16]
    if form == b"VP8 ":  # RFC 6386, section 9.1
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":  # RFC 9649, section 3.4
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":  # RFC 9649, section 2.7
        sides = head[24:30]
        return int.from_bytes(sides[:3], "little") + 1, int.from_bytes(sides[3:], "little") + 1
    return 0, 0


def _avif(head: bytes, _: BinaryIO) -> tuple[int, int]:
    # The first property of the kind, ISO/IEC 23008-12, section 6.5.3; mostly that of the picture itself.
    place = head.find(b"ispe")
    if place < 0:
        return 0, 0
    width, height = struct.unpack_from(">II", head, place + 8)
    return width, height


def _jpeg(_: bytes, file: BinaryIO) -> tuple[int, int]:
    file.seek(2, 1)
    for _segment in range(_MOST_SEGMENTS):
        if file.read(1) != b"\xff":
            break
        marker = file.read(1)[0]
        while marker == 0xFF:  # noqa: PLR2004 - fill bytes, T.81 section B.1.1.2
            marker = file.read(1)[0]
        if marker in _ENTROPY_CODED:
            break
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _SIZED:
            _precision, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(max(length - 2, 0), 1)
    return 0, 0


_SIZES: dict[str, Callable[[bytes, BinaryIO], tuple[int, int]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/avif": _avif,
}
