"""Timing sides in turn, and saying what came out: medians, their ratio and how far to trust it."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TENTHS = 10


@dataclass(frozen=True)
class Spread:
    """The middle of a series of times, in seconds."""

    median: float
    lower_quartile: float
    upper_quartile: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """The spread of at least two times."""
        lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
        return cls(median, lower, upper, len(seconds))


@dataclass(frozen=True)
class Ratio:
    """How two series that were taken in turn compare; below 1 the first one is quicker.

    `of_medians` is the result. `lowest` and `highest` are the ratios of medians in the tenths of the
    run that were kindest and unkindest to the first side: what a run of a tenth of the length might
    have said. `pairwise` is the median of the ratios of neighbours, which slow drift cannot touch.
    """

    of_medians: float
    lowest: float
    highest: float
    pairwise: float

    @classmethod
    def between(cls, measured: Sequence[float], baseline: Sequence[float]) -> Ratio:
        """The ratio of two series of the same length, neighbours at the same index."""
        tenths = [
            statistics.median(mine) / statistics.median(theirs)
            for mine, theirs in zip(_in_tenths(measured), _in_tenths(baseline), strict=True)
        ]
        neighbours = (mine / theirs for mine, theirs in zip(measured, baseline, strict=True))
        return cls(
            statistics.median(measured) / statistics.median(baseline),
            min(tenths),
            max(tenths),
            statistics.median(neighbours),
        )


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes; what it returns is thrown away after the clock has stopped."""
    start = time.perf_counter()
    result = call()
    duration = time.perf_counter() - start
    del result
    return duration


def in_turn(
    sides: Mapping[str, Callable[[], object]], *, rounds: int, warm_up: int
) -> dict[str, list[float]]:
    """Call every side once a round, in one order and the next time in the opposite one.

    Returns:
        The seconds of each call by side, in the order of the rounds; the warm-up is not among them.
    """
    measured: dict[str, list[float]] = {side: [] for side in sides}
    order = list(sides.items())
    for number in range(-warm_up, rounds):
        order.reverse()
        for side, call in order:
            duration = seconds(call)
            if number >= 0:
                measured[side].append(duration)
    return measured


def _in_tenths(values: Sequence[float]) -> list[Sequence[float]]:
    size = max(1, len(values) // _TENTHS)
    return [values[start : start + size] for start in range(0, size * min(_TENTHS, len(values)), size)]
