"""Hooks that raise, change what they see, make calls of their own: what that does to a call."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiException, ClientConfigurationError, Leap

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Loopback

    from leap.emulator import Emulator

    Answers = Callable[..., bytes]
    Job = dict[str, Any]

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - that of conftest.py, looked for in what must not show it


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def failed(leap: Leap, **options: Any) -> ApiException:
    """What a find_one that fails raises."""
    with pytest.raises(ApiException) as caught:
        find_one(leap, **options)
    return caught.value


def test_a_hook_cannot_change_what_is_sent(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job, caplog: Any
) -> None:
    """What a hook does to the headers that it sees changes no request, no answer and no later event."""
    loopback.answer(answer_of({}, "503 Service Unavailable", X_From="loopback"), answer_of(job, X_From="it"))

    seen: list[str] = []

    def spoil(event: Any) -> None:
        seen.append(repr(event))
        for name in ("headers", "response_headers"):
            headers = getattr(event, name, None)
            if headers is not None:
                headers["X-Spoilt"] = "yes"
                headers["Authorization"] = headers["User-Agent"] = headers["X-From"] = "spoilt"

    caplog.set_level(logging.CRITICAL)  # that it may not be possible is logged
    response = find_one(leap_at(loopback.url, on_request=spoil, on_response=spoil))
    for request in loopback.requests:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["User-Agent"].startswith("leap-sdk/")
        assert "X-Spoilt" not in request.headers
    assert response.headers["X-From"] == "it"
    assert "X-Spoilt" not in response.headers
    assert len(seen) == 4
    assert not any("spoilt" in each.lower() for each in seen)


@pytest.mark.parametrize("name", ["on_request", "on_response"])
@pytest.mark.parametrize("outcome", ["success", "error", "no answer"])
def test_a_hook_that_raises_changes_nothing(
    leap_at: Callable[..., Leap],
    loopback: Loopback,
    answer_of: Answers,
    job: Job,
    caplog: pytest.LogCaptureFixture,
    name: str,
    outcome: str,
) -> None:
    """The call ends as it would have, its connection is free again, and the log has what went wrong."""
    answers = {
        "success": answer_of(job),
        "error": answer_of({"message": "no such job"}, "404 Not Found"),
        "no answer": lambda connection: connection.reset(),
    }

    def broken(_event: object) -> None:
        raise ZeroDivisionError("this hook is broken")

    loopback.answer(answers[outcome], answer_of(job))
    hooks: dict[str, Any] = {name: broken}
    leap = leap_at(loopback.url, pool_size=1, connect_timeout=0.5, max_retries=0, **hooks)
    if outcome == "success":
        assert find_one(leap).body == job
    else:
        error = failed(leap)
        assert error.status == (404 if outcome == "error" else None)
        assert not isinstance(error.__context__, ZeroDivisionError)
    assert find_one(leap).body == job
    logged = [each for each in caplog.records if each.name == "leap" and each.levelno >= logging.WARNING]
    assert len(logged) == 2
    for record in logged:
        assert "this hook is broken" in caplog.handler.format(record)
        assert TOKEN not in caplog.handler.format(record)


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_what_stops_a_program_is_no_fault_of_a_hook(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job, name: str
) -> None:
    """A KeyboardInterrupt in a hook ends the call, and the connection is free again."""
    loopback.answer(answer_of(job))
    interrupts = [KeyboardInterrupt()]

    def interrupt(_event: object) -> None:
        if interrupts:
            raise interrupts.pop()

    hooks: dict[str, Any] = {name: interrupt}
    leap = leap_at(loopback.url, pool_size=1, connect_timeout=0.5, **hooks)
    with pytest.raises(KeyboardInterrupt):
        find_one(leap)
    assert find_one(leap).body == job


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_a_hook_may_call_the_same_client(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job, name: str
) -> None:
    """A hook that makes a call of its own gets its answer, even where there may be one connection only."""
    loopback.answer(answer_of(job))
    inner: list[Any] = []

    def call_again(event: Any) -> None:
        if event.url.endswith("/i"):
            inner.append(leap.generate_images.find_one(model_id="m", inference_id="other", timeout=2))

    hooks: dict[str, Any] = {name: call_again}
    leap = leap_at(loopback.url, pool_size=1, **hooks)
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(find_one, leap).result(10).body == job
    assert [response.status for response in inner] == [200]
    assert sorted(request.target.rpartition("/")[2] for request in loopback.requests) == ["i", "other"]


def test_a_hook_may_close_the_client(
    leap_at: Callable[..., Leap], loopback: Loopback, answer_of: Answers, job: Job
) -> None:
    """A call whose hook closes the client has its answer all the same."""
    loopback.answer(answer_of(job))
    leap = leap_at(loopback.url, on_response=lambda _event: leap.close())
    assert find_one(leap).body == job


def test_many_threads_are_told_their_own(leap_at: Callable[..., Leap], emulator: Emulator) -> None:
    """Hooks are called on the thread of the call; what they are told is of that call, from first to last."""
    emulator.faults.add(path="/api/**", status=503, skip=10, times=20)
    told: dict[int, list[tuple[str, str, int]]] = {}
    lock = threading.Lock()

    def note(what: str) -> Callable[[Any], None]:
        def hook(event: Any) -> None:
            with lock:
                told.setdefault(threading.get_ident(), []).append((what, event.url, event.attempt))

        return hook

    # More retries than faults: no call fails.
    leap = leap_at(
        emulator.url, pool_size=8, max_retries=20, on_request=note("request"), on_response=note("response")
    )

    def work(_thread: int) -> tuple[int, list[tuple[str, int]]]:
        me = threading.get_ident()
        barrier.wait(10)
        calls = []
        for turn in range(20):
            model = f"model-{me}-{turn}"
            calls.append((model, leap.generate_images.find_all(model_id=model).attempts))
        return me, calls

    barrier = threading.Barrier(8)
    with ThreadPoolExecutor(8) as executor:
        done = dict(executor.map(work, range(8)))
    expected = {
        thread: [
            (what, f"{emulator.url}/api/v1/images/models/{model}/inferences", attempt)
            for model, attempts in calls
            for attempt in range(1, attempts + 1)
            for what in ("request", "response")
        ]
        for thread, calls in done.items()
    }
    assert told == expected
    assert sum(attempts - 1 for calls in done.values() for _model, attempts in calls) == 20


def test_a_hook_that_is_none_is_said_so(leap_at: Callable[..., Leap], loopback: Loopback) -> None:
    """What cannot be called is refused when the client is made."""
    with pytest.raises(ClientConfigurationError, match="on_request"):
        leap_at(loopback.url, on_request="print")
