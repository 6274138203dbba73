"""Outcome: what an answer of the server means, an `ApiResponse` or an exception.

Pure, like `leap.operation`: the answer has been read by `leap.api_client` before it comes here.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from leap.api_response import ApiResponse, ApiResponseWithoutDeserialization
from leap.exceptions import (
    ApiException,
    ResponseDecodingError,
    ResponseValidationError,
    ResponseValidationWarning,
    class_for_status,
    join_faults,
)
from leap.schemas import Unset, unset

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

    from leap.operation import Operation, Request
    from leap.schemas.reading import Reader

BodyT = TypeVar("BodyT")

_SHOWN_CHARACTERS = 200

_REQUEST_TIMEOUT, _FIRST_FAILURE, _UNAVAILABLE = 408, 500, 503

# Where the call stands, counted from `interpret`: over ApiClient.call and the tag's method.
_CALLER = 4


def interpret(
    operation: Operation[BodyT],
    request: Request,
    answer: HTTPResponse,
    round_trip_time: float,
    *,
    strict: bool,
    faults_seen: list[str] | None = None,
    attempts: int = 1,
    time_spent: float | None = None,
) -> ApiResponse[BodyT]:
    """What the call returns for an answer.

    Args:
        operation: The call.
        request: What was sent.
        answer: The answer; read, except for a successful one to a request with `stream`.
        round_trip_time: Seconds from sending to the last byte read.
        strict: Whether an answer that breaks the contract is an error.
        faults_seen: Takes what breaks the contract, where that is no error, instead of a warning.
        attempts: How many requests the call took.
        time_spent: Seconds that it took, if there was more than one.

    Raises:
        ApiException: The status is not 2xx, the body is not JSON, or it breaks the contract while strict.
    """
    if not 200 <= answer.status <= 299:  # noqa: PLR2004 - the bounds of "successful", RFC 9110 section 15.3
        raise status_error(request, answer, round_trip_time)
    if request.skip_deserialization:
        return ApiResponseWithoutDeserialization(
            answer, round_trip_time=round_trip_time, attempts=attempts, time_spent=time_spent
        )
    body: Any = unset
    faults: list[str] = []
    if operation.response is not Unset and not request.stream:
        try:
            body, found = operation.reader.read(_decoded(operation.reader, answer))
        except (ValueError, RecursionError) as error:
            raise _not_json(request, answer, round_trip_time, error) from None
        faults = [str(fault) for fault in found]
    response: ApiResponse[BodyT] = ApiResponse(
        answer,
        body=body,
        headers=answer.headers,
        round_trip_time=round_trip_time,
        attempts=attempts,
        time_spent=time_spent,
    )
    if faults:
        if faults_seen is None or strict:
            _report(request, response, faults, strict=strict)
        else:
            faults_seen.extend(faults)
    return response


def _decoded(reader: Reader, answer: HTTPResponse) -> Any:
    try:
        return reader.decode(answer.data)
    except (reader.DecodeError, ValueError):
        return decode_json(answer.data, answer.headers.get("Content-Type"))


def decode_json(data: bytes, content_type: str | None) -> Any:
    """The JSON value of a body.

    msgspec reads UTF-8 and what RFC 8259 allows. What it refuses and the standard library can read (other
    encodings of Unicode, a byte order mark, NaN, half a surrogate pair) or what the declared charset
    explains is read all the same: a job that was paid for is not lost to a detail of its encoding.

    Raises:
        ValueError: The body is not JSON.
        RecursionError: It is nested too deeply.
    """
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_json_leniently(data, content_type)


def _decode_json_leniently(data: bytes, content_type: str | None) -> Any:
    import json

    try:
        return json.loads(data)
    except ValueError:
        declared = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type or "", re.ASCII | re.IGNORECASE)
        if declared is None:
            raise
        try:
            return json.loads(data.decode(declared[1]))
        except LookupError:  # no such charset
            raise ValueError(f"the charset {declared[1]} is not known") from None


def status_error(request: Request, answer: HTTPResponse, round_trip_time: float) -> ApiException:
    """The exception for an answer that is not a 2xx."""
    body = _error_body(answer)
    parts = [f"{answer.status} {show_text(answer.reason or '')}".rstrip()]
    if (said := _said(body)) and said != show_text(answer.reason or ""):
        parts.append(said)
    if answer.status == 401:  # noqa: PLR2004 - the status is its own name
        parts.append("check the access token (access_token or LEAP_API_KEY)")
    if 300 <= answer.status <= 399:  # noqa: PLR2004 - the bounds of "redirection", RFC 9110 section 15.4
        location = answer.headers.get("Location", "nowhere")
        parts.append(
            f"the server points to {show_text(location)}; redirects are not followed, check the host"
        )
    return class_for_status(answer.status)(
        f"{': '.join(parts)} [{_line(request)}]",
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        body=body,
        round_trip_time=round_trip_time,
    )


def _not_json(
    request: Request, answer: HTTPResponse, round_trip_time: float, error: Exception
) -> ResponseDecodingError:
    body = _text(answer.data)
    what = f"the body is not JSON ({error}): {show_text(body)}" if body else "the body is empty, not JSON"
    return ResponseDecodingError(
        f"{answer.status} {show_text(answer.reason or '')}".rstrip() + f", but {what} [{_line(request)}]",
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        body=body,
        round_trip_time=round_trip_time,
    )


def _report(request: Request, response: ApiResponse[Any], faults: list[str], *, strict: bool) -> None:
    what = f"the answer breaks the contract: {join_faults(faults)} [{_line(request)}]"
    cause = None
    if not strict:
        try:
            warnings.warn(
                f"{what}; it is returned as it came", ResponseValidationWarning, stacklevel=_CALLER + 1
            )
        except ResponseValidationWarning as warning:
            # The program turns warnings into errors. The answer is not lost: this one carries it.
            cause = warning
        else:
            return
    raise validation_error(what, response, faults) from cause


def gone(request: Request, answer: HTTPResponse, round_trip_time: float) -> ApiResponse[Any]:
    """What a call that deletes returns if what it deletes is not there any more."""
    if request.skip_deserialization:
        return ApiResponseWithoutDeserialization(answer, round_trip_time=round_trip_time)
    return ApiResponse(answer, body=unset, headers=answer.headers, round_trip_time=round_trip_time)


def is_unaccounted(method: str, error: ApiException) -> bool:
    """Whether a request that ended with an answer of this error may have been accepted all the same.

    Args:
        method: The HTTP method.
        error: What came of it; its `retry_after` is set.
    """
    if method in ("GET", "DELETE"):
        return False
    if isinstance(error, (ResponseDecodingError, ResponseValidationError)):
        return True
    # A server that failed, or stands before one that did, may have taken it all the same. One that has no
    # time now, and says when it will have, has not.
    status = error.status or 0
    return status == _REQUEST_TIMEOUT or (
        status >= _FIRST_FAILURE and not (status == _UNAVAILABLE and error.retry_after is not None)
    )


def validation_error(what: str, response: ApiResponse[Any], faults: list[str]) -> ResponseValidationError:
    """The exception that carries a whole answer which breaks the contract."""
    error = ResponseValidationError(
        what,
        status=response.status,
        reason=response.response.reason,
        headers=response.headers,
        body=response.body,
        round_trip_time=response.round_trip_time,
    )
    error.api_response = response
    error.faults = tuple(faults)
    return error


def _error_body(answer: HTTPResponse) -> Any:
    if not answer.data:
        return ""
    try:
        return decode_json(answer.data, answer.headers.get("Content-Type"))
    except (ValueError, RecursionError):
        return _text(answer.data)


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _said(body: Any) -> str:
    """What the server says in the body of an error; its own errors have the form of NestJS."""
    message = body.get("message") or body.get("error") if isinstance(body, dict) else body
    if isinstance(message, list):
        message = "; ".join(each if isinstance(each, str) else show_text(each) for each in message)
    return show_text(message) if message else ""


def show_text(text: object) -> str:
    """What a server sent, for a message: on one line, not long, and harmless to a terminal."""
    try:
        shown = text if isinstance(text, str) else repr(text)
    except RecursionError:  # hundreds of lists in each other
        shown = "…"
    shown = " ".join(shown.split())
    shown = shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in shown)


def _line(request: Request) -> str:
    # Without the query: it is the caller's, and may hold a secret.
    return f"{request.method} {request.target.partition('?')[0]}"
