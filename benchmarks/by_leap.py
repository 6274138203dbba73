"""The same calls through leap, in the flat form and with every setting as users get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from benchmarks import canned
from leap import Leap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leap.api_response import ApiResponse
    from leap.model.inference_entity import InferenceEntity
    from leap.model.inferences_controller_find_all_response import InferencesControllerFindAllResponse
    from leap.model.list_models_v2_response import ListModelsV2Response
    from leap.model.model_v2_entity import ModelV2Entity
    from leap.model.music_controller_find_all_audio_response import MusicControllerFindAllAudioResponse
    from leap.schemas import Unset


class ByLeap:
    """The calls through a kept `Leap`.

    Args:
        host: Scheme, address and port of the server.
    """

    def __init__(self, host: str) -> None:
        self._leap = Leap(host=host, access_token=canned.TOKEN)

    def close(self) -> None:
        """Close the client's connections."""
        self._leap.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create(self) -> ApiResponse[InferenceEntity]:
        """Submit a job."""
        return self._leap.generate_images.create(
            prompt=canned.PROMPT,
            model_id=canned.MODEL_ID,
            negative_prompt=canned.NEGATIVE_PROMPT,
            steps=canned.STEPS,
            width=canned.WIDTH,
            height=canned.HEIGHT,
            number_of_images=canned.NUMBER_OF_IMAGES,
            prompt_strength=canned.PROMPT_STRENGTH,
            seed=canned.SEED,
        )

    def find_one(self) -> ApiResponse[InferenceEntity]:
        """Read a job."""
        return self._leap.generate_images.find_one(model_id=canned.MODEL_ID, inference_id=canned.JOB_ID)

    def find_all(self) -> ApiResponse[InferencesControllerFindAllResponse]:
        """List the jobs of a model."""
        return self._leap.generate_images.find_all(
            model_id=canned.MODEL_ID, only_finished=True, page=1, page_size=canned.PAGE_SIZE
        )

    def remove(self) -> ApiResponse[Unset]:
        """Delete a job."""
        return self._leap.generate_images.remove(model_id=canned.MODEL_ID, inference_id=canned.JOB_ID)

    def list_all_models(self) -> ApiResponse[ListModelsV2Response]:
        """List the models of the workspace."""
        return self._leap.train_image_models.list_all_models()

    def find_all_audio(self) -> ApiResponse[MusicControllerFindAllAudioResponse]:
        """List the music jobs of the workspace."""
        return self._leap.generate_music.find_all_audio()

    def train_model(self, pictures: Sequence[Path]) -> ApiResponse[ModelV2Entity]:
        """Train a model on some pictures."""
        return self._leap.train_image_models.train_model(name=canned.PROMPT, image_sample_files=pictures)
