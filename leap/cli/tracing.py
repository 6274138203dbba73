"""Tracing: a line for each request, with its method, URL, status and time, and without secrets."""

from __future__ import annotations

from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING

from leap.api_client import ApiClient
from leap.cli.messages import say
from leap.exceptions import ApiException

if TYPE_CHECKING:
    from leap import Leap
    from leap.api_client.fetching import Fetched
    from leap.events import ResponseEvent

_WHOLE, _PARTIAL = 200, 206


def trace(leap: Leap) -> None:
    """Show each request that a client makes from now on."""
    tracing = TracingApiClient(leap.api_client)
    for name, attribute in vars(type(leap)).items():
        if isinstance(attribute, cached_property):  # a tag, which may not have been asked for yet
            getattr(leap, name).api_client = tracing


class TracingApiClient(ApiClient):
    """Shows what it sends, over the connections of another client."""

    def __init__(self, inner: ApiClient) -> None:
        """Trace a client; closing it is left to who made it."""
        self._configure(
            inner.configuration.with_options(on_response=_show_event), inner.connections, is_owner=False
        )

    def fetch(self, url: str, *, most_bytes: int, offset: int = 0, validator: str | None = None) -> Fetched:
        """Ask for what is at a URL as `ApiClient.fetch` does."""
        # The query of a signed URL is as good as a password, and so is what stands before an @.
        address = url.partition("?")[0].partition("#")[0]
        scheme, _, place = address.partition("//")
        host, slash, path = place.partition("/")
        line = f"GET {scheme}//{host.rpartition('@')[2]}{slash}{path}"
        started = perf_counter()
        try:
            fetched = super().fetch(url, most_bytes=most_bytes, offset=offset, validator=validator)
        except ApiException as error:
            _show(line, error.status, perf_counter() - started)
            raise
        _show(line, _PARTIAL if fetched.offset else _WHOLE, perf_counter() - started)
        return fetched


def _show_event(event: ResponseEvent) -> None:
    attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    _show(f"{event.method} {event.url}{attempt}", event.status, event.elapsed)


def _show(line: str, status: int | None, seconds: float) -> None:
    say(f"{line} {status or 'no answer'} {seconds * 1000:.0f} ms")
