"""Pictures as they are served."""

import hashlib
import io
import uuid
from typing import Any

import pytest
from PIL import Image


def _pictures(api: Any, job: Any) -> list[bytes]:
    return [api.request("GET", image["uri"], headers={}).body for image in job["images"]]


def test_a_picture_is_served_to_whoever_has_its_address(api: Any) -> None:
    """Without a token there is a whole PNG with its type, length and an ETag that fits its bytes."""
    (image,) = api.finished()["images"]
    answer = api.request("GET", image["uri"], headers={})
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'
    head = api.request("HEAD", image["uri"], headers={})
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", answer.headers["etag"])
    assert head.headers["content-length"] == str(len(answer.body))


def test_an_address_cannot_be_guessed(api: Any) -> None:
    """A picture's address is made of a random UUID, not of the job's id or a count."""
    (image,) = api.finished()["images"]
    assert uuid.UUID(image["id"]).version == 4
    assert image["uri"].endswith(f"/images/{image['id']}.png")


@pytest.mark.parametrize(("width", "height"), [(8, 8), (64, 128), (1024, 1024), (4096, 8), (8, 4096)])
def test_a_picture_has_the_size_asked_for(api: Any, width: int, height: int) -> None:
    """Pictures have exactly the width and height of their job, at odd proportions too."""
    (png,) = _pictures(api, api.finished(width=width, height=height))
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (width, height))


def test_the_same_job_gives_the_same_bytes(api: Any) -> None:
    """Two jobs with the same parameters and seed give equal pictures, and those of one job differ."""
    first = _pictures(api, api.finished(seed=7, numberOfImages=4))
    second = _pictures(api, api.finished(seed=7, numberOfImages=4))
    assert first == second
    assert len(set(first)) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"seed": 7.5},
        {"prompt": "another"},
        {"negativePrompt": "nothing"},
        {"steps": 51},
        {"promptStrength": 8},
        {"width": 72},
    ],
)
def test_another_parameter_gives_another_picture(api: Any, change: dict[str, Any]) -> None:
    """Every parameter that describes the picture changes it."""
    assert _pictures(api, api.finished(**{"seed": 7} | change)) != _pictures(api, api.finished(seed=7))


def test_addresses_begin_with_the_name_the_client_used(api: Any, jobs_path: str) -> None:
    """The Host of the request is in the picture's address; nonsense there gives the emulator's own."""
    job = api.finished()
    headers = {"Authorization": f"Bearer {api.token}"}
    for host, base in (
        ("leap.test:99", "http://leap.test:99"),
        ("[::1]:8", "http://[::1]:8"),
        ("a b/<", api.url),
    ):
        answer = api.request("GET", f"{jobs_path}/{job['id']}", headers={**headers, "Host": host})
        assert answer.json["images"][0]["uri"].startswith(base + "/images/")


def test_a_picture_says_that_an_emulator_drew_it(api: Any) -> None:
    """The PNG names the emulator, the prompt and the seed in its text."""
    (png,) = _pictures(api, api.finished(prompt="an owl", seed=7))
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.text["Software"] == "leap.emulator"  # type: ignore[attr-defined]
        assert image.text["Description"] == '"an owl"'  # type: ignore[attr-defined]
        assert image.text["Seed"] == "7"  # type: ignore[attr-defined]
