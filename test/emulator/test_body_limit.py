"""Bodies that are too large or never end."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from leap.emulator import Emulator

PATH = "/api/v1/images/models/m/inferences"
HEAD = (
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"
).encode()


def _dial(emulator: Emulator) -> socket.socket:
    url = urlsplit(emulator.url)
    return socket.create_connection((url.hostname, url.port), timeout=15)


def _read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.fixture(scope="module")
def small() -> Iterator[Emulator]:
    """An emulator that reads 1000 bytes at most."""
    with Emulator(max_body_bytes=1000) as emulator:
        yield emulator


def _body_of(length: int) -> bytes:
    body = json.dumps({"prompt": "", "width": 8, "height": 8}).encode()
    return body.replace(b'""', b'"' + b"x" * (length - len(body)) + b'"')


@pytest.mark.parametrize("chunked", [False, True])
def test_the_limit_is_exact(small: Emulator, connect: Any, chunked: bool) -> None:
    """A body of just the limit is read; one byte more is answered 413, with or without a length."""
    api = connect(small)
    for length, status in ((1000, 200), (1001, 413)):
        body = _body_of(length)
        assert len(body) == length
        headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            chunks = iter([body[:400], body[400:]])
            answer = api.request("POST", PATH, chunks, headers, encode_chunked=True)
        else:
            answer = api.request("POST", PATH, body, headers)
        assert answer.status == status
        if status == 413:
            assert answer.json["error"] == "Payload Too Large"


def test_a_megabyte_is_read_by_default(api: Any, jobs_path: str) -> None:
    """Without settings a prompt of almost 1 MiB is taken, and one beyond it is answered 413."""
    assert api.create(prompt="x" * (2**20 - 200))["state"] == "queued"
    assert api.request("POST", jobs_path, {"prompt": "x" * 2**20}).status == 413


def test_a_length_too_large_is_refused_unread(small: Emulator) -> None:
    """An announced body of a terabyte is answered 413 before a byte of it was sent, then hung up."""
    with _dial(small) as client:
        client.sendall(HEAD + b"Content-Length: 1000000000000\r\nExpect: 100-continue\r\n\r\n")
        answer = _read_all(client)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in answer


@pytest.mark.parametrize("authorized", [True, False])
def test_an_endless_body_is_answered_and_hung_up(small: Emulator, authorized: bool) -> None:
    """A client that never stops sending chunks gets its answer, whichever, and the connection ends."""
    head = HEAD if authorized else HEAD.replace(b"Authorization", b"X-Nothing")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with _dial(small) as client:
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413 " if authorized else b"HTTP/1.1 401 ")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012 - until it is noticed
            while True:
                client.sendall(chunk)


def test_a_client_that_sent_all_before_it_reads_gets_its_answer(small: Emulator) -> None:
    """The answer to a large body is not lost in a reset, even if the client reads only afterwards."""
    body = b" " * 300_000
    for _ in range(5):
        with _dial(small) as client:
            client.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert _read_all(client).startswith(b"HTTP/1.1 413 ")
