"""Call options: what every call takes beside its own arguments, and what they do to the request."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict

from leap.durations import LONGEST_WAIT, MOST_RETRIES, is_duration
from leap.schemas.faults import Fault, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Timeout: TypeAlias = float | tuple[float, float]
"""Seconds to wait for the connection and for each piece of the answer: one number for both, or a pair."""


class CallOptions(TypedDict, total=False):
    """What every call takes beside its own arguments."""

    content_type: str
    """Media type of the request body: the one of the contract; instead of `application/json` any `+json`."""
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
    """Further fields of the body, which the contract does not know; they go in unchecked."""


class UploadOptions(CallOptions, total=False):
    """What a call takes whose body is a form with files."""

    on_upload_progress: Callable[[int, int | None], object] | None
    """Called with the bytes of the body that are sent, and how many there are; None if that is not known."""


JSON: Final = "application/json"
"""The media type of most bodies."""

FORM: Final = "multipart/form-data"
"""The media type of bodies with files."""

_JSON_TYPE = re.compile(r"application/([!#$&^_.+\w-]+\+)?json\s*(;[\t\x20-\x7e]*)?", re.ASCII | re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# They say where a request ends: with a wrong one, what follows is taken for another request. The type of a
# form says where its parts end.
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding"})
NEEDS_HEADER_VALUE: Final = "needs text in Latin-1 without line breaks and other control characters"
"""What a fault says of the value of a header."""

_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def headers_with(
    headers: Mapping[str, str], options: Mapping[str, Any], faults: list[Fault], media_type: str = JSON
) -> dict[str, str]:
    """The headers as the options change them; what is wrong with the options goes into the faults.

    Args:
        headers: The headers without them.
        options: The options.
        faults: Takes what is wrong.
        media_type: What the contract says that the body is.
    """
    changed = dict(headers)
    accepted: Any = options.get("accept_content_types")
    if accepted is not None:
        if isinstance(accepted, list | tuple) and accepted and all(map(is_header_value, accepted)):
            changed["Accept"] = ", ".join(accepted)
        else:
            needs = "needs a tuple of media types"
            faults.append(Fault(("accept_content_types",), f"got {show_value(accepted)}, {needs}"))
    content_type: Any = options.get("content_type", media_type)
    if not _is_type_of(content_type, media_type):
        needs = f"needs {media_type}" + (" or a media type that ends in +json" if media_type == JSON else "")
        faults.append(Fault(("content_type",), f"got {show_value(content_type)}, {needs}"))
    elif "Content-Type" in changed or options.get("extra_body"):
        changed["Content-Type"] = content_type
    for name, value in _items("extra_headers", options, faults):
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            faults.append(
                Fault(("extra_headers",), f"got the name {show_value(name)}, needs an HTTP field name")
            )
        elif name.lower() in _FRAMING_HEADERS or (media_type == FORM and name.lower() == "content-type"):
            faults.append(Fault(("extra_headers", name), "is set by the client, from the body"))
        elif not is_header_value(value):
            # The value itself is not shown: it may be a secret.
            faults.append(
                Fault(("extra_headers", name), f"has a value that cannot be sent, {NEEDS_HEADER_VALUE}")
            )
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


def upload_progress(
    options: Mapping[str, Any], faults: list[Fault]
) -> Callable[[int, int | None], object] | None:
    """Who is told how far an upload has come."""
    value: Any = options.get("on_upload_progress")
    if value is not None and not callable(value):
        faults.append(Fault(("on_upload_progress",), f"got {show_value(value)}, needs a function"))
        return None
    return value  # type: ignore[no-any-return]  # it can be called


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
        faults.append(Fault((name,), f"got a value of type {type(extra).__name__}, needs a mapping"))
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


def _is_type_of(content_type: Any, media_type: str) -> bool:
    """Whether a body of the contract's media type can be sent as this one."""
    if not isinstance(content_type, str):
        return False
    if media_type == JSON:
        return _JSON_TYPE.fullmatch(content_type) is not None
    return content_type.lower() == media_type


def _is_unicode(*values: object) -> bool:
    try:
        "".join(map(str, values)).encode()
    except ValueError:  # half a surrogate pair; an integer of thousands of digits
        return False
    return True


def is_header_value(value: Any) -> bool:
    """Whether it can be sent as the value of a header."""
    return isinstance(value, str) and _HEADER_VALUE.fullmatch(value) is not None


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_duration(value)
