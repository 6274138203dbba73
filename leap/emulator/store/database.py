"""The database: one SQLite connection under one lock, which serves every thread.

A file is opened in WAL mode and held exclusively, so a second emulator on the same folder is refused
instead of drawing the same jobs. With synchronous=NORMAL a commit costs no fsync: what was acknowledged
survives the death of the process, but the last of it may be lost when the machine itself loses power.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leap.emulator.store.tables import TABLES, UPGRADES, VERSION

Row = tuple[Any, ...]


class StoreError(Exception):
    """The data cannot be used: it is no database, in use, of another version, or out of reach."""


class Database:
    """An open database. Any thread may call any method."""

    def __init__(self, path: Path | None) -> None:
        """Open the file at `path` and make it if need be; None keeps everything in memory.

        Raises:
            StoreError: The file cannot be used.
        """
        self._lock = threading.Lock()
        name = ":memory:" if path is None else str(path)
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
            self._connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT")
        elif version == VERSION:
            run("COMMIT")
        elif version in UPGRADES:
            steps = "".join(UPGRADES[each] for each in range(version, VERSION))
            run("COMMIT")
            # The file is held exclusively, so nobody comes in between.
            self._connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT")
        else:
            raise StoreError(f"its version is {version}, this emulator's is {VERSION}")

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        with self._lock:
            self._connection.close()

    def read(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """Give the rows of one query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Carry out one statement, and give how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Hold the connection for several statements, of which all count or none do.

        Args:
            kind: "IMMEDIATE" to write, "DEFERRED" to read several things as they were at one time.
        """
        with self._lock:
            self._connection.execute(f"BEGIN {kind}")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
