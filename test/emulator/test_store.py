"""The store by itself: pages by counts of runs, and pictures that are whole or not there."""

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leap.emulator.changes import Changes
from leap.emulator.fate import Fates
from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job, State
from leap.emulator.kinds import Kind
from leap.emulator.store import Store
from leap.emulator.store.tables import RUN, TABLES


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in memory."""
    with Store(None, Fates(1, 0), Changes()) as store:
        yield store


def _submit(store: Store, count: int, model: str = "m") -> list[Job]:
    return [
        store.jobs.add("t", "an owl", lambda seed: ImageRequest("an owl", model, seed)) for _ in range(count)
    ]


def test_pages_are_the_list_cut_in_pieces(store: Store) -> None:
    """However jobs were added, finished and deleted in two models, each page is that piece of the whole."""
    chance = random.Random(3)  # noqa: S311 - an example
    made: dict[str, list[Job]] = {"m": [], "n": []}
    for _ in range(3 * RUN):
        model = chance.choice("mn")
        made[model] += _submit(store, 1, model=model)
    finished = set()
    for jobs in made.values():
        for job in list(jobs):
            if chance.random() < 0.6:
                assert store.jobs.finish(job)
                finished.add(job.id)
            if chance.random() < 0.5:
                assert store.jobs.remove(job)
                jobs.remove(job)
    for model, jobs in made.items():
        for only_finished in (False, True):
            wanted = [job.id for job in reversed(jobs) if job.id in finished or not only_finished]
            for size in (1, 7, 100):
                pages = range(1, len(wanted) // size + 3)
                found = [
                    store.jobs.page("t", model, only_finished=only_finished, page=page, page_size=size)
                    for page in pages
                ]
                assert [job.id for page in found for job in page] == wanted
                assert {len(page) for page in found[: len(wanted) // size]} <= {size}


def test_a_page_far_behind_the_end_is_empty(store: Store) -> None:
    """No number of a page is too large."""
    _submit(store, 3)
    assert store.jobs.page("t", "m", only_finished=False, page=10**30, page_size=100) == []


def test_a_late_page_is_found_without_walking_there(store: Store) -> None:
    """Page 1,000 makes SQLite do about the work of page 1, counted in steps of its machine."""
    _submit(store, 20_000)

    def steps(page: int) -> int:
        taken = 0

        def count() -> int:
            nonlocal taken
            taken += 1
            return 0

        with store._database.transaction("DEFERRED") as connection:  # noqa: SLF001 - no other way to count
            connection.set_progress_handler(count, 100)
        found = store.jobs.page("t", "m", only_finished=False, page=page, page_size=20)
        with store._database.transaction("DEFERRED") as connection:  # noqa: SLF001
            connection.set_progress_handler(None, 0)
        assert len(found) == 20
        return taken

    first, last = steps(1), steps(1000)
    assert last < first + 40, (first, last)  # 4,000 steps; an offset walk takes over 100,000


def test_counts_are_of_the_states(store: Store) -> None:
    """The counts are how many jobs there are in each state."""
    queued, started, finished, failed, removed = _submit(store, 5)
    store.jobs.start(started)
    store.jobs.finish(finished)
    store.jobs.fail(failed, "no paint")
    store.jobs.remove(removed)
    assert store.jobs.counts() == dict.fromkeys(State, 1)
    assert [job.id for job in store.jobs.newest(state=State.QUEUED, limit=9)] == [queued.id]


def test_pictures_are_files_named_after_their_job(tmp_path: Path) -> None:
    """A picture is a file of the job's id and its number, and goes with the job."""
    with Store(tmp_path, Fates(1, 0), Changes()) as store:
        (job,) = _submit(store, 1)
        for position in range(2):
            assert store.files.add(job, position, b"png %d" % position, "image/png")
        folder = tmp_path / "pictures"
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert files == {f"{job.id}-1.png": b"png 0", f"{job.id}-2.png": b"png 1"}
        store.jobs.remove(job)
        assert not list(folder.iterdir())


def test_a_picture_of_a_deleted_job_leaves_no_file(tmp_path: Path) -> None:
    """A picture that was drawn while its job was deleted is thrown away."""
    with Store(tmp_path, Fates(1, 0), Changes()) as store:
        (job,) = _submit(store, 1)
        store.jobs.remove(job)
        assert not store.files.add(job, 0, b"png", "image/png")
        assert not list((tmp_path / "pictures").iterdir())


def test_what_a_killed_run_left_is_swept_up(tmp_path: Path) -> None:
    """Half written pictures and those that no job knows go at the next start; other files stay."""
    with Store(tmp_path, Fates(1, 0), Changes()) as store:
        (job,) = _submit(store, 1)
        store.files.add(job, 0, b"png", "image/png")
    folder = tmp_path / "pictures"
    (folder / f"{job.id}-2.png").write_bytes(b"drawn, not noted")
    (folder / f"{job.id}-3.png.part").write_bytes(b"dra")
    (folder / "holiday.png").write_bytes(b"somebody's own")
    with Store(tmp_path, Fates(1, 0), Changes()):
        assert {file.name for file in folder.iterdir()} == {f"{job.id}-1.png", "holiday.png"}


def test_a_picture_is_never_seen_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing breaks off, there is no picture under its name, and the job has none."""

    def break_off(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with Store(tmp_path, Fates(1, 0), Changes()) as store:
        (job,) = _submit(store, 1)
        with pytest.raises(OSError, match="No space left"):
            store.files.add(job, 0, b"a whole picture", "image/png")
        assert not (tmp_path / "pictures" / f"{job.id}-1.png").exists()
        assert store.files.names() == set()


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    """A database of another version is not touched, and the error says so."""
    import sqlite3
    from contextlib import closing

    from leap.emulator import StoreError

    with closing(sqlite3.connect(tmp_path / "emulator.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="version is 99"):
        Store(tmp_path, Fates(None, 0), Changes())


def test_a_store_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    """Jobs, pictures and webhook calls of version 2, which knew pictures only, are all there afterwards."""
    import sqlite3
    from contextlib import closing

    record = json.dumps(ImageRequest("an owl", "m", 7, webhook_url="http://h/").to_record())
    with closing(sqlite3.connect(tmp_path / "emulator.db")) as connection:
        connection.executescript((Path(__file__).parent / "store-version-2.sql").read_text(encoding="utf-8"))
        connection.execute("INSERT INTO workspace VALUES (1, ?, 1)", (hashlib.sha256(b"t").digest(),))
        connection.execute(
            "INSERT INTO job VALUES (1, 'j', 1, 'm', ?, 'finished', '2026-01-01', NULL, NULL, NULL)",
            (record,),
        )
        connection.execute("INSERT INTO picture VALUES ('p', 1, 0, '2026-01-01', 'd')")
        connection.execute("INSERT INTO delivery VALUES (1, 1, 'http://h/', 'pending', 0, NULL)")
        connection.commit()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "j-1.png").write_bytes(b"png")
    for _ in range(2):
        with Store(tmp_path, Fates(1, 0), Changes()) as store:
            (job,) = store.jobs.page("t", "m", only_finished=True, page=1, page_size=9)
            assert (job.kind, job.request.title, [file.id for file in job.files]) == (
                "image",
                "an owl",
                ["p"],
            )
            served = store.files.find("p")
            assert served is not None
            assert (served.content, served.file.path) == (b"png", "/images/p.png")
            assert [each.job_id for each in store.deliveries.pending(9)] == ["j"]
    with Store(tmp_path, Fates(1, 0), Changes()) as store:
        (added,) = _submit(store, 1)
        assert store.jobs.next_unfinished(Kind.IMAGE, 0) == (added, frozenset())
        assert store.jobs.remove(job)
        assert store.files.names() == set()
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(TABLES)
            assert _schema(store._database) == _schema(fresh)  # noqa: SLF001 - the tables themselves


def _schema(database: Any) -> dict[str, Any]:
    """What there is in a database, with the columns of each table or index."""
    run = database.execute if hasattr(database, "execute") else database.read
    found = {}
    for kind, name, sql in list(run("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")):
        columns = sorted(row[1] for row in run(f"PRAGMA table_info({name})"))
        found[kind, name] = columns if kind == "table" else sql
    return found


def test_a_change_is_told_once_each_time() -> None:
    """Whoever listens hears of jobs that were added, moved and deleted, once however often they changed."""
    import asyncio

    changes = Changes()

    async def listen(store: Store) -> list[Any]:
        with changes.listen() as listener:
            (job, other) = _submit(store, 2)
            store.jobs.finish(job)
            heard = [await listener.take()]
            store.jobs.remove(other)
            heard.append(await listener.take())
            for number in range(1500):
                changes.tell("job", str(number))
            heard.append(await listener.take())
        changes.tell("job", "after")
        return [job.id, other.id, *([tuple(change) for change in each] for each in heard)]

    with Store(None, Fates(1, 0), changes) as told:
        job_id, other_id, first, second, third = asyncio.run(listen(told))
    assert first == [("job", job_id), ("job", other_id)]
    assert second == [("job", other_id)]
    assert third[-1] == ("everything", "")
    assert len(third) <= 1000
