"""A loopback server in a process of its own that answers with bytes made beforehand."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import re
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from types import TracebackType

    from benchmarks.canned import Site

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_START_SECONDS = 60.0


class Loopback:
    """The server, running while its `with` block does: one port for each site.

    Args:
        sites: What to answer, by a name for `url`.

    Raises:
        RuntimeError: The server's process did not come up.
    """

    def __init__(self, sites: Mapping[str, Site]) -> None:
        context = multiprocessing.get_context("spawn")
        self._ports: dict[str, int] = {}
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve_in_process, args=(dict(sites), sender), daemon=True)

    def url(self, site: str) -> str:
        """Scheme, address and port of a site."""
        return f"http://127.0.0.1:{self._ports[site]}"

    def __enter__(self) -> Self:
        self._process.start()
        if not self._receiver.poll(_START_SECONDS):
            self._process.terminate()
            raise RuntimeError("the loopback server did not start")
        self._ports = self._receiver.recv()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()


class _CannedAnswers(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        self._answers = answers
        self._received = b""
        self._body_left = 0
        self._answer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"{transport!r} cannot be written to")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._body_left:
            # An upload: what it holds is not looked at, and not kept.
            taken = min(self._body_left, len(data))
            self._body_left -= taken
            if self._body_left:
                return
            self._transport.write(self._answer)
            data = data[taken:]
        self._received += data
        while (head_end := self._received.find(_HEAD_END)) >= 0:
            head = self._received[:head_end]
            length = _CONTENT_LENGTH.search(head)
            request_end = head_end + len(_HEAD_END) + (int(length[1]) if length else 0)
            method, target, _ = head.split(b" ", 2)
            route = method + b" " + target.partition(b"?")[0]
            self._answer = self._answers.get(route, _NOT_FOUND)
            self._body_left = max(0, request_end - len(self._received))
            self._received = self._received[request_end:]
            if self._body_left:
                return
            self._transport.write(self._answer)


def _serve_in_process(sites: Mapping[str, Site], sender: Connection) -> None:
    asyncio.run(_serve(sites, sender))


async def _serve(sites: Mapping[str, Site], sender: Connection) -> None:
    loop = asyncio.get_running_loop()
    ports: dict[str, int] = {}
    for name, site in sites.items():
        answers = site.answers()
        listener = await loop.create_server(functools.partial(_CannedAnswers, answers), "127.0.0.1", 0)
        ports[name] = listener.sockets[0].getsockname()[1]
    sender.send(ports)
    await asyncio.Event().wait()
