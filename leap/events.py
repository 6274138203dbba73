"""Events: what the hooks `on_request` and `on_response` of a configuration are told.

The headers in them are those that went over the wire, with the values of those left out that identify
somebody. They are read without regard to case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leap.exceptions import OpenApiException

REDACTED = "…"
"""What stands in place of a secret."""

_SECRET_HEADER = re.compile(r"authorization|cookie|token|secret|api-?key|password|signature", re.IGNORECASE)


class RequestEvent(NamedTuple):
    """A request is about to be sent.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        headers: The headers, redacted.
        attempt: Which attempt of the call it is, counted from 1.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    attempt: int


class ResponseEvent(NamedTuple):
    """A request has ended.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        headers: The headers of the request, redacted.
        attempt: Which attempt of the call it was, counted from 1.
        status: The HTTP status code; None if no whole answer came.
        response_headers: The headers of the answer, redacted; empty if none came.
        elapsed: Seconds from sending the request to the last byte of the answer, or to the failure.
        error: What is wrong: the answer is not a 2xx, or none came; None if nothing is.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    attempt: int
    status: int | None
    response_headers: Mapping[str, str]
    elapsed: float
    error: OpenApiException | None


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers without the values of those that identify somebody."""
    # By name, as one that comes twice has one value, which is both.
    return {name: REDACTED if _SECRET_HEADER.search(name) else headers[name] for name in headers}
