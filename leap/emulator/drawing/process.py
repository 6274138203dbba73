"""Drawing in a process of its own, which takes neither Python's lock nor the processor from the server.

What goes over the pipes: a line of JSON there, `[request, index]`; back a line with the number of bytes and
then as many, of the PNG or, if the number is negative, of what went wrong.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Final, Self

from leap.emulator.drawing.picture import draw
from leap.emulator.image_request import ImageRequest

_NICENESS: Final = 10
"""Requests are answered first; a picture that nobody has asked for yet can wait."""


class DrawingError(Exception):
    """The drawing process could not draw."""


class DrawingProcess:
    """A renderer that draws what `draw` does, elsewhere. Starts its process with the first picture."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, request: ImageRequest, index: int, /) -> bytes:
        """Draw the picture at `index`, counted from 0, and give the bytes of its PNG.

        Raises:
            DrawingError: The process reports an error, or has died twice.
        """
        line = json.dumps([request.to_record(), index]).encode() + b"\n"
        with self._lock:
            try:
                return self._ask(line)
            except OSError:
                # Somebody has killed it, the kernel for one when memory ran out. A new one may fare better.
                self._end()
            try:
                return self._ask(line)
            except OSError as error:
                self._end()
                raise DrawingError(f"the drawing process has died: {error}") from error

    def close(self) -> None:
        """End the process, once it has drawn what it is at."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, line: bytes) -> bytes:
        if self._process is None:
            # A Ctrl-C goes to every process of the terminal; this one outlives it, and ends with its input.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "leap.emulator.drawing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise AssertionError("both are pipes")
        asked.write(line)
        asked.flush()
        head = answered.readline()
        if not head.endswith(b"\n"):
            raise BrokenPipeError("it gave no answer")
        length = int(head)
        content = answered.read(abs(length))
        if len(content) < abs(length):
            raise BrokenPipeError("its answer breaks off")
        if length < 0:
            raise DrawingError(content.decode("utf-8", "replace"))
        return content

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.communicate()


def serve(asked: IO[bytes], answered: IO[bytes]) -> None:
    """Draw what is asked for until the input ends."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    for line in asked:
        record, index = json.loads(line)
        try:
            content = draw(ImageRequest.of_record(record), index)
            sign = ""
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            content, sign = f"{type(error).__name__}: {error}".encode("utf-8", "replace"), "-"
        answered.write(f"{sign}{len(content)}\n".encode() + content)
        answered.flush()
