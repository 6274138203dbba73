"""The deadline of a call, which bounds attempts, pauses and reading."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, ApiTimeoutError, Leap, SchemaValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Connection, Loopback

    Calls = Mapping[str, Callable[..., Any]]
    Answers = Callable[..., bytes]
    Job = dict[str, Any]


METHODS = ("create", "find_all", "find_one", "remove")
MARGIN = 2.0
"""Seconds that a loaded machine may take on top."""


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


@pytest.mark.parametrize("name", METHODS)
def test_a_pause_that_does_not_fit_is_not_made(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, pauses: list[float], name: str
) -> None:
    """Where the server's pause would end after the deadline the error comes at once."""
    loopback.answer(busy(answer_of, Retry_After="6"))
    error = failed(calls[name], leap, deadline=5)
    assert (error.status, error.attempts, error.retry_after) == (503, 1, 6)
    assert pauses == []
    assert len(loopback.requests) == 1


def test_a_pause_that_fits_is_made(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float]
) -> None:
    """A deadline that is far away changes nothing."""
    loopback.answer(busy(answer_of, Retry_After="6"), answer_of(job))
    assert find_one(leap, deadline=60).attempts == 2
    assert pauses == [6]


def test_it_bounds_attempts_and_pauses_together(leap: Leap, loopback: Loopback, answer_of: Answers) -> None:
    """However many retries there may be, the call is over in time, with the answer that it last had."""
    leap.api_client.sleep = time.sleep
    loopback.answer(busy(answer_of))
    before = time.perf_counter()
    error = failed(find_one, leap, max_retries=100, deadline=0.3)
    assert time.perf_counter() - before < 0.3 + MARGIN
    assert error.status == 503
    assert len(loopback.requests) == error.attempts


@pytest.mark.parametrize("name", METHODS)
def test_it_bounds_the_wait_for_an_answer(calls: Calls, leap: Leap, loopback: Loopback, name: str) -> None:
    """A server that never answers is waited for until the deadline, whatever the read timeout."""
    loopback.answer(lambda connection: connection.wait())
    before = time.perf_counter()
    error = failed(calls[name], leap, deadline=0.1, timeout=60)
    assert 0.1 <= time.perf_counter() - before < 0.1 + MARGIN
    assert isinstance(error, ApiTimeoutError)
    assert error.may_have_been_accepted is (name == "create")
    assert len(loopback.requests) == 1


def test_a_drip_does_not_outlast_it(leap: Leap, loopback: Loopback) -> None:
    """A server that sends a byte now and then, each within the read timeout, is left at the deadline."""

    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not connection.server.released.wait(0.01):
            connection.send(b" ")

    loopback.answer(drip)
    before = time.perf_counter()
    error = failed(find_one, leap, deadline=0.15, max_retries=5)
    assert time.perf_counter() - before < 0.15 + MARGIN
    assert isinstance(error, ApiTimeoutError)


def test_the_nearest_to_the_call_decides(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers
) -> None:
    """The call's own deadline goes before that of `with_options`, and that before the client's."""
    loopback.answer(busy(answer_of, Retry_After="20"))
    leap = leap_at(loopback.url, deadline=10)
    derived = leap.with_options(deadline=30)
    assert failed(find_one, leap).attempts == 1
    assert failed(find_one, derived).attempts == 3
    assert failed(find_one, leap, deadline=30).attempts == 3
    assert failed(find_one, derived, deadline=10).attempts == 1


@pytest.mark.parametrize("wrong", [0, -1, "soon", True, float("nan")])
def test_what_is_no_deadline(leap: Leap, loopback: Loopback, wrong: Any) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(SchemaValidationError, match="deadline"):
        find_one(leap, deadline=wrong)
    assert loopback.connections == []


def test_one_that_is_over_at_once_sends_nothing(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Where there was no time for a request nothing was accepted, whatever the thread did before."""
    loopback.answer(answer_of(job))
    calls["create"](leap)
    error = failed(calls["create"], leap, deadline=1e-9)
    assert isinstance(error, ApiTimeoutError)
    assert not error.may_have_been_accepted
    assert len(loopback.requests) == 1


def test_one_that_passes_in_a_pause_sends_nothing_more(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers
) -> None:
    """A pause that took longer than planned, past the deadline, leaves nothing in doubt."""
    loopback.answer(busy(answer_of, Retry_After="0"))
    leap.api_client.sleep = lambda _seconds: time.sleep(0.06)
    error = failed(calls["create"], leap, deadline=0.05)
    assert isinstance(error, ApiTimeoutError)
    assert not error.may_have_been_accepted
    assert len(loopback.requests) == 1
