"""The settings of an emulator, checked before anything is opened."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from leap.emulator.pace import Pace
from leap.emulator.rendering import Renderer

DEFAULT_SPEED: Final = 20.0
"""How much faster than the service: a job of one picture takes 0.3 seconds instead of 6."""

DEFAULT_BODY_LIMIT: Final = 1024 * 1024
"""Bytes."""

DEFAULT_UPLOAD_LIMIT: Final = 256 * 1024 * 1024
"""Bytes."""

_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """What `Emulator` takes, by the same names; see there."""

    host: str
    port: int
    data: str | os.PathLike[str] | None
    tokens: frozenset[str] | None
    speed: float
    fail_rate: float
    seed: int | None
    rate_limit: int | None
    max_body_bytes: int
    max_upload_bytes: int
    renderer: Renderer

    def __post_init__(self) -> None:
        """Check what has a range.

        Raises:
            ValueError: A setting is out of it.
        """
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise ValueError(f"port must be from 0 to {_HIGHEST_PORT}, not {self.port}")
        if not self.speed > 0:
            raise ValueError(f"speed must be a number above 0, not {self.speed}")
        if not 0 <= self.fail_rate <= 1:
            raise ValueError(f"fail_rate must be from 0 to 1, not {self.fail_rate}")
        if self.rate_limit is not None and self.rate_limit < 1:
            raise ValueError(f"rate_limit must be at least 1 request a minute, not {self.rate_limit}")
        if self.max_body_bytes < 1:
            raise ValueError(f"max_body_bytes must be at least 1, not {self.max_body_bytes}")
        if self.max_upload_bytes < 1:
            raise ValueError(f"max_upload_bytes must be at least 1, not {self.max_upload_bytes}")
        if math.isnan(self.speed):
            raise ValueError("speed must be a number")
        for token in self.tokens or ():
            if not token or not token.isascii() or not token.isprintable() or " " in token:
                # A header can carry nothing else. The token itself is a secret, so it is not repeated.
                raise ValueError("tokens must be of visible ASCII characters, without a space")

    @property
    def pace(self) -> Pace:
        """How long things take at this speed."""
        return Pace.of_speed(self.speed)


def tokens_of(tokens: Iterable[str] | str | None) -> frozenset[str] | None:
    """Read the setting `tokens`: one, several, or None for any."""
    if tokens is None:
        return None
    return frozenset([tokens] if isinstance(tokens, str) else tokens)
