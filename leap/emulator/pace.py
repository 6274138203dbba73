"""How long things take: at speed 1 as long as at the service, at a higher speed so much less."""

from dataclasses import dataclass
from typing import Final, Self


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each thing takes.

    Attributes:
        queued: Seconds that a job stays queued, at least.
        image: Seconds that each picture takes, at least.
        music: Seconds that a piece of music takes, at least.
        training: Seconds that a training takes.
        webhook_pause: Seconds between the first and the second attempt to reach a webhook.
    """

    queued: float
    image: float
    music: float
    training: float
    webhook_pause: float

    @classmethod
    def of_speed(cls, speed: float) -> Self:
        """Give the pace at a speed above 0; at an infinite one nothing waits."""
        return cls(
            queued=2 / speed,
            image=4 / speed,
            music=20 / speed,
            training=_TRAINING / speed,
            webhook_pause=10 / speed,
        )


_TRAINING: Final = 25 * 60.0
"""Seconds; the service takes 20 to 40 minutes."""
