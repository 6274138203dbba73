"""`Emulator.workspace`: what a test sees of the jobs that it caused, and waits for."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from leap.emulator import Emulator

PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at
SECONDS_TO_WAIT = 20.0


class Gate:
    """A renderer that draws nothing before it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, _request: object, _index: int, /) -> bytes:
        """Draw, once it is open."""
        self.reached.set()
        assert self.opened.wait(SECONDS_TO_WAIT)
        return PNG


@pytest.fixture
def gate() -> Gate:
    """What holds up the jobs of `gated`."""
    return Gate()


@pytest.fixture
def gated(gate: Gate) -> Iterator[Emulator]:
    """An emulator that draws nothing before its gate is opened."""
    with Emulator(speed=float("inf"), renderer=gate) as running:
        try:
            yield running
        finally:
            gate.opened.set()


@pytest.fixture
def webhook() -> Iterator[Any]:
    """A server that answers POSTs with 204, once its `opened` is set; its `url` is where it listens."""
    opened = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            opened.wait(SECONDS_TO_WAIT)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.opened = opened  # type: ignore[attr-defined]
        server.url = f"http://127.0.0.1:{server.server_port}/hook"  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        opened.set()
        server.shutdown()
        thread.join()


def test_gives_the_jobs_as_the_api_does(emulator: Emulator, connect: Any, jobs_path: str) -> None:
    """The jobs are those of a list of the API, of all models and the newest first."""
    workspace = emulator.workspace()
    api = connect(emulator, token=workspace.token)
    for prompt in ("one", "two"):
        api.create(prompt=prompt)
    api.create(jobs_path.replace("a-model", "another"), prompt="three")
    workspace.wait_until_idle()
    assert [job["prompt"] for job in workspace.jobs()] == ["three", "two", "one"]
    assert workspace.jobs()[1:] == api.request("GET", jobs_path).json
    assert type(workspace.jobs()[0]["state"]) is str


def test_the_token_is_a_new_one_and_is_not_shown(emulator: Emulator) -> None:
    """Each workspace without a token has one of its own, which its repr does not tell."""
    tokens = {emulator.workspace().token for _ in range(10)}
    assert len(tokens) == 10
    named = emulator.workspace("a-token")
    assert (named.url, named.token) == (emulator.url, "a-token")
    assert "a-token" not in repr(named)


def test_sees_and_clears_nothing_of_others(emulator: Emulator, connect: Any) -> None:
    """Jobs and fault rules of one token are out of sight and out of reach of another."""
    ours, theirs = emulator.workspace(), emulator.workspace()
    job = connect(emulator, token=theirs.token).create()
    rule = theirs.faults.add(status=503)
    assert (ours.jobs(), list(ours.faults)) == ([], [])
    ours.clear()
    assert [each["id"] for each in theirs.jobs()] == [job["id"]]
    assert list(theirs.faults) == [rule]
    theirs.clear()


def test_faults_hit_only_requests_of_the_workspace(emulator: Emulator, connect: Any, jobs_path: str) -> None:
    """A rule added to a workspace makes its own requests fail, and no other's."""
    workspace = emulator.workspace()
    rule = workspace.faults.add(status=503)
    assert connect(emulator).request("GET", jobs_path).status == 200
    assert connect(emulator, token=workspace.token).request("GET", jobs_path).status == 503
    assert rule.hits == 1
    workspace.clear()
    assert connect(emulator, token=workspace.token).request("GET", jobs_path).status == 200


def test_tells_why_jobs_failed(emulator: Emulator, connect: Any) -> None:
    """The reason of a failure, which the API does not give, stands by the job's id."""
    workspace = emulator.workspace()
    api = connect(emulator, token=workspace.token)
    api.create()
    failing = [api.create(prompt=f"[fail: {reason}]")["id"] for reason in ("no luck", "no paint")]
    workspace.wait_until_idle()
    assert list(workspace.failures().items()) == [(failing[1], "no paint"), (failing[0], "no luck")]


def test_waits_for_jobs_submitted_meanwhile(gated: Emulator, gate: Gate, connect: Any) -> None:
    """A wait ends once all jobs have ended, also those submitted since it began."""
    workspace = gated.workspace()
    api = connect(gated, token=workspace.token)
    api.create()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(workspace.wait_until_idle, SECONDS_TO_WAIT)
        assert gate.reached.wait(SECONDS_TO_WAIT)
        for _ in range(5):
            api.create()
        assert not waiting.done()
        gate.opened.set()
        waiting.result(SECONDS_TO_WAIT)
    assert [job["state"] for job in workspace.jobs()] == ["finished"] * 6


def test_nothing_to_wait_for_is_no_wait(gated: Emulator, connect: Any) -> None:
    """An empty workspace is idle, whatever others do."""
    connect(gated).create()
    gated.workspace().wait_until_idle(0)


def test_a_wait_that_is_too_long_names_the_jobs(gated: Emulator, gate: Gate, connect: Any) -> None:
    """The TimeoutError names each unfinished job with its state and the beginning of its prompt."""
    workspace = gated.workspace()
    api = connect(gated, token=workspace.token)
    job = api.create(prompt="a fox " * 50)
    assert gate.reached.wait(SECONDS_TO_WAIT)
    with pytest.raises(TimeoutError) as caught:
        workspace.wait_until_idle(0)
    assert (
        str(caught.value) == f"not done after 0 seconds: {job['id']} (processing, {'a fox ' * 6 + 'a f…'!r})"
    )
    for _ in range(7):
        api.create()
    with pytest.raises(TimeoutError, match=r"and 3 more$"):
        workspace.wait_until_idle(0.01)


def test_a_deleted_job_is_not_waited_for(gated: Emulator, gate: Gate, connect: Any, jobs_path: str) -> None:
    """A job that is deleted while a wait is on ends the wait."""
    workspace = gated.workspace()
    api = connect(gated, token=workspace.token)
    job = api.create()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(workspace.wait_until_idle, SECONDS_TO_WAIT)
        assert gate.reached.wait(SECONDS_TO_WAIT)
        api.request("DELETE", f"{jobs_path}/{job['id']}")
        waiting.result(SECONDS_TO_WAIT)


def test_waits_for_webhooks_if_asked_to(connect: Any, webhook: Any) -> None:
    """With `webhooks=True` a wait ends only once they were told; without it does not wait for them."""
    with Emulator(speed=float("inf")) as emulator:
        workspace = emulator.workspace()
        job = connect(emulator, token=workspace.token).create(webhookUrl=webhook.url)
        workspace.wait_until_idle(SECONDS_TO_WAIT)
        assert [each.state for each in workspace.deliveries()] == ["pending"]
        with pytest.raises(TimeoutError, match=job["id"]):
            workspace.wait_until_idle(0, webhooks=True)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(workspace.wait_until_idle, SECONDS_TO_WAIT, webhooks=True)
            webhook.opened.set()
            waiting.result(SECONDS_TO_WAIT)
        (delivery,) = workspace.deliveries()
        assert (delivery.job_id, delivery.url, delivery.state) == (job["id"], webhook.url, "delivered")
        assert [attempt.status for attempt in delivery.attempts] == [204]


def test_clear_leaves_nothing(emulator: Emulator, connect: Any, jobs_path: str) -> None:
    """After `clear` there is no job, no picture and no fault rule, and the workspace can be used on."""
    workspace = emulator.workspace()
    api = connect(emulator, token=workspace.token)
    (image,) = api.finished()["images"]
    api.create(prompt="[fail]")
    workspace.faults.add(path="/nowhere", status=500)
    workspace.clear()
    assert (workspace.jobs(), workspace.failures(), list(workspace.faults)) == ([], {}, [])
    assert api.request("GET", image["uri"]).status == 404
    assert api.request("GET", jobs_path).json == []
    assert api.finished()["state"] == "finished"


def test_clear_in_the_middle_of_a_job(gated: Emulator, gate: Gate, connect: Any) -> None:
    """A job that is cleared while it is drawn leaves no picture, and holds nothing up."""
    workspace, other = gated.workspace(), gated.workspace()
    connect(gated, token=workspace.token).create()
    connect(gated, token=other.token).create()
    assert gate.reached.wait(SECONDS_TO_WAIT)
    workspace.clear()
    gate.opened.set()
    other.wait_until_idle(SECONDS_TO_WAIT)
    (job,) = other.jobs()
    assert gated.store.files.names() == {f"pictures/{job['id']}-1.png"}


def test_any_thread_may_use_it(connect: Any) -> None:
    """Workspaces on several threads each get exactly their own jobs."""
    with Emulator(speed=float("inf"), renderer=lambda _request, _index: PNG) as emulator:

        def use(name: str) -> list[str]:
            workspace = emulator.workspace()
            api = connect(emulator, token=workspace.token)
            for number in range(10):
                api.create(prompt=f"{name} {number}")
            workspace.wait_until_idle(SECONDS_TO_WAIT)
            assert {job["state"] for job in workspace.jobs()} == {"finished"}
            prompts = [job["prompt"] for job in workspace.jobs()]
            workspace.clear()
            assert workspace.jobs() == []
            return prompts

        with ThreadPoolExecutor(4) as threads:
            for name, prompts in zip("abcd", threads.map(use, "abcd"), strict=True):
                assert prompts == [f"{name} {number}" for number in reversed(range(10))]


def test_needs_a_running_emulator_and_a_token_that_is_let_in() -> None:
    """There is no workspace without a server, nor one whose token the server would refuse."""
    emulator = Emulator(tokens="a-token")
    with pytest.raises(RuntimeError, match="not running"):
        emulator.workspace("a-token")
    with emulator:
        assert emulator.workspace("a-token").jobs() == []
        for token in (None, "another"):
            with pytest.raises(ValueError, match="let"):
                emulator.workspace(token)
