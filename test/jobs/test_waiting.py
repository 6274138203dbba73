"""Waiting for jobs, over real connections."""

from __future__ import annotations

import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiConnectionError,
    ApiException,
    ForbiddenError,
    JobFailedError,
    JobTimeoutError,
    Leap,
    NotFoundError,
    ResponseValidationError,
    ResponseValidationWarning,
    SchemaValidationError,
)
from leap.jobs.waiting import Clock, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.emulator import Emulator

QUICKLY = 0.001
"""Seconds between two readings."""


def in_state(job: dict[str, Any], state: str) -> dict[str, Any]:
    """The job in another state."""
    return {**job, "state": state, "status": state}


def test_a_job_is_waited_for_to_its_pictures(emulated: Leap) -> None:
    """`create_and_wait` gives the finished job, whose pictures can be had."""
    job = emulated.generate_images.create_and_wait(
        prompt="a fox", model_id="m", width=64, height=64, number_of_images=2, poll_interval=QUICKLY
    )
    assert (job.state, job.prompt, len(job.images)) == ("finished", "a fox", 2)


def test_the_structured_form_is_waited_for_too(emulated: Leap) -> None:
    """`create_and_wait` takes what `create` takes, in both of its forms."""
    job = emulated.generate_images.create_and_wait(
        body={"prompt": "a fox", "width": 64, "height": 64},
        path_params={"modelId": "m"},
        poll_interval=QUICKLY,
    )
    assert job.state == "finished"


@pytest.mark.parametrize("given", ["entity", "response", "id"])
def test_a_job_is_known_by_whatever_one_has_of_it(emulated: Leap, given: str) -> None:
    """`wait` takes the job, the response that carries it, or its id with that of its model."""
    response = emulated.generate_images.create(prompt="a fox", model_id="m", width=64, height=64)
    forms: dict[str, Any] = {
        "entity": {"job_or_id": response.body},
        "response": {"job_or_id": response},
        "id": {"job_or_id": response.body.id, "model_id": "m"},
    }
    assert emulated.generate_images.wait(**forms[given], poll_interval=QUICKLY).id == response.body.id


def test_a_failed_job_is_an_error_that_carries_it(emulated: Leap) -> None:
    """`JobFailedError` is an `ApiException` with the job."""
    with pytest.raises(JobFailedError, match="failed") as caught:
        emulated.generate_images.create_and_wait(
            prompt="a fox [fail]", model_id="m", width=64, height=64, poll_interval=QUICKLY
        )
    assert caught.value.entity.state == "failed"
    assert isinstance(caught.value, ApiException)


def test_progress_is_told_after_each_reading(loopback: Any, leap: Leap, job: Any, answer_of: Any) -> None:
    """`on_progress` gets each job that was read, and seconds that do not go back."""
    states = ["queued", "processing", "finished"]
    loopback.answer(*(answer_of(in_state(job, state)) for state in states))
    told: list[tuple[str, float]] = []
    leap.generate_images.wait(
        job["id"],
        model_id="m",
        poll_interval=QUICKLY,
        on_progress=lambda entity, elapsed: told.append((entity.state, elapsed)),
    )
    assert [state for state, _ in told] == states
    assert [elapsed for _, elapsed in told] == sorted(elapsed for _, elapsed in told)


def test_what_passes_is_outlived(emulator: Emulator, emulated: Leap) -> None:
    """A 503, a 429, a reset and an answer that breaks off are followed by another reading."""
    response = emulated.generate_images.create(prompt="a fox", model_id="m", width=64, height=64)
    rules = [
        emulator.faults.add(method="GET", times=1, **fault)
        for fault in ({"status": 503}, {"status": 429}, {"reset": "before"}, {"body": "truncated"})
    ]
    assert emulated.generate_images.wait(response, poll_interval=QUICKLY).state == "finished"
    assert [rule.hits for rule in rules] == [1] * len(rules)


def test_what_does_not_pass_is_raised_with_the_way_back(emulated: Leap, emulator: Emulator) -> None:
    """What will not pass is not waited out, and a note names the call that waits again, if that is of use."""
    with pytest.raises(NotFoundError) as caught:
        emulated.generate_images.wait("no-such-job", model_id="m")
    assert not hasattr(caught.value, "__notes__")
    emulator.faults.add(status=403)
    with pytest.raises(ForbiddenError) as forbidden:
        emulated.generate_images.wait("a-job", model_id="m")
    assert forbidden.value.__notes__ == ["wait('a-job', model_id='m') waits for the job again."]


def test_a_server_that_asks_to_be_left_alone_is(loopback: Any, leap: Leap, job: Any, answer_of: Any) -> None:
    """Retry-After that outlasts the timeout ends the wait after that one reading."""
    loopback.answer(answer_of(b"", "503 Service Unavailable", Retry_After="100"))
    with pytest.raises(JobTimeoutError, match="wants no reading for 100 s"):
        leap.generate_images.wait(job["id"], model_id="m", timeout=50)
    assert len(loopback.requests) == 1


def test_a_wait_that_took_too_long_has_the_job_as_last_seen(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """`JobTimeoutError` carries the job; a timeout of 0 means one reading."""
    loopback.answer(answer_of(in_state(job, "processing")))
    with pytest.raises(JobTimeoutError, match="is still processing") as caught:
        leap.generate_images.wait(job["id"], model_id="m", timeout=0)
    assert caught.value.entity.state == "processing"
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(("state", "kind"), [("processing", JobTimeoutError), ("failed", JobFailedError)])
def test_an_error_of_a_wait_tells_its_time_and_its_readings(
    loopback: Any, leap: Leap, job: Any, answer_of: Any, state: str, kind: type[ApiException]
) -> None:
    """`time_spent` is the whole wait, pauses included, and `attempts` are its readings."""
    loopback.answer(*(answer_of(in_state(job, each)) for each in ("queued", "queued", state)))
    timeout = 0.25 if state == "processing" else 50
    with pytest.raises(kind) as caught:
        leap.generate_images.wait(job["id"], model_id="m", poll_interval=0.1, timeout=timeout)
    assert caught.value.time_spent is not None
    assert caught.value.time_spent >= 0.2
    assert caught.value.attempts == len(loopback.requests)


def test_what_ends_a_wait_otherwise_has_the_time_of_the_wait(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """`create_and_wait` counts the submitting too, and an error of a reading has the time of all of it."""
    loopback.answer(answer_of(job), answer_of(in_state(job, "queued")), answer_of(b"{}", "404 Not Found"))
    with pytest.raises(NotFoundError) as caught:
        leap.generate_images.create_and_wait(prompt="a fox", model_id="m", poll_interval=0.1)
    assert caught.value.time_spent is not None
    assert caught.value.time_spent >= 0.1
    assert caught.value.attempts == len(loopback.requests) == 3


def test_an_unknown_state_is_waited_in_and_told_once(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """A state that the contract does not know warns once, however often it is read."""
    loopback.answer(*[answer_of(in_state(job, "upscaling"))] * 5, answer_of(in_state(job, "finished")))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert leap.generate_images.wait(job["id"], model_id="m", poll_interval=QUICKLY).state == "finished"
    assert [each.category for each in told] == [ResponseValidationWarning]
    assert "the job is upscaling" in str(told[0].message)
    assert told[0].filename == __file__


def test_an_unknown_state_is_told_whatever_was_told_before(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """Another way in which the answers break the contract does not hide it."""
    odd = {**job, "upscalingOption": "x3"}
    states = ["queued", "upscaling", "upscaling", "finished"]
    loopback.answer(*(answer_of(in_state(odd, state)) for state in states))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        leap.generate_images.wait(job["id"], model_id="m", poll_interval=QUICKLY)
    assert ["is upscaling" in str(each.message) for each in told] == [False, True]


def test_no_warning_of_a_strict_program_loses_the_job(
    loopback: Any, leap: Leap, job: Any, answer_of: Any
) -> None:
    """Where warnings are errors, the error is one of ours, carries the answer and names the job."""
    loopback.answer(answer_of(job), answer_of(in_state(job, "upscaling")))
    with pytest.raises(ResponseValidationError) as caught:
        leap.generate_images.create_and_wait(prompt="a fox", model_id="m")
    assert caught.value.body["state"] == "upscaling"
    assert job["id"] in caught.value.__notes__[0]
    loopback.answer(answer_of(in_state(job, "upscaling")))
    with pytest.raises(ResponseValidationError) as caught:
        leap.generate_images.create_and_wait(prompt="a fox", model_id="m")
    assert job["id"] in caught.value.__notes__[0]


def test_an_error_of_the_callback_names_the_job(loopback: Any, leap: Leap, job: Any, answer_of: Any) -> None:
    """A fault of the program's own leaves a note with the way back to a job that is paid for."""
    loopback.answer(answer_of(job))
    with pytest.raises(ZeroDivisionError) as caught:
        leap.generate_images.wait(job["id"], model_id="m", on_progress=lambda *_: 1 / 0)
    assert job["id"] in caught.value.__notes__[0]


def test_who_wants_errors_for_a_broken_contract_gets_them(
    loopback: Any, leap_at: Callable[..., Leap], job: Any, answer_of: Any
) -> None:
    """With response_validation="strict" the first such answer ends the wait, and is on the error."""
    loopback.answer(answer_of(in_state(job, "upscaling")))
    leap = leap_at(loopback.url, response_validation="strict")
    with pytest.raises(ResponseValidationError) as caught:
        leap.generate_images.wait(job["id"], model_id="m")
    assert caught.value.body["state"] == "upscaling"


def test_an_interrupt_names_the_job(loopback: Any, leap: Leap, job: Any, answer_of: Any) -> None:
    """Ctrl-C leaves the id of a job that is paid for in the message."""
    loopback.answer(answer_of(job))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=f"wait\\('{job['id']}', model_id='m'\\) waits for it again"):
        leap.generate_images.wait(job["id"], model_id="m", on_progress=interrupt)


def test_a_reading_takes_no_longer_than_the_time_left(loopback: Any, leap: Leap, job: Any) -> None:
    """A server that does not answer holds up nobody past the timeout, but for a second at the end."""
    loopback.answer(lambda connection: connection.wait())
    with pytest.raises(JobTimeoutError, match="has not been read") as caught:
        leap.generate_images.wait(job["id"], model_id="m", timeout=0.05)
    assert isinstance(caught.value.__cause__, ApiConnectionError)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"job_or_id": "1"}, "model_id: is missing"),
        ({"job_or_id": {}, "model_id": "m"}, "job_or_id: got {}"),
        ({"job_or_id": "", "model_id": "m"}, "job_or_id: got ''"),
        ({"job_or_id": None, "model_id": "m"}, "job_or_id: got None"),
        ({"job_or_id": "1", "model_id": "m", "timeout": "soon"}, "timeout: got 'soon'"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_before_anything_is_sent(
    loopback: Any, leap: Leap, arguments: Any, fault: str
) -> None:
    """One error says which argument it is and what it needs."""
    with pytest.raises(SchemaValidationError, match=fault):
        leap.generate_images.wait(**arguments)
    assert not loopback.requests


@pytest.mark.parametrize(
    "arguments",
    [{"wait_timeout": "soon"}, {"poll_interval": -1}, {"stream": True}, {"skip_deserialization": True}],
    ids=str,
)
def test_nothing_is_paid_for_that_could_not_be_waited_for(loopback: Any, leap: Leap, arguments: Any) -> None:
    """What is wrong with the waiting is said before the job is submitted."""
    with pytest.raises(SchemaValidationError):
        leap.generate_images.create_and_wait(prompt="a fox", model_id="m", **arguments)
    assert not loopback.requests


def test_an_answer_that_names_no_job_is_kept(loopback: Any, leap: Leap, answer_of: Any) -> None:
    """Where `create` was answered without an id, the error has the answer and says how to find the job."""
    loopback.answer(answer_of({"ok": True}))
    with (
        pytest.warns(ResponseValidationWarning),
        pytest.raises(ApiException, match=r"iterate\('m'\)") as caught,
    ):
        leap.generate_images.create_and_wait(prompt="a fox", model_id="m")
    assert caught.value.body == {"ok": True}


def test_the_pauses_are_slept_and_the_time_is_the_clocks(
    leap: Leap, loopback: Any, job: Any, answer_of: Any
) -> None:
    """The wait does as it was told: it pauses for as long as was decided, on the clock that it was given."""
    from leap.apis.tags.generate_images_api import FIND_ONE
    from leap.jobs.polling import Polling

    loopback.answer(answer_of(in_state(job, "queued")))
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def read(_seconds: float, faults: list[str]) -> Any:
        return leap.api_client.call(FIND_ONE, {"model_id": "m", "inference_id": job["id"]}, faults)

    polling = Polling(job["id"], timeout=600, chance=lambda: 0.0)
    with pytest.raises(JobTimeoutError, match=r"after 600\.0 s"):
        wait(read, polling, way_back="", clock=Clock(lambda: now[0], sleep))
    assert now == [600.0]
    assert 115 < len(loopback.requests) < 130


@pytest.mark.parametrize("where", ["the wait", "the call", "the configuration"])
def test_a_deadline_bounds_a_wait_with_its_last_reading(
    loopback: Any, leap_at: Any, answer_of: Any, job: dict[str, Any], where: str
) -> None:
    """However slowly the answers come, the wait is over in time."""
    submitted = threading.Event()

    def drip(connection: Any) -> None:
        if not submitted.is_set():
            submitted.set()
            connection.send(answer_of(job))
            return
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not connection.server.released.wait(0.01):
            connection.send(b" ")

    loopback.answer(drip)
    leap = leap_at(loopback.url, **({"deadline": 0.3} if where == "the configuration" else {}))
    options = {} if where == "the configuration" else {"deadline": 0.3}
    began = time.monotonic()
    images = leap.generate_images

    def wait_for_one() -> None:
        if where == "the wait":
            images.wait(images.create(prompt="a fox", model_id="m"), **options)
        else:
            images.create_and_wait(prompt="a fox", model_id="m", **options)

    with pytest.raises(JobTimeoutError) as caught:
        wait_for_one()
    # Three times as long as it may take, on a machine that is busy; without a bound it would take 10 s.
    assert time.monotonic() - began < 0.9
    assert "deadline" in str(caught.value)


@pytest.mark.parametrize("seconds", [None, 3_000_000])
def test_a_wait_may_have_no_end(
    loopback: Any, leap: Any, answer_of: Any, job: dict[str, Any], seconds: float | None
) -> None:
    """Without a timeout, or with one of weeks, a job is submitted and waited for all the same."""
    loopback.answer(answer_of(job), answer_of({**job, "state": "finished", "status": "finished"}))
    images = leap.generate_images
    assert images.create_and_wait(prompt="a fox", model_id="m", wait_timeout=seconds).state == "finished"
    assert images.wait(job, timeout=seconds).state == "finished"
