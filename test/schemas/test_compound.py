"""Arrays with lengths, fields that exclude each other, and files: what the contract can say of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from leap import SchemaValidationError
from leap.schemas import File, Model, field
from leap.schemas.annotations import rule_of
from leap.schemas.files import FileRule
from leap.schemas.reading import Reader, checker_of


class Sample(Model, closed=True, exactly_one=("theFiles", "theUrls")):
    """What has files or URLs."""

    the_urls: tuple[str, ...] | None = field("theUrls", default=None, min_items=1, max_items=3)
    the_files: tuple[File, ...] | None = field("theFiles", default=None, content_types=("image/png",))


def faults_of(value: Any) -> list[str]:
    """What is wrong with a sample."""
    return [str(fault) for fault in Sample.rule.faults(value, ())]


@pytest.mark.parametrize(
    ("length", "fault"),
    [
        (0, ["theUrls: got 0 items, needs at least 1"]),
        (1, []),
        (3, []),
        (4, ["theUrls: got 4 items, needs at most 3"]),
    ],
)
def test_an_array_may_have_bounds(length: int, fault: list[str]) -> None:
    """They are the array's own; the walk and msgspec agree on them."""
    value = ["u"] * length
    assert faults_of({"theUrls": value}) == fault
    rule = Sample.rule.fields["theUrls"].rule
    assert checker_of(rule, exact=True)(value) is not bool(fault)


def test_fields_may_exclude_each_other() -> None:
    """One of them has to be there, and no other; they are called what Python calls them."""
    assert faults_of({"theUrls": ["u"]}) == []
    assert faults_of({"theUrls": ["u"], "theFiles": []}) == [
        "got the_files and the_urls, needs exactly one of the_files and the_urls"
    ]
    with pytest.raises(
        SchemaValidationError, match=r"^got none, needs exactly one of the_files and the_urls$"
    ):
        Sample()


def test_what_msgspec_cannot_tell_is_walked() -> None:
    """A response whose fields exclude each other is read all the same, right or wrong."""
    reader = Reader(rule_of(Sample))
    assert reader.read({"theUrls": ["u"]}) == ({"theUrls": ("u",)}, [])
    body, faults = reader.read({})
    assert (body, len(faults)) == ({}, 1)


@pytest.mark.parametrize(
    "file",
    ["a.png", Path("a.png"), b"", bytearray(), memoryview(b""), io.BytesIO(), ("a", b""), ("a", "b", None)],
)
def test_a_file_comes_in_many_forms(file: Any) -> None:
    """Only its kind is looked at: nothing is opened."""
    assert list(FileRule().faults(file, ())) == []
    assert Sample(the_files=(file,)).the_files == (file,)


@pytest.mark.parametrize(
    "file", [None, 5, [], {}, (), ("a",), (b"a", b""), ("a", 5), ("a", b"", "t", "more"), object()]
)
def test_what_is_no_file_is_refused(file: Any) -> None:
    """With all that it could be."""
    (fault,) = FileRule().faults(file, ("files", 0))
    assert str(fault).startswith("files[0]: got ")
    assert str(fault).endswith(
        "needs a path, bytes, an open file, or a tuple of a name, one of these and a media type"
    )


def test_the_media_types_of_files_are_those_of_the_items() -> None:
    """They are declared on the field, which is an array."""
    rule: Any = Sample.rule.fields["theFiles"].rule
    assert rule.item.content_types == ("image/png",)
