"""Image jobs: where a job is on its way, and how it looks on the wire."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from leap.emulator.image_request import ImageRequest


class State(StrEnum):
    """Where a job is on its way (`InferenceEntity.state` of openapi.yaml)."""

    QUEUED = "queued"
    PROCESSING = "processing"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a job, without its bytes."""

    id: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Job:
    """One image job.

    Attributes:
        number: Counts the jobs of a store in the order in which they were submitted.
        id: What the API knows it by.
        workspace: Number of the workspace that submitted it, from 1.
        request: What it is to draw.
        state: Where it is on its way.
        created_at: When it was submitted, RFC 3339 in UTC.
        base_url: How addresses of its pictures begin if nothing better is known; None for the emulator's
            own URL.
        doom: Why it is going to fail, if that was decided when it was submitted.
        failure: Why it failed. The contract has no field for that, so it shows on the gallery's pages only.
        pictures: What it has drawn.
    """

    number: int
    id: str
    workspace: int
    request: ImageRequest
    state: State
    created_at: str
    base_url: str | None = None
    doom: str | None = None
    failure: str | None = None
    pictures: tuple[Picture, ...] = ()

    def to_entity(self, base_url: str) -> dict[str, object]:
        """Give the job as an `InferenceEntity`; pictures show once the job has finished.

        `base_url` has no slash at its end; the addresses of the pictures begin with it.
        """
        asked = self.request
        pictures = self.pictures if self.state is State.FINISHED else ()
        return {
            "id": self.id,
            "createdAt": self.created_at,
            "prompt": asked.prompt,
            "negativePrompt": asked.negative_prompt,
            "seed": asked.seed,
            "width": asked.width,
            "height": asked.height,
            "promptStrength": asked.prompt_strength,
            "numberOfImages": asked.number_of_images,
            "state": self.state,
            "status": self.state,
            "steps": asked.steps,
            "images": [
                {
                    "id": picture.id,
                    "createdAt": picture.created_at,
                    "uri": base_url + picture_path(picture.id),
                }
                for picture in pictures
            ],
            "modelId": asked.model_id,
            "upscalingOption": "x1",
        }


def picture_path(picture_id: str) -> str:
    """Give the path at which a picture is served; also the template of the route."""
    return f"/images/{picture_id}.png"


def now() -> str:
    """Give the time in UTC as RFC 3339 with milliseconds: "2023-05-09T13:18:46.085Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
