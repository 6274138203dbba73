"""Pictures on a terminal: shown where it can, by a process that leaves the terminal as it found it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from leap.cli.preview.detection import QUERY
from leap.cli.preview.terminal import TIMEOUT_FAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 20.0
SIXELS = b"\x1b[?62;4;22c"
PLAIN = b"\x1b[?62;22c"

# Takes the terminal for its own, shows pictures, and tells how long that took and what is left to be read.
SHOW = """
import fcntl, json, os, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from pathlib import Path
from leap.cli.preview import show
if "background" in sys.argv[1]:
    if os.fork():
        _, status = os.waitpid(-1, os.WUNTRACED)
        os._exit(99 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status))
    os.setpgid(0, 0)
began = time.monotonic()
try:
    for each in sys.argv[2:]:
        show([Path(each)])
finally:
    sys.stdout.write(json.dumps({"took": time.monotonic() - began, "pillow": "PIL" in sys.modules}) + "\\n")
    sys.stdout.flush()
if "read" in sys.argv[1]:
    sys.stdout.write(json.dumps(sys.stdin.readline()) + "\\n")
"""


class PretendTerminal:
    """A terminal with a process on it, which answers questions the way that it is told to."""

    def __init__(self, popen: subprocess.Popen[bytes], ours: int, theirs: int) -> None:
        self._popen = popen
        self._ours = ours
        self.theirs = theirs
        self.answer = b""
        self.asked = 0
        self.shown = b""
        """What is on the terminal, without the questions."""

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def settings(self) -> list[Any]:
        """How the terminal is set."""
        import termios

        return termios.tcgetattr(self.theirs)

    def run(self, until: Callable[[], bool] = lambda: False) -> int | None:
        """Be a terminal until a condition holds or the process has ended; then its exit code."""
        deadline = time.monotonic() + DEADLINE
        while not until():
            ended = self._popen.poll() is not None
            if not select.select([self._ours], [], [], 0 if ended else 0.05)[0]:
                if ended:
                    return self._popen.returncode
                assert time.monotonic() < deadline, f"it goes on after {self.shown!r}"
                continue
            self.shown += os.read(self._ours, 65536)
            while QUERY.encode() in self.shown:
                self.shown = self.shown.replace(QUERY.encode(), b"", 1)
                self.asked += 1
                os.write(self._ours, self.answer)
        return None

    def result(self, code: int = 0) -> dict[str, Any]:
        """Run to the end, and give what the process said of itself."""
        assert self.run() == code, self.shown
        *_, told = re.findall(rb'\{".*\}', self.shown)
        return json.loads(told)


@pytest.fixture
def started(environment: dict[str, str], directory: Path) -> Iterator[Callable[..., PretendTerminal]]:
    """Starts a process that shows pictures on a terminal of a size in rows, columns and pixels."""
    fcntl = pytest.importorskip("fcntl")
    import pty
    import termios

    environment |= {"COLORTERM": "truecolor"}
    with ExitStack() as stack:

        def starter(
            *pictures: str, mode: str = "", size: tuple[int, ...] = (24, 80, 640, 384), typed: bytes = b""
        ) -> PretendTerminal:
            ours, theirs = pty.openpty()
            stack.callback(os.close, theirs)
            stack.callback(os.close, ours)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
            os.write(ours, typed)
            popen = subprocess.Popen(
                [sys.executable, "-c", SHOW, mode, *pictures],
                cwd=directory,
                env=environment,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
            stack.enter_context(popen)
            stack.callback(popen.kill)
            return PretendTerminal(popen, ours, theirs)

        yield starter


@pytest.fixture
def fox(directory: Path) -> str:
    """A picture file."""
    Image.linear_gradient("L").convert("RGB").save(directory / "fox.png")
    return "fox.png"


def test_a_terminal_that_draws_sixels_gets_them(started: Callable[..., PretendTerminal], fox: str) -> None:
    """It is asked once, answers so, and gets as many dots as its cells have."""
    terminal = started(fox, fox)
    terminal.answer = SIXELS
    terminal.result()
    assert terminal.asked == 1
    assert terminal.shown.count(b'\x1bP0;1;0q"1;1;256;256') == 2


def test_a_terminal_that_tells_the_size_of_its_cells_is_believed(
    started: Callable[..., PretendTerminal], fox: str
) -> None:
    """Where the system does not know how many pixels there are, the answer counts."""
    terminal = started(fox, size=(14, 80, 0, 0))
    terminal.answer = b"\x1b[6;10;5t" + SIXELS
    terminal.result()
    assert b'q"1;1;120;120' in terminal.shown


def test_a_terminal_without_pictures_gets_text(
    started: Callable[..., PretendTerminal], fox: str, environment: dict[str, str]
) -> None:
    """One that answers, but draws no sixels, gets half-blocks at once, and no other control sequences."""
    environment["SSH_TTY"] = "/dev/pts/1"
    terminal = started(fox)
    terminal.answer = PLAIN
    assert terminal.result()["took"] < TIMEOUT_FAR
    assert terminal.asked == 1
    assert "▀".encode() in terminal.shown
    assert b"\x1bP" not in terminal.shown


def test_a_terminal_that_answers_nothing_is_waited_for_once(
    started: Callable[..., PretendTerminal], fox: str
) -> None:
    """The pictures come after the time for an answer, and those of the next job without it."""
    terminal = started(*[fox] * 5)
    assert 0.3 <= terminal.result()["took"] < 1.5
    assert terminal.asked == 1
    assert terminal.shown.count(b"\x1b7") == 5


@pytest.mark.parametrize("answer", [SIXELS, PLAIN, b"", b"\x1b[?62;", b"\x1b[6;20;10t"])
def test_the_terminal_is_left_as_it_was(
    started: Callable[..., PretendTerminal], fox: str, answer: bytes
) -> None:
    """Whatever the answer, and half of one, the settings are what they were."""
    terminal = started(fox)
    before = terminal.settings()
    terminal.answer = answer
    terminal.result()
    assert terminal.settings() == before


def test_the_interrupt_key_works_while_it_is_asked(
    started: Callable[..., PretendTerminal], fox: str, environment: dict[str, str]
) -> None:
    """Ctrl-C ends the wait for an answer, and the settings are what they were."""
    environment["SSH_TTY"] = "/dev/pts/1"
    terminal = started(fox)
    before = terminal.settings()
    terminal.answer = b"\x03"
    assert terminal.result(-signal.SIGINT)["took"] < TIMEOUT_FAR
    assert b"KeyboardInterrupt" in terminal.shown
    assert terminal.settings() == before


def test_keys_that_were_pressed_before_are_not_eaten(
    started: Callable[..., PretendTerminal], fox: str
) -> None:
    """While something waits to be read, nothing is asked; it is still there afterwards."""
    terminal = started(fox, mode="read", typed=b"ls -l")
    terminal.answer = SIXELS
    terminal.run(lambda: b"took" in terminal.shown)
    terminal.type(b"a\n")
    terminal.run()
    assert terminal.asked == 0
    assert "▀".encode() in terminal.shown
    assert json.dumps("ls -la\n").encode() in terminal.shown or json.dumps("ls -l").encode() in terminal.shown


def can_push() -> bool:
    """Whether this system lets a program put keys back (Linux since 6.2 may not)."""
    setting = Path("/proc/sys/dev/tty/legacy_tiocsti")
    return not setting.exists() or setting.read_text().strip() == "1" or os.geteuid() == 0


@pytest.mark.skipif(not can_push(), reason="this system lets nobody put keys back")
@pytest.mark.parametrize("answer", [b"ls" + SIXELS, b"l\x1b[6;20;10ts" + SIXELS, SIXELS + b"ls", b"ls"])
def test_keys_that_are_pressed_during_the_question_are_not_eaten(
    started: Callable[..., PretendTerminal], fox: str, answer: bytes
) -> None:
    """What comes before, amid, after or instead of the answer is read by whoever reads next."""
    terminal = started(fox, mode="read")
    terminal.answer = answer
    terminal.run(lambda: b"took" in terminal.shown)
    terminal.type(b" -l\n")
    terminal.run()
    assert terminal.asked == 1
    read = re.findall(rb'"(ls[^"]*)"\r\n', terminal.shown)
    # Where input changes from keys to lines, what is there already may count as a line.
    assert read in ([rb"ls -l\n"], [b"ls"])


def test_a_process_in_the_background_is_not_stopped(
    started: Callable[..., PretendTerminal], fox: str
) -> None:
    """It asks nothing, as the system would stop it for that, and shows what it can without."""
    terminal = started(fox, mode="background")
    terminal.answer = SIXELS
    assert terminal.run() == 0
    assert terminal.asked == 0
    assert "▀".encode() in terminal.shown


@pytest.mark.parametrize(
    ("settings", "sign"),
    [
        ({"TERM": "xterm-kitty"}, b"\x1b_G"),
        ({"TERM_PROGRAM": "iTerm.app"}, b"\x1b]1337;File="),
        ({"TERM": "foot"}, b"\x1bP0;1;0q"),
        ({"TMUX": "/run/tmux,1,0"}, b"\x1b[38;2;"),
        ({"TMUX": "/run/tmux,1,0", "COLORTERM": ""}, b"\x1b[38;5;"),
    ],
)
def test_a_terminal_that_names_itself_gets_what_it_draws(
    started: Callable[..., PretendTerminal], fox: str, environment: dict[str, str], settings: dict[str, str],
    sign: bytes,
) -> None:  # fmt: skip
    """Each way of showing pictures is taken where the environment says so, and nothing is asked."""
    environment |= settings
    terminal = started(fox)
    terminal.result()
    assert terminal.asked == 0
    assert sign in terminal.shown


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"NO_COLOR": "1"}, (24, 80, 0, 0)),
        ({"TERM": "dumb"}, (24, 80, 0, 0)),
        ({"TMUX": "1"}, (5, 80, 0, 0)),
        ({"TMUX": "1"}, (24, 7, 0, 0)),
        ({"TMUX": "1", "PYTHONIOENCODING": "latin-1"}, (24, 80, 0, 0)),
    ],
)
def test_nothing_is_shown_where_nothing_can_be(
    started: Callable[..., PretendTerminal], fox: str, environment: dict[str, str], settings: dict[str, str],
    size: tuple[int, ...],
) -> None:  # fmt: skip
    """Not on a terminal without colours, room or the character; and Pillow is not even imported."""
    environment |= settings
    terminal = started(fox, size=size)
    assert terminal.result()["pillow"] is False
    assert terminal.asked == 0
    assert terminal.shown.startswith(b"{")


def test_nothing_is_shown_in_a_pipe(fox: str, directory: Path, environment: dict[str, str]) -> None:
    """A log gets no pictures, whatever terminal the environment names."""
    code = "from pathlib import Path; from leap.cli.preview import show; show([Path('fox.png')])"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env=environment | {"TERM": "xterm-kitty"},
        capture_output=True,
        timeout=DEADLINE,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")
    assert fox


def test_the_command_shows_what_it_made(
    open_terminal: Callable[..., Any], environment: dict[str, str], directory: Path
) -> None:
    """`leap generate` shows its picture on the terminal, and then the path stands there."""
    environment |= {"TERM": "xterm-kitty"}
    terminal = open_terminal("generate", "--emulate", "a fox", "--width", "64", "--height", "64")
    ended = terminal.end()
    [path] = directory.iterdir()
    assert ended.code == 0
    assert ended.out.index("\x1b_Ga=T") < ended.out.rindex(path.name)


def test_the_command_shows_nothing_if_it_is_told_so(
    open_terminal: Callable[..., Any], environment: dict[str, str], directory: Path
) -> None:
    """With --no-preview there is the path alone."""
    environment |= {"TERM": "xterm-kitty"}
    ended = open_terminal(
        "generate", "--emulate", "a fox", "--width", "64", "--height", "64", "--no-preview"
    ).end()
    assert ended.code == 0
    assert len(list(directory.iterdir())) == 1
    assert "\x1b_G" not in ended.out
