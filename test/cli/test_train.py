"""`leap models train`: at a real emulator, and at a server that does what it is told."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap import Leap
from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = 64_000_000
"""Bytes, more than any socket takes before somebody reads them."""


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
        ([], "there are no pictures: give FILEs, or --url"),
        (["a.png", "--url", "https://a.example/b.png"], "give FILEs or --url, not both"),
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
