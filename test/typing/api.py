"""The public typing, as type checkers see it. This file is checked by mypy and pyright, and never run.

What has to be an error has a comment beside it that ignores it; both checkers fail on a comment that has
nothing to ignore, so an error that disappears is noticed. (pyright takes mypy's comments too.)
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_type

from urllib3 import HTTPResponse

from leap import (
    ApiException,
    ApiResponse,
    ApiResponseWithoutDeserialization,
    Configuration,
    Leap,
    ResponseValidationError,
    SchemaValidationError,
    Unset,
    unset,
)
from leap.apis.tags.generate_images_api import ModelIdSchema, OnlyFinishedSchema, PageSchema
from leap.models import (
    CreateAndTrainModelDto,
    CreateInferenceDto,
    InferenceEntity,
    InferenceImageEntity,
    ModelV2Entity,
    MusicgenInferenceEntity,
)

if TYPE_CHECKING:
    from leap.schemas import BoolClass


def clients(configuration: Configuration) -> None:
    """A client is made of a configuration, or of settings whose names and types are checked."""
    assert_type(Leap(configuration), Leap)
    assert_type(Leap(), Leap)
    Leap(host="https://leap.test", access_token="t", connect_timeout=1, response_validation="strict")  # noqa: S106
    with Leap() as leap:
        assert_type(leap, Leap)
    Leap(hots="https://leap.test")  # type: ignore[call-arg]
    Leap(pool_size="many")  # type: ignore[arg-type]
    Leap(response_validation="off")  # type: ignore[arg-type]
    configuration.hots  # type: ignore[attr-defined]  # noqa: B018


def bodies(leap: Leap) -> None:
    """Each method returns the response with the operation's DTO as its body."""
    created = leap.generate_images.create(prompt="a fox", model_id="m")
    assert_type(created, ApiResponse[InferenceEntity])
    assert_type(created.body, InferenceEntity)
    assert_type(created.headers, Mapping[str, str])
    assert_type(created.status, int)
    assert_type(created.round_trip_time, float)
    assert_type(created.response, HTTPResponse)
    found = leap.generate_images.find_all(model_id="m")
    assert_type(found, ApiResponse[tuple[InferenceEntity, ...]])
    assert_type(found.body[0].images[0].uri, str)
    one = leap.generate_images.find_one(model_id="m", inference_id="j")
    assert_type(one, ApiResponse[InferenceEntity])
    removed = leap.generate_images.remove(model_id="m", inference_id="j")
    assert_type(removed, ApiResponse[Unset])
    assert_type(removed.body, Unset)
    with leap.generate_images.find_one(model_id="m", inference_id="j", stream=True) as streamed:
        assert_type(streamed, ApiResponse[InferenceEntity])


def attributes(body: InferenceEntity) -> None:
    """Attributes have the types of Python, items are JSON."""
    assert_type(body.created_at, datetime)
    assert_type(body.prompt, str)
    assert_type(body.seed, float)
    assert_type(body.state, Literal["queued", "processing", "finished", "failed"])
    assert_type(body.status, Literal["queued", "processing", "finished", "failed"] | None)
    assert_type(body.images, tuple[InferenceImageEntity, ...])
    assert_type(body.model_id, str | tuple[str, ...])
    assert_type(body["created_at"], Any)
    assert_type(body["whatever it sends"], Any)
    body.created  # type: ignore[attr-defined]  # noqa: B018
    body.state = "failed"  # type: ignore[misc]
    body["state"] = "failed"  # type: ignore[index]


def the_flat_form(leap: Leap, price: Decimal) -> None:
    """Arguments by name: required ones are demanded, others may be None, and all are checked."""
    create = leap.generate_images.create
    create(
        prompt="a fox",
        model_id="m",
        negative_prompt=None,
        steps=50,
        width=1024.0,
        prompt_strength=price,
        seed=None,
        content_type="application/json",
        accept_content_types=("application/json",),
        stream=False,
        timeout=(1, 2.5),
        skip_deserialization=False,
        extra_headers={"X-Note": "a"},
        extra_query={"dry": True},
        extra_body={"sampler": "ddim"},
    )
    create(model_id="m")  # type: ignore[call-overload]
    create(prompt="a fox")  # type: ignore[call-overload]
    create(prompt=5, model_id="m")  # type: ignore[call-overload]
    create(prompt=None, model_id="m")  # type: ignore[call-overload]
    create(prompt="a fox", model_id="m", steps="50")  # type: ignore[call-overload]
    create(prompt="a fox", model_id="m", step=50)  # type: ignore[call-overload]
    create("a fox", "m")  # type: ignore[call-overload]
    find_all = leap.generate_images.find_all
    find_all(model_id="m", only_finished=True, page=3.14, page_size=price)
    find_all()  # type: ignore[call-overload]
    find_all(model_id="m", page="1")  # type: ignore[call-overload]
    remove = leap.generate_images.remove
    remove(model_id="m")  # type: ignore[call-overload]


def the_structured_form(leap: Leap, dto: CreateInferenceDto, body: Mapping[str, object]) -> None:
    """The body and the parameters in one piece each, with the same options."""
    create = leap.generate_images.create
    assert_type(create(body=dto, path_params={"modelId": "m"}), ApiResponse[InferenceEntity])
    create(body=body, path_params={"modelId": "m"}, timeout=5, stream=True, content_type="application/json")
    create(body={"prompt": "a fox"}, path_params={"modelId": "m"})
    create(path_params={"modelId": "m"})  # type: ignore[call-overload]
    create(body=dto)  # type: ignore[call-overload]
    create(body="a fox", path_params={"modelId": "m"})  # type: ignore[call-overload]
    create(body=dto, path_params={"modelID": "m"})  # type: ignore[call-overload]
    create(body=dto, path_params={"modelId": "m"}, timeout="5")  # type: ignore[call-overload]
    create(body=dto, path_params={"modelId": "m"}, prompt="a fox")  # type: ignore[call-overload]
    find_all = leap.generate_images.find_all
    find_all(path_params={"modelId": "m"}, query_params={"onlyFinished": True, "page": 1})
    find_all(path_params={"modelId": "m"})
    find_all(query_params={"page": 1})  # type: ignore[call-overload]
    find_all(path_params={"modelId": "m"}, query_params={"pages": 1})  # type: ignore[call-overload]
    find_one = leap.generate_images.find_one
    find_one(path_params={"modelId": "m", "inferenceId": "j"})
    find_one(path_params={"modelId": "m"})  # type: ignore[call-overload]


def dtos() -> None:
    """The constructor of a DTO has its fields as keywords, and the DTO cannot be changed."""
    dto = CreateInferenceDto(prompt="a fox", negative_prompt="rain", steps=50, seed=None)
    assert_type(dto, CreateInferenceDto)
    assert_type(dto.negative_prompt, str | None)
    assert_type(dto.number_of_images, float | None)
    CreateInferenceDto()  # type: ignore[call-arg]
    CreateInferenceDto(prompt=5)  # type: ignore[arg-type]
    CreateInferenceDto(prompt="a fox", step=50)  # type: ignore[call-arg]
    CreateInferenceDto("a fox")  # type: ignore[call-arg]
    dto.prompt = "a hare"  # type: ignore[misc]
    dto.note = "mine"  # type: ignore[attr-defined]
    del dto["prompt"]  # type: ignore[attr-defined]


def parameter_schemas() -> None:
    """The parameter schemas are what the document says: a str, a Decimal, a BoolClass."""
    text: str = ModelIdSchema("m")
    number: Decimal = PageSchema(3.14)
    truth: BoolClass = OnlyFinishedSchema(True)  # noqa: FBT003 - the document's own example
    assert_type(PageSchema(Decimal(3)), PageSchema)
    PageSchema("3")  # type: ignore[arg-type]
    OnlyFinishedSchema("true")  # type: ignore[arg-type]
    print(text, number, truth)  # noqa: T201 - never run


def errors(error: ApiException, fault: SchemaValidationError, broken: ResponseValidationError) -> None:
    """What an `except` block finds."""
    assert_type(error.status, int | None)
    assert_type(error.reason, str | None)
    assert_type(error.headers, Mapping[str, str] | None)
    assert_type(error.body, Any)
    assert_type(error.round_trip_time, float | None)
    assert_type(fault.faults, tuple[str, ...])
    assert_type(broken.api_response, ApiResponse[Any])
    either: TypeError | ValueError = fault
    print(either)  # noqa: T201 - never run


def verbs(leap: Leap, job: InferenceEntity, response: ApiResponse[InferenceEntity]) -> None:
    """What goes beyond the calls: arguments as those of the calls, entities as results."""
    assert_type(leap.generate_images.wait(job), InferenceEntity)
    assert_type(leap.generate_images.wait(response, timeout=None, poll_interval=1), InferenceEntity)
    assert_type(leap.generate_images.wait("id", model_id="m"), InferenceEntity)
    assert_type(leap.generate_images.create_and_wait(prompt="p", model_id="m", steps=5), InferenceEntity)
    assert_type(
        leap.generate_images.create_and_wait(body={"prompt": "p"}, path_params={"modelId": "m"}),
        InferenceEntity,
    )
    assert_type(leap.generate_images.iterate("m", page_size=5), Iterator[InferenceEntity])
    assert_type(leap.generate_images.download(job, "pictures", "{index}{ext}", overwrite=True), list[Path])
    leap.generate_images.create_and_wait(model_id="m")  # type: ignore[call-overload]
    leap.generate_images.wait(5)  # type: ignore[arg-type]
    leap.generate_images.iterate("m", page_size="5")  # type: ignore[arg-type]


def uploads(leap: Leap, model: ModelV2Entity) -> None:
    """Files in all of their forms, and what is told of their upload."""
    train = leap.train_image_models.train_model
    with Path("fox.png").open("rb") as file:
        trained = train(
            name="Our fox",
            image_sample_files=[
                Path("a.png"),
                "b.png",
                b"",
                file,
                BytesIO(),
                ("c.png", b""),
                ("d", file, None),
            ],
            on_upload_progress=lambda sent, size: None if size is None else sent / size,
        )
    assert_type(trained, ApiResponse[ModelV2Entity])
    assert_type(trained.body.image_samples, tuple[str, ...])
    train(image_sample_urls=["https://example.com/fox.png"])
    train(body={"imageSampleFiles": [b""]}, on_upload_progress=print)
    train(body=CreateAndTrainModelDto(image_sample_files=(b"", "a.png")))
    train(body=CreateAndTrainModelDto(image_sample_urls=["https://example.com/a.png"]))
    train(image_sample_files=[5])  # type: ignore[list-item]
    train(image_sample_files=[("c.png",)])  # type: ignore[list-item]
    train(image_sample_urls=[b""])  # type: ignore[list-item]
    train(image_sample_files=[b""], on_upload_progress=5)  # type: ignore[call-overload]
    assert_type(leap.train_image_models.list_all_models().body.models, tuple[ModelV2Entity, ...])
    assert_type(leap.train_image_models.get_model(model_id="m"), ApiResponse[ModelV2Entity])
    assert_type(
        leap.train_image_models.delete_model(path_params={"modelId": "m"}), ApiResponse[ModelV2Entity]
    )
    assert_type(leap.train_image_models.wait(model, timeout=None), ModelV2Entity)
    assert_type(leap.train_image_models.train_and_wait(image_sample_files=["a.png"]), ModelV2Entity)
    leap.train_image_models.wait(5)  # type: ignore[arg-type]


def music(leap: Leap) -> None:
    """Music jobs, and the one file of each."""
    tag = leap.generate_music
    created = tag.create_audio(prompt="a calm piano", mode="melody", duration=28)
    assert_type(created, ApiResponse[MusicgenInferenceEntity])
    assert_type(created.body.media_uri, str | None)
    assert_type(tag.find_all_audio(timeout=5), ApiResponse[tuple[MusicgenInferenceEntity, ...]])
    assert_type(tag.find_one_audio(inference_id="j"), ApiResponse[MusicgenInferenceEntity])
    assert_type(tag.wait(created), MusicgenInferenceEntity)
    job = tag.create_audio_and_wait(body={"prompt": "p", "mode": "music", "duration": 5}, poll_interval=1)
    assert_type(tag.download(job, "music"), Path)
    tag.create_audio(prompt="a calm piano", mode="noise", duration=28)  # type: ignore[call-overload]
    tag.create_audio(prompt="a calm piano", mode="melody")  # type: ignore[call-overload]


def nothing(skipped: ApiResponseWithoutDeserialization) -> None:
    """What was not read is `unset`, in its own type."""
    assert_type(skipped.body, Unset)
    assert_type(skipped.headers, Unset)
    value: Unset = unset
    print(value)  # noqa: T201 - never run
