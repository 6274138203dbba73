"""What outlives a request: the jobs, their files, and the webhook calls that tell of their ends.

Jobs and deliveries are in SQLite, files are in folders beside it; without a folder everything is in memory.
"""

import os
from pathlib import Path
from typing import Self

from leap.emulator.changes import Changes
from leap.emulator.fate import Fates
from leap.emulator.store.contents import Contents, FolderOfContents, MemoryOfContents
from leap.emulator.store.database import Database, StoreError
from leap.emulator.store.deliveries import Deliveries
from leap.emulator.store.files import Files
from leap.emulator.store.jobs import Jobs

__all__ = ["Store", "StoreError"]


class Store:
    """An open folder of data. Any thread may call any method.

    Attributes:
        jobs: Every job that was submitted and has not been deleted.
        files: What the jobs have made, and the sample pictures of trainings.
        deliveries: Every webhook call that was or has to be made for one of them.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, fates: Fates, changes: Changes) -> None:
        """Open the folder and make it if need be; None keeps everything in memory.

        Raises:
            StoreError: The folder or what is in it cannot be used.
        """
        contents: Contents = MemoryOfContents()
        if folder is None:
            self._database = Database(None)
        else:
            path = Path(folder)
            try:
                contents = FolderOfContents(path)
            except OSError as error:
                raise StoreError(f"cannot use the emulator's folder {path}: {error}") from error
            self._database = Database(path / "emulator.db")
        self.files = Files(self._database, contents)
        self.jobs = Jobs(self._database, self.files, fates, changes)
        self.deliveries = Deliveries(self._database, changes)
        self.files.keep_what_is_known()

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
