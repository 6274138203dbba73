"""The log of requests: one line each, on the logger `leap.emulator.requests` at INFO."""

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_logger: Final = logging.getLogger("leap.emulator.requests")


class RequestLog:
    """An ASGI layer that logs method, path, status and milliseconds; without a reader it only passes on.

    Its place is outside of everything else. A request is logged when its answer has ended.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log what came of it."""
        if scope["type"] != "http" or not _logger.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        outcome = "no answer"

        async def note(message: Message) -> None:
            nonlocal outcome
            await send(message)
            if message["type"] == "http.response.start":
                outcome = f"{message['status']} broken off"
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                outcome = outcome.removesuffix(" broken off")

        try:
            await self._app(scope, receive, note)
        finally:
            milliseconds = (time.perf_counter() - began) * 1000
            _logger.info("%s %s %s %.0f ms", scope["method"], _target(scope), outcome, milliseconds)


def _target(scope: Scope) -> str:
    """Give the path and the query as they were sent."""
    target: bytes = scope["raw_path"]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return target.decode("latin-1")
