# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""InferencesControllerFindAllResponse: A page of jobs."""

from __future__ import annotations

from typing import TypeAlias

from leap.model.inference_entity import InferenceEntity

InferencesControllerFindAllResponse: TypeAlias = tuple[InferenceEntity, ...]
"""A page of jobs."""
