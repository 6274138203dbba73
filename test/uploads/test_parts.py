"""What a form looks like on the wire: a part for each field and file, with its name and what it is."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap.models import CreateAndTrainModelDto
from leap.uploads.multipart import file_head, file_name_of, text_head

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 and so on"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 and so on"
FILE = 'form-data; name="imageSampleFiles"; filename='


def test_a_form_has_a_part_for_each_text_and_each_file(
    train: Callable[..., Any], picture: Callable[..., Path]
) -> None:
    """Under their wire names and in their order; an array is a part for each item, all of one name."""
    files = [picture("a.png"), picture("b.jpg", JPEG)]
    received = train(name="Füchsin", subject_keyword="@fox", image_sample_files=files)
    assert received == [
        ('form-data; name="name"', None, "Füchsin".encode()),
        ('form-data; name="subjectKeyword"', None, b"@fox"),
        (FILE + '"a.png"', "image/png", PNG),
        (FILE + '"b.jpg"', "image/jpeg", JPEG),
    ]


def test_the_urls_of_pictures_are_texts(train: Callable[..., Any]) -> None:
    """`image_sample_urls` stands beside it: a part for each, and no file."""
    urls = ["https://example.com/1.png", "https://example.com/2.png"]
    assert train(image_sample_urls=urls) == [
        ('form-data; name="imageSampleUrls"', None, url.encode()) for url in urls
    ]


@pytest.mark.parametrize("form", ["mapping", "DTO"])
def test_the_structured_form_sends_the_same(
    train: Callable[..., Any], picture: Callable[..., Path], form: str
) -> None:
    """A body takes files as the flat form does, as a mapping and as a DTO."""
    path = picture()
    body: Any = {"name": "A fox", "imageSampleFiles": [path, ("b", PNG)]}
    given = body if form == "mapping" else CreateAndTrainModelDto(body)
    flat = train(name="A fox", image_sample_files=[path, ("b", PNG)])
    assert train(body=given) == flat


def test_every_kind_of_file_is_taken(train: Callable[..., Any], picture: Callable[..., Path]) -> None:
    """Paths, bytes, open files, and tuples of a name, one of these and a media type."""
    path = picture()
    with path.open("rb") as opened, path.open("rb", buffering=0) as unbuffered:
        files = [
            *(path, str(path), PNG, bytearray(PNG), memoryview(PNG)),
            *(opened, unbuffered, io.BytesIO(PNG)),
            *(("a.png", path), ("b.png", PNG, "image/png"), ("c.png", io.BytesIO(PNG), None)),
        ]
        received = train(image_sample_files=files)
        assert not opened.closed
    assert [part.data for part in received] == [PNG] * len(files)
    names = [part.disposition.removeprefix(FILE).strip('"') for part in received]
    assert names == [
        *("fox.png", "fox.png", "imageSampleFiles-3.png", "imageSampleFiles-4.png", "imageSampleFiles-5.png"),
        *("fox.png", "fox.png", "imageSampleFiles-8.png"),
        *("a.png", "b.png", "c.png"),
    ]


@pytest.mark.parametrize(
    ("data", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
def test_a_file_is_called_what_it_is(train: Callable[..., Any], data: bytes, media_type: str) -> None:
    """Its media type comes from its first bytes, whatever its name says."""
    (part,) = train(image_sample_files=[("fox.txt", data)])
    assert part.content_type == media_type


def test_an_open_file_is_sent_from_where_it_stands(
    train: Callable[..., Any], picture: Callable[..., Path]
) -> None:
    """What has been read of it before is not sent."""
    with picture(data=b"skip" + PNG).open("rb") as file:
        file.seek(4)
        (part,) = train(image_sample_files=[file])
    assert part.data == PNG


@pytest.mark.parametrize("size", [1, 128 * 1024 - 300, 128 * 1024, 128 * 1024 + 1, 3 * 128 * 1024])
def test_files_of_any_size_arrive_as_they_are(
    train: Callable[..., Any], picture: Callable[..., Path], size: int
) -> None:
    """Wherever the pieces of the body end, beside the boundaries of the files or upon them."""
    data = PNG + bytes(range(256)) * (size // 256 + 1)
    received = train(image_sample_files=[picture(data=data), data, io.BytesIO(data)])
    assert [part.data for part in received] == [data] * 3


def test_further_fields_are_texts(train: Callable[..., Any]) -> None:
    """`extra_body` adds parts: numbers as they are written, a list as several, an object as JSON."""
    extra = {"n": Decimal("1.50"), "yes": True, "tags": ["a", "b"], "more": {"k": "ü"}}
    received = train(image_sample_urls=["https://example.com"], extra_body=extra)
    assert [part.data.decode() for part in received[1:]] == ["1.50", "true", "a", "b", '{"k": "ü"}']


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("../../etc/fox.png", "fox.png"),
        ("C:\\pictures\\fox.png", "fox.png"),
        ('fox".png', "fox%22.png"),
        ("fox\r\nX-Evil: 1.png", "fox%0D%0AX-Evil: 1.png"),
        ("fox\0.png", "fox%00.png"),
        ("Füchsin 🦊.png", "Füchsin 🦊.png"),
        ("fox\udcff.png", "fox?.png"),
        ("..", "otherwise"),
        ("pictures/", "otherwise"),
        ("", "otherwise"),
        ("a" * 300 + ".jpeg", "a" * 195 + ".jpeg"),
        ("ü" * 300, "ü" * 100),
    ],
)
def test_a_name_cannot_break_the_header(name: str, sent: str) -> None:
    """It has no folder, no quotation mark and no control character, and is not too long."""
    assert file_name_of(name, "otherwise") == sent


@given(st.text(), st.text())
def test_no_name_ends_a_head_before_its_end(name: str, field: str) -> None:
    """A head has its two or three lines and one pair of quotation marks for each name, whatever the names."""
    field = field.encode(errors="replace").decode()
    head = file_head("b", field, file_name_of(name, "otherwise"), "image/png")
    assert (head.count(b"\r\n"), head.count(b'"')) == (4, 4)
    head = text_head("b", field)
    assert (head.count(b"\r\n"), head.count(b'"')) == (3, 2)
