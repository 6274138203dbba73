"""`leap generate` where nobody knows what became of a job: it is looked for, and what is said is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_job_whose_answer_was_lost_is_found(
    run: Callable[..., Any], account: dict[str, str], directory: Path
) -> None:
    """Where the service has taken a prompt and could not say so, its picture comes all the same, and once."""
    with Emulator(speed=float("inf")) as emulator:
        account["LEAP_HOST"] = emulator.url
        emulator.faults.add(method="POST", reset="after", times=1)
        ended = run("generate", "a fox", "--width", "64", "--height", "64")
        jobs = run("jobs", "list").out.splitlines()
    assert (ended.code, len(jobs)) == (0, 1)
    assert [path.name for path in directory.iterdir()] == ended.out.splitlines()


def test_prompts_that_are_the_same_are_not_taken_for_each_other(
    run: Callable[..., Any], account: dict[str, str]
) -> None:
    """The job of one is never given out as that of the other; the list is for people to look at."""
    with Emulator(speed=float("inf")) as emulator:
        account["LEAP_HOST"] = emulator.url
        emulator.faults.add(method="POST", reset="before", times=1)
        same = ("a fox", "a fox", "--parallel", "1", "--width", "64", "--height", "64")
        ended = run("generate", *same)
    assert (ended.code, len(ended.out.splitlines())) == (1, 1)
    assert "Look for it with: leap jobs list --model a-model" in ended.err
    assert "looked for" not in ended.err


def test_what_was_found_of_a_lost_job_is_said(run: Callable[..., Any], account: dict[str, str]) -> None:
    """Where it is not there, the line says that it was looked for, and with which command to look again."""
    with Emulator(speed=float("inf")) as emulator:
        account["LEAP_HOST"] = emulator.url
        emulator.faults.add(method="POST", reset="before", times=1)
        ended = run("generate", "a fox", "--width", "64", "--height", "64")
    (line,) = ended.err.splitlines()
    assert ended.code == 1
    assert line.endswith(
        "The job was looked for: there is none with these parameters."
        " Look for it with: leap jobs list --model a-model"
    )


def test_a_timeout_with_emulate_does_not_say_that_the_job_goes_on(run: Callable[..., Any]) -> None:
    """The emulator ends with the command, and its jobs with it."""
    ended = run("generate", "a fox", "--width", "64", "--height", "64", "--emulate", "--timeout", "0.05")
    assert (ended.code, ended.out) == (4, "")
    last = ended.err.splitlines()[-1]
    assert last.endswith("; it ended with its emulator.")
    assert "goes on" not in last
