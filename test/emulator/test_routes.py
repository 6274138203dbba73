"""The four operations when all is well."""

import re
from typing import Any

from leap.emulator import Emulator

PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at


def test_create_answers_with_the_queued_job_and_the_defaults(api: Any, jobs_path: str) -> None:
    """A job made from a prompt alone has every field of the contract and the service's defaults."""
    answer = api.request("POST", jobs_path, {"prompt": "an owl"})
    job = answer.json
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", job.pop("createdAt"))
    assert isinstance(job.pop("seed"), int)
    assert job.pop("id")
    assert job == {
        "prompt": "an owl",
        "negativePrompt": "asymmetric, watermarks",
        "steps": 50,
        "width": 1024,
        "height": 1024,
        "numberOfImages": 1,
        "promptStrength": 7,
        "state": "queued",
        "status": "queued",
        "images": [],
        "modelId": "a-model",
        "upscalingOption": "x1",
    }


def test_create_gives_back_what_was_asked_for(api: Any) -> None:
    """Every parameter of a job is the one that was sent; whole numbers lose their fraction."""
    asked = {
        "prompt": "owl 🦉 \ud800 שלום",
        "negativePrompt": "",
        "steps": 12.5,
        "width": 72.0,
        "height": 64,
        "numberOfImages": 2,
        "promptStrength": 0,
        "seed": -17,
    }
    job = api.create(**asked, webhookUrl="http://127.0.0.1:1/")
    assert {name: job[name] for name in asked} == asked
    assert isinstance(job["width"], int)


def test_two_jobs_without_a_seed_get_different_ones(api: Any) -> None:
    """A seed that was not given is random and told."""
    assert api.create()["seed"] != api.create()["seed"]


def test_a_job_is_seen_queued_processing_and_finished(connect: Any, wait_until: Any) -> None:
    """Somebody who polls with the default durations sees all three states, in this order."""
    with Emulator() as emulator:
        api = connect(emulator)
        job_id = api.create()["id"]
        states: list[str] = []

        def finished() -> bool:
            job = api.read(job_id)
            assert job["state"] == job["status"]
            if job["state"] not in states:
                states.append(job["state"])
            return job["state"] == "finished"

        wait_until(finished)
        assert states == ["queued", "processing", "finished"]


def test_find_one_gives_the_pictures_of_a_finished_job(api: Any, emulator: Emulator) -> None:
    """A finished job has as many pictures as were asked for, each with an id, a time and an address."""
    job = api.finished(numberOfImages=3)
    assert len({image["id"] for image in job["images"]}) == 3
    for image in job["images"]:
        assert set(image) == {"id", "createdAt", "uri"}
        assert image["uri"].startswith(emulator.url + "/")


def test_a_model_id_of_any_characters_stays_one_segment(api: Any) -> None:
    """A percent-encoded slash, dot, question mark or percent belongs to the id and changes no route."""
    path = "/api/v1/images/models/a%2Fb%3F%25%2E%2E%20%C3%A9/inferences"
    job = api.create(path)
    assert job["modelId"] == "a/b?%.. é"
    assert api.read(job["id"], path)["id"] == job["id"]


def test_a_job_belongs_to_its_model(api: Any, jobs_path: str) -> None:
    """A job is found under the model it was submitted to and no other."""
    job = api.create()
    other = jobs_path.replace("a-model", "another")
    assert api.request("GET", f"{other}/{job['id']}").status == 404
    assert api.request("DELETE", f"{other}/{job['id']}").status == 404
    assert api.request("GET", other).json == []


def test_remove_deletes_the_job_and_its_pictures(api: Any, jobs_path: str) -> None:
    """Delete answers 200 without a body; the job is in no list and its pictures are gone."""
    job = api.finished()
    answer = api.request("DELETE", f"{jobs_path}/{job['id']}")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
    assert api.request("GET", f"{jobs_path}/{job['id']}").status == 404
    assert api.request("DELETE", f"{jobs_path}/{job['id']}").status == 404
    assert api.request("GET", jobs_path).json == []
    assert api.request("GET", job["images"][0]["uri"]).status == 404


def test_a_job_deleted_while_it_is_drawn_stays_deleted(connect: Any, wait_until: Any, jobs_path: str) -> None:
    """Deleting a job under way neither fails nor stops the jobs behind it."""
    with Emulator(speed=80) as emulator:
        api = connect(emulator)
        job_id = api.create(numberOfImages=4)["id"]
        wait_until(lambda: api.read(job_id)["state"] == "processing")
        assert api.request("DELETE", f"{jobs_path}/{job_id}").status == 200
        api.finished()
        assert len(api.request("GET", jobs_path).json) == 1


def test_a_job_whose_drawing_raises_fails_alone(connect: Any, wait_until: Any) -> None:
    """When drawing raises the job ends as failed, without pictures, and the next one is not touched."""

    def draw(parameters: Any, _position: int) -> bytes:
        if parameters.prompt == "fail":
            raise RuntimeError("no paint")
        return PNG

    with Emulator(speed=float("inf"), renderer=draw) as emulator:
        api = connect(emulator)
        job_id = api.create(prompt="fail")["id"]
        job = wait_until(lambda: (job := api.read(job_id))["state"] == "failed" and job)
        assert (job["status"], job["images"]) == ("failed", [])
        assert api.request("GET", api.finished()["images"][0]["uri"]).body == PNG


def test_requests_are_answered_while_a_picture_is_drawn(connect: Any, wait_until: Any) -> None:
    """A drawing that takes for ever holds up no request."""
    import threading

    begun, go_on = threading.Event(), threading.Event()

    def draw(_parameters: Any, _position: int) -> bytes:
        begun.set()
        go_on.wait(20)
        return PNG

    with Emulator(speed=float("inf"), renderer=draw) as emulator:
        api = connect(emulator)
        job_id = api.create()["id"]
        assert begun.wait(10)
        assert api.read(job_id)["state"] == "processing"
        assert api.create()["state"] == "queued"
        go_on.set()
        wait_until(lambda: api.read(job_id)["state"] == "finished")
