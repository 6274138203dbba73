"""A download that is broken off by whoever asked for it: it ends at once and leaves nothing half."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leap import ApiConnectionError, ApiException

if TYPE_CHECKING:
    from pathlib import Path

    from leap import Leap

PNG = b"\x89PNG\r\n\x1a\n and so on, and on"

_PROGRAM = """
import signal, sys
from leap import Leap
# Who runs the tests in the background has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
host, directory, parallel = sys.argv[1:]
job = {"id": "job", "state": "finished", "images": [{"uri": f"{host}/{number}"} for number in range(4)]}
try:
    Leap(host=host, access_token="any").generate_images.download(job, directory, parallel=int(parallel))
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("begun", [True, False], ids=["half there", "without an answer"])
def test_ctrl_c_is_left_at_once(
    loopback: Any, answer_of: Any, tmp_path: Path, parallel: int, begun: bool
) -> None:
    """A process does not wait for hosts that keep it waiting, and no file is left of what was under way."""

    def send(connection: Any) -> None:
        if begun:
            connection.send(answer_of(PNG, length=1000))
        connection.wait()

    loopback.answer(send)
    arguments = [sys.executable, "-c", _PROGRAM, loopback.url, str(tmp_path), str(parallel)]
    with subprocess.Popen(arguments) as process:
        loopback.wait_for(lambda: len(loopback.requests) == parallel)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(5) == 7
        finally:
            process.kill()
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("fault", [BrokenPipeError("mine"), ApiConnectionError("mine"), ApiException("mine")])
def test_what_the_callback_raises_is_no_fault_of_a_picture(
    leap: Leap, loopback: Any, answer_of: Any, tmp_path: Path, parallel: int, fault: Exception
) -> None:
    """It comes out as it is, the callback is not called again, and no picture is asked for again."""
    told: list[int] = []

    def on_progress(count: int, _total: int | None) -> None:
        told.append(count)
        raise fault

    loopback.answer(answer_of(PNG))
    job: Any = {
        "id": "job",
        "state": "finished",
        "images": [{"uri": f"{loopback.url}/{n}"} for n in range(4)],
    }
    with pytest.raises(type(fault)) as caught:
        leap.generate_images.download(job, tmp_path, on_progress=on_progress, parallel=parallel)
    assert caught.value is fault
    assert len(told) == 1
    # Read once: those that are under way may still come to their hosts.
    targets = [request.target for request in loopback.requests]
    assert len({*targets}) == len(targets) <= parallel
