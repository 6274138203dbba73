"""How often a call is tried, who decides on that, and how it is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, ClientConfigurationError, Leap, SchemaValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Loopback

    from leap.emulator import Emulator

    Calls = Mapping[str, Callable[..., Any]]
    Answers = Callable[..., bytes]
    Job = dict[str, Any]


def create(leap: Leap, **options: Any) -> Any:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(call: Callable[..., Any], leap: Leap, **options: Any) -> ApiException:
    """What a call that fails raises."""
    with pytest.raises(ApiException) as caught:
        call(leap, **options)
    return caught.value


def busy(answer_of: Answers, **headers: str) -> bytes:
    """An answer that may be another one in a moment."""
    return answer_of({"message": "busy"}, "503 Service Unavailable", **headers)


def test_none(
    calls: Calls, leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, pauses: list[float]
) -> None:
    """With `max_retries=0` there is one attempt."""
    loopback.answer(busy(answer_of))
    leap = leap_at(loopback.url, max_retries=0)
    for call in calls.values():
        assert failed(call, leap).attempts == 1
    assert pauses == []


def test_the_nearest_to_the_call_decides(
    leap_at: Callable[..., Leap],
    loopback: Loopback,
    answer_of: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The call's own number goes before that of `with_options`, the client's, and the environment's."""
    loopback.answer(busy(answer_of))
    monkeypatch.setenv("LEAP_MAX_RETRIES", "4")
    assert failed(find_one, leap_at(loopback.url)).attempts == 5
    leap = leap_at(loopback.url, max_retries=3)
    assert failed(find_one, leap).attempts == 4
    derived = leap.with_options(max_retries=1)
    assert failed(find_one, derived).attempts == 2
    assert failed(find_one, derived, max_retries=0).attempts == 1
    assert failed(find_one, derived, max_retries=5).attempts == 6
    assert failed(find_one, derived, max_retries=None).attempts == 2
    assert failed(find_one, leap).attempts == 4


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "many", float("inf")])
def test_what_is_no_number_of_retries(
    leap: Leap, leap_at: Callable[..., Leap], loopback: Loopback, wrong: Any
) -> None:
    """It is refused wherever it is given, before anything is sent."""
    with pytest.raises(SchemaValidationError, match="max_retries"):
        find_one(leap, max_retries=wrong)
    with pytest.raises(ClientConfigurationError, match="max_retries"):
        leap_at(loopback.url, max_retries=wrong)
    with pytest.raises(ClientConfigurationError, match="max_retries"):
        leap.with_options(max_retries=wrong)
    assert loopback.connections == []


def test_attempts_and_time_are_counted(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """`time_spent` has every attempt and every pause in it; `round_trip_time` is of the last attempt."""
    pause = 0.02
    leap.api_client.sleep = lambda _seconds: time.sleep(pause)
    loopback.answer(busy(answer_of), busy(answer_of), answer_of(job))
    before = time.perf_counter()
    response = find_one(leap)
    longest = time.perf_counter() - before
    assert response.attempts == 3
    assert 2 * pause + response.round_trip_time <= response.time_spent <= longest
    loopback.answer(busy(answer_of))
    before = time.perf_counter()
    error = failed(find_one, leap)
    longest = time.perf_counter() - before
    assert error.attempts == 3
    assert error.round_trip_time is not None
    assert error.time_spent is not None
    assert 2 * pause + error.round_trip_time <= error.time_spent <= longest


@pytest.mark.parametrize("options", [{}, {"stream": True}, {"skip_deserialization": True}])
def test_one_attempt_is_one(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, options: dict[str, Any]
) -> None:
    """A call that succeeds at once says so, in every form of its response."""
    loopback.answer(answer_of(job), busy(answer_of), answer_of(job))
    with find_one(leap, **options) as response:
        assert response.attempts == 1
        assert response.time_spent >= response.round_trip_time
    with find_one(leap, **options) as response:
        assert response.attempts == 2


def test_a_page_and_a_wait_are_retried_too(emulated: Leap, emulator: Emulator) -> None:
    """`iterate` outlives what passes as any call does."""
    job = create(emulated).body
    emulator.faults.add(method="GET", status=502, times=2)
    assert [each.id for each in emulated.generate_images.iterate("m")] == [job.id]
