"""No request makes the emulator read more than a set number of bytes."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leap.emulator.errors import payload_too_large, refusal_response

_FORM: Final = b"multipart/form-data"

LINGER_SECONDS: Final = 1.0
"""How long a client that still sends is listened to after it was refused."""


class BodyLimit:
    """An ASGI layer that answers 413 to a body that is too large, whether it says its length or not.

    A body within the limit that states its length passes untouched, since the HTTP parser holds it to
    its word. After any answer given before a body without a length has ended, the connection closes.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int, max_upload_bytes: int) -> None:
        """Wrap `app`. A form, which may carry files, has a limit of its own: `max_upload_bytes`."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length, chunked, types = 0, False, []
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = True
            elif name == b"content-type":
                types.append(value)
        # Whoever says two things gets the lower limit.
        is_form = bool(types) and all(value.lower().startswith(_FORM) for value in types)
        most = self._max_upload_bytes if is_form else self._max_body_bytes
        if not chunked and length <= most:
            await self._app(scope, receive, send)
            return
        body = _Body(receive, send)
        if not chunked:
            await _refuse(scope, body, most)
            return
        try:
            await self._app(scope, body.limited_receive(most), body.send)
        except _TooLargeError:
            await _refuse(scope, body, most)


async def _refuse(scope: Scope, body: "_Body", most: int) -> None:
    await refusal_response(payload_too_large(most))(scope, body.receive, body.send)


class _TooLargeError(BaseException):
    """Passes through every layer inside, past handlers of Exception."""


class _Body:
    """The two directions of one exchange whose request body may not end."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    def limited_receive(self, max_body_bytes: int) -> Receive:
        received = 0

        async def receive() -> Message:
            nonlocal received
            message = await self.receive()
            received += len(message.get("body", b""))
            if received > max_body_bytes:
                raise _TooLargeError
            return message

        return receive

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._ended:
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        if message["type"] != "http.response.body" or message.get("more_body", False) or self._ended:
            await self._send(message)
            return
        # Closing a socket that has unread bytes resets the connection, and the client would lose the
        # answer with it. So the answer goes out whole, the client gets a moment to stop sending, and
        # only then does the exchange end.
        await self._send({**message, "more_body": True})
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._ended:
                    await self.receive()
        except TimeoutError:
            pass
        await self._send({"type": "http.response.body", "body": b""})
