# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""ModelV2Entity: A model, and how far its training is."""

from __future__ import annotations

from datetime import datetime

from leap.schemas import Model, field


class ModelV2Entity(Model):
    """A model, and how far its training is."""

    id: str = field("id")
    """Id of the model."""

    name: str = field("name")
    """What the model is called."""

    created_at: datetime = field("createdAt")
    """When the training was submitted."""

    subject_keyword: str = field("subjectKeyword")
    """The word that stands for the subject in prompts."""

    subject_type: str = field("subjectType")
    """What the subject is."""

    status: str = field("status")
    """Where the training is on its way, `queued`, `processing`, `finished` or `failed`."""

    image_samples: tuple[str, ...] = field("imageSamples")
    """Where the sample pictures are."""
