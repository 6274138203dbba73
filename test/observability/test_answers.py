"""What a server says about a call beside its answer: the id of the request, and how many calls it takes."""

from __future__ import annotations

import pickle
import socket
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ApiException, ForbiddenError, Leap, TooManyRequestsError
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(leap: Leap, **options: Any) -> ApiException:
    """What a find_one that fails raises."""
    with pytest.raises(ApiException) as caught:
        find_one(leap, **options)
    return caught.value


@pytest.mark.parametrize("options", [{}, {"stream": True}, {"skip_deserialization": True}])
def test_a_response_has_the_request_id(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, options: dict[str, Any]
) -> None:
    """`request_id` is what the server calls the request, in every form of a response; else it is None."""
    loopback.answer(answer_of(job, x_request_id="r-1"), answer_of(job))
    with find_one(leap, **options) as response:
        assert response.request_id == "r-1"
    with find_one(leap, **options) as response:
        assert response.request_id is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("404 Not Found", "{}"),
        ("500 Internal Server Error", "<html>"),
        ("301 Moved", ""),
        ("200 OK", "no JSON"),
    ],
)
def test_an_error_has_the_request_id(
    leap: Leap, loopback: Loopback, answer_of: Answers, status: str, body: str
) -> None:
    """An error that comes of an answer has the request's id, whatever the answer was."""
    loopback.answer(answer_of(body, status, X_Request_Id="r-1"))
    assert failed(leap).request_id == "r-1"
    loopback.answer(answer_of(body, status))
    assert failed(leap).request_id is None


def test_a_strict_validation_error_has_the_request_id(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers
) -> None:
    """So has the error about an answer that breaks the contract."""
    loopback.answer(answer_of({"state": 7}, X_Request_Id="r-1", X_RateLimit_Limit="5"))
    error = failed(leap_at(loopback.url, response_validation="strict"))
    assert error.request_id == "r-1"
    assert error.rate_limit is not None
    assert error.rate_limit.limit == 5


def test_the_request_id_is_that_of_the_last_attempt(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Of a call that was tried again, the id is that of the request which decided it."""
    loopback.answer(
        answer_of({}, "503 Service Unavailable", X_Request_Id="r-1"), answer_of(job, X_Request_Id="r-2")
    )
    response = find_one(leap)
    assert (response.attempts, response.request_id) == (2, "r-2")
    loopback.answer(
        answer_of({}, "503 Service Unavailable", X_Request_Id="r-3"), answer_of({}, "404 Gone", X_Other="-")
    )
    error = failed(leap)
    assert (error.attempts, error.request_id) == (2, None)


def test_without_an_answer_there_is_neither(leap_at: Callable[..., Leap]) -> None:
    """Where no answer came there is no id and no rate limit."""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        error = failed(leap_at(f"http://127.0.0.1:{bound.getsockname()[1]}"))
    assert isinstance(error, ApiConnectionError)
    assert (error.request_id, error.rate_limit, error.retry_after) == (None, None, None)


def test_the_emulators_limit_is_read(leap_at: Callable[..., Leap]) -> None:
    """Response and error say how many calls there may be, how many are left and for how long."""
    with Emulator(rate_limit=2) as emulator:
        leap = leap_at(emulator.url, max_retries=0)
        limits = [leap.generate_images.find_all(model_id="m").rate_limit for _ in range(2)]
        with pytest.raises(TooManyRequestsError) as caught:
            leap.generate_images.find_all(model_id="m")
        error = caught.value
    assert [(limit.limit, limit.remaining) for limit in limits] == [(2, 1), (2, 0)]
    assert all(0 < limit.reset <= 60 for limit in limits)
    assert error.rate_limit is not None
    assert (error.rate_limit.limit, error.rate_limit.remaining) == (2, 0)
    assert error.rate_limit.reset == error.retry_after
    assert error.retry_after is not None
    assert 0 < error.retry_after <= 60


def test_the_emulator_without_a_limit_tells_none(emulated: Leap) -> None:
    """Where a server says nothing about a limit, `rate_limit` is None."""
    assert emulated.generate_images.find_all(model_id="m").rate_limit is None


NAMES: dict[str, tuple[dict[str, str], tuple[Any, Any, Any]]] = {
    "the common names": (
        {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "99", "X-RateLimit-Reset": "30"},
        (100, 99, 30),
    ),
    "those of the drafts up to 06": (
        {"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
        (100, 0, 30),
    ),
    "any case": ({"x-ratelimit-limit": "7", "RATELIMIT-REMAINING": "6"}, (7, 6, None)),
    "with a window": ({"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "5"}, (100, 5, None)),
    "one alone": ({"RateLimit-Remaining": "5"}, (None, 5, None)),
    "seconds since 1970": (
        {"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1795452000"},
        (None, 5, 1795452000),
    ),
}


@pytest.mark.parametrize("kind", NAMES)
def test_the_names_of_the_headers(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, kind: str
) -> None:
    """The limit is read from the names that servers use, on response and error; the rest is None."""
    headers, expected = NAMES[kind]
    loopback.answer(answer_of(job, **headers), answer_of({}, "403 Forbidden", **headers))
    assert tuple(find_one(leap).rate_limit) == expected
    with pytest.raises(ForbiddenError) as caught:
        find_one(leap)
    assert caught.value.rate_limit is not None
    assert tuple(caught.value.rate_limit) == expected


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-1", "1e3", "nan", "inf", "9" * 5000, "\xb2", "0x10", "1.2.3", ",", "\x00", "1;w=2"],
)
def test_a_limit_that_makes_no_sense_costs_nothing(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, value: str
) -> None:
    """Whatever stands in these headers, the answer is there, and no number is made up."""
    told = dict.fromkeys(("X-RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit"), value)
    loopback.answer(answer_of(job, **told))
    response = find_one(leap)
    assert response.body == job
    assert response.rate_limit is None or tuple(response.rate_limit) in {(None, None, None), (1, None, None)}


def test_all_of_it_survives_pickling(leap: Leap, loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """A response and an error that come from another process have kept all that they said."""
    told = {"X-Request-Id": "r-1", "RateLimit-Limit": "9", "Retry-After": "7"}
    busy = answer_of({}, "503 Service Unavailable", **told)
    loopback.answer(busy, answer_of(job, **told), busy)
    response = find_one(leap)
    error = failed(leap)
    for each in (response, error):
        again = pickle.loads(pickle.dumps(each))  # noqa: S301 - our own
        for name in ("request_id", "rate_limit", "attempts", "time_spent"):
            assert getattr(again, name) == getattr(each, name)
        assert (again.request_id, again.rate_limit.limit) == ("r-1", 9)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (again.retry_after, again.attempts, again.may_have_been_accepted) == (7, 3, False)
    assert response.attempts == 2


def test_an_answer_that_breaks_off_still_names_the_request(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Where the headers came and the body did not, the error says who to ask about which request."""

    def break_off(connection: Connection) -> None:
        connection.send(answer_of(job, length=100_000, X_Request_Id="r-1", X_RateLimit_Remaining="3"))
        connection.close()

    loopback.answer(break_off)
    error = failed(leap)
    assert isinstance(error, ApiConnectionError)
    assert error.request_id == "r-1"
    assert error.rate_limit is not None
    assert error.rate_limit.remaining == 3
