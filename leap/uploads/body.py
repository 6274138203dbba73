"""Body: a form with files as it is sent, piece by piece through one buffer."""

from __future__ import annotations

from io import BytesIO
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from leap.exceptions import UploadError
from leap.options import FORM
from leap.schemas.faults import Fault
from leap.uploads.form import TextPart
from leap.uploads.multipart import end, file_head, text_head
from leap.uploads.sources import UNREADABLE, Source, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leap.uploads.form import Form
    from leap.uploads.sources import ReadInto

PIECE_BYTES: Final = 128 * 1024
"""How much is read and sent at a time. A connection has to take as much within its timeout."""

PATIENCE: Final = 0.2
"""Seconds. What has been read until then is sent, however little it is: who sends looks at the deadline."""

_Segments: TypeAlias = "list[bytes | Source]"


class StoppedError(BaseException):
    """Ends a request whose body cannot go on. No `Exception`: who sends would take it for a connection's."""


class Upload:
    """The body of a request with files.

    To be iterated by who sends, once for each attempt: every time, it begins anew. A piece is good until the
    next one is asked for.

    Attributes:
        headers: What says where it ends.
        size: Its bytes; None if there is a file whose size is not known.
        fault: What has ended it from this side: an `UploadError`, or what the callback raised.
    """

    fault: BaseException | None = None

    def __init__(
        self, segments: _Segments, boundary: str, on_progress: Callable[[int, int | None], object] | None
    ) -> None:
        self._segments = segments
        self._on_progress = on_progress
        self._told = 0
        self._begun = False
        sizes = [each.size if isinstance(each, Source) else len(each) for each in segments]
        known = [size for size in sizes if size is not None]
        self.size = sum(known) if len(known) == len(sizes) else None
        self.headers = {"Content-Type": f"{FORM}; boundary={boundary}"}
        if self.size is not None:
            self.headers["Content-Length"] = str(self.size)

    @property
    def can_be_repeated(self) -> bool:
        """Whether it can be sent (once more): a file that cannot be wound back is gone once it was begun."""
        return not self._begun or all(
            each.can_be_repeated for each in self._segments if isinstance(each, Source)
        )

    def __iter__(self) -> Iterator[memoryview]:
        """Give the pieces.

        Raises:
            StoppedError: It cannot go on; `fault` says why.
        """
        try:
            yield from self._pieces()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.fault = error
            raise StoppedError from error

    def _pieces(self) -> Iterator[memoryview]:
        if not self.can_be_repeated:
            raise UploadError("a file that cannot be wound back has been sent already")
        self._begun = True
        buffer = memoryview(bytearray(PIECE_BYTES))
        filled = sent = 0
        begun = monotonic()
        for segment in self._segments:
            read_into, close = _reading(segment)
            try:
                while count := read_into(buffer[filled:]):
                    filled += count
                    if filled == PIECE_BYTES or monotonic() - begun > PATIENCE:
                        yield buffer[:filled]
                        sent, filled, begun = sent + filled, 0, monotonic()
                        self._tell(sent)
            finally:
                close()
        if filled:
            yield buffer[:filled]
            self._tell(sent + filled)

    def _tell(self, sent: int) -> None:
        # An attempt that begins anew does not go back.
        self._told = max(self._told, sent)
        if self._on_progress is not None:
            self._on_progress(self._told, self.size)


def upload_of(
    form: Form, on_progress: Callable[[int, int | None], object] | None, faults: list[Fault]
) -> Upload:
    """A form, ready to be sent; every file has been looked at.

    Args:
        form: Its parts.
        on_progress: Called with the bytes that are sent, and how many there are.
        faults: Takes what is wrong with files; with a fault, the upload is not to be sent.
    """
    boundary = token_hex(16)
    segments: _Segments = []
    texts = bytearray()
    for part in form:
        if isinstance(part, TextPart):
            texts += text_head(boundary, part.name) + part.text + b"\r\n"
            continue
        source = source_of(part)
        if isinstance(source, Fault):
            faults.append(source)
            continue
        texts += file_head(boundary, part.name, source.name, source.content_type)
        segments += [bytes(texts), source]
        texts = bytearray(b"\r\n")
    segments.append(bytes(texts) + end(boundary))
    return Upload(segments, boundary, on_progress)


def _reading(segment: bytes | Source) -> tuple[ReadInto, Callable[[], None]]:
    """What reads a segment, and what is to be called after that."""
    if isinstance(segment, bytes):
        memory = BytesIO(segment)
        return memory.readinto, memory.close
    try:
        read_into, close = segment.open()
    except UNREADABLE as error:
        raise UploadError(f"{segment.name} can be read no more: {error}") from error
    return _watched(segment, read_into), close


def _watched(source: Source, read_into: ReadInto) -> ReadInto:
    """Reads a source, and sees to it that exactly so much comes as was announced."""
    count = 0

    def read(buffer: memoryview) -> int | None:
        nonlocal count
        try:
            read = read_into(buffer)
        except UNREADABLE as error:
            raise UploadError(f"{source.name} can be read no more: {error}") from error
        count += read or 0
        if source.size is not None and (count > source.size or (not read and count < source.size)):
            raise UploadError(
                f"{source.name} has changed while it was sent: {source.size} bytes were announced,"
                f" {count} are there"
            )
        return read

    return read
