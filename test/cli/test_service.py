"""`leap generate` with an account: what is sent, what is shown, and what becomes of a job that goes wrong."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on"


def target_of(connection: Any) -> str:
    """What was asked for last over a connection; pictures are asked for at the same time."""
    return [each.target for each in connection.server.requests if each.connection == connection.number][-1]


def test_sends_what_the_options_say(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """Each option is the field of the contract, and what was not given is not sent."""
    loopback.answer(answer_of(job_in("failed")))
    options = {
        "--negative-prompt": "dogs",
        "--width": "512",
        "--height": "768",
        "--number-of-images": "3",
        "--steps": "20",
        "--prompt-strength": "7.5",
        "--seed": "-5",
        "--model": "another/model",
    }
    run(*at, *(word for pair in options.items() for word in pair))
    run(*at)
    bodies = [request.json for request in loopback.requests if request.method == "POST"]
    assert bodies[0] == {
        "prompt": "a fox",
        "negativePrompt": "dogs",
        "width": 512,
        "height": 768,
        "numberOfImages": 3,
        "steps": 20,
        "promptStrength": 7.5,
        "seed": -5,
    }
    assert "/models/another%2Fmodel/" in loopback.requests[0].target
    assert bodies[1] == {"prompt": "a fox"}
    assert "/models/a-model/" in loopback.requests[-1].target


def test_follows_the_job_to_its_pictures(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any, directory: Path
) -> None:
    """A harmless line for each change of state, whatever the states are; then the file and its path."""
    states = ["queued", "queued", "warming\x1b[2J\nup"]
    jobs = [job_in(state) for state in states] + [job_in("finished", f"{loopback.url}/picture")]
    loopback.answer(*map(answer_of, jobs), answer_of(PNG))
    ended = run(*at)
    job_id = jobs[0]["id"]
    assert ended.code == 0
    assert ended.out == f"{job_id}-1.png\n"
    assert (directory / f"{job_id}-1.png").read_bytes() == PNG
    shown = [line for line in ended.err.splitlines() if line.startswith("job ")]
    assert shown == [f"job {job_id}: {state}" for state in ("queued", r"warming\x1b[2J\nup", "finished")]


def test_the_token_goes_to_the_api_alone(
    run: Callable[..., Any], at: tuple[str, ...], account: dict[str, str],
    loopback: Any, new_loopback: Any, answer_of: Any, job_in: Any,
) -> None:  # fmt: skip
    """The host of the pictures does not get the token, nor does the host that it redirects to."""
    token = account["LEAP_API_KEY"]
    pictures, elsewhere = new_loopback(), new_loopback()
    loopback.answer(answer_of(job_in("finished", f"{pictures.url}/picture")))
    pictures.answer(answer_of(b"", "302 Found", Location=f"{elsewhere.url}/moved"))
    elsewhere.answer(answer_of(PNG))
    ended = run(*at)
    assert ended.code == 0
    assert all(request.headers["Authorization"] == f"Bearer {token}" for request in loopback.requests)
    (first,), (second,) = pictures.requests, elsewhere.requests
    assert token not in f"{first}{first.headers}{second}{second.headers}"


def test_what_a_server_says_is_shown_harmlessly(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, account: dict[str, str]
) -> None:
    """An error that holds the token, control sequences and lines comes out as one plain line without it."""
    said = f"no {account['LEAP_API_KEY']} here\n\x1b[31m\x1b]0;title\x07"
    loopback.answer(answer_of({"statusCode": 400, "message": said}, "400 Bad Request"))
    ended = run(*at)
    (line,) = ended.err.splitlines()
    assert ended.code == 1
    assert "no … here" in line
    assert line.isprintable()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("401 Unauthorized", "LEAP_API_KEY"),
        ("404 Not Found", "--model"),
        ("429 Too Many Requests", "Wait"),
        ("502 Bad Gateway", "later"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    run: Callable[..., Any],
    account: dict[str, str],
    at: tuple[str, ...],
    loopback: Any,
    answer_of: Any,
    status: str,
    advice: str,
) -> None:
    """The status and some advice on standard error, 1, and nothing on standard output."""
    account["LEAP_MAX_RETRIES"] = "0"
    loopback.answer(answer_of({"message": "no"}, status, Location="https://elsewhere.example"))
    ended = run(*at)
    (line,) = ended.err.splitlines()
    assert (ended.code, ended.out) == (1, "")
    assert line.startswith(f"leap: {status}")
    assert advice in line
    # After a 502 there may be a job, which is looked for.
    assert [request.method for request in loopback.requests].count("POST") == 1


def test_a_host_that_is_not_there_is_one_line(run: Callable[..., Any], account: dict[str, str]) -> None:
    """Where nobody listens, the line names the network and the option."""
    assert account
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ended = run("generate", "a fox", "--host", f"http://127.0.0.1:{taken.getsockname()[1]}")
    (line,) = ended.err.splitlines()
    assert ended.code == 1
    assert "--host" in line
    assert "leap jobs list" not in line, "nothing was sent, so there is no job to look for"


@pytest.mark.parametrize(
    ("status", "may_be_there"),
    [("500 Internal Server Error", True), ("504 Gateway Timeout", True), ("400 Bad Request", False)],
)
def test_a_job_that_may_be_there_is_looked_for(
    run: Callable[..., Any],
    at: tuple[str, ...],
    loopback: Any,
    answer_of: Any,
    status: str,
    may_be_there: bool,
) -> None:
    """A server that fails may have taken the job: the line says how to look, before anybody pays twice."""
    loopback.answer(answer_of({"message": "no"}, status))
    ended = run(*at)
    assert ended.code == 1
    assert ("Look for it with: leap jobs list" in ended.err) is may_be_there


def test_a_failed_job_ends_with_3(run: Callable[..., Any], account: dict[str, str]) -> None:
    """What a real emulator fails at is said with the job's id, and has a code of its own."""
    assert account

    def fail(*_: object) -> bytes:
        raise RuntimeError("out of paint")

    with Emulator(renderer=fail) as emulator:
        ended = run("generate", "a fox", "--host", emulator.url)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines()[-1].startswith("leap: job ")
    assert "failed" in ended.err.splitlines()[-1]


def test_a_reading_that_fails_is_tried_again(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """A job that was paid for is not given up for a fault that passes."""
    loopback.answer(
        answer_of(job_in("queued")),
        answer_of({"message": "busy"}, "503 Service Unavailable"),
        answer_of({"message": "slowly"}, "429 Too Many Requests"),
        answer_of(job_in("finished", f"{loopback.url}/picture")),
        answer_of(PNG),
    )
    assert run(*at).code == 0


def test_a_job_that_cannot_be_read_is_named(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """Once there is a job, the command that gets its pictures comes with every error."""
    loopback.answer(answer_of(job_in("queued")), answer_of({"message": "no"}, "403 Forbidden"))
    ended = run(*at)
    assert ended.code == 1
    assert (
        f"leap jobs download {job_in('queued')['id']} --model a-model --host " in ended.err.splitlines()[-1]
    )


def test_an_answer_that_breaks_the_contract_is_a_note(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """Odd answers are noted in one line, not in Python's words, and the picture is had all the same."""
    finished = job_in("finished", f"{loopback.url}/picture")
    loopback.answer(answer_of({**finished, "width": "wide"}), answer_of(finished), answer_of(PNG))
    ended = run(*at)
    assert ended.code == 0
    (note,) = [line for line in ended.err.splitlines() if not line.startswith("job ")]
    assert "width" in note
    assert "ResponseValidationWarning" not in ended.err


@pytest.mark.parametrize("answer", [[], {"id": "\x1b[2J"}])
def test_an_answer_without_a_job_is_said(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, answer: object
) -> None:
    """What is no job at all ends with 1 and the way to look for one, not with a traceback."""
    loopback.answer(answer_of(answer))
    ended = run(*at)
    assert ended.code == 1
    assert "leap jobs list --model a-model" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("images", [None, [None], [{"uri": None}]])
def test_a_finished_job_without_a_picture_is_said(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any, images: object,
    directory: Path,
) -> None:  # fmt: skip
    """Whatever stands where the pictures should be ends with 1 and the job's id, and makes no file."""
    loopback.answer(answer_of({**job_in("finished"), "images": images}))
    ended = run(*at)
    assert (ended.code, ended.out) == (1, "")
    assert job_in("finished")["id"] in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert not [*directory.iterdir()]


def test_one_bad_picture_does_not_cost_the_others(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any, directory: Path
) -> None:
    """What could be downloaded is kept and printed; what could not is said, with 1."""
    gone = answer_of("<html>gone</html>", "404 Not Found")
    loopback.answer(
        answer_of(job_in("queued")),
        answer_of(job_in("finished", f"{loopback.url}/1?signature=secret", f"{loopback.url}/2")),
        lambda connection: connection.send(answer_of(PNG) if target_of(connection) == "/2" else gone),
    )
    ended = run(*at)
    assert ended.code == 1
    assert ended.out.splitlines() == [path.name for path in directory.iterdir()]
    assert "picture 1 of 2: 404 Not Found" in ended.err
    assert "secret" not in ended.err


def test_interrupted_names_the_job(
    start: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """After Ctrl-C the job's id is there to read it later, and the code is 130."""
    loopback.answer(answer_of(job_in("queued")), lambda connection: connection.wait())
    process = start(*at)
    loopback.wait_for(lambda: len(loopback.requests) == 2)
    process.interrupt()
    ended = process.end()
    assert (ended.code, ended.out) == (130, "")
    assert f"leap jobs download {job_in('queued')['id']} --model a-model" in ended.err.splitlines()[-1]


def test_interrupted_before_an_answer_says_so(
    start: Callable[..., Any], at: tuple[str, ...], loopback: Any
) -> None:
    """Where nobody knows whether there is a job, the line says how to look for one."""
    loopback.answer(lambda connection: connection.wait())
    process = start(*at)
    loopback.wait_for(lambda: len(loopback.requests) == 1)
    process.interrupt()
    ended = process.end()
    assert ended.code == 130
    assert "leap jobs list --model a-model" in ended.err


def test_interrupted_download_leaves_nothing_half(
    start: Callable[..., Any],
    at: tuple[str, ...],
    loopback: Any,
    answer_of: Any,
    job_in: Any,
    directory: Path,
    wait_until: Any,
) -> None:
    """A picture is there whole or not at all; the others of its job are kept and printed."""
    whole = f"{job_in('queued')['id']}-1.png"
    half_sent = threading.Event()

    def picture(connection: Any) -> None:
        if target_of(connection) == "/1":
            connection.send(answer_of(PNG))
            return
        connection.send(answer_of(PNG, length=1_000_000))
        half_sent.set()
        connection.wait()

    loopback.answer(
        answer_of(job_in("queued")),
        answer_of(job_in("finished", f"{loopback.url}/1", f"{loopback.url}/2")),
        picture,
    )
    process = start(*at)
    assert half_sent.wait(10)
    wait_until((directory / whole).exists)
    process.interrupt()
    ended = process.end()
    assert ended.code == 130
    assert ended.out.splitlines() == [path.name for path in directory.iterdir()] == [whole]
    assert f"job {job_in('queued')['id']} has finished" in ended.err.splitlines()[-1]
