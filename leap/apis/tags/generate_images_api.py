# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Generate Images: Submit image jobs, list them, read them and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, Unpack, overload

from leap.jobs.image_jobs import DEFAULT_TIMEOUT, ImageJobs
from leap.model.create_inference_dto import CreateInferenceDto
from leap.model.inference_entity import InferenceEntity
from leap.model.inferences_controller_find_all_response import InferencesControllerFindAllResponse
from leap.operation import Operation, Parameter, flat_signature
from leap.schemas import BoolSchema, NumberSchema, StrSchema, Unset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from leap.api_client import ApiClient
    from leap.api_response import ApiResponse
    from leap.options import CallOptions, Timeout


class ModelIdSchema(StrSchema):
    """Id of the model that draws the pictures."""


class OnlyFinishedSchema(BoolSchema):
    """Leave out the jobs that have not finished."""


class PageSchema(NumberSchema):
    """Which page of the list, counted from 1."""


class PageSizeSchema(NumberSchema):
    """How many jobs make a page."""


class InferenceIdSchema(StrSchema):
    """Id of the job."""


class CreatePathParams(TypedDict):
    """The path parameters of `create`, by their wire names."""

    modelId: str


class FindAllPathParams(TypedDict):
    """The path parameters of `find_all`, by their wire names."""

    modelId: str


class FindAllQueryParams(TypedDict, total=False):
    """The query parameters of `find_all`, by their wire names."""

    onlyFinished: bool
    page: float | Decimal
    pageSize: float | Decimal


class FindOnePathParams(TypedDict):
    """The path parameters of `find_one`, by their wire names."""

    modelId: str
    inferenceId: str


class RemovePathParams(TypedDict):
    """The path parameters of `remove`, by their wire names."""

    modelId: str
    inferenceId: str


CREATE = Operation(
    "create",
    "POST",
    "/api/v1/images/models/{modelId}/inferences",
    path_parameters=[Parameter("model_id", "modelId", ModelIdSchema)],
    body=CreateInferenceDto,
    response=InferenceEntity,
    recoverable=True,
)

FIND_ALL = Operation(
    "find_all",
    "GET",
    "/api/v1/images/models/{modelId}/inferences",
    path_parameters=[Parameter("model_id", "modelId", ModelIdSchema)],
    query_parameters=[
        Parameter("only_finished", "onlyFinished", OnlyFinishedSchema),
        Parameter("page", "page", PageSchema),
        Parameter("page_size", "pageSize", PageSizeSchema),
    ],
    response=InferencesControllerFindAllResponse,
)

FIND_ONE = Operation(
    "find_one",
    "GET",
    "/api/v1/images/models/{modelId}/inferences/{inferenceId}",
    path_parameters=[
        Parameter("model_id", "modelId", ModelIdSchema),
        Parameter("inference_id", "inferenceId", InferenceIdSchema),
    ],
    response=InferenceEntity,
)

REMOVE = Operation(
    "remove",
    "DELETE",
    "/api/v1/images/models/{modelId}/inferences/{inferenceId}",
    path_parameters=[
        Parameter("model_id", "modelId", ModelIdSchema),
        Parameter("inference_id", "inferenceId", InferenceIdSchema),
    ],
    response=Unset,
)


class GenerateImagesApi(ImageJobs):
    """Submit image jobs, list them, read them and delete them."""

    _operations: ClassVar[Mapping[str, Operation[Any]]] = {
        "create": CREATE,
        "find_all": FIND_ALL,
        "find_one": FIND_ONE,
        "remove": REMOVE,
    }

    def __init__(self, api_client: ApiClient) -> None:
        self.api_client = api_client

    @overload
    def create(
        self,
        *,
        prompt: str,
        model_id: str,
        negative_prompt: str | None = None,
        steps: float | Decimal | None = None,
        width: float | Decimal | None = None,
        height: float | Decimal | None = None,
        number_of_images: float | Decimal | None = None,
        prompt_strength: float | Decimal | None = None,
        seed: float | Decimal | None = None,
        webhook_url: str | None = None,
        recover: bool = False,
        content_type: str = "application/json",
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[InferenceEntity]: ...
    @overload
    def create(
        self,
        *,
        body: CreateInferenceDto | Mapping[str, object],
        path_params: CreatePathParams,
        recover: bool = False,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[InferenceEntity]: ...
    @flat_signature
    def create(self, **arguments: object) -> ApiResponse[InferenceEntity]:
        """Generate an Image.

        Submits a job that draws pictures from a text prompt, and returns at once with the job in the state
        `queued`. A picture usually takes 4 to 20 seconds; more `steps` and more pictures take longer. Read
        the result later with `find_one`, or give a `webhookUrl` to be told when the job ends.

        Args:
            prompt: What the picture shows, in words.
            model_id: Id of the model that draws the pictures.
            negative_prompt: What the picture should not show. The server's default is "asymmetric,
                watermarks".
            steps: How many diffusion steps to run; more take longer. The server's default is 50.
            width: Width in pixels, a multiple of 8. 1024 suits SDXL models, 512 the others. The server's
                default is 1024.
            height: Height in pixels, a multiple of 8. 1024 suits SDXL models, 512 the others. The server's
                default is 1024.
            number_of_images: How many pictures to draw, 1 to 4. The server's default is 1.
            prompt_strength: How closely the picture follows the prompt, 0 to 30; higher is closer. The
                server's default is 7.
            seed: Where the randomness starts; the same seed gives the same picture. Random if left out.
            webhook_url: A URL of yours that receives a POST with the job when it ends.
            body: The whole request body instead of its fields: a `CreateInferenceDto`, or a mapping.
            path_params: The path parameters in one mapping, by their wire names.
            recover: Look for the job if the answer is lost, and return it if there is exactly one that it can
                be.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `InferenceEntity`.

            200: The job was submitted.
            201: The job was submitted (the service has answered with either code).

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(CREATE, arguments, recovery=self._find_lost)

    @overload
    def create_and_wait(
        self,
        *,
        prompt: str,
        model_id: str,
        negative_prompt: str | None = None,
        steps: float | Decimal | None = None,
        width: float | Decimal | None = None,
        height: float | Decimal | None = None,
        number_of_images: float | Decimal | None = None,
        prompt_strength: float | Decimal | None = None,
        seed: float | Decimal | None = None,
        webhook_url: str | None = None,
        recover: bool = False,
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[InferenceEntity, float], object] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> InferenceEntity: ...
    @overload
    def create_and_wait(
        self,
        *,
        body: CreateInferenceDto | Mapping[str, object],
        path_params: CreatePathParams,
        recover: bool = False,
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[InferenceEntity, float], object] | None = None,
        **options: Unpack[CallOptions],
    ) -> InferenceEntity: ...
    @flat_signature
    def create_and_wait(self, **arguments: object) -> InferenceEntity:
        """Generate an Image, and wait until it has finished.

        Args:
            wait_timeout: Seconds until the wait is given up; None for never.
            poll_interval: Seconds between two readings; None for pauses that grow.
            on_progress: Called after each reading with what was read and the seconds since the wait began.
            **arguments: These, and those of `create` in either of its forms; `timeout` is for that call
                alone, `deadline` for everything together.

        Returns:
            The `InferenceEntity`, which is finished.

        Raises:
            JobFailedError: It has failed; `entity` is what was read.
            JobTimeoutError: It has not ended in time; `entity` is what was last read. It goes on.
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: It could not be submitted, or not be read for a reason that will not pass.
            KeyboardInterrupt: Ctrl-C; its message names what is waited for.
        """
        return self._submit_and_wait(arguments)

    @overload
    def find_all(
        self,
        *,
        model_id: str,
        only_finished: bool | None = None,
        page: float | Decimal | None = None,
        page_size: float | Decimal | None = None,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[InferencesControllerFindAllResponse]: ...
    @overload
    def find_all(
        self,
        *,
        path_params: FindAllPathParams,
        query_params: FindAllQueryParams | None = None,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[InferencesControllerFindAllResponse]: ...
    @flat_signature
    def find_all(self, **arguments: object) -> ApiResponse[InferencesControllerFindAllResponse]:
        """List All Image Jobs.

        Lists the jobs of one model, the newest first.

        Args:
            model_id: Id of the model that draws the pictures.
            only_finished: Leave out the jobs that have not finished.
            page: Which page of the list, counted from 1.
            page_size: How many jobs make a page.
            path_params: The path parameters in one mapping, by their wire names.
            query_params: The query parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `InferencesControllerFindAllResponse`.

            200: The jobs of the model.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(FIND_ALL, arguments)

    @overload
    def find_one(
        self,
        *,
        model_id: str,
        inference_id: str,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[InferenceEntity]: ...
    @overload
    def find_one(
        self,
        *,
        path_params: FindOnePathParams,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[InferenceEntity]: ...
    @flat_signature
    def find_one(self, **arguments: object) -> ApiResponse[InferenceEntity]:
        """Get Single Image Job.

        Reads one job: its parameters, its state and, once it has finished, where its pictures are.

        Args:
            model_id: Id of the model that draws the pictures.
            inference_id: Id of the job.
            path_params: The path parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `InferenceEntity`.

            200: The job.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(FIND_ONE, arguments)

    @overload
    def remove(
        self,
        *,
        model_id: str,
        inference_id: str,
        accept_content_types: tuple[str, ...] = ("application/json",),
        stream: bool = False,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        skip_deserialization: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ApiResponse[Unset]: ...
    @overload
    def remove(
        self,
        *,
        path_params: RemovePathParams,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[Unset]: ...
    @flat_signature
    def remove(self, **arguments: object) -> ApiResponse[Unset]:
        """Delete Image Job.

        Deletes one job and every picture that it made.

        Args:
            model_id: Id of the model that draws the pictures.
            inference_id: Id of the job.
            path_params: The path parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `unset`.

            200: The job is gone. The answer has no body.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(REMOVE, arguments)
