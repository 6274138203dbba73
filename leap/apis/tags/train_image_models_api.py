# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Train Image Models: Train models of a subject, list them, read them and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, Unpack, overload

from leap.jobs.model_trainings import DEFAULT_TIMEOUT, ModelTrainings
from leap.model.create_and_train_model_dto import CreateAndTrainModelDto
from leap.model.list_models_v2_response import ListModelsV2Response
from leap.model.model_v2_entity import ModelV2Entity
from leap.operation import Operation, Parameter, flat_signature
from leap.schemas import StrSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leap.api_client import ApiClient
    from leap.api_response import ApiResponse
    from leap.options import CallOptions, Timeout, UploadOptions
    from leap.schemas import File


class ModelIdSchema(StrSchema):
    """Id of the model."""


class DeleteModelPathParams(TypedDict):
    """The path parameters of `delete_model`, by their wire names."""

    modelId: str


class GetModelPathParams(TypedDict):
    """The path parameters of `get_model`, by their wire names."""

    modelId: str


DELETE_MODEL = Operation(
    "delete_model",
    "DELETE",
    "/api/v2/images/models/{modelId}",
    path_parameters=[Parameter("model_id", "modelId", ModelIdSchema)],
    response=ModelV2Entity,
)

GET_MODEL = Operation(
    "get_model",
    "GET",
    "/api/v2/images/models/{modelId}",
    path_parameters=[Parameter("model_id", "modelId", ModelIdSchema)],
    response=ModelV2Entity,
)

LIST_ALL_MODELS = Operation(
    "list_all_models",
    "GET",
    "/api/v2/images/models",
    response=ListModelsV2Response,
)

TRAIN_MODEL = Operation(
    "train_model",
    "POST",
    "/api/v2/images/models/new",
    body=CreateAndTrainModelDto,
    content_type="multipart/form-data",
    response=ModelV2Entity,
)


class TrainImageModelsApi(ModelTrainings):
    """Train models of a subject, list them, read them and delete them."""

    _operations: ClassVar[Mapping[str, Operation[Any]]] = {
        "delete_model": DELETE_MODEL,
        "get_model": GET_MODEL,
        "list_all_models": LIST_ALL_MODELS,
        "train_model": TRAIN_MODEL,
    }

    def __init__(self, api_client: ApiClient) -> None:
        self.api_client = api_client

    @overload
    def delete_model(
        self,
        *,
        model_id: str,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[ModelV2Entity]: ...
    @overload
    def delete_model(
        self,
        *,
        path_params: DeleteModelPathParams,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[ModelV2Entity]: ...
    @flat_signature
    def delete_model(self, **arguments: object) -> ApiResponse[ModelV2Entity]:
        """Delete Model.

        Deletes one model; there are no further pictures by it.

        Args:
            model_id: Id of the model.
            path_params: The path parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `ModelV2Entity`.

            200: The model that is gone.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(DELETE_MODEL, arguments)

    @overload
    def get_model(
        self,
        *,
        model_id: str,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[ModelV2Entity]: ...
    @overload
    def get_model(
        self,
        *,
        path_params: GetModelPathParams,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[ModelV2Entity]: ...
    @flat_signature
    def get_model(self, **arguments: object) -> ApiResponse[ModelV2Entity]:
        """Get Single Model.

        Reads one model, and how far its training is.

        Args:
            model_id: Id of the model.
            path_params: The path parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `ModelV2Entity`.

            200: The model.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(GET_MODEL, arguments)

    def list_all_models(self, **options: Unpack[CallOptions]) -> ApiResponse[ListModelsV2Response]:
        """List All Models.

        Lists the models of the workspace, trained or not.

        Args:
            **options: The options of every call.

        Returns:
            The response, whose `body` is `ListModelsV2Response`.

            200: The models of the workspace.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(LIST_ALL_MODELS, options)

    @overload
    def train_model(
        self,
        *,
        name: str | None = None,
        subject_keyword: str | None = None,
        subject_type: str | None = None,
        webhook_url: str | None = None,
        image_sample_urls: Sequence[str] | None = None,
        image_sample_files: Sequence[File] | None = None,
        content_type: str = "multipart/form-data",
        on_upload_progress: Callable[[int, int | None], object] | None = None,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[ModelV2Entity]: ...
    @overload
    def train_model(
        self,
        *,
        body: CreateAndTrainModelDto | Mapping[str, object],
        **options: Unpack[UploadOptions],
    ) -> ApiResponse[ModelV2Entity]: ...
    @flat_signature
    def train_model(self, **arguments: object) -> ApiResponse[ModelV2Entity]:
        """Train Model.

        Makes a model and submits its training on sample pictures of a subject, which are given as files or as
        URLs, and returns at once with the model. A training takes 20 to 40 minutes; after that the model
        draws pictures by its id. Follow it with `get_model`, or give a `webhookUrl` to be told when it ends.

        Args:
            name: What the model is called.
            subject_keyword: The word that stands for the subject in prompts.
            subject_type: What the subject is. The server's default is "person".
            webhook_url: A URL of yours that receives a POST with the model when its training ends.
            image_sample_urls: Where the sample pictures are.
            image_sample_files: The sample pictures themselves.
            body: The whole request body instead of its fields: a `CreateAndTrainModelDto`, or a mapping.
            on_upload_progress: Called with the bytes of the body that are sent, and how many there are; None
                if that is not known.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `ModelV2Entity`.

            200: The training was submitted.
            201: The training was submitted (the service has answered with either code).

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(TRAIN_MODEL, arguments)

    @overload
    def train_and_wait(
        self,
        *,
        name: str | None = None,
        subject_keyword: str | None = None,
        subject_type: str | None = None,
        webhook_url: str | None = None,
        image_sample_urls: Sequence[str] | None = None,
        image_sample_files: Sequence[File] | None = None,
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[ModelV2Entity, float], object] | None = None,
        on_upload_progress: Callable[[int, int | None], object] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ModelV2Entity: ...
    @overload
    def train_and_wait(
        self,
        *,
        body: CreateAndTrainModelDto | Mapping[str, object],
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[ModelV2Entity, float], object] | None = None,
        **options: Unpack[UploadOptions],
    ) -> ModelV2Entity: ...
    @flat_signature
    def train_and_wait(self, **arguments: object) -> ModelV2Entity:
        """Train Model, and wait until it has finished.

        Args:
            wait_timeout: Seconds until the wait is given up; None for never.
            poll_interval: Seconds between two readings; None for pauses that grow.
            on_progress: Called after each reading with what was read and the seconds since the wait began.
            **arguments: These, and those of `train_model` in either of its forms; `timeout` is for that call
                alone, `deadline` for everything together.

        Returns:
            The `ModelV2Entity`, which is finished.

        Raises:
            JobFailedError: It has failed; `entity` is what was read.
            JobTimeoutError: It has not ended in time; `entity` is what was last read. It goes on.
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: It could not be submitted, or not be read for a reason that will not pass.
            KeyboardInterrupt: Ctrl-C; its message names what is waited for.
        """
        return self._submit_and_wait(arguments)
