"""The stage of the fault table: cells to try, servers that something is wrong with, and jobs to be counted.

A cell is read from `expected.txt`. What the emulator's own fault rules can do, they do. For the rest there is
a front: a raw server that has each request carried out by the emulator, and then does with the answer what no
HTTP server would.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from conftest import Connection, Loopback

    from leap.emulator import Emulator

HERE = Path(__file__).parent
CELL = re.compile(r"(?P<gets>\S.*?) +(?P<attempts>\d+) +(?P<asked>\d+) +(?P<jobs>\d+)")

REMOVED = b'{"message": "the job and its pictures have been removed"}'


class Result(NamedTuple):
    """What comes of a call."""

    gets: str
    """The status of an answer; else the exception, its status, and `?` if it may have been accepted."""
    attempts: int
    asked: int
    jobs: int

    def __str__(self) -> str:
        return f"{self.gets}  {self.attempts}  {self.asked}  {self.jobs}"


class Cell(NamedTuple):
    """What is expected of one method that meets one fault."""

    group: str
    fault: str
    meaning: str
    method: str
    once: bool
    expected: Result

    def result(self, gets: str, attempts: int, asked: int, jobs: int) -> Result:
        """What has come of it."""
        return Result(gets, attempts, asked, jobs)

    def __str__(self) -> str:
        return f"{self.fault}-{self.method}-{'once' if self.once else 'lasting'}"


def cells() -> Iterator[Cell]:
    """All cells, in the order of the file."""
    group = fault = meaning = ""
    for line in (HERE / "expected.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            group = line.strip("[]")
            continue
        if not line.startswith(" "):
            fault, _, meaning = line.partition("  ")
            continue
        method, rest = line.split(maxsplit=1)
        for once, text in zip((False, True), rest.split("|"), strict=True):
            if text.strip() != "-":
                match = CELL.fullmatch(text.strip())
                assert match, line
                gets, *numbers = match.groups()
                yield Cell(group, fault, meaning, method, once, Result(gets, *map(int, numbers)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the argument `cell` is for each of them."""
    if "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", list(cells()), ids=str)


@pytest.fixture
def table() -> list[Cell]:
    """All cells."""
    return list(cells())


class Carried(NamedTuple):
    """The emulator's answer, which a front is about to spoil."""

    status: bytes
    body: bytes

    def head(self, *fields: bytes) -> bytes:
        """The answer up to its body, with these header fields."""
        return b"\r\n".join(
            [b"HTTP/1.1 " + self.status, b"Content-Type: application/json", *fields, b"", b""]
        )

    @property
    def length(self) -> bytes:
        """The right Content-Length."""
        return b"Content-Length: %d" % len(self.body)


Script: TypeAlias = "Callable[[Connection, Carried], None]"


def pass_on(connection: Connection, answer: Carried) -> None:
    """Spoil nothing."""
    connection.send(answer.head(answer.length), answer.body)


@dataclass
class Scene:
    """A server that something is wrong with.

    Attributes:
        host: Where the client is to find it.
        asked: How many requests the server has read.
        jobs: How many jobs there are.
        settings: What the client is to be made with.
        before: What happens between a call that all is well with and the one that counts; None if there is
            no call before that.
        pause: What happens while the client pauses.
        after: What happens after the call.
    """

    host: str
    asked: Callable[[], int]
    jobs: Callable[[], int]
    settings: dict[str, Any] = field(default_factory=dict)
    before: Callable[[], object] | None = None
    pause: Callable[[float], object] = lambda _seconds: None
    after: Callable[[], object] = lambda: None


class FailingHandshakes:
    """The TLS settings of a server that refuses a handshake, each or the first, with an alert."""

    def __init__(self, context: ssl.SSLContext, *, once: bool) -> None:
        self._context = context
        self._fails = iter([True]) if once else cycle([True])

    def wrap_socket(self, sock: socket.socket, *, server_side: bool) -> socket.socket:
        """Read what the client says, and say `handshake_failure` (RFC 8446, section 6.2)."""
        if next(self._fails, False):
            sock.recv(0x10000)
            sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
            raise OSError("the handshake has failed")
        return self._context.wrap_socket(sock, server_side=server_side)


class Stage:
    """Sets scenes.

    Attributes:
        emulator: What has the jobs.
    """

    def __init__(
        self,
        emulator: Emulator,
        new_loopback: Callable[..., Loopback],
        tls: ssl.SSLContext,
        ca_file: Path,
    ) -> None:
        self.emulator = emulator
        self._new_loopback = new_loopback
        self._tls = tls
        self._ca_file = ca_file

    def set(
        self,
        fault: str,
        token: str,
        *,
        once: bool,
        rule: Mapping[str, Any] | None = None,
        script: Script | None = None,
    ) -> Scene:
        """Set the scene of a fault.

        Args:
            fault: Its name in the table.
            token: The workspace of the jobs.
            once: Whether the first attempt alone is hit.
            rule: What the emulator is to do.
            script: What a front is to do.
        """
        if rule is not None:
            return self._of_rule(fault, token, rule, once=once)
        if script is not None:
            return self._of_script(fault, token, script, once=once)
        make = {
            "refused": self._refused,
            "unknown host": self._unknown_host,
            "TLS handshake failure": self._failing_handshake,
            "certificate not trusted": self._untrusted,
            "reset on accept": self._reset_on_accept,
            "server restarted": self._restarted,
            "server gone": self._gone,
        }[fault]
        return make(token, once=once)

    def jobs(self, token: str) -> int:
        """How many jobs a workspace has."""
        return len(self.emulator.workspace(token).jobs())

    def _of_rule(self, fault: str, token: str, rule: Mapping[str, Any], *, once: bool) -> Scene:
        settings = dict(rule)
        others: list[Connection] = []
        if fault.endswith("to another host"):
            other = self._new_loopback()
            others = other.connections
            settings["headers"] = {"Location": f"{other.url}/api/v1/elsewhere"}
        hit = self.emulator.faults.add(token=token, times=1 if once else None, **settings)
        scene = self._at_the_emulator(token)
        passed = scene.asked
        scene.asked = lambda: hit.hits + passed() + len(others)
        return scene

    def _at_the_emulator(self, token: str) -> Scene:
        """A scene with nothing before the emulator."""
        # It harms nothing, and counts what no rule before it has hit.
        passed = self.emulator.faults.add(token=token, headers={"X-Counted": "yes"})
        return Scene(self.emulator.url, lambda: passed.hits, partial(self.jobs, token))

    def _of_script(self, fault: str, token: str, script: Script, *, once: bool) -> Scene:
        scene, front = self._front(token)
        spoil, right = (partial(self._carry_out, each) for each in (script, pass_on))
        front.answer(*([spoil, right] if once else [spoil]))
        if fault == "keep-alive closed":
            scene.before = lambda: front.connections[0].ended.wait(10)
        return scene

    def _front(self, token: str, *arguments: Any, **settings: Any) -> tuple[Scene, Loopback]:
        """A scene with a front that spoils nothing so far."""
        front = self._new_loopback(*arguments, **settings)
        front.answer(partial(self._carry_out, pass_on))
        return Scene(front.url, lambda: len(front.requests), partial(self.jobs, token)), front

    def _carry_out(self, script: Script, connection: Connection) -> None:
        """Have the last request carried out, and let a script send the answer."""
        request = connection.server.requests[-1]
        emulator = HTTPConnection("127.0.0.1", port_of(self.emulator.url))
        names = ("Authorization", "Content-Type")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        emulator.request(request.method, request.target, request.body, headers)
        response = emulator.getresponse()
        # What removes a job has no body to spoil; another server may well say something.
        body = response.read() or REMOVED
        answer = Carried(f"{response.status} {response.reason}".encode(), body)
        emulator.close()
        script(connection, answer)

    def _nowhere(self, host: str, token: str) -> Scene:
        return Scene(host, lambda: 0, partial(self.jobs, token))

    def _refused(self, token: str, *, once: bool) -> Scene:
        assert not once
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        return self._nowhere(f"http://127.0.0.1:{port}", token)

    def _unknown_host(self, token: str, *, once: bool) -> Scene:
        assert not once
        return self._nowhere("https://nowhere.invalid", token)

    def _failing_handshake(self, token: str, *, once: bool) -> Scene:
        scene, _front = self._front(token, FailingHandshakes(self._tls, once=once), host="localhost")
        scene.settings["ssl_ca_cert"] = str(self._ca_file)
        return scene

    def _untrusted(self, token: str, *, once: bool) -> Scene:
        assert not once
        return self._front(token, self._tls, host="localhost")[0]

    def _reset_on_accept(self, token: str, *, once: bool) -> Scene:
        scene, front = self._front(token)
        front.greet(lambda connection: connection.reset() if connection.number == 1 or not once else None)
        return scene

    def _restarted(self, token: str, *, once: bool) -> Scene:
        assert once
        scene = self._at_the_emulator(token)

        def restart() -> None:
            self.emulator.stop()
            self.emulator.start()

        scene.before = restart
        return scene

    def _gone(self, token: str, *, once: bool) -> Scene:
        """The server is stopped; if only once, it is back before the second attempt."""
        scene = self._at_the_emulator(token)
        scene.before = self.emulator.stop
        if once:
            scene.pause = lambda _seconds: self.emulator.start()
        else:
            scene.after = self.emulator.start
        return scene


def port_of(url: str) -> int:
    """The port of a URL that has one."""
    return int(url.rpartition(":")[2])


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Emulator]:
    """An emulator for all scenes, in which jobs stay queued: nothing has to be drawn."""
    from leap.emulator import Emulator

    with Emulator(speed=0.001) as emulator:
        yield emulator


@pytest.fixture
def restartable_emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator that keeps its jobs and its port when it is stopped."""
    from leap.emulator import Emulator

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Emulator(port=port, data=tmp_path, speed=0.001) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def server_tls(tls_for: Callable[[str], ssl.SSLContext]) -> ssl.SSLContext:
    """The TLS settings of a server at localhost."""
    return tls_for("localhost")


@pytest.fixture
def stage_for(
    request: pytest.FixtureRequest,
    new_loopback: Callable[..., Loopback],
    server_tls: ssl.SSLContext,
    ca_file: Path,
) -> Iterator[Callable[[str], Stage]]:
    """Makes the stage for a fault."""
    emulators: list[Emulator] = []

    def make(fault: str) -> Stage:
        name = "restartable_emulator" if fault.startswith("server ") else "shared_emulator"
        emulators.append(request.getfixturevalue(name))
        return Stage(emulators[-1], new_loopback, server_tls, ca_file)

    yield make
    for emulator in emulators:
        emulator.faults.clear()
