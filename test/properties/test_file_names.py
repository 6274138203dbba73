"""File names: whatever a server calls a job and a caller calls its files, they are files of one directory.

On any system: Windows and macOS are asked through the rules that Python has for them.
"""

from __future__ import annotations

import ntpath
import os
import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

from leap import ApiValueError, DownloadError
from leap.downloads.names import FileNames
from leap.media_types import PICTURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from leap import Leap

DEFAULT = "{id}-{index}{ext}"
PIECES = [
    "{id}", "{index}", "{index}", "{ext}", "{ext}", "{index:03}", "{index!s:.1}", "{index:.0e}", "{index:x}",
    "{index:c}", "{id!r}", "{id:.3}", "{id:/>90}", "{ext:/>5}", "{ext:<5}", "{ext!a:.2}", "{ext:.>1}", "{0}",
    "{}", "{prompt}", "{id.__class__}", "{id[0]}", "{index:{ext}}", "{{", "}}", "{", "}", "/", "\\", "..",
    ".", "~", ":", "*", "\0", "\n", " ", "-", "con", "NUL", "aux ", "com1", "lpt\u00b9", "conin$", "CLOCK$",
    "\u00e9", "e\u0301", "\u0130", "\u017f", "x" * 90, "\ud800", "\udc80", "\u2028", "\ufeff", "\u202e",
    "🚀" * 12, "a", "B",
]  # fmt: skip
TEMPLATES = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=3).map(lambda pieces: "".join(["{index}", *pieces])),
    st.just(DEFAULT),
    st.text(st.characters(), max_size=10),
)
IDS = st.text(st.characters(), max_size=30) | st.sampled_from(
    [
        "",
        ".",
        "..",
        "../..",
        "/etc/passwd",
        "c:\\x",
        "con",
        "nul.png",
        "COM1",
        "-rf",
        "~root",
        "a" * 5000,
        "console",
        "🚀" * 60,
    ]
)
SUFFIXES = [kind.suffix for kind in PICTURES.types]
SIGNATURES = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF....WEBP", b"GIF89a", b"....ftypavif"]


def is_reserved_on_windows(name: str) -> bool:
    """Whether Windows has another use for a name, or takes it for that of another file."""
    if hasattr(ntpath, "isreserved"):  # since Python 3.13
        return bool(ntpath.isreserved(name))
    has_odd_character = re.search(r'[\x00-\x1f"*:<>?|/\\]', name)
    return has_odd_character is not None or name.endswith((".", " ")) or PureWindowsPath(name).is_reserved()


def check_name(name: str) -> None:
    """See that a name is one of a file, in the directory that it is put into, on any system."""
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(name)
        assert path.name == name
        assert not path.is_absolute()
        assert (kind("a/b") / name).parent == kind("a/b")
    assert not is_reserved_on_windows(name)
    assert "\0" not in name
    assert len(os.fsencode(name)) <= 255
    assert len(name.encode("utf-16-le", "surrogatepass")) <= 2 * 255


def test_any_template_names_files_of_one_directory(for_all: Callable[..., Any]) -> None:
    """A template is refused, or each picture has a name of its own that any file system takes."""

    def check(template: str, job_id: str, count: int, suffixes: list[str]) -> str:
        try:
            names = FileNames(template, job_id, count)
        except ApiValueError:
            assert template != DEFAULT
            return "refused"
        given = [names.name(index, suffixes[index % len(suffixes)]) for index in range(1, count + 1)]
        for name in given:
            check_name(name)
        # macOS tells neither capitals nor spellings of the same letter apart.
        assert len({unicodedata.normalize("NFC", name.casefold()) for name in given}) == count
        return "named"

    suffixes = st.lists(st.sampled_from(SUFFIXES), min_size=1, max_size=4)
    counts = st.integers(1, 4) | st.integers(1, 30)
    devices = ["con", "prn", "aux", "nul", "conin$", "CONOUT$", "com1", "COM\u00b2", "lpt9", "Lpt\u00b3"]
    forms = ["{}", "{}{{ext}}", "{} .{{index}}", "{}.tar{{ext}}"]
    examples = [(form.format(device), "job", 1, [".png"]) for device in devices for form in forms]
    examples += [("{id}{ext}", device, 1, [".png"]) for device in devices]
    assert for_all(check, TEMPLATES, IDS, counts, suffixes, examples=examples).keys() == {"refused", "named"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_no_picture_leaves_the_directory_or_takes_the_place_of_another(
    for_all: Callable[..., Any],
    leap: Leap,
    loopback: Any,
    answer_of: Any,
    tmp_path: Path,
    any_text: SearchStrategy[str],
    overwrite: bool,
) -> None:
    """Each picture is a file of the directory, there is nothing else, and what was there is still there."""
    folder = tmp_path / "pictures"
    folder.mkdir()

    def check(template: str, job_id: str, pictures: list[bytes]) -> str:
        pictures = [each + str(number).encode() for number, each in enumerate(pictures)]
        loopback.answer(*[answer_of(each) for each in pictures])
        job: Any = {
            "id": job_id,
            "state": "finished",
            "images": [{"uri": f"{loopback.url}/"} for _ in pictures],
        }
        options: dict[str, Any] = {"name": template, "overwrite": overwrite, "parallel": 1}
        try:
            paths = leap.generate_images.download(job, folder, **options)
        except (ApiValueError, DownloadError):
            assert not list(folder.iterdir())
            assert not loopback.requests
            return "refused"
        assert [path.read_bytes() for path in paths] == pictures
        assert {path.parent for path in paths} == {folder}
        assert set(folder.iterdir()) == set(paths)
        assert list(tmp_path.iterdir()) == [folder]
        if not overwrite:
            loopback.answer(*[answer_of(each + b"another") for each in pictures])
            with pytest.raises(FileExistsError):
                leap.generate_images.download(job, folder, **options)
        assert [path.read_bytes() for path in paths] == pictures
        assert set(folder.iterdir()) == set(paths)
        for path in paths:
            path.unlink()
        loopback.requests.clear()
        return "there"

    pictures = st.lists(st.sampled_from(SIGNATURES), min_size=1, max_size=3)
    assert for_all(check, TEMPLATES, IDS | any_text, pictures, share=0.1).keys() == {"refused", "there"}
