"""Which picture a file is and how large, from its first bytes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from leap.notebook.measuring import Measures, measure

STARTS = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xff\xff\xc0",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"\0\0\0\x1cftypavif\0\0ispe",
    b"",
]


def picture(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (640, 360), **settings: Any) -> bytes:
    """A picture as another library writes it."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **settings)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        pytest.param(picture("PNG"), "image/png", id="PNG"),
        pytest.param(picture("GIF", mode="P"), "image/gif", id="GIF"),
        pytest.param(picture("JPEG"), "image/jpeg", id="JPEG"),
        pytest.param(picture("JPEG", progressive=True), "image/jpeg", id="progressive JPEG"),
        pytest.param(picture("JPEG", icc_profile=b"p" * 200_000), "image/jpeg", id="JPEG with a long head"),
        pytest.param(picture("WEBP"), "image/webp", id="lossy WebP"),
        pytest.param(picture("WEBP", lossless=True), "image/webp", id="lossless WebP"),
        pytest.param(picture("WEBP", icc_profile=b"p" * 100), "image/webp", id="extended WebP"),
    ],
)
def test_a_picture_is_measured(data: bytes, media_type: str) -> None:
    """As another library wrote it, whatever stands before the size."""
    file = io.BytesIO(data)
    assert measure(file) == Measures(media_type, 640, 360)


def test_an_avif_is_measured() -> None:
    """The first `ispe` box tells; not every build of the other library writes this type."""
    data = b"\0\0\0\x1cftypavif\0\0\0\0" + b"\0\0\0\x14ispe\0\0\0\0\0\0\x02\x80\0\0\x01\x68"
    assert measure(io.BytesIO(data)) == Measures("image/avif", 640, 360)


@pytest.mark.parametrize("data", [b"", b"x", b"<svg xmlns='x'/>".ljust(20), b"%PDF-1.7", b"BM" + bytes(60)])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    """Nor is what could hold a script."""
    assert measure(io.BytesIO(data)) is None


def test_half_a_picture_is_a_picture() -> None:
    """Wherever it ends, its type is known, and its size if it got that far."""
    data = picture("JPEG")
    found = {measure(io.BytesIO(data[:length])) for length in range(3, len(data))}
    assert found == {Measures("image/jpeg", 0, 0), Measures("image/jpeg", 640, 360)}


@given(st.sampled_from(STARTS), st.binary(max_size=80))
def test_no_bytes_are_too_odd(start: bytes, rest: bytes) -> None:
    """What is cut short or nonsense has no size, or a wrong one, and no error."""
    measures = measure(io.BytesIO(start + rest))
    assert measures is None or min(measures.width, measures.height) >= 0
