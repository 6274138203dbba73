"""`leap models`: trainings at a real emulator, and at a server that does what it is told."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from leap import JobFailedError, Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = 64_000_000
"""Bytes, more than any socket takes before somebody reads them."""


@pytest.fixture
def pictures(directory: Path) -> list[str]:
    """The names of three small pictures where the processes run."""
    for number, suffix in enumerate(("png", "jpg", "webp")):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(directory / f"fox-{number}.{suffix}")
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def large(directory: Path) -> str:
    """The name of a large file that begins like a picture."""
    with (directory / "large.png").open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(LARGE)
    return "large.png"


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


@pytest.fixture
def model_in() -> Callable[..., dict[str, Any]]:
    """Makes a model whose training is in a state."""
    return lambda state: {
        "id": "8b1b897c-d66d-45a6-b8d7-8e32421d02cf",
        "name": "Our fox",
        "createdAt": "2023-05-09T13:18:46.085Z",
        "subjectKeyword": "@fox",
        "subjectType": "animal",
        "status": state,
        "imageSamples": [],
    }


def test_train_uploads_and_waits_and_prints_the_id(
    run: Callable[..., Any], client: Any, pictures: list[str]
) -> None:
    """What was given is what the model has; each state is a line, and the id is all of standard output."""
    options = ("--name", "Our fox", "--keyword", "@fox", "--type", "animal")
    ended = run("models", "train", *pictures, *options)
    (model,) = client.list_all_models().body.models
    assert (ended.code, ended.out) == (0, f"{model.id}\n")
    assert (model.name, model.subject_keyword, model.subject_type) == ("Our fox", "@fox", "animal")
    assert (model.status, len(model.image_samples)) == ("finished", 3)
    lines = ended.err.splitlines()
    assert lines[0].startswith("uploading ")
    assert lines[-1] == f"model {model.id}: finished"


def test_a_trained_model_draws(run: Callable[..., Any], client: Any, pictures: list[str]) -> None:
    """The id that train prints is one for generate."""
    assert client
    model_id = run("models", "train", *pictures).out.strip()
    assert run("generate", "a fox", "--model", model_id, "--width", "64", "--height", "64").code == 0


def test_train_sends_urls(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, model_in: Any
) -> None:
    """--url is given once for each picture; nothing is said of an upload, which is short."""
    assert account
    loopback.answer(answer_of(model_in("queued")), answer_of(model_in("finished")))
    urls = ("--url", "https://a.example/1.png", "--url", "https://a.example/2.png")
    ended = run("models", "train", *urls, "--webhook-url", "https://b.example/", "--host", loopback.url)
    assert ended.code == 0
    body = loopback.requests[0].body.decode()
    assert body.count('name="imageSampleUrls"') == 2
    assert 'name="webhookUrl"\r\n\r\nhttps://b.example/' in body
    assert "uploading" not in ended.err


def test_train_json_is_one_document(run: Callable[..., Any], client: Any, pictures: list[str]) -> None:
    """The model as the API has it, and what went wrong with it."""
    ended = run("--json", "models", "train", *pictures, "--name", "Our fox")
    record = json.loads(ended.out)
    assert record.pop("problem") is None
    assert record == client.get_model(model_id=record["id"]).body
    failed = run("models", "train", *pictures, "--name", "[fail: too dark]", "--json")
    assert failed.code == 3
    assert json.loads(failed.out)["id"] in json.loads(failed.out)["problem"]


def test_train_need_not_wait(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, model_in: Any,
    pictures: list[str],
) -> None:  # fmt: skip
    """With --no-wait the id is there as soon as the training was submitted, and it is not read."""
    assert account
    loopback.answer(answer_of(model_in("queued")))
    ended = run("models", "train", *pictures, "--no-wait", "--host", loopback.url)
    assert (ended.code, ended.out) == (0, f"{model_in('queued')['id']}\n")
    assert len(loopback.requests) == 1


def test_train_needs_no_account(run: Callable[..., Any], pictures: list[str]) -> None:
    """With --emulate it goes through all of it, in seconds."""
    ended = run("models", "train", *pictures, "--emulate")
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)


def test_pictures_that_cannot_be_used_are_named(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, directory: Path, pictures: list[str]
) -> None:
    """All of them at once, each by its path, and nothing is sent."""
    account["LEAP_HOST"] = loopback.url
    (directory / "diary.png").write_text("Dear diary")
    (directory / "empty.png").touch()
    (directory / "folder").mkdir()
    ended = run("models", "train", *pictures, "diary.png", "empty.png", "folder", "missing.png")
    assert (ended.code, ended.out) == (2, "")
    assert [line.partition(" needs image/")[0] for line in ended.err.splitlines()] == [
        "leap: diary.png: begins with b'Dear diary',",
        "leap: empty.png: is empty",
        "leap: folder: is a folder; needs a file",
        "leap: missing.png: cannot be read: No such file or directory",
        "Add --help to see what it takes.",
    ]
    assert not loopback.connections


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "give either FILEs or --url"),
        (["a.png", "--url", "https://a.example/b.png"], "give either FILEs or --url"),
        (["a.png", "--emulate", "--no-wait"], "--no-wait: cannot go with --emulate"),
        (["a.png", "--emulate", "--host", "http://a"], "--host: cannot go with --emulate"),
        (["a.png", "--timeout", "0"], "--timeout: "),
    ],
)
def test_a_wrong_call_is_named(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, arguments: list[str], named: str
) -> None:
    """Each ends with 2 before anything is sent."""
    account["LEAP_HOST"] = loopback.url
    ended = run("models", "train", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"leap: {named}")
    assert not loopback.connections


def test_an_upload_that_is_interrupted_has_made_nothing(
    start: Callable[..., Any], account: dict[str, str], loopback: Any, large: str
) -> None:
    """Ctrl-C in the middle of it is not followed by a search for a model that cannot be there."""
    assert account
    loopback.greet(lambda connection: connection.wait())
    loopback.answer(b"")
    process = start("models", "train", large, "--host", loopback.url)
    assert process.read_line() == "uploading 64.0 MB\n"
    process.interrupt()
    ended = process.end()
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == "leap: interrupted in the middle of the upload; there is no model\n"


def test_an_answer_that_is_lost_says_how_to_look(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, pictures: list[str]
) -> None:
    """There may be a model all the same, which the list has."""
    assert account
    loopback.answer(answer_of({"message": "no"}, "500 Internal Server Error"))
    ended = run("models", "train", *pictures, "--host", loopback.url)
    assert ended.code == 1
    assert ended.err.endswith(f"Look for it with: leap models list --host {loopback.url}\n")


def test_interrupted_says_how_to_wait_again(
    start: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, model_in: Any,
    pictures: list[str],
) -> None:  # fmt: skip
    """After Ctrl-C the command for it is there, and the training goes on."""
    assert account
    loopback.answer(answer_of(model_in("queued")), lambda connection: connection.wait())
    process = start("models", "train", *pictures, "--host", loopback.url)
    loopback.wait_for(lambda: len(loopback.requests) == 2)
    process.interrupt()
    ended = process.end()
    model_id = model_in("queued")["id"]
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[-1] == (
        f"leap: interrupted; model {model_id} is still being trained."
        f" Wait for it again with: leap models wait {model_id} --host {loopback.url}"
    )


def test_the_upload_and_the_training_are_shown_live(
    open_terminal: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, model_in: Any,
    large: str,
) -> None:  # fmt: skip
    """A bar fills up, another one moves through the states, and in the end only the id stands there."""
    assert account
    seen = {text: threading.Event() for text in ("of 64.0 MB", "queued", "processing")}

    def after(text: str, state: str) -> Callable[[Any], None]:
        def answer(connection: Any) -> None:
            assert seen[text].wait(10)
            connection.send(answer_of(model_in(state)))

        return answer

    loopback.greet(lambda _connection: seen["of 64.0 MB"].wait(10))
    loopback.answer(
        answer_of(model_in("queued")),
        after("queued", "processing"),
        after("processing", "finished"),
    )
    terminal = open_terminal("models", "train", large, "--host", loopback.url)
    for text, event in seen.items():
        terminal.read_until(lambda text=text: text in terminal.words)
        event.set()
    ended = terminal.end()
    assert ended.code == 0
    assert terminal.screen == [model_in("queued")["id"]]
    lines = [line for line in terminal.text.split("\r") if "processing" in line]
    assert lines
    assert not any("━" * 16 in line for line in lines), "the bar of the upload has stayed, and is full"


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
