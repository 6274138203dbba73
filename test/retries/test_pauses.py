"""How long is waited between two attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, Leap, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Loopback

    Calls = Mapping[str, Callable[..., Any]]
    Answers = Callable[..., bytes]
    Job = dict[str, Any]


METHODS = ("create", "find_all", "find_one", "remove")
REPEATABLE = ("find_all", "find_one", "remove")


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


def test_full_jitter_up_to_eight_seconds(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, pauses: list[float]
) -> None:
    """The n-th pause is anything from 0 to 0.5 · 2ⁿ s, and never more than 8 s."""
    loopback.answer(busy(answer_of))
    leap = leap_at(loopback.url, max_retries=7)
    draws = 60
    for _ in range(draws):
        failed(find_one, leap)
    assert len(loopback.requests) == draws * 8
    for number, longest in enumerate([0.5, 1, 2, 4, 8, 8, 8]):
        drawn = pauses[number::7]
        assert len(drawn) == draws
        assert 0 <= min(drawn) < 0.3 * longest
        assert 0.7 * longest < max(drawn) <= longest
        assert 0.3 * longest < sum(drawn) / draws < 0.7 * longest
        assert len(set(drawn)) > draws / 2


@pytest.mark.parametrize("name", REPEATABLE)
def test_each_call_begins_anew(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, pauses: list[float], name: str
) -> None:
    """A call that failed does not make the next one slower."""
    loopback.answer(busy(answer_of))
    for _ in range(20):
        failed(calls[name], leap)
    assert max(pauses[::2]) <= 0.5
    assert max(pauses[1::2]) <= 1


@pytest.mark.parametrize("seconds", [1, 7, 119, 120])
@pytest.mark.parametrize("name", METHODS)
def test_retry_after_in_seconds_is_obeyed(
    calls: Calls,
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    pauses: list[float],
    name: str,
    seconds: int,
) -> None:
    """A server that says how long gets just that, up to two minutes."""
    loopback.answer(
        busy(answer_of, Retry_After=f"{seconds}"), answer_of([job] if name == "find_all" else job)
    )
    assert calls[name](leap).attempts == 2
    assert pauses == [seconds]


def test_retry_after_of_zero_is_at_once(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float]
) -> None:
    """Zero seconds are no reason to wait."""
    loopback.answer(busy(answer_of, Retry_After="0"), answer_of(job))
    assert find_one(leap).attempts == 2
    assert sum(pauses) == 0


@pytest.mark.parametrize("status", [408, 429, 500, 502, 504])
def test_retry_after_counts_with_every_status(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float], status: int
) -> None:
    """Not only a 503 may say how long."""
    loopback.answer(answer_of({}, f"{status} No", Retry_After="3"), answer_of(job))
    find_one(leap)
    assert pauses == [3]


@pytest.mark.parametrize("skew", [timedelta(), timedelta(hours=5), timedelta(days=-400)])
def test_retry_after_as_a_date_is_obeyed(
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    pauses: list[float],
    skew: timedelta,
) -> None:
    """A date is measured by the clock of the server, which tells the time with each answer."""
    now = datetime.now(UTC) + skew
    date, later = (format_datetime(each, usegmt=True) for each in (now, now + timedelta(seconds=30)))
    loopback.answer(busy(answer_of, Date=date, Retry_After=later), answer_of(job))
    assert find_one(leap).attempts == 2
    (pause,) = pauses
    assert 29 <= pause <= 31


def test_retry_after_as_a_date_without_the_servers_clock(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float]
) -> None:
    """A server that does not tell the time is taken to have ours."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    loopback.answer(busy(answer_of, Retry_After=later), answer_of(job))
    find_one(leap)
    (pause,) = pauses
    assert 28 <= pause <= 30


def test_a_date_that_has_passed_is_at_once(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float]
) -> None:
    """A date in the past says that the wait is over."""
    loopback.answer(busy(answer_of, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), answer_of(job))
    assert find_one(leap).attempts == 2
    assert sum(pauses) == 0


@pytest.mark.parametrize(
    "value",
    ["121", "3600", "0000000000000121", "99999999999999999999", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"],
)
@pytest.mark.parametrize("name", METHODS)
def test_a_longer_wait_is_the_callers(
    calls: Calls,
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    pauses: list[float],
    name: str,
    value: str,
) -> None:
    """Above two minutes there is no waiting: the error comes at once and says how long."""
    loopback.answer(busy(answer_of, Retry_After=value))
    error = failed(calls[name], leap)
    assert isinstance(error, ServerError)
    assert error.attempts == 1
    assert error.retry_after is not None
    assert error.retry_after > 120
    if len(value) < 5:
        assert error.retry_after == int(value)
    assert not error.may_have_been_accepted
    assert pauses == []


@pytest.mark.parametrize(
    "value",
    ["", " ", "soon", "-5", "+5", "5 minutes", "0x5", "\xb2", "1e1", "inf", "nan", ",", "5,6", "\x00"],
)
def test_what_makes_no_sense_is_not_obeyed(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float], value: str
) -> None:
    """A Retry-After that is neither seconds nor a date is as good as none."""
    loopback.answer(busy(answer_of, Retry_After=value), answer_of(job))
    assert find_one(leap).attempts == 2
    (pause,) = pauses
    assert 0 <= pause <= 0.5
    loopback.answer(busy(answer_of, Retry_After=value))
    assert failed(find_one, leap).retry_after is None


def test_an_error_that_is_final_says_when_to_come_again(
    leap: Leap, loopback: Loopback, answer_of: Answers
) -> None:
    """`retry_after` is on every error whose answer has the header."""
    loopback.answer(answer_of({}, "403 Forbidden", Retry_After="60"))
    assert failed(find_one, leap).retry_after == 60
