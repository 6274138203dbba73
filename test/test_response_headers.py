"""What a server says in the headers beside its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leap import RateLimit
from leap.response_headers import rate_limit_of, request_id_of, retry_after_of


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_what_a_server_says_of_the_pause_is_read(headers: Any, seconds: float | None) -> None:
    """Seconds or a date, measured by the clock of the server if it tells that; nonsense is nothing."""
    now = datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp()
    assert retry_after_of(headers, now) == seconds


@pytest.mark.parametrize(
    ("headers", "rate_limit"),
    [
        (
            {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "12.5"},
            RateLimit(100, 7, 12.5),
        ),
        ({"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "7"}, RateLimit(100, 7, None)),
        ({"RateLimit": "limit=100, remaining=7, reset=12"}, RateLimit(100, 7, 12.0)),
        ({"X-RateLimit-Limit": "many"}, None),
        ({"X-RateLimit-Limit": "9" * 5000}, None),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_a_rate_limit_is_read_in_each_of_its_forms(headers: Any, rate_limit: RateLimit | None) -> None:
    """What a server says of its rate limit is read; what it leaves out is None, and nonsense is nothing."""
    assert rate_limit_of(headers) == rate_limit


@pytest.mark.parametrize(
    ("headers", "request_id"), [({"X-Request-Id": "r-1"}, "r-1"), ({"X-Request-Id": ""}, None), (None, None)]
)
def test_a_request_id_is_read(headers: Any, request_id: str | None) -> None:
    """The name that a server gives a request is read, and an empty one is none."""
    assert request_id_of(headers) == request_id
