# Made from openapi.yaml by the OpenAPI Generator (`tox -e generate`); change the contract, not this file.
"""CreateMusicgenInferenceDto: What to play, and for how long."""

from __future__ import annotations

from typing import Literal

from leap.schemas import Model, field


class CreateMusicgenInferenceDto(Model, closed=True):
    """What to play, and for how long."""

    prompt: str = field("prompt")
    """What the music is like, in words."""

    mode: Literal["melody", "music"] = field("mode")
    """Whether to make a melody or music. The service itself takes `melody`."""

    duration: float = field("duration", minimum=1, maximum=30)
    """How long it is in seconds, up to 30. The service itself takes 28."""
