"""A server of the tests' own on the loopback interface: it sends any bytes, and breaks in any way.

It speaks just enough HTTP to read requests. What it answers is up to each test, byte by byte, and so is
when: nothing here sleeps, a script that has to wait does so until its test releases it.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from contextlib import ExitStack, suppress
from http.client import parse_headers
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest

from leap import Leap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from pathlib import Path
    from typing import Self

    import trustme

    from leap.emulator import Emulator

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - a token that nothing accepts

DEADLINE = 10.0
"""Seconds after which a wait has failed; no test that passes comes near it."""


class ReceivedRequest(NamedTuple):
    """A request as it came over the wire."""

    method: str
    target: str
    headers: Message
    body: bytes
    connection: int
    """The number of the connection that it came over, counted from 1."""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Connection:
    """The server's side of a connection."""

    def __init__(self, server: Loopback, sock: socket.socket, number: int) -> None:
        self.server = server
        self.socket = sock
        self.number = number
        self.ended_by_client = threading.Event()
        """Set once the client has closed its side."""
        self.ended = threading.Event()
        """Set once this side is closed too."""
        self._reader = sock.makefile("rb")

    def request(self) -> ReceivedRequest | None:
        """The next request, read whole; None at the end of the connection."""
        line = self._reader.readline()
        if not line:
            self.ended_by_client.set()
            return None
        method, target, _version = line.decode("latin-1").split()
        headers = parse_headers(self._reader)
        body = self._reader.read(int(headers.get("Content-Length", 0)))
        request = ReceivedRequest(method, target, headers, body, self.number)
        with self.server.changed:
            self.server.requests.append(request)
            self.server.changed.notify_all()
        return request

    def send(self, *pieces: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(b"".join(pieces))

    def wait(self) -> None:
        """Do nothing until the test releases the server."""
        assert self.server.released.wait(DEADLINE)

    def close(self) -> None:
        """Close it in order."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self.socket.close()
        self.ended.set()

    def reset(self) -> None:
        """Break it: the client gets an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reader.close()
        self.socket.close()
        self.ended.set()


Answer: TypeAlias = "bytes | Callable[[Connection], None]"


class Loopback:
    """An HTTP server on 127.0.0.1 that does what a test tells it to.

    Attributes:
        requests: What it has received.
        connections: What it has accepted.
        released: What its scripts wait for.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1") -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections: list[Connection] = []
        self.released = threading.Event()
        self.changed = threading.Condition()
        self._answers: list[Answer] = []
        self._greeting: Callable[[Connection], None] | None = None
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def answer(self, *answers: Answer) -> None:
        """Answer the next requests with these, one each, and every request after them with the last.

        An answer is the bytes to send, or a function that does with the connection what it likes.
        """
        self._answers = list(answers)

    def greet(self, greeting: Callable[[Connection], None]) -> None:
        """Do this with each new connection before anything is read from it."""
        self._greeting = greeting

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on the requests or connections holds."""
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        # Wakes the thread that accepts; a plain close would leave it waiting.
        self._listener.shutdown(socket.SHUT_RDWR)
        with self.changed:
            connections = list(self.connections)
        for connection in connections:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()
        self._listener.close()

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                sock, _address = self._listener.accept()
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        if self._tls:
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:  # the client does not trust the certificate
                sock.close()
                return
        with self.changed:
            connection = Connection(self, sock, len(self.connections) + 1)
            self.connections.append(connection)
            self.changed.notify_all()
        try:
            self._talk(connection)
        except OSError:  # the client went away, or the test is over
            connection.ended_by_client.set()
        finally:
            connection.close()

    def _talk(self, connection: Connection) -> None:
        if self._greeting:
            self._greeting(connection)
        while not connection.ended.is_set() and connection.request():
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if callable(answer):
                answer(connection)
            else:
                connection.send(answer)


def http_answer(
    body: bytes | str | object = b"", status: str = "200 OK", *, length: int | None = None, **headers: str
) -> bytes:
    """An answer of HTTP/1.1 as bytes.

    Args:
        body: Bytes or text as they are, anything else as JSON.
        status: The status code and the reason phrase.
        length: The Content-Length that is claimed instead of the true one.
        **headers: Further fields, with `_` for `-`.
    """
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers = {"Content_Type": "application/json", **headers}
    fields = {"Content_Length": str(len(body) if length is None else length), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@pytest.fixture
def answer_of() -> Callable[..., bytes]:
    """Makes an answer as bytes: `answer_of(body, "200 OK", length=…, X_Name="…")`."""
    return http_answer


@pytest.fixture
def new_loopback() -> Iterator[Callable[..., Loopback]]:
    """Starts a server, with TLS if it is given a context."""
    with ExitStack() as stack:
        yield lambda *arguments, **settings: stack.enter_context(Loopback(*arguments, **settings))


@pytest.fixture
def loopback(new_loopback: Callable[..., Loopback]) -> Loopback:
    """A server without TLS."""
    return new_loopback()


@pytest.fixture
def leap_at() -> Iterator[Callable[..., Leap]]:
    """Makes a client of a host that is closed at the end of the test."""
    with ExitStack() as stack:

        def make(host: str, **settings: Any) -> Leap:
            return stack.enter_context(Leap(host=host, **{"access_token": TOKEN, **settings}))

        yield make


@pytest.fixture
def leap(loopback: Loopback, leap_at: Callable[..., Leap]) -> Leap:
    """A client of the loopback server."""
    return leap_at(loopback.url)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that is as fast as it can be."""
    from leap.emulator import Emulator

    with Emulator(speed=float("inf")) as emulator:
        yield emulator


@pytest.fixture
def emulated(emulator: Emulator, leap_at: Callable[..., Leap]) -> Leap:
    """A client of the emulator."""
    return leap_at(emulator.url)


@pytest.fixture
def job() -> dict[str, Any]:
    """A job as the service sends it."""
    return {
        "id": "a047df00-8bdd-4d57-a9bd-6eebef36ecaa",
        "createdAt": "2023-05-09T13:18:46.085Z",
        "prompt": "A photo of an astronaut riding a horse",
        "negativePrompt": "asymmetric, bad hands, bad hair",
        "seed": 4523184,
        "width": 1024,
        "height": 1024,
        "promptStrength": 7,
        "numberOfImages": 1,
        "state": "queued",
        "status": "queued",
        "steps": 50,
        "images": [],
        "modelId": "26a1a203-3a46-42cb-8cfa-f4de075907d8",
        "upscalingOption": "x1",
    }


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts who was not told to."""
    import trustme

    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the authority in a file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def tls_for(authority: trustme.CA) -> Callable[[str], ssl.SSLContext]:
    """Makes the TLS settings of a server with a certificate of the authority for a host name."""

    def make(host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        return context

    return make
