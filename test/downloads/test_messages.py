"""What a failed download says: enough to act on, and nothing that should stay secret."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from leap import DownloadError, Leap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/picture?signature=s3cr3t",
        "http://127.0.0.1:1/picture#s3cr3t",
        "http://user:s3cr3t@127.0.0.1:1/picture",
        "http://user:s3cr3t@127.0.0.1:99999/picture",
        "http://127.0.0.1:99999/?signature=s3cr3t",
        "http://[?signature=s3cr3t",
        "http://a b/?signature=s3cr3t",
        "ftp://user:s3cr3t@127.0.0.1/picture?signature=s3cr3t",
    ],
)
def test_no_secret_of_a_url_is_told(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path, url: str
) -> None:
    """Neither in the message nor in a traceback, whether the job names it or a host redirects to it."""
    loopback.answer(answer_of(b"", "302 Found", Location=url))
    for given in (url, loopback.url):
        job: Any = {"id": "job", "state": "finished", "images": [{"uri": given}]}
        with pytest.raises(DownloadError) as caught:
            leap.generate_images.download(job, tmp_path)
        assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_what_a_host_says_is_harmless_to_a_terminal(fetch: Callable[..., list[Path]], answer_of: Any) -> None:
    """Control characters are shown as what they are."""
    with pytest.raises(DownloadError, match=r"404 \\x1b\[31mred"):
        fetch(answer_of(b"", "404 \x1b[31mred"))


def test_several_pictures_of_one_host_are_nothing_to_warn_of(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log of a program that downloads side by side stays as it was."""
    together = threading.Barrier(8, timeout=10)

    def send(connection: Any) -> None:
        together.wait()
        connection.send(answer_of(PNG))

    loopback.answer(send)
    job: Any = {
        "id": "job",
        "state": "finished",
        "images": [{"uri": f"{loopback.url}/{n}"} for n in range(8)],
    }
    leap.generate_images.download(job, tmp_path, parallel=8)
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
