"""What becomes of a job, where chance or the prompt decides: its seed if it has none, and whether it fails.

Decided when the job is submitted and kept with it, so that a restart changes nothing.
"""

import random
import re
import secrets
from dataclasses import dataclass
from typing import Final

_SEEDS: Final = 2**32
_MARKER: Final = re.compile(r"\[fail(?::([^\]]*))?\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fate:
    """What was decided about one job: the seed for want of another, and the reason if it is to fail."""

    seed: int
    doom: str | None


class Fates:
    """Decides for each job of a workspace, by its place in the order of submission.

    With a seed the same decisions are made again in every workspace of every run.
    """

    def __init__(self, seed: int | None, fail_rate: float) -> None:
        """Take the emulator's seed (None: truly random) and the share of jobs that fail, 0 to 1."""
        self._seed = seed
        self._fail_rate = fail_rate

    def of_job(self, count: int, title: str) -> Fate:
        """Decide about the job that is the `count`th of its workspace.

        A prompt, or a model's name, with `[fail]` or `[fail: a reason]` in it makes the job fail.
        """
        chance: random.Random = secrets.SystemRandom()
        if self._seed is not None:
            chance = random.Random(f"{self._seed} {count}")  # noqa: S311 - to be reproducible, not secret
        seed, luck = chance.randrange(_SEEDS), chance.random()
        if marker := _MARKER.search(title):
            return Fate(seed, (marker[1] or "").strip() or "it was asked for with [fail]")
        if luck < self._fail_rate:
            return Fate(seed, f"chance decided so: {self._fail_rate:.0%} of the jobs are set to fail")
        return Fate(seed, None)
