# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""MusicControllerFindAllAudioResponse: The music jobs of a workspace."""

from __future__ import annotations

from typing import TypeAlias

from leap.model.musicgen_inference_entity import MusicgenInferenceEntity

MusicControllerFindAllAudioResponse: TypeAlias = tuple[MusicgenInferenceEntity, ...]
"""The music jobs of a workspace."""
