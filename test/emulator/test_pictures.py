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


def test_a_known_picture_is_not_sent_again(api: Any) -> None:
    """If-None-Match with the ETag, weak, in a list or as a star, gives 304 without a body; another, 200."""
    (image,) = api.finished()["images"]
    whole = api.request("GET", image["uri"], headers={})
    tag = whole.headers["etag"]
    for condition in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        for method in ("GET", "HEAD"):
            answer = api.request(method, image["uri"], headers={"If-None-Match": condition})
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    for condition in ('"x"', tag.strip('"'), ""):
        answer = api.request("GET", image["uri"], headers={"If-None-Match": condition})
        assert (answer.status, answer.body) == (200, whole.body)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        ("bytes=0-999999999", 0, None),
        ("bytes=-999999999", 0, None),
        ("BYTES= 5-6 ", 5, 6),
    ],
)
def test_a_part_of_a_picture_is_sent(api: Any, wanted: str, first: int, last: int | None) -> None:
    """A Range gives 206 with just those bytes, and says which and of how many they are."""
    (image,) = api.finished()["images"]
    whole = api.request("GET", image["uri"], headers={}).body
    part = range(len(whole))[first : None if last is None else last + 1]
    answer = api.request("GET", image["uri"], headers={"Range": wanted})
    assert (answer.status, answer.body) == (206, whole[part.start : part.stop])
    assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{len(whole)}"
    assert answer.headers["content-length"] == str(len(part))
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(api: Any, wanted: str) -> None:
    """A Range behind the end gives 416 in the API's form, and the size there is."""
    (image,) = api.finished()["images"]
    size = len(api.request("GET", image["uri"], headers={}).body)
    answer = api.request("GET", image["uri"], headers={"Range": wanted})
    assert (answer.status, answer.json["statusCode"]) == (416, 416)
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=5-4", "lines=1-2", "1-2", "bytes=" + "9" * 5000 + "-"],
)
def test_a_range_that_means_nothing_is_passed_over(api: Any, wanted: str) -> None:
    """Several ranges, other units and nonsense give the whole picture, as RFC 9110 allows."""
    (image,) = api.finished()["images"]
    whole = api.request("GET", image["uri"], headers={}).body
    answer = api.request("GET", image["uri"], headers={"Range": wanted})
    assert (answer.status, answer.body) == (200, whole)


def test_a_part_is_only_sent_of_the_picture_it_was_begun_with(api: Any) -> None:
    """With If-Range the rest comes if the ETag still fits, and the whole picture if not; HEAD knows none."""
    (image,) = api.finished()["images"]
    whole = api.request("GET", image["uri"], headers={})
    for tag, status in ((whole.headers["etag"], 206), ('"another"', 200)):
        answer = api.request("GET", image["uri"], headers={"Range": "bytes=8-", "If-Range": tag})
        assert (answer.status, answer.body) == (status, whole.body[8:] if status == 206 else whole.body)
    head = api.request("HEAD", image["uri"], headers={"Range": "bytes=8-"})
    assert (head.status, head.headers["content-length"]) == (200, str(len(whole.body)))
