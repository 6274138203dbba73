"""The bytes of the files: files in the folders of the data, or memory."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol

from leap.emulator.files import FOLDERS, SUFFIXES
from leap.emulator.kinds import Kind


class Contents(Protocol):
    """Where the bytes of files are, by the names of `name_of`. Any thread may call any method."""

    def write(self, name: str, content: bytes) -> None:
        """Keep a file; whoever reads it gets all of it or none."""

    def read(self, name: str) -> bytes | None:
        """Give a file, or None if it is not there."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every file but these."""


def name_of(kind: Kind, job_id: str, position: int, media_type: str) -> str:
    """Name a file after its job, as a person would look for it: "pictures/a047df00-….-1.png".

    `position` is from 0.
    """
    return f"{FOLDERS[kind]}/{job_id}-{position + 1}{SUFFIXES[media_type]}"


class FolderOfContents:
    """Files in a folder, written beside their place and then renamed to it, which is atomic."""

    _OURS: Final = re.compile(
        rf"[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}-[0-9]+"
        rf"({'|'.join(map(re.escape, SUFFIXES.values()))})(\.part)?"
    )

    def __init__(self, folder: Path) -> None:
        """Make the folders of each kind in it if need be.

        Raises:
            OSError: They cannot be made.
        """
        for name in FOLDERS.values():
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, name: str, content: bytes) -> None:
        """Keep a file; whoever reads it gets all of it or none."""
        part = self._folder / f"{name}.part"
        try:
            part.write_bytes(content)
            part.replace(self._folder / name)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes | None:
        """Give a file, or None if it is not there."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""
        (self._folder / name).unlink(missing_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every file but these, and what was half written; other people's files are let be."""
        for folder in FOLDERS.values():
            with os.scandir(self._folder / folder) as entries:
                stray = [each.name for each in entries if f"{folder}/{each.name}" not in names]
            for name in stray:
                if self._OURS.fullmatch(name):
                    self.remove(f"{folder}/{name}")


class MemoryOfContents:
    """Files in a dict."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def write(self, name: str, content: bytes) -> None:
        """Keep a file."""
        self._contents[name] = content

    def read(self, name: str) -> bytes | None:
        """Give a file, or None if it is not there."""
        return self._contents.get(name)

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""
        self._contents.pop(name, None)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every file but these."""
        for name in set(self._contents) - set(names):
            self.remove(name)
