"""Recovery: looks for the job of a request whose answer was lost, as `leap.jobs.matching` decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leap.exceptions import OpenApiException, ResponseValidationError
from leap.jobs.listing import jobs_of
from leap.jobs.matching import candidates
from leap.jobs.paging import Paging

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from leap.api_response import ApiResponse
    from leap.exceptions import ApiException
    from leap.operation import Request

PAUSES: Final = (1.0, 3.0)
"""Seconds before each further look: what is slow to answer may be slow to list."""


class Lost(NamedTuple):
    """A request whose answer was lost."""

    request: Request
    error: ApiException
    """What came in place of the answer; it takes a note of what was found."""
    elapsed: float
    """Seconds since the call began."""
    left: float | None
    """Seconds that are left for it; None if there is no deadline."""
    acknowledged: Container[object] = ()
    """The ids of jobs that other requests are known to have made."""


def find_lost(
    lost: Lost,
    read_page: Callable[[int, float | None], ApiResponse[Any]],
    read_one: Callable[[str, float | None], ApiResponse[Any]],
    *,
    page_size: int,
    sleep: Callable[[float], None],
) -> ApiResponse[Any] | None:
    """The job, if there is exactly one that it can be; else None, and the error has a note of why.

    Args:
        lost: What was sent, and what became of it.
        read_page: Reads a page of the list, in at most so many seconds.
        read_one: Reads a job, in at most so many seconds.
        page_size: How many jobs `read_page` asks for.
        sleep: Makes a pause.
    """
    import msgspec

    started = perf_counter()
    body = lost.request.body
    sent: Mapping[str, Any] = msgspec.json.decode(body) if isinstance(body, bytes) else {}

    def left() -> float | None:
        return None if lost.left is None else max(lost.left - (perf_counter() - started), 0.001)

    def page(number: int) -> ApiResponse[Any]:
        try:
            return read_page(number, left())
        except ResponseValidationError as error:
            # What other jobs look like is of no matter here.
            return error.api_response

    def look() -> list[str]:
        first = page(1)
        since = _now_of(first.response.headers) - timedelta(seconds=lost.elapsed + perf_counter() - started)
        paging = Paging(page_size)
        jobs = jobs_of(lambda number: first if number == 1 else page(number), paging)
        return candidates(jobs, sent, since, lost.acknowledged)

    try:
        found = look()
        for pause in PAUSES:
            if found or (lost.left is not None and pause >= (left() or 0)):
                break
            sleep(pause)
            found = look()
        if len(found) == 1:
            return read_one(found[0], left())
    except OpenApiException as error:
        lost.error.add_note(f"The job was looked for, which failed: {error}")
        return None
    if found:
        lost.error.add_note(f"There are {len(found)} jobs that it may be: {', '.join(found)}")
    else:
        lost.error.add_note("The job was looked for: there is none with these parameters.")
    return None


def _now_of(headers: Mapping[str, str]) -> datetime:
    """The time on the clock of the server, or else on this one."""
    try:
        told = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError):
        return datetime.now(UTC)
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
