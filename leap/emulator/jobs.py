"""Image jobs: what was asked for, where a job is on its way, and how it looks on the wire."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

# A double holds every whole number up to here, so 512.0 and 512 are the same number on the wire.
_LARGEST_EXACT: Final = 2**53
_SEEDS: Final = 2**32

Number = int | float


class State(StrEnum):
    """Where a job is on its way (`InferenceEntity.state` of openapi.yaml)."""

    QUEUED = "queued"
    PROCESSING = "processing"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a job is to draw. Width and height are pixels; the defaults are the service's own."""

    prompt: str
    seed: Number
    negative_prompt: str = "asymmetric, watermarks"
    steps: Number = 50
    width: int = 1024
    height: int = 1024
    number_of_images: int = 1
    prompt_strength: Number = 7
    webhook_url: str | None = None

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Self:
        """Read a `CreateInferenceDto` that has been checked, with a random seed if it gives none."""
        given: dict[str, Any] = {"seed": secrets.randbelow(_SEEDS)}
        given |= {_NAMES[wire]: _shortest(value) for wire, value in body.items()}
        return cls(**given)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `to_record` gave."""
        return cls(**record)

    def to_record(self) -> dict[str, Any]:
        """Give every field by name, for the store to keep as JSON."""
        return asdict(self)


_NAMES: Final = {
    "prompt": "prompt",
    "negativePrompt": "negative_prompt",
    "steps": "steps",
    "width": "width",
    "height": "height",
    "numberOfImages": "number_of_images",
    "promptStrength": "prompt_strength",
    "seed": "seed",
    "webhookUrl": "webhook_url",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a job, without its bytes."""

    id: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Job:
    """One image job. `number` counts the jobs of a store in the order in which they were submitted."""

    number: int
    id: str
    model_id: str
    state: State
    created_at: str
    parameters: Parameters
    pictures: tuple[Picture, ...] = ()

    def to_entity(self, base_url: str) -> dict[str, object]:
        """Give the job as an `InferenceEntity`; pictures show once the job has finished.

        `base_url` has no slash at its end; the addresses of the pictures begin with it.
        """
        asked = self.parameters
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
            "modelId": self.model_id,
            "upscalingOption": "x1",
        }


def picture_path(picture_id: str) -> str:
    """Give the path at which a picture is served; also the template of the route."""
    return f"/images/{picture_id}.png"


def now() -> str:
    """Give the time in UTC as RFC 3339 with milliseconds: "2023-05-09T13:18:46.085Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shortest(value: object) -> object:
    """Write a whole number without a fraction, as the service's JavaScript does: 512.0 is 512."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    return value
