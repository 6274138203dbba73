"""Durations: how long a wait for the network may be, and how often it may begin anew."""

from __future__ import annotations

LONGEST_WAIT = 2_147_483
"""Seconds, 24 days: a socket waits for a number of milliseconds that fits a C `int`."""

MOST_RETRIES = 100
"""With the pauses between them, a quarter of an hour and more."""


def is_duration(seconds: float) -> bool:
    """Whether a socket can wait that long."""
    return 0 < seconds <= LONGEST_WAIT
