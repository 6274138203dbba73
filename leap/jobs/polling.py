"""Polling: when to read a job again, and when to stop.

Pure: it is told what was read and how much time has passed, and tells how long to pause.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leap.exceptions import (
    ApiConnectionError,
    ApiException,
    JobFailedError,
    JobTimeoutError,
    ResponseDecodingError,
    SchemaValidationError,
    ServerError,
    TooManyRequestsError,
)
from leap.jobs.reading import ENDED, reason_of, state_of
from leap.schemas.faults import show_value

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE: Final = 0.5
"""Seconds, before jitter."""

LONGEST_PAUSE: Final = 5.0
"""Seconds. A picture takes 4 to 20."""

GROWTH: Final = 1.5
"""How much longer each pause is than the one before."""

LONGEST_SLEEP: Final = 86_400.0
"""Seconds, a day. A job is read again after that, whatever a server or a caller asks for."""

JITTER: Final = 0.25
"""The share of a pause that is left to chance, so that many clients do not ask in step."""

_REQUEST_TIMEOUT: Final = 408


class Pace(NamedTuple):
    """How often a job of some kind is read."""

    first: float = FIRST_PAUSE
    """Seconds of the first pause, before jitter."""
    longest: float = LONGEST_PAUSE
    """Seconds of the longest one."""


class Polling:
    """The decisions of one wait for one job.

    Attributes:
        entity: The job as it was last read; None before that.
        ended: Whether the job has ended.
        noun: What a message calls the job.
    """

    def __init__(
        self,
        job_id: str,
        *,
        timeout: float | None,
        poll_interval: float | None = None,
        pace: Pace = Pace(),  # noqa: B008 - it is immutable
        noun: str = "job",
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Begin with nothing read.

        Args:
            job_id: Id of the job, for messages.
            timeout: Seconds until it is given up; None for never.
            poll_interval: Seconds of each pause; None for pauses that grow.
            pace: From where to where they grow.
            noun: What a message calls the job.
            chance: Gives numbers from 0 up to 1.

        Raises:
            SchemaValidationError: A number of seconds is none.
        """
        faults = [*_faults("timeout", timeout, zero=True), *_faults("poll_interval", poll_interval)]
        if faults:
            raise SchemaValidationError(faults)
        self.entity: Any = None
        self.ended = False
        self.noun = noun
        self._called = f"{noun} {job_id}"
        self._pace = pace
        self._timeout = math.inf if timeout is None else timeout
        self._poll_interval = poll_interval
        self._chance = chance
        self._pauses = 0
        self._problem: ApiException | None = None

    def remaining(self, elapsed: float) -> float:
        """Seconds left until it is given up, after so many have passed."""
        return max(0.0, self._timeout - elapsed)

    def read(self, entity: Any, elapsed: float, retry_after: float | None = None) -> float:
        """Tell that the job was read; gives the seconds to pause, and 0 if it has finished.

        Args:
            entity: The job.
            elapsed: Seconds since the wait began.
            retry_after: Seconds in which the server wants to be left alone, if it has said so.

        Raises:
            JobFailedError: The job has failed.
            JobTimeoutError: There is no time left for another reading.
        """
        self.entity = entity
        self._problem = None
        state = state_of(entity)
        self.ended = state in ENDED
        if state == "failed":
            reason = reason_of(entity) or "the service gives no reason"
            error = JobFailedError(f"{self._called} failed: {reason}", reason=reason, body=entity)
            error.entity = entity
            raise error
        return 0.0 if self.ended else self._pause(elapsed, retry_after)

    def failed(self, error: ApiException, elapsed: float, retry_after: float | None = None) -> float:
        """Tell that the job could not be read; gives the seconds to pause if that may pass.

        Raises:
            ApiException: The error itself, if it will not pass by itself.
            JobTimeoutError: There is no time left for another reading.
        """
        if not is_passing(error):
            raise error
        self._problem = error
        return self._pause(elapsed, retry_after)

    def _pause(self, elapsed: float, retry_after: float | None) -> float:
        pause = self._poll_interval
        if pause is None:
            longest = min(self._pace.first * GROWTH**self._pauses, self._pace.longest)
            # Beyond the longest pause the power only grows until it no longer is a number.
            self._pauses += longest < self._pace.longest
            pause = longest * (1 - JITTER * self._chance())
        left = self.remaining(elapsed)
        if left <= 0 or (retry_after or 0) > left:
            raise self._timed_out(elapsed, retry_after) from self._problem
        # The last reading is made when the time is over.
        return min(max(pause, retry_after or 0), left, LONGEST_SLEEP)

    def _timed_out(self, elapsed: float, retry_after: float | None) -> JobTimeoutError:
        state = "has not been read" if self.entity is None else f"is still {state_of(self.entity)}"
        message = f"{self._called} {state} after {elapsed:.1f} s; it goes on"
        if retry_after is not None and self.remaining(elapsed) > 0:
            message += f" (the server wants no reading for {retry_after:.0f} s, longer than the time left)"
        if self._problem is not None:
            message += f"; its last reading failed: {self._problem}"
        error = JobTimeoutError(message, reason="the job has not ended in time", body=self.entity)
        error.entity = self.entity
        return error


def is_passing(error: ApiException) -> bool:
    """Whether what went wrong with a reading may pass by itself."""
    # A page of some gateway in place of the JSON is as good as no answer.
    if isinstance(error, ApiConnectionError):
        return error.may_pass
    passing = isinstance(error, TooManyRequestsError | ServerError | ResponseDecodingError)
    return passing or error.status == _REQUEST_TIMEOUT


def _faults(name: str, seconds: object, *, zero: bool = False) -> list[str]:
    if seconds is None:
        return []
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return [f"{name}: got {show_value(seconds)}, needs a number of seconds, or None"]
    if not (seconds > 0 or (zero and seconds == 0)) or math.isinf(seconds):
        return [f"{name}: got {seconds}, needs a finite number of seconds {'from' if zero else 'above'} 0"]
    return []
