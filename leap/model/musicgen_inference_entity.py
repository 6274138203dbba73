# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""MusicgenInferenceEntity: A music job, and where its sound is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from leap.schemas import Model, field


class MusicgenInferenceEntity(Model):
    """A music job, and where its sound is."""

    id: str = field("id")
    """Id of the job."""

    created_at: datetime = field("createdAt")
    """When the job was submitted."""

    prompt: str = field("prompt")
    """What the music is like, in words."""

    state: Literal["queued", "processing", "finished", "failed"] = field("state")
    """Where the job is on its way."""

    media_uri: str | None = field("media_uri", default=None)
    """Where the sound can be downloaded, once there is one."""
