# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""ListModelsV2Response: The models of a workspace."""

from __future__ import annotations

from leap.model.model_v2_entity import ModelV2Entity
from leap.schemas import Model, field


class ListModelsV2Response(Model):
    """The models of a workspace."""

    models: tuple[ModelV2Entity, ...] = field("models")
    """The models."""
