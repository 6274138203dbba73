"""Pictures: the one of a job as bytes, for notebooks that keep pictures rather than addresses."""

from __future__ import annotations

from contextlib import closing, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from leap.api_client import ApiClient
from leap.jobs.reading import entity_of, picture_urls
from leap.setting_values import DEFAULT_HOST

if TYPE_CHECKING:
    from leap.api_client.fetching import Fetched

MOST_BYTES = 12 * 1024 * 1024
"""The largest picture that goes into a notebook: a PNG of 2048 by 2048 pixels of pure noise."""

MOST_SECONDS = 5.0
"""How long the output of a cell may be kept waiting."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_of(job: object) -> bytes | None:
    """The picture of a job that has exactly one, if that is a PNG and can be had at once; else None.

    It is asked for without an access token, and nothing is raised.
    """
    urls = picture_urls(entity_of(job))
    return fetch_png(urls[0]) if len(urls) == 1 else None


def fetch_png(url: str, *, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS) -> bytes | None:
    """What is at a URL, if it is a PNG that is not too large and does not take too long; else None."""
    fetch = _Fetch(url, most_bytes, most_seconds)
    fetch.start()
    # A host that sends a byte now and then holds up the thread, and nobody else.
    fetch.join(most_seconds)
    fetch.give_up()
    return fetch.picture


class _Fetch(Thread):
    """Reads a picture; `picture` stays None where that cannot be done."""

    def __init__(self, url: str, most_bytes: int, most_seconds: float) -> None:
        super().__init__(name="leap-notebook-picture", daemon=True)
        self.picture: bytes | None = None
        self._given_up = Event()
        self._answer: Fetched | None = None
        self._url = url
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds

    def give_up(self) -> None:
        """End it, if it has not ended."""
        self._given_up.set()
        if self._answer is not None:
            self._answer.abort()

    def run(self) -> None:
        # Whatever it is: the notebook shows the job without it.
        with suppress(Exception):
            self.picture = self._read()

    def _read(self) -> bytes | None:
        # `fetch` sends no token, and this client has none that it could send. The host is not asked anything.
        client = ApiClient(
            host=DEFAULT_HOST,
            access_token="none",  # noqa: S106 - it opens nothing
            connect_timeout=self._most_seconds,
            read_timeout=self._most_seconds,
        )
        picture = bytearray()
        with closing(client), client.fetch(self._url, most_bytes=self._most_bytes) as self._answer:
            if self._given_up.is_set():
                return None
            for piece in self._answer:
                picture += piece
                if not picture.startswith(_SIGNATURE[: len(picture)]):
                    return None
        return bytes(picture) if picture.startswith(_SIGNATURE) else None
