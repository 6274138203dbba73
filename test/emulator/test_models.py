"""Models: training them, drawing with them, and deleting them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leap.emulator import Emulator
from leap.emulator.pace import Pace

MODELS = "/api/v2/images/models"
FORMATS = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp")}


def _inferences(model: Any) -> str:
    return f"/api/v1/images/models/{model['id']}/inferences"


@pytest.mark.parametrize("form", FORMATS)
def test_samples_are_kept_as_they_were_brought(api: Any, picture: Any, form: str) -> None:
    """The addresses of a model's samples lead to the very bytes that were sent, with their type."""
    media_type, suffix = FORMATS[form]
    files = [picture(form, size) for size in (8, 24)]
    model = api.train(*(("imageSampleFiles", ("a.x", file, media_type)) for file in files)).json
    served = [api.request("GET", uri, headers={}) for uri in model["imageSamples"]]
    assert [answer.body for answer in served] == files
    assert {answer.headers["content-type"] for answer in served} == {media_type}
    assert all(uri.endswith(suffix) for uri in model["imageSamples"])


def test_a_model_has_what_it_was_given_or_a_default(api: Any) -> None:
    """Every text of the form is in the model, and what was left out has a value all the same."""
    url = ("imageSampleUrls", "https://pictures.test/1.png")
    given = {"name": "Our fox 🦊", "subjectKeyword": "@fox", "subjectType": "animal"}
    model = api.train(*given.items(), url, ("imageSampleUrls", "https://pictures.test/2.png")).json
    assert {name: model[name] for name in given} == given
    assert model["imageSamples"] == ["https://pictures.test/1.png", "https://pictures.test/2.png"]
    assert model["status"] == "queued"
    plain = api.train(url).json
    assert (plain["subjectKeyword"], plain["subjectType"]) == ("@me", "person")
    assert plain["name"]


def test_a_training_goes_through_its_states_in_scaled_time(
    connect: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is queued, then processing for as long as the pace says, then finished."""
    assert Pace.of_speed(20).training == 75  # 25 minutes
    pace = Pace(queued=0.05, image=0, music=0, training=0.2, webhook_pause=0)
    monkeypatch.setattr(Pace, "of_speed", lambda _speed: pace)
    with Emulator() as emulator:
        api = connect(emulator)
        model = api.train().json
        seen = [model["status"]]

        def ended() -> bool:
            status = api.request("GET", f"{MODELS}/{model['id']}").json["status"]
            if status != seen[-1]:
                seen.append(status)
            return status == "finished"

        wait_until(ended)
    assert seen == ["queued", "processing", "finished"]


def test_pictures_do_not_wait_for_trainings(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many models are being trained, a picture is drawn at once."""
    pace = Pace(queued=0, image=0, music=0, training=1000, webhook_pause=0)
    monkeypatch.setattr(Pace, "of_speed", lambda _speed: pace)
    with Emulator() as emulator:
        api = connect(emulator)
        for _ in range(20):
            api.train()
        assert api.finished()["state"] == "finished"
        assert api.played()["state"] == "finished"


def test_a_trained_model_draws(api: Any) -> None:
    """A model whose training has finished draws pictures by its id, which are listed under it."""
    path = _inferences(api.trained())
    job_id = api.create(path)["id"]
    assert api.ended(f"{path}/{job_id}")["images"]
    assert [job["id"] for job in api.request("GET", path).json] == [job_id]


@pytest.mark.parametrize("name", ["fox", "fox [fail: too dark]"])
def test_a_model_that_is_not_trained_cannot_draw(
    connect: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A picture by a model that is being trained, or has failed, is refused with what is the matter."""
    training = 0 if "fail" in name else 1000
    pace = Pace(queued=0, image=0, music=0, training=training, webhook_pause=0)
    monkeypatch.setattr(Pace, "of_speed", lambda _speed: pace)
    with Emulator() as emulator:
        api = connect(emulator)
        model = api.train(("name", name), ("imageSampleUrls", "https://pictures.test/1.png")).json
        if not training:
            model = api.ended(f"{MODELS}/{model['id']}", "status")
        answer = api.request("POST", _inferences(model), {"prompt": "a fox"})
        status = "failed" if "fail" in name else api.request("GET", f"{MODELS}/{model['id']}").json["status"]
        assert answer.status == 400
        assert model["id"] in answer.json["message"][0]
        assert answer.json["message"][0].endswith((f"training is {status}", "training is queued"))


def test_a_deleted_model_is_gone(api: Any) -> None:
    """Deleting answers with the model once more; then it is not found, not listed, and draws nothing."""
    model, kept = api.trained(), api.trained()
    path = _inferences(model)
    drawn = api.ended(f"{path}/{api.create(path)['id']}")
    answer = api.request("DELETE", f"{MODELS}/{model['id']}")
    assert (answer.status, answer.json) == (200, model)
    for method in ("GET", "DELETE"):
        gone = api.request(method, f"{MODELS}/{model['id']}")
        assert (gone.status, gone.json["message"]) == (404, "Model not found")
    assert api.request("GET", MODELS).json == {"models": [kept]}
    assert api.request("GET", model["imageSamples"][0], headers={}).status == 404
    refused = api.request("POST", path, {"prompt": "a fox"})
    assert (refused.status, refused.json["message"]) == (404, "Model not found")
    # What was paid for stays.
    assert api.request("GET", f"{path}/{drawn['id']}").json == drawn


def test_deleting_ends_a_training(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is deleted while it is trained stays deleted, and holds nothing up."""
    pace = Pace(queued=0, image=0, music=0, training=0.1, webhook_pause=0)
    monkeypatch.setattr(Pace, "of_speed", lambda _speed: pace)
    with Emulator() as emulator:
        workspace = emulator.workspace()
        api = connect(emulator, token=workspace.token)
        model, other = api.train().json, api.train().json
        assert api.request("DELETE", f"{MODELS}/{model['id']}").status == 200
        workspace.wait_until_idle()
        assert [each["id"] for each in workspace.models()] == [other["id"]]


def test_models_belong_to_their_workspace(api: Any, connect: Any, emulator: Emulator) -> None:
    """Another token neither finds nor lists nor deletes a model, and may use its id like any other."""
    model = api.trained()
    stranger = connect(emulator)
    assert stranger.request("GET", MODELS).json == {"models": []}
    for method in ("GET", "DELETE"):
        assert stranger.request(method, f"{MODELS}/{model['id']}").status == 404
    assert stranger.request("POST", _inferences(model), {"prompt": "a fox"}).status == 200
    assert api.request("GET", f"{MODELS}/{model['id']}").status == 200


def test_models_are_listed_from_the_newest_on(api: Any) -> None:
    """The list holds every model as it is read by itself, the newest first, and no job for a picture."""
    models = [api.trained() for _ in range(3)]
    api.finished()
    assert api.request("GET", MODELS).json == {"models": models[::-1]}


def test_models_outlive_a_restart(tmp_path: Path, connect: Any) -> None:
    """Models, their samples, and that one was deleted are there after a restart; a training goes on."""
    infinite = float("inf")
    with Emulator(data=tmp_path, speed=infinite) as emulator:
        api = connect(emulator)
        model, gone = api.trained(), api.trained()
        assert api.request("DELETE", f"{MODELS}/{gone['id']}").status == 200
        sample = api.request("GET", model["imageSamples"][0]).body
    with Emulator(data=tmp_path, speed=1) as emulator:
        unfinished = connect(emulator, token=api.token).train().json["id"]
    with Emulator(data=tmp_path, speed=infinite) as emulator:
        api = connect(emulator, token=api.token)
        again = api.request("GET", f"{MODELS}/{model['id']}").json
        assert again["status"] == "finished"
        assert api.request("GET", again["imageSamples"][0]).body == sample
        assert api.request("POST", _inferences(gone), {"prompt": "a fox"}).status == 404
        assert api.ended(f"{MODELS}/{unfinished}", "status")["status"] == "finished"
        assert len(list((tmp_path / "samples").iterdir())) == 2


def test_the_webhook_of_a_training_gets_the_model(connect: Any, wait_until: Callable[..., Any]) -> None:
    """The end of a training is told to its webhookUrl, with the model as the API gives it."""
    import json

    with Emulator(speed=float("inf")) as emulator:
        workspace = emulator.workspace()
        api = connect(emulator, token=workspace.token)
        url = f"{emulator.url}/nobody"
        api.train(("webhookUrl", url), ("imageSampleUrls", "https://pictures.test/1.png"))
        workspace.wait_until_idle()
        (delivery,) = wait_until(lambda: [each for each in workspace.deliveries() if each.attempts])
        assert delivery.url == url
        assert json.loads(delivery.body or "") == workspace.models()[0]
        assert workspace.models()[0]["status"] == "finished"
        workspace.clear()
        assert workspace.models() == []
