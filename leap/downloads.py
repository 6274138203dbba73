"""Downloads: image URLs -> files."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from leap.exceptions import ApiException

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from leap.api_client import ApiClient

MOST_BYTES = 256 * 1024 * 1024
"""The largest picture that is downloaded: a PNG of 8192 by 8192 pixels of pure noise has 200 MB."""

_LONGEST_STEM = 100

# The first bytes of what a picture can be, and the suffix of its file.
_SIGNATURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), ".avif"),
)
_SIGNATURE_BYTES = 12


class DownloadError(ApiException):
    """A picture could not be downloaded; what its host said is the cause, where it said something."""


def download(api_client: ApiClient, url: str, directory: Path, stem: str) -> Path:
    """Download a picture to a file that was not there before.

    The file shows up under its name once it is whole. The access token is not sent along.

    Args:
        api_client: What fetches it.
        url: Where the picture is.
        directory: Where the file goes; it has to exist.
        stem: The name of the file without its suffix, which comes from what the picture is. What could
            lead out of the directory is taken out of it, and a number is added if the name is taken.

    Raises:
        DownloadError: The picture could not be fetched, or is no picture.
        OSError: The file could not be written.
    """
    stem = _safe_stem(stem)
    try:
        pieces = api_client.fetch(url, most_bytes=MOST_BYTES)
        with _temporary_file(directory, stem) as file:
            start = b""
            for piece in pieces:
                if len(start) < _SIGNATURE_BYTES:
                    start += piece[:_SIGNATURE_BYTES]
                file.write(piece)
            suffix = _suffix(start)
            file.close()
            return _move(Path(file.name), directory, stem, suffix)
    except DownloadError:
        raise
    except ApiException as error:
        raise DownloadError(
            str(error), status=error.status, reason=error.reason, headers=error.headers
        ) from error


def _safe_stem(stem: str) -> str:
    """The stem as a name for a file on any system: it comes from a server."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem)[:_LONGEST_STEM].lstrip("-") or "_"


@contextmanager
def _temporary_file(directory: Path, stem: str) -> Iterator[BinaryIO]:
    """A file beside the one to come; it is gone afterwards, unless it has been moved."""
    path = directory / f".{stem}.{token_hex(4)}.part"
    try:
        with path.open("xb") as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def _suffix(start: bytes) -> str:
    for signature, suffix in _SIGNATURES:
        if signature.match(start):
            return suffix
    raise DownloadError(f"what came is no picture: it begins with {start!r}" if start else "nothing came")


def _move(path: Path, directory: Path, stem: str, suffix: str) -> Path:
    for name in chain([stem], (f"{stem}_{number}" for number in count(2))):
        target = directory / f"{name}{suffix}"
        try:
            # Nobody else can take the name after this, and replacing works where a link would not.
            target.open("xb").close()
        except FileExistsError:
            continue
        try:
            path.replace(target)
        except BaseException:
            target.unlink()
            raise
        return target
    raise AssertionError  # the names do not run out
