"""The `leap` command as a process of its own, in a pipe or on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "leap-token-of-the-command-line-7d1f"  # noqa: S105 - a token that nothing accepts
MODEL = "a-model"

DEADLINE = 20.0
"""Seconds after which a wait has failed; no test that passes comes near it."""

_LEAP = [sys.executable, "-m", "leap.cli"]

# Ctrl-C reaches the processes whose controlling terminal it is pressed on.
_ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Ended(NamedTuple):
    """How a process ended, and what it wrote; on a terminal, both streams are one."""

    code: int
    out: str
    err: str


class Process:
    """A `leap` that runs in a pipe."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self._popen = popen

    def read_line(self, stream: str = "stderr") -> str:
        """The next line of its standard error, or of another stream; empty at the end."""
        fd = getattr(self._popen, stream).fileno()
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([fd], [], [], DEADLINE)[0], f"nothing came in time after {line!r}"
            # One by one, so that nothing is lost to `end`.
            if not (byte := os.read(fd, 1)):
                break
            line += byte
        return line.decode("utf-8", "surrogateescape")

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def hang_up(self) -> None:
        """Read no more of what it writes."""
        for stream in (self._popen.stdout, self._popen.stderr):
            assert stream
            stream.close()

    def interrupt(self) -> None:
        """Do what a shell does at Ctrl-C."""
        self._popen.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Wait for its end without reading; gives its exit code."""
        return self._popen.wait(DEADLINE)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self._popen.communicate(timeout=DEADLINE)
        return Ended(self._popen.returncode, out, err)


class Terminal:
    """A `leap` that runs on a pseudo-terminal."""

    def __init__(self, popen: subprocess.Popen[bytes], fd: int) -> None:
        self._popen = popen
        self._fd = fd
        self._received = b""

    @property
    def text(self) -> str:
        """Everything that has come so far, with the control sequences."""
        return self._received.decode("utf-8", "replace")

    @property
    def words(self) -> str:
        """The same without control sequences, as it came rather than as it stands on the screen."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)

    @property
    def screen(self) -> list[str]:
        """The lines that stand there in the end, if none is longer than the terminal is wide."""
        lines, row = [""], 0
        for piece in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)", self.text):
            if piece == "\n":
                row += 1
                lines += [""] * (row == len(lines))
            elif move := re.fullmatch(r"\x1b\[([0-9]*)A", piece):
                row = max(0, row - int(move[1] or 1))
            elif piece == "\x1b[2K":
                lines[row] = ""
            elif not piece.startswith(("\x1b", "\r")):
                lines[row] += piece
        return [line.rstrip() for line in lines if line.strip()]

    def read_until(self, condition: Callable[[], bool]) -> None:
        """Read until a condition on the text holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert self._read(deadline), f"the terminal was closed after {self.text!r}"

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._fd, keys)

    def hang_up(self) -> int:
        """Close the terminal, and wait for the process; gives its exit code."""
        # What is put in its place keeps the number from being used again before the test is over.
        with open(os.devnull) as nothing:  # noqa: PTH123 - for its descriptor
            os.dup2(nothing.fileno(), self._fd)
        return self._popen.wait(DEADLINE)

    def end(self) -> Ended:
        """Read to the end, and wait for the process."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        return Ended(self._popen.wait(DEADLINE), self.text, "")

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"nothing more came in time after {self.text!r}"
        try:
            piece = os.read(self._fd, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self._received += piece
        return bool(piece)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any]], None]:
    """Asks again until a condition holds; fails when it takes too long."""

    def wait(condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + DEADLINE
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            pause.wait(0.01)

    return wait


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of the processes; nothing of the developer's own gets in."""
    (tmp_path / "home").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def account(environment: dict[str, str]) -> dict[str, str]:
    """The environment, with an account in it from now on."""
    environment |= {"LEAP_API_KEY": TOKEN, "LEAP_MODEL_ID": MODEL}
    return environment


@pytest.fixture
def at(loopback: Any, account: dict[str, str]) -> tuple[str, ...]:
    """The arguments of a command that talks to the loopback server, with an account."""
    assert account["LEAP_API_KEY"]
    return ("generate", "a fox", "--host", loopback.url)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the processes run; empty at first."""
    path = tmp_path / "here"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Lets signals reach the processes of a test, even where the tests were started to ignore them."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def start(environment: dict[str, str], directory: Path) -> Iterator[Callable[..., Process]]:
    """Starts `leap` with arguments, its streams in pipes; on standard input a few bytes, or nothing."""
    with ExitStack() as stack:

        def starter(*arguments: str, command: list[str] = _LEAP, piped: bytes | None = None) -> Process:
            source = subprocess.DEVNULL
            if piped is not None:
                source, theirs = os.pipe()
                stack.callback(os.close, source)
                os.write(theirs, piped)
                os.close(theirs)
            popen = subprocess.Popen(
                [*command, *arguments],
                cwd=directory,
                env=environment,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="surrogateescape",
            )
            stack.enter_context(popen)
            stack.callback(popen.kill)
            return Process(popen)

        yield starter


@pytest.fixture
def run(start: Callable[..., Process]) -> Callable[..., Ended]:
    """Runs `leap` with arguments to its end, its streams in pipes."""
    return lambda *arguments, **settings: start(*arguments, **settings).end()


@pytest.fixture
def open_terminal(environment: dict[str, str], directory: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts `leap` with arguments on a pseudo-terminal of a width in columns."""
    fcntl = pytest.importorskip("fcntl")
    import pty
    import termios

    with ExitStack() as stack:

        def opener(*arguments: str, columns: int = 80) -> Terminal:
            ours, theirs = pty.openpty()
            stack.callback(os.close, ours)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            popen = subprocess.Popen(
                [sys.executable, "-c", _ON_TERMINAL, *_LEAP, *arguments],
                cwd=directory,
                env=environment,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
            os.close(theirs)
            stack.enter_context(popen)
            stack.callback(popen.kill)
            return Terminal(popen, ours)

        yield opener


@pytest.fixture
def job_in(job: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Makes the job in a state, with pictures at URLs."""
    return lambda state, *urls: {
        **job,
        "state": state,
        "status": state,
        "images": [{"id": str(url), "createdAt": job["createdAt"], "uri": url} for url in urls],
    }


@pytest.fixture
def pictures(directory: Path) -> list[str]:
    """The names of three small pictures where the processes run."""
    for number, suffix in enumerate(("png", "jpg", "webp")):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(directory / f"fox-{number}.{suffix}")
    return sorted(path.name for path in directory.iterdir())


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
