"""What a notebook makes of the DTOs, through IPython itself."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap
from leap.emulator import Emulator
from leap.notebook import contact_sheet
from leap.schemas import Model, field
from leap.schemas.showing import ShownTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leap.models import InferenceEntity

formatters = pytest.importorskip("IPython.core.formatters", reason="shows what IPython makes of a job")


@pytest.fixture(scope="module")
def jobs() -> Iterator[tuple[InferenceEntity, ...]]:
    """A page of jobs with one picture and with two, whose emulator runs."""
    with Emulator(speed=float("inf")) as emulator, Leap(host=emulator.url, access_token="t") as leap:  # noqa: S106
        for count in (2, 1):
            leap.generate_images.create(
                prompt="<b>a fox</b>", model_id="m", width=64, height=64, number_of_images=count
            )
        emulator.workspace("t").wait_until_idle()
        yield leap.generate_images.find_all(model_id="m").body


def shown(value: object) -> dict[str, Any]:
    """What IPython sends to a notebook for a value, by media type."""
    data, _metadata = formatters.DisplayFormatter().format(value)
    return dict(data)


def test_a_job_of_one_picture_shows_as_html_and_as_png(jobs: tuple[InferenceEntity, ...]) -> None:
    """And as the text that it always was."""
    data = shown(jobs[0])
    assert set(data) == {"text/plain", "text/html", "image/png"}
    assert data["image/png"].startswith(b"\x89PNG")
    assert jobs[0].images[0].uri in data["text/html"]
    assert "&lt;b&gt;a fox&lt;/b&gt;" in data["text/html"]
    assert data["text/plain"].startswith("{")


def test_a_job_of_two_pictures_shows_as_html(jobs: tuple[InferenceEntity, ...]) -> None:
    """Two cannot be one PNG."""
    data = shown(jobs[1])
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/html"].count("<img") == 2


def test_a_page_of_jobs_shows_as_a_contact_sheet(jobs: tuple[InferenceEntity, ...]) -> None:
    """The body of `find_all` as it is, and any jobs that `contact_sheet` is given."""
    for sheet in (jobs, contact_sheet(iter(jobs))):
        data = shown(sheet)
        assert set(data) == {"text/plain", "text/html"}
        assert data["text/html"].count("<img") == 3


def test_a_page_of_jobs_is_a_tuple_in_all_else(jobs: tuple[InferenceEntity, ...]) -> None:
    """It compares, hashes, prints, pickles and dumps as one."""
    plain = tuple(jobs)
    assert type(plain) is tuple
    assert isinstance(jobs, ShownTuple)
    assert jobs == plain
    assert plain == jobs
    assert hash(jobs) == hash(plain)
    assert repr(jobs) == repr(plain)
    assert json.dumps(jobs) == json.dumps(plain)
    assert type(pickle.loads(pickle.dumps(jobs))) is ShownTuple  # noqa: S301 - of our own
    assert not hasattr(jobs, "__dict__")


def test_a_dto_that_is_no_job_shows_as_text() -> None:
    """Only those that are mixed with it are shown as more."""

    class Other(Model):
        """Another DTO."""

        id: str = field("id")

    assert set(shown(Other(id="1"))) == {"text/plain"}


def test_nothing_of_the_notebook_is_imported_before_it_shows() -> None:
    """`import leap` stays cheap, and so do calls."""
    code = (
        "import sys, leap, leap.models; from leap.models import InferenceEntity as E;"
        "job = E.make({'prompt': 'a fox'});"
        "assert not [name for name in sys.modules if name.startswith('leap.notebook')];"
        "assert 'a fox' in job._repr_html_();"
        "assert 'leap.notebook.gallery' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
