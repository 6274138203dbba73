"""`leap gallery`: a page of pictures in one file."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_directory_becomes_a_page(run: Callable[..., Any], directory: Path) -> None:
    """The page holds the bytes of each picture, and its path is printed."""
    made = run("generate", "a fox", "a cat", "--emulate", "--width", "64", "--height", "64", "-o", "pictures")
    ended = run("gallery", "pictures", "-o", "page.html", "--title", "Foxes & cats")
    page = (directory / "page.html").read_text()
    assert (ended.code, ended.out, ended.err) == (0, "page.html\n", "")
    kept = {b64decode(each.partition('"')[0]) for each in page.split("data:image/png;base64,")[1:]}
    assert kept == {(directory / path).read_bytes() for path in made.out.splitlines()}
    assert "<title>Foxes &amp; cats</title>" in page


def test_the_jobs_of_a_model_become_a_page(
    run: Callable[..., Any], account: dict[str, str], directory: Path
) -> None:
    """Their finished jobs are downloaded, the newest first and so many, and no file of theirs stays."""
    with Emulator(speed=float("inf")) as emulator, Leap(host=emulator.url, access_token="a") as leap:  # noqa: S106 - any
        account |= {"LEAP_HOST": emulator.url, "LEAP_API_KEY": "a"}
        for prompt in ("an owl", "a <b>fox</b>", "a cat"):
            leap.generate_images.create_and_wait(
                prompt=prompt, model_id="a-model", width=64, height=64, poll_interval=0.05
            )
        ended = run("gallery", "--jobs", "--limit", "2", "--json")
    page = (directory / "gallery.html").read_text()
    assert ended.code == 0
    assert json.loads(ended.out) == {"file": "gallery.html", "pictures": 2}
    assert page.index("a cat") < page.index("a &lt;b&gt;fox")
    assert "an owl" not in page
    assert [path.name for path in directory.iterdir()] == ["gallery.html"]


def test_a_wrong_call_makes_no_page(run: Callable[..., Any], directory: Path) -> None:
    """Without pictures, with both sources or with neither there is a line and no file."""
    (directory / "empty").mkdir()
    assert run("gallery", "empty").code == 1
    assert run("gallery", "nowhere").code == 1
    assert run("gallery").code == 2
    assert run("gallery", "empty", "--jobs").code == 2
    assert run("gallery", "empty", "--limit", "1").code == 2
    assert [path.name for path in directory.iterdir()] == ["empty"]
