"""What is tried again where no usable answer came."""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ApiException, ApiTimeoutError, Leap, ResponseDecodingError
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext

    from conftest import Connection, Loopback

    Calls = Mapping[str, Callable[..., Any]]
    Answers = Callable[..., bytes]
    Job = dict[str, Any]


METHODS = ("create", "find_all", "find_one", "remove")
REPEATABLE = ("find_all", "find_one", "remove")


def close_unanswered(connection: Connection) -> None:
    """The connection ends in order, without an answer."""
    connection.close()


def reset(connection: Connection) -> None:
    """The connection breaks, without an answer."""
    connection.reset()


def stall(connection: Connection) -> None:
    """No answer comes."""
    connection.wait()


def break_off(connection: Connection) -> None:
    """The connection breaks in the middle of the body."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    connection.close()


def stall_in_the_body(connection: Connection) -> None:
    """Half of the body comes, and then nothing."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    connection.wait()


def no_http(connection: Connection) -> None:
    """What comes is no HTTP."""
    connection.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    connection.close()


LOST_ANSWERS = {
    each.__name__: each for each in (close_unanswered, reset, stall, break_off, stall_in_the_body, no_http)
}


def timeout_for(fault: str) -> tuple[float, float]:
    """Seconds to connect and to read: few where a test has to wait until they are over."""
    return (5, 0.3 if fault.startswith("stall") else 10)


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


@pytest.mark.parametrize("fault", LOST_ANSWERS)
@pytest.mark.parametrize("name", REPEATABLE)
def test_reading_and_deleting_are_repeated(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, name: str, fault: str
) -> None:
    """GET and DELETE are asked again when the answer is lost, in whichever way."""
    loopback.answer(LOST_ANSWERS[fault], LOST_ANSWERS[fault], answer_of([job] if name == "find_all" else job))
    response = calls[name](leap, timeout=timeout_for(fault))
    assert (response.status, response.attempts) == (200, 3)
    assert len(loopback.requests) == 3


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_they_are_given_up_after_three(leap: Leap, loopback: Loopback, fault: str) -> None:
    """The error is that of the last attempt, and nothing can have been accepted."""
    loopback.answer(LOST_ANSWERS[fault])
    error = failed(find_one, leap, timeout=timeout_for(fault))
    assert isinstance(error, ApiTimeoutError if "stall" in fault else ApiConnectionError)
    assert (error.attempts, error.may_have_been_accepted) == (3, False)
    assert len(loopback.requests) == 3


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_a_submission_is_not(leap: Leap, loopback: Loopback, pauses: list[float], fault: str) -> None:
    """A POST whose answer was lost is sent once, and the error says that there may be a job."""
    loopback.answer(LOST_ANSWERS[fault])
    error = failed(create, leap, timeout=timeout_for(fault), max_retries=10)
    assert isinstance(error, ApiConnectionError)
    assert (error.status, error.attempts, error.may_have_been_accepted) == (None, 1, True)
    assert len(loopback.requests) == 1
    assert pauses == []


@pytest.mark.parametrize("name", METHODS)
def test_a_connection_that_was_never_made_is_tried_again(
    calls: Calls, leap_at: Callable[..., Leap], pauses: list[float], name: str
) -> None:
    """Where nothing was sent every method is repeated, and nothing was accepted."""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        error = failed(calls[name], leap_at(f"http://127.0.0.1:{bound.getsockname()[1]}"))
    assert isinstance(error, ApiConnectionError)
    assert (error.attempts, error.may_have_been_accepted) == (3, False)
    assert len(pauses) == 2


def test_a_server_that_comes_up_meanwhile_gets_the_submission(leap_at: Callable[..., Leap]) -> None:
    """A POST that found nobody listening is one job once somebody is."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    emulator = Emulator(port=port, speed=math.inf)
    leap = leap_at(f"http://127.0.0.1:{port}")
    leap.api_client.sleep = lambda _seconds: emulator.start()
    try:
        response = create(leap)
        assert response.attempts == 2
        assert [job["id"] for job in emulator.workspace("leap-token-5f0e1c").jobs()] == [response.body.id]
    finally:
        emulator.stop()


def test_a_refused_certificate_is_not_tried_again(
    calls: Calls,
    leap_at: Callable[..., Leap],
    new_loopback: Callable[..., Loopback],
    tls_for: Callable[[str], SSLContext],
    pauses: list[float],
) -> None:
    """A certificate that is not trusted now will not be in a second."""
    server = new_loopback(tls_for("localhost"), host="localhost")
    leap = leap_at(server.url)
    for call in calls.values():
        error = failed(call, leap)
        assert (error.attempts, error.may_have_been_accepted) == (1, False)
    assert pauses == []


def test_a_busy_pool_is_not_tried_again(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """Who found every connection busy has waited already; nothing was sent."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, pool_size=1)
    with find_one(leap, stream=True):
        error = failed(create, leap, timeout=0.05)
    assert (error.attempts, error.may_have_been_accepted) == (1, False)
    assert "pool_size" in str(error)


@pytest.mark.parametrize("name", ["create", "find_all", "find_one"])
def test_an_answer_that_is_no_json_is_not_asked_for_again(
    calls: Calls, leap: Leap, loopback: Loopback, answer_of: Answers, pauses: list[float], name: str
) -> None:
    """A page in place of the JSON is an answer; of a POST it leaves open what became of it."""
    loopback.answer(answer_of("<html>hello</html>"))
    error = failed(calls[name], leap)
    assert isinstance(error, ResponseDecodingError)
    assert (error.attempts, error.may_have_been_accepted) == (1, name == "create")
    assert pauses == []


@pytest.mark.parametrize("name", ["create", "find_all", "find_one"])
def test_an_answer_that_is_too_large_is_not_asked_for_again(
    calls: Calls,
    leap_at: Callable[..., Leap],
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    pauses: list[float],
    name: str,
) -> None:
    """It would be too large the next time too."""
    loopback.answer(answer_of({**job, "prompt": "fox " * 1000}))
    error = failed(calls[name], leap_at(loopback.url, max_response_bytes=1000))
    assert (error.attempts, error.may_have_been_accepted) == (1, name == "create")
    assert pauses == []
