"""The files of jobs: the pictures and sounds that were made, and the sample pictures that were brought."""

from dataclasses import dataclass
from typing import Final

from leap.emulator.kinds import Kind

SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "audio/wav": ".wav"}
"""How the names of files end, by their media types."""

FOLDERS: Final = {Kind.IMAGE: "pictures", Kind.TRAINING: "samples", Kind.MUSIC: "sounds"}
"""In which folder of the data the files of a job are."""

SERVED_UNDER: Final = {Kind.IMAGE: "/images/", Kind.TRAINING: "/samples/", Kind.MUSIC: "/audio/"}
"""How the paths begin under which they are served."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a job, without its bytes.

    Attributes:
        id: What it is known by on the wire.
        kind: The kind of its job.
        created_at: When it was made or brought, RFC 3339 in UTC.
        media_type: One of `SUFFIXES`.
    """

    id: str
    kind: Kind
    created_at: str
    media_type: str

    @property
    def path(self) -> str:
        """The path under which it is served."""
        return f"{SERVED_UNDER[self.kind]}{self.id}{SUFFIXES[self.media_type]}"
