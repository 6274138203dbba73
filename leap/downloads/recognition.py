"""Recognition: whether what came is what was to come, and what it was sent as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leap.exceptions import DownloadError
from leap.media_types import plain_name
from leap.outcome import show_text

if TYPE_CHECKING:
    from leap.media_types import Family, MediaType


def recognise(start: bytes, content_type: str, expected: Family) -> MediaType:
    """What a file is, from its first bytes and the Content-Type that it came with.

    Args:
        start: The first `SIGNATURE_BYTES`, or all if there are fewer.
        content_type: What it was sent as.
        expected: What it has to be one of.

    Raises:
        DownloadError: It is none of them, or another than was claimed.
    """
    found = expected.type_of(start)
    claimed = plain_name(content_type)
    if found is None:
        told = f", sent as {show_text(claimed)}" if claimed else ""
        raise DownloadError(
            f"what came is no {expected.noun}{told}: it begins with {start!r}" if start else "nothing came"
        )
    # Storage that was told nothing says application/octet-stream or text/plain of everything.
    if claimed.partition("/")[0] == found.name.partition("/")[0] and claimed != found.name:
        raise DownloadError(f"what came is {found.name}, but was sent as {show_text(claimed)}")
    return found
