"""`leap jobs`: the jobs of a real emulator, listed, shown, waited for, downloaded and deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODEL = "a-model"
SMALL = {"model_id": MODEL, "width": 64, "height": 64}


@pytest.fixture
def emulator(account: dict[str, str]) -> Iterator[Emulator]:
    """An emulator that the processes talk to."""
    with Emulator(speed=float("inf")) as running:
        account["LEAP_HOST"] = running.url
        yield running


@pytest.fixture
def client(emulator: Emulator, account: dict[str, str]) -> Iterator[Any]:
    """The jobs of the same workspace as the processes see them."""
    with Leap(host=emulator.url, access_token=account["LEAP_API_KEY"]) as leap:
        yield leap.generate_images


def test_list_gives_a_line_for_each_job_over_all_pages(run: Callable[..., Any], client: Any) -> None:
    """The newest first, with tabs between id, state, time and prompt, whatever a prompt holds."""
    ids = [client.create(prompt=f"fox {n}\tand\nmore", **SMALL).body.id for n in range(120)]
    ended = run("jobs", "list")
    rows = [line.split("\t") for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert [row[0] for row in rows] == ids[::-1]
    assert rows[-1][3] == r"fox 0\tand\nmore"
    assert {len(row) for row in rows} == {4}


def test_list_can_be_cut_short_and_narrowed(run: Callable[..., Any], client: Any) -> None:
    """--limit gives so many, --finished only those, and a model that has none nothing at all."""
    finished = client.create_and_wait(prompt="a fox", poll_interval=0.05, **SMALL)
    failed = client.create(prompt="[fail: no foxes]", **SMALL).body
    run("jobs", "wait", failed.id)
    assert [line.split("\t")[0] for line in run("jobs", "list", "-n", "1").out.splitlines()] == [failed.id]
    (row,) = run("jobs", "list", "--finished").out.splitlines()
    assert row.split("\t")[:2] == [finished.id, "finished"]
    assert run("jobs", "list", "--model", "another") == (0, "", "")


def test_list_is_read_as_far_as_anybody_reads(
    start: Callable[..., Any], client: Any, loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """A reader that goes away, as `head` does, ends it without a word and without reading the rest."""
    assert client
    page = [{**job_in("queued"), "id": f"{n:036}", "prompt": "x" * 2000} for n in range(100)]
    loopback.answer(answer_of(page), lambda connection: connection.wait())
    process = start("jobs", "list", "--host", loopback.url)
    process.read_line("stdout")
    process.hang_up()
    assert process.wait() == 0


def test_show_says_what_the_service_says(run: Callable[..., Any], client: Any) -> None:
    """A line for each thing, the pictures' addresses among them; with --json the job as it came."""
    job = client.create_and_wait(prompt="a fox", seed=7, poll_interval=0.05, **SMALL)
    shown = dict(line.split(maxsplit=1) for line in run("jobs", "show", job.id).out.splitlines())
    assert (shown["job"], shown["state"], shown["seed"], shown["size"]) == (
        job.id,
        "finished",
        "7",
        "64 by 64",
    )
    assert job.images[0].uri in run("jobs", "show", job.id).out
    assert (
        json.loads(run("jobs", "show", job.id, "--json").out)
        == client.find_one(model_id=MODEL, inference_id=job.id).body
    )


def test_wait_ends_with_the_worst_of_several(run: Callable[..., Any], client: Any) -> None:
    """It prints the ids of those that have finished, says why the others have not, and ends with 3."""
    good, bad = (client.create(prompt=prompt, **SMALL).body.id for prompt in ("a fox", "[fail: no foxes]"))
    ended = run("jobs", "wait", good, bad)
    assert (ended.code, ended.out) == (3, f"{good}\n")
    assert f"leap: job {bad} failed: " in ended.err


def test_wait_gives_up_with_4(run: Callable[..., Any], account: dict[str, str]) -> None:
    """After --timeout it says which job goes on and how to get at its pictures."""
    with (
        Emulator(speed=0.001) as slow,
        Leap(host=slow.url, access_token=account["LEAP_API_KEY"]) as leap,
    ):
        job = leap.generate_images.create(prompt="a fox", **SMALL).body
        url = slow.url
        ended = run("--timeout", "0.3", "--host", url, "jobs", "wait", job.id)
    assert (ended.code, ended.out) == (4, "")
    last = ended.err.splitlines()[-1]
    assert f"leap: job {job.id} is still " in last
    assert f"leap jobs download {job.id} --model {MODEL} --host {url}" in last


def test_download_waits_and_writes_the_files(run: Callable[..., Any], client: Any, directory: Path) -> None:
    """The files of all jobs, each with its path on standard output; again only with --overwrite."""
    ids = [client.create(prompt="a fox", number_of_images=2, **SMALL).body.id for _ in range(2)]
    ended = run("jobs", "download", *ids, ids[0], "--out", "pictures")
    paths = sorted(f"pictures/{job_id}-{index}.png" for job_id in ids for index in (1, 2))
    assert (ended.code, sorted(ended.out.splitlines())) == (0, paths)
    (directory / paths[0]).write_text("mine")
    again = run("jobs", "download", *ids, "--out", "pictures")
    assert (again.code, again.out) == (1, "")
    assert "--overwrite" in again.err
    assert (directory / paths[0]).read_text() == "mine"
    assert run("jobs", "download", *ids, "--out", "pictures", "--overwrite").code == 0
    assert (directory / paths[0]).read_bytes().startswith(b"\x89PNG")


def test_delete_prints_what_is_gone_and_says_what_was_not_there(run: Callable[..., Any], client: Any) -> None:
    """One id that there is not does not keep the others from going."""
    first, second = (client.create(prompt="a fox", **SMALL).body.id for _ in range(2))
    ended = run("jobs", "delete", first, "nobody", second)
    assert (ended.code, ended.out.splitlines()) == (1, [first, second])
    (line,) = ended.err.splitlines()
    assert line.startswith("leap: job nobody: 404")
    assert list(client.iterate(MODEL)) == []


@pytest.mark.parametrize("command", ["show", "wait", "download", "delete"])
def test_an_id_that_is_none_is_a_wrong_call(run: Callable[..., Any], client: Any, command: str) -> None:
    """What would be another address is refused by its name on the command line, before anything is sent."""
    assert client
    ended = run("jobs", command, "..")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leap: ID: got '..'")


@pytest.mark.parametrize("command", ["list", "show", "wait", "download", "delete"])
@pytest.mark.parametrize("missing", ["LEAP_API_KEY", "LEAP_MODEL_ID"])
def test_what_is_missing_is_named(
    run: Callable[..., Any], account: dict[str, str], command: str, missing: str
) -> None:
    """Every command names the variable that it lacks."""
    del account[missing]
    ended = run("jobs", command, *(["an-id"] if command != "list" else []), "--host", "http://127.0.0.1:1")
    assert ended.code == 2
    assert missing in ended.err.splitlines()[0]


def test_jobs_alone_shows_what_there_is(run: Callable[..., Any]) -> None:
    """`leap jobs` is a wrong call, and is told the commands."""
    ended = run("jobs")
    assert (ended.code, ended.err) == (2, "")
    for command in ("list", "show", "wait", "download", "delete"):
        assert command in ended.out


def test_list_says_what_breaks_the_contract_and_goes_on(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """An odd job is a line among the others, and what is odd about it a line on standard error."""
    assert account
    loopback.answer(answer_of([job_in("queued"), {"id": "odd", "state": "drying"}]), answer_of([]))
    ended = run("jobs", "list", "--host", loopback.url)
    assert ended.code == 0
    assert [line.split("\t")[:2] for line in ended.out.splitlines()][1] == ["odd", "drying"]
    (line,) = ended.err.splitlines()
    assert "createdAt" in line


def test_list_fits_a_terminal(
    open_terminal: Callable[..., Any], client: Any, account: dict[str, str]
) -> None:
    """There it is in columns, with the prompt cut to the width in cells."""
    assert account
    client.create(prompt="狐" * 100, **SMALL)
    (line,) = open_terminal("jobs", "list", columns=90).end().out.splitlines()
    assert line.endswith("…")
    assert sum(2 if each == "狐" else 1 for each in line) in (89, 90)


@pytest.mark.parametrize("command", ["show", "wait", "download", "delete"])
@pytest.mark.parametrize("wrong", ["", ".."])
def test_nothing_is_done_if_one_id_is_none(
    run: Callable[..., Any], client: Any, command: str, wrong: str
) -> None:
    """A wrong call is known before anything is sent: no job is gone, and nothing is printed."""
    job = client.create(prompt="a fox", **SMALL).body
    ended = run("jobs", command, job.id, wrong)
    assert (ended.code, ended.out) == (2, "")
    assert f"ID: got {wrong!r}, which is no id" in ended.err
    assert client.find_one(model_id=MODEL, inference_id=job.id).body.id == job.id


def test_an_id_that_is_given_twice_is_one_job(run: Callable[..., Any], client: Any) -> None:
    """What has been deleted already is not missed."""
    job = client.create(prompt="a fox", **SMALL).body
    assert run("jobs", "delete", job.id, job.id) == (0, f"{job.id}\n", "")
