"""Connections on which something went wrong: what can go on does, and nothing is left behind."""

import gc
import http.client
import json
import logging
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from leap.emulator import Emulator
from leap.emulator.faults.exchange import Exchange

FAULTS: list[dict[str, Any]] = [
    {"delay": 0.01},
    {"delay": 0.01, "carried_out": True},
    {"bytes_per_second": 100_000},
    {"status": 503},
    {"status": 204},
    {"status": 205},
    {"status": 304},
    {"status": 204, "carried_out": True},
    {"status": 502, "body": "html", "bytes_per_second": 100_000},
    {"body": "truncated"},
    {"body": "wrong"},
    {"body": "unknown_state"},
    {"body": "null"},
    {"body": "missing"},
    {"body": "huge", "size": 1_000_000},
]
MINE = {"Authorization": "Bearer mine", "Content-Type": "application/json"}


def _dial(emulator: Emulator) -> socket.socket:
    parts = urlsplit(emulator.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def _exchanges() -> list[Exchange]:
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, Exchange)]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_connection_goes_on(
    emulator: Emulator, api: Any, jobs_path: str, fault: dict[str, Any], method: str, chunked: bool
) -> None:
    """After any fault but a reset the same connection serves the next request."""
    ours = emulator.faults.for_token(api.token)
    headers = {**MINE, "Authorization": f"Bearer {api.token}"}
    ours.add(times=1, **fault)
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=20)
    try:
        body = json.dumps({"prompt": "x" * 100_000, "width": 8, "height": 8}).encode()
        sent: Any = iter([body[:70_000], body[70_000:]]) if chunked else body
        connection.request(method, jobs_path, sent, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        assert answer.status == fault.get("status", 200)
        read = answer.read()
        assert len(read) == (0 if method == "HEAD" else int(answer.headers.get("Content-Length", 0)))
        before = connection.sock
        connection.request("GET", jobs_path, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, connection.sock) == (200, before)
        json.loads(answer.read())
        assert [rule.hits for rule in ours] == [1]
    finally:
        ours.clear()
        connection.close()


@pytest.mark.parametrize(
    "fault", [{"delay": 3600}, {"bytes_per_second": 0.001}, {"body": "huge", "size": 10**12}], ids=str
)
def test_a_client_that_hangs_up_ends_it(
    emulator: Emulator,
    wait_until: Any,
    jobs_path: str,
    fault: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing goes on waiting or sending for a client that has gone, even one that sent a large body."""
    # However much comes at once, uvicorn stops reading at its end, as it otherwise does by chance.
    monkeypatch.setattr("uvicorn.protocols.http.h11_impl.HIGH_WATER_LIMIT", 1)
    rule = emulator.faults.add(**fault)
    body = json.dumps({"prompt": "x" * 500_000}).encode()
    head = (
        f"POST {jobs_path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mine\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        with _dial(emulator) as client:
            client.sendall(head.encode() + body)
            wait_until(lambda: rule.hits)
            wait_until(_exchanges)
        wait_until(lambda: not _exchanges())
    finally:
        emulator.faults.clear()


def test_a_request_given_up_in_its_delay_is_not_carried_out(
    emulator: Emulator, api: Any, wait_until: Any, jobs_path: str
) -> None:
    """Who hangs up while the request waits gets no job, and one job if the request was carried out first."""
    ours = emulator.faults.for_token(api.token)
    for carried_out in (False, True):
        rule = ours.add(method="POST", delay=3600, carried_out=carried_out)
        connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
        headers = {**MINE, "Authorization": f"Bearer {api.token}"}
        connection.request("POST", jobs_path, b'{"prompt": "x"}', headers)
        wait_until(lambda rule=rule: rule.hits)
        if carried_out:
            wait_until(lambda: api.request("GET", jobs_path).json)
        connection.close()
        wait_until(lambda: not _exchanges())
        assert len(api.request("GET", jobs_path).json) == carried_out
        ours.clear()


@pytest.mark.parametrize(
    "fault", [{"delay": 3600}, {"bytes_per_second": 0.001}, {"body": "huge", "size": 10**12}], ids=str
)
def test_stop_does_not_wait(
    jobs_path: str, fault: dict[str, Any], wait_until: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault under way does not hold stop up until uvicorn loses its patience, and logs nothing."""
    emulator = Emulator()
    emulator.start()
    rule = emulator.faults.add(**fault)
    with _dial(emulator) as client, caplog.at_level(logging.WARNING):
        client.sendall(f"GET {jobs_path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode())
        wait_until(lambda: rule.hits)
        if "delay" not in fault:
            assert client.recv(12) == b"HTTP/1.1 200"
        stopping = threading.Thread(target=emulator.stop)
        stopping.start()
        stopping.join(20)
        assert not stopping.is_alive()
    assert caplog.records == []


def test_a_request_that_was_broken_off_breaks_no_other(emulator: Emulator, api: Any, jobs_path: str) -> None:
    """Resets of some connections leave those beside them alone."""
    ours = emulator.faults.for_token("mine")
    ours.add(reset="before")
    kept = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=20)
    headers = {"Authorization": f"Bearer {api.token}"}
    kept.request("GET", jobs_path, headers=headers)
    kept.getresponse().read()
    before = kept.sock
    for _ in range(20):
        broken = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=20)
        broken.request("GET", jobs_path, headers=MINE)
        with pytest.raises(ConnectionResetError):
            broken.getresponse()
        broken.close()
    kept.request("GET", jobs_path, headers=headers)
    assert (kept.getresponse().status, kept.sock) == (200, before)
    kept.close()
    ours.clear()
