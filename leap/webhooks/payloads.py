"""Payloads: what a webhook was sent, and whether the API says the same."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from leap.exceptions import ResponseValidationWarning, WebhookPayloadError, join_faults
from leap.jobs.reading import id_of, model_id_of
from leap.model.inference_entity import InferenceEntity
from leap.model.model_v2_entity import ModelV2Entity
from leap.outcome import decode_json, show_text
from leap.schemas.faults import show_value

if TYPE_CHECKING:
    from leap.client import Leap
    from leap.schemas.faults import Fault
    from leap.schemas.reading import Reader

Payload: TypeAlias = bytes | bytearray | memoryview | str | Mapping[str, Any]
"""The body of a request as it came, or the JSON object that a framework has made of it."""

MOST_BYTES: Final = 1024 * 1024
"""The largest payload that is read; a job of four pictures has less than 2 kB."""

EntityT = TypeVar("EntityT", InferenceEntity, ModelV2Entity)


def parse(payload: Payload) -> InferenceEntity:
    """The job that a webhook was sent.

    It is what somebody sent: `confirm` asks the API whether it is true.

    Args:
        payload: The body of the request as it came, or the JSON object that a framework has made of it.

    Returns:
        The job. One that breaks the contract is given all the same, with a `ResponseValidationWarning`.

    Raises:
        WebhookPayloadError: It is no job: not JSON, not an object, without an id, or larger than any job.
    """
    return _parsed(payload, InferenceEntity, "job")


def parse_model(payload: Payload) -> ModelV2Entity:
    """The model that a webhook was sent at the end of a training.

    It is what somebody sent: `confirm_model` asks the API whether it is true.

    Args:
        payload: The body of the request as it came, or the JSON object that a framework has made of it.

    Returns:
        The model. One that breaks the contract is given all the same, with a `ResponseValidationWarning`.

    Raises:
        WebhookPayloadError: It is no model: not JSON, not an object, without an id, or larger than any.
    """
    return _parsed(payload, ModelV2Entity, "model")


def confirm(leap: Leap, entity: Mapping[str, Any]) -> InferenceEntity:
    """Read the job of a webhook from the API, which is the one to believe.

    Args:
        leap: A client with the token of the workspace.
        entity: The job, as `parse` gave it.

    Returns:
        The job as the API has it.

    Raises:
        WebhookPayloadError: It does not say which job of which model it is.
        NotFoundError: There is no such job: what came was made up, or the job has been deleted.
        ApiException: The job could not be read.
    """
    job_id, model_id = id_of(entity), model_id_of(entity)
    if not job_id or not model_id:
        raise WebhookPayloadError(
            "the job names no " + ("id" if not job_id else "modelId") + " to read it by"
        )
    return leap.generate_images.find_one(model_id=model_id, inference_id=job_id).body


def confirm_model(leap: Leap, entity: Mapping[str, Any]) -> ModelV2Entity:
    """Read the model of a webhook from the API, which is the one to believe.

    Args:
        leap: A client with the token of the workspace.
        entity: The model, as `parse_model` gave it.

    Returns:
        The model as the API has it.

    Raises:
        WebhookPayloadError: It does not say which model it is.
        NotFoundError: There is no such model: what came was made up, or the model has been deleted.
        ApiException: The model could not be read.
    """
    model_id = id_of(entity)
    if not model_id:
        raise WebhookPayloadError("the model names no id to read it by")
    return leap.train_image_models.get_model(model_id=model_id).body


def _parsed(payload: Any, entity_type: type[EntityT], noun: str) -> EntityT:
    try:
        entity, faults = _read(payload, entity_type, noun)
    except RecursionError:
        raise WebhookPayloadError("the payload is nested too deeply") from None
    if faults:
        told = join_faults([str(fault) for fault in faults])
        try:
            warnings.warn(
                f"the webhook's {noun} breaks the contract: {told}", ResponseValidationWarning, stacklevel=3
            )
        except ResponseValidationWarning as warning:  # the program turns warnings into errors
            raise WebhookPayloadError(str(warning)) from None
    return entity


def _read(payload: Any, entity_type: type[EntityT], noun: str) -> tuple[EntityT, list[Fault]]:
    value = _decoded(payload)
    if not isinstance(value, dict):
        raise WebhookPayloadError(f"the payload is {_kind(value)}, needs a JSON object with a {noun}")
    if not id_of(value):
        raise WebhookPayloadError(f"the payload names no {noun}: its id is {show_value(value.get('id'))}")
    entity, faults = _reader(entity_type).read(value)
    return entity, faults


def _decoded(payload: Any) -> Any:
    if isinstance(payload, Mapping):
        from leap.schemas.wrapping import thaw

        try:
            return thaw(payload)
        except ArithmeticError:  # a Decimal that is infinite or no number
            raise WebhookPayloadError("the payload holds a number that JSON cannot hold") from None
    if not isinstance(payload, bytes | bytearray | memoryview | str):
        raise WebhookPayloadError(f"got {show_value(payload)}, needs bytes, text or a mapping")
    if not payload:
        raise WebhookPayloadError("the payload is empty, needs the body of the request")
    if (payload.nbytes if isinstance(payload, memoryview) else len(payload)) > MOST_BYTES:
        raise WebhookPayloadError(f"the payload has more than {MOST_BYTES} bytes")
    try:
        return json.loads(payload) if isinstance(payload, str) else decode_json(bytes(payload), None)
    except ValueError as error:
        text = payload if isinstance(payload, str) else bytes(payload).decode("utf-8", "backslashreplace")
        reason = show_text(str(error))
        raise WebhookPayloadError(f"the payload is not JSON ({reason}): {show_text(text)}") from None


def _kind(value: object) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")


@cache
def _reader(entity_type: type) -> Reader:
    from leap.schemas.annotations import rule_of
    from leap.schemas.reading import Reader

    return Reader(rule_of(entity_type))
