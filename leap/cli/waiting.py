"""Waiting: when to look at a job again, and when to stop looking.

Pure, but for the two functions that it is given: one that reads the job, one that sleeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leap import ApiConnectionError, ServerError, TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Final

    from leap.model.inference_entity import InferenceEntity

FIRST_PAUSE: Final = 0.25
"""Seconds. The emulator has drawn a picture by then."""

LONGEST_PAUSE: Final = 2.0
"""Seconds. A picture of the service takes 4 to 20."""

GROWTH: Final = 1.5

MOST_FAILURES: Final = 5
"""How many readings in a row may fail: the job goes on all the same, and is paid for."""

_PASSING = (ApiConnectionError, TooManyRequestsError, ServerError)


def readings(
    read: Callable[[], InferenceEntity], sleep: Callable[[float], None]
) -> Iterator[InferenceEntity]:
    """Read a job at once, and again and again, until it has finished or failed.

    A state that is not known is one to wait in.

    Args:
        read: Reads the job from the API.
        sleep: Lets so many seconds pass.

    Raises:
        ApiException: The job could not be read, for a reason that will not pass or several times in a row.
    """
    failures = 0
    for pause in _pauses():
        try:
            job = read()
        except _PASSING:
            failures += 1
            if failures == MOST_FAILURES:
                raise
        else:
            failures = 0
            yield job
            if state_of(job) in ("finished", "failed"):
                return
        sleep(pause)


def state_of(job: object) -> str:
    """The state of a job, whatever was sent as one."""
    if not isinstance(job, Mapping):
        return "unknown"
    return str(job.get("state") or job.get("status") or "unknown")


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * GROWTH, LONGEST_PAUSE)
