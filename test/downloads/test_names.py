"""How files are called: as the template says, and never out of their directory."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap import ApiValueError
from leap.downloads.names import FileNames


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{id}-{index}{ext}", "job-2.png"),
        ("{index:03}{ext}", "002.png"),
        ("fox {index} of {id}", "fox 2 of job"),
        ("{{{index}}}.image", "{2}.image"),
        ("снимок-{index}{ext}", "снимок-2.png"),
    ],
)
def test_the_template_is_filled_in(template: str, name: str) -> None:
    """The fields are the id of the job, the number of the picture and its suffix; the rest stays."""
    assert FileNames(template, "job", 2).name(2, ".png") == name


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("../{index}{ext}", "a character"),
        ("/tmp/{index}", "a character"),  # noqa: S108 - it is refused
        ("a\\{index}", "a character"),
        ("c:{index}", "a character"),
        ("a\x00{index}", "a character"),
        ("", "the same"),
        ("{ext}", "the same"),
        ("fox{ext}", "the same"),
        ("{index}.", "dot or a space"),
        ("{index} ", "dot or a space"),
        ("con.{index}", "device"),
        ("{prompt}{index}", "there are {id}, {index} and {ext}"),
        ("{}{index}", "there are {id}"),
        ("{id.__class__}{index}", "there are {id}"),
        ("{id[0]}{index}", "there are {id}"),
        ("{index", "no template"),
        ("{index:x^999}", "longer than"),
        ("{index:{id}}", "there are {id}"),
        ("x" * 300 + "{index}", "longer than"),
        ("\ud800{index}", "surrogate"),
    ],
)
def test_what_is_no_name_for_files_is_refused(template: str, problem: str) -> None:
    """One error says what is wrong with the template, before anything is fetched."""
    with pytest.raises(ApiValueError, match=f"name: .*{problem}"):
        FileNames(template, "job", 2)


@pytest.mark.parametrize("template", ["{index!s:.1}", "{index:.0e}"])
def test_a_format_does_not_drop_what_tells_pictures_apart(template: str) -> None:
    """The tenth picture must not take the name of the first."""
    assert FileNames(template, "job", 9).name(9, ".png")
    with pytest.raises(ApiValueError, match="several pictures the same"):
        FileNames(template, "job", 12)


def test_an_id_that_is_a_device_is_made_a_name() -> None:
    """What a server calls its job is no fault of the template."""
    assert FileNames("{id}{ext}", "con", 1).name(1, ".png") == "_con.png"


def test_one_picture_needs_no_number() -> None:
    """A single picture may have a name of its own."""
    assert FileNames("fox{ext}", "job", 1).name(1, ".png") == "fox.png"


@pytest.mark.parametrize("template", [".", "..", "  ", "", "nul"])
def test_one_picture_still_needs_a_name(template: str) -> None:
    """What is no file is refused for one picture too."""
    with pytest.raises(ApiValueError, match="name: "):
        FileNames(template, "job", 1)


@given(st.text())
def test_no_id_leads_out_of_the_directory(job_id: str) -> None:
    """What a server calls its job is a plain name by the time it is one of a file."""
    name = FileNames("{id}-{index}{ext}", job_id, 4).name(1, ".png")
    assert set(name) <= {*string.ascii_letters, *string.digits, *"_-."}
    assert name[0] not in ".-"
    assert len(name) < 120
