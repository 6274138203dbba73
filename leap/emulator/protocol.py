"""HTTP on the wire: uvicorn's protocol on h11, made quiet and sure of itself.

h11 is named and not left to uvicorn's choice, because the emulator's answers to malformed requests are
tested with it.
"""

import asyncio
import json
import logging
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from leap.emulator.errors import error_body

_logger: Final = logging.getLogger(__name__)
# A malformed request is the client's fault, and the client is told. uvicorn would warn on each.
_logger.setLevel(logging.ERROR)


class Connection:
    """What an application can do with the connection of a request: `scope["state"]["connection"]`.

    Without a request under way all of it does nothing.
    """

    def __init__(self, protocol: "Protocol") -> None:
        self._protocol = protocol
        self._ended = asyncio.Event()
        self._cut_at_stop = False

    def reset(self) -> None:
        """Break the connection with a TCP reset; what the client did not receive yet is lost."""
        transport = self._protocol.transport
        if not transport.is_closing():
            # To linger for no time at all is what makes the closing of a socket a reset.
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._cut()

    async def wait(self, seconds: float) -> bool:
        """Let time pass, at least one turn of the event loop; False at once if the connection has ended.

        The request's body is to be read before.
        """
        # uvicorn may have stopped reading at the end of a body, when much of it came at once. Who does not
        # read does not notice either that the client hangs up.
        self._protocol.flow.resume_reading()
        if seconds <= 0:
            await asyncio.sleep(0)
            return not self._ended.is_set()
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return True
        return False

    async def flush(self) -> bool:
        """Wait until everything written is with the operating system; False if the connection has ended."""
        self._protocol.transport.set_write_buffer_limits(high=0)
        await self._protocol.flow.drain()
        return not self._ended.is_set()

    @contextmanager
    def cut_at_stop(self) -> Iterator[None]:
        """Do not let the request under way hold up the end of the server."""
        self._cut_at_stop = True
        try:
            yield
        finally:
            self._cut_at_stop = False

    def end(self) -> None:
        """Note that the connection is lost."""
        self._ended.set()

    def stop(self) -> None:
        """Note that the server stops."""
        if self._cut_at_stop:
            self._cut()

    def _cut(self) -> None:
        self.end()
        self._protocol.give_up_request()
        self._protocol.transport.abort()


class Protocol(H11Protocol):
    """One connection."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*arguments, **settings)
        self.logger = _logger
        self._connection = Connection(self)
        self.app_state = {**self.app_state, "connection": self._connection}

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        super().connection_lost(exc)
        self._connection.end()

    def shutdown(self) -> None:
        """Begin to stop: what may not hold up the end is cut off."""
        super().shutdown()
        self._connection.stop()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP in the form of every other refusal, and hang up.

        Bytes may go wrong in the middle of a body, after an answer was begun or even given; there is no
        second answer then, which uvicorn's own method would try to send and fail.
        """
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = json.dumps(error_body(400, msg)).encode("ascii")
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode("ascii")),
                (b"connection", b"close"),
            ]
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.give_up_request()
        self.transport.close()

    def give_up_request(self) -> None:
        """See to it that whoever is at work on a request of this connection neither waits nor answers."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
