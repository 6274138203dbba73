"""Server-sent events: an open page hears what has changed of what it shows, and nothing else.

After a change the view is looked at again, and what differs from what the browser has is sent. So no event
can be missed, a new connection begins with the whole content, and a page gets no larger than it was:
500 new jobs a second cost as much as the cards that fit on it, a few times a second.
"""

import asyncio
import json
import time
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from leap.emulator.changes import Changes, Listener
from leap.emulator.gallery.views import View

SHORTEST_PAUSE: Final = 0.125
"""Seconds between two looks at a view, at least."""

_SHARE: Final = 10
"""Of all the time, looking for one page that is open may take about one part in so many …"""

_LONGEST_PAUSE: Final = 2.0
"""… but it is looked at every so many seconds if there are changes."""

_SETTLED: Final = 1.0
"""Seconds after which what was provisional is looked at again."""

_HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, for whatever is between us and the browser."""

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
)


class EventStream:
    """The answer that goes on until the browser leaves or the server stops. An ASGI application."""

    def __init__(self, view: View, changes: Changes) -> None:
        self._view = view
        self._changes = changes
        self._versions: dict[str, str] = {}
        self._order: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        with scope["state"]["connection"].cut_at_stop(), self._changes.listen() as listener:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            telling = asyncio.create_task(self._tell(listener, send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                telling.cancel()
                leaving.cancel()
                _, failure = await asyncio.gather(leaving, telling, return_exceptions=True)
            if isinstance(failure, Exception):
                raise failure

    async def _tell(self, listener: Listener, send: Send) -> None:
        await _send(send, "retry: 1000\n\n")
        while True:
            began = time.monotonic()
            message, is_provisional = await run_in_threadpool(self._look)
            pause = _SHARE * (time.monotonic() - began)
            if message is not None:
                await _send(send, f"data: {message}\n\n")
            await asyncio.sleep(min(max(SHORTEST_PAUSE, pause), _LONGEST_PAUSE))
            await self._wait(listener, send, is_provisional=is_provisional)

    async def _wait(self, listener: Listener, send: Send, *, is_provisional: bool) -> None:
        """Return once it is time to look again."""
        while True:
            try:
                async with asyncio.timeout(_SETTLED if is_provisional else _HEARTBEAT):
                    changes = await listener.take()
            except TimeoutError:
                if is_provisional:
                    return
                await _send(send, ": still here\n\n")
            else:
                if any(self._view.concerns(change) for change in changes):
                    return

    def _look(self) -> tuple[str | None, bool]:
        """Give what is new as JSON on one line, None if nothing is, and whether to look again soon."""
        content = self._view.content()
        everything = (*content.parts, *content.items)
        order = [item.id for item in content.items]
        changed = {part.id: part.html() for part in everything if self._versions.get(part.id) != part.version}
        is_known = not changed and order == self._order
        self._versions = {part.id: part.version for part in everything}
        self._order = order
        message = None if is_known else json.dumps({"parts": changed, "items": order})
        return message, content.provisional


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode("ascii"), "more_body": True})


async def _left(receive: Receive) -> None:
    """Return once the browser has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
