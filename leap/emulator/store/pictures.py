"""The bytes of the pictures: files in a folder, or memory."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol


class Pictures(Protocol):
    """Where the bytes of pictures are, by the names of their files. Any thread may call any method."""

    def write(self, name: str, png: bytes) -> None:
        """Keep a picture; whoever reads it gets all of it or none."""

    def read(self, name: str) -> bytes | None:
        """Give a picture, or None if it is not there."""
        ...

    def remove(self, name: str) -> None:
        """Delete a picture; one that is not there is no fault."""

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every picture but these."""


def name_of(job_id: str, position: int) -> str:
    """Name the file of a picture after its job, as a person would look for it; `position` is from 0."""
    return f"{job_id}-{position + 1}.png"


class FolderOfPictures:
    """Pictures as files, written beside their place and then renamed to it, which is atomic."""

    _OURS: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]+\.png(\.part)?")

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be.

        Raises:
            OSError: It cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, name: str, png: bytes) -> None:
        """Keep a picture; whoever reads it gets all of it or none."""
        part = self._folder / f"{name}.part"
        part.write_bytes(png)
        part.replace(self._folder / name)

    def read(self, name: str) -> bytes | None:
        """Give a picture, or None if it is not there."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Delete a picture; one that is not there is no fault."""
        (self._folder / name).unlink(missing_ok=True)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every picture but these, and what was half written; other people's files are let be."""
        with os.scandir(self._folder) as entries:
            stray = [each.name for each in entries if each.name not in names]
        for name in stray:
            if self._OURS.fullmatch(name):
                self.remove(name)


class MemoryOfPictures:
    """Pictures in a dict."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    def write(self, name: str, png: bytes) -> None:
        """Keep a picture."""
        self._pictures[name] = png

    def read(self, name: str) -> bytes | None:
        """Give a picture, or None if it is not there."""
        return self._pictures.get(name)

    def remove(self, name: str) -> None:
        """Delete a picture; one that is not there is no fault."""
        self._pictures.pop(name, None)

    def keep_only(self, names: Collection[str]) -> None:
        """Delete every picture but these."""
        for name in set(self._pictures) - set(names):
            self.remove(name)
