"""Models and music: waited for by the same mechanism as pictures, each in its own words."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from leap import (
    ApiException,
    JobFailedError,
    JobTimeoutError,
    Leap,
    NotFoundError,
    ResponseValidationWarning,
    SchemaValidationError,
)
from leap.jobs.model_trainings import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
QUICKLY = 0.001
"""Seconds between two readings."""

MODEL: dict[str, Any] = {
    "id": "26a1a203-3a46-42cb-8cfa-f4de075907d8",
    "name": "A fox",
    "createdAt": "2023-05-09T13:18:46.085Z",
    "subjectKeyword": "@fox",
    "subjectType": "animal",
    "status": "queued",
    "imageSamples": [],
}
MUSIC: dict[str, Any] = {
    "id": "a047df00-8bdd-4d57-a9bd-6eebef36ecaa",
    "createdAt": "2023-05-09T13:18:46.085Z",
    "prompt": "a calm piano",
    "state": "queued",
}
PATHS = {"model": f"/api/v2/images/models/{MODEL['id']}", "music": f"/api/v1/music/{MUSIC['id']}"}


def in_state(job: Mapping[str, Any], state: str) -> dict[str, Any]:
    """The job in another state, under the name that its kind has for it."""
    return {**job, ("status" if "status" in job else "state"): state}


class Kind:
    """What the two kinds have in common, for a test of both."""

    def __init__(self, name: str, leap: Leap) -> None:
        self.name = name
        self.job = MODEL if name == "model" else MUSIC
        self.noun = "model" if name == "model" else "job"
        self._leap = leap

    def wait(self, *arguments: Any, **settings: Any) -> Any:
        """Wait for one."""
        tag: Any = self._leap.train_image_models if self.name == "model" else self._leap.generate_music
        return tag.wait(*arguments, **{"poll_interval": QUICKLY, **settings})

    def submit(self) -> Any:
        """Submit one."""
        if self.name == "model":
            return self._leap.train_image_models.train_model(image_sample_files=[PNG])
        return self._leap.generate_music.create_audio(prompt="a calm piano", mode="music", duration=5)

    def submit_and_wait(self, **settings: Any) -> Any:
        """Submit one and wait for it."""
        settings = {"poll_interval": QUICKLY, **settings}
        if self.name == "model":
            return self._leap.train_image_models.train_and_wait(image_sample_files=[PNG], **settings)
        return self._leap.generate_music.create_audio_and_wait(
            prompt="a calm piano", mode="music", duration=5, **settings
        )


@pytest.fixture(params=["model", "music"])
def kind(request: pytest.FixtureRequest, leap: Leap) -> Kind:
    """Each of the two kinds."""
    return Kind(request.param, leap)


@pytest.fixture
def states(loopback: Any, kind: Kind, answer_of: Callable[..., bytes]) -> Callable[..., None]:
    """Lets the server answer with the job in one state after the other."""
    return lambda *names: loopback.answer(*(answer_of(in_state(kind.job, name)) for name in names))


@pytest.mark.parametrize("form", ["entity", "response", "id"])
def test_one_is_waited_for_by_whatever_one_has_of_it(
    kind: Kind, states: Callable[..., None], loopback: Any, form: str
) -> None:
    """`wait` takes the entity, the response that carries it, or the id, and gives it as it has ended."""
    states("queued")
    response = kind.submit()
    states("queued", "processing", "finished")
    given = {"entity": response.body, "response": response, "id": kind.job["id"]}[form]
    told: list[Any] = []
    ended = kind.wait(given, on_progress=lambda entity, _elapsed: told.append(entity))
    assert (ended.status if kind.name == "model" else ended.state) == "finished"
    assert told[-1] == ended
    assert [request.target for request in loopback.requests[1:]] == [PATHS[kind.name]] * 3


def test_one_is_submitted_and_waited_for(kind: Kind, states: Callable[..., None], loopback: Any) -> None:
    """One call that submits, with its files or its prompt, and reads until the end."""
    states("queued", "processing", "finished")
    ended = kind.submit_and_wait()
    assert (ended.status if kind.name == "model" else ended.state) == "finished"
    assert [request.method for request in loopback.requests] == ["POST", "GET", "GET"]


def test_one_that_fails_is_an_error_that_carries_it(kind: Kind, states: Callable[..., None]) -> None:
    """In the words of its kind."""
    states("queued", "failed")
    with pytest.raises(JobFailedError, match=f"^{kind.noun} {kind.job['id']} failed") as caught:
        kind.submit_and_wait()
    assert caught.value.entity == in_state(kind.job, "failed")


def test_one_that_takes_too_long_can_be_waited_for_again(kind: Kind, states: Callable[..., None]) -> None:
    """The error says how, and that it goes on."""
    states("processing")
    with pytest.raises(JobTimeoutError, match=f"^{kind.noun} .* is still processing .* it goes on") as caught:
        kind.submit_and_wait(wait_timeout=0)
    assert caught.value.__notes__ == [f"wait('{kind.job['id']}') waits for the {kind.noun} again."]


def test_what_is_no_job_is_told(kind: Kind, loopback: Any) -> None:
    """By the name of the argument; nothing is sent."""
    with pytest.raises(SchemaValidationError, match=f"^{kind.noun}_or_id: got .*, needs a {kind.noun} with"):
        kind.wait({"no": "id"})
    assert loopback.connections == []


def test_a_wait_that_makes_no_sense_costs_nothing(kind: Kind, loopback: Any) -> None:
    """What is wrong with the wait is said before anything is submitted, or uploaded."""
    with pytest.raises(SchemaValidationError, match="poll_interval: got -1"):
        kind.submit_and_wait(poll_interval=-1)
    with pytest.raises(SchemaValidationError, match="and_wait has to read the answer"):
        kind.submit_and_wait(stream=True)
    assert loopback.connections == []


def test_an_answer_without_an_id_says_where_to_look(kind: Kind, loopback: Any, answer_of: Any) -> None:
    """What has been paid for can be found."""
    loopback.answer(answer_of({**kind.job, "id": ""}))
    where = "list_all_models" if kind.name == "model" else "find_all_audio"
    with pytest.raises(ApiException, match=rf"names no {kind.noun}; .*{where}\(\) lists them"):
        kind.submit_and_wait()


def test_the_upload_of_a_training_is_told_before_its_states(
    leap: Leap, loopback: Any, answer_of: Callable[..., bytes]
) -> None:
    """`train_and_wait` takes both callbacks, each for its part."""
    loopback.answer(*(answer_of(in_state(MODEL, state)) for state in ("queued", "processing", "finished")))
    told: list[Any] = []
    leap.train_image_models.train_and_wait(
        image_sample_files=[PNG],
        poll_interval=QUICKLY,
        on_upload_progress=lambda sent, size: told.append(sent == size),
        on_progress=lambda model, _elapsed: told.append(model.status),
    )
    assert told == [True, "processing", "finished"]


def test_a_training_is_not_asked_for_twice_a_second(leap: Leap) -> None:
    """Of its 20 to 40 minutes none is full of readings, and its end is seen within half a minute."""
    decisions = leap.train_image_models._polling("1", chance=lambda: 0.0)  # noqa: SLF001 - what a wait begins with
    moments = list(accumulate(decisions.read({"status": "processing"}, 0.0) for _ in range(100)))
    assert moments[0] == 1
    assert sum(moment <= 60 for moment in moments) < 10
    assert sum(moment <= 40 * 60 for moment in moments) <= 90
    assert max(later - sooner for sooner, later in pairwise(moments)) == 30
    assert DEFAULT_TIMEOUT > 2 * 40 * 60


def test_a_status_that_nobody_knows_is_told_once(leap: Leap, loopback: Any, answer_of: Any) -> None:
    """The contract lets a model's status be any text; one that waiting does not know is a warning."""
    loopback.answer(*(answer_of(in_state(MODEL, state)) for state in ("trained", "trained", "finished")))
    with pytest.warns(ResponseValidationWarning) as told:
        model = leap.train_image_models.wait(MODEL["id"], poll_interval=QUICKLY)
    assert model.status == "finished"
    assert [str(each.message) for each in told] == [
        "the model is trained, which nobody knows; waiting goes on until it is finished or failed"
    ]


def test_a_model_that_a_lost_attempt_has_deleted(leap: Leap, loopback: Any, answer_of: Any) -> None:
    """`delete_model` gives a model or raises: after a 503, a 404 is an error that says what may have been."""
    leap.api_client.sleep = lambda _seconds: None
    loopback.answer(answer_of({}, status=503), answer_of({"message": "Model not found"}, status=404))
    with pytest.raises(NotFoundError) as caught:
        leap.train_image_models.delete_model(model_id=MODEL["id"])
    assert caught.value.attempts == 2
    assert caught.value.__notes__ == ["An attempt before may have deleted it, whose answer was lost."]
