"""What the emulator says when it refuses a request, in the words and the form of a NestJS application.

    {"statusCode": 400, "message": ["steps must be a number"], "error": "Bad Request"}

The form is that of `ErrorEntity` in openapi.yaml.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

# These are spelled out, since http.HTTPStatus changed some of them between two Pythons.
STATUS_NAMES: Mapping[int, str] = {
    **{status.value: status.phrase for status in HTTPStatus},
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class Refusal(Exception):  # noqa: N818 - it is an answer to give, not a fault of the emulator
    """Raised anywhere while a request is handled; it ends as the answer to that request."""

    def __init__(
        self, status: int, message: str | Sequence[str], headers: Mapping[str, str] | None = None
    ) -> None:
        """Take the HTTP status, one sentence or a list with one for each fault, and extra headers."""
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers = headers


class JSONResponse(Response):
    """Any JSON value as a response; everything but ASCII is escaped.

    Starlette's own writes UTF-8, which has no way to write half of a surrogate pair, and a prompt may
    hold one: JSON can escape it, so a client can send it.
    """

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Give the bytes of the JSON, without a space."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


def status_name(status: int) -> str:
    """Give the name of a status code; one that nobody has registered, 520 for instance, has none."""
    return STATUS_NAMES.get(status, "Unknown Status")


def error_body(status: int, message: str | Sequence[str]) -> dict[str, object]:
    """Give the JSON of a refusal; `error` is left out where it would say the message once more."""
    name = status_name(status)
    body: dict[str, object] = {"statusCode": status, "message": message}
    if message != name:
        body["error"] = name
    return body


def unauthorized() -> Refusal:
    """Say that the bearer token is missing or malformed (RFC 6750 asks for the header)."""
    return Refusal(401, STATUS_NAMES[401], {"WWW-Authenticate": "Bearer"})


def no_such_route(method: str, path: str) -> Refusal:
    """Say that nothing lives at this path."""
    return Refusal(404, f"Cannot {method} {path}")


def no_such_method(method: str, path: str, allowed: Sequence[str]) -> Refusal:
    """Say that the path exists but does not take this method (RFC 9110 asks for the header)."""
    return Refusal(405, f"Cannot {method} {path}", {"Allow": ", ".join(allowed)})


def payload_too_large(max_body_bytes: int) -> Refusal:
    """Say that the body of the request is larger than the emulator reads."""
    return Refusal(413, f"request entity too large: at most {max_body_bytes} bytes are read")


def refusal_response(refusal: Refusal) -> Response:
    """Make the answer of a refusal."""
    return JSONResponse(error_body(refusal.status, refusal.message), refusal.status, refusal.headers)


async def answer_refusal(_request: Request, exception: Exception) -> Response:
    """Answer for a handler that raised `Refusal`; has the shape of a Starlette exception handler."""
    if not isinstance(exception, Refusal):
        raise exception
    return refusal_response(exception)


async def answer_fault(_request: Request, _exception: Exception) -> Response:
    """Answer for a handler that failed in a way nobody foresaw; Starlette logs the traceback."""
    return JSONResponse(error_body(500, STATUS_NAMES[500]), 500)
