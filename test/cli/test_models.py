"""`leap models`: the models of a real emulator, listed, shown, waited for and deleted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from leap import JobFailedError, Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def emulator(account: dict[str, str]) -> Iterator[Emulator]:
    """An emulator that the processes talk to."""
    with Emulator(speed=float("inf")) as running:
        account["LEAP_HOST"] = running.url
        yield running


@pytest.fixture
def client(emulator: Emulator, account: dict[str, str]) -> Iterator[Any]:
    """The models of the same workspace as the processes see them."""
    with Leap(host=emulator.url, access_token=account["LEAP_API_KEY"]) as leap:
        yield leap.train_image_models


@pytest.fixture
def train(client: Any, directory: Path, pictures: list[str]) -> Callable[..., str]:
    """Trains a model of a name to the end, good or bad, and gives its id."""

    def train(name: str) -> str:
        files = [directory / each for each in pictures]
        model_id = str(client.train_model(name=name, image_sample_files=files).body.id)
        with suppress(JobFailedError):
            client.wait(model_id, poll_interval=0.05)
        return model_id

    return train


def test_list_gives_a_line_for_each_model(
    run: Callable[..., Any], client: Any, train: Callable[..., str]
) -> None:
    """Id, state, time and name with tabs between them; --limit and --finished narrow it."""
    good, _ = train("Our\tfox"), train("[fail: too dark]")
    rows = [line.split("\t") for line in run("models", "list").out.splitlines()]
    models = client.list_all_models().body.models
    assert [row[0] for row in rows] == [model.id for model in models]
    assert {tuple(row[1::2]) for row in rows} == {("finished", r"Our\tfox"), ("failed", "[fail: too dark]")}
    assert len(run("models", "list", "-n", "1").out.splitlines()) == 1
    assert run("models", "list", "--finished").out.split("\t")[0] == good
    assert [json.loads(line) for line in run("models", "list", "--json").out.splitlines()] == [*models]


def test_list_without_a_list_is_said(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any
) -> None:
    """Whatever came instead ends with 1, not with a traceback."""
    assert account
    loopback.answer(answer_of({"models": "many"}))
    ended = run("models", "list", "--host", loopback.url)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == "leap: the answer is JSON, but no list of models"


def test_show_says_what_the_service_says(
    run: Callable[..., Any], client: Any, train: Callable[..., str]
) -> None:
    """A line for each thing, the pictures among them; with --json the model as it came."""
    model_id = train("Our fox")
    shown = dict(line.split(maxsplit=1) for line in run("models", "show", model_id).out.splitlines())
    model = client.get_model(model_id=model_id).body
    assert (shown["model"], shown["name"]) == (model_id, "Our fox")
    assert all(url in run("models", "show", model_id).out for url in model.image_samples)
    assert json.loads(run("models", "show", model_id, "--json").out)["imageSamples"] == [*model.image_samples]


def test_wait_ends_with_the_worst_of_several(run: Callable[..., Any], train: Callable[..., str]) -> None:
    """It prints the ids of those that are trained, says why the others are not, and ends with 3."""
    good, bad = train("Our fox"), train("[fail: too dark]")
    ended = run("models", "wait", good, bad)
    assert (ended.code, ended.out) == (3, f"{good}\n")
    (line,) = [line for line in ended.err.splitlines() if line.startswith("leap: ")]
    assert line.startswith(f"leap: model {bad} failed: ")
    assert line.endswith("Try again, or with other pictures.")


def test_wait_gives_up_with_4(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, model_in: Any
) -> None:
    """After --timeout it says which training goes on and how to wait again."""
    assert account
    loopback.answer(answer_of(model_in("processing")))
    model_id = model_in("processing")["id"]
    ended = run("models", "wait", model_id, "--timeout", "0.3", "--host", loopback.url)
    assert (ended.code, ended.out) == (4, "")
    last = ended.err.splitlines()[-1]
    assert f"leap: model {model_id} is still processing" in last
    assert last.endswith(f"Wait for it again with: leap models wait {model_id} --host {loopback.url}")


def test_delete_prints_what_is_gone_and_says_what_was_not_there(
    run: Callable[..., Any], client: Any, train: Callable[..., str]
) -> None:
    """One id that there is not does not keep the others from going."""
    first, second = train("1"), train("2")
    ended = run("models", "delete", first, "nobody", second)
    assert (ended.code, ended.out.splitlines()) == (1, [first, second])
    (line,) = ended.err.splitlines()
    assert line.startswith("leap: model nobody: 404")
    assert "--model" not in line
    assert client.list_all_models().body.models == ()


@pytest.mark.parametrize("command", ["show", "wait", "delete"])
def test_an_id_that_is_none_is_a_wrong_call(run: Callable[..., Any], client: Any, command: str) -> None:
    """What would be another address is refused by its name on the command line, before anything is sent."""
    assert client
    ended = run("models", command, "..")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leap: ID: got '..', which is no id of a model")


@pytest.mark.parametrize("command", ["train", "list", "show", "wait", "delete"])
def test_no_account_is_named(run: Callable[..., Any], pictures: list[str], command: str) -> None:
    """Every command names the variable that it lacks, and none asks for a model to draw with."""
    arguments = pictures if command == "train" else [] if command == "list" else ["an-id"]
    ended = run("models", command, *arguments)
    assert ended.code == 2
    assert "LEAP_API_KEY" in ended.err.splitlines()[0]


@pytest.mark.parametrize("columns", [80, 60])
def test_the_help_fits_the_terminal(open_terminal: Callable[..., Any], columns: int) -> None:
    """Every command and every option stands there whole, and no line is longer than the terminal is wide."""
    terminal = open_terminal("models", "train", "--help", columns=columns)
    assert terminal.end().code == 0
    assert max(map(len, terminal.words.splitlines())) <= columns
    for option in ("--url", "--name", "--keyword", "--type", "--webhook-url", "--no-wait", "--emulate"):
        assert f" {option} " in terminal.words
