"""Webhooks: who is told of the end of a job, how often, and what is kept of it."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from leap.emulator import Emulator
from leap.emulator.pace import Pace
from leap.emulator.webhooks import ATTEMPTS, LONGEST_ANSWER, what_follows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEADLINE = 20.0


class Call(NamedTuple):
    """A POST as the receiver got it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A webhook of the tests' own: keeps what it is sent, and answers what it was told to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.statuses: list[int] = [200]
        """Answers for the next calls, one each; the last for every call after them."""
        self.answer = b"thanks"
        self.gate = threading.Event()
        """No answer is given before it is set."""
        self.gate.set()
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    receiver.calls.append(Call(self.path, dict(self.headers), body))
                    receiver.changed.notify_all()
                    statuses = receiver.statuses
                    status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
                receiver.gate.wait(DEADLINE)
                self.send_response(status)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.send_header("Location", receiver.url("elsewhere"))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] - the emulator may hang up
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, name: str = "hook") -> str:
        """An address at which it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def wait_for(self, count: int) -> list[Call]:
        """Wait until there are so many calls, and give them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.calls) >= count, DEADLINE)
            return list(self.calls)

    def close(self) -> None:
        """Stop listening."""
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook that listens."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., tuple[tuple[Any, ...], list[Any]]]:
    """Read the only delivery in a stopped emulator's database: its row, and those of its attempts."""

    def read() -> tuple[tuple[Any, ...], list[Any]]:
        with closing(sqlite3.connect(tmp_path / "emulator.db")) as connection:
            (row,) = connection.execute("SELECT state, url, body FROM delivery").fetchall()
            return row, connection.execute("SELECT status, answer FROM attempt ORDER BY rowid").fetchall()

    return read


def _settled(emulator: Emulator) -> bool:
    return not emulator.store.deliveries.pending(1)


@pytest.mark.parametrize("prompt", ["an owl", "an owl [fail]"])
def test_the_end_of_a_job_is_told(
    receiver: Receiver, connect: Any, wait_until: Any, tmp_path: Path, delivery: Any, prompt: str
) -> None:
    """A job that finished or failed is told with one POST of the very JSON that the API gives, and kept."""
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        api = connect(emulator)
        job_id = api.create(prompt=prompt, webhookUrl=receiver.url())["id"]
        (call,) = receiver.wait_for(1)
        assert call.path == "/hook"
        assert call.headers["Content-Type"] == "application/json"
        assert json.loads(call.body) == api.read(job_id)
        assert json.loads(call.body)["state"] == ("failed" if "fail" in prompt else "finished")
        wait_until(lambda: _settled(emulator))
    assert len(receiver.calls) == 1
    (state, url, body), attempts = delivery()
    assert (state, url, body.encode()) == ("delivered", receiver.url(), call.body)
    assert attempts == [(200, "thanks")]


def test_a_job_without_a_webhook_is_told_to_nobody(connect: Any) -> None:
    """Without a webhookUrl nothing is noted or sent."""
    with Emulator(speed=float("inf")) as emulator:
        connect(emulator).finished()
        assert emulator.store.deliveries.newest(10) == []


@pytest.mark.parametrize("status", [500, 404, 302])
def test_attempts_are_bounded(
    receiver: Receiver, connect: Any, wait_until: Any, tmp_path: Path, delivery: Any, status: int
) -> None:
    """A webhook that never answers 2xx is tried five times and then left; redirects are not followed."""
    receiver.statuses = [status]
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        api = connect(emulator)
        api.create(webhookUrl=receiver.url())
        receiver.wait_for(ATTEMPTS)
        wait_until(lambda: _settled(emulator))
    assert [call.path for call in receiver.calls] == ["/hook"] * ATTEMPTS
    (state, *_), attempts = delivery()
    assert state == "abandoned"
    assert attempts == [(status, "thanks")] * ATTEMPTS


def test_attempts_end_with_the_first_that_succeeds(
    receiver: Receiver, connect: Any, wait_until: Any, tmp_path: Path, delivery: Any
) -> None:
    """A webhook that recovers is told once more, and no more after that."""
    receiver.statuses = [503, 503, 204]
    receiver.answer = b""
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        connect(emulator).create(webhookUrl=receiver.url())
        receiver.wait_for(3)
        wait_until(lambda: _settled(emulator))
    assert len(receiver.calls) == 3
    (state, *_), attempts = delivery()
    assert (state, [status for status, _ in attempts]) == ("delivered", [503, 503, 204])


def test_the_pause_doubles_from_one_attempt_to_the_next() -> None:
    """After 1, 2, 4 and 8 of the first pause another attempt follows, and after the fifth none."""
    steps = [what_follows(number, 500, worth_another=True) for number in range(1, ATTEMPTS + 1)]
    assert steps == [("pending", 1), ("pending", 2), ("pending", 4), ("pending", 8), ("abandoned", 0)]


def test_the_next_attempt_waits_for_its_time(
    receiver: Receiver, connect: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an attempt that failed the next is due one pause later, and is not made before."""
    receiver.statuses = [500]
    monkeypatch.setattr(
        Pace, "of_speed", lambda _speed: Pace(queued=0, image=0, music=0, training=0, webhook_pause=1000)
    )
    with Emulator() as emulator:
        begun = time.time()
        job = connect(emulator).finished(webhookUrl=receiver.url())
        read = emulator.store.deliveries.of_job
        (delivery,) = wait_until(lambda: [each for each in read(job["id"]) if each.attempts])
        assert (delivery.state, len(delivery.attempts)) == ("pending", 1)
        assert begun + 1000 <= delivery.due <= time.time() + 1000
        connect(emulator).finished(webhookUrl=receiver.url("other"))
        receiver.wait_for(2)
    assert [call.path for call in receiver.calls] == ["/hook", "/other"]


def test_a_webhook_holds_up_no_job(receiver: Receiver, connect: Any) -> None:
    """While a webhook does not answer, its job is finished, others finish too, and stop does not wait."""
    receiver.gate.clear()
    emulator = Emulator(speed=float("inf"))
    emulator.start()
    api = connect(emulator)
    first = api.create(webhookUrl=receiver.url())["id"]
    receiver.wait_for(1)
    assert api.read(first)["state"] == "finished"
    for _ in range(5):
        api.finished()
    stopping = threading.Thread(target=emulator.stop)
    stopping.start()
    stopping.join(5)  # far less than a webhook may take
    assert not stopping.is_alive()


def test_what_was_not_told_is_told_after_a_restart(
    receiver: Receiver, connect: Any, wait_until: Any, tmp_path: Path
) -> None:
    """A delivery that was under way or waiting when the emulator stopped is made by the next one."""
    receiver.gate.clear()
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        job_id = connect(emulator).create(webhookUrl=receiver.url())["id"]
        receiver.wait_for(1)
    receiver.gate.set()
    with Emulator(data=tmp_path, speed=float("inf")) as emulator:
        calls = receiver.wait_for(2)
        wait_until(lambda: _settled(emulator))
    assert [json.loads(call.body)["id"] for call in calls] == [job_id] * 2


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "nonsense", "http://", "http://127.0.0.1:99999/", "", "file:///etc/passwd"]
)
def test_a_url_that_cannot_be_called_is_left_at_once(connect: Any, wait_until: Any, url: str) -> None:
    """What is no http URL is tried no second time, the reason is kept, and the job is none the worse."""
    with Emulator(speed=float("inf")) as emulator:
        api = connect(emulator)
        job = api.finished(webhookUrl=url)
        wait_until(lambda: _settled(emulator))
        deliveries = emulator.store.deliveries.of_job(job["id"])
        assert len(deliveries) == (1 if url else 0)
        for each in deliveries:
            assert (each.state, len(each.attempts)) == ("abandoned", 1)
            assert each.attempts[0].status is None
            assert each.attempts[0].answer


def test_nobody_listening_is_said(connect: Any, wait_until: Any, receiver: Receiver) -> None:
    """A refused connection is kept as what it is, for every attempt."""
    receiver.close()
    with Emulator(speed=float("inf")) as emulator:
        job = connect(emulator).finished(webhookUrl=receiver.url())
        wait_until(lambda: _settled(emulator))
        (delivery,) = emulator.store.deliveries.of_job(job["id"])
    assert [attempt.status for attempt in delivery.attempts] == [None] * ATTEMPTS
    assert all("ConnectError" in attempt.answer for attempt in delivery.attempts)


def test_a_long_answer_is_cut(connect: Any, wait_until: Any, receiver: Receiver) -> None:
    """Only the beginning of an answer is read and kept, however long it is."""
    receiver.answer = b"x" * 5_000_000
    with Emulator(speed=float("inf")) as emulator:
        job = connect(emulator).finished(webhookUrl=receiver.url())
        wait_until(lambda: _settled(emulator))
        (delivery,) = emulator.store.deliveries.of_job(job["id"])
    assert delivery.attempts[0].answer == "x" * LONGEST_ANSWER


def test_a_deleted_job_takes_its_deliveries_along(
    connect: Any, wait_until: Any, receiver: Receiver, jobs_path: str
) -> None:
    """Deleting a job ends the attempts for it and what was kept of them."""
    receiver.statuses = [500]
    receiver.gate.clear()
    with Emulator(speed=float("inf")) as emulator:
        api = connect(emulator)
        job_id = api.create(webhookUrl=receiver.url())["id"]
        receiver.wait_for(1)
        assert api.request("DELETE", f"{jobs_path}/{job_id}").status == 200
        receiver.gate.set()
        other = api.create(webhookUrl=receiver.url("other"))["id"]
        receiver.wait_for(1 + ATTEMPTS)
        wait_until(lambda: _settled(emulator))
        assert {each.job_id for each in emulator.store.deliveries.newest(10)} == {other}
    assert [call.path for call in receiver.calls] == ["/hook"] + ["/other"] * ATTEMPTS


def test_many_are_told(connect: Any, wait_until: Any, receiver: Receiver) -> None:
    """With more ends than calls at once, each is told exactly once."""
    with Emulator(speed=float("inf")) as emulator:
        api = connect(emulator)
        jobs = [api.create(prompt="[fail]", webhookUrl=receiver.url())["id"] for _ in range(60)]
        receiver.wait_for(60)
        wait_until(lambda: _settled(emulator))
    assert sorted(json.loads(call.body)["id"] for call in receiver.calls) == sorted(jobs)
