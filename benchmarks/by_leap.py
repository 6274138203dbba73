"""The same calls through leap, in the flat form and with every setting as users get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from benchmarks import canned
from leap import Leap

if TYPE_CHECKING:
    from leap.api_response import ApiResponse
    from leap.model.inference_entity import InferenceEntity
    from leap.model.inferences_controller_find_all_response import InferencesControllerFindAllResponse
    from leap.schemas import Unset


class ByLeap:
    """The four calls of Generate Images through a kept `Leap`.

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
