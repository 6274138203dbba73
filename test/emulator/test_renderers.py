"""Renderers of one's own: what they are given, and what becomes of a job when one goes wrong."""

import asyncio
import concurrent.futures
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leap.emulator import Emulator, ImageRequest
from leap.emulator.rendering import RendererError, load_renderer

PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at

FASTEST = float("inf")


def test_draws_what_is_served(connect: Any) -> None:
    """What the renderer gives for each index is what the addresses of the pictures serve, in that order."""
    calls: list[tuple[ImageRequest, int]] = []

    def draw(request: ImageRequest, index: int) -> bytes:
        calls.append((request, index))
        return PNG + str(index).encode()

    with Emulator(speed=FASTEST, renderer=draw) as emulator:
        api = connect(emulator)
        job = api.finished(prompt="a fox", numberOfImages=3, width=16, height=8, steps=2, seed=4)
        bodies = [api.request("GET", image["uri"]).body for image in job["images"]]
    assert bodies == [PNG + b"0", PNG + b"1", PNG + b"2"]
    request = calls[0][0]
    assert [index for _, index in calls] == [0, 1, 2]
    assert (request.prompt, request.width, request.height) == ("a fox", 16, 8)
    assert (request.steps, request.seed, request.model_id) == (2, 4, "a-model")
    assert (request.prompt_strength, request.number_of_images) == (7, 3)


def _raises(_request: ImageRequest, _index: int, /) -> bytes:
    raise ValueError("no such colour")


def _exits(_request: ImageRequest, _index: int, /) -> bytes:
    sys.exit("out of paint")


def _nothing(_request: ImageRequest, _index: int, /) -> Any:
    return None


def _text(_request: ImageRequest, _index: int, /) -> Any:
    return "PNG"


def _jpeg(_request: ImageRequest, _index: int, /) -> bytes:
    return b"\xff\xd8\xff\xe0"


def _runs_out(_request: ImageRequest, _index: int, /) -> bytes:
    return next(iter(()))


def _cancels(_request: ImageRequest, _index: int, /) -> bytes:
    raise asyncio.CancelledError


def _cancels_too(_request: ImageRequest, _index: int, /) -> bytes:
    raise concurrent.futures.CancelledError


def _ends_a_generator(_request: ImageRequest, _index: int, /) -> bytes:
    raise GeneratorExit


def _interrupts(_request: ImageRequest, _index: int, /) -> bytes:
    raise KeyboardInterrupt


class _OneOfItsOwn(BaseException):
    """What some libraries end things with."""


def _raises_its_own(_request: ImageRequest, _index: int, /) -> bytes:
    raise _OneOfItsOwn


class _UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError


def _raises_what_has_no_text(_request: ImageRequest, _index: int, /) -> bytes:
    raise _UnspeakableError


def _second_of_two(_request: ImageRequest, index: int, /) -> bytes:
    if index == 1:
        raise MemoryError
    return PNG


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        (_raises, "ValueError: no such colour"),
        (_exits, "SystemExit: out of paint"),
        (_nothing, "RendererError: the renderer gave NoneType for picture 0, not bytes"),
        (_text, "RendererError: the renderer gave str for picture 0, not bytes"),
        (_jpeg, "RendererError: the renderer gave 4 bytes for picture 0 that are no PNG"),
        (_second_of_two, "MemoryError: "),
        (_runs_out, "StopIteration: "),
        (_cancels, "CancelledError: "),
        (_cancels_too, "CancelledError: "),
        (_ends_a_generator, "GeneratorExit: "),
        (_interrupts, "KeyboardInterrupt: "),
        (_raises_its_own, "_OneOfItsOwn: "),
        (_raises_what_has_no_text, "_UnspeakableError, which cannot be put into words"),
    ],
)
def test_one_that_goes_wrong_fails_its_job_only(
    connect: Any, caplog: pytest.LogCaptureFixture, draw: Callable[[ImageRequest, int], bytes], reason: str
) -> None:
    """The job fails without pictures, the reason is kept and logged, and the next job is drawn."""

    def moody(request: ImageRequest, index: int) -> bytes:
        return draw(request, index) if request.prompt == "wrong" else PNG

    with Emulator(speed=FASTEST, renderer=moody) as emulator:
        workspace = emulator.workspace()
        api = connect(emulator, token=workspace.token)
        job_id = api.create(prompt="wrong", numberOfImages=2)["id"]
        workspace.wait_until_idle()
        assert (api.read(job_id)["state"], api.read(job_id)["images"]) == ("failed", [])
        assert workspace.failures() == {job_id: reason}
        assert api.finished(prompt="right")["state"] == "finished"
    (record,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert job_id in record.getMessage()
    assert record.exc_info or reason in record.getMessage()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module into the working directory, which is not on the path, and gives its name."""
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    name = f"renderer_of_{tmp_path.name}"

    def write(code: str) -> str:
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return write


def test_is_found_by_its_name_in_the_working_directory(module: Callable[[str], str]) -> None:
    """`module:callable` may be a function, or an attribute further in."""
    name = module("class Studio:\n    @staticmethod\n    def draw(request, index): return b'drawn'\n")
    assert load_renderer(f"{name}:Studio.draw")(ImageRequest("a", "m", 1), 0) == b"drawn"


@pytest.mark.parametrize(
    ("code", "path", "reason"),
    [
        ("", "draw", "has no draw"),
        ("draw = 3", "draw", "is no callable, but int"),
        ("import does_not_exist", "draw", "ModuleNotFoundError: No module named 'does_not_exist'"),
        ("1 +", "draw", "SyntaxError"),
        ("raise ValueError('no paint')", "draw", "ValueError: no paint"),
        ("", "", "module:callable"),
    ],
)
def test_one_that_cannot_be_had_is_named(
    module: Callable[[str], str], code: str, path: str, reason: str
) -> None:
    """Whatever is wrong with the name or the module ends in one error that says it."""
    with pytest.raises(RendererError, match=reason):
        load_renderer(f"{module(code)}:{path}")
