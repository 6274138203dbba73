"""Waiting: reads a job again and again until it has ended, as `leap.jobs.polling` decides."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from leap.exceptions import ApiException, JobFailedError, ResponseValidationWarning
from leap.jobs.reading import KNOWN, state_of
from leap.outcome import show_text, validation_error
from leap.response_headers import retry_after_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leap.api_response import ApiResponse
    from leap.jobs.polling import Polling

SHORTEST_READING = 1.0
"""Seconds that a reading may take even if the time is over: the last one is made then."""


class Clock(NamedTuple):
    """Time as a wait has it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def wait(
    read: Callable[[float, list[str]], ApiResponse[Any]],
    polling: Polling,
    *,
    way_back: str,
    on_progress: Callable[[Any, float], object] | None = None,
    clock: Clock = Clock(),  # noqa: B008 - it is immutable
) -> Any:
    """Wait until a job has finished, and give it.

    Args:
        read: Reads the job in at most so many seconds, and adds to a list how it breaks the contract.
        polling: What decides.
        way_back: How to go on waiting, for a message.
        on_progress: Called after each reading with the job and the seconds since the wait began.
        clock: The time.

    Raises:
        JobFailedError: The job has failed.
        JobTimeoutError: It has not ended in time.
        ResponseValidationError: An answer breaks the contract, and the program turns warnings into errors.
        ApiException: It could not be read, for a reason that will not pass.
    """
    started = clock.now()
    readings = 0
    warnings_told = _Told()
    try:
        while True:
            faults: list[str] = []
            left = polling.remaining(clock.now() - started)
            readings += 1
            try:
                response = read(max(left, SHORTEST_READING), faults)
            except ApiException as error:
                pause = polling.failed(error, clock.now() - started, _retry_after(error.headers))
            else:
                elapsed = clock.now() - started
                warnings_told.tell(response, faults)
                if on_progress is not None:
                    on_progress(response.body, elapsed)
                pause = polling.read(response.body, elapsed, _retry_after(response.headers))
                if polling.ended:
                    return response.body
            clock.sleep(pause)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the job goes on; {way_back} waits for it again") from None
    except Exception as error:
        if isinstance(error, ApiException):
            # What the caller waited for is more than the last reading.
            error.attempts, error.time_spent = readings, clock.now() - started
        if not isinstance(error, JobFailedError):
            # Also what on_progress raises: the job is paid for.
            error.add_note(f"{way_back} waits for the job again.")
        raise


def _retry_after(headers: Mapping[str, str] | None) -> float | None:
    return retry_after_of(headers, time.time())


class _Told:
    """What has been told of how the answers of one wait break the contract: each thing once."""

    def __init__(self) -> None:
        self._faults = False
        self._state = False

    def tell(self, response: ApiResponse[Any], faults: list[str]) -> None:
        """Warn of the first answer that breaks the contract, and of the first state that is not known.

        Raises:
            ResponseValidationError: The program turns warnings into errors.
        """
        state = state_of(response.body)
        is_new_state = state not in KNOWN and not self._state
        if not faults or (self._faults and not is_new_state):
            return
        self._faults = True
        self._state = self._state or is_new_state
        more = "; waiting goes on until it is finished or failed" if is_new_state else ""
        what = f"the job is {show_text(state)}, and its answer breaks the contract: {'; '.join(faults)}{more}"
        try:
            warnings.warn(what, ResponseValidationWarning, stacklevel=5)
        except ResponseValidationWarning as warning:
            raise validation_error(what, response, faults) from warning
