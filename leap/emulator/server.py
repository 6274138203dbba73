"""The emulator as something to start and stop: a socket, a thread with an event loop, uvicorn."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from leap.emulator.application import application
from leap.emulator.changes import Changes
from leap.emulator.drawing import draw
from leap.emulator.fate import Fates
from leap.emulator.faults import Faults
from leap.emulator.protocol import Protocol
from leap.emulator.rendering import Renderer
from leap.emulator.settings import (
    DEFAULT_BODY_LIMIT,
    DEFAULT_SPEED,
    DEFAULT_UPLOAD_LIMIT,
    Settings,
    tokens_of,
)
from leap.emulator.store import Store
from leap.emulator.workspace import Workspace

_logger: Final = logging.getLogger(__name__)

_SECONDS_TO_CLOSE: Final = 1
"""How long `stop` waits for requests under way, which take milliseconds unless a client stalls."""


class Emulator:
    """A Leap-compatible server on a socket of this machine.

    It runs on a thread of its own and touches no signal handler; any number may run in one process.
    One that was stopped may be started again: with a folder for its data it carries on with the same jobs.

    Attributes:
        faults: The fault rules, which make chosen requests go wrong. They outlive a stop.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data: str | os.PathLike[str] | None = None,
        tokens: Iterable[str] | str | None = None,
        speed: float = DEFAULT_SPEED,
        fail_rate: float = 0.0,
        seed: int | None = None,
        rate_limit: int | None = None,
        max_body_bytes: int = DEFAULT_BODY_LIMIT,
        max_upload_bytes: int = DEFAULT_UPLOAD_LIMIT,
        renderer: Renderer = draw,
    ) -> None:
        """Take the settings; nothing is opened before `start`.

        Args:
            host: Address to listen on. Anything but loopback lets other machines in, to the gallery too.
            port: Port to listen on; 0 takes any that is free, a new one at each start.
            data: Folder that keeps the jobs, their files and the webhook calls, made if it is not there; None
                keeps them in memory until `stop`. One emulator at a time can use a folder.
            tokens: The bearer token or tokens that are let in; None lets any in. Each token is a
                workspace of its own.
            speed: How much faster than the service jobs are. At 1 a job is queued for 2 seconds, and takes
                4 for each picture, 20 for music and 25 minutes for a training; at `float("inf")` nothing
                waits but for the drawing itself.
            fail_rate: Share of the jobs that fail, 0 to 1.
            seed: Makes chance repeat itself: the seeds of jobs that bring none, and which jobs fail.
            rate_limit: Requests a minute that each token may make before it gets 429; None for any number.
            max_body_bytes: Largest request body in bytes; a larger one is answered with 413.
            max_upload_bytes: The same for a form, which carries the sample pictures of a training.
            renderer: Draws a picture of a job, given what is asked for and the picture's index from 0,
                and gives its PNG. Called on a thread of its own; if it raises, the job fails.

        Raises:
            ValueError: A setting is out of its range.
        """
        self._settings = Settings(
            host=host,
            port=port,
            data=data,
            tokens=tokens_of(tokens),
            speed=speed,
            fail_rate=fail_rate,
            seed=seed,
            rate_limit=rate_limit,
            max_body_bytes=max_body_bytes,
            max_upload_bytes=max_upload_bytes,
            renderer=renderer,
        )
        self._changes = Changes()
        self.faults = Faults(on_change=lambda: self._changes.tell("faults"))
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

    @property
    def store(self) -> Store:
        """What it keeps: the jobs of all workspaces and the webhook calls about them.

        Raises:
            RuntimeError: The emulator is not running.
        """
        if self._running is None:
            raise RuntimeError("the emulator is not running; start it first")
        return self._running.store

    def workspace(self, token: str | None = None) -> Workspace:
        """Give the jobs and the fault rules of one bearer token, for a test to look at and wait for.

        Args:
            token: The bearer token; None makes a random one, and with it an empty workspace.

        Raises:
            RuntimeError: The emulator is not running.
            ValueError: The emulator lets in certain tokens only, and this is none of them.
        """
        admitted = self._settings.tokens
        if admitted is not None and token not in admitted:
            raise ValueError("token must be one of those that the emulator lets in")
        return Workspace(self.url, token, self.store, self._changes, self.faults)

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
            settings = self._settings
            listener = _listen(settings.host, settings.port)
            try:
                fates = Fates(settings.seed, settings.fail_rate)
                store = Store(settings.data, fates, self._changes)
            except BaseException:
                listener.close()
                raise
            url = _url(listener)
            self._running = _Running(
                listener, url, store, application(store, settings, url, self._changes, self.faults)
            )

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

    def __init__(self, listener: socket.socket, url: str, store: Store, app: ASGIApp) -> None:
        self.url = url
        self.store = store
        config = _Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            # Who asks is who it says: there is no proxy in front, whose headers could be believed.
            proxy_headers=False,
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
        self.store.close()


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
