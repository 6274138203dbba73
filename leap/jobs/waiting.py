"""Waiting: reads a job again and again until it has ended, as `leap.jobs.polling` decides."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from leap.exceptions import ApiException, JobFailedError, NotFoundError, ResponseValidationWarning
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
    warnings_told = _Told(polling.noun)
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
        raise KeyboardInterrupt(f"the {polling.noun} goes on; {way_back} waits for it again") from None
    except Exception as error:
        if isinstance(error, ApiException):
            # What the caller waited for is more than the last reading.
            error.attempts, error.time_spent = readings, clock.now() - started
        if not isinstance(error, JobFailedError | NotFoundError):
            # Also what on_progress raises: the job is paid for.
            error.add_note(f"{way_back} waits for the {polling.noun} again.")
        raise


def _retry_after(headers: Mapping[str, str] | None) -> float | None:
    return retry_after_of(headers, time.time())


class _Told:
    """What has been told of how the answers of one wait break the contract: each thing once."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._faults = False
        self._state = False

    def tell(self, response: ApiResponse[Any], faults: list[str]) -> None:
        """Warn of the first answer that breaks the contract, and of the first state that is not known.

        Raises:
            ResponseValidationError: The program turns warnings into errors.
        """
        state = state_of(response.body)
        is_new_state = state not in KNOWN and not self._state
        are_new_faults = bool(faults) and not self._faults
        if not is_new_state and not are_new_faults:
            return
        self._faults = self._faults or bool(faults)
        self._state = self._state or is_new_state
        what = f"the {self._noun} is {show_text(state)}"
        if faults:
            what += f", and its answer breaks the contract: {'; '.join(faults)}"
        if is_new_state:
            what += (
                f"{'' if faults else ', which nobody knows'}; waiting goes on until it is finished or failed"
            )
        try:
            warnings.warn(what, ResponseValidationWarning, stacklevel=5)
        except ResponseValidationWarning as warning:
            raise validation_error(what, response, faults) from warning
