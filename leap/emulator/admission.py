"""Admission: whose requests are carried out, and how many of them."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from leap.emulator.errors import Refusal, unauthorized

WINDOW: Final = 60.0
"""Seconds over which requests are counted."""

_MOST_COUNTED: Final = 10_000  # tokens that are remembered at a time


class Admission:
    """Decides by the bearer token. To be used on one thread."""

    def __init__(
        self,
        tokens: Iterable[str] | None,
        rate_limit: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the tokens that count (None: any) and how many requests a minute each may make (None: any)."""
        self._tokens = None if tokens is None else frozenset(tokens)
        self._rate_limit = rate_limit
        self._clock = clock
        self._counted: dict[str, int] = {}
        self._window_ends = 0.0

    def admit(self, token: str) -> Mapping[str, str]:
        """Let a request pass, and give the headers that say how many more there may be.

        Raises:
            Refusal: With status 401 or 429.
        """
        if self._tokens is not None and token not in self._tokens:
            raise unauthorized()
        if self._rate_limit is None:
            return {}
        now = self._clock()
        if now >= self._window_ends or len(self._counted) > _MOST_COUNTED:
            self._counted.clear()
            self._window_ends = now + WINDOW
        count = self._counted[token] = self._counted.get(token, 0) + 1
        left = str(math.ceil(self._window_ends - now))
        headers = {
            "X-RateLimit-Limit": str(self._rate_limit),
            "X-RateLimit-Remaining": str(max(0, self._rate_limit - count)),
            "X-RateLimit-Reset": left,
        }
        if count > self._rate_limit:
            raise Refusal(
                429, "ThrottlerException: Too Many Requests", {**headers, "Retry-After": left}
            )  # fmt: skip
        return headers
