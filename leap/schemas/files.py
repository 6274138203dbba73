"""Files: what can stand for a file in a request.

Only its kind is checked here. What is in it, and whether it is there at all, is seen by `leap.uploads`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from leap.schemas.faults import Fault, show_value
from leap.schemas.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from leap.schemas.faults import Path

    class Readable(Protocol):
        """A file that is open, or anything else that bytes can be read from."""

        def read(self, size: int, /) -> bytes:
            """At most so many bytes; none at the end."""
            ...

    Content: TypeAlias = str | PathLike[str] | bytes | bytearray | memoryview | Readable
    """A path, the bytes themselves, or what they can be read from."""

    File: TypeAlias = Content | tuple[str, Content] | tuple[str, Content, str | None]
    """A file in a request: its content alone, or with its name before it and its media type behind it."""
else:

    class File:
        """What the annotation of a field with a file is at run time."""


_NEEDS: Final = "needs a path, bytes, an open file, or a tuple of a name, one of these and a media type"
_LONGEST_TUPLE: Final = 3


class FileRule(Rule):
    """A file, perhaps of certain media types."""

    compound = False

    def __init__(self, *, content_types: Sequence[str] = ()) -> None:
        self.content_types = tuple(content_types)

    def faults(self, value: object, path: Path) -> Iterator[Fault]:
        name, content, content_type = parts_of(value)
        if not is_content(content) or not isinstance(name, str | None):
            yield Fault(path, f"got {show_value(value)}, {_NEEDS}")
        elif not isinstance(content_type, str | None):
            yield Fault(path, f"got the media type {show_value(content_type)}, needs a string")

    def fast_type(self, *, exact: bool) -> Any:  # noqa: ARG002 - there is none
        raise TypeError("msgspec has no type for what can be read")


def parts_of(file: object) -> tuple[object, object, object]:
    """The name, the content and the media type of a file; None for what it comes without."""
    if not isinstance(file, tuple):
        return None, file, None
    if not 2 <= len(file) <= _LONGEST_TUPLE:  # noqa: PLR2004 - a name and a content
        return None, None, None
    return file[0], file[1], file[2] if len(file) == _LONGEST_TUPLE else None


def is_path(content: object) -> bool:
    """Whether it is the path of a file."""
    return isinstance(content, str) or hasattr(content, "__fspath__")


def is_content(content: object) -> bool:
    """Whether it can be the content of a file."""
    return (
        is_path(content)
        or isinstance(content, bytes | bytearray | memoryview)
        or callable(getattr(content, "read", None))
    )
