"""DELETE on a retry, which may find its own work done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap, NotFoundError, unset

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, Connection, Loopback

    from leap.emulator import Emulator

    Answers = Callable[..., bytes]


def reset(connection: Connection) -> None:
    """The connection breaks, without an answer."""
    connection.reset()


def break_off(connection: Connection) -> None:
    """The connection breaks in the middle of the body."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    connection.close()


def stall(connection: Connection) -> None:
    """No answer comes."""
    connection.wait()


def create(leap: Leap, **options: Any) -> Any:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def remove(leap: Leap, **options: Any) -> Any:
    """A remove whose arguments do not matter."""
    return leap.generate_images.remove(model_id="m", inference_id="i", **options)


def busy(answer_of: Answers, **headers: str) -> bytes:
    """An answer that may be another one in a moment."""
    return answer_of({"message": "busy"}, "503 Service Unavailable", **headers)


@pytest.mark.parametrize("first", [None, reset, break_off, stall])
def test_gone_on_a_retry_is_done(
    leap: Leap, loopback: Loopback, answer_of: Answers, first: Answer | None
) -> None:
    """A 404 to the second attempt means that the first one did it."""
    gone = answer_of({"message": "Inference not found"}, "404 Not Found")
    loopback.answer(first or busy(answer_of), gone)
    response = remove(leap, timeout=(5, 0.1))
    assert (response.status, response.attempts) == (404, 2)
    assert response.body is unset


def test_gone_at_once_is_an_error(leap: Leap, loopback: Loopback, answer_of: Answers) -> None:
    """A 404 to the first attempt says what it says."""
    loopback.answer(answer_of({}, "404 Not Found"))
    with pytest.raises(NotFoundError) as caught:
        remove(leap)
    assert caught.value.attempts == 1


def test_reading_what_is_gone_is_an_error_on_a_retry_too(
    leap: Leap, loopback: Loopback, answer_of: Answers
) -> None:
    """For a GET a 404 is one, whichever attempt meets it."""
    loopback.answer(busy(answer_of), answer_of({}, "404 Not Found"))
    with pytest.raises(NotFoundError) as caught:
        find_one(leap)
    assert caught.value.attempts == 2


def test_a_deletion_whose_answer_was_lost_is_done(emulated: Leap, emulator: Emulator) -> None:
    """At a real server: the job is deleted, the answer is lost, and the call succeeds."""
    job = create(emulated).body
    emulator.faults.add(method="DELETE", reset="after", times=1)
    response = emulated.generate_images.remove(model_id="m", inference_id=job.id)
    assert (response.status, response.attempts) == (404, 2)
    assert emulated.generate_images.find_all(model_id="m").body == ()
