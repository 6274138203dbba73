# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""InferenceImageEntity: One picture of a job."""

from __future__ import annotations

from leap.schemas import Model, field


class InferenceImageEntity(Model):
    """One picture of a job."""

    id: str = field("id")
    """Id of the picture."""

    created_at: str = field("createdAt")
    """When the picture was drawn."""

    uri: str = field("uri")
    """Where the picture can be downloaded."""
