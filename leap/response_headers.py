"""Response headers: what a server says about a call beside its answer.

Pure: the time is given.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_PAIR = re.compile(r"(limit|remaining|reset)=([0-9.]+)", re.ASCII)


class RateLimit(NamedTuple):
    """How many calls a server takes; what it does not say is None.

    Attributes:
        limit: How many in a window of time.
        remaining: How many of them are left.
        reset: When the next window begins, as the server gives it: mostly in seconds from now.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


def rate_limit_of(headers: Mapping[str, str] | None) -> RateLimit | None:
    """The rate limit that a server tells; None if it tells none.

    It is read from `X-RateLimit-Limit`, `-Remaining` and `-Reset`, from the same names without the `X-`
    (draft-ietf-httpapi-ratelimit-headers up to 06), or from one `RateLimit` of pairs (07).
    """
    if headers is None:
        return None
    pairs = dict(_PAIR.findall(headers.get("RateLimit", "")))
    for part in ("limit", "remaining", "reset"):
        for prefix in ("X-RateLimit-", "RateLimit-"):
            if (told := headers.get(prefix + part.capitalize())) is not None:
                pairs[part] = told.partition(",")[0].strip()
    limit, remaining, reset = (_number(pairs.get(part)) for part in ("limit", "remaining", "reset"))
    if limit is remaining is reset is None:
        return None
    return RateLimit(_whole(limit), _whole(remaining), reset)


def request_id_of(headers: Mapping[str, str] | None) -> str | None:
    """What the server calls the request, from `X-Request-Id`; None if it calls it nothing."""
    return (headers or {}).get("X-Request-Id") or None


def retry_after_of(headers: Mapping[str, str] | None, now: float) -> float | None:
    """Seconds in which a server wants to be left alone, from its headers; None if it says nothing usable.

    It may give them as a number or as a date (RFC 9110, section 10.2.3), which is compared with its own
    clock where it tells that.

    Args:
        headers: The headers of an answer.
        now: Seconds since the epoch.
    """
    told = (headers or {}).get("Retry-After", "").strip()
    if not told:
        return None
    if told.isdecimal() and told.isascii():
        return float(told.lstrip("0")[:10] or 0)
    from email.utils import parsedate_to_datetime

    try:
        date = (headers or {}).get("Date")
        since = _seconds_of(parsedate_to_datetime(date)) if date else now
        return max(0.0, _seconds_of(parsedate_to_datetime(told)) - since)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds_of(moment: datetime) -> float:
    # Dates of HTTP are in UTC, also those with the zone -0000, which says that nobody knows it.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
