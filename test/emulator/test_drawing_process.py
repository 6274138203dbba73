"""Drawing in a process of its own."""

import os
import signal
from collections.abc import Iterator

import pytest

from leap.emulator.drawing import draw
from leap.emulator.drawing.process import DrawingError, DrawingProcess
from leap.emulator.image_request import ImageRequest

REQUEST = ImageRequest(prompt="an owl 🦉 \ud800\nאבג", model_id="m", seed=1, width=64, height=64)


@pytest.fixture
def drawing() -> Iterator[DrawingProcess]:
    """A drawing process."""
    with DrawingProcess() as drawing:
        yield drawing


def _pid(drawing: DrawingProcess) -> int:
    assert drawing._process  # noqa: SLF001 - nothing else tells
    return drawing._process.pid  # noqa: SLF001


def test_it_draws_the_very_same_pictures(drawing: DrawingProcess) -> None:
    """Byte for byte what drawing here gives, for any text, one after another from one process."""
    assert [drawing(REQUEST, index) for index in range(3)] == [draw(REQUEST, index) for index in range(3)]


def test_an_error_in_it_is_told(drawing: DrawingProcess) -> None:
    """What goes wrong there is raised here, and the next picture is drawn by the same process."""
    impossible = ImageRequest(prompt="an owl", model_id="m", seed=1, width=-8, height=64)
    drawing(REQUEST, 0)
    pid = _pid(drawing)
    with pytest.raises(DrawingError, match="Error: "):
        drawing(impossible, 0)
    assert drawing(REQUEST, 0)
    assert _pid(drawing) == pid


def test_one_that_was_killed_is_replaced(drawing: DrawingProcess) -> None:
    """After a SIGKILL the next picture is drawn all the same, by another process."""
    before = drawing(REQUEST, 0)
    pid = _pid(drawing)
    os.kill(pid, signal.SIGKILL)
    assert drawing(REQUEST, 0) == before
    assert _pid(drawing) != pid


def test_it_ends_with_its_input_and_not_before(drawing: DrawingProcess) -> None:
    """Signals that stop the server leave it to finish its picture; closing ends it, and nothing is left."""
    drawing(REQUEST, 0)
    process = drawing._process  # noqa: SLF001
    assert process
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(process.pid, number)
    assert drawing(REQUEST, 1)
    assert drawing._process is process  # noqa: SLF001
    drawing.close()
    assert process.returncode == 0
