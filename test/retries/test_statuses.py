"""Which answers of a server a call is tried again after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Loopback

    Calls = Mapping[str, Callable[..., Any]]
    Answers = Callable[..., bytes]
    Job = dict[str, Any]


REPEATABLE = ("find_all", "find_one", "remove")
PASSING = {
    408: "Request Timeout",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
LASTING = (
    301,
    304,
    307,
    308,
    400,
    401,
    402,
    403,
    404,
    405,
    409,
    410,
    413,
    415,
    418,
    422,
    425,
    451,
    501,
    505,
    507,
    599,
)


def create(leap: Leap, **options: Any) -> Any:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def failed(call: Callable[..., Any], leap: Leap, **options: Any) -> ApiException:
    """What a call that fails raises."""
    with pytest.raises(ApiException) as caught:
        call(leap, **options)
    return caught.value


def busy(answer_of: Answers, **headers: str) -> bytes:
    """An answer that may be another one in a moment."""
    return answer_of({"message": "busy"}, "503 Service Unavailable", **headers)


@pytest.mark.parametrize("status", PASSING)
@pytest.mark.parametrize("name", REPEATABLE)
def test_reading_and_deleting_outlive_what_passes(
    calls: Calls,
    leap: Leap,
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    pauses: list[float],
    name: str,
    status: int,
) -> None:
    """GET and DELETE are tried twice more, and their answer is that of the attempt which succeeds."""
    refused = answer_of({}, f"{status} {PASSING[status]}")
    loopback.answer(refused, refused, answer_of([job] if name == "find_all" else job))
    response = calls[name](leap)
    assert (response.status, response.attempts) == (200, 3)
    assert len(loopback.requests) == 3
    assert len({(request.method, request.target) for request in loopback.requests}) == 1
    assert len(pauses) == 2


@pytest.mark.parametrize("status", PASSING)
@pytest.mark.parametrize("name", REPEATABLE)
def test_after_two_retries_it_is_over(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, name: str, status: int
) -> None:
    """What does not pass is the error of the third attempt."""
    refusals = [answer_of({"message": f"no. {number}"}, f"{status} No") for number in range(4)]
    loopback.answer(*refusals)
    error = failed(calls[name], leap)
    assert (error.status, error.attempts, error.may_have_been_accepted) == (status, 3, False)
    assert error.body == {"message": "no. 2"}
    assert len(loopback.requests) == 3


@pytest.mark.parametrize("status", LASTING)
def test_what_lasts_is_told_at_once(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, pauses: list[float], status: int
) -> None:
    """Every other answer is final, for every method, even with a Retry-After."""
    loopback.answer(answer_of({}, f"{status} No", Retry_After="1", Location="/elsewhere"))
    for call in calls.values():
        error = failed(call, leap)
        assert (error.status, error.attempts) == (status, 1)
    assert len(loopback.requests) == len(calls)
    assert pauses == []


def test_a_submission_is_repeated_after_429(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """429 says that nothing was accepted: a POST is tried again, with the same body."""
    refused = answer_of({}, "429 Too Many Requests")
    loopback.answer(refused, refused, answer_of(job))
    assert create(leap).attempts == 3
    assert [request.json for request in loopback.requests] == [{"prompt": "a fox"}] * 3
    loopback.answer(refused)
    error = failed(create, leap)
    assert (error.status, error.attempts, error.may_have_been_accepted) == (429, 3, False)


def test_a_submission_is_repeated_after_503_with_retry_after(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, pauses: list[float]
) -> None:
    """A 503 that says when to come again has accepted nothing; one that does not may come from anywhere."""
    loopback.answer(busy(answer_of, Retry_After="2"), answer_of(job))
    assert create(leap).attempts == 2
    assert pauses == [2]
    loopback.answer(busy(answer_of, Retry_After="2"))
    error = failed(create, leap)
    assert (error.attempts, error.retry_after, error.may_have_been_accepted) == (3, 2, False)
    loopback.answer(busy(answer_of))
    error = failed(create, leap)
    assert (error.attempts, error.retry_after, error.may_have_been_accepted) == (1, None, True)


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 520, 599])
def test_a_submission_that_may_have_been_accepted_is_never_repeated(
    leap: Leap, loopback: Loopback, answer_of: Answers, pauses: list[float], status: int
) -> None:
    """What a gateway or a server that failed says leaves open whether there is a job: one request only."""
    loopback.answer(answer_of({}, f"{status} No"))
    error = failed(create, leap, max_retries=10)
    assert (error.status, error.attempts, error.may_have_been_accepted) == (status, 1, True)
    assert len(loopback.requests) == 1
    assert pauses == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 415, 422, 429, 307])
def test_a_refusal_was_not_accepted(leap: Leap, loopback: Loopback, answer_of: Answers, status: int) -> None:
    """A server that says what is wrong with the request has not carried it out."""
    loopback.answer(answer_of({}, f"{status} No"))
    assert not failed(create, leap).may_have_been_accepted
