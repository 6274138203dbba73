"""`create(…, recover=True)`: a job whose answer was lost is found again, or else nothing is taken for it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiConnectionError,
    ApiException,
    Leap,
    ResponseValidationError,
    SchemaValidationError,
    ServerError,
    unset,
)
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Connection, Loopback

    Answers = Callable[..., bytes]
    Job = dict[str, Any]

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - that of conftest.py, by which the emulator knows whose jobs they are
ASKED = {"prompt": "a red fox", "model_id": "m", "seed": 7, "steps": 30, "width": 512}
"""What the tests submit."""

MARGIN = 2.0
"""Seconds that a loaded machine may take on top."""

LOST: dict[str, dict[str, Any]] = {
    "no answer": {"reset": "after"},
    "half an answer": {"reset": "body"},
    "a gateway that gave up": {"status": 504, "carried_out": True},
    "a server that failed after it": {"status": 500, "carried_out": True},
    "a gateway's page": {"body": "html"},
    "half of the JSON": {"body": "truncated"},
}
"""Faults of the emulator that lose the answer and not the job."""


def create(leap: Leap, **changes: Any) -> Any:
    """A create that looks for its job."""
    return leap.generate_images.create(**{**ASKED, "recover": True, **changes})


def failed(leap: Leap, **changes: Any) -> ApiException:
    """What a create raises that looked for its job in vain."""
    with pytest.raises(ApiException) as caught:
        create(leap, **changes)
    assert caught.value.may_have_been_accepted
    return caught.value


def notes_of(error: ApiException) -> str:
    """What an error says beside its message."""
    return "\n".join(error.__notes__)


@pytest.mark.parametrize("name", LOST)
def test_a_lost_answer_is_found(emulated: Leap, emulator: Emulator, name: str) -> None:
    """At a real server: the job is there, its answer is lost, and the call returns it; there is one job."""
    emulator.faults.add(method="POST", times=1, **LOST[name])
    response = create(emulated)
    (job,) = emulator.workspace(TOKEN).jobs()
    assert (response.status, response.body.id) == (200, job["id"])
    assert (response.body.prompt, response.body.seed, response.body.steps) == ("a red fox", 7, 30)
    assert response.attempts == 1
    assert response.time_spent >= response.round_trip_time


def test_it_is_found_in_the_structured_form_too(emulated: Leap, emulator: Emulator) -> None:
    """`recover` goes with either form of the arguments."""
    emulator.faults.add(method="POST", reset="after", times=1)
    response = emulated.generate_images.create(
        body={"prompt": "a red fox", "seed": 7, "width": 512.0}, path_params={"modelId": "m"}, recover=True
    )
    assert [job["id"] for job in emulator.workspace(TOKEN).jobs()] == [response.body.id]


def test_without_a_seed_it_is_found_too(emulated: Leap, emulator: Emulator) -> None:
    """What the call left open, the server chose: a job is known by what the call said."""
    emulator.faults.add(method="POST", reset="after", times=1)
    response = emulated.generate_images.create(prompt="a red fox", model_id="a/b c", recover=True)
    assert [job["id"] for job in emulator.workspace(TOKEN).jobs()] == [response.body.id]


def test_among_others_it_is_found(emulated: Leap, emulator: Emulator) -> None:
    """Jobs with another prompt, seed or size do not hide it."""
    for others in ({"prompt": "a red fox."}, {"seed": 8}, {"steps": 31}, {"width": 520}, {"model_id": "n"}):
        create(emulated, **others)
    emulator.faults.add(method="POST", reset="after", times=1)
    response = create(emulated)
    assert response.body.id == emulator.workspace(TOKEN).jobs()[0]["id"]
    assert (response.body.seed, response.body.steps, response.body.width) == (7, 30, 512)


@pytest.mark.parametrize("fault", [{"reset": "before"}, {"status": 500}, {"status": 504}])
def test_where_there_is_none_the_error_stays(
    emulated: Leap, emulator: Emulator, fault: dict[str, Any]
) -> None:
    """A job that was never accepted is not found: the error is that of the call, and says what was found."""
    emulator.faults.add(method="POST", times=1, **fault)
    error = failed(emulated)
    assert error.status == fault.get("status")
    assert isinstance(error, ApiConnectionError if "reset" in fault else ServerError)
    assert notes_of(error)
    assert emulator.workspace(TOKEN).jobs() == []


def test_the_time_spent_has_the_search_in_it(emulated: Leap, emulator: Emulator) -> None:
    """The caller waited for the search too, so the error that stays counts it; attempts are the call's."""
    emulator.faults.add(method="POST", times=1, reset="before")
    emulator.faults.add(method="GET", times=1, delay=0.3)
    error = failed(emulated)
    assert error.time_spent is not None
    assert error.time_spent >= 0.3
    assert error.attempts == 1


@pytest.mark.parametrize("form", ["skip_deserialization", "strict"])
def test_a_job_that_the_caller_reads_itself_is_not_taken_for_another(
    emulated: Leap, emulator: Emulator, form: str
) -> None:
    """An answer that is not decoded, or breaks the contract, tells whose job it is: no search takes that."""
    if form == "strict":
        emulator.faults.add(method="POST", body="unknown_state", times=1)
        with pytest.raises(ResponseValidationError):
            create(emulated.with_options(response_validation="strict"))
    else:
        create(emulated, skip_deserialization=True)
    emulator.faults.add(method="POST", reset="before", times=1)
    assert isinstance(failed(emulated), ApiConnectionError)


@pytest.mark.parametrize("first_lost", [False, True])
def test_an_identical_job_from_just_before_is_not_taken_for_it(
    emulated: Leap, emulator: Emulator, *, first_lost: bool
) -> None:
    """Of two equal submissions the second came to nothing: it is not the first, found again or not."""
    if first_lost:
        emulator.faults.add(method="POST", reset="after", times=1)
    first = create(emulated).body.id
    emulator.faults.add(method="POST", reset="before", times=1)
    error = failed(emulated.with_options(max_retries=5))
    assert isinstance(error, ApiConnectionError)
    assert [job["id"] for job in emulator.workspace(TOKEN).jobs()] == [first]


def test_an_identical_job_from_just_before_is_not_returned_for_it(emulated: Leap, emulator: Emulator) -> None:
    """Of two equal submissions the second is lost: the first is never given for it."""
    first = create(emulated).body.id
    emulator.faults.add(method="POST", reset="after", times=1)
    with suppress(ApiConnectionError):  # it may also say that there are two
        assert create(emulated).body.id != first
    assert len(emulator.workspace(TOKEN).jobs()) == 2


FAULTS_OF_THE_LIST: dict[str, dict[str, Any]] = {
    "it is refused": {"status": 403},
    "it fails": {"status": 500},
    "it is limited": {"status": 429, "retry_after": 3600},
    "it breaks": {"reset": "before"},
    "it is no JSON": {"body": "html"},
    "it is no list": {"body": "wrong"},
}


@pytest.mark.filterwarnings("ignore::leap.ResponseValidationWarning")
@pytest.mark.parametrize("name", FAULTS_OF_THE_LIST)
def test_where_the_list_cannot_be_read_the_error_stays(emulated: Leap, emulator: Emulator, name: str) -> None:
    """The error is that of the submission, not that of the search, which is in a note."""
    emulator.faults.add(method="POST", reset="after", times=1)
    emulator.faults.add(method="GET", **FAULTS_OF_THE_LIST[name])
    error = failed(emulated)
    assert isinstance(error, ApiConnectionError)
    assert (error.status, error.attempts) == (None, 1)
    assert "POST" in str(error)
    assert notes_of(error)
    assert len(emulator.workspace(TOKEN).jobs()) == 1


def test_a_search_that_stumbles_goes_on(emulated: Leap, emulator: Emulator) -> None:
    """Reading the list is tried again as any reading is."""
    emulator.faults.add(method="POST", reset="after", times=1)
    emulator.faults.add(method="GET", status=503, times=2)
    response = create(emulated)
    assert [job["id"] for job in emulator.workspace(TOKEN).jobs()] == [response.body.id]


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "429 Too Many"])
def test_nothing_is_looked_for_where_nothing_was_accepted(
    leap: Leap, loopback: Loopback, answer_of: Answers, status: str
) -> None:
    """A refusal is a refusal."""
    loopback.answer(answer_of({}, status))
    with pytest.raises(ApiException) as caught:
        create(leap, max_retries=0)
    assert caught.value.status == int(status[:3])
    assert [request.method for request in loopback.requests] == ["POST"]


def test_nothing_is_looked_for_after_a_success(
    leap: Leap, loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """`recover` costs nothing where nothing goes wrong."""
    loopback.answer(answer_of(job))
    assert create(leap).body == job
    assert [request.method for request in loopback.requests] == ["POST"]


def test_the_deadline_is_that_of_the_call(leap: Leap, loopback: Loopback) -> None:
    """Looking for the job belongs to the call: it is over with the deadline."""

    def stall(connection: Connection) -> None:
        if loopback.requests[-1].method == "POST":
            connection.reset()
        else:
            connection.wait()

    loopback.answer(stall)
    before = time.perf_counter()
    error = failed(leap, deadline=0.2)
    assert time.perf_counter() - before < 0.2 + MARGIN
    assert isinstance(error, ApiConnectionError)
    assert sum(request.method == "POST" for request in loopback.requests) == 1


def test_what_is_no_flag_is_refused(leap: Leap, loopback: Loopback) -> None:
    """`recover` is True or False, and an option of `create` alone."""
    with pytest.raises(SchemaValidationError, match="recover"):
        create(leap, recover="yes")
    with pytest.raises(SchemaValidationError, match="recover"):
        leap.generate_images.find_all(model_id="m", recover=True)  # type: ignore[call-overload]
    with pytest.raises(SchemaValidationError, match="recover"):
        leap.generate_images.remove(model_id="m", inference_id="i", recover=True)  # type: ignore[call-overload]
    assert loopback.connections == []


def test_a_client_that_looks_has_its_settings(leap_at: Callable[..., Leap], emulator: Emulator) -> None:
    """The search goes over the same client, and the hooks are told of it."""
    emulator.faults.add(method="POST", reset="after", times=1)
    told: list[Any] = []
    leap = leap_at(emulator.url).with_options(on_request=told.append)
    create(leap)
    first, *others = (event.method for event in told)
    assert (first, set(others)) == ("POST", {"GET"})


def test_the_search_goes_with_the_headers_of_the_call(emulated: Leap, emulator: Emulator) -> None:
    """A call with a token of its own looks for its job in the workspace of that token."""
    create(emulated)
    emulator.faults.add(method="POST", reset="after", times=1)
    response = create(emulated, extra_headers={"Authorization": "Bearer another"})
    assert [job["id"] for job in emulator.workspace("another").jobs()] == [response.body.id]


@pytest.mark.parametrize("form", ["stream", "skip_deserialization"])
def test_what_is_found_comes_in_the_form_that_was_asked_for(
    emulated: Leap, emulator: Emulator, form: str
) -> None:
    """A caller who reads the body himself can do so with a job that was found, too."""
    emulator.faults.add(method="POST", reset="after", times=1)
    with create(emulated, **{form: True}) as response:
        body = response.response.read() if form == "stream" else response.response.data
        assert response.body is unset
    assert [job["id"] for job in emulator.workspace(TOKEN).jobs()] == [json.loads(body)["id"]]


def test_a_client_that_is_closed_meanwhile_keeps_the_error(
    leap_at: Callable[..., Leap], emulator: Emulator
) -> None:
    """That the search could not be made does not take the place of what happened to the submission."""
    emulator.faults.add(method="POST", reset="after", times=1)
    leap = leap_at(emulator.url, on_response=lambda _event: leap.close())
    error = failed(leap)
    assert isinstance(error, ApiConnectionError)
    assert "POST" in str(error)


def test_create_and_wait_looks_too(leap_at: Callable[..., Leap]) -> None:
    """`create_and_wait(…, recover=True)` waits for the job that it found."""
    with Emulator(speed=float("inf")) as emulator:
        emulator.faults.add(method="POST", reset="after", times=1)
        job = leap_at(emulator.url).generate_images.create_and_wait(
            prompt="a red fox", model_id="m", width=64, height=64, recover=True, poll_interval=0.001
        )
        assert job.state == "finished"
        assert [each["id"] for each in emulator.workspace(TOKEN).jobs()] == [job.id]
