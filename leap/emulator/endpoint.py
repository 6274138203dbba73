"""The endpoints: what is checked before an operation of the contract gets to see a request.

Paths, methods, parameters and bodies come from openapi.yaml; what it leaves open is in `limits`.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leap.emulator import contract, limits
from leap.emulator.admission import Admission
from leap.emulator.errors import Refusal, no_such_method, unauthorized
from leap.emulator.form import read_form

Arguments = Mapping[str, Any]
"""The parameters that a request gave, by wire name."""

Handler = Callable[[Request, str, Arguments, Any], Response | Awaitable[Response]]
"""What an operation does: takes the request, the token, the parameters and the body.

The body is what the JSON says, or a `Form`.
"""

_FORM: Final = "multipart/form-data"

_BEARER: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE)


class Endpoint:
    """Every operation of one path: finds the one asked for, checks the request, and lets it answer."""

    def __init__(
        self,
        operations: Mapping[str, contract.Operation],
        handlers: Mapping[str, Handler],
        admission: Admission,
    ) -> None:
        """Take the path's operations by their HTTP method, all handlers by operationId, and who may pass."""
        self._operations = dict(operations)
        self._handlers = handlers
        self._admission = admission
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
        headers = self._admission.admit(token)
        try:
            response = await self._carry_out(request, operation, token)
        except Refusal as refusal:
            raise Refusal(refusal.status, refusal.message, {**headers, **(refusal.headers or {})}) from None
        response.headers.update(headers)
        return response

    async def _carry_out(self, request: Request, operation: contract.Operation, token: str) -> Response:
        # The path was routed as it was sent; see EncodedPath.
        path = {name: unquote(text) for name, text in request.path_params.items()}
        arguments, faults = operation.read_parameters(path, request.query_params.multi_items())
        body: object = None
        async with AsyncExitStack() as stack:
            if operation.bodies:
                media_type = _media_type(request, operation)
                if media_type == _FORM:
                    body, found = await read_form(request, operation.bodies[media_type])
                    stack.push_async_callback(body.close)
                else:
                    body = _json(await request.body())
                    found = _body_faults(operation, media_type, body)
                faults += found
            faults += limits.faults(arguments, body)
            if faults:
                raise Refusal(400, faults)
            answer = self._handlers[operation.id](request, token, arguments, body)
            return await answer if isinstance(answer, Awaitable) else answer


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
