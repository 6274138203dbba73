"""Jobs of any kind: what is asked for, and where it is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from leap.emulator.files import File
from leap.emulator.image_request import ImageRequest
from leap.emulator.kinds import Kind
from leap.emulator.music_request import MusicRequest
from leap.emulator.training_request import TrainingRequest

JobRequest = ImageRequest | TrainingRequest | MusicRequest
"""What is asked for: each has a `kind`, a `title`, a `webhook_url` and a `to_record`."""

_REQUESTS: Final[Mapping[Kind, type[JobRequest]]] = {
    each.kind: each for each in (ImageRequest, TrainingRequest, MusicRequest)
}


class State(StrEnum):
    """Where a job is on its way: the `state` of a job and the `status` of a model in openapi.yaml."""

    QUEUED = "queued"
    PROCESSING = "processing"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One job of any kind; that of a training is the model as well.

    Attributes:
        number: Counts the jobs of a store in the order in which they were submitted.
        id: What the API knows it by.
        workspace: Number of the workspace that submitted it, from 1.
        request: What is asked for.
        state: Where it is on its way.
        created_at: When it was submitted, RFC 3339 in UTC.
        base_url: How addresses of its files begin if nothing better is known; None for the emulator's
            own URL.
        doom: Why it is going to fail, if that was decided when it was submitted.
        failure: Why it failed. The contract has no field for that, so it shows on the gallery's pages only.
        files: What it has made, once it has finished; the sample pictures of a training from the start.
    """

    number: int
    id: str
    workspace: int
    request: JobRequest
    state: State
    created_at: str
    base_url: str | None = None
    doom: str | None = None
    failure: str | None = None
    files: tuple[File, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it makes."""
        return self.request.kind


def request_of_record(kind: str, record: Mapping[str, Any]) -> JobRequest:
    """Read what `to_record` of a request of that kind gave."""
    return _REQUESTS[Kind(kind)](**record)


def now() -> str:
    """Give the time in UTC as RFC 3339 with milliseconds: "2023-05-09T13:18:46.085Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
