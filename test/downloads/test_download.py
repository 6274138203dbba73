"""Downloading the pictures of a job: whole files under their names, or none."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, ApiTimeoutError, ApiValueError, DownloadError, Leap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap.emulator import Emulator

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 and so on"


@pytest.fixture
def finished(emulated: Leap) -> Callable[..., Any]:
    """Makes a finished job with pictures."""

    def make(count: int = 1) -> Any:
        return emulated.generate_images.create_and_wait(
            prompt="a fox", model_id="m", width=64, height=64, number_of_images=count, poll_interval=0.001
        )

    return make


def target_of(loopback: Any, connection: Any) -> str:
    """What was last asked for over a connection, while others may be asking too."""
    targets: list[str] = [each.target for each in loopback.requests if each.connection == connection.number]
    return targets[-1]


def job_at(*urls: str) -> Any:
    """A finished job whose pictures are at some URLs."""
    return {"id": "job", "state": "finished", "images": [{"uri": url} for url in urls]}


def test_every_picture_becomes_a_file(emulated: Leap, finished: Callable[..., Any], tmp_path: Path) -> None:
    """The files come in the order of the pictures, called by the job and their number, in a new directory."""
    job = finished(4)
    paths = emulated.generate_images.download(job, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"{job.id}-{number}.png" for number in (1, 2, 3, 4)]
    assert all(
        path.read_bytes().startswith(b"\x89PNG") and path.read_bytes().endswith(b"IEND\xaeB`\x82")
        for path in paths
    )
    assert len({path.read_bytes() for path in paths}) == 4
    assert len([*(tmp_path / "new" / "folder").iterdir()]) == 4


@pytest.mark.parametrize("form", ["entity", "response", "mapping"])
def test_a_job_comes_in_any_form(
    emulated: Leap, finished: Callable[..., Any], tmp_path: Path, form: str
) -> None:
    """The job, the response that carries it, or the plain JSON of it."""
    job = finished()
    response = emulated.generate_images.find_one(model_id="m", inference_id=job.id)
    given = {"entity": job, "response": response, "mapping": dict(job)}[form]
    assert emulated.generate_images.download(given, str(tmp_path))[0].exists()


def test_files_are_called_as_asked(emulated: Leap, finished: Callable[..., Any], tmp_path: Path) -> None:
    """The template says what the files are called."""
    paths = emulated.generate_images.download(finished(2), tmp_path, "fox-{index:02}{ext}")
    assert [path.name for path in paths] == ["fox-01.png", "fox-02.png"]


def test_no_file_is_replaced_unless_asked(
    fetch: Callable[..., list[Path]], answer_of: Any, tmp_path: Path
) -> None:
    """A file that is there is an error and stays; with overwrite=True it is replaced."""
    there = tmp_path / "fox.png"
    there.write_text("mine")
    with pytest.raises(FileExistsError, match=r"overwrite=True replaces it: .*fox\.png"):
        fetch(answer_of(PNG), name="fox{ext}")
    assert [there.read_text(), *tmp_path.iterdir()] == ["mine", there]
    assert fetch(answer_of(PNG), name="fox{ext}", overwrite=True) == [there]
    assert there.read_bytes() == PNG


def test_a_file_that_appears_meanwhile_is_not_replaced(
    fetch: Callable[..., list[Path]], answer_of: Any, tmp_path: Path
) -> None:
    """Whoever takes the name while the picture comes keeps it."""
    there = tmp_path / "fox.png"

    def appear(*_: object) -> None:
        there.write_text("mine")

    with pytest.raises(FileExistsError):
        fetch(answer_of(PNG), name="fox{ext}", on_progress=appear)
    assert [there.read_text(), *tmp_path.iterdir()] == ["mine", there]


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (PNG, ".png"),
        (JPEG, ".jpg"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", ".webp"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00", ".gif"),
        (b"\x00\x00\x00\x1cftypavif", ".avif"),
    ],
)
def test_the_suffix_is_that_of_the_content(
    fetch: Callable[..., list[Path]], answer_of: Any, start: bytes, suffix: str
) -> None:
    """Neither the URL nor a Content-Type that says nothing decides what the file is called."""
    (path,) = fetch(
        answer_of(start, Content_Type="application/octet-stream"), path="/picture.exe?name=evil.sh"
    )
    assert path.suffix == suffix
    assert path.read_bytes() == start


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"body": "<html>sign in</html>", "Content_Type": "text/html"}, "no picture, sent as text/html"),
        ({"body": b""}, "nothing"),
        ({"body": b"\x89PNG"}, "no picture"),
        ({"body": JPEG, "Content_Type": "image/png"}, "is image/jpeg, but was sent as image/png"),
        ({"body": PNG, "status": "403 Forbidden"}, "403 Forbidden"),
        ({"body": PNG, "length": 100}, "broke"),
        ({"body": PNG, "length": 1001}, "more than 1000 bytes"),
        ({"body": PNG + b"x" * 1000}, "more than 1000 bytes"),
        ({"body": gzip.compress(PNG), "Content_Encoding": "gzip"}, "compressed"),
        ({"status": "302 Found", "Location": "file:///etc/passwd"}, "http or https"),
        ({"status": "302 Found", "Location": "/picture"}, "redirects"),
        ({"status": "302 Found", "Location": "http://["}, "not valid"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_whole_picture_leaves_no_file(
    fetch: Callable[..., list[Path]],
    loopback: Any,
    answer_of: Any,
    tmp_path: Path,
    answer: dict[str, Any],
    said: str,
) -> None:
    """Each fault is a `DownloadError` that names it and not the query of the URL."""

    def send(connection: Any) -> None:
        connection.send(answer_of(**answer))
        connection.close()

    with pytest.raises(DownloadError, match=said) as caught:
        fetch(send, path="/picture?signature=secret", max_bytes=1000)
    assert "secret" not in str(caught.value)
    assert not [*tmp_path.iterdir()]
    assert len(loopback.requests) <= 6


def test_a_body_without_a_length_is_measured(fetch: Callable[..., list[Path]], tmp_path: Path) -> None:
    """A host that does not say how much it sends cannot send more than the limit."""

    def send(connection: Any) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n", PNG, b"x" * 300_000)
        connection.close()

    with pytest.raises(DownloadError, match="more than 100000 bytes"):
        fetch(send, max_bytes=100_000)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "url", ["picture.png", "file:///etc/passwd", "ftp://a/b", "http://", "http://[", "//a/b"]
)
def test_other_addresses_are_not_followed(leap: Leap, tmp_path: Path, url: str) -> None:
    """Only http and https are fetched, whatever a job says."""
    with pytest.raises(DownloadError):
        leap.generate_images.download(job_at(url), tmp_path)


@pytest.mark.parametrize(
    "url", ["http://us:PASSWORD@127.0.0.1:99999/x?sig=SIGNATURE", "http://us:PASSWORD@[/?SIGNATURE"]
)
def test_an_address_that_is_none_shows_no_secret(leap: Leap, tmp_path: Path, url: str) -> None:
    """What stands before the host or behind the path may be a password or a signature."""
    with pytest.raises(DownloadError, match="not valid") as caught:
        leap.generate_images.download(job_at(url), tmp_path)
    assert "PASSWORD" not in str(caught.value)
    assert "SIGNATURE" not in str(caught.value)


def test_a_picture_without_an_address_is_named(leap: Leap, tmp_path: Path) -> None:
    """A job that does not say where a picture is breaks the contract, and the error says which it is."""
    with pytest.raises(DownloadError, match="the job does not say where it is"):
        leap.generate_images.download(job_at(""), tmp_path)


def test_the_token_goes_nowhere(fetch: Callable[..., list[Path]], loopback: Any, answer_of: Any) -> None:
    """Where pictures are is anybody's: no request for one carries the access token."""
    fetch(answer_of(b"", "302 Found", Location="/elsewhere"), answer_of(PNG))
    assert [request.headers["Authorization"] for request in loopback.requests] == [None, None]


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
    job = job_at(f"{pictures.url}/1")
    trusting = leap_at("http://127.0.0.1:1", ssl_ca_cert=str(ca_file))
    assert trusting.generate_images.download(job, tmp_path)[0].read_bytes() == PNG
    with pytest.raises(DownloadError, match="secure"):
        leap_at("http://127.0.0.1:1").generate_images.download(job, tmp_path, overwrite=True)


def test_one_picture_that_fails_does_not_lose_the_others(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path
) -> None:
    """The error says which failed and why, and has the files that are there."""

    def send(connection: Any) -> None:
        gone = loopback.requests[-1].target == "/2"
        connection.send(answer_of(b"", "410 Gone") if gone else answer_of(PNG))

    loopback.answer(send)
    job = job_at(*(f"{loopback.url}/{number}" for number in (1, 2, 3)))
    with pytest.raises(DownloadError, match="picture 2 of 3: 410 Gone") as caught:
        leap.generate_images.download(job, tmp_path, parallel=1)
    assert [path.name for path in caught.value.paths] == ["job-1.png", "job-3.png"]
    assert all(path.read_bytes() == PNG for path in caught.value.paths)
    assert caught.value.status == 410


def test_several_come_at_once(leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path) -> None:
    """No picture waits for another, up to as many as are asked for."""
    together = threading.Barrier(3, timeout=10)

    def send(connection: Any) -> None:
        together.wait()
        connection.send(answer_of(PNG))

    loopback.answer(send)
    job = job_at(*(f"{loopback.url}/{number}" for number in range(3)))
    assert len(leap.generate_images.download(job, tmp_path, parallel=3)) == 3


def test_progress_is_told_in_bytes(leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path) -> None:
    """The bytes of all pictures together, which never go back, and their sum once every size is known."""
    loopback.answer(answer_of(PNG))
    told: list[tuple[int, int | None]] = []
    job = job_at(*(f"{loopback.url}/{number}" for number in range(3)))
    leap.generate_images.download(job, tmp_path, on_progress=lambda count, total: told.append((count, total)))
    assert [count for count, _ in told] == sorted(count for count, _ in told)
    assert told[-1] == (3 * len(PNG), 3 * len(PNG))


def test_a_fault_of_the_callback_ends_all_and_leaves_nothing_half(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path
) -> None:
    """Ctrl-C, or an error of the program's own, comes through at once, though a host keeps others waiting."""

    def send(connection: Any) -> None:
        if target_of(loopback, connection) == "/0":
            loopback.wait_for(lambda: len(loopback.requests) == 2)
            connection.send(answer_of(PNG))
        else:
            connection.send(answer_of(PNG + bytes(100_000), length=200_000))
            connection.wait()

    def interrupt(count: int, _total: int | None) -> None:
        if count > 60_000:
            raise KeyboardInterrupt

    loopback.answer(send)
    job = job_at(f"{loopback.url}/0", f"{loopback.url}/1")
    with pytest.raises(KeyboardInterrupt):
        leap.generate_images.download(job, tmp_path, on_progress=interrupt)
    assert all(path.suffix == ".png" for path in tmp_path.iterdir())


def test_a_host_that_does_not_answer_holds_up_nobody_who_has_had_enough(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path
) -> None:
    """An interrupt does not wait for the answers that are still to come, and no file of theirs is left."""

    def send(connection: Any) -> None:
        if target_of(loopback, connection) == "/0":
            loopback.wait_for(lambda: len(loopback.requests) == 2)
            connection.send(answer_of(PNG))
        else:
            connection.wait()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    loopback.answer(send)
    job = job_at(f"{loopback.url}/0", f"{loopback.url}/1")
    with pytest.raises(KeyboardInterrupt):
        leap.generate_images.download(job, tmp_path, on_progress=interrupt)
    assert not [*tmp_path.iterdir()]


def test_a_job_without_pictures_says_what_to_do(leap: Leap, job: Any, tmp_path: Path) -> None:
    """What is not finished has nothing to download."""
    with pytest.raises(ApiValueError, match=r"it is queued and names no pictures; wait\(…\)"):
        leap.generate_images.download(job, tmp_path)
    with pytest.raises(ApiValueError, match=r"^job: got 'a-job' \(str\), needs the job itself; wait\(…\)"):
        leap.generate_images.download("a-job", tmp_path)
    with pytest.raises(ApiValueError, match=r"^job: it is finished and names no pictures$"):
        leap.generate_images.download({**job, "state": "finished", "status": "finished"}, tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "../{index}"}, "name"),
        ({"max_bytes": 0}, "max_bytes: got 0"),
        ({"parallel": "4"}, "parallel: got '4'"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_before_anything_is_sent(
    leap: Leap, loopback: Any, tmp_path: Path, settings: Any, said: str
) -> None:
    """One error says which argument it is and what is wrong with it."""
    with pytest.raises(ApiValueError, match=said):
        leap.generate_images.download(job_at(loopback.url), tmp_path / "new", **settings)
    assert not loopback.requests
    assert not (tmp_path / "new").exists()


def test_a_file_has_the_rights_of_any_other(
    fetch: Callable[..., list[Path]], answer_of: Any, tmp_path: Path
) -> None:
    """The umask decides who may read it, as for every file that a user makes."""
    (tmp_path / "other").touch()
    assert fetch(answer_of(PNG))[0].stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_directory_that_cannot_be_written_is_an_os_error(
    fetch: Callable[..., list[Path]], leap: Leap, loopback: Any, tmp_path: Path
) -> None:
    """What the system says of a file is not hidden behind an error of the API."""
    del fetch
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        leap.generate_images.download(job_at(loopback.url), tmp_path / "file")
    assert not isinstance(OSError(), ApiException)


def test_an_error_tells_the_time_of_the_whole_download(
    emulated: Leap, emulator: Emulator, finished: Callable[..., Any], tmp_path: Path
) -> None:
    """`time_spent` of a `DownloadError` is what the caller waited for: all pictures with all attempts."""
    job = finished(2)
    emulator.faults.add(path="/images/*", status=404, delay=0.1)
    with pytest.raises(DownloadError) as caught:
        emulated.generate_images.download(job, tmp_path, parallel=1)
    assert caught.value.time_spent is not None
    assert caught.value.time_spent >= 0.2


def test_a_timeout_of_with_options_holds_for_downloads(
    loopback: Any, leap: Leap, answer_of: Any, tmp_path: Path
) -> None:
    """Clients over the same connections fetch with the timeout of each, whichever was the first to fetch."""
    loopback.answer(answer_of(PNG))
    leap.generate_images.download(job_at(f"{loopback.url}/first"), tmp_path)
    loopback.answer(*[lambda connection: connection.wait()] * 10)
    hasty = leap.with_options(timeout=0.1, deadline=20)
    with pytest.raises(DownloadError) as caught:
        hasty.generate_images.download(job_at(f"{loopback.url}/second"), tmp_path)
    assert isinstance(caught.value.__cause__, ApiTimeoutError)
    assert caught.value.time_spent is not None
    assert caught.value.time_spent < 5
