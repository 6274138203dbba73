"""One client, many threads, and one call in twenty that goes wrong: every paid job is accounted for.

The emulator is a process of its own. How many calls there are is set with LEAP_TEST_LOAD.
"""

from __future__ import annotations

import gc
import itertools
import json
import math
import os
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest

from leap import ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = int(os.environ.get("LEAP_TEST_LOAD", "2000"))
THREADS = 64
POOL_SIZE = 48
QUARTERS = 4
TOKEN = "the-workspace"  # noqa: S105 - a token that nothing accepts
MODEL = "a-model"
SMALL: dict[str, Any] = {"model_id": MODEL, "width": 64, "height": 64}

_EMULATOR = """
import json, sys
from leap.emulator import Emulator

# So slow that no job is ever drawn: it is about the calls.
with Emulator(speed=1e-6) as emulator:
    print(emulator.url, flush=True)
    for line in sys.stdin:
        if line.strip():
            emulator.faults.add(**json.loads(line))
        else:
            print(sum(rule.hits for rule in emulator.faults), flush=True)
            emulator.faults.clear()
"""

FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 503, "retry_after": 0},
    {"status": 429, "retry_after": 0},
    {"status": 502, "carried_out": True},
    {"status": 504, "carried_out": True, "body": "html"},
    {"reset": "before"},
    {"reset": "after"},
    {"reset": "body"},
    {"body": "truncated"},
    {"delay": 0.01},
]


class Sizes(NamedTuple):
    """What must not grow."""

    sockets: int
    threads: int
    traced_bytes: int


class Ledger:
    """What became of each submission, as the callers know it."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, str] = {}
        """The id of each job by its prompt."""
        self.doubtful: set[str] = set()
        """Prompts of which an error says that there may be a job."""
        self.refused: set[str] = set()
        """Prompts of which an error says that there is none."""
        self.removed: set[str] = set()
        self.perhaps_removed: set[str] = set()
        self.calls: Counter[str] = Counter()


class Server:
    """An emulator in a process of its own, in which one call in twenty goes wrong."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = process.stdout
        self._kinds = itertools.cycle(FAULTS)
        self._turn = itertools.count()
        self._lock = threading.Lock()
        self.url = self._answers.readline().strip()

    def take_turn(self) -> None:
        """Count a call; at each twentieth, add a fault for whichever request comes next."""
        if next(self._turn) % 20 == 0:
            with self._lock:
                fault = {**next(self._kinds), "times": 1, "path": "/api/**"}
                self._orders.write(json.dumps(fault) + "\n")
                self._orders.flush()

    def clear(self) -> int:
        """Take all faults back; gives how many have hit."""
        self._orders.write("\n")
        self._orders.flush()
        return int(self._answers.readline())


@pytest.fixture
def server() -> Iterator[Server]:
    """The emulator, for as long as a test runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", _EMULATOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield Server(process)
        process.communicate()  # the end of its orders is its own


class Crew:
    """The threads that share a client."""

    def __init__(self, leap: Leap, server: Server, ledger: Ledger) -> None:
        self.images = leap.generate_images
        self.server = server
        self.ledger = ledger
        self.most_connections = 0
        self._port = urlsplit(leap.api_client.configuration.host).port
        self._count = itertools.count()

    def connections(self) -> int:
        """How many connections to the emulator there are."""
        mine = psutil.Process().net_connections("tcp")
        return sum(
            each.status == "ESTABLISHED" and each.raddr.port == self._port for each in mine if each.raddr
        )

    def work(self, calls: int) -> None:
        """Make so many calls: submit, read, list, and delete every other job."""
        for _ in range(calls // 4):
            number = next(self._count)
            prompt = f"fox {number}"
            job_id = self._submit(prompt)
            self._quietly("find_one", inference_id=job_id or "unknown", model_id=MODEL)
            self._quietly("find_all", model_id=MODEL, page_size=3)
            if job_id and number % 2:
                self._remove(prompt, job_id)
            else:
                self._quietly("find_one", inference_id=job_id or "unknown", model_id=MODEL)

    def _submit(self, prompt: str) -> str | None:
        try:
            job = self._call("create", prompt=prompt, **SMALL)
        except ApiException as error:
            (self.ledger.doubtful if error.may_have_been_accepted else self.ledger.refused).add(prompt)
            return None
        # A copy: the ledger grows, and what the client has made must not.
        self.ledger.acknowledged[prompt] = job.id.encode().decode()
        return self.ledger.acknowledged[prompt]

    def _remove(self, prompt: str, job_id: str) -> None:
        try:
            self._call("remove", inference_id=job_id, model_id=MODEL)
        except ApiException:
            self.ledger.perhaps_removed.add(prompt)
        else:
            self.ledger.removed.add(prompt)

    def _quietly(self, name: str, **arguments: Any) -> None:
        try:
            self._call(name, **arguments)
        except ApiException:
            self.ledger.calls["failed"] += 1

    def _call(self, name: str, **arguments: Any) -> Any:
        self.server.take_turn()
        self.ledger.calls[name] += 1
        if self.ledger.calls[name] % 50 == 0:
            self.most_connections = max(self.most_connections, self.connections())
        return getattr(self.images, name)(**arguments).body


def sizes(connections: int) -> Sizes:
    """What there is now; of the memory, what the client and the libraries below it hold."""
    gc.collect()
    held = tracemalloc.take_snapshot().filter_traces(
        [
            tracemalloc.Filter(inclusive=True, filename_pattern=each)
            for each in ("*/leap/*", "*/urllib3/*", "*/http/client.py", "*/socket.py")
        ]
    )
    return Sizes(connections, threading.active_count(), sum(each.size for each in held.traces))


def jobs_on(leap: Leap) -> dict[str, list[str]]:
    """The ids of the jobs that the emulator has, by their prompts."""
    found: dict[str, list[str]] = {}
    for job in leap.generate_images.iterate(MODEL, page_size=100):
        found.setdefault(job.prompt, []).append(job.id)
    return found


@pytest.mark.filterwarnings("ignore::leap.ResponseValidationWarning")
def test_every_job_is_accounted_for_under_load(server: Server) -> None:
    """No job is lost or there twice, the pool bounds the connections, and nothing grows."""
    ledger = Ledger()
    measured: list[Sizes] = []
    hits = 0
    with Leap(host=server.url, access_token=TOKEN, pool_size=POOL_SIZE, deadline=30) as leap:
        leap.api_client.sleep = lambda _seconds: None
        crew = Crew(leap, server, ledger)
        with ThreadPoolExecutor(THREADS) as threads:
            everybody = threading.Barrier(THREADS)
            list(threads.map(lambda _: everybody.wait(), range(THREADS)))
            tracemalloc.start()
            try:
                for _ in range(QUARTERS):
                    share = math.ceil(CALLS / QUARTERS / THREADS / 4) * 4
                    list(threads.map(crew.work, [share] * THREADS))
                    hits += server.clear()
                    measured.append(sizes(crew.connections()))
            finally:
                tracemalloc.stop()
        calls = sum(ledger.calls.values()) - ledger.calls["failed"]
        there = jobs_on(leap)
    # To be read with -s.
    sys.stderr.write(
        f"{calls} calls, {hits} faults, at most {crew.most_connections} connections; {measured}\n"
    )

    assert hits > 0.04 * calls
    assert {prompt for prompt, ids in there.items() if len(ids) > 1} == set()
    known = {prompt: ids[0] for prompt, ids in there.items()}
    for prompt, job_id in ledger.acknowledged.items():
        if prompt in ledger.removed:
            assert prompt not in known
        elif prompt not in ledger.perhaps_removed:
            assert known[prompt] == job_id
    assert not ledger.refused & known.keys()
    assert known.keys() <= ledger.acknowledged.keys() | ledger.doubtful
    assert ledger.doubtful, "some answers were lost"

    first, last = measured[0], measured[-1]
    assert 0 < crew.most_connections <= POOL_SIZE
    assert last.sockets <= POOL_SIZE
    assert last.threads <= first.threads
    assert last.traced_bytes < first.traced_bytes + 200_000
