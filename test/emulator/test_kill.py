"""Killed at any moment, again and again, under load: nothing that was acknowledged is lost."""

from __future__ import annotations

import http.client
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = int(os.environ.get("LEAP_TEST_KILLS", "50"))
SUBMITTERS = 4
DEADLINE = 60.0
TOKEN = "the-workspace"  # noqa: S105 - a token that nothing accepts
JOBS = "/api/v1/images/models/a-model/inferences"

# Starts emulators as processes of their own, quickly: everything is imported once, and each is a fork.
_LAUNCHER = """
import os, signal, sys
from leap.emulator import Emulator
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        emulator = Emulator(data=sys.argv[1], speed=200)
        emulator.start()
        print(os.getpid(), emulator.url, flush=True)
        while True:
            signal.pause()
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


class Launcher:
    """One emulator after another on the same folder, each a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._pid = 0
        self.url = ""

    def start(self) -> None:
        """Start one, and wait until it answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        pid, self.url = self._process.stdout.readline().split()
        self._pid = int(pid)

    def kill(self) -> None:
        """Kill it as the kernel does when memory runs out, and wait until it is gone."""
        os.kill(self._pid, signal.SIGKILL)
        assert self._process.stdout
        assert self._process.stdout.readline() == "gone\n"

    def close(self) -> None:
        """End the last one and the launcher."""
        if self._process.poll() is None:
            self.kill()
        self._process.communicate(timeout=DEADLINE)


class Load:
    """Submits jobs and deletes some, on several threads, and keeps what was acknowledged."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self.changed = threading.Condition()
        self.running = True
        self.submitted: dict[str, int] = {}
        """The jobs that were acknowledged, with the number of pictures each is to have."""
        self.deleted: set[str] = set()
        """The jobs whose deletion was acknowledged."""
        self.in_doubt: set[str] = set()
        """The jobs whose deletion was asked for and never answered."""
        self._threads = [threading.Thread(target=self._submit, args=(n,)) for n in range(SUBMITTERS)]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more jobs have been acknowledged."""
        with self.changed:
            wanted = len(self.submitted) + count
            assert self.changed.wait_for(lambda: len(self.submitted) >= wanted, DEADLINE)

    def stop(self) -> None:
        """Submit no more."""
        self.running = False
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()

    def _submit(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - an example
        own: list[str] = []
        while self.running:
            connection = http.client.HTTPConnection(urlsplit(self._launcher.url).netloc, timeout=DEADLINE)
            try:
                while self.running:
                    pictures = chance.randint(1, 3)
                    job_id = _create(connection, pictures)
                    own.append(job_id)
                    with self.changed:
                        self.submitted[job_id] = pictures
                        self.changed.notify_all()
                    if chance.random() < 0.3:
                        job_id = own.pop(chance.randrange(len(own)))
                        self.in_doubt.add(job_id)
                        assert _request(connection, "DELETE", f"{JOBS}/{job_id}")[0] == 200
                        self.deleted.add(job_id)
            except (OSError, http.client.HTTPException):
                pass  # it was killed; the next one is on its way
            finally:
                connection.close()


def _request(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    return response.status, json.loads(content) if content.startswith((b"{", b"[")) else content


def _create(connection: http.client.HTTPConnection, pictures: int) -> str:
    body = {"prompt": "an owl", "width": 64, "height": 64, "numberOfImages": pictures}
    status, job = _request(connection, "POST", JOBS, body)
    assert status == 200
    return str(job["id"])


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """Emulators on one folder."""
    launcher = Launcher(tmp_path)
    launcher.start()
    yield launcher
    launcher.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to start processes quickly enough")
def test_nothing_acknowledged_is_lost_to_kills(launcher: Launcher, tmp_path: Path, wait_until: Any) -> None:
    """Every acknowledged job outlives 50 SIGKILLs and finishes, no picture is half, deleted is deleted."""
    chance = random.Random(5)  # noqa: S311 - an example
    load = Load(launcher)
    try:
        for _ in range(KILLS):
            load.wait_for_more(chance.randint(1, 30))
            launcher.kill()
            for file in (tmp_path / "pictures").glob("*.png"):
                _check_picture(file.read_bytes())
            launcher.start()
    finally:
        load.stop()

    connection = http.client.HTTPConnection(urlsplit(launcher.url).netloc, timeout=DEADLINE)
    kept = load.submitted.keys() - load.in_doubt
    assert len(kept) > KILLS
    assert load.deleted
    for job_id in load.deleted:
        assert _request(connection, "GET", f"{JOBS}/{job_id}")[0] == 404
    for job_id in kept:

        def ended(job_id: str = job_id) -> Any:
            status, job = _request(connection, "GET", f"{JOBS}/{job_id}")
            assert status == 200, f"the job {job_id} was acknowledged and is lost"
            return job if job["state"] in {"finished", "failed"} else None

        job = wait_until(ended)
        assert job["state"] == "finished"
        assert len(job["images"]) == load.submitted[job_id]
        for image in job["images"]:
            status, png = _request(connection, "GET", urlsplit(image["uri"]).path)
            assert status == 200
            _check_picture(png)
    connection.close()
    names = {file.name for file in (tmp_path / "pictures").iterdir()}
    assert not [name for name in names if name.endswith(".part")]
    assert not [name for name in names if any(name.startswith(job_id) for job_id in load.deleted)]


def _check_picture(png: bytes) -> None:
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.size == (64, 64)
