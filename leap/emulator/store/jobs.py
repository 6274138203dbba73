"""The jobs in the store, and the files of their pictures."""

import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from leap.emulator.changes import Changes
from leap.emulator.fate import Fates
from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job, Picture, State, now
from leap.emulator.store.database import Database, Row
from leap.emulator.store.pictures import Pictures, name_of
from leap.emulator.store.tables import RUN

_COLUMNS: Final = "number, id, workspace, request, state, created_at, base_url, doom, failure"
_WORKSPACE: Final = "(SELECT number FROM workspace WHERE token = ?)"
_AT_ONCE: Final = 500  # jobs in one query for their pictures
_NEWEST: Final = 2**63 - 1  # no job has a number above it


class PictureFile(NamedTuple):
    """A picture as it is served."""

    png: bytes
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""
    created_at: str


class Jobs:
    """Every job that was submitted and has not been deleted. Any thread may call any method.

    A workspace is named by its bearer token, of which only the SHA-256 is kept.
    """

    def __init__(self, database: Database, pictures: Pictures, fates: Fates, changes: Changes) -> None:
        self._database = database
        self._pictures = pictures
        self._fates = fates
        self._changes = changes

    def add(self, token: str, model_id: str, body: Mapping[str, Any], base_url: str | None = None) -> Job:
        """Keep a new job in the state queued, from a body that keeps the contract."""
        job_id, created_at = str(uuid.uuid4()), now()
        with self._database.transaction() as connection:
            workspace, count = _submitted(connection, token)
            fate = self._fates.of_job(count, body["prompt"])
            request = ImageRequest.of_body(body, model_id, fate.seed)
            number = connection.execute(
                "INSERT INTO job (id, workspace, model, request, state, created_at, base_url, doom) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job_id, workspace, model_id, json.dumps(request.to_record()), State.QUEUED,
                    created_at, base_url, _storable(fate.doom),
                ),
            ).lastrowid  # fmt: skip
        self._changes.tell("job", job_id)
        return Job(
            number or 0, job_id, workspace, request, State.QUEUED, created_at, base_url, fate.doom
        )  # fmt: skip

    def find(self, token: str, model_id: str, job_id: str) -> Job | None:
        """Give one job of a model, with its pictures, or None."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(
                connection,
                f"id = ? AND model = ? AND workspace = {_WORKSPACE}",
                (job_id, model_id, _digest(token)),
            )
        return jobs[0] if jobs else None

    def find_anywhere(self, job_id: str) -> Job | None:
        """Give one job of any workspace, with its pictures, or None."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(connection, "id = ?", (job_id,))
        return jobs[0] if jobs else None

    def page(self, token: str, model_id: str, *, only_finished: bool, page: int, page_size: int) -> list[Job]:
        """Give one page of a model's jobs, with their pictures, the newest first; pages count from 1.

        The page's number hardly matters for the time this takes: whole runs of jobs are skipped.
        """
        skip = (page - 1) * page_size
        column, condition = ("finished", " AND state = 'finished'") if only_finished else ("jobs", "")
        with self._database.transaction("DEFERRED") as connection:
            for run, jobs in connection.execute(
                f"SELECT run, {column} FROM run_of_jobs "  # noqa: S608 - the column is ours
                f"WHERE workspace = {_WORKSPACE} AND model = ? ORDER BY run DESC",
                (_digest(token), model_id),
            ):
                if skip < jobs:
                    return _read(
                        connection,
                        f"workspace = {_WORKSPACE} AND model = ?{condition} AND number < ? "
                        "ORDER BY number DESC LIMIT ? OFFSET ?",
                        (_digest(token), model_id, (run + 1) * RUN, page_size, skip),
                    )
                skip -= jobs
        return []

    def newest(self, *, state: State | None = None, before: int = _NEWEST, limit: int) -> list[Job]:
        """Give jobs of every workspace with their pictures, the newest first, below a job's number."""
        condition, values = ("", []) if state is None else ("state = ? AND ", [state])
        with self._database.transaction("DEFERRED") as connection:
            return _read(
                connection, f"{condition}number < ? ORDER BY number DESC LIMIT ?", [*values, before, limit]
            )

    def of_workspace(self, token: str) -> list[Job]:
        """Give all jobs of a workspace with their pictures, the newest first."""
        with self._database.transaction("DEFERRED") as connection:
            return _read(connection, f"workspace = {_WORKSPACE} ORDER BY number DESC", (_digest(token),))

    def counts(self) -> dict[State, int]:
        """Count the jobs in each state, over all workspaces."""
        counts = dict.fromkeys(State, 0)
        for state, jobs in self._database.read("SELECT state, count(*) FROM job GROUP BY state"):
            counts[State(state)] = jobs
        return counts

    def remove(self, job: Job) -> bool:
        """Delete a job and its pictures; False if it is gone already."""
        with self._database.transaction() as connection:
            names = [
                name_of(job.id, position)
                for (position,) in connection.execute(
                    "SELECT position FROM picture WHERE job = ?", (job.number,)
                )
            ]
            removed = connection.execute("DELETE FROM job WHERE number = ?", (job.number,)).rowcount > 0
        # Only after the job is gone for good: a picture without a job is swept up at the next start.
        for name in names:
            self._pictures.remove(name)
        if removed:
            self._changes.tell("job", job.id)
        return removed

    def next_unfinished(self, after: int) -> tuple[Job, frozenset[int]] | None:
        """Give the oldest unfinished job above a number, and the positions of its pictures drawn so far."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(
                connection,
                "number > ? AND state IN ('queued', 'processing') ORDER BY number LIMIT 1",
                (after,),
            )
            if not jobs:
                return None
            rows = connection.execute("SELECT position FROM picture WHERE job = ?", (jobs[0].number,))
            return jobs[0], frozenset(position for (position,) in rows)

    def start(self, job: Job) -> bool:
        """Move a job to processing; False if it has been deleted."""
        return self._move(job, State.PROCESSING)

    def finish(self, job: Job) -> bool:
        """Move a job to finished; False if it has been deleted."""
        return self._move(job, State.FINISHED)

    def fail(self, job: Job, reason: str) -> bool:
        """Move a job to failed; False if it has been deleted."""
        return self._move(job, State.FAILED, reason)

    def _move(self, job: Job, state: State, failure: str | None = None) -> bool:
        """Set the state, and with an end of the job note in the same transaction whom to tell of it."""
        with self._database.transaction() as connection:
            moved = connection.execute(
                "UPDATE job SET state = ?, failure = ? WHERE number = ?",
                (state, _storable(failure), job.number),
            ).rowcount
            ended = state in {State.FINISHED, State.FAILED}
            if moved and ended and job.request.webhook_url:
                connection.execute(
                    "INSERT INTO delivery (job, url, state, due) VALUES (?, ?, 'pending', ?)",
                    (job.number, _storable(job.request.webhook_url), time.time()),
                )
        if moved:
            self._changes.tell("job", job.id)
        return moved > 0

    def add_picture(self, job: Job, position: int, png: bytes) -> bool:
        """Keep a picture of a job, `position` counted from 0; False if the job has been deleted."""
        name = name_of(job.id, position)
        self._pictures.write(name, png)
        added = self._database.write(
            "INSERT INTO picture (id, job, position, created_at, digest) "
            "SELECT ?, number, ?, ?, ? FROM job WHERE number = ?",
            (str(uuid.uuid4()), position, now(), hashlib.sha256(png).hexdigest(), job.number),
        )
        if not added:
            self._pictures.remove(name)
        return added > 0

    def picture(self, picture_id: str) -> PictureFile | None:
        """Give a picture of a finished job, or None."""
        rows = self._database.read(
            "SELECT job.id, position, digest, picture.created_at FROM picture "
            "JOIN job ON job.number = picture.job WHERE picture.id = ? AND job.state = 'finished'",
            (picture_id,),
        )
        for job_id, position, digest, created_at in rows:
            png = self._pictures.read(name_of(job_id, position))
            if png is not None:
                return PictureFile(png, digest, created_at)
        return None

    def owner_of_picture(self, picture_id: str) -> str | None:
        """Give the SHA-256, in hexadecimal, of the token of the workspace that a picture belongs to."""
        rows = self._database.read(
            "SELECT workspace.token FROM picture JOIN job ON job.number = picture.job "
            "JOIN workspace ON workspace.number = job.workspace WHERE picture.id = ?",
            (picture_id,),
        )
        return rows[0][0].hex() if rows else None

    def picture_files(self) -> set[str]:
        """Name the file of every picture there is."""
        rows = self._database.read("SELECT job.id, position FROM picture JOIN job ON job.number = job")
        return {name_of(job_id, position) for job_id, position in rows}


def _submitted(connection: sqlite3.Connection, token: str) -> tuple[int, int]:
    """Count one job more of a workspace; gives the workspace's number and how many it is now."""
    digest = _digest(token)
    row = connection.execute("SELECT number, submitted FROM workspace WHERE token = ?", (digest,)).fetchone()
    if row is None:
        made = connection.execute("INSERT INTO workspace (token, submitted) VALUES (?, 1)", (digest,))
        return made.lastrowid or 0, 1
    number, submitted = row
    connection.execute("UPDATE workspace SET submitted = ? WHERE number = ?", (submitted + 1, number))
    return number, submitted + 1


def _read(connection: sqlite3.Connection, condition: str, values: Sequence[object]) -> list[Job]:
    """Read jobs with their pictures. `condition` is never a client's text."""
    query = f"SELECT {_COLUMNS} FROM job WHERE {condition}"  # noqa: S608
    jobs = [_job(row) for row in connection.execute(query, values)]
    pictures: dict[int, list[Picture]] = {job.number: [] for job in jobs if job.state is State.FINISHED}
    finished = list(pictures)
    for first in range(0, len(finished), _AT_ONCE):
        numbers = finished[first : first + _AT_ONCE]
        marks = ", ".join("?" * len(numbers))
        for number, picture_id, created_at in connection.execute(
            f"SELECT job, id, created_at FROM picture WHERE job IN ({marks}) ORDER BY job, position",  # noqa: S608
            numbers,
        ):
            pictures[number].append(Picture(picture_id, created_at))
    return [replace(job, pictures=tuple(pictures.get(job.number, ()))) for job in jobs]


def _job(row: Row) -> Job:
    number, job_id, workspace, record, state, created_at, base_url, doom, failure = row
    request = ImageRequest.of_record(json.loads(record))
    return Job(number, job_id, workspace, request, State(state), created_at, base_url, doom, failure)


def _storable(text: str | None) -> str | None:
    """Replace halves of surrogate pairs, which JSON can bring and SQLite cannot take."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
