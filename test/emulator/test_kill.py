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
import wave
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from PIL import Image
from urllib3 import encode_multipart_formdata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = int(os.environ.get("LEAP_TEST_KILLS", "50"))
SUBMITTERS = 4
DEADLINE = 60.0
TOKEN = "the-workspace"  # noqa: S105 - a token that nothing accepts
JOBS = "/api/v1/images/models/a-model/inferences"
MODELS = "/api/v2/images/models"
MUSIC = "/api/v1/music"

# Starts emulators as processes of their own, quickly: everything is imported once, and each is a fork.
_LAUNCHER = """
import os, signal, sys
from leap.emulator import Emulator
from leap.emulator.pace import Pace
pace = Pace(queued=0.01, image=0.02, music=0.02, training=0.1, webhook_pause=1)
Pace.of_speed = lambda speed: pace
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        emulator = Emulator(data=sys.argv[1])
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


class Submitted(NamedTuple):
    """What was acknowledged."""

    id: str
    path: str
    files: int
    """How many pictures or sounds it is to have, or sample pictures it has."""


class Load:
    """Submits jobs and deletes some, on several threads, and keeps what was acknowledged."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self.changed = threading.Condition()
        self.running = True
        self.submitted: dict[str, Submitted] = {}
        """The jobs that were acknowledged."""
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
        own: list[Submitted] = []
        while self.running:
            connection = http.client.HTTPConnection(urlsplit(self._launcher.url).netloc, timeout=DEADLINE)
            try:
                while self.running:
                    (submit,) = chance.choices((_create, _train, _play), (6, 3, 1))
                    job = submit(connection, chance)
                    if submit is not _play:  # the API deletes no music
                        own.append(job)
                    with self.changed:
                        self.submitted[job.id] = job
                        self.changed.notify_all()
                    if own and chance.random() < 0.3:
                        job = own.pop(chance.randrange(len(own)))
                        self.in_doubt.add(job.id)
                        assert _request(connection, "DELETE", job.path)[0] == 200
                        self.deleted.add(job.id)
            except (OSError, http.client.HTTPException):
                pass  # it was killed; the next one is on its way
            finally:
                connection.close()


def _request(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    content_type: str = "application/json",
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    return response.status, json.loads(content) if content.startswith((b"{", b"[")) else content


def _create(connection: http.client.HTTPConnection, chance: random.Random) -> Submitted:
    pictures = chance.randint(1, 3)
    body = {"prompt": "an owl", "width": 64, "height": 64, "numberOfImages": pictures}
    status, job = _request(connection, "POST", JOBS, json.dumps(body).encode())
    assert status == 200
    return Submitted(job["id"], f"{JOBS}/{job['id']}", pictures)


def _train(connection: http.client.HTTPConnection, chance: random.Random) -> Submitted:
    samples = chance.randint(1, 3)
    form = [("imageSampleFiles", ("owl.png", _PICTURE, "image/png"))] * samples
    status, model = _request(connection, "POST", f"{MODELS}/new", *encode_multipart_formdata(form))
    assert status == 200
    return Submitted(model["id"], f"{MODELS}/{model['id']}", samples)


def _play(connection: http.client.HTTPConnection, _chance: random.Random) -> Submitted:
    body = {"prompt": "an owl", "mode": "melody", "duration": 1}
    status, job = _request(connection, "POST", MUSIC, json.dumps(body).encode())
    assert status == 200
    return Submitted(job["id"], f"{MUSIC}/{job['id']}", 1)


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "orange").save(file, "PNG")
    return file.getvalue()


_PICTURE = _picture()


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """Emulators on one folder."""
    launcher = Launcher(tmp_path)
    launcher.start()
    yield launcher
    launcher.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to start processes quickly enough")
def test_nothing_acknowledged_is_lost_to_kills(launcher: Launcher, tmp_path: Path, wait_until: Any) -> None:
    """Every acknowledged job outlives 50 SIGKILLs and finishes, no file is half, deleted is deleted."""
    chance = random.Random(5)  # noqa: S311 - an example
    load = Load(launcher)
    try:
        for _ in range(KILLS):
            load.wait_for_more(chance.randint(1, 30))
            launcher.kill()
            for file in (*tmp_path.glob("*/*.png"), *tmp_path.glob("*/*.wav")):
                _check(file.read_bytes())
            launcher.start()
    finally:
        load.stop()

    connection = http.client.HTTPConnection(urlsplit(launcher.url).netloc, timeout=DEADLINE)
    kept = [job for job in load.submitted.values() if job.id not in load.in_doubt]
    assert len(kept) > KILLS
    assert load.deleted
    for job_id in load.deleted:
        assert _request(connection, "GET", load.submitted[job_id].path)[0] == 404
    for submitted in kept:

        def ended(submitted: Submitted = submitted) -> Any:
            status, job = _request(connection, "GET", submitted.path)
            assert status == 200, f"{submitted} was acknowledged and is lost"
            return job if (job.get("state") or job["status"]) in {"finished", "failed"} else None

        job = wait_until(ended)
        assert (job.get("state") or job["status"]) == "finished"
        urls = _urls_of(job)
        assert len(urls) == submitted.files
        for url in urls:
            status, content = _request(connection, "GET", urlsplit(url).path)
            assert status == 200
            _check(content)
    connection.close()
    for folder in ("pictures", "samples", "sounds"):
        names = {file.name for file in (tmp_path / folder).iterdir()}
        assert names
        assert not [name for name in names if name.endswith(".part")]
        assert not [name for name in names if name[:36] in load.deleted]


def _urls_of(job: Any) -> list[str]:
    if "imageSamples" in job:
        return list(job["imageSamples"])
    return [job["media_uri"]] if "media_uri" in job else [image["uri"] for image in job["images"]]


def _check(content: bytes) -> None:
    """See that a picture or a sound is whole."""
    if content.startswith(b"RIFF"):
        with wave.open(io.BytesIO(content)) as sound:
            assert len(sound.readframes(sound.getnframes())) == 2 * 22_050
        return
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert image.size == (64, 64)
