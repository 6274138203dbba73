"""Tracing: a line for each request, with its method, URL, status and time, and without secrets."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from leap.api_client import ApiClient
from leap.cli.messages import say
from leap.exceptions import ApiException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leap import Leap
    from leap.api_client.fetching import Fetched
    from leap.api_response import ApiResponse
    from leap.operation import Operation

_WHOLE, _PARTIAL = 200, 206

BodyT = TypeVar("BodyT")


def trace(leap: Leap) -> None:
    """Show each request that a client makes from now on."""
    tracing = TracingApiClient(leap.api_client)
    for api in vars(leap).values():
        if getattr(api, "api_client", None) is leap.api_client:
            api.api_client = tracing


class TracingApiClient(ApiClient):
    """Sends through another client, and shows what it sent."""

    def __init__(self, inner: ApiClient) -> None:
        """Trace a client; closing it is left to who made it."""
        super().__init__(inner.configuration)
        self._inner = inner

    def call(
        self,
        operation: Operation[BodyT],
        arguments: Mapping[str, Any],
        faults_seen: list[str] | None = None,
    ) -> ApiResponse[BodyT]:
        """Call an operation as `ApiClient.call` does."""
        target = operation.request(arguments, {}).target
        line = f"{operation.method} {self.configuration.host}{target}"
        started = perf_counter()
        try:
            response = self._inner.call(operation, arguments, faults_seen)
        except ApiException as error:
            _show(line, error.status, started)
            raise
        _show(line, response.status, started)
        return response

    def fetch(self, url: str, *, most_bytes: int, offset: int = 0, validator: str | None = None) -> Fetched:
        """Ask for what is at a URL as `ApiClient.fetch` does."""
        # The query of a signed URL is as good as a password, and so is what stands before an @.
        address = url.partition("?")[0].partition("#")[0]
        line = f"GET {address.rpartition('@')[2]}"
        started = perf_counter()
        try:
            fetched = self._inner.fetch(url, most_bytes=most_bytes, offset=offset, validator=validator)
        except ApiException as error:
            _show(line, error.status, started)
            raise
        _show(line, _PARTIAL if fetched.offset else _WHOLE, started)
        return fetched


def _show(line: str, status: int | None, started: float) -> None:
    say(f"{line} {status or 'no answer'} {(perf_counter() - started) * 1000:.0f} ms")
