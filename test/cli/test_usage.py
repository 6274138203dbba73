"""Calls that are wrong, and calls for help: the command says what it takes, and sends nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leap import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["generate"], "PROMPT"),
        (["generate", " "], "PROMPT"),
        (["generate", "a fox", "--width", "7"], "--width: got 7"),
        (["generate", "a fox", "--width", "wide"], "--width"),
        (["generate", "a fox", "--prompt-strength", "nan"], "--prompt-strength: got NaN"),
        (["generate", "a fox", "--model", ".."], "--model: got '..'"),
        (["generate", "a fox", "--host", "ftp://a"], "--host: needs a URL"),
        (["generate", "a fox", "--host", "http://a", "--emulate"], "--host: cannot go with --emulate"),
        (["generate", "a fox", "--out", "file/below"], "--out: "),
    ],
)
def test_a_wrong_call_is_named_and_sends_nothing(
    run: Callable[..., Any], account: dict[str, str], directory: Path, loopback: Any,
    arguments: list[str], named: str,
) -> None:  # fmt: skip
    """Each ends with 2 and a line that names the argument as it is written on the command line."""
    account["LEAP_HOST"] = loopback.url
    (directory / "file").touch()
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.err.splitlines()[0]
    assert ended.err.startswith("leap: ")
    assert not loopback.connections


def test_every_fault_is_named_at_once(run: Callable[..., Any]) -> None:
    """A call with three faults gets three lines, each with its option."""
    ended = run("generate", "a fox", "--emulate", "--width", "7", "-n", "5", "--prompt-strength", "31")
    named = [line.split(":")[1].strip() for line in ended.err.splitlines()[:-1]]
    assert ended.code == 2
    assert named == ["--width", "--number-of-images", "--prompt-strength"]


@pytest.mark.parametrize("missing", ["LEAP_API_KEY", "LEAP_MODEL_ID"])
def test_what_is_missing_from_the_environment_is_named(
    run: Callable[..., Any], account: dict[str, str], missing: str
) -> None:
    """Without a token or a model the line names the variable; an empty one is none."""
    account[missing] = ""
    ended = run("generate", "a fox", "--host", "http://127.0.0.1:1")
    assert ended.code == 2
    assert missing in ended.err.splitlines()[0]


def test_a_wrong_setting_is_named_by_its_variable(run: Callable[..., Any], account: dict[str, str]) -> None:
    """A setting of the environment that cannot be used is one line, and shows no token."""
    account["LEAP_API_KEY"] = "two words"
    ended = run("generate", "a fox")
    assert ended.code == 2
    assert ended.err.startswith("leap: LEAP_API_KEY: ")
    assert "two words" not in ended.err


@pytest.mark.parametrize("option", [True, False])
def test_a_host_is_named_by_where_it_comes_from(
    run: Callable[..., Any], account: dict[str, str], option: bool
) -> None:
    """One that cannot be used is called --host or LEAP_HOST, and what allows it is what a command can set."""
    host = "http://a.example"
    if not option:
        account["LEAP_HOST"] = host
    for command in (["generate", "a fox"], ["config", "show"]):
        ended = run(*command, *(["--host", host] if option else []))
        (line,) = [line for line in ended.err.splitlines() if line.startswith("leap: ")]
        assert ended.code == 2
        assert line.startswith(f"leap: {'--host' if option else 'LEAP_HOST'}: ")
        assert line.endswith("or allow it with LEAP_ALLOW_INSECURE_TRANSPORT=1")


def test_version(run: Callable[..., Any]) -> None:
    """`leap --version` is one line, for people and for scripts."""
    assert run("--version") == (0, f"leap {__version__}\n", "")


def test_help_fits_80_columns(run: Callable[..., Any]) -> None:
    """Every option stands in the help with its name whole, and no line is too long."""
    ended = run("generate", "--help")
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= 80
    options = [
        "--negative-prompt",
        "--width",
        "--height",
        "--number-of-images",
        "--steps",
        "--prompt-strength",
    ]
    for option in [
        *options,
        "--seed",
        "--out",
        "--model",
        "--host",
        "--emulate",
        "LEAP_API_KEY",
        "Exit codes",
    ]:
        assert option in ended.out


def test_without_a_command_it_shows_the_help(run: Callable[..., Any]) -> None:
    """`leap` alone is a wrong call, and is told what there is."""
    ended = run()
    assert (ended.code, ended.err) == (2, "")
    assert "generate" in ended.out


@pytest.mark.parametrize("package", ["typer", "rich", "starlette"])
def test_without_the_extra_it_says_how_to_get_it(run: Callable[..., Any], package: str) -> None:
    """Where only the SDK is installed, one line gives the command to run."""
    start = f"import sys; sys.modules[{package!r}] = None; from leap.cli import main; sys.exit(main())"
    arguments = ["generate", "a fox", "--emulate"] if package == "starlette" else ["--help"]
    ended = run(*arguments, command=[sys.executable, "-c", start])
    assert ended == (2, "", 'leap: the command line needs its extra: pip install "leap-sdk[cli]"\n')


def test_the_library_does_not_import_the_command(environment: dict[str, str], directory: Path) -> None:
    """`import leap` costs nothing of what the command needs."""
    names = {"leap.cli", "leap.downloads", "leap.emulator", "typer", "rich"}
    code = f"import sys, leap; print({names} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
