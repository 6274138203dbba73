"""`leap music`: music of a real emulator, made, listed, shown and downloaded."""

from __future__ import annotations

import json
import wave
from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SHORT = ("--duration", "1")


@pytest.fixture
def emulator(account: dict[str, str]) -> Iterator[Emulator]:
    """An emulator that the processes talk to."""
    with Emulator(speed=float("inf")) as running:
        account["LEAP_HOST"] = running.url
        yield running


@pytest.fixture
def client(emulator: Emulator, account: dict[str, str]) -> Iterator[Any]:
    """The music of the same workspace as the processes see it."""
    with Leap(host=emulator.url, access_token=account["LEAP_API_KEY"]) as leap:
        yield leap.generate_music


@pytest.fixture
def create(client: Any) -> Callable[[str], str]:
    """Submits a prompt, and gives the id of the job."""
    return lambda prompt: str(client.create_audio(prompt=prompt, mode="melody", duration=1).body.id)


@pytest.fixture
def music_in() -> Callable[..., dict[str, Any]]:
    """Makes a music job in a state, with what else it tells."""
    return lambda state, **more: {
        "id": "cf4f8f5a-2a09-4e1d-8ed1-e8f5e7b1a1d4",
        "createdAt": "2023-05-09T13:18:46.085Z",
        "prompt": "rain",
        "state": state,
        **more,
    }


def test_a_prompt_becomes_a_file(run: Callable[..., Any], client: Any, directory: Path) -> None:
    """It is waited for and downloaded, and its path is all of standard output."""
    ended = run("music", "generate", "a walk in the rain", "--duration", "2.5", "--out", "music")
    (job,) = client.find_all_audio().body
    assert (ended.code, ended.out) == (0, f"music/{job.id}.wav\n")
    assert ended.err.splitlines()[-1] == f"job {job.id}: finished"
    with wave.open(str(directory / ended.out.strip())) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(2.5, abs=0.01)


def test_sends_what_the_options_say(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, music_in: Any
) -> None:
    """What is left out is what the service itself takes."""
    account["LEAP_HOST"] = loopback.url
    loopback.answer(answer_of(music_in("failed")))
    run("music", "generate", "rain", "--duration", "12", "--mode", "music")
    run("music", "generate", "rain")
    bodies = [request.json for request in loopback.requests if request.method == "POST"]
    assert bodies == [
        {"prompt": "rain", "mode": "music", "duration": 12},
        {"prompt": "rain", "mode": "melody", "duration": 28},
    ]


def test_several_prompts_are_several_files(run: Callable[..., Any], client: Any, directory: Path) -> None:
    """From arguments or from lines, and one that fails costs no other."""
    assert client
    ended = run("music", "generate", *SHORT, "--json", piped=b"rain\n# not this\n[fail: no] snow\nsun\n")
    records = {record["prompt"]: record for record in map(json.loads, ended.out.splitlines())}
    assert ended.code == 3
    assert records.keys() == {"rain", "[fail: no] snow", "sun"}
    assert records["[fail: no] snow"]["files"] == []
    assert records["[fail: no] snow"]["id"] in records["[fail: no] snow"]["problem"]
    for prompt in ("rain", "sun"):
        (name,) = records[prompt]["files"]
        assert records[prompt]["problem"] is None
        assert (directory / name).read_bytes().startswith(b"RIFF")


def test_no_account_is_needed(run: Callable[..., Any], directory: Path) -> None:
    """With --emulate the music is made in the command."""
    ended = run("music", "generate", "rain", *SHORT, "--emulate")
    assert ended.code == 0
    assert [path.name for path in directory.iterdir()] == ended.out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "PROMPT: is missing"),
        (["rain", "--duration", "31"], "--duration: got 31"),
        (["rain", "--mode", "noise"], "--mode: got 'noise'"),
        (["rain", "--host", "http://a", "--emulate"], "--host: cannot go with --emulate"),
        (["rain", "--parallel", "0"], "--parallel: "),
        (["rain", "--out", "file/below"], "--out: "),
    ],
)
def test_a_wrong_call_is_named_and_sends_nothing(
    run: Callable[..., Any], account: dict[str, str], directory: Path, loopback: Any,
    arguments: list[str], named: str,
) -> None:  # fmt: skip
    """Each ends with 2 and the argument as it is written on the command line."""
    account["LEAP_HOST"] = loopback.url
    (directory / "file").touch()
    ended = run("music", "generate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"leap: {named}")
    assert not loopback.connections


def test_interrupted_says_how_to_get_the_sound(
    start: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, music_in: Any
) -> None:
    """After Ctrl-C the command for it is there, with the directory that it was to go to."""
    account["LEAP_HOST"] = loopback.url
    loopback.answer(answer_of(music_in("queued")), lambda connection: connection.wait())
    process = start("music", "generate", "rain", "--out", "music")
    loopback.wait_for(lambda: len(loopback.requests) == 2)
    process.interrupt()
    ended = process.end()
    job_id = music_in("queued")["id"]
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[-1] == (
        f"leap: interrupted; job {job_id} goes on."
        f" Get its sound with: leap music download {job_id} --out music"
    )


@pytest.mark.parametrize("media_uri", [None, 7, ""])
def test_a_finished_job_without_a_sound_is_said(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, music_in: Any,
    media_uri: object,
) -> None:  # fmt: skip
    """Whatever stands where the sound should be ends with 1 and the way to look at the job."""
    account["LEAP_HOST"] = loopback.url
    loopback.answer(answer_of(music_in("finished", media_uri=media_uri)))
    ended = run("music", "generate", "rain")
    job_id = music_in("finished")["id"]
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == (
        f"leap: job {job_id} finished, but names no sound. Look at it with: leap music show {job_id}"
    )


def test_list_gives_a_line_for_each_job(
    run: Callable[..., Any], client: Any, create: Callable[[str], str]
) -> None:
    """Id, state, time and prompt with tabs between them; --limit and --finished narrow it."""
    good, bad = create("rain\tand sun"), create("[fail: no] snow")
    run("music", "download", good, bad)
    rows = [line.split("\t") for line in run("music", "list").out.splitlines()]
    jobs = client.find_all_audio().body
    assert [row[0] for row in rows] == [job.id for job in jobs] == [bad, good]
    assert [row[1::2] for row in rows] == [["failed", "[fail: no] snow"], ["finished", r"rain\tand sun"]]
    assert run("music", "list", "-n", "1").out.split("\t")[0] == bad
    assert run("music", "list", "--finished").out.split("\t")[0] == good
    assert [json.loads(line) for line in run("music", "list", "--json").out.splitlines()] == [*jobs]


def test_show_says_what_the_service_says(
    run: Callable[..., Any], client: Any, create: Callable[[str], str]
) -> None:
    """A line for each thing, the address of the sound among them; with --json the job as it came."""
    job_id = create("rain")
    run("music", "download", job_id)
    shown = dict(line.split(maxsplit=1) for line in run("music", "show", job_id).out.splitlines())
    job = client.find_one_audio(inference_id=job_id).body
    assert (shown["job"], shown["state"], shown["prompt"]) == (job_id, "finished", "rain")
    assert shown["sound"] == job.media_uri
    assert json.loads(run("music", "show", job_id, "--json").out) == job


def test_download_waits_and_writes_the_files(
    run: Callable[..., Any], create: Callable[[str], str], directory: Path
) -> None:
    """The files of all jobs, each with its path on standard output; again only with --overwrite."""
    ids = [create("rain"), create("sun")]
    ended = run("music", "download", *ids, ids[0], "--out", "music")
    paths = sorted(f"music/{job_id}.wav" for job_id in ids)
    assert (ended.code, sorted(ended.out.splitlines())) == (0, paths)
    (directory / paths[0]).write_text("mine")
    again = run("music", "download", *ids, "--out", "music")
    assert (again.code, again.out) == (1, "")
    assert "--overwrite" in again.err
    assert (directory / paths[0]).read_text() == "mine"
    assert run("music", "download", *ids, "--out", "music", "--overwrite").code == 0
    assert (directory / paths[0]).read_bytes().startswith(b"RIFF")


def test_what_is_not_there_is_named(run: Callable[..., Any], client: Any) -> None:
    """A job that there is not ends with 1; no advice names an option that music does not have."""
    assert client
    for command in ("show", "download"):
        ended = run("music", command, "nobody")
        (line,) = ended.err.splitlines()
        assert (ended.code, ended.out) == (1, "")
        assert "404" in line
        assert "--model" not in line


@pytest.mark.parametrize("command", ["generate", "list", "show", "download"])
def test_no_account_is_named(run: Callable[..., Any], command: str) -> None:
    """Every command names the variable that it lacks."""
    ended = run("music", command, *(["a-word"] if command != "list" else []))
    assert ended.code == 2
    assert "LEAP_API_KEY" in ended.err.splitlines()[0]


def test_music_alone_shows_what_there_is(run: Callable[..., Any]) -> None:
    """`leap music` is a wrong call, and is told the commands."""
    ended = run("music")
    assert (ended.code, ended.err) == (2, "")
    for command in ("generate", "list", "show", "download"):
        assert command in ended.out


def test_on_a_terminal_only_the_path_stays(
    open_terminal: Callable[..., Any], account: dict[str, str], directory: Path
) -> None:
    """The states change in one line, and nothing is shown of what cannot be seen."""
    account["COLORTERM"] = "truecolor"
    with Emulator(speed=40) as emulator:
        account["LEAP_HOST"] = emulator.url
        terminal = open_terminal("music", "generate", "rain", *SHORT)
        ended = terminal.end()
    assert ended.code == 0
    assert "processing  job " in terminal.words
    assert terminal.screen == [path.name for path in directory.iterdir()]
