# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Every DTO of the API."""

from __future__ import annotations

from leap.model.create_inference_dto import CreateInferenceDto
from leap.model.error_entity import ErrorEntity
from leap.model.error_message import ErrorMessage
from leap.model.inference_entity import InferenceEntity
from leap.model.inference_image_entity import InferenceImageEntity
from leap.model.inference_model_id import InferenceModelId
from leap.model.inferences_controller_find_all_response import InferencesControllerFindAllResponse

__all__ = [
    "CreateInferenceDto",
    "ErrorEntity",
    "ErrorMessage",
    "InferenceEntity",
    "InferenceImageEntity",
    "InferenceModelId",
    "InferencesControllerFindAllResponse",
]
