"""What the tests of uploads share: pictures, and a training that the loopback server takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap import Leap

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"


class ReceivedPart(NamedTuple):
    """A part of a form as it came over the wire."""

    disposition: str
    content_type: str | None
    data: bytes


@pytest.fixture
def model() -> dict[str, Any]:
    """A model as the service sends it."""
    return {
        "id": "26a1a203-3a46-42cb-8cfa-f4de075907d8",
        "name": "A fox",
        "createdAt": "2023-05-09T13:18:46.085Z",
        "subjectKeyword": "@fox",
        "subjectType": "animal",
        "status": "queued",
        "imageSamples": [],
    }


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Makes a file with a picture."""

    def make(name: str = "fox.png", data: bytes = PNG) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


@pytest.fixture
def parts_of() -> Callable[[Any], list[ReceivedPart]]:
    """Takes a received form apart, as RFC 2046 has it and byte by byte."""

    def take_apart(request: Any) -> list[ReceivedPart]:
        found = re.fullmatch(r"multipart/form-data; boundary=([0-9a-f]+)", request.headers["Content-Type"])
        assert found is not None
        mark = b"\r\n--" + found[1].encode()
        preamble, *parts, epilogue = (b"\r\n" + request.body).split(mark)
        assert (preamble, epilogue) == (b"", b"--\r\n")
        received = []
        for part in parts:
            head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            received.append(
                ReceivedPart(fields.pop("Content-Disposition"), fields.pop("Content-Type", None), data)
            )
            assert fields == {}
        return received

    return take_apart


@pytest.fixture
def train(
    leap: Leap, loopback: Any, answer_of: Any, model: Any, parts_of: Callable[[Any], list[ReceivedPart]]
) -> Callable[..., list[ReceivedPart]]:
    """Trains a model with some arguments, and gives the parts that have come."""

    def call(**arguments: Any) -> list[ReceivedPart]:
        loopback.answer(answer_of(model))
        assert leap.train_image_models.train_model(**arguments).body.id == model["id"]
        return parts_of(loopback.requests[-1])

    return call
