"""Connection: the client that a command talks through, to the service or to an emulator of its own."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leap import Leap
from leap.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

EMULATED_MODEL = "emulated"
"""The emulator knows no models, and takes the id of any."""


@contextmanager
def connect(*, emulate: bool, host: str | None) -> Iterator[Leap]:
    """A client for as long as a command runs.

    Args:
        emulate: Talk to an emulator that runs inside of this process, on a free port of this machine only.
        host: Where the API is; None means LEAP_HOST, or else the service.

    Raises:
        CommandError: There is no access token.
        ClientConfigurationError: A setting has no usable value.
        OSError: The emulator found no port.
    """
    if emulate:
        with _emulated() as leap:
            yield leap
        return
    if not os.environ.get("LEAP_API_KEY"):
        raise CommandError(
            "there is no access token: set LEAP_API_KEY to the API key of your workspace,"
            " or try --emulate, which needs none",
            ExitCode.USAGE,
        )
    with Leap(host=host) as leap:
        yield leap


@contextmanager
def _emulated() -> Iterator[Leap]:
    from leap.emulator import Emulator

    # What goes wrong in there comes to the user as an answer; its traceback is for those who write emulators.
    for name in ("leap.emulator", "uvicorn"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    with Emulator() as emulator, Leap(host=emulator.url, access_token="emulated") as leap:  # noqa: S106 - any will do
        yield leap
