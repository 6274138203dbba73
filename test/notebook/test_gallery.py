"""The page of pictures: one file with everything in it, whole or not there."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from leap import ApiValueError
from leap.notebook.gallery import GalleryPicture, pictures_in, pictures_of, write_gallery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def png(width: int = 3, height: int = 2, colour: int = 0) -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (colour, 0, 0)).save(file, "PNG")
    return file.getvalue()


def embedded(page: str) -> list[bytes]:
    """The pictures in a page."""
    return [
        base64.b64decode(data, validate=True)
        for data in re.findall(r'src="data:[a-z/]+;base64,([^"]*)"', page)
    ]


def test_a_directory_becomes_a_page(tmp_path: Path) -> None:
    """Its pictures are in it byte for byte, with their names and sizes; the order is that of people."""
    for number in (10, 2, 1):
        (tmp_path / f"fox-{number}.png").write_bytes(png(colour=number))
    file = tmp_path / "gallery.html"
    assert write_gallery(pictures_in(tmp_path), file, title="Foxes & co.") == 3
    page = file.read_text()
    assert embedded(page) == [png(colour=1), png(colour=2), png(colour=10)]
    assert re.findall(r'class="caption"[^>]*>([^<]*)<', page) == ["fox-1.png", "fox-2.png", "fox-10.png"]
    assert page.count("3 × 2") == 3  # noqa: RUF001 - a multiplication sign
    assert page.count('width="3" height="2"') == 3
    assert '<h1 dir="auto">Foxes &amp; co.</h1>' in page
    assert "3 pictures" in page


def test_what_is_no_picture_is_left_out(tmp_path: Path) -> None:
    """Whatever its name says; nor is anything hidden read, or anything that would wait."""
    (tmp_path / "a picture without a suffix").write_bytes(png())
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / ".hidden.png").write_bytes(png())
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "not there")
    os.mkfifo(tmp_path / "pipe.png")
    assert [picture.caption for picture in pictures_in(tmp_path)] == ["a picture without a suffix"]


def test_a_directory_without_pictures_is_refused(tmp_path: Path) -> None:
    """The message names it and what was looked for; what is no directory is an error of the system."""
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ApiValueError, match=re.escape(f"there are no pictures in {tmp_path} (PNG, JPEG, ")):
        pictures_in(tmp_path)
    with pytest.raises(FileNotFoundError):
        pictures_in(tmp_path / "none")
    with pytest.raises(NotADirectoryError):
        pictures_in(tmp_path / "text.png")


def test_jobs_become_a_page(tmp_path: Path, job: dict[str, Any]) -> None:
    """With their prompts and parameters, and the sizes that the pictures turn out to have."""
    (tmp_path / "1.png").write_bytes(png(colour=1))
    pictures = pictures_of(job, [tmp_path / "1.png", png(5, 4)])
    assert write_gallery(pictures, tmp_path / "gallery.html") == 2
    page = (tmp_path / "gallery.html").read_text()
    assert embedded(page) == [png(colour=1), png(5, 4)]
    assert page.count(f'dir="auto">{job["prompt"]}</p>') == 2
    for said in (
        "4523184",
        "50",
        job["modelId"],
        job["id"],
        job["negativePrompt"],
        "2023-05-09 13:18:46 UTC",
    ):
        assert page.count(f'<dd dir="auto">{said}</dd>') == 2
    assert "5 × 4" in page  # noqa: RUF001 - a multiplication sign
    assert "1024" not in page


def test_without_pictures_nothing_is_written(tmp_path: Path) -> None:
    """A page that was there stays, too."""
    file = tmp_path / "gallery.html"
    file.write_text("the old page")
    for pictures in ([], [GalleryPicture(b"no picture", "nothing")]):
        with pytest.raises(ApiValueError, match="no pictures"):
            write_gallery(pictures, file)
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.html"]
    assert file.read_text() == "the old page"


def test_a_page_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """What goes wrong in the middle leaves the old page, and nothing beside it."""
    file = tmp_path / "pages" / "gallery.html"
    file.parent.mkdir()
    file.write_text("the old page")

    def pictures() -> Iterator[GalleryPicture]:
        yield GalleryPicture(png(), "first")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_gallery(pictures(), file)
    with pytest.raises(FileNotFoundError):
        write_gallery([GalleryPicture(png(), "first"), GalleryPicture(tmp_path / "none.png", "gone")], file)
    assert [path.name for path in file.parent.iterdir()] == ["gallery.html"]
    assert file.read_text() == "the old page"


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """As the caller named it, before any picture is asked for."""

    def pictures() -> Iterator[GalleryPicture]:
        pytest.fail("asked for")
        yield

    (tmp_path / "folder").mkdir()
    for file, error in (("folder", IsADirectoryError), ("none/gallery.html", FileNotFoundError)):
        with pytest.raises(error) as raised:
            write_gallery(pictures(), tmp_path / file)
        assert raised.value.filename == str(tmp_path / file)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_new_page_can_be_read_by_those_who_can_read_other_files(tmp_path: Path) -> None:
    """Its mode is that of any file that is made."""
    write_gallery([GalleryPicture(png(), "first")], tmp_path / "gallery.html")
    (tmp_path / "other").touch()
    assert (tmp_path / "gallery.html").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_each_picture_is_written_before_the_next_is_asked_for(tmp_path: Path) -> None:
    """So that whoever downloads them needs room for one."""

    def pictures() -> Iterator[GalleryPicture]:
        for number in range(5):
            path = tmp_path / "the one.png"
            path.write_bytes(png(colour=number))
            yield GalleryPicture(path, str(number))
            path.unlink()

    assert write_gallery(pictures(), tmp_path / "gallery.html") == 5
    page = (tmp_path / "gallery.html").read_text()
    assert embedded(page) == [png(colour=number) for number in range(5)]


def test_a_picture_of_several_pieces_is_in_one(tmp_path: Path) -> None:
    """Its Base64 has no seams, whatever its length."""
    pictures = [png() + os.urandom(1_000_000 + more) for more in range(3)]
    write_gallery([GalleryPicture(picture, "large") for picture in pictures], tmp_path / "gallery.html")
    assert embedded((tmp_path / "gallery.html").read_text()) == pictures


def test_many_pictures_take_no_more_memory_than_one(tmp_path: Path) -> None:
    """A page of 100 MB and more is written with a few MB."""
    (tmp_path / "large.png").write_bytes(png() + bytes(40_000_000))
    code = (
        "import sys, tracemalloc, pathlib; from leap.notebook.gallery import *;"
        "folder = pathlib.Path(sys.argv[1]);"
        "pictures = (GalleryPicture(folder / 'large.png', 'large') for _ in range(2));"
        "tracemalloc.start(); write_gallery(pictures, folder / 'gallery.html');"
        "print(tracemalloc.get_traced_memory()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], check=True, capture_output=True, text=True, timeout=60
    )
    assert (tmp_path / "gallery.html").stat().st_size > 100_000_000
    assert int(done.stdout) < 5_000_000


def test_captions_of_others_are_text(tmp_path: Path) -> None:
    """In the page, in the alternative text and in the title of the page."""
    markup = "\"><script>alert(1)</script><img src=x onerror='alert(1)'></title></style>"
    write_gallery([GalleryPicture(png(), markup)], tmp_path / "gallery.html", title=markup)
    page = (tmp_path / "gallery.html").read_text()
    assert "<script>alert" not in page
    assert page.count("<img") == 1
    assert page.count("</title>") == page.count("</style>") == page.count("</script>") == 1
    assert page.count("&lt;script&gt;alert(1)") == 4
