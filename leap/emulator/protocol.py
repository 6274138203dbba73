"""HTTP on the wire: uvicorn's protocol on h11, made quiet and sure of itself.

h11 is named and not left to uvicorn's choice, because the emulator's answers to malformed requests are
tested with it.
"""

import json
import logging
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from leap.emulator.errors import error_body

_logger: Final = logging.getLogger(__name__)
# A malformed request is the client's fault, and the client is told. uvicorn would warn on each.
_logger.setLevel(logging.ERROR)


class Protocol(H11Protocol):
    """One connection."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*arguments, **settings)
        self.logger = _logger

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
        if self.cycle is not None:
            # Whoever is still at work on a request of this connection must neither wait nor answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
