"""Downloading what a music job has made: by the same mechanism as pictures, and nothing but a sound."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiValueError, DownloadError, Leap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"


def a_wav() -> bytes:
    """A tenth of a second of silence."""
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    return memory.getvalue()


@pytest.fixture
def fetch_sound(loopback: Any, leap: Leap, tmp_path: Path) -> Callable[..., Path]:
    """Downloads the sound of a job from the loopback server, which answers with the given bytes."""

    def call(*answers: Any, **settings: Any) -> Path:
        loopback.answer(*answers)
        job: Any = {"id": "job", "state": "finished", "media_uri": loopback.url + "/sound"}
        return leap.generate_music.download(job, tmp_path, **settings)

    return call


@pytest.mark.parametrize("content_type", ["audio/wav", "audio/x-wav", "application/octet-stream", ""])
def test_a_sound_becomes_a_file(
    fetch_sound: Callable[..., Path], answer_of: Any, tmp_path: Path, content_type: str
) -> None:
    """Called by the job and by what it is, whatever its host calls that."""
    path = fetch_sound(answer_of(a_wav(), Content_Type=content_type))
    assert path == tmp_path / "job.wav"
    assert path.read_bytes() == a_wav()


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"ID3\x04 and so on, and on", ".mp3"),
        (b"\xff\xfb\x90\x64 and so on, and on", ".mp3"),
        (b"fLaC\x00\x00\x00\x22 and so on", ".flac"),
        (b"OggS\x00\x02 and so on, and on", ".ogg"),
        (b"\x00\x00\x00\x20ftypM4A \x00 and so on", ".m4a"),
        (b"\xff\xf1\x50\x80 and so on, and on", ".aac"),
    ],
)
def test_every_usual_kind_of_sound_is_taken(
    fetch_sound: Callable[..., Path], answer_of: Any, data: bytes, suffix: str
) -> None:
    """What it is comes from its first bytes."""
    assert fetch_sound(answer_of(data)).suffix == suffix


@pytest.mark.parametrize("data", [PNG, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"<!doctype html>", b""])
def test_what_is_no_sound_is_refused(
    fetch_sound: Callable[..., Path], answer_of: Any, tmp_path: Path, data: bytes
) -> None:
    """A picture is none, and neither is a page of somebody's gateway; no file is left of it."""
    with pytest.raises(DownloadError, match="what came is no sound" if data else "nothing came"):
        fetch_sound(answer_of(data))
    assert not [*tmp_path.iterdir()]


def test_a_sound_is_no_picture(leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path) -> None:
    """The other way round it is the same."""
    loopback.answer(answer_of(a_wav()))
    job: Any = {"id": "job", "state": "finished", "images": [{"uri": loopback.url}]}
    with pytest.raises(DownloadError, match="what came is no picture"):
        leap.generate_images.download(job, tmp_path)


def test_it_goes_on_where_it_broke_off(
    fetch_sound: Callable[..., Path], answer_of: Any, loopback: Any
) -> None:
    """As pictures do."""
    data = a_wav()
    half = len(data) // 2

    def break_off(connection: Any) -> None:
        connection.send(answer_of(data[:half], length=len(data), ETag='"1"'))
        connection.close()

    rest = answer_of(
        data[half:],
        "206 Partial Content",
        ETag='"1"',
        Content_Range=f"bytes {half}-{len(data) - 1}/{len(data)}",
    )
    told: list[int] = []
    path = fetch_sound(break_off, rest, on_progress=lambda count, _size: told.append(count))
    assert path.read_bytes() == data
    assert loopback.requests[1].headers["Range"] == f"bytes={half}-"
    assert told[-1] == len(data)


def test_a_job_without_a_sound_is_told(leap: Leap, tmp_path: Path) -> None:
    """One that has not finished names none."""
    job: Any = {"id": "job", "state": "processing"}
    with pytest.raises(ApiValueError, match="it is processing and names no sound"):
        leap.generate_music.download(job, tmp_path)


def test_no_file_is_replaced_unless_asked(
    fetch_sound: Callable[..., Path], answer_of: Any, tmp_path: Path
) -> None:
    """And the name is a template, as that of pictures."""
    (tmp_path / "mine.wav").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        fetch_sound(answer_of(a_wav()), name="mine{ext}")
    path = fetch_sound(answer_of(a_wav()), name="mine{ext}", overwrite=True)
    assert path.read_bytes() == a_wav()
