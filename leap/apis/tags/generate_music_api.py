# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""Generate Music: Submit music jobs, list them and read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict, Unpack, overload

from leap.jobs.music_jobs import DEFAULT_TIMEOUT, MusicJobs
from leap.model.create_musicgen_inference_dto import CreateMusicgenInferenceDto
from leap.model.music_controller_find_all_audio_response import MusicControllerFindAllAudioResponse
from leap.model.musicgen_inference_entity import MusicgenInferenceEntity
from leap.operation import Operation, Parameter, flat_signature
from leap.schemas import StrSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from leap.api_client import ApiClient
    from leap.api_response import ApiResponse
    from leap.options import CallOptions, Timeout


class InferenceIdSchema(StrSchema):
    """Id of the job."""


class FindOneAudioPathParams(TypedDict):
    """The path parameters of `find_one_audio`, by their wire names."""

    inferenceId: str


CREATE_AUDIO = Operation(
    "create_audio",
    "POST",
    "/api/v1/music",
    body=CreateMusicgenInferenceDto,
    response=MusicgenInferenceEntity,
)

FIND_ALL_AUDIO = Operation(
    "find_all_audio",
    "GET",
    "/api/v1/music",
    response=MusicControllerFindAllAudioResponse,
)

FIND_ONE_AUDIO = Operation(
    "find_one_audio",
    "GET",
    "/api/v1/music/{inferenceId}",
    path_parameters=[Parameter("inference_id", "inferenceId", InferenceIdSchema)],
    response=MusicgenInferenceEntity,
)


class GenerateMusicApi(MusicJobs):
    """Submit music jobs, list them and read them."""

    _operations: ClassVar[Mapping[str, Operation[Any]]] = {
        "create_audio": CREATE_AUDIO,
        "find_all_audio": FIND_ALL_AUDIO,
        "find_one_audio": FIND_ONE_AUDIO,
    }

    def __init__(self, api_client: ApiClient) -> None:
        self.api_client = api_client

    @overload
    def create_audio(
        self,
        *,
        prompt: str,
        mode: Literal["melody", "music"],
        duration: float | Decimal,
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
    ) -> ApiResponse[MusicgenInferenceEntity]: ...
    @overload
    def create_audio(
        self,
        *,
        body: CreateMusicgenInferenceDto | Mapping[str, object],
        **options: Unpack[CallOptions],
    ) -> ApiResponse[MusicgenInferenceEntity]: ...
    @flat_signature
    def create_audio(self, **arguments: object) -> ApiResponse[MusicgenInferenceEntity]:
        """Generate Music.

        Submits a job that makes music from a text prompt, and returns at once with the job in the state
        `queued`. Read the result later with `find_one_audio`.

        Args:
            prompt: What the music is like, in words.
            mode: Whether to make a melody or music. The service itself takes `melody`.
            duration: How long it is in seconds, up to 30. The service itself takes 28.
            body: The whole request body instead of its fields: a `CreateMusicgenInferenceDto`, or a mapping.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `MusicgenInferenceEntity`.

            200: The job was submitted.
            201: The job was submitted (the service has answered with either code).

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(CREATE_AUDIO, arguments)

    @overload
    def create_audio_and_wait(
        self,
        *,
        prompt: str,
        mode: Literal["melody", "music"],
        duration: float | Decimal,
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[MusicgenInferenceEntity, float], object] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> MusicgenInferenceEntity: ...
    @overload
    def create_audio_and_wait(
        self,
        *,
        body: CreateMusicgenInferenceDto | Mapping[str, object],
        wait_timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[MusicgenInferenceEntity, float], object] | None = None,
        **options: Unpack[CallOptions],
    ) -> MusicgenInferenceEntity: ...
    @flat_signature
    def create_audio_and_wait(self, **arguments: object) -> MusicgenInferenceEntity:
        """Generate Music, and wait until it has finished.

        Args:
            wait_timeout: Seconds until the wait is given up; None for never.
            poll_interval: Seconds between two readings; None for pauses that grow.
            on_progress: Called after each reading with what was read and the seconds since the wait began.
            **arguments: These, and those of `create_audio` in either of its forms; `timeout` is for that call
                alone, `deadline` for everything together.

        Returns:
            The `MusicgenInferenceEntity`, which is finished.

        Raises:
            JobFailedError: It has failed; `entity` is what was read.
            JobTimeoutError: It has not ended in time; `entity` is what was last read. It goes on.
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: It could not be submitted, or not be read for a reason that will not pass.
            KeyboardInterrupt: Ctrl-C; its message names what is waited for.
        """
        return self._submit_and_wait(arguments)

    def find_all_audio(
        self, **options: Unpack[CallOptions]
    ) -> ApiResponse[MusicControllerFindAllAudioResponse]:
        """List All Music Jobs.

        Lists the music jobs of the workspace, the newest first.

        Args:
            **options: The options of every call.

        Returns:
            The response, whose `body` is `MusicControllerFindAllAudioResponse`.

            200: The music jobs of the workspace.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(FIND_ALL_AUDIO, options)

    @overload
    def find_one_audio(
        self,
        *,
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
    ) -> ApiResponse[MusicgenInferenceEntity]: ...
    @overload
    def find_one_audio(
        self,
        *,
        path_params: FindOneAudioPathParams,
        **options: Unpack[CallOptions],
    ) -> ApiResponse[MusicgenInferenceEntity]: ...
    @flat_signature
    def find_one_audio(self, **arguments: object) -> ApiResponse[MusicgenInferenceEntity]:
        """Get Single Music Job.

        Reads one job, its state and, once it has finished, where its sound is.

        Args:
            inference_id: Id of the job.
            path_params: The path parameters in one mapping, by their wire names.
            **arguments: These, and the options of every call: see `leap.options.CallOptions`.

        Returns:
            The response, whose `body` is `MusicgenInferenceEntity`.

            200: The job.

        Raises:
            SchemaValidationError: An argument breaks the contract; nothing was sent.
            ApiException: The server refused the request, or gave no answer that can be used.
        """
        return self.api_client.call(FIND_ONE_AUDIO, arguments)
