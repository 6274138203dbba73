# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Every DTO of the API."""

from __future__ import annotations

from leap.model.create_and_train_model_dto import CreateAndTrainModelDto
from leap.model.create_inference_dto import CreateInferenceDto
from leap.model.create_musicgen_inference_dto import CreateMusicgenInferenceDto
from leap.model.error_entity import ErrorEntity
from leap.model.error_message import ErrorMessage
from leap.model.inference_entity import InferenceEntity
from leap.model.inference_image_entity import InferenceImageEntity
from leap.model.inference_model_id import InferenceModelId
from leap.model.inferences_controller_find_all_response import InferencesControllerFindAllResponse
from leap.model.list_models_v2_response import ListModelsV2Response
from leap.model.model_v2_entity import ModelV2Entity
from leap.model.music_controller_find_all_audio_response import MusicControllerFindAllAudioResponse
from leap.model.musicgen_inference_entity import MusicgenInferenceEntity

__all__ = [
    "CreateAndTrainModelDto",
    "CreateInferenceDto",
    "CreateMusicgenInferenceDto",
    "ErrorEntity",
    "ErrorMessage",
    "InferenceEntity",
    "InferenceImageEntity",
    "InferenceModelId",
    "InferencesControllerFindAllResponse",
    "ListModelsV2Response",
    "ModelV2Entity",
    "MusicControllerFindAllAudioResponse",
    "MusicgenInferenceEntity",
]
