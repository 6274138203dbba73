"""Jobs and pictures in SQLite: a file, or memory.

One connection under one lock serves every thread. A file is opened in WAL mode and held exclusively, so
a second emulator on the same file is refused instead of drawing the same jobs. With synchronous=NORMAL
a commit costs no fsync: a job that was acknowledged survives the death of the process, but the last
ones may be lost when the machine itself loses power.
"""

import hashlib
import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from leap.emulator.jobs import Job, Parameters, Picture, State, now

_VERSION: Final = 1  # of the tables, kept in the file as user_version
_LARGEST_INTEGER: Final = 2**63 - 1  # that SQLite can take

_TABLES: Final = """
CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, so the worker can walk upwards
    id TEXT NOT NULL UNIQUE,
    workspace BLOB NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    parameters TEXT NOT NULL,
    failure TEXT
);
CREATE INDEX job_of_model ON job (workspace, model, number);
CREATE INDEX finished_job_of_model ON job (workspace, model, number) WHERE state = 'finished';
CREATE INDEX unfinished_job ON job (number) WHERE state IN ('queued', 'processing');
CREATE TABLE picture (
    id TEXT NOT NULL UNIQUE,
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    png BLOB NOT NULL,
    UNIQUE (job, position)
);
CREATE INDEX picture_of_job ON picture (job, position, id, created_at);  -- lists without touching a png
"""

_COLUMNS: Final = "number, id, model, state, created_at, parameters"

Path = str | os.PathLike[str]


class StoreError(Exception):
    """The database cannot be opened: it is no database, in use, of another version, or out of reach."""


class Store:
    """Every job that was submitted and every picture that was drawn. Any thread may call any method.

    A workspace is named by its bearer token, of which only the SHA-256 is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the file at `path` and make it if need be; None keeps everything in memory.

        Raises:
            StoreError: The file cannot be used.
        """
        self._lock = threading.Lock()
        name = ":memory:" if path is None else os.fspath(path)
        try:
            self._connection = sqlite3.connect(
                name, timeout=0.2, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise StoreError(f"cannot open the emulator's database {name}: {error}") from error
        try:
            self._prepare()
        except (sqlite3.Error, StoreError) as error:
            self._connection.close()
            raise StoreError(f"cannot use the emulator's database {name}: {error}") from error

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("PRAGMA foreign_keys = ON")
        run("BEGIN IMMEDIATE")
        (version,) = run("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT")
        elif version == _VERSION:
            run("COMMIT")
        else:
            raise StoreError(f"its version is {version}, this emulator's is {_VERSION}")

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        with self._lock:
            self._connection.close()

    def add(self, token: str, model_id: str, parameters: Parameters) -> Job:
        """Keep a new job in the state queued."""
        record = json.dumps(parameters.to_record())
        job_id, created_at = str(uuid.uuid4()), now()
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO job (id, workspace, model, state, created_at, parameters) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (job_id, _workspace(token), model_id, State.QUEUED, created_at, record),
            )
        return Job(cursor.lastrowid or 0, job_id, model_id, State.QUEUED, created_at, parameters)

    def find(self, token: str, model_id: str, job_id: str) -> Job | None:
        """Give one job of a model, with its pictures, or None."""
        with self._lock:
            jobs = self._read("workspace = ? AND model = ? AND id = ?", (_workspace(token), model_id, job_id))
        return jobs[0] if jobs else None

    def page(self, token: str, model_id: str, *, only_finished: bool, page: int, page_size: int) -> list[Job]:
        """Give one page of a model's jobs, with their pictures, the newest first; pages count from 1."""
        skipped = (page - 1) * page_size
        if skipped > _LARGEST_INTEGER:
            return []
        finished = " AND state = 'finished'" if only_finished else ""
        with self._lock:
            return self._read(
                f"workspace = ? AND model = ?{finished} ORDER BY number DESC LIMIT ? OFFSET ?",
                (_workspace(token), model_id, page_size, skipped),
            )

    def remove(self, token: str, model_id: str, job_id: str) -> bool:
        """Delete a job and its pictures; False if there is no such job."""
        with self._lock:
            cursor = self._connection.execute(
                "DELETE FROM job WHERE workspace = ? AND model = ? AND id = ?",
                (_workspace(token), model_id, job_id),
            )
        return cursor.rowcount > 0

    def picture(self, picture_id: str) -> bytes | None:
        """Give the PNG of a picture of a finished job, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT png FROM picture JOIN job ON job.number = picture.job "
                "WHERE picture.id = ? AND job.state = 'finished'",
                (picture_id,),
            ).fetchone()
        return None if row is None else row[0]

    def next_unfinished(self, after: int) -> tuple[Job, frozenset[int]] | None:
        """Give the oldest unfinished job above a number, and the positions of its pictures drawn so far."""
        with self._lock:
            jobs = self._read(
                "number > ? AND state IN ('queued', 'processing') ORDER BY number LIMIT 1", (after,)
            )
            if not jobs:
                return None
            rows = self._connection.execute("SELECT position FROM picture WHERE job = ?", (jobs[0].number,))
            return jobs[0], frozenset(position for (position,) in rows)

    def set_state(self, number: int, state: State, failure: str | None = None) -> bool:
        """Move a job on, with the reason if it failed; False if the job has been deleted."""
        with self._lock:
            cursor = self._connection.execute(
                "UPDATE job SET state = ?, failure = ? WHERE number = ?", (state, failure, number)
            )
        return cursor.rowcount > 0

    def add_picture(self, number: int, position: int, png: bytes) -> bool:
        """Keep a picture of a job, `position` counted from 0; False if the job has been deleted."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO picture (id, job, position, created_at, png) "
                "SELECT ?, number, ?, ?, ? FROM job WHERE number = ?",
                (str(uuid.uuid4()), position, now(), png, number),
            )
        return cursor.rowcount > 0

    def _read(self, condition: str, values: Sequence[object]) -> list[Job]:
        """Read jobs with their pictures; the lock is held. `condition` is never a client's text."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM job WHERE {condition}", values).fetchall()  # noqa: S608
        jobs = [_job(row) for row in rows]
        finished = [job.number for job in jobs if job.state is State.FINISHED]
        if not finished:
            return jobs
        marks = ", ".join("?" * len(finished))
        pictures: dict[int, list[Picture]] = {number: [] for number in finished}
        for number, picture_id, created_at in self._connection.execute(
            f"SELECT job, id, created_at FROM picture WHERE job IN ({marks}) ORDER BY job, position",  # noqa: S608
            finished,
        ):
            pictures[number].append(Picture(picture_id, created_at))
        return [replace(job, pictures=tuple(pictures.get(job.number, ()))) for job in jobs]


def _job(row: tuple[Any, ...]) -> Job:
    number, job_id, model_id, state, created_at, record = row
    return Job(number, job_id, model_id, State(state), created_at, Parameters.of_record(json.loads(record)))


def _workspace(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
