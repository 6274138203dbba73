"""What is wrong with files is said before anything is sent: all of it, each with its path."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap, SchemaValidationError
from leap.models import CreateAndTrainModelDto

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
GIF = b"GIF89a and so on, and on"


@pytest.fixture
def faults_of(leap: Leap, loopback: Any) -> Callable[..., tuple[str, ...]]:
    """The faults of a call, to which nothing has come of it."""

    def call(**arguments: Any) -> tuple[str, ...]:
        with pytest.raises(SchemaValidationError) as caught:
            leap.train_image_models.train_model(**arguments)
        assert loopback.connections == []
        return caught.value.faults

    return call


def test_all_faults_are_told_at_once(
    faults_of: Callable[..., tuple[str, ...]], picture: Callable[..., Path], tmp_path: Path
) -> None:
    """Of the files and of every other argument, in one error, each beginning with where it is."""
    faults = faults_of(
        name=5,
        nickname="Fox",
        image_sample_files=[
            picture(),
            tmp_path / "missing.png",
            tmp_path,
            picture("empty.png", b""),
            picture("note.txt", b"Dear diary"),
            b"",
            7,
            ("name", PNG, "image/gif"),
            ("name", PNG, "no type\r\n"),
            (5, PNG),
            ("name",),
            "https://a.example/1.png",
        ],
    )
    assert [fault.partition(": ")[0] for fault in faults] == [
        *("nickname", "name", *(f"image_sample_files[{index}]" for index in (6, 9, 10))),
        *(f"image_sample_files[{index}]" for index in (1, 2, 3, 4, 5, 7, 8, 11)),
    ]
    told = "\n".join(faults)
    for words in (
        "missing.png' cannot be read: No such file or directory",
        "it looks like a URL, and has to be a file here",
        "is a folder",
        "empty.png' is empty",
        "note.txt' begins with b'Dear diary', needs image/png or image/jpeg or image/webp",
        "[5]: what was given is empty",
        "[6]: got 7 (int), needs a path, bytes, an open file",
        "[7]: is image/png, but is said to be image/gif",
        "[8]: got the media type 'no type\\r\\n' (str), needs one such as image/png",
    ):
        assert words in told


def test_a_picture_of_a_type_that_is_not_taken_is_refused(faults_of: Callable[..., tuple[str, ...]]) -> None:
    """The contract says which types there may be."""
    assert faults_of(image_sample_files=[GIF]) == (
        "image_sample_files[0]: is image/gif, needs image/png or image/jpeg or image/webp",
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(
    faults_of: Callable[..., tuple[str, ...]], picture: Callable[..., Path]
) -> None:
    """The system's own words stand in the fault."""
    path = picture()
    path.chmod(0)
    assert "cannot be read: Permission denied" in faults_of(image_sample_files=[path])[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_not_waited_for(faults_of: Callable[..., tuple[str, ...]], tmp_path: Path) -> None:
    """Opening it would wait for somebody to write into it."""
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in faults_of(image_sample_files=[tmp_path / "pipe"])[0]


def test_open_files_that_are_of_no_use(
    faults_of: Callable[..., tuple[str, ...]], picture: Callable[..., Path]
) -> None:
    """Open for text, for writing, at its end, or closed: each is told as what it is."""
    path = picture()
    with path.open() as text, path.open("ab") as written, path.open("rb") as ended, path.open("rb") as closed:
        ended.seek(0, os.SEEK_END)
        closed.close()
        faults = faults_of(image_sample_files=[text, written, ended, closed, io.StringIO("fox")])
    assert [fault.partition(": ")[2] for fault in faults] == [
        f"{str(path)!r} is open for text, " + 'needs open(…, "rb")',
        f"{str(path)!r} cannot be read: read",
        f"{str(path)!r} is empty, or stands at its end",
        f"{str(path)!r} cannot be read: I/O operation on closed file",
        'what was given is open for text, needs open(…, "rb")',
    ]


@pytest.mark.parametrize("given", ["both", "neither", "empty lists"])
def test_there_are_urls_or_files(faults_of: Callable[..., tuple[str, ...]], given: str) -> None:
    """Exactly one of the two is needed; a form cannot tell an empty list from none."""
    arguments: dict[str, Any] = {
        "both": {"image_sample_urls": ["https://example.com"], "image_sample_files": [PNG]},
        "neither": {"name": "A fox"},
        "empty lists": {"image_sample_urls": [], "image_sample_files": ()},
    }[given]
    got = "image_sample_urls and image_sample_files" if given == "both" else "none"
    assert faults_of(**arguments) == (
        f"got {got}, needs exactly one of image_sample_urls and image_sample_files",
    )


def test_the_dto_says_so_too() -> None:
    """What no form could be made of is no DTO."""
    with pytest.raises(SchemaValidationError, match="needs exactly one of"):
        CreateAndTrainModelDto(name="A fox")


def test_one_file_is_no_list_of_files(faults_of: Callable[..., tuple[str, ...]]) -> None:
    """A path in place of the list is not taken for a list of letters; a picture is not written out."""
    assert "needs an array" in faults_of(image_sample_files="fox.png")[0]
    told = faults_of(image_sample_files=PNG * 1_000_000)[0]
    assert "needs an array" in told
    assert len(told) < 500


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"content_type": "application/json"}, "content_type: got 'application/json' (str), needs multipart"),
        (
            {"extra_headers": {"content-type": "image/png"}},
            "extra_headers.content-type: is set by the client",
        ),
        ({"extra_headers": {"Content-Length": "1"}}, "extra_headers.Content-Length: is set by the client"),
        ({"on_upload_progress": 5}, "on_upload_progress: got 5 (int), needs a function"),
        ({"extra_body": {"a": "\ud800"}}, "a: cannot be sent as text"),
        ({"extra_body": {"a": object()}}, "a: cannot be sent as text: a object is no text"),
    ],
)
def test_options_that_do_not_go_with_a_form(
    faults_of: Callable[..., tuple[str, ...]], option: dict[str, Any], words: str
) -> None:
    """What would break the form is refused with the rest."""
    (fault,) = faults_of(image_sample_files=[PNG], **option)
    assert fault.startswith(words)


def test_other_calls_know_no_upload(leap: Leap) -> None:
    """A call without files has nothing to tell of their progress."""
    arguments: Any = {"on_upload_progress": print}
    with pytest.raises(SchemaValidationError, match="on_upload_progress: is no argument of create"):
        leap.generate_images.create(prompt="a fox", model_id="m", **arguments)
