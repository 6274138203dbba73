# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""InferenceEntity: An image job, its parameters and its pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from leap.model.inference_image_entity import InferenceImageEntity
from leap.model.inference_model_id import InferenceModelId
from leap.schemas import Model, field
from leap.schemas.showing import ShownInNotebooks


class InferenceEntity(ShownInNotebooks, Model):
    """An image job, its parameters and its pictures."""

    id: str = field("id")
    """Id of the job."""

    created_at: datetime = field("createdAt")
    """When the job was submitted."""

    prompt: str = field("prompt")
    """What the pictures show, in words."""

    negative_prompt: str = field("negativePrompt")
    """What the pictures should not show."""

    seed: float = field("seed")
    """Where the randomness started."""

    width: float = field("width")
    """Width of each picture in pixels."""

    height: float = field("height")
    """Height of each picture in pixels."""

    prompt_strength: float = field("promptStrength")
    """How closely the pictures follow the prompt."""

    number_of_images: float = field("numberOfImages")
    """How many pictures were asked for."""

    state: Literal["queued", "processing", "finished", "failed"] = field("state")
    """Where the job is on its way."""

    status: Literal["queued", "processing", "finished", "failed"] | None = field("status", default=None)
    """The same as `state`; newer versions of the service send both."""

    steps: float = field("steps")
    """How many diffusion steps were asked for."""

    images: tuple[InferenceImageEntity, ...] = field("images")
    """The pictures, once there are any."""

    model_id: InferenceModelId = field("modelId")

    upscaling_option: Literal["x1", "x2", "x4"] = field("upscalingOption")
    """How much the pictures were enlarged."""
