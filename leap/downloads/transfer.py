"""Transfer: what is at one URL into one file, going on where a connection broke."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from leap.downloads.recognition import recognise
from leap.exceptions import ApiConnectionError, ApiException, DownloadError, ServerError, TooManyRequestsError
from leap.media_types import SIGNATURE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.api_client.fetching import Fetched
    from leap.media_types import Family, MediaType

MOST_ATTEMPTS = 5
"""How often a file is asked for before it is given up."""

FIRST_PAUSE = 0.5
"""Seconds before the second attempt; each further pause is twice as long."""

_NO_SUCH_PART = (206, 416)  # another came than was asked for, or there is none


class Observer(Protocol):
    """Who is told how a transfer goes, and can stop it."""

    def opened(self, answer: Fetched) -> None:
        """Take what is being read, so that it can be broken off."""

    def received(self, count: int, size: int | None) -> None:
        """Take how many bytes are there, and how many there will be; raises to stop."""

    def recognised(self, kind: MediaType) -> None:
        """Take what the file is; raises to stop."""

    def pause(self, seconds: float) -> None:
        """Let time pass; raises to stop."""


def transfer(
    fetch: Callable[[int, str | None], Fetched], file: BinaryIO, expected: Family, observer: Observer
) -> MediaType:
    """Write what comes to a file that is empty, and give what it is.

    Args:
        fetch: Asks for the bytes from an offset on, as long as a validator still holds.
        file: Where they go.
        expected: What it has to be one of.
        observer: Who is told.

    Raises:
        DownloadError: It could not be had whole, or is none of those.
        ApiException: The same, in the words of its host.
        OSError: The file could not be written.
    """
    pause = FIRST_PAUSE
    validator: str | None = None
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            # Without something that tells one version from another, half of one might go on with another.
            with fetch(file.tell() if validator else 0, validator) as answer:
                validator = answer.validator
                observer.opened(answer)
                return _write(answer, file, expected, observer)
        except ApiException as error:
            if attempt == MOST_ATTEMPTS or not _may_pass(error):
                raise
            if error.status in _NO_SUCH_PART:
                validator = None
        observer.pause(pause)
        pause *= 2
    raise AssertionError  # the last attempt has returned or raised


def _write(answer: Fetched, file: BinaryIO, expected: Family, observer: Observer) -> MediaType:
    file.seek(answer.offset)
    file.truncate()
    start = b""
    kind: MediaType | None = None
    for piece in answer:
        if kind is None and answer.offset == 0:
            start = (start + piece)[:SIGNATURE_BYTES]
            if len(start) == SIGNATURE_BYTES:
                kind = _recognise(start, answer, expected, observer)
        file.write(piece)
        observer.received(file.tell(), answer.size)
    if answer.size is not None and file.tell() != answer.size:
        raise ApiConnectionError(f"{file.tell()} of {answer.size} bytes came")
    if kind is None:
        file.seek(0)
        kind = _recognise(file.read(SIGNATURE_BYTES), answer, expected, observer)
    return kind


def _recognise(start: bytes, answer: Fetched, expected: Family, observer: Observer) -> MediaType:
    kind = recognise(start, answer.content_type, expected)
    observer.recognised(kind)
    return kind


def _may_pass(error: ApiException) -> bool:
    if isinstance(error, DownloadError):
        return False
    passing = isinstance(error, ApiConnectionError | TooManyRequestsError | ServerError)
    return passing or error.status in (408, *_NO_SUCH_PART)
