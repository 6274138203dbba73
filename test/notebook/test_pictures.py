"""The picture of a job as bytes: had in time, without the token, or not at all."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from leap.notebook import png_of
from leap.notebook.pictures import MOST_BYTES, fetch_png

if TYPE_CHECKING:
    from collections.abc import Callable

    Loopback = Connection = Any  # of test/conftest.py, which has no name to import it by

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20_000


def with_pictures(*uris: Any) -> dict[str, Any]:
    """A finished job with pictures at these addresses."""
    return {"id": "j", "state": "finished", "images": [{"uri": uri} for uri in uris]}


def test_the_png_of_a_job_is_read_without_a_token(
    loopback: Loopback, answer_of: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the one of the environment nor any other goes to the host of the picture."""
    monkeypatch.setenv("LEAP_API_KEY", "secret-of-the-environment")
    monkeypatch.setenv("LEAP_HOST", "not a host at all")
    loopback.answer(answer_of(PNG, Content_Type="image/png"))
    assert png_of(with_pictures(loopback.url + "/1.png")) == PNG
    (request,) = loopback.requests
    assert "Authorization" not in request.headers
    assert "secret" not in str(request.headers)


def test_a_job_with_several_pictures_or_none_has_no_png(loopback: Loopback) -> None:
    """Nothing is asked for, then."""
    for job in (with_pictures(), with_pictures(loopback.url, loopback.url), {"images": "x"}, None, 42, []):
        assert png_of(job) is None
    assert loopback.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        {"body": b"\xff\xd8\xff\xe0 a JPEG", "Content_Type": "image/png"},
        {"body": b"", "Content_Type": "image/png"},
        {"body": PNG[:5], "Content_Type": "image/png"},
        {"body": b"gone", "status": "404 Not Found"},
        {"body": PNG, "length": len(PNG) + 1},
        {"body": PNG, "length": MOST_BYTES + 1},
        {"status": "302 Found", "Location": "file:///etc/passwd"},
    ],
)
def test_what_is_no_whole_png_is_none(
    loopback: Loopback, answer_of: Callable[..., bytes], answer: dict[str, Any]
) -> None:
    """Another type, an error, half a picture, too large a one, a redirect to nowhere: nothing is raised."""
    loopback.answer(lambda connection: (connection.send(answer_of(**answer)), connection.close()))
    assert png_of(with_pictures(loopback.url + "/1.png")) is None
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    "uri", ["", None, "file:///etc/passwd", "http://", "http://[", "data:,x", "ftp://x/y"]
)
def test_an_address_that_leads_nowhere_is_none(uri: Any) -> None:
    """Nothing is raised."""
    assert png_of(with_pictures(uri)) is None


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_host_that_drips_does_not_hold_up_the_notebook(loopback: Loopback) -> None:
    """A byte now and then keeps every single read in time; the whole is given up, and its connection too."""

    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", PNG[:100])
        with suppress(OSError):
            while not loopback.released.wait(0.05):
                connection.send(b"x")
            return
        loopback.connections[0].ended_by_client.set()

    loopback.answer(drip)
    started = time.monotonic()
    assert fetch_png(loopback.url + "/1.png", most_seconds=0.5) is None
    assert time.monotonic() - started < 3
    assert loopback.connections[0].ended_by_client.wait(10)
    for thread in threading.enumerate():
        if thread.name == "leap-notebook-picture":
            thread.join(10)
            assert not thread.is_alive()


def test_a_host_that_says_nothing_does_not_hold_up_the_notebook(loopback: Loopback) -> None:
    """The time is that of everything together."""
    loopback.answer(lambda connection: connection.wait())
    started = time.monotonic()
    assert fetch_png(loopback.url + "/1.png", most_seconds=0.3) is None
    assert time.monotonic() - started < 3


def test_a_picture_over_the_limit_is_none(loopback: Loopback, answer_of: Callable[..., bytes]) -> None:
    """To the byte."""
    loopback.answer(answer_of(PNG))
    assert fetch_png(loopback.url, most_bytes=len(PNG)) == PNG
    assert fetch_png(loopback.url, most_bytes=len(PNG) - 1) is None
