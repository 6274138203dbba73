"""Sources: where the bytes of a file come from, and what is seen of it before anything is sent."""

from __future__ import annotations

import io
import os
import re
import stat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leap.media_types import PICTURES, SIGNATURE_BYTES, SOUNDS, plain_name
from leap.schemas.faults import Fault, show_value
from leap.schemas.files import is_path, parts_of
from leap.uploads.multipart import file_name_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from leap.uploads.form import FilePart

    ReadInto: TypeAlias = Callable[[memoryview], int | None]
    """Reads into a buffer, and gives how many bytes; 0 at the end."""
    Open: TypeAlias = Callable[[], tuple[ReadInto, Callable[[], None]]]
    """Gives what reads from the beginning on, and what is to be called after that."""

_MEDIA_TYPE: Final = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+\w-]+([\t ]*;[\t\x20-\x7e]*)?", re.ASCII)
_URL: Final = re.compile(r"https?:/", re.IGNORECASE)
_ANY_TYPE: Final = "application/octet-stream"

UNREADABLE: Final = (OSError, ValueError, TypeError)
"""What reading ends with: of a file that is closed, ValueError; of what is no file at all, TypeError."""


class Source(NamedTuple):
    """A file that can be sent."""

    name: str
    """As it may stand in a header."""
    content_type: str
    size: int | None
    """Its bytes; None if that is not known before the end."""
    can_be_repeated: bool
    """Whether it can be read more than once."""
    open: Open


class _UnusableError(Exception):
    """Why a file cannot be sent."""


def source_of(part: FilePart) -> Source | Fault:
    """Look at a file: whether it is there, can be read, has something in it and is what it has to be.

    Nothing stays open, and a file that was given open stands where it stood, if it can do that.
    """
    name, content, content_type = parts_of(part.file)
    try:
        found = _from_path(content) if is_path(content) else _from_memory_or_file(content)
        kind = PICTURES.type_of(found.start) or SOUNDS.type_of(found.start)
        called = f"{found.name!r} " if is_path(content) else ""
        media_type = _media_type(
            content_type, found.start, kind.name if kind else "", part.content_types, called
        )
    except _UnusableError as error:
        return Fault(part.path, str(error))
    except OSError as error:
        what = f"{_shown(content)} cannot be read: {error.strerror or error}"
        if is_path(content) and _URL.match(os.fsdecode(content)):  # type: ignore[arg-type]  # it is a path
            what += "; it looks like a URL, and has to be a file here"
        return Fault(part.path, what)
    number = part.path[-1] + 1 if isinstance(part.path[-1], int) else 1
    otherwise = f"{part.name}-{number}{kind.suffix if kind else ''}"
    called = file_name_of(str(name or found.name), otherwise)
    return Source(called, media_type, found.size, found.can_be_repeated, found.open)


class _Found(NamedTuple):
    name: str
    start: bytes
    size: int | None
    can_be_repeated: bool
    open: Open


def _media_type(claimed: object, start: bytes, found: str, wanted: tuple[str, ...], called: str) -> str:
    """What to call it; `called` is the file for a message.

    Raises:
        _UnusableError: It is not what it is said to be, or has to be.
    """
    if claimed is not None and not (isinstance(claimed, str) and _MEDIA_TYPE.fullmatch(claimed)):
        raise _UnusableError(f"got the media type {show_value(claimed)}, needs one such as image/png")
    if wanted and found not in wanted:
        what = f"is {found}" if found else f"begins with {start!r}"
        raise _UnusableError(f"{called}{what}, needs {' or '.join(wanted)}")
    if claimed is None:
        return found or _ANY_TYPE
    # What is not recognised may be anything that it is said to be.
    if found and plain_name(str(claimed)) not in (found, _ANY_TYPE):
        raise _UnusableError(f"{called}is {found}, but is said to be {claimed}")
    return found or str(claimed)


def _from_path(content: Any) -> _Found:
    path = os.fspath(content)
    shown = os.fsdecode(path)
    if "\0" in shown:
        raise _UnusableError(f"got {show_value(shown)}, which is no path")
    # Before it is opened: of a named pipe, that would wait for somebody to write into it.
    mode = os.stat(path).st_mode  # noqa: PTH116 - a path may be bytes
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise _UnusableError(f"{shown!r} is {kind}; needs a file (or open it, and give what `open` gives)")

    def opened() -> tuple[ReadInto, Callable[[], None]]:
        file = open(path, "rb", buffering=0, opener=_opener)  # noqa: SIM115 - a path may be bytes; closed by who reads
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise OSError("it is a regular file no more")
        return file.readinto, file.close

    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a path may be bytes
        start = file.read(SIGNATURE_BYTES)
        size = os.fstat(file.fileno()).st_size
    if not start:
        raise _UnusableError(f"{shown!r} is empty")
    return _Found(shown, start, size, can_be_repeated=True, open=opened)


def _from_memory_or_file(content: Any) -> _Found:
    if isinstance(content, bytes | bytearray | memoryview):
        # Bytes are not copied; what could change while it is sent is.
        content = io.BytesIO(bytes(content))
    if isinstance(content, io.TextIOBase):
        raise _UnusableError(f'{_shown(content)} is open for text, needs open(…, "rb")')
    try:
        return _from_file(content)
    except ValueError as error:  # a file that is closed; one that cannot be read is an OSError too
        raise _UnusableError(f"{_shown(content)} cannot be read: {error}") from None


def _from_file(file: Any) -> _Found:
    position = _position_of(file)
    start = _read(file, SIGNATURE_BYTES)
    size = None
    if position is not None:
        size = file.seek(0, os.SEEK_END) - position
        file.seek(position)
    if not start:
        raise _UnusableError(f"{_shown(file)} is empty" + (", or stands at its end" if position else ""))

    def opened() -> tuple[ReadInto, Callable[[], None]]:
        if position is not None:
            file.seek(position)
            return getattr(file, "readinto", None) or _reader(file, b""), _leave_open
        return _reader(file, start), _leave_open

    return _Found(_name_of(file), start, size, can_be_repeated=position is not None, open=opened)


def _position_of(file: Any) -> int | None:
    """Where a file stands; None if it cannot be put back there."""
    try:
        position: int = file.tell()
        file.seek(position)
    except (AttributeError, OSError, NotImplementedError):
        return None
    return position


def _opener(path: str, flags: int) -> int:
    # What was a file when it was looked at may be a named pipe by now, and nobody write into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: Any, size: int) -> bytes:
    """So many bytes from a file, or all that there are."""
    start = b""
    while len(start) < size and (piece := file.read(size - len(start))):
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise _UnusableError(f"its `read` gives {show_value(piece)}, needs to give bytes")
        start += piece
    return start


def _reader(file: Any, start: bytes) -> ReadInto:
    """Reads from what has nothing but `read`, after what has been read already."""

    def read_into(buffer: memoryview) -> int:
        nonlocal start
        piece = start[: len(buffer)] or file.read(len(buffer))
        if piece is None:  # it would block
            raise OSError("it has nothing to read for the moment, and is not open for waiting")
        start = start[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    return read_into


def _leave_open() -> None:
    """What was given open is closed by who has opened it."""


def _shown(content: Any) -> str:
    """A file for a message: by its name, if it has one."""
    name = os.fsdecode(content) if is_path(content) else _name_of(content)
    return repr(name) if name else "what was given"


def _name_of(file: Any) -> str:
    name = getattr(file, "name", "")
    # That of a file without one is its descriptor.
    return os.fsdecode(name) if isinstance(name, str | bytes) else ""
