"""What a fault may be told to do: each setting for itself, and which go together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leap.emulator.faults.path_pattern import faults_of_pattern

RESETS: Final = ("before", "after", "body")
BODIES: Final = ("truncated", "wrong", "html", "unknown_state", "null", "missing", "huge")
WITHOUT_BODY: Final = frozenset({204, 205, 304})
"""The status codes whose answers have no body (RFC 9110, 15.3 and 15.4)."""

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[!-~]([ \t]*[!-~])*")
_TOKEN: Final = re.compile(r"[!-~\x80-\xff]+")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_STATUS: Final = range(200, 600)
_LONGEST_DELAY: Final = 86_400  # seconds
_MOST: Final = 10**12  # of anything else that is counted
_ACTIONS: Final = ("delay", "bytes_per_second", "status", "headers", "reset", "body")


def faults_of(settings: Mapping[str, Any]) -> list[str]:
    """Name everything that is wrong with the settings of a fault, all of which are given, by name."""
    if found := [*_of_match(settings), *_of_action(settings)]:
        return found
    return list(_of_combination(settings))


def _of_match(given: Mapping[str, Any]) -> Iterator[str]:
    method, path, token = given["method"], given["path"], given["token"]
    if method is not None and not _is_text(method, _NAME):
        yield "method must be the name of an HTTP method"
    if path is not None:
        yield from faults_of_pattern(path) if isinstance(path, str) else ["path must be a string"]
    if token is not None and not _is_text(token, _TOKEN):
        yield "token must be a bearer token without spaces"
    if not _is_whole(given["skip"], least=0):
        yield f"skip must be a whole number from 0 to {_MOST}"
    if given["times"] is not None and not _is_whole(given["times"], least=1):
        yield f"times must be a whole number from 1 to {_MOST}"


def _of_action(given: Mapping[str, Any]) -> Iterator[str]:
    if not _is_number(given["delay"], most=_LONGEST_DELAY):
        yield f"delay must be a number of seconds from 0 to {_LONGEST_DELAY}"
    rate = given["bytes_per_second"]
    if rate is not None and not (_is_number(rate) and rate > 0):
        yield f"bytes_per_second must be a number greater than 0, and at most {_MOST}"
    status = given["status"]
    if status is not None and not (_is_whole(status) and status in _STATUS):
        yield f"status must be a whole number from {_STATUS[0]} to {_STATUS[-1]}"
    if not isinstance(given["carried_out"], bool):
        yield "carried_out must be true or false"
    wait = given["retry_after"]
    if wait is not None and not (_is_number(wait) or _is_text(wait, _VALUE)):
        yield f"retry_after must be a number of seconds from 0 to {_MOST}, or the text of the header"
    yield from _of_headers(given["headers"])
    if given["reset"] not in (None, *RESETS):
        yield f"reset must be one of: {', '.join(RESETS)}"
    if given["body"] not in (None, *BODIES):
        yield f"body must be one of: {', '.join(BODIES)}"
    names = given["fields"]
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name for name in names):
        yield "fields must be a list of names"
    if given["size"] is not None and not _is_whole(given["size"], least=1):
        yield f"size must be a whole number of bytes from 1 to {_MOST}"


def _of_headers(headers: object) -> Iterator[str]:
    if not isinstance(headers, Mapping):
        yield "headers must be an object of names and values"
        return
    for name, value in headers.items():
        if not _is_text(name, _NAME) or not _is_text(value, _VALUE):
            yield "headers must have names and values that HTTP can send"
        elif name.lower() in _FRAMING:
            yield f"headers must not have {name}, which follows from the body"


def _of_combination(given: Mapping[str, Any]) -> Iterator[str]:
    reset, status, body = given["reset"], given["status"], given["body"]
    if not any(given[name] for name in _ACTIONS):
        yield f"there must be something to do: one of {', '.join(_ACTIONS)}"
    if reset in {"before", "after"}:
        others = ("bytes_per_second", "status", "carried_out", "retry_after", "headers", "body")
        yield from _excluded(given, others, f'does not go with reset "{reset}", which leaves no answer')
    elif given["carried_out"] and status is None and not given["delay"]:
        yield "carried_out needs a status or a delay: every other request is carried out anyway"
    if given["retry_after"] is not None and status is None:
        yield "retry_after needs a status"
    if status in WITHOUT_BODY:
        yield from _excluded(
            given, ("body", "bytes_per_second"), f"does not go with status {status}, whose answer has no body"
        )
        if reset == "body":
            yield f"reset in the body does not go with status {status}, whose answer has none"
    elif body == "unknown_state" and status is not None and not _keeps_entity(given):
        yield f'body "unknown_state" does not go with status {status}, whose body is no job'
    if given["fields"] and body not in {"null", "missing"}:
        yield 'fields needs the body "null" or "missing"'
    if given["size"] is not None and body != "huge":
        yield 'size needs the body "huge"'


def _keeps_entity(given: Mapping[str, Any]) -> bool:
    return bool(given["carried_out"]) and given["status"] // 100 == 2  # noqa: PLR2004 - 2xx


def _excluded(given: Mapping[str, Any], names: Sequence[str], why: str) -> Iterator[str]:
    return (f"{name} {why}" for name in names if _is_given(given[name]))


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != {}


def _is_text(value: object, expression: re.Pattern[str]) -> bool:
    return isinstance(value, str) and expression.fullmatch(value) is not None


def _is_whole(value: object, *, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST


def _is_number(value: object, *, most: int = _MOST) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
