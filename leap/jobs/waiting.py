"""Waiting: reads a job again and again until it has ended, as `leap.jobs.polling` decides."""

from __future__ import annotations

import time
import warnings
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from leap.exceptions import ApiException, JobFailedError, ResponseValidationWarning
from leap.jobs.reading import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leap.api_response import ApiResponse
    from leap.jobs.polling import Polling

_SHORTEST_READING = 1.0
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
        ApiException: It could not be read, for a reason that will not pass.
    """
    started = clock.now()
    warned = False
    try:
        while True:
            faults: list[str] = []
            left = polling.remaining(clock.now() - started)
            try:
                response = read(max(left, _SHORTEST_READING), faults)
            except ApiException as error:
                pause = polling.failed(error, clock.now() - started, retry_after(error.headers))
            else:
                elapsed = clock.now() - started
                warned = warned or _warn(response.body, faults)
                if on_progress is not None:
                    on_progress(response.body, elapsed)
                pause = polling.read(response.body, elapsed, retry_after(response.headers))
                if polling.ended:
                    return response.body
            clock.sleep(pause)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the job goes on; {way_back} waits for it again") from None
    except JobFailedError:
        raise
    except ApiException as error:
        error.add_note(f"{way_back} waits for the job again.")
        raise


def retry_after(headers: Mapping[str, str] | None) -> float | None:
    """Seconds in which a server wants to be left alone, from its headers; None if it says nothing usable.

    It may give them as a number or as a date (RFC 9110, section 10.2.3), which is compared with its own
    clock where it tells that.
    """
    told = (headers or {}).get("Retry-After", "").strip()
    if told.isdecimal() and told.isascii():
        return float(told[:10])
    try:
        until = parsedate_to_datetime(told)
        now = (headers or {}).get("Date")
        since = parsedate_to_datetime(now).timestamp() if now else time.time()
        return max(0.0, until.timestamp() - since)
    except (ValueError, OverflowError, OSError):
        return None


def _warn(entity: Any, faults: list[str]) -> bool:
    """Say how the answers break the contract, for the first that does; whether that was said."""
    if not faults:
        return False
    more = (
        "; waiting goes on until it is finished or failed" if any("state" in each for each in faults) else ""
    )
    warnings.warn(
        f"the job is {state_of(entity)}, and its answer breaks the contract: {'; '.join(faults)}{more}",
        ResponseValidationWarning,
        stacklevel=4,
    )
    return True
