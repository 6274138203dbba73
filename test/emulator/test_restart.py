"""What a database file keeps from one run to the next."""

from pathlib import Path
from typing import Any

import pytest

from leap.emulator import Emulator
from leap.emulator.pace import Pace

PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at


def test_jobs_and_pictures_outlive_a_restart(tmp_path: Path, connect: Any) -> None:
    """A finished job is there after a restart, with the same fields and the same picture."""
    with Emulator(data=tmp_path) as emulator:
        api = connect(emulator)
        before = api.finished(numberOfImages=2)
        pictures = [api.request("GET", image["uri"]).body for image in before["images"]]
    with Emulator(data=tmp_path) as emulator:
        api = connect(emulator, token=api.token)
        after = api.read(before["id"])
        assert [api.request("GET", image["uri"]).body for image in after["images"]] == pictures
        for job in (before, after):
            for image in job["images"]:
                image["uri"] = image["uri"].rpartition("/")[2]  # the port is another one
        assert after == before


def test_unfinished_jobs_are_carried_on(
    tmp_path: Path, connect: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs that were queued or half drawn finish after a restart, and no picture is drawn twice."""
    drawn: list[tuple[str, int]] = []

    def draw(parameters: Any, position: int) -> bytes:
        drawn.append((parameters.prompt, position))
        return PNG + f"{parameters.prompt} {position}".encode()

    prompts = [str(number) for number in range(20)]  # more than are under way at once
    monkeypatch.setattr(
        Pace, "of_speed", lambda _speed: Pace(queued=0, image=60, music=0, training=0, webhook_pause=0)
    )
    with Emulator(data=tmp_path, renderer=draw) as emulator:
        api = connect(emulator)
        jobs = [api.create(prompt=prompt, numberOfImages=2)["id"] for prompt in prompts]
        wait_until(lambda: len(drawn) >= 10)
    assert 0 < len(drawn) < 20
    monkeypatch.undo()
    with Emulator(data=tmp_path, speed=float("inf"), renderer=draw) as emulator:
        api = connect(emulator, token=api.token)
        for job_id in jobs:
            job = wait_until(lambda job_id=job_id: (job := api.read(job_id))["state"] == "finished" and job)
            bodies = [api.request("GET", image["uri"]).body for image in job["images"]]
            assert bodies == [PNG + f"{job['prompt']} {position}".encode() for position in (0, 1)]
    assert sorted(drawn) == sorted((prompt, position) for prompt in prompts for position in (0, 1))


def test_memory_forgets(connect: Any, jobs_path: str) -> None:
    """Without a database an emulator that is started again is empty."""
    emulator = Emulator()
    with emulator:
        api = connect(emulator)
        api.create()
    with emulator:
        assert connect(emulator, token=api.token).request("GET", jobs_path).json == []


def test_a_deleted_job_leaves_nothing_in_the_tables(tmp_path: Path, connect: Any, jobs_path: str) -> None:
    """Deleting a job deletes its pictures in the file as well."""
    import sqlite3
    from contextlib import closing

    with Emulator(data=tmp_path) as emulator:
        api = connect(emulator)
        kept, gone = api.finished(), api.finished()
        assert api.request("DELETE", f"{jobs_path}/{gone['id']}").status == 200
    with closing(sqlite3.connect(tmp_path / "emulator.db")) as connection:
        assert connection.execute("SELECT id FROM job").fetchall() == [(kept["id"],)]
        assert connection.execute("SELECT count(*) FROM file").fetchone() == (1,)
