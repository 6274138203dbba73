"""The logger `leap`: one line for each call, and what goes over the wire for those who look closer."""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, Leap

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Loopback

    from leap.emulator import Emulator

    Answers = Callable[..., bytes]
    Job = dict[str, Any]
    Messages = Callable[[int], list[str]]

MODEL = "/api/v1/images/models/m/inferences"


CALLS: dict[str, tuple[Callable[[Leap], Any], str]] = {
    "create": (
        lambda leap: leap.generate_images.create(prompt="a fox", model_id="m"),
        f"POST {MODEL} 200",
    ),
    "find_all": (lambda leap: leap.generate_images.find_all(model_id="m", page=2), f"GET {MODEL} 200"),
    "find_one": (
        lambda leap: leap.generate_images.find_one(model_id="m", inference_id="i"),
        f"GET {MODEL}/i 200",
    ),
    "remove": (
        lambda leap: leap.generate_images.remove(model_id="m", inference_id="i"),
        f"DELETE {MODEL}/i 200",
    ),
}


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(call: Callable[..., Any], *arguments: Any, **options: Any) -> ApiException:
    """What a call that fails raises."""
    with pytest.raises(ApiException) as caught:
        call(*arguments, **options)
    return caught.value


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_one_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages, name: str
) -> None:
    """At INFO a call is one line: method, path, status and seconds, without the query."""
    call, beginning = CALLS[name]
    loopback.answer(answer_of([job] if name == "find_all" else job))
    call(leap)
    (message,) = messages(logging.INFO)
    assert re.fullmatch(re.escape(beginning) + r" in \d+\.\d{3} s", message)


def test_every_call_has_its_own_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """Calls that follow one another over a connection are told one by one."""
    loopback.answer(answer_of(job))
    for number in range(5):
        leap.generate_images.find_one(model_id="m", inference_id=f"i-{number}")
    assert [message.split()[1] for message in messages(logging.INFO)] == [
        f"{MODEL}/i-{number}" for number in range(5)
    ]


def test_an_error_status_is_one_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, messages: Messages
) -> None:
    """A call that is refused is one line too, with its status."""
    loopback.answer(answer_of({"message": "no such job"}, "404 Not Found"))
    failed(find_one, leap)
    (message,) = messages(logging.INFO)
    assert message.startswith(f"GET {MODEL}/i 404")


def test_a_call_without_an_answer_is_one_line(leap_at: Callable[..., Leap], messages: Messages) -> None:
    """A call whose connection is refused each time is one line, which says how often it was tried."""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        failed(find_one, leap_at(f"http://127.0.0.1:{bound.getsockname()[1]}"))
    (message,) = messages(logging.INFO)
    assert message.startswith(f"GET {MODEL}/i ")
    assert "3 attempts" in message


@pytest.mark.parametrize("broken", ["no JSON", "the wrong JSON"])
def test_an_answer_that_cannot_be_used_is_one_line(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, messages: Messages, broken: str
) -> None:
    """What is wrong with the body of an answer does not cost the call its line, nor give it a second one."""
    loopback.answer(answer_of("<html>") if broken == "no JSON" else answer_of({"state": 7}))
    failed(find_one, leap_at(loopback.url, response_validation="strict"))
    (message,) = messages(logging.INFO)
    assert message.startswith(f"GET {MODEL}/i 200")


def test_a_retried_call_is_one_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """However often a call is tried, it is one line, which says how often where it was more than once."""
    busy = answer_of({"message": "busy"}, "503 Service Unavailable")
    loopback.answer(busy, busy, answer_of(job))
    find_one(leap)
    find_one(leap)
    first, second = messages(logging.INFO)
    assert "3 attempts" in first
    assert "attempt" not in second
    assert first.startswith(f"GET {MODEL}/i 200")


def test_a_streamed_call_is_one_line(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """A streamed call has its line when it returns, and no second one when the body has been read."""
    loopback.answer(answer_of(job))
    with find_one(leap, stream=True) as response:
        assert len(messages(logging.INFO)) == 1
        assert response.response.read()
    assert len(messages(logging.INFO)) == 1


def test_the_line_names_the_request(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """The id that the server gave a request is on its line, also of one that failed."""
    loopback.answer(
        answer_of(job, X_Request_Id="r-1"), answer_of({}, "403 Forbidden", x_request_id="r-2"), answer_of(job)
    )
    find_one(leap)
    failed(find_one, leap)
    find_one(leap)
    first, second, third = messages(logging.INFO)
    assert "r-1" in first
    assert "r-2" in second
    assert re.fullmatch(r"\S+ \S+ 200 in \S+ s", third)


def test_waiting_is_a_line_for_each_call(emulated: Leap, emulator: Emulator, messages: Messages) -> None:
    """`create_and_wait` is a line for the submission and one for each reading."""
    emulator.faults.add(method="GET", body="unknown_state", times=2)
    with pytest.warns(UserWarning, match="hibernating"):
        job = emulated.generate_images.create_and_wait(
            prompt="a fox", model_id="m", width=64, height=64, poll_interval=0.001
        )
    first, *readings = messages(logging.INFO)
    assert first.startswith(f"POST {MODEL} 200")
    assert len(readings) >= 3
    assert all(line.startswith(f"GET {MODEL}/{job.id} 200") for line in readings)


def test_debug_shows_the_headers_of_each_attempt(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, messages: Messages
) -> None:
    """At DEBUG there are the headers of each attempt, both ways, and the body of none."""
    busy = answer_of({"message": "busy"}, "503 Service Unavailable", X_From="first")
    loopback.answer(busy, answer_of(job, X_From="second"))
    find_one(leap, extra_headers={"X-Trace": "t-1"})
    told = messages(logging.DEBUG)
    assert sum("t-1" in message for message in told) == 2
    assert sum("first" in message for message in told) == 1
    assert sum("second" in message for message in told) == 1
    assert sum("User-Agent" in message for message in told) == 2
    assert not any(job["prompt"] in message for message in told)
    assert len(messages(logging.INFO)) == 1


def test_nothing_is_a_warning(emulated: Leap, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """A call that ends well, retried or not, and one that is refused log nothing above INFO, anywhere."""
    caplog.set_level(logging.DEBUG)
    emulator.faults.add(method="GET", status=503, times=1)
    emulator.faults.add(method="GET", reset="body", times=1)
    job = emulated.generate_images.create(prompt="a fox", model_id="m", width=64, height=64).body
    emulated.generate_images.find_all(model_id="m")
    emulated.generate_images.find_one(model_id="m", inference_id=job.id)
    emulated.generate_images.remove(model_id="m", inference_id=job.id)
    failed(emulated.generate_images.find_one, model_id="m", inference_id=job.id)
    loud = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert loud == []


PROGRAM = """
import logging
import sys

from leap import Leap, NotFoundError

with Leap(host=sys.argv[1], access_token="t") as client:
    client.api_client.sleep = lambda seconds: None
    client.generate_images.find_one(model_id="m", inference_id="i")
    try:
        client.generate_images.find_one(model_id="m", inference_id="i")
    except NotFoundError:
        pass
for name in ("leap", "urllib3", None):
    logger = logging.getLogger(name)
    print(name, [type(each).__name__ for each in logger.handlers if type(each) is not logging.NullHandler])
    print(logger.propagate, logging.getLevelName(logger.level))
"""


def test_nothing_is_installed(loopback: Loopback, answer_of: Answers, job: Job) -> None:
    """A program that sets up no logging gets none: no handler, no level, nothing on standard error."""
    busy = answer_of({}, "503 Service Unavailable")
    loopback.answer(busy, answer_of(job), answer_of({}, "404 Not Found"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, loopback.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "leap []",
        "True NOTSET",
        "urllib3 []",
        "True NOTSET",
        "None []",
        "True WARNING",
    ]
    assert len(loopback.requests) == 3


def test_a_logger_that_is_off_costs_no_formatting(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    """At the usual level of WARNING no record is made at all."""
    caplog.set_level(logging.WARNING, logger="leap")
    made: list[logging.LogRecord] = []
    caplog.handler.setLevel(logging.NOTSET)
    caplog.handler.addFilter(lambda record: made.append(record) is None)
    loopback.answer(answer_of(job))
    find_one(leap)
    assert made == []
