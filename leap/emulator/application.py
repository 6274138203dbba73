"""The application: which address leads where."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from leap.emulator import contract, gallery
from leap.emulator.admission import Admission
from leap.emulator.api import handlers
from leap.emulator.body_limit import BodyLimit
from leap.emulator.changes import Changes
from leap.emulator.endpoint import Endpoint
from leap.emulator.errors import (
    Refusal,
    answer_fault,
    answer_refusal,
    no_such_method,
    no_such_route,
    refusal_response,
)
from leap.emulator.faults import Faults, control
from leap.emulator.faults.injection import FaultInjection
from leap.emulator.file_route import FileRoute
from leap.emulator.files import SERVED_UNDER, SUFFIXES
from leap.emulator.request_log import RequestLog
from leap.emulator.settings import Settings
from leap.emulator.store import Store
from leap.emulator.webhooks import Webhooks
from leap.emulator.worker import Worker


class EncodedPath:
    """An ASGI layer that routes on the path as it was sent, so that %2F in a model's id stays in the id."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its encoded path."""
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self._app(scope, receive, send)


def application(store: Store, settings: Settings, url: str, changes: Changes, faults: Faults) -> ASGIApp:
    """Make the ASGI application; jobs and webhooks are worked on as long as its lifespan."""
    webhooks = Webhooks(store, settings.pace.webhook_pause, url)
    worker = Worker(store, settings.renderer, settings.pace, webhooks.notice)
    admission = Admission(settings.tokens, settings.rate_limit)
    of_operation = handlers(store, worker, url)
    paths: dict[str, dict[str, contract.Operation]] = {}
    for operation in contract.load():
        paths.setdefault(operation.path, {})[operation.method] = operation
    routes = [
        # A path without a parameter before those that would match it as well.
        Route(path, Endpoint(paths[path], of_operation, admission))
        for path in sorted(paths, key=lambda path: path.count("{"))
    ]
    files = FileRoute(store.files, lambda file: file.path)
    routes += [
        Route(f"{folder}{{file_id}}{suffix}", files.answer)
        for folder in SERVED_UNDER.values()
        for suffix in SUFFIXES.values()
    ]
    routes += control.routes(faults)
    routes += gallery.routes(store, faults, changes, url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with webhooks, worker:
            yield

    handled: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        Refusal: answer_refusal,
        HTTPException: _answer_router,
        Exception: answer_fault,
    }
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handled)
    app.router.redirect_slashes = False  # the API has one address for each thing
    faulty = FaultInjection(EncodedPath(app), faults, owner_of_file=store.files.owner)
    return RequestLog(BodyLimit(faulty, settings.max_body_bytes, settings.max_upload_bytes))


async def _answer_router(request: Request, exception: Exception) -> Response:
    """Word what Starlette's router refuses as the rest is worded."""
    if not isinstance(exception, HTTPException):
        raise exception
    method, path = request.method, request.url.path
    if exception.status_code == 405:  # noqa: PLR2004
        allowed = (exception.headers or {}).get("Allow", "").split(", ")
        return refusal_response(no_such_method(method, path, sorted(allowed)))
    return refusal_response(no_such_route(method, path))
