"""`leap emulate`: a server for other programs, from its ready line to its end."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE = 20.0
JOBS = "/api/v1/images/models/a-model/inferences"
JOB = {"prompt": "a fox", "width": 64, "height": 64}
READY = re.compile(r"leap emulator ready: (http://\S+)\n")
SECRET = "a-token-that-was-given-91c3"  # noqa: S105 - of an emulator that ends with its test
PNG_RENDERER = "PNG = b'\\x89PNG\\r\\n\\x1a\\n'\n"


class Server(NamedTuple):
    """A `leap emulate` that is ready, and where."""

    process: Any
    url: str

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 0

    def call(self, method: str, path: str, body: Any = None, *, token: str = SECRET) -> Any:
        """Send one request; gives its status and the body, decoded."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=DEADLINE)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body and json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or "null")
        finally:
            connection.close()

    def create(self, **parameters: Any) -> str:
        """Submit a job; gives its id."""
        status, job = self.call("POST", JOBS, {**JOB, **parameters})
        assert status == 200
        return str(job["id"])

    def read_errors_until(self, word: str) -> list[str]:
        """Read its standard error up to a line with a word."""
        lines = [self.process.read_line()]
        while word not in lines[-1]:
            assert lines[-1], "it ended"
            lines.append(self.process.read_line())
        return lines

    def stop(self, number: int = signal.SIGTERM) -> Any:
        """Send it a signal and wait for its end; standard output is what came after the ready line."""
        self.process.send(number)
        return self.process.end()


@pytest.fixture
def serve(start: Callable[..., Any]) -> Callable[..., Server]:
    """Starts `leap emulate` on any free port, and waits for its ready line."""

    def starter(*arguments: str) -> Server:
        process = start("emulate", "--port", "0", *arguments)
        line = process.read_line("stdout")
        match = READY.fullmatch(line)
        assert match, (line, process.end())
        return Server(process, match[1])

    return starter


def test_standard_output_is_the_ready_line_and_nothing_else(serve: Callable[..., Server]) -> None:
    """By the ready line it answers; a person is told what to set, on standard error, and what came in."""
    server = serve()
    job_id = server.create()
    assert server.call("GET", f"{JOBS}?page=0")[0] == 400
    ended = server.stop()
    assert (ended.code, ended.out) == (0, "")
    lines = ended.err.splitlines()
    for shown in (f"{server.url}/", f"LEAP_HOST={server.url}", "LEAP_API_KEY=anything", "Ctrl-C"):
        assert any(shown in line for line in lines)
    requests = [line for line in lines if " ms" in line]
    assert re.fullmatch(rf"POST {JOBS} 200 \d+ ms", requests[0])
    assert re.fullmatch(rf"GET {re.escape(JOBS)}\?page=0 400 \d+ ms", requests[1])
    assert len(requests) == 2
    assert job_id not in ended.err
    assert lines[-1] == "stopped"


def test_says_why_jobs_fail_and_which_webhooks_are_given_up(
    serve: Callable[..., Server], loopback: Any, answer_of: Any
) -> None:
    """A failed job and an abandoned webhook are one line each, harmless to a terminal."""
    loopback.answer(answer_of("no", "404 Not Found"))
    server = serve("--speed", "max")
    job_id = server.create(prompt="[fail: no \x1b[31m paint]", webhookUrl=f"{loopback.url}/hook")
    lines = server.read_errors_until("abandoned")
    assert f"job {job_id} failed: no \\x1b[31m paint\n" in lines
    assert lines[-1].startswith(f"webhook of job {job_id} abandoned after ")
    assert "404" in lines[-1]
    assert server.stop().code == 0


def test_quiet_says_nothing_more(serve: Callable[..., Server]) -> None:
    """With --quiet standard error stays empty, whatever comes in."""
    server = serve("--quiet", "--speed", "max")
    server.create(prompt="[fail]")
    assert server.stop() == (0, "", "")


def test_tokens_are_asked_for_and_not_shown(serve: Callable[..., Server]) -> None:
    """Only the tokens given with --token are let in, and no line repeats one."""
    server = serve("--token", SECRET, "--token", "another-token")
    assert [server.call("GET", JOBS, token=token)[0] for token in (SECRET, "another-token", "x")] == [
        200,
        200,
        401,
    ]
    ended = server.stop()
    assert SECRET not in ended.err
    assert "another-token" not in ended.err
    assert "--token" in ended.err


def test_every_setting_has_its_effect(serve: Callable[..., Server]) -> None:
    """The settings of `Emulator` are the options: seeds repeat, all jobs fail, the limit is kept."""
    seeds = []
    for _ in range(2):
        server = serve("--seed", "7", "--fail-rate", "1", "--speed", "inf", "--rate-limit", "2")
        server.create()
        server.read_errors_until("100% of the jobs are set to fail")
        _, (job,) = server.call("GET", JOBS)
        seeds.append(job["seed"])
        assert job["state"] == "failed"
        assert server.call("GET", JOBS)[0] == 429
        assert server.stop().code == 0
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_a_clean_stop_loses_nothing(serve: Callable[..., Server], number: int, directory: Path) -> None:
    """Each signal ends it with 0 and without a traceback, and what was accepted goes on at the next start."""
    server = serve("--data", "data", "--speed", "0.001")
    ids = [server.create() for _ in range(20)]
    ended = server.stop(number)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("\nstopped\n")
    assert "Traceback" not in ended.err
    assert (directory / "data" / "emulator.db").exists()
    server = serve("--data", "data", "--speed", "max", "--quiet")
    _, jobs = server.call("GET", f"{JOBS}?pageSize=100")
    assert [job["id"] for job in jobs] == ids[::-1]
    assert server.stop().code == 0


def test_ctrl_c_on_a_terminal(open_terminal: Callable[..., Any]) -> None:
    """On a terminal Ctrl-C ends it with 0; the last line says that it stopped."""
    terminal = open_terminal("emulate", "--port", "0")
    terminal.read_until(lambda: READY.search(terminal.words.replace("\r", "")) is not None)
    terminal.press(b"\x03")
    assert terminal.end().code == 0
    assert terminal.words.rstrip().splitlines()[-1] == "stopped"


def test_a_second_ctrl_c_ends_at_once(open_terminal: Callable[..., Any], directory: Path) -> None:
    """While it waits for a renderer that never ends, a second Ctrl-C ends it all the same."""
    (directory / "stuck.py").write_text(
        "import threading\n"
        "def draw(request, index):\n"
        "    print('drawing', flush=True)\n"
        "    threading.Event().wait()\n"
    )
    terminal = open_terminal("emulate", "--port", "0", "--speed", "max", "--renderer", "stuck:draw")
    terminal.read_until(lambda: READY.search(terminal.words.replace("\r", "")) is not None)
    match = READY.search(terminal.words.replace("\r", ""))
    assert match
    server = Server(terminal, match[1])
    server.create()
    terminal.read_until(lambda: "drawing" in terminal.words)
    terminal.press(b"\x03")
    deadline = time.monotonic() + DEADLINE
    while _listens(server.port):  # until then the first one may not have been taken
        assert time.monotonic() < deadline
    terminal.press(b"\x03")
    assert terminal.end().code == -signal.SIGINT


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_terminal_that_closes_is_a_stop(open_terminal: Callable[..., Any]) -> None:
    """When its terminal goes away it stops in order, though there is nowhere left to say so."""
    terminal = open_terminal("emulate", "--port", "0")
    terminal.read_until(lambda: READY.search(terminal.words.replace("\r", "")) is not None)
    assert terminal.hang_up() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_what_was_ignored_stays_ignored(serve: Callable[..., Server], number: int) -> None:
    """Under nohup the end of a terminal is nothing to it, in a script's background Ctrl-C is not."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        server = serve("--quiet")
    finally:
        signal.signal(number, before)
    server.process.send(number)
    server.create()
    assert server.stop() == (0, "", "")


def test_nobody_has_to_listen(start: Callable[..., Any]) -> None:
    """It goes on when whoever started it reads no further, and ends with 0 all the same."""
    process = start("emulate", "--port", "0")
    server = Server(process, process.read_line("stdout").split()[-1])
    process.hang_up()
    for _ in range(3):
        server.create()
    process.send(signal.SIGTERM)
    assert process.end().code == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "lots"], "--port"),
        (["--port", "65536"], "--port: must be from 0 to 65535"),
        (["--speed", "fast"], '--speed: needs a number above 0, or "max"'),
        (["--speed", "0"], "--speed: must be"),
        (["--speed", "nan"], "--speed: must be"),
        (["--fail-rate", "1.5"], "--fail-rate: must be from 0 to 1"),
        (["--rate-limit", "0"], "--rate-limit: must be at least 1"),
        (["--seed", "x"], "--seed"),
        (["--token", "two words"], "--token: must be"),
        (["--host", "a-host.invalid"], "--host: 'a-host.invalid'"),
        (["--host", ""], "--host: ''"),
        (["--host", "a" * 70], "--host: 'aaa"),
        (["--host", "192.0.2.1"], "--host: 192.0.2.1 is no address of this machine"),
        (["--data", "file"], "--data: "),
        (["--data", "file/below"], "--data: "),
        (["--data", "other"], "--data: "),
        (["--renderer", "nothing"], "--renderer: 'nothing'"),
        (["--renderer", "no_such_module:draw"], "--renderer: "),
        (["--renderer", "json:no_such_name"], "--renderer: "),
        (["--renderer", "broken:draw"], "--renderer: "),
        (["--renderer", "exits:draw"], "--renderer: "),
    ],
)
def test_a_wrong_setting_is_one_line(
    run: Callable[..., Any], directory: Path, arguments: list[str], named: str
) -> None:
    """Each ends with 2, nothing on standard output, and a line that names the option."""
    (directory / "file").touch()
    (directory / "other").mkdir()
    (directory / "other" / "emulator.db").write_text("no database")
    (directory / "broken.py").write_text("1 +")
    (directory / "exits.py").write_text("import sys; sys.exit('enough')")
    ended = run("emulate", *(() if "--port" in arguments else ("--port", "0")), *arguments)
    assert (ended.code, ended.out) == (2, "")
    line, hint = ended.err.splitlines()
    assert line.startswith("leap: ")
    assert named in line
    assert "two words" not in line
    assert "--help" in hint


def test_a_taken_port_names_the_way_out(serve: Callable[..., Server], run: Callable[..., Any]) -> None:
    """A second emulator on the same port ends with 2, and is told of --port 0."""
    port = serve("--quiet").port
    ended = run("emulate", "--port", str(port))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[0].startswith(f"leap: --port: {port} is taken")
    assert "--port 0" in ended.err


def test_data_in_use_is_named(serve: Callable[..., Server], run: Callable[..., Any]) -> None:
    """A second emulator on the same folder ends with 2, and leaves the first one alone."""
    server = serve("--data", "data")
    ended = run("emulate", "--port", "0", "--data", "data")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leap: --data: data is in use by another emulator\n")
    server.create()


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(run: Callable[..., Any], directory: Path) -> None:
    """A folder without the right to write ends with 2."""
    (directory / "locked").mkdir(mode=0o555)
    ended = run("emulate", "--port", "0", "--data", "locked")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leap: --data: ")


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])  # noqa: S104
def test_warns_when_others_can_get_in(serve: Callable[..., Server], host: str, *, warned: bool) -> None:
    """Only where it listens beyond this machine it warns, also when quiet."""
    server = serve("--host", host, "--quiet")
    assert ("warning" in server.stop().err) is warned


def test_a_renderer_of_ones_own(serve: Callable[..., Server], directory: Path) -> None:
    """A renderer in the working directory draws; a failure of it is shown with its place."""
    (directory / "mine.py").write_text(
        PNG_RENDERER
        + "def draw(request, index):\n"
        + "    if request.prompt == 'wrong':\n"
        + "        raise ValueError('no paint')\n"
        + "    return PNG + request.prompt.encode()\n"
    )
    server = serve("--renderer", "mine:draw", "--speed", "max", "--data", "data")
    wrong = server.create(prompt="wrong")
    line = server.read_errors_until("failed")[-1]
    assert line.startswith(f"job {wrong} failed: ValueError: no paint (")
    assert line.endswith("mine.py, line 4)\n")
    right = server.create(prompt="right")
    server.stop()
    server = serve("--data", "data", "--renderer", "mine:draw", "--speed", "max")  # done by now or soon
    _, job = server.call("GET", f"{JOBS}/{right}")
    while job["state"] != "finished":
        _, job = server.call("GET", f"{JOBS}/{right}")
    assert (directory / "data" / "pictures" / f"{right}-1.png").read_bytes().endswith(b"right")


def test_the_client_works_with_what_it_is_told(
    serve: Callable[..., Server], run: Callable[..., Any], environment: dict[str, str], directory: Path
) -> None:
    """`leap generate` makes a picture with the two variables that were shown."""
    server = serve()
    for line in server.read_errors_until("Ctrl-C"):
        name, equals, value = line.strip().partition("=")
        if equals:
            environment[name] = value
    ended = run("generate", "a fox", "--model", "any", "--width", "64", "--height", "64")
    assert ended.code == 0
    assert (directory / ended.out.strip()).stat().st_size > 0


def test_without_the_emulators_extra_it_says_how_to_get_it(run: Callable[..., Any]) -> None:
    """Where a package of the emulator is missing, one line gives the command to run."""
    start = "import sys; sys.modules['uvicorn'] = None; from leap.cli import main; sys.exit(main())"
    ended = run("emulate", "--port", "0", command=[sys.executable, "-c", start])
    assert ended == (2, "", 'leap: the command line needs its extra: pip install "leap-sdk[cli]"\n')


def test_help_names_every_option(run: Callable[..., Any]) -> None:
    """Every option stands in the help, which fits 80 columns."""
    ended = run("emulate", "--help")
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= 80
    settings = (
        "host",
        "port",
        "data",
        "token",
        "rate-limit",
        "speed",
        "fail-rate",
        "seed",
        "renderer",
        "quiet",
    )
    assert [name for name in settings if f"--{name}" not in ended.out] == []
    assert "Exit codes" in ended.out
