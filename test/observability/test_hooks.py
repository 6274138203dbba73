"""The hooks `on_request` and `on_response`: what they see, and what they cannot do."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ApiException, Leap, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]

MODEL = "/api/v1/images/models/m/inferences"
TOKEN = "leap-token-5f0e1c"  # noqa: S105 - that of conftest.py, looked for in what must not show it


class Seen:
    """What the hooks of a client have been told."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.responses: list[Any] = []
        self.hooks: dict[str, Any] = {
            "on_request": self.requests.append,
            "on_response": self.responses.append,
        }


@pytest.fixture
def seen() -> Seen:
    """What the hooks are told."""
    return Seen()


@pytest.fixture
def watched(leap_at: Callable[..., Leap], loopback: Loopback, seen: Seen) -> Leap:
    """A client of the loopback server with hooks."""
    return leap_at(loopback.url, **seen.hooks)


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(leap: Leap, **options: Any) -> ApiException:
    """What a find_one that fails raises."""
    with pytest.raises(ApiException) as caught:
        find_one(leap, **options)
    return caught.value


def test_a_call_is_told_before_and_after(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """The hooks learn what was asked for and what came: method, URL, headers, attempt, status and time."""
    loopback.answer(answer_of(job, X_From="loopback"))
    watched.generate_images.create(prompt="a fox", model_id="m", extra_headers={"X-Trace": "t-1"})
    (request,), (response,) = seen.requests, seen.responses
    for event in (request, response):
        assert (event.method, event.url, event.attempt) == ("POST", f"{loopback.url}{MODEL}", 1)
        assert event.headers["X-Trace"] == "t-1"
        assert event.headers["Content-Type"] == "application/json"
    assert (response.status, response.error) == (200, None)
    assert response.response_headers["X-From"] == "loopback"
    assert response.elapsed >= 0


def test_each_attempt_is_told(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A call that is tried again is told attempt by attempt, each with its own outcome."""
    loopback.answer(
        answer_of({}, "503 Service Unavailable"), lambda connection: connection.reset(), answer_of(job)
    )
    response = find_one(watched)
    assert [event.attempt for event in seen.requests] == [1, 2, 3]
    assert [(event.attempt, event.status) for event in seen.responses] == [(1, 503), (2, None), (3, 200)]
    assert isinstance(seen.responses[1].error, ApiConnectionError)
    assert seen.responses[2].error is None
    assert all(event.elapsed >= 0 for event in seen.responses)
    assert sum(event.elapsed for event in seen.responses) <= response.time_spent


def test_what_is_refused_is_told_as_what_it_is(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers
) -> None:
    """The event of an answer that is an error has its status and its headers."""
    loopback.answer(answer_of({"message": "no such job"}, "404 Not Found", X_Request_Id="r-1"))
    failed(watched)
    (event,) = seen.responses
    assert event.status == 404
    assert event.response_headers["x-request-id"] == "r-1"
    assert event.error is None or isinstance(event.error, NotFoundError)


def test_where_no_answer_came_there_is_an_error(leap_at: Callable[..., Leap], seen: Seen) -> None:
    """An attempt without an answer has no status, and the error that the caller would get."""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        error = failed(leap_at(f"http://127.0.0.1:{bound.getsockname()[1]}", max_retries=1, **seen.hooks))
    assert len(seen.requests) == len(seen.responses) == error.attempts == 2
    for event in seen.responses:
        assert event.status is None
        assert isinstance(event.error, ApiConnectionError)
        assert not event.response_headers


def test_a_streamed_answer_is_told_once(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A streamed call is told when its headers are there, and its body stays for the caller."""
    loopback.answer(answer_of(job))
    with find_one(watched, stream=True) as response:
        assert [event.status for event in seen.responses] == [200]
        assert response.response.read()
    assert len(seen.requests) == len(seen.responses) == 1


def test_what_is_refused_before_sending_is_not_told(watched: Leap, seen: Seen) -> None:
    """Arguments that break the contract never get as far as an attempt."""
    with pytest.raises(ValueError, match="steps"):
        watched.generate_images.create(prompt="a fox", model_id="m", steps=float("nan"))
    assert seen.requests == seen.responses == []


def shown(value: object, depth: int = 4) -> str:
    """Everything that can be got out of an object, as text."""
    parts = [repr(value), str(value)]
    names = [name for name in dir(value) if not name.startswith("__")] if depth else []
    for name in names:
        inner = getattr(value, name, None)
        if not callable(inner):
            parts.append(shown(inner, depth - 1 if type(inner).__module__.startswith("leap") else 0))
    if isinstance(value, BaseException):
        parts += traceback.TracebackException.from_exception(value, capture_locals=True).format()
    if hasattr(value, "items"):
        parts.append(repr(list(value.items())))
    return " ".join(parts)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_hooks_see_no_token(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers, job: Job, name: str
) -> None:
    """Neither the client's token nor one of the caller's is in an event; the server gets it all the same."""
    loopback.answer(
        answer_of(job, Set_Cookie="session=c-o-o-k-i-e"),
        answer_of(job, set_cookie="session=c-o-o-k-i-e"),
        lambda connection: connection.reset(),
        answer_of({}, "401 Unauthorized"),
    )
    find_one(watched)
    find_one(watched, extra_headers={name: "Bearer o-t-h-e-r", "Cookie": "c-o-o-k-i-e"})
    failed(watched)
    assert [request.headers["Authorization"] for request in loopback.requests] == [
        f"Bearer {TOKEN}",
        "Bearer o-t-h-e-r",
        f"Bearer {TOKEN}",
        f"Bearer {TOKEN}",
    ]
    assert len(seen.requests) == len(seen.responses) == 4
    for event in (*seen.requests, *seen.responses):
        told = shown(event)
        assert not any(secret in told for secret in (TOKEN, "o-t-h-e-r", "c-o-o-k-i-e"))
        assert MODEL in told


def test_a_derived_client_has_hooks_of_its_own(
    leap_at: Callable[..., Leap], seen: Seen, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """`with_options` gives a client with other hooks; those that are not named stay."""
    loopback.answer(answer_of(job))
    others: list[Any] = []
    leap = leap_at(loopback.url, **seen.hooks)
    derived = leap.with_options(on_request=others.append)
    find_one(derived)
    assert (len(seen.requests), len(others), len(seen.responses)) == (0, 1, 1)
    find_one(leap)
    assert (len(seen.requests), len(others), len(seen.responses)) == (1, 1, 2)


def test_an_answer_that_breaks_off_is_told_with_its_error(
    watched: Leap, seen: Seen, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Headers that came before the connection broke are no answer: there is an error."""

    def break_off(connection: Connection) -> None:
        connection.send(answer_of(job, length=100_000))
        connection.close()

    loopback.answer(break_off, answer_of(job))
    assert find_one(watched).attempts == 2
    first, second = seen.responses
    assert isinstance(first.error, ApiConnectionError)
    assert (second.status, second.error) == (200, None)
