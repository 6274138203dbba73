"""The emulator as something to start and stop: a socket, a thread with an event loop, uvicorn."""

import asyncio
import logging
import os
import socket
import threading
from types import TracebackType
from typing import Final, Self

import uvicorn

from leap.emulator.application import application
from leap.emulator.body_limit import BodyLimit
from leap.emulator.drawing import draw as draw_picture
from leap.emulator.protocol import Protocol
from leap.emulator.store import Store
from leap.emulator.worker import Draw, Worker

_logger: Final = logging.getLogger(__name__)

_SECONDS_TO_CLOSE: Final = 1
"""How long `stop` waits for requests under way, which take milliseconds unless a client stalls."""


class Emulator:
    """A Leap-compatible server on a socket of this machine.

    It runs on a thread of its own and touches no signal handler; any number may run in one process.
    One that was stopped may be started again: with a `database` it carries on with the same jobs.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        database: str | os.PathLike[str] | None = None,
        seconds_queued: float = 0.1,
        seconds_per_image: float = 0.2,
        max_body_bytes: int = 1024 * 1024,
        draw: Draw = draw_picture,
    ) -> None:
        """Take the settings; nothing is opened before `start`.

        Args:
            host: Address to listen on. Anything but loopback lets other machines in.
            port: Port to listen on; 0 takes any that is free, a new one at each start.
            database: SQLite file that keeps the jobs and pictures; None keeps them in memory until
                `stop`. One emulator at a time can use a file.
            seconds_queued: Seconds that a job stays queued, at least.
            seconds_per_image: Seconds that each picture of a job takes, at least.
            max_body_bytes: Largest request body in bytes; a larger one is answered with 413.
            draw: Draws a picture of a job, given its parameters and the picture's position from 0, and
                gives its PNG. Called on a thread of its own; if it raises, the job fails.

        Raises:
            ValueError: A setting is out of its range.
        """
        if not 0 <= port <= 65535:  # noqa: PLR2004
            raise ValueError(f"port must be from 0 to 65535, not {port}")
        for name, seconds in (("seconds_queued", seconds_queued), ("seconds_per_image", seconds_per_image)):
            if not 0 <= seconds < float("inf"):
                raise ValueError(f"{name} must be 0 or a number of seconds, not {seconds}")
        if max_body_bytes < 1:
            raise ValueError(f"max_body_bytes must be at least 1, not {max_body_bytes}")
        self._host = host
        self._port = port
        self._database = database
        self._seconds_queued = seconds_queued
        self._seconds_per_image = seconds_per_image
        self._max_body_bytes = max_body_bytes
        self._draw = draw
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """Where the emulator listens, without a slash at the end: "http://127.0.0.1:41553".

        Raises:
            RuntimeError: The emulator is not running.
        """
        if self._running is None:
            raise RuntimeError("the emulator is not running; start it first")
        return self._running.url

    def start(self) -> None:
        """Open the database and the socket; when this returns, the emulator answers.

        Raises:
            OSError: The address cannot be listened on, most often because the port is taken.
            StoreError: The database cannot be used.
            RuntimeError: The emulator is running already.
        """
        with self._lock:
            if self._running is not None:
                raise RuntimeError("the emulator is running already")
            listener = _listen(self._host, self._port)
            try:
                store = Store(self._database)
            except BaseException:
                listener.close()
                raise
            worker = Worker(store, self._draw, self._seconds_queued, self._seconds_per_image)
            self._running = _Running(listener, store, worker, self._max_body_bytes)

    def stop(self) -> None:
        """Stop listening, end what is under way and close the database; does nothing if not running.

        A picture that is being drawn is finished and kept; unfinished jobs stay in the database.
        """
        with self._lock:
            if self._running is not None:
                self._running.stop()
                self._running = None

    close = stop

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Running:
    """One run of an emulator, from its start to its stop."""

    def __init__(self, listener: socket.socket, store: Store, worker: Worker, max_body_bytes: int) -> None:
        self.url = _url(listener)
        self._store = store
        app = BodyLimit(application(store, worker, self.url), max_body_bytes)
        config = _Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_CLOSE,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._serve, args=(listener,), name="leap-emulator", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            self.stop()
            raise RuntimeError("the emulator did not start; the log says why")

    def _serve(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._server.serve([listener]))
        except BaseException:
            _logger.exception("the emulator's server ended")
        finally:
            listener.close()
            self._server.ready.set()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._store.close()


class _Server(uvicorn.Server):
    """A server that says when it has started, so that nobody needs to ask again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Config(uvicorn.Config):
    """Settings that leave the process's loggers alone: its owner may run a uvicorn as well."""

    def configure_logging(self) -> None:
        pass


def _listen(host: str, port: int) -> socket.socket:
    """Give a socket that listens, so that connections succeed from now on."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            # A port that was in use a moment ago may be taken again; one in use now may not.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno, f"the emulator cannot listen on {host}:{port}: {error.strerror}"
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
