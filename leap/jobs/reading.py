"""Reading: what a job says of itself, whatever the service has made of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leap.api_response import ApiResponse
from leap.schemas.faults import show_value

ENDED = ("finished", "failed")
"""The states that a job does not leave."""

KNOWN = ("queued", "processing", *ENDED)
"""The states of the contract."""

# The contract names no field for it.
_REASONS = ("reason", "failureReason", "error", "message")


def entity_of(job: object) -> object:
    """The job itself, where it may have come with the response that carries it."""
    return job.body if isinstance(job, ApiResponse) else job


def state_of(job: object) -> str:
    """The state of a job, from `state` or else from `status`; "unknown" if it has none."""
    told = [value for key in ("state", "status") if isinstance(value := _item(job, key), str) and value]
    return next((state for state in told if state in KNOWN), told[0] if told else "unknown")


def id_of(job: object) -> str:
    """The id of a job; empty if it has none that can be asked for."""
    return _usable(_item(job, "id"))


def model_id_of(job: object) -> str:
    """The id of the model of a job, sent as a string or as a list of them; empty if there is none."""
    value = _item(job, "modelId")
    if isinstance(value, list | tuple) and value:
        value = value[0]
    return _usable(value)


def picture_urls(job: object) -> list[str]:
    """Where the pictures of a job are, in their order; an empty string for one that does not say."""
    images = _item(job, "images")
    if not isinstance(images, list | tuple):
        return []
    return [uri if isinstance(uri := _item(image, "uri"), str) else "" for image in images]


def sound_url(job: object) -> str:
    """Where the sound of a music job is; empty if the job does not say."""
    uri = _item(job, "media_uri")
    return uri if isinstance(uri, str) else ""


def reason_of(job: object) -> str | None:
    """Why a job has failed, where the service says so."""
    return next((value for key in _REASONS if isinstance(value := _item(job, key), str) and value), None)


def _usable(value: object) -> str:
    """An id that can be asked for: it goes into an address, and before the eyes of people."""
    is_usable = isinstance(value, str) and value not in ("", ".", "..") and value.isprintable()
    return str(value) if is_usable else ""


def _item(mapping: object, key: str) -> Any:
    return mapping.get(key) if isinstance(mapping, Mapping) else None


def without_files(job: object, what: str) -> str:
    """What is wrong with a job of which nothing can be downloaded, for a message."""
    if not isinstance(job, Mapping):
        return f"job: got {show_value(job)}, needs the job itself; wait(…) gives it by its id"
    # One that has ended gets nothing more, perhaps because it is of another kind.
    advice = "" if state_of(job) in ENDED else "; wait(…) gives it once it has finished"
    return f"job: it is {what}{advice}"
