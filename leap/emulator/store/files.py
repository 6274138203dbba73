"""The files in the store: which job each belongs to, and where its bytes are."""

import hashlib
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from leap.emulator.files import File
from leap.emulator.jobs import Job, now
from leap.emulator.kinds import Kind
from leap.emulator.store.contents import Contents, name_of
from leap.emulator.store.database import Database

_AT_ONCE: Final = 500  # jobs in one query for their files


class Served(NamedTuple):
    """A file as it is served."""

    file: File
    content: bytes
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""


class Files:
    """Every file of a job that has not been deleted. Any thread may call any method."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def add(self, job: Job, position: int, content: bytes, media_type: str) -> bool:
        """Keep what a job has made, `position` counted from 0; False if the job has been deleted."""
        name = name_of(job.kind, job.id, position, media_type)
        self._contents.write(name, content)
        added = self._database.write(
            "INSERT INTO file (id, job, position, created_at, digest, media_type) "
            "SELECT ?, number, ?, ?, ?, ? FROM job WHERE number = ?",
            (str(uuid.uuid4()), position, now(), _digest(content), media_type, job.number),
        )
        if not added:
            self._contents.remove(name)
        return added > 0

    def bring(self, kind: Kind, job_id: str, files: Iterable[tuple[bytes, str]]) -> "Brought":
        """Write the files that a job is going to be submitted with: the bytes and the media type of each."""
        brought = Brought(kind, job_id)
        try:
            for content, media_type in files:
                name = name_of(kind, job_id, len(brought.rows), media_type)
                self._contents.write(name, content)
                brought.note(_digest(content), media_type)
        except BaseException:
            self.discard(brought)
            raise
        return brought

    def discard(self, brought: "Brought") -> None:
        """Delete what was brought for a job that is not going to be."""
        for name in brought.names():
            self._contents.remove(name)

    def find(self, file_id: str) -> Served | None:
        """Give a file of a finished job, or a sample picture of any; None if there is none."""
        rows = self._database.read(
            "SELECT kind, job.id, position, media_type, file.created_at, digest FROM file "
            "JOIN job ON job.number = file.job "
            "WHERE file.id = ? AND (job.state = 'finished' OR kind = 'training')",
            (file_id,),
        )
        for kind, job_id, position, media_type, created_at, digest in rows:
            content = self._contents.read(name_of(Kind(kind), job_id, position, media_type))
            if content is not None:
                return Served(File(file_id, Kind(kind), created_at, media_type), content, digest)
        return None

    def owner(self, file_id: str) -> str | None:
        """Give the SHA-256, in hexadecimal, of the token of the workspace that a file belongs to."""
        rows = self._database.read(
            "SELECT workspace.token FROM file JOIN job ON job.number = file.job "
            "JOIN workspace ON workspace.number = job.workspace WHERE file.id = ?",
            (file_id,),
        )
        return rows[0][0].hex() if rows else None

    def names(self) -> set[str]:
        """Name every file there is."""
        rows = self._database.read(
            "SELECT kind, job.id, position, media_type FROM file JOIN job ON job.number = job"
        )
        return {name_of(Kind(kind), *rest) for kind, *rest in rows}

    def remove(self, names: Iterable[str]) -> None:
        """Delete the bytes of files whose rows are gone."""
        for name in names:
            self._contents.remove(name)

    def keep_what_is_known(self) -> None:
        """Delete what was made but not yet noted, or deleted but not yet removed, when a run was killed."""
        self._contents.keep_only(self.names())


class Brought:
    """Files whose bytes are kept, and which wait for the row of their job."""

    def __init__(self, kind: Kind, job_id: str) -> None:
        self.kind = kind
        self.job_id = job_id
        self.rows: list[tuple[str, str, str, str]] = []

    def note(self, digest: str, media_type: str) -> None:
        """Note one more."""
        self.rows.append((str(uuid.uuid4()), now(), digest, media_type))

    def names(self) -> list[str]:
        """Name them, as `name_of` does."""
        return [
            name_of(self.kind, self.job_id, position, media_type)
            for position, (*_, media_type) in enumerate(self.rows)
        ]

    def insert(self, connection: sqlite3.Connection, job_number: int) -> tuple[File, ...]:
        """Give them to a job, in the transaction that submits it."""
        connection.executemany(
            "INSERT INTO file (id, job, position, created_at, digest, media_type) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (file_id, job_number, position, created_at, digest, media_type)
                for position, (file_id, created_at, digest, media_type) in enumerate(self.rows)
            ],
        )
        return tuple(
            File(file_id, self.kind, created_at, media_type)
            for file_id, created_at, _, media_type in self.rows
        )


def files_of(connection: sqlite3.Connection, jobs: Mapping[int, Kind]) -> dict[int, list[File]]:
    """Read the files of some jobs, whose numbers and kinds are given, by the numbers."""
    files: dict[int, list[File]] = {number: [] for number in jobs}
    numbers = list(jobs)
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        for number, *file in connection.execute(
            "SELECT job, id, created_at, media_type FROM file "  # noqa: S608 - only question marks
            f"WHERE job IN ({_marks(some)}) ORDER BY job, position",
            some,
        ):
            file_id, created_at, media_type = file
            files[number].append(File(file_id, jobs[number], created_at, media_type))
    return files


def names_of_job(connection: sqlite3.Connection, job: Job) -> list[str]:
    """Name the files of one job."""
    return [
        name_of(job.kind, job.id, position, media_type)
        for position, media_type in connection.execute(
            "SELECT position, media_type FROM file WHERE job = ?", (job.number,)
        )
    ]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
