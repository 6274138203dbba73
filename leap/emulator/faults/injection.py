"""The layer that makes requests go wrong, between the wire and everything else."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from leap.emulator.faults.exchange import Exchange
from leap.emulator.faults.fault import Fault
from leap.emulator.faults.rules import Faults

FAULTY_PATHS: Final = ("/api/", "/images/", "/samples/", "/audio/")
"""How the paths begin that a fault can hit. The gallery and the control of the faults stay out of reach."""

_BEARER: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_FILE: Final = re.compile(r"/(?:images|samples|audio)/([^/]+)\.[a-z]+")


class FaultInjection:
    """An ASGI layer that injects the faults of the rules; without a rule it only passes requests on.

    Its place is inside of `BodyLimit`, since it reads the body of a request that it hits whole, and
    outside of everything else. It needs `leap.emulator.protocol` to break connections.
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        *,
        paths: Sequence[str] = FAULTY_PATHS,
        owner_of_file: Callable[[str], str | None] | None = None,
    ) -> None:
        """Wrap `app`.

        Args:
            app: What answers if nothing goes wrong.
            faults: The rules.
            paths: How the paths begin that can be hit.
            owner_of_file: Gives the SHA-256 (hexadecimal) of the token of the workspace that a file
                belongs to, by the file's id. Files are fetched without a token, so rules for one token hit
                them only with this. Called on a thread of its own.
        """
        self._app = app
        self._faults = faults
        self._paths = tuple(paths)
        self._owner_of_file = owner_of_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or let it go wrong."""
        fault = None
        if self._faults.rules and scope["type"] == "http":
            fault = await self._match(scope)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await Exchange(self._app, fault, scope, receive, send).run()

    async def _match(self, scope: Scope) -> Fault | None:
        path = scope["raw_path"].decode("latin-1")
        if not path.startswith(self._paths):
            return None
        token, owner = _token(scope), None
        if token is None and self._owner_of_file is not None and (file := _FILE.fullmatch(path)):
            owner = await run_in_threadpool(self._owner_of_file, file[1])
        return self._faults.match(scope["method"], path, token, token_sha256=owner)


def _token(scope: Scope) -> str | None:
    """Give the bearer token of a request that has one and no other."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    match = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    return match and match[1]
