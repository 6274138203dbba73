"""Starting and stopping."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from leap.emulator import Emulator, StoreError


def test_answers_as_soon_as_start_returns(connect: Any, jobs_path: str) -> None:
    """The first request after start succeeds, without a wait or a second try."""
    emulator = Emulator()
    emulator.start()
    try:
        assert connect(emulator).request("GET", jobs_path).status == 200
    finally:
        emulator.close()


def test_url_names_the_port() -> None:
    """The URL has a scheme, the loopback address, a port and no slash at its end."""
    with Emulator() as emulator:
        parts = urlsplit(emulator.url)
        assert (parts.scheme, parts.hostname, parts.path) == ("http", "127.0.0.1", "")
        assert parts.port


def test_several_run_side_by_side_in_threads(connect: Any) -> None:
    """Emulators started on several threads each keep their own jobs."""
    seen: list[int] = []

    def run() -> None:
        with Emulator() as emulator:
            api = connect(emulator, token="the-same")  # noqa: S106
            api.create()
            seen.append(len(api.request("GET", "/api/v1/images/models/a-model/inferences").json))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]


def test_a_taken_port_is_named_in_the_error() -> None:
    """A port in use gives an OSError that says which, and leaves nothing running."""
    with Emulator() as emulator:
        port = urlsplit(emulator.url).port
        assert port
        second = Emulator(port=port)
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            second.start()
        with pytest.raises(RuntimeError, match="not running"):
            _ = second.url


def test_its_port_is_free_again_after_stop() -> None:
    """A port can be taken again at once after stop, even if connections were open."""
    with Emulator() as emulator:
        port = urlsplit(emulator.url).port or 0
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse().read()
    connection.close()
    with Emulator(port=port) as again:
        assert urlsplit(again.url).port == port


def test_stop_leaves_no_thread_and_no_listener(connect: Any) -> None:
    """After stop, in the middle of drawing, no thread of the emulator lives and nobody listens."""
    before = set(threading.enumerate())
    emulator = Emulator(speed=1)
    emulator.start()
    url = urlsplit(emulator.url)
    for _ in range(20):
        connect(emulator).create(numberOfImages=4, width=1024, height=1024)
    emulator.stop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port))


def test_stop_does_not_wait_for_a_client_that_stalls() -> None:
    """A client that announced a body and never sends it does not hold stop up for long."""
    emulator = Emulator()
    emulator.start()
    url = urlsplit(emulator.url)
    with socket.create_connection((url.hostname, url.port)) as client:
        client.sendall(
            b"POST /api/v1/images/models/m/inferences HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
            b"Content-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        stopping = threading.Thread(target=emulator.stop)
        stopping.start()
        stopping.join(10)
        assert not stopping.is_alive()


def test_stop_twice_is_fine_and_start_twice_is_not() -> None:
    """Stop does nothing the second time; start while running is refused."""
    emulator = Emulator()
    emulator.stop()
    with emulator, pytest.raises(RuntimeError, match="running already"):
        emulator.start()
    emulator.stop()


def test_signal_handlers_are_left_alone() -> None:
    """The process keeps its own handlers of SIGINT and SIGTERM."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Emulator():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_program_that_uses_it_prints_nothing_and_ends() -> None:
    """Serving, refusing, hearing nonsense and being left running at the end of a program: all quiet."""
    program = """
import socket, urllib.request, urllib.error
from urllib.parse import urlsplit
from leap.emulator import Emulator
emulator = Emulator()
emulator.start()
try:
    urllib.request.urlopen(emulator.url + "/nothing")
except urllib.error.HTTPError as error:
    error.close()
url = urlsplit(emulator.url)
with socket.create_connection((url.hostname, url.port)) as client:
    client.sendall(b"nonsense\\r\\n\\r\\n")
    client.recv(1000)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "settings",
    [
        {"port": 65536},
        {"port": -1},
        {"speed": 0},
        {"speed": float("nan")},
        {"fail_rate": 1.5},
        {"rate_limit": 0},
        {"tokens": ["two words"]},
        {"max_body_bytes": 0},
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, Any]) -> None:
    """A bad setting is refused before anything is opened, by its name."""
    with pytest.raises(ValueError, match=next(iter(settings))):
        Emulator(**settings)


@pytest.mark.parametrize("content", [b"This is no database, only a text that is long enough.", None])
def test_a_bad_database_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A folder that is a file, or holds what is no database, gives a StoreError with its name."""
    path = tmp_path / "data" / "emulator.db"
    if content is None:
        path.parent.write_text("a file where a folder is wanted")
    else:
        path.parent.mkdir()
        path.write_bytes(content)
    emulator = Emulator(data=path.parent)
    with pytest.raises(StoreError, match=r"data"):
        emulator.start()
    assert content is None or path.read_bytes() == content


def test_one_database_serves_one_emulator_at_a_time(tmp_path: Path) -> None:
    """A second emulator on the same file is refused, since both would draw the same jobs."""
    with Emulator(data=tmp_path):
        second = Emulator(data=tmp_path)
        with pytest.raises(StoreError, match="locked"):
            second.start()
