"""The routes: which operation of the contract does what, and what is checked before it does.

Paths, methods, parameters and bodies come from openapi.yaml. An operation of the contract that the
emulator does not play yet is left out, and its path answers 404.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from leap.emulator import contract, limits
from leap.emulator.errors import (
    JSONResponse,
    Refusal,
    answer_fault,
    answer_refusal,
    no_such_method,
    no_such_route,
    refusal_response,
    unauthorized,
)
from leap.emulator.jobs import Job, Parameters, picture_path
from leap.emulator.store import Store
from leap.emulator.worker import Worker

Arguments = Mapping[str, Any]
Handler = Callable[[Request, str, Arguments, Any], Response]

_BEARER: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_NO_SUCH_JOB: Final = "Inference not found"


class Api:
    """What each operation does. A method takes the request, the token, the parameters and the body."""

    def __init__(self, store: Store, worker: Worker, url: str) -> None:
        """Take the emulator's own URL, for requests whose Host header gives none."""
        self._store = store
        self._worker = worker
        self._url = url

    def handlers(self) -> dict[str, Handler]:
        """Give the handler of each operation by its operationId."""
        return {
            "InferencesController_create": self.create,
            "InferencesController_findAll": self.find_all,
            "InferencesController_findOne": self.find_one,
            "InferencesController_remove": self.remove,
        }

    def create(self, request: Request, token: str, arguments: Arguments, body: Any) -> Response:
        """Submit a job."""
        job = self._store.add(token, arguments["modelId"], Parameters.of_body(body))
        self._worker.notice()
        return self._entity(request, job)

    def find_all(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """List a page of a model's jobs."""
        jobs = self._store.page(
            token,
            arguments["modelId"],
            only_finished=arguments.get("onlyFinished", False),
            page=int(arguments.get("page", 1)),
            page_size=int(arguments.get("pageSize", limits.DEFAULT_PAGE_SIZE)),
        )
        base_url = self._base_url(request)
        return JSONResponse([job.to_entity(base_url) for job in jobs])

    def find_one(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a job."""
        job = self._store.find(token, arguments["modelId"], arguments["inferenceId"])
        if job is None:
            raise Refusal(404, _NO_SUCH_JOB)
        return self._entity(request, job)

    def remove(self, _request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Delete a job and its pictures."""
        if not self._store.remove(token, arguments["modelId"], arguments["inferenceId"]):
            raise Refusal(404, _NO_SUCH_JOB)
        return Response()

    async def picture(self, request: Request) -> Response:
        """Serve a picture to whoever knows its address, as a content delivery network does."""
        png = await run_in_threadpool(self._store.picture, request.path_params["picture_id"])
        if png is None:
            raise Refusal(404, "Image not found")
        return Response(png, media_type="image/png", headers={"ETag": f'"{sha256(png).hexdigest()}"'})

    def _entity(self, request: Request, job: Job) -> Response:
        return JSONResponse(job.to_entity(self._base_url(request)))

    def _base_url(self, request: Request) -> str:
        """Begin addresses with the name by which the client reached us, so that it can follow them."""
        host = request.headers.get("host", "")
        return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else self._url


class Endpoint:
    """Every operation of one path: finds the one asked for, checks the request, and lets it answer."""

    def __init__(self, operations: Mapping[str, contract.Operation], handlers: Mapping[str, Handler]) -> None:
        """Take the path's operations by their HTTP method, and all handlers by operationId."""
        self._operations = dict(operations)
        self._handlers = handlers
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application; a client that hung up gets nothing."""
        try:
            response = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        operation = self._operations.get(request.method)
        if operation is None:
            raise no_such_method(request.method, request.url.path, sorted(self._operations))
        token = _token(request)
        # The path was routed as it was sent; see EncodedPath.
        path = {name: unquote(text) for name, text in request.path_params.items()}
        arguments, faults = operation.read_parameters(path, request.query_params.multi_items())
        body: object = None
        if operation.bodies:
            media_type = _media_type(request, operation)
            body = _json(await request.body())
            faults += _body_faults(operation, media_type, body)
        faults += limits.faults(arguments, body)
        if faults:
            raise Refusal(400, faults)
        return self._handlers[operation.id](request, token, arguments, body)


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


def application(store: Store, worker: Worker, url: str) -> ASGIApp:
    """Make the ASGI application; the worker runs as long as its lifespan."""
    api = Api(store, worker, url)
    handlers = api.handlers()
    paths: dict[str, dict[str, contract.Operation]] = {}
    for operation in contract.load():
        if operation.id in handlers:
            paths.setdefault(operation.path, {})[operation.method] = operation
    routes = [Route(path, Endpoint(operations, handlers)) for path, operations in paths.items()]
    routes.append(Route(picture_path("{picture_id}"), api.picture))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with worker:
            yield

    handled: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        Refusal: answer_refusal,
        HTTPException: _answer_router,
        Exception: answer_fault,
    }
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handled)
    app.router.redirect_slashes = False  # the API has one address for each thing
    return EncodedPath(app)


async def _answer_router(request: Request, exception: Exception) -> Response:
    """Word what Starlette's router refuses as the rest is worded."""
    if not isinstance(exception, HTTPException):
        raise exception
    method, path = request.method, request.url.path
    if exception.status_code == 405:  # noqa: PLR2004
        allowed = (exception.headers or {}).get("Allow", "").split(", ")
        return refusal_response(no_such_method(method, path, sorted(allowed)))
    return refusal_response(no_such_route(method, path))


def _token(request: Request) -> str:
    """Give the bearer token: any that is not empty is a workspace of its own."""
    headers = request.headers.getlist("authorization")
    match = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
    if match is None:
        raise unauthorized()
    return match[1]


def _media_type(request: Request, operation: contract.Operation) -> str:
    """Give the media type of the body, one of those that the contract names and in UTF-8."""
    media_type, *settings = request.headers.get("content-type", "").lower().split(";")
    media_type = media_type.strip()
    charsets = [text.strip() for text in settings if text.strip().startswith("charset=")]
    if media_type not in operation.bodies:
        raise Refusal(415, f"Content-Type must be {' or '.join(operation.bodies)}")
    if any(charset.removeprefix("charset=").strip('"') not in {"utf-8", "utf8"} for charset in charsets):
        raise Refusal(415, "the charset of the Content-Type must be utf-8")
    return media_type


def _json(body: bytes) -> object:
    """Decode a body; a number that no double can hold becomes infinite, which the contract refuses."""
    try:
        return json.loads(body.decode(), parse_int=_whole_number, parse_constant=_no_constant)
    except RecursionError:
        raise Refusal(400, ["the body is nested too deeply"]) from None
    except ValueError as error:
        raise Refusal(400, [f"the body is not valid JSON: {error}"]) from None


def _whole_number(text: str) -> float:
    # Python refuses to read more than 4300 digits, and no double has more than 309.
    return float(text) if abs(float(text)) == float("inf") else int(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _body_faults(operation: contract.Operation, media_type: str, body: object) -> list[str]:
    try:
        return operation.body_faults(media_type, body)
    except RecursionError:
        return ["the body is nested too deeply"]
