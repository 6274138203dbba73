"""`leap` on a terminal: live progress where there can be, and no crash where there cannot."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and so on"


def test_the_state_is_shown_live_and_the_path_stays(
    open_terminal: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any,
    directory: Path,
) -> None:  # fmt: skip
    """One line shows each state while it lasts; in the end it is gone, and the path stands there."""
    states = ("queued", "processing")
    seen = {state: threading.Event() for state in (*states, "downloading")}

    def after(state: str, body: object) -> Callable[[Any], None]:
        def answer(connection: Any) -> None:
            assert seen[state].wait(10)
            connection.send(answer_of(body))

        return answer

    finished = job_in("finished", f"{loopback.url}/picture")
    loopback.answer(
        answer_of(job_in("queued")),
        after("queued", job_in("processing")),
        after("processing", finished),
        after("downloading", PNG),
    )
    terminal = open_terminal(*at)
    for state, event in seen.items():
        terminal.read_until(lambda state=state: state in terminal.words)
        event.set()
    ended = terminal.end()
    path = f"{finished['id']}-1.png"
    assert ended.code == 0
    assert "\x1b[2K" in terminal.text  # a line was taken back
    assert terminal.words.rstrip().endswith(path)
    assert (directory / path).read_bytes() == PNG


def test_the_interrupt_key_gives_the_terminal_back(
    open_terminal: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """After Ctrl-C the cursor is shown again, the line with the job's id stands, and the code is 130."""
    loopback.answer(answer_of(job_in("queued")), lambda connection: connection.wait())
    terminal = open_terminal(*at)
    terminal.read_until(lambda: "queued" in terminal.words)
    terminal.press(b"\x03")
    ended = terminal.end()
    assert ended.code == 130
    assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l")
    assert job_in("queued")["id"] in "".join(terminal.words.splitlines()[-3:])


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        pytest.param({"TERM": "dumb"}, 80, id="dumb"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, 80, id="ASCII"),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, 80, id="C locale"),
        pytest.param({}, 12, id="narrow"),
        pytest.param({}, 0, id="without a width"),
        pytest.param({"COLUMNS": "wide", "FORCE_COLOR": "1"}, 80, id="odd variables"),
    ],
)
def test_no_terminal_is_too_poor(
    open_terminal: Callable[..., Any], at: tuple[str, ...], account: dict[str, str], loopback: Any,
    answer_of: Any, job_in: Any, directory: Path, settings: dict[str, str], columns: int,
) -> None:  # fmt: skip
    """The picture is made and its path printed on any terminal, even one that cannot show the path."""
    account |= settings
    loopback.answer(
        answer_of(job_in("queued")), answer_of(job_in("finished", f"{loopback.url}/1")), answer_of(PNG)
    )
    ended = open_terminal(*at, "--out", "füchse", columns=columns).end()
    assert ended.code == 0
    assert "Traceback" not in ended.out
    assert ".png" in ended.out
    (picture,) = (directory / "füchse").iterdir()
    assert os.fsencode(picture.name) in ended.out.encode()


def test_a_dumb_terminal_gets_plain_lines(
    open_terminal: Callable[..., Any], at: tuple[str, ...], account: dict[str, str], loopback: Any,
    answer_of: Any, job_in: Any,
) -> None:  # fmt: skip
    """Without cursor movements there is a line for each state, and no control sequence."""
    account["TERM"] = "dumb"
    loopback.answer(answer_of(job_in("queued")), answer_of(job_in("failed")))
    ended = open_terminal(*at).end()
    assert ended.code == 3
    assert "\x1b" not in ended.out
    assert "queued" in ended.out


@pytest.mark.parametrize("settings", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb", "NO_COLOR": "1"}])
def test_the_help_is_shown_on_any_terminal(
    open_terminal: Callable[..., Any], environment: dict[str, str], settings: dict[str, str]
) -> None:
    """The frames of the help are drawn with what there is, at another width."""
    environment |= settings
    terminal = open_terminal("generate", "--help", columns=24)
    assert terminal.end().code == 0
    assert "Exit codes" in terminal.words


def test_several_jobs_have_a_line_each_and_one_for_all(
    open_terminal: Callable[..., Any], account: dict[str, str], directory: Path
) -> None:
    """The lines change at the same time, beside how many are done; in the end only the paths stand there."""
    with Emulator(speed=30) as emulator:
        account["LEAP_HOST"] = emulator.url
        terminal = open_terminal(
            "generate", *(f"fox {n}" for n in range(5)), "--parallel", "2", "--width", "64", "--height", "64",
            "--no-preview",
        )  # fmt: skip
        ended = terminal.end()
    assert ended.code == 0
    assert "0 of 5 done" in terminal.words
    assert "4 of 5 done" in terminal.words
    for n in range(5):
        assert f"processing  fox {n}" in terminal.words or f"queued  fox {n}" in terminal.words
    assert re.search(r"\x1b\[1A", terminal.text)  # lines are written over
    assert terminal.text.rindex("\x1b[?25h") > terminal.text.rindex("\x1b[?25l")
    names = {path.name for path in directory.iterdir()}
    assert len(names) == 5
    assert sorted(terminal.screen) == sorted(names)


@pytest.mark.parametrize("option", [(), ("--no-preview",), ("--json",)])
def test_the_picture_is_shown_before_its_path(
    open_terminal: Callable[..., Any], environment: dict[str, str], option: tuple[str, ...]
) -> None:
    """A terminal of colours gets it in half-blocks, unless that is not wanted or a program reads along."""
    environment["COLORTERM"] = "truecolor"
    terminal = open_terminal("generate", "a fox", "--emulate", "--width", "64", "--height", "64", *option)
    ended = terminal.end()
    assert ended.code == 0
    assert ("▀" in terminal.text or "▄" in terminal.text) == (option == ())
    assert terminal.words.rstrip().splitlines()[-1].endswith((".png", "}"))


def test_no_picture_is_shown_where_nobody_looks(run: Callable[..., Any], environment: dict[str, str]) -> None:
    """In a pipe there are no control sequences, whatever the terminal around it could do."""
    environment |= {"COLORTERM": "truecolor", "TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}
    ended = run("generate", "a fox", "--emulate", "--width", "64", "--height", "64")
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err


def test_prompts_are_not_read_from_a_keyboard(open_terminal: Callable[..., Any]) -> None:
    """Without a prompt on a terminal it says what it takes, rather than wait for somebody to type."""
    ended = open_terminal("generate", "--emulate").end()
    assert ended.code == 2
    assert "PROMPT: is missing" in ended.out
