"""Facts: the parameters of a job as people read them, whatever the service has made of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from leap.jobs.reading import id_of, model_id_of

# The largest whole number below which a double holds every whole number.
_EXACT = 2**53


class Fact(NamedTuple):
    """A parameter: what it is called, and its value."""

    name: str
    value: str


def facts_of(job: object) -> list[Fact]:
    """The parameters of a job, in the order of their interest; those that it lacks are left out."""
    upscaling = value_of(job, "upscalingOption")
    facts = [
        Fact("Seed", value_of(job, "seed")),
        Fact("Size", size_of(job)),
        Fact("Steps", value_of(job, "steps")),
        Fact("Strength", value_of(job, "promptStrength")),
        Fact("Upscaling", "" if upscaling == "x1" else upscaling),
        Fact("Created", created_of(job)),
        Fact("Model", model_id_of(job)),
        Fact("Job", id_of(job)),
    ]
    return [fact for fact in facts if fact.value]


def size_of(job: object) -> str:
    """The size of each picture in pixels; empty if the job does not say."""
    width, height = value_of(job, "width"), value_of(job, "height")
    return f"{width} × {height}" if width and height else ""  # noqa: RUF001 - a multiplication sign


def created_of(job: object) -> str:
    """When the job was submitted, in UTC, to the second; as it came if that is no date."""
    written = value_of(job, "createdAt")
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            return moment.isoformat(" ", "seconds")
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError):
        return written


def value_of(job: object, key: str) -> str:
    """The value under a wire name as text; empty if there is none, or one that is no text and no number."""
    value: Any = job.get(key) if isinstance(job, Mapping) else None
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))  # in JSON, 50.0 is 50
    try:
        return str(value)
    except ValueError:  # thousands of digits
        return ""
