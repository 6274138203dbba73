"""The options that every command has, `leap config show`, and what a shell is taught."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leap.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "an-api-key-given-as-an-option"


def test_options_stand_before_the_command_or_after_it(
    run: Callable[..., Any], environment: dict[str, str], loopback: Any, answer_of: Any
) -> None:
    """Either way they are the same; after the command they count more."""
    loopback.answer(answer_of([]))
    environment["LEAP_MODEL_ID"] = "a-model"
    options = ("--host", loopback.url, "--api-key", KEY)
    assert run(*options, "jobs", "list").code == 0
    assert run("jobs", "list", *options).code == 0
    assert run("--host", "http://127.0.0.1:1", "--api-key", "another", "jobs", "list", *options).code == 0
    assert [each.headers["Authorization"] for each in loopback.requests] == [f"Bearer {KEY}"] * 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("jobs", "--json", "list"),
        ("jobs", "list", "--timeout", "5"),
        ("--timeout", "5", "config", "show", "--verbose"),
        ("config", "--json", "show", "--timeout", "5"),
    ],
    ids=" ".join,
)
def test_they_stand_anywhere(
    run: Callable[..., Any],
    account: dict[str, str],
    loopback: Any,
    answer_of: Any,
    arguments: tuple[str, ...],
) -> None:
    """Whoever writes scripts need not know which command makes use of which of them."""
    loopback.answer(answer_of([]))
    account["LEAP_HOST"] = loopback.url
    ended = run(*arguments)
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("key", ["abc7", "7"])
def test_a_short_key_is_shown_nowhere_either(
    run: Callable[..., Any], environment: dict[str, str], loopback: Any, answer_of: Any, key: str
) -> None:
    """A key that could be a part of a word is concealed where a server sends back its header."""
    environment["LEAP_MODEL_ID"] = "a-model"
    loopback.answer(answer_of({"message": f"bad token Bearer {key}"}, "403 Forbidden"))
    refused = run("--api-key", key, "--host", loopback.url, "jobs", "list")
    assert "bad token Bearer …" in refused.err


def test_the_key_is_shown_nowhere(
    run: Callable[..., Any], account: dict[str, str], loopback: Any, answer_of: Any, job: dict[str, Any]
) -> None:
    """Not in what a server sends back, not with --verbose, and not where it is wrong."""
    assert account
    loopback.answer(answer_of({"message": f"bad key {KEY}"}, "403 Forbidden"))
    refused = run("--api-key", KEY, "--host", loopback.url, "-v", "jobs", "list")
    assert refused.code == 1
    assert "bad key …" in refused.err
    loopback.answer(answer_of([{**job, "prompt": KEY}]))
    for arguments in (
        ["jobs", "list"],
        ["jobs", "list", "--json"],
        ["config", "show"],
        ["config", "show", "--json"],
    ):
        ended = run("--api-key", KEY, "--host", loopback.url, *arguments)
        assert ended.code == 0
        assert KEY not in ended.out + ended.err
    wrong = run("jobs", "list", "--api-key", f"{KEY} {KEY}")
    assert wrong.code == 2
    assert wrong.err.startswith("leap: --api-key: ")
    assert KEY not in wrong.err


def test_verbose_is_a_line_for_each_request(run: Callable[..., Any], account: dict[str, str]) -> None:
    """Method, URL, status and time on standard error, those of the pictures among them."""
    with Emulator(speed=float("inf")) as emulator:
        account["LEAP_HOST"] = emulator.url
        ended = run("generate", "a fox", "--width", "64", "--height", "64", "--verbose")
        wrong = run("--verbose", "jobs", "show", "nobody")
    jobs = f"{emulator_url(ended.err)}/api/v1/images/models/a-model/inferences"
    requests = [line for line in ended.err.splitlines() if line.endswith(" ms")]
    assert re.fullmatch(rf"POST {jobs} 200 \d+ ms", requests[0])
    assert re.fullmatch(rf"GET {jobs}/[\w-]+ 200 \d+ ms", requests[1])
    assert re.fullmatch(r"GET http://[\d.:]+/images/[\w-]+\.png 200 \d+ ms", requests[-1])
    assert len(ended.out.splitlines()) == 1
    assert re.fullmatch(rf"GET {jobs}/nobody 404 \d+ ms", wrong.err.splitlines()[0])


def emulator_url(lines: str) -> str:
    """Where the emulator was, by the first request."""
    match = re.search(r"http://[\d.:]+", lines)
    assert match
    return match[0]


def test_verbose_shows_no_secret_of_an_address(
    run: Callable[..., Any], at: tuple[str, ...], loopback: Any, answer_of: Any, job_in: Any
) -> None:
    """The query of a signed URL is left out, and a request that got no answer is shown too."""
    loopback.answer(
        answer_of(job_in("queued")),
        answer_of(job_in("finished", f"{loopback.url}/1?signature=secret")),
        lambda connection: connection.close(),
    )
    ended = run(*at, "-v", "--timeout", "5")
    assert ended.code == 1
    assert f"GET {loopback.url}/1 " in ended.err
    assert "secret" not in ended.err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_that_is_none_is_a_wrong_call(run: Callable[..., Any], seconds: str) -> None:
    """It is named, before or after the command, and nothing is sent."""
    for arguments in (
        ["--timeout", seconds, "generate", "a fox"],
        ["generate", "a fox", "--timeout", seconds],
    ):
        ended = run(*arguments, "--emulate")
        assert ended.code == 2
        assert "--timeout" in ended.err.splitlines()[0]


def test_emulate_takes_no_options_of_a_client(run: Callable[..., Any]) -> None:
    """--host before the command is where a server is, and not where one is to be."""
    ended = run("--host", "http://127.0.0.1:1", "emulate", "--port", "0")
    assert ended.code == 2
    assert ended.err.startswith("leap: --host: ")


def test_emulate_says_where_it_is_as_json(start: Callable[..., Any]) -> None:
    """With --json the ready line is an object."""
    process = start("--json", "emulate", "--port", "0", "--quiet")
    assert json.loads(process.read_line("stdout"))["url"].startswith("http://127.0.0.1:")
    process.interrupt()
    assert process.end().code == 0


def test_config_show_says_where_each_setting_comes_from(
    run: Callable[..., Any], account: dict[str, str]
) -> None:
    """An option, a variable, the default or nothing; the key is hidden."""
    account["LEAP_READ_TIMEOUT"] = "7"
    ended = run("config", "show", "--host", "http://127.0.0.1:1/")
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in ended.out.splitlines()}
    assert (ended.code, ended.err) == (0, "")
    assert rows["host"] == ["http://127.0.0.1:1", "--host"]
    assert rows["access_token"] == ["(hidden)", "LEAP_API_KEY"]
    assert rows["read_timeout"] == ["7", "LEAP_READ_TIMEOUT"]
    assert rows["connect_timeout"] == ["5", "default"]
    assert rows["ssl_ca_cert"] == ["-", "not set"]
    assert rows["model"] == ["a-model", "LEAP_MODEL_ID"]


def test_config_show_works_without_a_key(run: Callable[..., Any]) -> None:
    """What is missing is shown as missing: it is what one looks for there."""
    ended = run("config", "show", "--json")
    (row,) = [
        row for line in ended.out.splitlines() if (row := json.loads(line))["setting"] == "access_token"
    ]
    assert ended.code == 0
    assert row == {"setting": "access_token", "value": None, "source": None}


def test_config_show_names_every_setting_that_cannot_be_used(
    run: Callable[..., Any], environment: dict[str, str]
) -> None:
    """All settings are shown all the same, without the values of those, which may hold a password."""
    environment |= {"LEAP_HOST": "http://me:hunter2@a", "LEAP_POOL_SIZE": "0", "LEAP_READ_TIMEOUT": "7"}
    ended = run("config", "show")
    assert ended.code == 2
    assert {line.split(":")[1].strip() for line in ended.err.splitlines()} == {"LEAP_HOST", "LEAP_POOL_SIZE"}
    assert len(ended.out.splitlines()) == 16
    assert "hunter2" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o default -F _leap_completion leap"),
        ("zsh", "#compdef leap"),
        ("fish", "complete --command leap"),
        ("pwsh", "Register-ArgumentCompleter"),
    ],
)
def test_show_completion_prints_a_script(run: Callable[..., Any], shell: str, line: str) -> None:
    """The script of the shell that was asked for comes out, whatever shell asks."""
    ended = run("--show-completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert line in ended.out


def test_the_script_completes(environment: dict[str, str], run: Callable[..., Any]) -> None:
    """What bash asks for with it are the commands and the options that begin so."""
    assert run("--show-completion", "bash").out
    for words, found in (
        ("leap jobs d", {"download", "delete"}),
        ("leap generate --neg", {"--negative-prompt"}),
    ):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; sys.argv[0] = 'leap'; from leap.cli import main; sys.exit(main())",
            ],
            env={
                **environment,
                "_LEAP_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split()) - 1),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert set(done.stdout.split()) == found


def test_a_shell_that_is_none_is_a_wrong_call(run: Callable[..., Any]) -> None:
    """The shells that there are come with the refusal."""
    ended = run("--show-completion", "cmd")
    assert ended.code == 2
    assert "bash" in ended.err
