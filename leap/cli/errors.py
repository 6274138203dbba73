"""Errors: what went wrong as a line that says what to do, and as an exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from leap import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    BadRequestError,
    ClientConfigurationError,
    ForbiddenError,
    NotFoundError,
    SchemaValidationError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
)


class ExitCode(IntEnum):
    """What the process ends with; scripts rely on it. 4 is kept for a wait that took too long."""

    OK = 0
    API_ERROR = 1
    USAGE = 2
    JOB_FAILED = 3
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells have it."""


class CommandError(Exception):
    """A command ends here; its text is what the user gets to read."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Explanation(NamedTuple):
    """An error as the user gets it."""

    message: str
    exit_code: ExitCode


# What to do about it, where the message of the exception does not say so already.
_ADVICE: tuple[tuple[type[ApiException], str], ...] = (
    (BadRequestError, "Change what it names and try again."),
    (UnauthorizedError, ""),
    (ForbiddenError, "Check that the key in LEAP_API_KEY is one of the right workspace."),
    (NotFoundError, "Check --model and --host."),
    (TooManyRequestsError, "Wait a little and try again."),
    (ServerError, "The fault is the service's: try again later."),
    (
        ApiTimeoutError,
        "Try again later, or wait longer (LEAP_CONNECT_TIMEOUT, LEAP_READ_TIMEOUT, in seconds).",
    ),
    (ApiConnectionError, "Check the network and --host."),
    (ApiException, ""),
)

# Where an argument of the client is not an option of the same name.
_OPTIONS = {"prompt": "PROMPT", "model_id": "--model"}


def explain(error: Exception) -> Explanation | None:
    """The explanation of an error; None if it is a fault of this program."""
    match error:
        case CommandError():
            return Explanation(str(error), error.exit_code)
        case SchemaValidationError():
            return Explanation("\n".join(map(_in_options, error.faults)), ExitCode.USAGE)
        case ClientConfigurationError():
            return Explanation(_in_options(str(error)), ExitCode.USAGE)
        case ApiException():
            advice = next(advice for kind, advice in _ADVICE if isinstance(error, kind))
            return Explanation(f"{error}. {advice}".removesuffix(" "), ExitCode.API_ERROR)
        case OSError():
            return Explanation(_words_of(error), ExitCode.API_ERROR)
        case _:
            return None


def _words_of(error: OSError) -> str:
    """What the system refused, and for which file."""
    words = error.strerror or str(error)
    return words if error.filename is None else f"{words}: {error.filename}"


def _in_options(fault: str) -> str:
    """A fault of an argument or a setting by the name that it has on the command line."""
    name, colon, problem = fault.partition(": ")
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    # An environment variable stands under its own name already, and what is no name at all has a space.
    return f"{option}: {problem}" if colon and name.isidentifier() and name.islower() else fault
