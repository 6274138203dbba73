"""Retry: what is tried again, how often, and after which pause.

A call that only reads or deletes may be carried out twice. One that submits something costs money each time:
it is tried again only where it is certain that nothing was accepted.

    what happened                            GET, DELETE   POST
    no connection was made                   again         again
    the connection broke, or a timeout       again         -
    408, 500, 502, 504                       again         -
    429                                      again         again
    503                                      again         with Retry-After
    a certificate was refused, and the like  -             -

The counting and the arithmetic of the pauses are `urllib3.Retry`'s.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from urllib3 import Retry
from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import RequestHistory

from leap.exceptions import ApiConnectionError

if TYPE_CHECKING:
    from typing import Self

    from leap.exceptions import ApiException

FIRST_PAUSE: Final = 0.5
"""Seconds; the pause before the first retry is at most that long, the next one twice as long, and so on."""

LONGEST_PAUSE: Final = 8.0
"""Seconds."""

LONGEST_RETRY_AFTER: Final = 120.0
"""Seconds. A server that wants to be left alone for longer gets its way: there is no further attempt."""

REPEATABLE_METHODS: Final = frozenset({"GET", "DELETE"})
"""The methods of the API that may be carried out twice (RFC 9110, section 9.2.2)."""

PASSING_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""The refusals that may pass by themselves."""

_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503

# urllib3 makes no pause before the first retry. With a failure before the first, its first is the second.
_FAILURE_BEFORE = RequestHistory(None, None, None, None, None)


class RetryPolicy(Retry):
    """How often a call is tried again, and after which pauses: exponential ones, with full jitter.

    A value, as every `urllib3.Retry`: `after` gives the policy for what comes then.
    """

    @classmethod
    def of(cls, max_retries: int) -> Self:
        """The policy of so many retries."""
        return cls(
            total=max_retries,
            allowed_methods=None,
            backoff_factor=FIRST_PAUSE / 2,
            backoff_max=LONGEST_PAUSE,
            history=(_FAILURE_BEFORE,),
        )

    def get_backoff_time(self) -> float:
        """Seconds until the next attempt: anything from 0 to what urllib3 computes."""
        return random.uniform(0, super().get_backoff_time())  # noqa: S311 - chance, not a secret

    def after(self, method: str, error: ApiException) -> tuple[Self, float] | None:
        """The policy and the pause in seconds after an attempt that failed; None if it was the last.

        Args:
            method: The HTTP method.
            error: What came of the attempt.
        """
        if not may_be_repeated(method, error):
            return None
        try:
            further = self.increment(method, error=error)
        except MaxRetryError:
            return None
        wanted = error.retry_after
        if wanted is None:
            return further, further.get_backoff_time()
        return None if wanted > LONGEST_RETRY_AFTER else (further, wanted)


def may_be_repeated(method: str, error: ApiException) -> bool:
    """Whether a call that ended with this error may be sent once more.

    Args:
        method: The HTTP method.
        error: What came of it; its `may_have_been_accepted` and `retry_after` are set.
    """
    if isinstance(error, ApiConnectionError):
        return error.may_pass and not error.may_have_been_accepted
    if method in REPEATABLE_METHODS:
        return error.status in PASSING_STATUSES
    return error.status == _TOO_MANY_REQUESTS or (
        error.status == _UNAVAILABLE and error.retry_after is not None
    )
