"""`leap.cli.waiting`: when a job is read again, without a clock."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ForbiddenError, ServerError
from leap.cli.waiting import FIRST_PAUSE, LONGEST_PAUSE, MOST_FAILURES, readings, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _reader(answers: Iterable[str | Exception]) -> Callable[[], Any]:
    pending = iter(answers)

    def read() -> dict[str, str]:
        answer = next(pending)
        if isinstance(answer, Exception):
            raise answer
        return {"state": answer}

    return read


@pytest.mark.parametrize("last", ["finished", "failed"])
def test_reads_at_once_and_until_the_job_is_over(last: str) -> None:
    """Nothing is waited for before the first reading or after the last."""
    pauses: list[float] = []
    read = _reader(["queued", "processing", last])
    assert [state_of(job) for job in readings(read, pauses.append)] == ["queued", "processing", last]
    assert len(pauses) == 2


def test_pauses_grow_to_a_limit() -> None:
    """A long job is asked for less and less often, but at least every two seconds, for hours."""
    pauses: list[float] = []
    list(readings(_reader(chain(repeat("processing", 5000), ["finished"])), pauses.append))
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_gives_up_after_failures_in_a_row() -> None:
    """Failures that a reading comes between are not counted together."""
    few = [ServerError("busy")] * (MOST_FAILURES - 1)
    read = _reader([*few, "queued", *few, "processing", *few, ApiConnectionError("gone")])
    seen = []
    with pytest.raises(ApiConnectionError, match="gone"):
        seen.extend(readings(read, lambda _: None))
    assert [state_of(job) for job in seen] == ["queued", "processing"]


def test_a_refusal_is_final() -> None:
    """What will not pass is not tried again."""
    with pytest.raises(ForbiddenError):
        list(readings(_reader([ForbiddenError("no"), "finished"]), lambda _: None))


@pytest.mark.parametrize(
    ("job", "state"),
    [
        ({"state": "queued", "status": "finished"}, "queued"),
        ({"status": "finished"}, "finished"),
        ({"state": None}, "unknown"),
        ({}, "unknown"),
        ([], "unknown"),
        (None, "unknown"),
    ],
)
def test_the_state_is_that_of_whatever_came(job: Any, state: str) -> None:
    """An answer that is hardly a job has a state all the same, one to wait in."""
    assert state_of(job) == state
