"""`leap.downloads.download`: a picture becomes a file of its own, whole, or there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException
from leap.downloads import MOST_BYTES, DownloadError, download

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def fetch(loopback: Any, leap: Any, tmp_path: Path) -> Callable[..., Path]:
    """Downloads from the loopback server, which answers with the given bytes."""

    def call(*answers: bytes, stem: str = "job-1", path: str = "/picture") -> Path:
        loopback.answer(*answers)
        return download(leap.api_client, loopback.url + path, tmp_path, stem)

    return call


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (PNG, ".png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", ".jpg"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", ".webp"),
        (b"GIF89a\x01\x00\x01\x00", ".gif"),
        (b"\x00\x00\x00\x1cftypavif", ".avif"),
    ],
)
def test_the_suffix_is_that_of_the_content(
    fetch: Callable[..., Path], answer_of: Any, start: bytes, suffix: str
) -> None:
    """Neither the URL nor the Content-Type decides what the file is called."""
    path = fetch(answer_of(start, Content_Type="text/plain"), path="/picture.exe?name=evil.sh")
    assert path.suffix == suffix
    assert path.read_bytes() == start


def test_no_file_is_written_over(fetch: Callable[..., Path], answer_of: Any, tmp_path: Path) -> None:
    """A name that is taken, by anything at all, gets a number."""
    (tmp_path / "job-1.png").write_text("mine")
    (tmp_path / "job-1_2.png").symlink_to("nowhere")
    assert fetch(answer_of(PNG)).name == "job-1_3.png"
    assert (tmp_path / "job-1.png").read_text() == "mine"
    assert len([*tmp_path.iterdir()]) == 3


@pytest.mark.parametrize(
    "stem", ["../../etc/cron.d/job", "/etc/passwd", "a\x00b", "-rf", "", "..", "x" * 500, "é:\n"]
)
def test_no_name_leads_out_of_the_directory(
    fetch: Callable[..., Path], answer_of: Any, tmp_path: Path, stem: str
) -> None:
    """What a server calls its job is a plain name by the time it is one of a file."""
    path = fetch(answer_of(PNG), stem=stem)
    assert [path.name for path in tmp_path.iterdir()] == [path.name]
    assert path.name[0] not in ".-"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"body": "<html>sign in</html>"}, "no picture"),
        ({"body": b""}, "nothing"),
        ({"body": PNG, "status": "403 Forbidden"}, "403 Forbidden"),
        ({"body": PNG, "length": 100}, "broke"),
        ({"body": PNG, "length": MOST_BYTES + 1}, "more than"),
        ({"body": PNG, "Content_Encoding": "gzip"}, "Content-Encoding"),
        ({"status": "302 Found", "Location": "file:///etc/passwd"}, "http or https"),
        ({"status": "302 Found", "Location": "/picture"}, "redirects"),
        ({"status": "302 Found", "Location": "http://["}, "not valid"),
    ],
)
def test_what_is_no_whole_picture_leaves_no_file(
    fetch: Callable[..., Path],
    loopback: Any,
    answer_of: Any,
    tmp_path: Path,
    answer: dict[str, Any],
    said: str,
) -> None:
    """Each fault is a `DownloadError` that names it and not the query of the URL."""

    def send(connection: Any) -> None:
        connection.send(answer_of(**answer))
        if "length" in answer:
            connection.close()

    with pytest.raises(DownloadError, match=said) as caught:
        fetch(send, path="/picture?signature=secret")
    assert "secret" not in str(caught.value)
    assert not [*tmp_path.iterdir()]
    assert len(loopback.requests) <= 6


def test_a_body_without_a_length_is_measured(leap: Any, loopback: Any) -> None:
    """A host that does not say how much it sends cannot send more than the limit."""
    loopback.answer(
        lambda connection: (connection.send(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 300_000), connection.close())
    )
    with pytest.raises(ApiException, match="more than 100000 bytes"):
        list(leap.api_client.fetch(f"{loopback.url}/picture", most_bytes=100_000))


@pytest.mark.parametrize(
    "url", ["", "picture.png", "file:///etc/passwd", "ftp://a/b", "http://", "http://[", "//a/b"]
)
def test_other_addresses_are_not_followed(leap: Any, tmp_path: Path, url: str) -> None:
    """Only http and https are fetched, whatever a job says."""
    with pytest.raises(DownloadError):
        download(leap.api_client, url, tmp_path, "job-1")


def test_https_is_checked(
    leap_at: Callable[..., Any],
    new_loopback: Any,
    tls_for: Any,
    ca_file: Path,
    answer_of: Any,
    tmp_path: Path,
) -> None:
    """The host of a picture has to show a certificate that the configuration trusts."""
    pictures = new_loopback(tls_for("localhost"), host="localhost")
    pictures.answer(answer_of(PNG))
    trusting = leap_at("http://127.0.0.1:1", ssl_ca_cert=str(ca_file))
    assert download(trusting.api_client, f"{pictures.url}/1", tmp_path, "job-1").read_bytes() == PNG
    with pytest.raises(DownloadError, match="secure"):
        download(leap_at("http://127.0.0.1:1").api_client, f"{pictures.url}/1", tmp_path, "job-2")


def test_a_file_has_the_rights_of_any_other(
    fetch: Callable[..., Path], answer_of: Any, tmp_path: Path
) -> None:
    """The umask decides who may read it, as for every file that a user makes."""
    (tmp_path / "other").touch()
    assert fetch(answer_of(PNG)).stat().st_mode == (tmp_path / "other").stat().st_mode
