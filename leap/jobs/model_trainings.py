"""ModelTrainings: waiting, for the tag of image models that are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leap.jobs.verbs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.api_response import ApiResponse
    from leap.model.model_v2_entity import ModelV2Entity

DEFAULT_TIMEOUT = 7200.0
"""Seconds, two hours. A training takes 20 to 40 minutes, and may stand in a queue before."""


class ModelTrainings(Jobs["ModelV2Entity"]):
    """What a tag of models can do beyond the calls of the API."""

    _noun = "model"
    _submit = "train_model"
    _submit_and_wait_name = "train_and_wait"
    _read = "get_model"
    _id_argument = "model_id"
    _listing = "list_all_models()"
    _timeout = DEFAULT_TIMEOUT
    # Pictures that are of no use are soon found out; after that, half a minute more or less is nothing.
    _pauses = (1.0, 30.0)

    def wait(
        self,
        model_or_id: ModelV2Entity | ApiResponse[ModelV2Entity] | str,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[ModelV2Entity, float], object] | None = None,
    ) -> ModelV2Entity:
        """Wait until a model has been trained, and give it.

        The model is read at once, and then after pauses that grow from 1 to 30 seconds, each up to a quarter
        shorter by chance. A server that asks for a longer pause (Retry-After) gets it. Connections that
        break, timeouts, the answers 408, 429 and 5xx, and what is not JSON are outlived until the time is
        over.

        Args:
            model_or_id: The model as `train_model` gave it, or its id.
            timeout: Seconds until the wait is given up, the last reading apart; None for never.
            poll_interval: Seconds between two readings, instead of the pauses above.
            on_progress: Called after each reading with the model and the seconds since the wait began.

        Returns:
            The model, whose training is finished.

        Raises:
            JobFailedError: The training has failed; `entity` is the model.
            JobTimeoutError: It has not ended in time; `entity` is the model as last seen. It goes on.
            SchemaValidationError: An argument has no usable value; nothing was sent.
            ApiException: The model could not be read, for a reason that will not pass.
            KeyboardInterrupt: Ctrl-C; its message names the model.
        """
        return self._wait(
            model_or_id, {}, timeout=timeout, poll_interval=poll_interval, on_progress=on_progress
        )
