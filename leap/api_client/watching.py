"""Watching: what the log and the hooks are told of a call.

A call is one line at INFO and each of its attempts two at DEBUG, in the logger `leap`. Nothing here changes
what the call does.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPHeaderDict

from leap.events import RequestEvent, ResponseEvent, redacted
from leap.outcome import show_text
from leap.response_headers import request_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leap.configuration import Configuration
    from leap.exceptions import ApiException
    from leap.operation import Request

logger = logging.getLogger("leap")


class Watch:
    """Tells of one call."""

    def __init__(self, configuration: Configuration, request: Request) -> None:
        """Begin with nothing sent."""
        self._configuration = configuration
        self._method = request.method
        self._path = request.target.partition("?")[0]
        self._url = configuration.host + request.target
        self._headers = HTTPHeaderDict(redacted(request.headers))

    def sending(self, attempt: int) -> None:
        """Tell that an attempt begins."""
        if logger.isEnabledFor(logging.DEBUG):
            # Without the query: it is the caller's, and may hold a secret.
            logger.debug("> %s %s (attempt %d) %s", self._method, self._path, attempt, dict(self._headers))
        hook = self._configuration.on_request
        if hook is not None:
            _tell("on_request", hook, RequestEvent(self._method, self._url, self._headers.copy(), attempt))

    def received(
        self,
        attempt: int,
        elapsed: float,
        status: int | None,
        headers: Mapping[str, str] | None,
        error: ApiException | None,
    ) -> None:
        """Tell how an attempt ended."""
        told = HTTPHeaderDict(redacted(headers or {}))
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "< %s %s (attempt %d) %s in %.3f s %r",
                self._method,
                self._path,
                attempt,
                status or "no answer",
                elapsed,
                dict(told),
            )
        hook = self._configuration.on_response
        if hook is not None:
            event = ResponseEvent(
                self._method, self._url, self._headers.copy(), attempt, status, told, elapsed, error
            )
            _tell("on_response", hook, event)

    def ended(
        self,
        attempts: int,
        time_spent: float,
        status: int | None,
        headers: Mapping[str, str] | None,
        problem: str | None,
    ) -> None:
        """Tell how the call ended."""
        if not logger.isEnabledFor(logging.INFO):
            return
        more = [f"{attempts} attempts"] if attempts > 1 else []
        if request_id := request_id_of(headers):
            more.append(f"request {show_text(request_id)}")
        if problem:
            more.append(show_text(problem))
        logger.info(
            "%s %s %s in %.3f s%s",
            self._method,
            self._path,
            status or "no answer",
            time_spent,
            f" ({'; '.join(more)})" if more else "",
        )


def is_watched(configuration: Configuration) -> bool:
    """Whether anybody wants to be told of calls."""
    return (
        logger.isEnabledFor(logging.INFO)
        or configuration.on_request is not None
        or configuration.on_response is not None
    )


def _tell(name: str, hook: Callable[[Any], object], event: object) -> None:
    try:
        hook(event)
    except Exception:
        # A job is not lost to a hook.
        logger.exception("%s raised; the call goes on", name)
