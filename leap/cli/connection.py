"""Connection: the client that a command talks through, to the service or to an emulator of its own."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leap import ClientConfigurationError, Leap, ResponseValidationWarning
from leap.cli.errors import CommandError, ExitCode, explain
from leap.cli.messages import harmless, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leap.cli.settings import Settings

EMULATED_MODEL = "emulated"
"""The emulator takes the id of any model, of those too that it has not trained."""

EMULATED_SPEED = 20.0
"""The pace of the emulator unless a command has something to wait for that takes much longer."""


@contextmanager
def connect(settings: Settings, *, emulate: bool = False, speed: float = EMULATED_SPEED) -> Iterator[Leap]:
    """A client for as long as a command runs.

    Args:
        settings: Where the API is and who asks, as far as the environment does not say it; and whether each
            request is shown.
        emulate: Talk to an emulator that runs inside of this process, on a free port of this machine only.
        speed: How much faster than the service the emulator is.

    Raises:
        CommandError: There is no access token, or a setting has no usable value.
        OSError: The emulator found no port.
    """
    with _emulated(speed) if emulate else _connected(settings) as leap, _warnings_are_lines():
        if settings.verbose:
            from leap.cli.tracing import trace

            trace(leap)
        yield leap


def model_of(model: str | None) -> str:
    """The id of the model, which has to be given.

    Raises:
        CommandError: It is not.
    """
    if not model:
        raise CommandError(
            "--model: is missing; give the id of a model of your workspace, or set LEAP_MODEL_ID",
            ExitCode.USAGE,
        )
    return model


@contextmanager
def _warnings_are_lines() -> Iterator[None]:
    """Show each warning as one line, without the place in the code that it comes from."""

    def note(message: Warning | str, *_place: Any, **_options: Any) -> None:
        say(f"leap: {harmless(str(message))}")

    with warnings.catch_warnings():
        # Not even PYTHONWARNINGS may turn an odd answer into a lost job.
        warnings.simplefilter("default", ResponseValidationWarning)
        warnings.showwarning = note
        yield


@contextmanager
def _connected(settings: Settings) -> Iterator[Leap]:
    if not settings.api_key and not os.environ.get("LEAP_API_KEY"):
        raise CommandError(
            "there is no access token: set LEAP_API_KEY to the API key of your workspace"
            " (leap generate --emulate needs none)",
            ExitCode.USAGE,
        )
    try:
        leap = Leap(host=settings.host, access_token=settings.api_key or None)
    except ClientConfigurationError as error:
        explanation = explain(error, names=names_of_settings(settings.host))
        assert explanation is not None  # noqa: S101 - there is one for each error of the library
        raise CommandError(*explanation) from error
    with leap:
        yield leap


def names_of_settings(host: str | None) -> dict[str, str]:
    """What to call a setting in a message, where it is known where it comes from."""
    return {"proxy": "LEAP_PROXY"} if host else {"proxy": "LEAP_PROXY", "host": "LEAP_HOST"}


@contextmanager
def _emulated(speed: float) -> Iterator[Leap]:
    from leap.emulator import Emulator

    # What goes wrong in there comes to the user as an answer; its traceback is for those who write emulators.
    for name in ("leap.emulator", "uvicorn"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    with Emulator(speed=speed) as emulator, Leap(host=emulator.url, access_token="emulated") as leap:  # noqa: S106 - any will do
        yield leap
