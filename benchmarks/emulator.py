"""The emulator under load: jobs accepted, reading meanwhile, listing far back, and memory over time.

The emulator runs in a process of its own on a folder of data, with 100,000 stored jobs, and draws in the
background what it is asked for. Eight client processes, each with one connection, ask as fast as they get
answers.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.report import Row, timed_row
from benchmarks.timing import Ratio, Spread, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENTS: Final = 8
_MODEL: Final = "a-model"
_TOKEN: Final = "benchmark"  # noqa: S105 - any will do
_JOBS: Final = f"/api/v1/images/models/{_MODEL}/inferences"
_SECONDS: Final = 600.0
_CONTEXT: Final = multiprocessing.get_context("spawn")
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BODY: Final = {"prompt": "a red fox in the snow, at dawn", "width": 512, "height": 512, "seed": 7}

_CREATES_A_SECOND: Final = 500.0
_MILLISECONDS_TO_FIND: Final = 20.0
_LATE_PAGE: Final = 1000
_LATE_PAGE_RATIO: Final = 2.0
_MEMORY_RATIO: Final = 1.1


def measure(*, stored: int, seconds: float, rounds: int, passing: int) -> list[Row]:
    """Measure an emulator.

    Args:
        stored: How many jobs it keeps before anything is measured.
        seconds: How long it is under load.
        rounds: How often each page is listed.
        passing: How many jobs are created and deleted while its memory is watched.
    """
    with tempfile.TemporaryDirectory() as folder:
        ids = _fill(folder, stored)
        with _running(folder) as (address, _pid):
            rows = [_listing(address, rounds, stored), *_load(address, ids, seconds)]
    with tempfile.TemporaryDirectory() as folder, _running(folder) as (address, pid):
        return [*rows, _memory(address, pid, passing)]


def _fill(folder: str, stored: int) -> list[str]:
    """Store finished jobs as the emulator's own store does, and give their ids."""
    from leap.emulator.changes import Changes
    from leap.emulator.fate import Fates
    from leap.emulator.image_request import ImageRequest
    from leap.emulator.store import Store

    ids = []
    with Store(folder, Fates(1, 0), Changes()) as store:
        for _ in range(stored):
            job = store.jobs.add(
                _TOKEN, _BODY["prompt"], lambda seed: ImageRequest.of_body(_BODY, _MODEL, seed)
            )
            store.jobs.finish(job)
            ids.append(job.id)
    return ids


@contextmanager
def _running(folder: str) -> Iterator[tuple[tuple[str, int], int]]:
    """`leap emulate` on a folder: its address and the number of its process."""
    command = [sys.executable, "-m", "leap.cli", "emulate", "--port", "0", "--data", folder, "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - it is ours
        line = process.stdout.readline() if process.stdout else ""
        try:
            if not line:
                raise RuntimeError("the emulator did not start; it says why above")
            yield ("127.0.0.1", int(line.rpartition(":")[2])), process.pid
        finally:
            process.terminate()


class _Client:
    """One connection, and next to nothing of its own to do: the time is the emulator's."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = json.dumps(_BODY)
        self._create = _request(
            "POST", _JOBS, f"Content-Type: application/json\r\nContent-Length: {len(body)}", body
        )

    def create(self) -> str:
        """Submit a job, and give its id."""
        return str(json.loads(self._ask(self._create))["id"])

    def find_one(self, job_id: str) -> None:
        """Read a job."""
        self._ask(_request("GET", f"{_JOBS}/{job_id}"))

    def remove(self, job_id: str) -> None:
        """Delete a job."""
        self._ask(_request("DELETE", f"{_JOBS}/{job_id}"))

    def page(self, number: int, size: int = 20) -> int:
        """List a page, and give how many jobs are on it."""
        return len(json.loads(self._ask(_request("GET", f"{_JOBS}?page={number}&pageSize={size}"))))

    def _ask(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        if not received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the emulator answered {received[:300]!r}")
        found = _CONTENT_LENGTH.search(received, 0, end + 2)
        length = int(found[1]) if found else 0
        body = received[end + 4 :]
        while len(body) < length:
            body += self._receive()
        return body

    def _receive(self) -> bytes:
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise RuntimeError("the emulator closed the connection")
        return piece


def _request(method: str, path: str, header: str = "Content-Length: 0", body: str = "") -> bytes:
    lines = (
        f"{method} {path} HTTP/1.1",
        "Host: emulator",
        f"Authorization: Bearer {_TOKEN}",
        header,
        "",
        body,
    )
    return "\r\n".join(lines).encode()


def _in_clients(work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Do the same in all client processes, begun together, and give what each came to."""
    gate = _CONTEXT.Barrier(CLIENTS)
    with ProcessPoolExecutor(CLIENTS, _CONTEXT, gate.wait, (_SECONDS,)) as processes:
        pending = [processes.submit(work, number, *arguments) for number in range(CLIENTS)]
        return [each.result() for each in pending]


def _listing(address: tuple[str, int], rounds: int, stored: int) -> Row:
    client = _Client(address)
    late = min(_LATE_PAGE, stored // 20)
    assert client.page(1) == client.page(late) == 20  # noqa: S101, PLR2004 - else nothing is measured
    times = in_turn(
        {"late": lambda: client.page(late), "first": lambda: client.page(1)}, rounds=rounds, warm_up=20
    )
    return timed_row(
        f"emulator: list page {late:,}",
        "emulator",
        (Spread.of(times["late"]), Spread.of(times["first"])),
        Ratio.between(times["late"], times["first"]),
        against="page 1",
        target=_LATE_PAGE_RATIO,
    )


def _load(address: tuple[str, int], ids: list[str], seconds: float) -> list[Row]:
    created, times = 0, []
    for count, found in _in_clients(_create_and_find, address, random.Random(1).sample(ids, 1000), seconds):  # noqa: S311
        created += count
        times += found
    p99 = statistics.quantiles(times, n=100)[98] * 1000
    note = (
        f"{CLIENTS} client processes create and read in turn as fast as they get answers, beside"
        f" {len(ids):,} stored jobs and the drawing of what they create"
    )
    return [
        Row(
            "emulator: jobs accepted",
            "emulator",
            "/s",
            created / seconds,
            target=_CREATES_A_SECOND,
            note=note,
        ),
        Row(
            "emulator: find_one meanwhile, p99",
            "emulator",
            "ms",
            p99,
            target=_MILLISECONDS_TO_FIND,
            note=note,
        ),
    ]


def _create_and_find(
    number: int, address: tuple[str, int], ids: list[str], seconds: float
) -> tuple[int, list[float]]:
    """Submit a job and read another, in turn; gives how many, and the seconds of each reading."""
    client = _Client(address)
    chance = random.Random(number)  # noqa: S311 - a sample
    times: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.create()
        job_id = chance.choice(ids)
        begun = time.perf_counter()
        client.find_one(job_id)
        times.append(time.perf_counter() - begun)
    return len(times), times


def _memory(address: tuple[str, int], pid: int, passing: int) -> Row:
    """How the emulator's memory after so many jobs compares with that after a tenth of them."""
    first = passing // 10
    _in_clients(_create_and_remove, address, first // CLIENTS)
    early = _resident(pid)
    _in_clients(_create_and_remove, address, (passing - first) // CLIENTS)
    late = _resident(pid)
    return Row(
        f"emulator: after {passing:,} jobs came and went",
        "emulator",
        "MB",
        late / 1e6,
        f"after {first:,}",
        early / 1e6,
        target=_MEMORY_RATIO,
    )


def _create_and_remove(_number: int, address: tuple[str, int], count: int) -> None:
    client = _Client(address)
    for _ in range(count):
        client.remove(client.create())


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds. Linux only."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("the kernel does not tell VmRSS")
    return int(found[1]) * 1024
