"""Errors: what went wrong as a line that says what to do, and as an exit code."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from leap import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    BadRequestError,
    ClientConfigurationError,
    ForbiddenError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    OpenApiException,
    SchemaValidationError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitCode(IntEnum):
    """What the process ends with; scripts rely on it."""

    OK = 0
    API_ERROR = 1
    USAGE = 2
    JOB_FAILED = 3
    TIMEOUT = 4
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells have it."""

    def or_worse(self, other: ExitCode) -> ExitCode:
        """The worse of two: an interruption before a wrong call, an API error, a failed job and a timeout."""
        return next(each for each in _WORST_FIRST if each in (self, other))


_WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.API_ERROR,
    ExitCode.JOB_FAILED,
    ExitCode.TIMEOUT,
    ExitCode.OK,
)


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
    (NotFoundError, "Check the id, --model and --host."),
    (TooManyRequestsError, "Wait a little and try again."),
    (ServerError, "The fault is the service's: try again later."),
    (
        ApiTimeoutError,
        "Try again later, or wait longer (LEAP_CONNECT_TIMEOUT, LEAP_READ_TIMEOUT, in seconds).",
    ),
    (ApiConnectionError, "Check the network and --host."),
    (JobFailedError, "Try again, or change the prompt or the parameters."),
    (ApiException, ""),
)

_EXIT_CODES = ((JobFailedError, ExitCode.JOB_FAILED), (JobTimeoutError, ExitCode.TIMEOUT))

# Where an argument of the client is not an option of the same name.
_OPTIONS = {
    "prompt": "PROMPT",
    "model_id": "--model",
    "inference_id": "ID",
    "job_or_id": "ID",
    "access_token": "--api-key",
}


# What a program can do about a setting, and a command cannot.
_FOR_PROGRAMS = re.compile(r"\w+=True \((LEAP_\w+=1)\)| \(or open it, [^)]*\)")


def explain(
    error: Exception,
    *,
    advice: Mapping[type[ApiException], str] = {},
    names: Mapping[str, str] = {},
) -> Explanation | None:
    """The explanation of an error; None if it is a fault of this program.

    Args:
        error: What went wrong.
        advice: What to do about it, where that is other than for most commands.
        names: What arguments of the client are called here, where that is other than for most commands.
    """
    match error:
        case CommandError():
            return Explanation(str(error), error.exit_code)
        case SchemaValidationError():
            faults = (_in_options(fault, names) for fault in error.faults)
            return Explanation("\n".join(faults), ExitCode.USAGE)
        case ClientConfigurationError():
            return Explanation(_in_options(str(error), names), ExitCode.USAGE)
        case OpenApiException():
            told = next((told for kind, told in (*advice.items(), *_ADVICE) if isinstance(error, kind)), "")
            exit_code = next(
                (code for kind, code in _EXIT_CODES if isinstance(error, kind)), ExitCode.API_ERROR
            )
            return Explanation(f"{error}. {told}".removesuffix(" "), exit_code)
        case OSError():
            return Explanation(_words_of(error), ExitCode.API_ERROR)
        case _:
            return None


def _words_of(error: OSError) -> str:
    """What the system refused, and for which file."""
    if isinstance(error, FileExistsError):
        return f"{error.filename} is there already; --overwrite replaces it"
    words = error.strerror or str(error)
    return words if error.filename is None else f"{words}: {error.filename}"


def _in_options(fault: str, names: Mapping[str, str]) -> str:
    """A fault of an argument or a setting by the name that it has on the command line."""
    name, colon, problem = fault.partition(": ")
    problem = _FOR_PROGRAMS.sub(lambda found: found[1] or "", problem)
    if colon and name in names:
        return f"{names[name]}: {problem.removeprefix(f'{names[name]!r} ')}"
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    # An environment variable stands under its own name already, and what is no name at all has a space.
    return f"{option}: {problem}" if colon and name.isidentifier() and name.islower() else fault
