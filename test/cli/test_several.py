"""`leap generate` with many prompts: where they come from, how many at once, and what is said of each."""

from __future__ import annotations

import json
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on"
SMALL = ("--width", "64", "--height", "64")


class Service:
    """Answers each prompt with a job of its own, which is finished when it is read."""

    def __init__(self, loopback: Any, answer_of: Any, job: dict[str, Any]) -> None:
        self._url = loopback.url
        self._answer_of = answer_of
        self._job = job
        self._lock = threading.Lock()
        self._count = 0
        self.together = 0
        """How many jobs there were at the same time at most."""
        self._going: set[str] = set()
        self.prompts: list[str] = []
        self.instead: dict[str, bytes] = {}
        """What is sent instead of a job, by the prompt."""
        self.unanswered = ""
        """The prompt that gets no answer until the test is over."""
        self.kept = threading.Event()
        """Until it is set, no job is finished."""
        self.kept.set()
        loopback.answer(self._answer)

    def _answer(self, connection: Any) -> None:
        (*_, request) = [r for r in connection.server.requests if r.connection == connection.number]
        if request.method == "POST" and request.json["prompt"] == self.unanswered:
            self.prompts.append(self.unanswered)
            connection.wait()
        else:
            connection.send(self._answer_to(request))

    def _answer_to(self, request: Any) -> bytes:
        if request.method == "POST":
            with self._lock:
                prompt = request.json["prompt"]
                self.prompts.append(prompt)
                if prompt in self.instead:
                    return self.instead[prompt]
                self._count += 1
                job_id = f"job-{self._count}"
                self._going.add(job_id)
                self.together = max(self.together, len(self._going))
            return self._answer_of({**self._job, "id": job_id, "prompt": prompt})
        if request.target.startswith("/picture"):
            return self._answer_of(PNG)
        job_id = request.target.rpartition("/")[2]
        state = "finished" if self.kept.is_set() else "processing"
        with self._lock:
            self._going -= {job_id} if state == "finished" else set()
        images = [{"id": "1", "createdAt": self._job["createdAt"], "uri": f"{self._url}/picture/{job_id}"}]
        return self._answer_of({**self._job, "id": job_id, "state": state, "images": images})


@pytest.fixture
def service(loopback: Any, answer_of: Any, job: dict[str, Any], account: dict[str, str]) -> Iterator[Service]:
    """A service that the processes talk to."""
    account["LEAP_HOST"] = loopback.url
    service = Service(loopback, answer_of, job)
    yield service
    service.kept.set()


def test_each_prompt_becomes_files_of_its_own(run: Callable[..., Any], directory: Path) -> None:
    """The paths of all of them come out, and a line says once which job is which prompt."""
    ended = run("generate", "a fox", "a cat", "an owl", "--emulate", *SMALL, "-n", "2")
    assert ended.code == 0
    assert sorted(ended.out.splitlines()) == sorted(path.name for path in directory.iterdir())
    assert len(ended.out.splitlines()) == 6
    for prompt in ("a fox", "a cat", "an owl"):
        assert sum(line.endswith(f"  {prompt}") for line in ended.err.splitlines()) == 1


@pytest.mark.parametrize("source", ["file", "standard input", "-"])
def test_prompts_are_lines(run: Callable[..., Any], service: Service, directory: Path, source: str) -> None:
    """One a line, from a file or a pipe; blank lines and those that begin with # are passed over."""
    text = "\ufeffa fox\r\n\r\n  # not this\n a cat # but this \nan owl\u2028too".encode()
    if source == "file":
        (directory / "prompts.txt").write_bytes(text)
        ended = run("generate", "--from", "prompts.txt", "--parallel", "1")
    else:
        ended = run("generate", *(["--from", "-"] if source == "-" else []), "--parallel", "1", piped=text)
    assert ended.code == 0
    assert service.prompts == ["a fox", "a cat # but this", "an owl\u2028too"]


def test_arguments_come_before_the_lines_of_a_file(
    run: Callable[..., Any], service: Service, directory: Path
) -> None:
    """Both can be given; what is piped is not read where there are prompts."""
    (directory / "prompts.txt").write_text("a cat\n")
    assert run("generate", "a fox", "--from", "prompts.txt", "--parallel", "1", piped=b"an owl\n").code == 0
    assert service.prompts == ["a fox", "a cat"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "--from: cannot read prompts.txt"),
        (b"", "PROMPT: is missing"),
        (b"# only this\n\n", "PROMPT: is missing"),
        (b"a fox\ncaf\xe9\n", "--from: line 2 of prompts.txt is not UTF-8"),
    ],
)
def test_a_file_without_prompts_is_a_wrong_call(
    run: Callable[..., Any], service: Service, directory: Path, content: bytes | None, named: str
) -> None:
    """It is named with the line, and nothing is sent."""
    if content is not None:
        (directory / "prompts.txt").write_bytes(content)
    ended = run("generate", "--from", "prompts.txt")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"leap: {named}")
    assert not service.prompts


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_at_once_than_is_allowed(
    start: Callable[..., Any], service: Service, wait_until: Any, parallel: int
) -> None:
    """So many jobs are under way together, and not one more; the rest follows."""
    service.kept.clear()
    process = start("generate", *map(str, range(7)), "--parallel", str(parallel))
    wait_until(lambda: len(service.prompts) == parallel)
    service.kept.set()
    ended = process.end()
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 7
    assert service.together == parallel


def test_json_is_a_line_for_each_job(run: Callable[..., Any], directory: Path) -> None:
    """The job as the API has it, its files, and what went wrong; nothing else is on standard output."""
    ended = run("--json", "generate", "a fox", "[fail] a cat", "--emulate", *SMALL)
    assert ended.code == 3
    good, bad = sorted(map(json.loads, ended.out.splitlines()), key=lambda each: each["prompt"], reverse=True)
    assert (good["prompt"], good["state"], good["problem"]) == ("a fox", "finished", None)
    assert (directory / good["files"][0]).read_bytes().startswith(b"\x89PNG")
    assert good["images"][0]["uri"].startswith("http")
    assert (bad["prompt"], bad["state"], bad["files"]) == ("[fail] a cat", "failed", [])
    assert bad["id"] in bad["problem"]


def test_one_failure_is_one_line_and_costs_no_other(
    run: Callable[..., Any], service: Service, answer_of: Any
) -> None:
    """What is refused for one prompt is said with the prompt, and the exit code is the worst of all."""
    service.instead["a cat"] = answer_of({"message": "no cats"}, "400 Bad Request")
    ended = run("generate", "a fox", "a cat", "an owl")
    assert ended.code == 1
    assert len(ended.out.splitlines()) == 2
    (line,) = [line for line in ended.err.splitlines() if line.startswith("leap: ")]
    assert line.startswith("leap: a cat: 400 Bad Request")


def test_what_is_refused_to_all_is_asked_once(
    run: Callable[..., Any], service: Service, answer_of: Any
) -> None:
    """A key that is not accepted ends it, and what was not submitted is said."""
    service.instead["1"] = answer_of({"message": "no"}, "401 Unauthorized")
    ended = run("generate", *"123456", "--parallel", "1")
    assert ended.code == 1
    assert service.prompts == ["1"]
    assert ended.err.splitlines()[-1] == "leap: 5 prompts were not submitted, the first of them: 2"


def test_the_timeout_is_for_all_of_them(run: Callable[..., Any], service: Service) -> None:
    """Then the jobs that go on are named with the way to their pictures, and no more are begun."""
    service.kept.clear()
    ended = run("generate", *"1234", "--parallel", "2", "--timeout", "0.5")
    assert (ended.code, ended.out) == (4, "")
    lines = [line for line in ended.err.splitlines() if line.startswith("leap: ")]
    assert sorted(line.partition("with: ")[2] for line in lines[:2]) == [
        f"leap jobs download job-{n} --model a-model" for n in (1, 2)
    ]
    assert lines[2] == "leap: 2 prompts were not submitted, the first of them: 3"
    assert len(service.prompts) == 2


def test_interrupted_names_every_job_that_goes_on(
    start: Callable[..., Any], service: Service, wait_until: Any
) -> None:
    """After Ctrl-C there is a line for each job that is under way, and one for what was not submitted."""
    service.kept.clear()
    process = start("generate", *"12345", "--parallel", "3")
    wait_until(lambda: len(service.prompts) == 3)
    queued = 0
    while queued < 3:
        line = process.read_line()
        assert line, "it has ended"
        queued += ": queued" in line
    process.interrupt()
    ended = process.end()
    assert ended.code == 130
    lines = [line for line in ended.err.splitlines() if line.startswith("leap: ")]
    assert sorted(line.partition("with: ")[2] for line in lines[:3]) == [
        f"leap jobs download job-{n} --model a-model" for n in (1, 2, 3)
    ]
    assert lines[3] == "leap: 2 prompts were not submitted, the first of them: 4"


def test_interrupted_twice_still_names_the_jobs_that_are_known(
    start: Callable[..., Any], service: Service, wait_until: Any
) -> None:
    """Whoever cannot wait for the answers that are still to come has the ids that are there already."""
    service.kept.clear()
    service.unanswered = "3"
    process = start("generate", *"123", "--parallel", "3")
    queued = 0
    while queued < 2:
        line = process.read_line()
        assert line, "it has ended"
        queued += ": queued" in line
    wait_until(lambda: "3" in service.prompts)
    process.interrupt()
    named = ""
    while "job-2" not in named or "job-1" not in named:
        line = process.read_line()
        assert line, "it has ended"
        named += line
    process.interrupt()
    assert process.end().code == 130


def test_a_reader_that_goes_away_costs_no_picture(
    start: Callable[..., Any], service: Service, directory: Path
) -> None:
    """Where nobody reads the paths any more, the pictures that are paid for are downloaded all the same."""
    service.kept.clear()
    process = start("generate", *"123")
    process.read_line()
    process.hang_up()
    service.kept.set()
    assert process.wait() == 0
    assert len([*directory.iterdir()]) == 3


def test_what_is_wrong_with_the_last_prompt_is_said_before_the_first_is_paid_for(
    run: Callable[..., Any], service: Service
) -> None:
    """An empty prompt among others is a wrong call."""
    ended = run("generate", "a fox", " ")
    assert ended.code == 2
    assert not service.prompts


def test_a_real_service_is_asked_for_all(run: Callable[..., Any], account: dict[str, str]) -> None:
    """Forty prompts against an emulator, eight at a time: eighty files, all of them whole."""
    with Emulator(speed=float("inf")) as emulator:
        account["LEAP_HOST"] = emulator.url
        lines = "".join(f"fox number {n}\n" for n in range(40)).encode()
        ended = run("generate", "--parallel", "8", "-n", "2", *SMALL, "--out", "all", piped=lines)
    assert ended.code == 0
    assert len(set(ended.out.splitlines())) == 80


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_standard_output_that_takes_nothing_loses_nothing(run: Callable[..., Any], directory: Path) -> None:
    """Where the paths cannot be written, all jobs are seen to, and standard error has the files."""
    to_full = ["sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-m", "leap.cli"]
    ended = run("generate", "one", "two", "three", "--emulate", *SMALL, command=to_full)
    assert ended.code == 1
    assert all(path.name in ended.err for path in directory.glob("*.png"))
    assert len([*directory.glob("*.png")]) == 3
