"""Listing: gives the jobs of a list one by one, reading its pages as `leap.jobs.paging` decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leap.exceptions import ApiException, ResponseDecodingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leap.api_response import ApiResponse
    from leap.jobs.paging import Paging


def jobs_of(read_page: Callable[[int], ApiResponse[Any]], paging: Paging) -> Iterator[Any]:
    """Give the jobs of a list, of which there is never more than one page in memory.

    Args:
        read_page: Reads the page of a number.
        paging: What decides.

    Raises:
        ApiException: A page could not be read; a note says how to go on from there.
    """
    while paging.page is not None:
        try:
            response = read_page(paging.page)
            if not isinstance(response.body, list | tuple):
                raise _no_list(response)
        except ApiException as error:
            error.add_note(f"iterate(…, start_page={paging.page}) goes on from there.")
            raise
        fresh = paging.take(response.body)
        del response
        # From the end, so that what has been given is let go.
        fresh.reverse()
        while fresh:
            yield fresh.pop()


def _no_list(response: ApiResponse[Any]) -> ResponseDecodingError:
    return ResponseDecodingError(
        "the answer is JSON, but no list of jobs",
        status=response.status,
        reason=response.response.reason,
        headers=response.headers,
        body=response.body,
        round_trip_time=response.round_trip_time,
    )
