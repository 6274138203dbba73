"""How files are sent: piece by piece from where they are, with their progress, and anew for each attempt."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ApiException, Leap, SchemaValidationError, UploadError
from leap.media_types import SIGNATURE_BYTES
from leap.uploads.body import PIECE_BYTES, StoppedError, upload_of
from leap.uploads.form import FilePart, TextPart
from leap.uploads.sources import Source, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from leap.uploads.body import Upload

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"
LARGE = PNG + bytes(3 * PIECE_BYTES)


class OnlyRead:
    """What bytes can be read from once: a pipe, the body of an answer."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def upload(*files: Any, on_progress: Any = None) -> Upload:
    """A form with some files."""
    faults: list[Any] = []
    parts = [FilePart(("files", index), "files", file, ()) for index, file in enumerate(files)]
    made = upload_of((TextPart(("n",), "n", b"1"), *parts), on_progress, faults)
    assert faults == []
    return made


def bytes_of(body: Upload) -> bytes:
    """What one attempt sends."""
    return b"".join(bytes(piece) for piece in body)


def test_the_length_is_known_beforehand(
    train: Callable[..., Any], picture: Callable[..., Path], loopback: Any
) -> None:
    """Content-Length is that of the whole body, whose pieces are not told one by one."""
    train(image_sample_files=[picture(), PNG, io.BytesIO(LARGE)])
    headers = loopback.requests[0].headers
    assert int(headers["Content-Length"]) == len(loopback.requests[0].body)
    assert "Transfer-Encoding" not in headers


def test_a_file_whose_size_is_not_known_is_sent_all_the_same(
    leap: Leap, loopback: Any, answer_of: Any, model: Any
) -> None:
    """In chunks that say how long each is (RFC 9112, section 7.1), and the total is not known."""
    received: list[bytes] = []

    def read_chunks(connection: Any) -> None:
        while length := int(connection._reader.readline(), 16):  # noqa: SLF001 - the server's own side
            received.append(connection._reader.read(length))  # noqa: SLF001
            connection._reader.readline()  # noqa: SLF001
        connection._reader.readline()  # noqa: SLF001
        connection.send(answer_of(model))

    loopback.answer(read_chunks)
    told: list[tuple[int, int | None]] = []
    leap.train_image_models.train_model(
        image_sample_files=[OnlyRead(LARGE)], on_upload_progress=lambda sent, size: told.append((sent, size))
    )
    assert "Content-Length" not in loopback.requests[0].headers
    assert LARGE in b"".join(received)
    assert told[-1] == (len(b"".join(received)), None)


def test_no_piece_is_large_and_no_file_is_open_before_its_turn(picture: Callable[..., Path]) -> None:
    """A body of any size takes one buffer; what was looked at is closed, and so is what has been sent."""
    first, second = picture("a.png", LARGE), picture("b.png", LARGE)
    descriptors = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")

    def how_many_are_open() -> int:
        return len(os.listdir(descriptors))  # noqa: PTH208 - a Path's own would count itself twice

    before = how_many_are_open()
    body = upload(first, second)
    assert how_many_are_open() == before
    for piece in body:
        assert len(piece) <= PIECE_BYTES
        assert how_many_are_open() <= before + 1
    assert how_many_are_open() == before


def test_each_attempt_begins_anew(picture: Callable[..., Path]) -> None:
    """A body that was sent in part, or whole, is sent again from its beginning."""
    with picture(data=b"skip" + LARGE).open("rb") as file:
        file.seek(4)
        body = upload(picture("a.png", LARGE), file, io.BytesIO(LARGE), LARGE, ("n", LARGE))
        for _ in zip(range(5), body, strict=False):
            pass
        assert body.can_be_repeated
        whole = bytes_of(body)
        assert whole.count(LARGE) == 5
        assert bytes_of(body) == whole
        assert len(whole) == body.size


def test_what_can_be_read_once_can_be_sent_once() -> None:
    """Until it is begun it can be tried again, a connection that was not made costs nothing; then no more."""
    body = upload(PNG, OnlyRead(LARGE))
    iter(body)
    assert body.can_be_repeated
    assert LARGE in bytes_of(body)
    assert not body.can_be_repeated
    with pytest.raises(StoppedError):
        bytes_of(body)
    assert isinstance(body.fault, UploadError)


def test_a_file_that_was_looked_at_is_sent_from_its_first_byte_on() -> None:
    """What was read to see what it is comes first, however little room there is left for it."""
    source = source_of(FilePart(("files", 0), "files", OnlyRead(LARGE), ()))
    assert isinstance(source, Source)
    read_into, _close = source.open()
    buffer = memoryview(bytearray(5))
    received = bytearray()
    while count := read_into(buffer):
        received += buffer[:count]
    assert received == LARGE


def test_progress_is_told_to_the_last_byte_and_does_not_go_back(
    train: Callable[..., Any], picture: Callable[..., Path], loopback: Any
) -> None:
    """`on_upload_progress` gets the bytes of the whole body, those of a second attempt once they are more."""
    told: list[tuple[int, int | None]] = []

    def on_progress(sent: int, size: int | None) -> None:
        told.append((sent, size))

    train(image_sample_files=[picture(data=LARGE)], on_upload_progress=on_progress)
    size = len(loopback.requests[0].body)
    assert len(told) >= 4
    assert [each for each, _ in told] == sorted(each for each, _ in told)
    assert {each for _, each in told} == {size}
    assert told[-1] == (size, size)

    told.clear()
    body = upload(LARGE, on_progress=on_progress)
    for _ in zip(range(3), body, strict=False):
        pass
    bytes_of(body)
    assert [each for each, _ in told] == sorted(each for each, _ in told)


@pytest.mark.parametrize("fault", [BrokenPipeError("mine"), ValueError("mine"), KeyboardInterrupt("mine")])
def test_what_the_callback_raises_is_no_fault_of_the_connection(
    leap_at: Callable[..., Leap], loopback: Any, answer_of: Any, model: Any, fault: BaseException
) -> None:
    """It comes out as it is, and the request is not finished; the next call has a connection of its own."""
    leap = leap_at(loopback.url, pool_size=1)

    def on_progress(_sent: int, _size: int | None) -> None:
        raise fault

    loopback.answer(b"")
    with pytest.raises(type(fault)) as caught:
        leap.train_image_models.train_model(image_sample_files=[LARGE], on_upload_progress=on_progress)
    assert caught.value is fault
    loopback.wait_for(lambda: loopback.connections)
    assert loopback.connections[0].ended_by_client.wait(10)
    loopback.answer(answer_of(model))
    assert leap.train_image_models.get_model(model_id=model["id"]).body.id == model["id"]


@pytest.mark.parametrize("change", ["longer", "shorter", "gone"])
def test_a_file_that_changes_ends_the_request(
    leap: Leap, loopback: Any, picture: Callable[..., Path], change: str
) -> None:
    """What was announced is sent or nothing is: no waiting for an answer, and a clear error."""
    first, second = picture("a.png", LARGE), picture("b.png", LARGE)

    def on_progress(sent: int, _size: int | None) -> None:
        if sent <= PIECE_BYTES:
            if change == "gone":
                second.unlink()
            else:
                os.truncate(second, len(LARGE) + (5 if change == "longer" else -5))

    loopback.answer(b"")
    with pytest.raises(UploadError, match=r"^b\.png (has changed while it was sent|can be read no more)"):
        leap.train_image_models.train_model(
            image_sample_files=[first, second], on_upload_progress=on_progress
        )


def test_an_answer_that_comes_early_is_read(
    leap: Leap, loopback: Any, answer_of: Any, picture: Callable[..., Path]
) -> None:
    """A server may refuse what it has not read whole: its words are told, not that the connection broke."""

    def refuse(connection: Any) -> None:
        while connection._reader.readline() != b"\r\n":  # noqa: SLF001 - the server's own side
            pass
        refusal = {"statusCode": 413, "message": "too large"}
        connection.send(answer_of(refusal, "413 Payload Too Large", Connection="close"))
        # What still comes is taken, so that no RST overtakes the answer.
        while connection.socket.recv(65536):
            pass
        connection.close()

    loopback.greet(refuse)
    with pytest.raises(ApiException, match="413 Payload Too Large: too large"):
        leap.train_image_models.train_model(image_sample_files=[picture(data=LARGE * 20)])


def test_a_connection_that_breaks_is_a_connection_error(
    leap: Leap, loopback: Any, picture: Callable[..., Path]
) -> None:
    """As with every other call."""
    loopback.greet(lambda connection: connection.reset())
    with pytest.raises(ApiConnectionError):
        leap.train_image_models.train_model(image_sample_files=[picture(data=LARGE * 20)])


def test_an_upload_stays_in_little_memory(tmp_path: Path, loopback: Any, answer_of: Any, model: Any) -> None:
    """Many large files, sent by a process of its own, make it grow by a small part of one of them."""
    count = int(os.environ.get("LEAP_TEST_UPLOADS", "5"))
    with (tmp_path / "fox.png").open("wb") as file:
        file.write(PNG)
        file.truncate(20_000_000)
    program = """
import sys, tracemalloc
from leap import Leap
host, path, count = sys.argv[1:]
with Leap(host=host, access_token="any") as leap:
    leap.train_image_models.train_model(image_sample_files=[path])
    tracemalloc.start()
    leap.train_image_models.train_model(image_sample_files=[path] * int(count))
    print(tracemalloc.get_traced_memory()[1])
"""

    def take(connection: Any) -> None:
        connection.send(answer_of(model))

    loopback.answer(take)
    done = subprocess.run(
        [sys.executable, "-c", program, loopback.url, str(tmp_path / "fox.png"), str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 2_000_000
    assert len(loopback.requests[-1].body) > count * 20_000_000


def test_a_fault_elsewhere_leaves_no_file_open(
    leap: Leap, picture: Callable[..., Path], recwarn: pytest.WarningsRecorder
) -> None:
    """Looking at files opens and closes them, whatever comes of the call."""
    with pytest.raises(SchemaValidationError):
        leap.train_image_models.train_model(name=5, image_sample_files=[picture()])  # type: ignore[call-overload]
    assert not recwarn.list


class Slow:
    """A file that gives a little at a time, and takes its time."""

    def __init__(self, data: bytes, pause: Callable[[], None]) -> None:
        self._data, self._pause = data, pause

    def read(self, size: int) -> bytes:
        """Give a byte, if there is one."""
        self._pause()
        given, self._data = self._data[: min(1, size)], self._data[min(1, size) :]
        return given


def test_what_comes_slowly_is_sent_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow file does not hold back what has been read: who sends looks at the deadline with each piece."""
    now = 0.0

    def pass_time() -> None:
        nonlocal now
        now += 0.15

    monkeypatch.setattr("leap.uploads.body.monotonic", lambda: now)
    pieces = [bytes(piece) for piece in upload(Slow(PNG, pass_time))]
    assert len(pieces) > (len(PNG) - SIGNATURE_BYTES) / 3
    assert b"".join(pieces).count(PNG) == 1


@pytest.mark.parametrize("given", ["text", None, 7])
def test_what_gives_no_bytes_ends_the_request(given: Any) -> None:
    """A file that gives anything but bytes half way is an error, not the end of the file."""
    odd = OnlyRead(b"")
    pieces = iter([PNG, given])
    odd.read = lambda _size: next(pieces)
    body = upload(odd)
    with pytest.raises(StoppedError):
        list(body)
    assert isinstance(body.fault, UploadError)


def test_a_file_that_became_a_pipe_is_not_waited_for(picture: Callable[..., Path]) -> None:
    """What was a file when it was looked at and is a named pipe when its turn comes ends the request."""
    path = picture()
    body = upload(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(StoppedError):
        list(body)
    assert "a regular file no more" in str(body.fault)
