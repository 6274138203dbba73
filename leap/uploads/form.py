"""Form: the body of a request with files as a value, a part for each text and each file.

Pure: nothing is opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from leap.options import text_of
from leap.schemas.compound import ArrayRule
from leap.schemas.faults import Fault
from leap.schemas.files import FileRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leap.schemas.compound import ObjectRule
    from leap.schemas.faults import Path
    from leap.schemas.rules import Rule


class TextPart(NamedTuple):
    """A field that is text."""

    path: Path
    """Where the caller has given it."""
    name: str
    """Its name on the wire."""
    text: bytes


class FilePart(NamedTuple):
    """A file."""

    path: Path
    """Where the caller has given it."""
    name: str
    """The name of its field on the wire."""
    file: object
    """What `leap.schemas.File` allows."""
    content_types: tuple[str, ...]
    """The media types that it may have; empty if any will do."""


Form: TypeAlias = "tuple[TextPart | FilePart, ...]"


def form_of(
    values: Mapping[str, Any], rule: ObjectRule, names: Mapping[str, str], faults: list[Fault]
) -> Form:
    """The form of some fields; an array is a part for each item, all of one name (RFC 7578, section 4.3).

    Args:
        values: The values by their wire names.
        rule: What they have to be.
        names: What the caller calls them.
        faults: What is wrong with them; where something is, there is no part. Takes what is no text.
    """
    wrong = {fault.path for fault in faults}
    parts: list[TextPart | FilePart] = []
    for wire_name, value in values.items():
        field = rule.fields.get(wire_name)
        path = (names.get(wire_name, wire_name),)
        for each, item, item_rule in _items(path, value, None if field is None else field.rule):
            if each in wrong or path in wrong:
                continue
            if isinstance(item_rule, FileRule):
                parts.append(FilePart(each, wire_name, item, item_rule.content_types))
                continue
            try:
                parts.append(TextPart(each, wire_name, _text(item)))
            except (TypeError, ValueError, RecursionError) as error:
                faults.append(Fault(each, f"cannot be sent as text: {error}"))
    return tuple(parts)


def _items(path: Path, value: Any, rule: Rule | None) -> Iterator[tuple[Path, Any, Rule | None]]:
    """The items of an array with the path and the rule of each, or the one value that it is."""
    if not isinstance(value, list | tuple | set | frozenset) or isinstance(rule, FileRule):
        yield path, value, rule
        return
    item_rule = rule.item if isinstance(rule, ArrayRule) else None
    for index, item in enumerate(value):
        yield (*path, index), item, item_rule


def _text(value: object) -> bytes:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False).encode()
    if isinstance(value, datetime):
        return value.isoformat().encode()
    if not isinstance(value, str | int | float | Decimal):
        raise TypeError(f"a {type(value).__name__} is no text")
    return text_of(value).encode()
