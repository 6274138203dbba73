"""`leap generate --emulate`: pictures without an account and without a network."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _size(png: bytes) -> tuple[int, ...]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_a_pipe_gets_the_path_of_a_png_and_plain_lines(run: Callable[..., Any], directory: Path) -> None:
    """Standard output is the path of a PNG of the size asked for, standard error a line for each state."""
    ended = run("generate", "a red fox in the snow", "--emulate", "--width", "128", "--height", "64")
    assert ended.code == 0
    (path,) = ended.out.splitlines()
    assert _size((directory / path).read_bytes()) == (128, 64)
    assert [file.name for file in directory.iterdir()] == [path]
    lines = ended.err.splitlines()
    assert [line.rpartition(": ")[2] for line in (lines[0], lines[-1])] == ["queued", "finished"]
    assert len(set(lines)) == len(lines)
    assert all(line.isprintable() and line.startswith("job ") for line in lines)


def test_the_same_seed_gives_the_same_bytes_and_every_picture_a_file(
    start: Callable[..., Any], directory: Path
) -> None:
    """A picture can be made again, and those of one job differ."""
    arguments = ("a fox", "--emulate", "--width", "64", "--height", "64", "--seed", "7", "-n", "2")
    processes = [start("generate", *arguments, "--out", name) for name in ("a", "b")]
    first, second = (process.end().out.splitlines() for process in processes)
    assert [path.rpartition("-")[2] for path in first] == ["1.png", "2.png"]
    pictures = [[(directory / path).read_bytes() for path in paths] for paths in (first, second)]
    assert pictures[0] == pictures[1]
    assert pictures[0][0] != pictures[0][1]


def test_reaches_nobody_else(run: Callable[..., Any], account: dict[str, str], loopback: Any) -> None:
    """It stays on this machine even where the environment names a host and a token."""
    account["LEAP_HOST"] = loopback.url
    assert run("generate", "a fox", "--emulate", "--width", "8", "--height", "8").code == 0
    assert not loopback.connections


def test_needs_neither_a_home_nor_a_writable_current_directory(
    run: Callable[..., Any], environment: dict[str, str], directory: Path, tmp_path: Path
) -> None:
    """The directory given with --out is made with its parents, and is the only place written to."""
    del environment["HOME"]
    directory.chmod(0o555)
    out = tmp_path / "far" / "away"
    ended = run("generate", "a fox", "--emulate", "--width", "8", "--height", "8", "--out", str(out))
    directory.chmod(0o755)
    assert ended.code == 0
    assert [str(path) for path in out.iterdir()] == ended.out.splitlines()
    assert not [*directory.iterdir()]
    assert not [*(tmp_path / "home").iterdir()]


def test_interrupted_ends_with_its_emulator(start: Callable[..., Any], directory: Path) -> None:
    """Ctrl-C during the drawing ends everything with 130, and leaves no part of a file."""
    process = start("generate", "a fox", "--emulate", "--width", "2048", "--height", "2048", "-n", "4")
    first = process.read_line()
    process.interrupt()
    ended = process.end()
    assert (ended.code, ended.out) == (130, "")
    assert first.split()[1].rstrip(":") in ended.err
    assert "Traceback" not in ended.err
    assert not [*directory.iterdir()]
