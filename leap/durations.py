"""Durations: how long a wait for the network may be."""

from __future__ import annotations

LONGEST_WAIT = 2_147_483
"""Seconds, 24 days: a socket waits for a number of milliseconds that fits a C `int`."""


def is_duration(seconds: float) -> bool:
    """Whether a socket can wait that long."""
    return 0 < seconds <= LONGEST_WAIT
