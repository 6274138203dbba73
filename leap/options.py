"""Call options: what every call takes beside its own arguments, and what they do to the request."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from leap.durations import LONGEST_WAIT, MOST_RETRIES, is_duration
from leap.schemas.faults import Fault, show_value

if TYPE_CHECKING:
    from collections.abc import Mapping

Timeout: TypeAlias = float | tuple[float, float]
"""Seconds to wait for the connection and for each piece of the answer: one number for both, or a pair."""


class CallOptions(TypedDict, total=False):
    """What every call takes beside its own arguments."""

    content_type: str
    """Media type of the request body: `application/json`, or one that ends in `+json`."""
    accept_content_types: tuple[str, ...]
    """Media types to ask the server for, the best first."""
    stream: bool
    """Leave the body unread, to be read in chunks from `response.response`."""
    timeout: Timeout | None
    """Seconds to connect and between two pieces of the answer: one number, or a pair; None: as configured."""
    max_retries: int | None
    """How often the call is tried again, where that is safe; None: as configured."""
    deadline: float | None
    """Seconds in which the call has to be over, with all its attempts and pauses; None: as configured."""
    skip_deserialization: bool
    """Return an `ApiResponseWithoutDeserialization`."""
    extra_headers: Mapping[str, str] | None
    """Further headers; one of the client's own of the same name gives way. Not those that frame the body."""
    extra_query: Mapping[str, object] | None
    """Further query parameters, which the contract does not know."""
    extra_body: Mapping[str, object] | None
    """Further fields of the JSON body, which the contract does not know; they go in unchecked."""


_JSON_TYPE = re.compile(r"application/([!#$&^_.+\w-]+\+)?json\s*(;[\t\x20-\x7e]*)?", re.ASCII | re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# They say where a request ends: with a wrong one, what follows is taken for another request.
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding"})
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def headers_with(
    headers: Mapping[str, str], options: Mapping[str, Any], faults: list[Fault]
) -> dict[str, str]:
    """The headers as the options change them; what is wrong with the options goes into the faults."""
    changed = dict(headers)
    accepted: Any = options.get("accept_content_types")
    if accepted is not None:
        if isinstance(accepted, list | tuple) and accepted and all(map(_is_header_value, accepted)):
            changed["Accept"] = ", ".join(accepted)
        else:
            needs = "needs a tuple of media types"
            faults.append(Fault(("accept_content_types",), f"got {show_value(accepted)}, {needs}"))
    content_type: Any = options.get("content_type", "application/json")
    if not isinstance(content_type, str) or not _JSON_TYPE.fullmatch(content_type):
        needs = "needs application/json or a media type that ends in +json"
        faults.append(Fault(("content_type",), f"got {show_value(content_type)}, {needs}"))
    elif "Content-Type" in changed or options.get("extra_body"):
        changed["Content-Type"] = content_type
    for name, value in _items("extra_headers", options, faults):
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            faults.append(
                Fault(("extra_headers",), f"got the name {show_value(name)}, needs an HTTP field name")
            )
        elif name.lower() in _FRAMING_HEADERS:
            faults.append(Fault(("extra_headers", name), "is set by the client, from the body"))
        elif not _is_header_value(value):
            # The value itself is not shown: it may be a secret.
            needs = "needs text in Latin-1 without line breaks and other control characters"
            faults.append(Fault(("extra_headers", name), f"has a value that cannot be sent, {needs}"))
        else:
            for known in [known for known in changed if known.lower() == name.lower()]:
                del changed[known]
            changed[name] = value
    return changed


def extra_query_pairs(options: Mapping[str, Any], faults: list[Fault]) -> list[tuple[str, str]]:
    """The further query parameters as names and texts; a list or tuple repeats its name."""
    pairs: list[tuple[str, str]] = []
    for name, given in _items("extra_query", options, faults):
        for value in given if isinstance(given, list | tuple) else [given]:
            if isinstance(name, str) and isinstance(value, str | int | float) and _is_unicode(name, value):
                pairs.append((name, text_of(value)))
            else:
                needs = "needs Unicode text, a number, True or False"
                faults.append(Fault(("extra_query", str(name)), f"got {show_value(value)}, {needs}"))
    return pairs


def extra_body_fields(options: Mapping[str, Any], faults: list[Fault]) -> dict[Any, Any]:
    """The further fields of the body."""
    fields = dict(_items("extra_body", options, faults))
    for name, value in fields.items():
        if _has_no_number(value):
            # The encoder would send null, or what is no JSON.
            faults.append(Fault(("extra_body", str(name)), "holds a NaN or an infinity, needs JSON"))
    return fields


def timeout_pair(options: Mapping[str, Any], faults: list[Fault]) -> tuple[float, float] | None:
    """Seconds to connect and to read; None means as configured."""
    value: Any = options.get("timeout")
    if value is None:
        return None
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) == 2 and all(map(_is_duration, pair)):  # noqa: PLR2004 - to connect, to read
        return pair
    needs = f"needs seconds above 0 and up to {LONGEST_WAIT}, or a pair of them (to connect, to read)"
    faults.append(Fault(("timeout",), f"got {show_value(value)}, {needs}"))
    return None


def retries(options: Mapping[str, Any], faults: list[Fault]) -> int | None:
    """How many further attempts there may be; None means as configured."""
    value: Any = options.get("max_retries")
    if value is None or (
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_RETRIES
    ):
        return value
    needs = f"needs a whole number from 0 to {MOST_RETRIES}"
    faults.append(Fault(("max_retries",), f"got {show_value(value)}, {needs}"))
    return None


def deadline_seconds(options: Mapping[str, Any], faults: list[Fault]) -> float | None:
    """Seconds for the whole call; None means as configured."""
    value: Any = options.get("deadline")
    if value is None or _is_duration(value):
        return value  # type: ignore[no-any-return]  # a number, or None
    needs = f"needs seconds above 0 and up to {LONGEST_WAIT}"
    faults.append(Fault(("deadline",), f"got {show_value(value)}, {needs}"))
    return None


def flag(name: str, options: Mapping[str, Any], faults: list[Fault]) -> bool:
    """Whether an option that is True or False is set."""
    value = options.get(name, False)
    if not isinstance(value, bool):
        faults.append(Fault((name,), f"got {show_value(value)}, needs True or False"))
        return False
    return value


def text_of(value: object) -> str:
    """A parameter's value as text on the wire."""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Not what a subclass makes of it: str() of an enum member is its name.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    return str(value)


def _items(name: str, options: Mapping[str, Any], faults: list[Fault]) -> list[tuple[Any, Any]]:
    extra: Any = options.get(name)
    if extra is None:
        return []
    if not hasattr(extra, "items"):
        # What it holds is not shown: it may be a secret.
        faults.append(Fault((name,), f"got a {type(extra).__name__}, needs a mapping"))
        return []
    return list(extra.items())


def _has_no_number(value: object) -> bool:
    """Whether there is a NaN or an infinity anywhere in a value."""
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if isinstance(each, float | Decimal) and not math.isfinite(each):
            return True
        if isinstance(each, dict | list | tuple) and id(each) not in seen:
            seen.add(id(each))  # it may hold itself
            pending += each.values() if isinstance(each, dict) else each
    return False


def _is_unicode(*values: object) -> bool:
    try:
        "".join(map(str, values)).encode()
    except ValueError:  # half a surrogate pair; an integer of thousands of digits
        return False
    return True


def _is_header_value(value: Any) -> bool:
    return isinstance(value, str) and _HEADER_VALUE.fullmatch(value) is not None


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_duration(value)
