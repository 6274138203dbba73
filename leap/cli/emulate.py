"""`leap emulate`: a Leap-compatible server on this machine, until it is told to stop."""

import errno
import ipaddress
import logging
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from leap.cli.errors import CommandError, ExitCode
from leap.cli.messages import harmless, let_go_of_what_is_closed, print_json, print_line, say
from leap.cli.settings import Settings, takes
from leap.cli.stop_signals import stop_signals

if TYPE_CHECKING:
    from leap.emulator import Emulator, Renderer

DEFAULT_PORT = 5327
"""LEAP on the keys of a phone."""

_SWITCH_SECONDS = 0.0005
"""How long a thread may keep Python's lock. A renderer of somebody's own draws in this process, and would
keep the lock for 5 ms from the thread that answers, again and again."""

_JOBS = "Jobs"
_SERVER = "Server"


@takes("json")
def emulate(
    shared: Settings,
    *,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen. Others than this machine get in if it is not a loopback address.",
            rich_help_panel=_SERVER,
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(metavar="N", help="0 takes any that is free.", rich_help_panel=_SERVER),
    ] = DEFAULT_PORT,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep jobs and pictures here; made if it is not there. In memory if left out.",
            rich_help_panel=_SERVER,
        ),
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Let in this bearer token only, or several if given again. Any if left out.",
            rich_help_panel=_SERVER,
        ),
    ] = None,
    rate_limit: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Requests a minute for each token; 429 past that.", rich_help_panel=_SERVER
        ),
    ] = None,
    speed: Annotated[
        str,
        typer.Option(
            metavar="X", help="So much faster than the service; max for no waits.", rich_help_panel=_JOBS
        ),
    ] = "20",
    fail_rate: Annotated[
        float, typer.Option(metavar="0-1", help="Share of the jobs that fail.", rich_help_panel=_JOBS)
    ] = 0.0,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Makes chance repeat itself from run to run.", rich_help_panel=_JOBS),
    ] = None,
    renderer: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:CALLABLE",
            help="What draws the pictures, instead of the emulator itself.",
            rich_help_panel=_JOBS,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="Say no more than that it is ready.")
    ] = False,
) -> None:
    """Run a server that does what the Leap API does: no account, no network, no bill.

    Standard output gets one line once it is ready, with the URL at its end. Ctrl-C stops it.
    """
    for name in ("host", "api_key", "timeout"):
        if getattr(shared, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise CommandError(
                f"{option}: emulate asks no server; leave it out before emulate", ExitCode.USAGE
            )
    settings: dict[str, Any] = {
        "host": host,
        "port": port,
        "data": data,
        "tokens": token or None,
        "speed": _number_of(speed),
        "fail_rate": fail_rate,
        "seed": seed,
        "rate_limit": rate_limit,
    }
    with stop_signals() as wait_for_stop, ExitStack() as stack:
        settings["renderer"] = _renderer_of(renderer) if renderer else stack.enter_context(_drawing_process())
        emulator = _emulator_of(settings)
        sys.setswitchinterval(_SWITCH_SECONDS)
        with _log_to_standard_error(logging.ERROR if quiet else logging.INFO):
            _start(emulator, settings)
            try:
                _announce(emulator.url, data, tokens_given=bool(token), quiet=quiet, as_json=shared.json)
                wait_for_stop()
            finally:
                emulator.stop()
    if not quiet:
        # A terminal has shown the ^C, and is still on that line.
        say("\nstopped" if sys.stderr.isatty() else "stopped")
    let_go_of_what_is_closed()


def _number_of(speed: str) -> float:
    try:
        return float("inf" if speed.lower() == "max" else speed)
    except ValueError:
        raise CommandError(
            f'--speed: needs a number above 0, or "max", not {speed!r}', ExitCode.USAGE
        ) from None


def _renderer_of(name: str) -> "Renderer":
    from leap.emulator.rendering import RendererError, load_renderer

    try:
        return load_renderer(name)
    except RendererError as error:
        raise CommandError(f"--renderer: {error}", ExitCode.USAGE) from error
    except SystemExit as error:
        raise CommandError(
            f"--renderer: its module ends the program when it is imported: SystemExit: {error}",
            ExitCode.USAGE,
        ) from error


def _drawing_process() -> "AbstractContextManager[Renderer]":
    from leap.emulator.drawing.process import DrawingProcess

    return DrawingProcess()


def _emulator_of(settings: dict[str, Any]) -> "Emulator":
    from leap.emulator import Emulator

    try:
        return Emulator(**settings)
    except ValueError as error:
        name, _, problem = str(error).partition(" ")
        option = "--token" if name == "tokens" else f"--{name.replace('_', '-')}"
        raise CommandError(f"{option}: {problem}", ExitCode.USAGE) from error


def _start(emulator: "Emulator", settings: dict[str, Any]) -> None:
    from leap.emulator import StoreError

    try:
        emulator.start()
    except StoreError as error:
        raise CommandError(f"--data: {_why_not_data(error, settings['data'])}", ExitCode.USAGE) from error
    except (OSError, UnicodeError) as error:
        raise CommandError(
            _why_not_there(error, settings["host"], settings["port"]), ExitCode.USAGE
        ) from error


def _why_not_data(error: Exception, folder: Path) -> str:
    if getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return f"{folder} is in use by another emulator"
    return str(error)


def _why_not_there(error: Exception, host: str, port: int) -> str:
    """Say which option to change if the emulator cannot listen where it was told to."""
    if isinstance(error, socket.gaierror) or not isinstance(error, OSError):
        return f"--host: {host!r} is no address: {getattr(error, 'strerror', None) or error}"
    if error.errno == errno.EADDRINUSE:
        return f"--port: {port} is taken on {host}; give another one, or --port 0 for any that is free"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host: {host} is no address of this machine"
    if error.errno == errno.EACCES:
        return f"--port: {port} needs more rights than you have; give one above 1023"
    return error.strerror or str(error)


def _announce(url: str, data: Path | None, *, tokens_given: bool, quiet: bool, as_json: bool) -> None:
    """Say where it is: one line for scripts, and the rest for people."""
    address = urlsplit(url).hostname or ""
    if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
        say(
            f"leap: warning: it listens on {address}, and everyone who reaches that sees all prompts and"
            " pictures at / and can delete them, with or without a token"
        )
    if not quiet:
        say(
            f"Gallery: {url}/\n"
            "To send a program here, run it with:\n"
            f"  LEAP_HOST={url}\n"
            f"  LEAP_API_KEY={'(a token you gave with --token)' if tokens_given else 'anything'}\n"
            f"Jobs and pictures: {'in memory, gone at the end' if data is None else f'kept in {data}'}\n"
            "Ctrl-C stops it."
        )
    with suppress(OSError):  # nobody may be listening any more
        if as_json:
            print_json({"url": url})
        else:
            print_line(f"leap emulator ready: {url}")


@contextmanager
def _log_to_standard_error(level: int) -> Iterator[None]:
    """Show what the emulator logs, from a level on, as one line each."""
    handler = _OneLineHandler(level)
    loggers = [logging.getLogger(name) for name in ("leap.emulator", "uvicorn")]
    for logger in loggers:
        logger.addHandler(handler)
    loggers[0].setLevel(level)
    try:
        yield
    finally:
        loggers[0].setLevel(logging.NOTSET)
        for logger in loggers:
            logger.removeHandler(handler)


class _OneLineHandler(logging.Handler):
    """Writes what was logged; of an exception its type, its message and the place, not the traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line += f": {type(error).__name__}: {error}"
            if frames := extract_tb(error.__traceback__):
                line += f" ({frames[-1].filename}, line {frames[-1].lineno})"
        with suppress(Exception):  # the line of a log must not end what it tells of
            say(harmless(line))
