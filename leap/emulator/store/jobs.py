"""The jobs in the store, of every kind."""

import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from leap.emulator.changes import Changes
from leap.emulator.fate import Fates
from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job, JobRequest, State, now, request_of_record
from leap.emulator.kinds import Kind
from leap.emulator.store.database import Database, Row
from leap.emulator.store.files import Files, files_of, names_of_job
from leap.emulator.store.tables import RUN
from leap.emulator.training_request import TrainingRequest

_COLUMNS: Final = "number, id, workspace, kind, request, state, created_at, base_url, doom, failure"
_WORKSPACE: Final = "(SELECT number FROM workspace WHERE token = ?)"
_NEWEST: Final = 2**63 - 1  # no job has a number above it


class Jobs:
    """Every job that was submitted and has not been deleted. Any thread may call any method.

    A workspace is named by its bearer token, of which only the SHA-256 is kept.
    """

    def __init__(self, database: Database, files: Files, fates: Fates, changes: Changes) -> None:
        self._database = database
        self._files = files
        self._fates = fates
        self._changes = changes

    def add(
        self,
        token: str,
        title: str,
        request_of: Callable[[int], JobRequest],
        base_url: str | None = None,
        samples: Iterable[tuple[bytes, str]] = (),
    ) -> Job:
        """Keep a new job in the state queued.

        Args:
            token: Whose it is.
            title: What people call it, which may decide its fate.
            request_of: Gives what is asked for; takes the seed for want of another.
            base_url: How addresses of its files begin if nothing better is known.
            samples: The bytes and the media types of sample pictures, read one after another.
        """
        job_id, created_at = str(uuid.uuid4()), now()
        brought = self._files.bring(Kind.TRAINING, job_id, samples)
        try:
            with self._database.transaction() as connection:
                workspace, count = _submitted(connection, token)
                fate = self._fates.of_job(count, title)
                request = request_of(fate.seed)
                number = connection.execute(
                    "INSERT INTO job "
                    "(id, workspace, kind, model, request, state, created_at, base_url, doom) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        job_id, workspace, request.kind, _model_of(request), json.dumps(request.to_record()),
                        State.QUEUED, created_at, base_url, _storable(fate.doom),
                    ),
                ).lastrowid or 0  # fmt: skip
                files = brought.insert(connection, number)
        except BaseException:
            self._files.discard(brought)
            raise
        self._changes.tell("job", job_id)
        return Job(
            number, job_id, workspace, request, State.QUEUED, created_at, base_url, fate.doom, files=files
        )

    def find(self, token: str, job_id: str, kind: Kind, model_id: str = "") -> Job | None:
        """Give one job of a workspace with its files, or None; one for pictures by its model too."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(
                connection,
                f"id = ? AND kind = ? AND model = ? AND workspace = {_WORKSPACE}",
                (job_id, kind, model_id, _digest(token)),
            )
        return jobs[0] if jobs else None

    def find_anywhere(self, job_id: str) -> Job | None:
        """Give one job of any kind and workspace, with its files, or None."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(connection, "id = ?", (job_id,))
        return jobs[0] if jobs else None

    def every(self, token: str, kind: Kind) -> list[Job]:
        """Give all jobs of a kind that is not of a model, with their files, the newest first."""
        with self._database.transaction("DEFERRED") as connection:
            return _read(
                connection,
                f"workspace = {_WORKSPACE} AND model = '' AND kind = ? ORDER BY number DESC",
                (_digest(token), kind),
            )

    def state_of_model(self, token: str, model_id: str) -> State | None:
        """Give the state of a model that was trained in a workspace; None for any other model.

        Raises:
            LookupError: It was deleted.
        """
        rows = self._database.read(
            f"SELECT state FROM job WHERE id = ? AND kind = 'training' AND workspace = {_WORKSPACE} "  # noqa: S608
            f"UNION ALL SELECT NULL FROM removed_model WHERE id = ? AND workspace = {_WORKSPACE}",
            (model_id, _digest(token)) * 2,
        )
        if not rows:
            return None
        ((state,),) = rows
        if state is None:
            raise LookupError(model_id)
        return State(state)

    def page(self, token: str, model_id: str, *, only_finished: bool, page: int, page_size: int) -> list[Job]:
        """Give one page of a model's jobs, with their files, the newest first; pages count from 1.

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
        """Give jobs of every workspace with their files, the newest first, below a job's number."""
        condition, values = ("", []) if state is None else ("state = ? AND ", [state])
        with self._database.transaction("DEFERRED") as connection:
            return _read(
                connection, f"{condition}number < ? ORDER BY number DESC LIMIT ?", [*values, before, limit]
            )

    def of_workspace(self, token: str) -> list[Job]:
        """Give all jobs of a workspace, of every kind and with their files, the newest first."""
        with self._database.transaction("DEFERRED") as connection:
            return _read(connection, f"workspace = {_WORKSPACE} ORDER BY number DESC", (_digest(token),))

    def counts(self) -> dict[State, int]:
        """Count the jobs in each state, over all workspaces."""
        counts = dict.fromkeys(State, 0)
        for state, jobs in self._database.read("SELECT state, count(*) FROM job GROUP BY state"):
            counts[State(state)] = jobs
        return counts

    def remove(self, job: Job) -> bool:
        """Delete a job and its files; False if it is gone already. A model is remembered as deleted."""
        with self._database.transaction() as connection:
            names = names_of_job(connection, job)
            removed = connection.execute("DELETE FROM job WHERE number = ?", (job.number,)).rowcount > 0
            if removed and job.kind is Kind.TRAINING:
                connection.execute("INSERT INTO removed_model VALUES (?, ?)", (job.id, job.workspace))
        # Only after the job is gone for good: a file without a job is swept up at the next start.
        self._files.remove(names)
        if removed:
            self._changes.tell("job", job.id)
        return removed

    def next_unfinished(self, kind: Kind, after: int) -> tuple[Job, frozenset[int]] | None:
        """Give the oldest unfinished job of a kind above a number, and the positions of its files so far."""
        with self._database.transaction("DEFERRED") as connection:
            jobs = _read(
                connection,
                "kind = ? AND number > ? AND state IN ('queued', 'processing') ORDER BY number LIMIT 1",
                (kind, after),
            )
            if not jobs:
                return None
            rows = connection.execute("SELECT position FROM file WHERE job = ?", (jobs[0].number,))
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
    """Read jobs with their files. `condition` is never a client's text."""
    query = f"SELECT {_COLUMNS} FROM job WHERE {condition}"  # noqa: S608
    jobs = [_job(row) for row in connection.execute(query, values)]
    with_files = {
        job.number: job.kind
        for job in jobs
        if job.state is State.FINISHED
        or (isinstance(job.request, TrainingRequest) and not job.request.sample_urls)
    }
    files = files_of(connection, with_files)
    return [replace(job, files=tuple(files.get(job.number, ()))) for job in jobs]


def _job(row: Row) -> Job:
    number, job_id, workspace, kind, record, state, created_at, base_url, doom, failure = row
    request = request_of_record(kind, json.loads(record))
    return Job(number, job_id, workspace, request, State(state), created_at, base_url, doom, failure)


def _model_of(request: JobRequest) -> str:
    """Give the model under which a job is listed; those of the other kinds are under none."""
    return request.model_id if isinstance(request, ImageRequest) else ""


def _storable(text: str | None) -> str | None:
    """Replace halves of surrogate pairs, which JSON can bring and SQLite cannot take."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
