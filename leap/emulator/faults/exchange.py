"""One request that goes wrong, from its first byte to the last of its answer or the end of its connection."""

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leap.emulator.faults.answer import Answer, altered
from leap.emulator.faults.fault import Fault

if TYPE_CHECKING:
    from leap.emulator.protocol import Connection

_PIECE: Final = 65_536
"""Bytes of a body that are sent at once."""

_PIECES_A_SECOND: Final = 10
"""How many pieces a slow body comes in, each second."""

_MOMENT: Final = 0.05
"""Seconds in which a client can read half a body before the reset: some systems throw away with it what was
not read yet."""


class Exchange:
    """A request and what a fault makes of it.

    It ends early, without an answer, when the client hangs up or the emulator stops.
    """

    def __init__(self, app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Take `app` for the right answer, and the request."""
        self._app = app
        self._fault = fault
        self._scope = scope
        self._receive = receive
        self._send = send
        self._connection: Connection = scope["state"]["connection"]

    async def run(self) -> None:
        """Let it go wrong."""
        with self._connection.cut_at_stop():
            request = await self._read()
            if request is not None:
                await self._answer(request)

    async def _read(self) -> bytes | None:
        """Read the whole body, or give None if the client hangs up.

        A connection with unread bytes would neither notice that the client hangs up while it waits, nor
        could the client be sure to have sent everything before a reset.
        """
        body = b""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            body += bytes(message.get("body", b""))
            if not message.get("more_body", False):
                return body

    async def _answer(self, request: bytes) -> None:
        fault = self._fault
        if not fault.carried_out and not await self._connection.wait(fault.delay):
            return
        if fault.reset == "before":
            self._connection.reset()
            return
        real, failure = None, None
        if fault.status is None or fault.carried_out:
            real, failure = await self._carry_out(request)
        if fault.reset == "after":
            self._connection.reset()
        elif not fault.carried_out or await self._connection.wait(fault.delay):
            await self._give(altered(fault, real))
        if failure is not None:
            raise failure

    async def _carry_out(self, request: bytes) -> tuple[Answer, Exception | None]:
        """Give the right answer; and what was raised after it, which Starlette does with its 500."""
        collected = _Collected()
        rest: list[Message] = [{"type": "http.request", "body": request, "more_body": False}]

        async def receive() -> Message:
            return rest.pop() if rest else await self._receive()

        failure = None
        try:
            await self._app(self._scope, receive, collected.send)
        except Exception as error:
            if not collected.whole:
                raise
            failure = error
        return collected.answer(), failure

    async def _give(self, answer: Answer) -> None:
        length = answer.length
        if self._scope["method"] == "HEAD":
            length = 0
        elif self._fault.reset == "body":
            length //= 2
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
        )
        if not await self._give_body(answer, length):
            return
        if self._fault.reset != "body":
            await self._send({"type": "http.response.body", "body": b""})
        elif await self._connection.flush() and await self._connection.wait(_MOMENT):
            self._connection.reset()

    async def _give_body(self, answer: Answer, length: int) -> bool:
        """Send so many bytes of the body; False if the connection has ended."""
        rate = self._fault.bytes_per_second
        step = _PIECE if rate is None else max(1, min(_PIECE, int(rate / _PIECES_A_SECOND)))
        clock = asyncio.get_running_loop().time
        begun, sent = clock(), 0
        while sent < length:
            piece = answer.piece(sent, min(step, length - sent))
            sent += len(piece)
            # At full speed other requests still get their turn between two pieces.
            if not await self._connection.wait(0 if rate is None else begun + sent / rate - clock()):
                return False
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        return True


class _Collected:
    """An answer on its way out, kept back."""

    def __init__(self) -> None:
        self._start: Message = {}
        self._body = bytearray()
        self.whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            self.whole = not message.get("more_body", False)

    def answer(self) -> Answer:
        headers = tuple((name.lower(), value) for name, value in self._start["headers"])
        return Answer(self._start["status"], headers, bytes(self._body))
