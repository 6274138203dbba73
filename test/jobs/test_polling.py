"""When a job is read again, and when no longer: decisions, told the time."""

from __future__ import annotations

from typing import Any

import pytest

from leap import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    SchemaValidationError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
)
from leap.jobs.polling import Polling

QUEUED = {"id": "1", "state": "queued"}
FINISHED = {"id": "1", "state": "finished"}


def polling(**settings: Any) -> Polling:
    """Decisions without chance, unless the settings say otherwise."""
    return Polling("1", **{"timeout": 100.0, "chance": lambda: 0.0, **settings})


def test_the_pauses_grow_from_half_a_second_to_five() -> None:
    """The first pause is 0.5 s, each is half as long again as the one before, and none is longer than 5 s."""
    decisions = polling()
    pauses = [decisions.read(QUEUED, 0.0) for _ in range(9)]
    assert pauses[:3] == [0.5, 0.75, 1.125]
    assert pauses == sorted(pauses)
    assert pauses[-2:] == [5.0, 5.0]


def test_thousands_of_pauses_stay_at_the_longest() -> None:
    """A job that takes for ever is still read every five seconds."""
    decisions = polling(timeout=None)
    assert {decisions.read(QUEUED, 0.0) for _ in range(5000)} >= {5.0}
    assert decisions.read(QUEUED, 1e6) == 5.0


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.5), (0.5, 0.4375), (0.999999, 0.375)])
def test_up_to_a_quarter_of_a_pause_is_chance(chance: float, pause: float) -> None:
    """Clients that began together do not go on asking together."""
    assert polling(chance=lambda: chance).read(QUEUED, 0.0) == pytest.approx(pause, abs=1e-6)


def test_a_poll_interval_is_kept_to() -> None:
    """An interval of the caller's is every pause, without growth and without chance."""
    decisions = polling(poll_interval=3, chance=lambda: 0.9)
    assert [decisions.read(QUEUED, 0.0) for _ in range(3)] == [3, 3, 3]


@pytest.mark.parametrize("state", ["queued", "processing", "upscaling", "", None, 7])
def test_any_other_state_is_one_to_wait_in(state: Any) -> None:
    """Only "finished" and "failed" end a job: one in a state that nobody knows may still finish."""
    decisions = polling()
    assert decisions.read({"id": "1", "state": state}, 0.0) > 0
    assert not decisions.ended


def test_a_job_without_a_known_state_may_have_a_status() -> None:
    """`status`, which newer versions of the service send, counts where `state` says nothing that is known."""
    decisions = polling()
    assert decisions.read({"id": "1", "state": "done", "status": "finished"}, 0.0) == 0.0
    assert decisions.ended


def test_a_failed_job_is_an_error_with_the_job_and_the_reason() -> None:
    """`JobFailedError` carries the job, and says why where the service does."""
    entity = {"id": "1", "state": "failed", "reason": "out of paint"}
    with pytest.raises(JobFailedError, match="job 1 failed: out of paint") as caught:
        polling().read(entity, 0.0)
    assert caught.value.entity is entity


def test_the_last_reading_is_made_when_the_time_is_over() -> None:
    """A pause ends with the timeout, and the reading after it is the last."""
    decisions = polling(timeout=10.0, poll_interval=4.0)
    assert decisions.read(QUEUED, 9.0) == 1.0
    with pytest.raises(JobTimeoutError, match=r"job 1 is still queued after 10\.0 s; it goes on") as caught:
        decisions.read(QUEUED, 10.0)
    assert caught.value.entity == QUEUED


def test_a_job_that_finishes_with_the_last_reading_is_given() -> None:
    """The result counts for more than the clock."""
    decisions = polling(timeout=10.0)
    assert decisions.read(FINISHED, 11.0) == 0.0
    assert decisions.ended


@pytest.mark.parametrize(
    "error",
    [
        ApiConnectionError("refused"),
        ApiTimeoutError("too slow"),
        TooManyRequestsError("429", status=429),
        ServerError("500", status=500),
        ServerError("503", status=503),
        ApiException("408", status=408),
    ],
    ids=repr,
)
def test_what_passes_is_outlived(error: ApiException) -> None:
    """A reading that failed for a reason that may pass is followed by another."""
    assert polling().failed(error, 0.0) == 0.5


@pytest.mark.parametrize(
    "error", [UnauthorizedError("401", status=401), NotFoundError("404", status=404)], ids=repr
)
def test_what_does_not_pass_is_raised(error: ApiException) -> None:
    """A reading that can never succeed is not repeated."""
    with pytest.raises(type(error)) as caught:
        polling().failed(error, 0.0)
    assert caught.value is error


def test_a_timeout_after_failures_says_so_and_keeps_the_last_job_seen() -> None:
    """The error has the job as last seen, and the failure as its cause."""
    decisions = polling(timeout=10.0)
    decisions.read(QUEUED, 1.0)
    problem = ServerError("503 Service Unavailable", status=503)
    with pytest.raises(JobTimeoutError, match="its last reading failed: 503") as caught:
        decisions.failed(problem, 10.0)
    assert caught.value.entity == QUEUED
    assert caught.value.__cause__ is problem


def test_a_job_never_read_is_none_in_the_error() -> None:
    """Where no reading ever succeeded, there is no job to give, and the message does not invent a state."""
    with pytest.raises(JobTimeoutError, match="job 1 has not been read after") as caught:
        polling(timeout=1.0).failed(ApiConnectionError("refused"), 1.5)
    assert caught.value.entity is None


def test_a_server_that_asks_for_a_longer_pause_gets_it() -> None:
    """Retry-After counts if it is longer than the pause, and does not shorten one."""
    assert polling().failed(TooManyRequestsError("429", status=429), 0.0, 30.0) == 30.0
    assert polling().read(QUEUED, 0.0, 2.0) == 2.0
    assert polling(poll_interval=5).read(QUEUED, 0.0, 2.0) == 5


def test_no_pause_is_longer_than_a_day() -> None:
    """What a server or a caller asks for is never more than a system can sleep."""
    assert polling(timeout=None).read(QUEUED, 0.0, 1e10) == 86_400
    assert polling(timeout=1e300, poll_interval=1e300).read(QUEUED, 0.0) == 86_400


def test_a_pause_that_outlasts_the_time_ends_the_wait_at_once() -> None:
    """Nobody is held up for a reading that may not be made any more."""
    with pytest.raises(JobTimeoutError, match="wants no reading for 120 s"):
        polling().failed(ServerError("503", status=503), 0.0, 120.0)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": "10"},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"timeout": True},
    ]
    + [{"timeout": 1, "poll_interval": value} for value in (0, -1, "1", float("nan"))],
    ids=str,
)
def test_a_number_of_seconds_that_is_none_is_refused(settings: dict[str, Any]) -> None:
    """It says which number it was, and what it has to be."""
    with pytest.raises(
        SchemaValidationError, match=rf"{list(settings)[-1]}: got .*, needs a (finite )?number of seconds"
    ):
        Polling("1", **settings)
