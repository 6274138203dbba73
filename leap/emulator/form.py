"""Forms: multipart/form-data as values that the contract can check, and the files that came along.

A field whose property is an array may come several times (RFC 7578, section 4.3). Large files are on disk
while they are looked at; what they may be at most is in `limits`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from leap.emulator import limits
from leap.emulator.contract import Body, echo
from leap.emulator.errors import Refusal


@dataclass(frozen=True, slots=True)
class Form:
    """The body of a request with files.

    Attributes:
        values: The texts by the names of their fields; the names of the files stand for them.
        files: What people call each file ("imageSampleFiles.0 (fox.png)"), and the file.
    """

    values: Mapping[str, Any]
    files: Sequence[tuple[str, UploadFile]]

    async def close(self) -> None:
        """Let go of the files."""
        for _, upload in self.files:
            await upload.close()


class _Parser(MultiPartParser):
    """Starlette's parser, which takes a form that was cut off for a whole one."""

    def __init__(self, request: Request) -> None:
        super().__init__(
            request.headers,
            self._whole(request),
            max_files=limits.MOST_FILES,
            max_fields=limits.MOST_FIELDS,
            max_part_size=limits.LONGEST_FIELD,
        )
        self._is_whole = False

    def on_end(self) -> None:
        """Note that the last boundary has come."""
        self._is_whole = True

    async def _whole(self, request: Request) -> AsyncGenerator[bytes, None]:
        async for piece in request.stream():
            yield piece
        if not self._is_whole:
            # Raised here, it makes the parser close its files.
            raise MultiPartException("The form is incomplete: its last boundary is missing.")


async def read_form(request: Request, body: Body) -> tuple[Form, list[str]]:
    """Read a form, and name everything in it that breaks the contract.

    Raises:
        Refusal: With status 400 it is no form, or has too many parts; with 413 a file is too large.
    """
    try:
        data = await _Parser(request).parse()
    except MultiPartException as error:
        raise Refusal(400, error.message) from None
    values: dict[str, Any] = {}
    files: list[tuple[str, UploadFile]] = []
    faults: list[str] = []
    for name in dict.fromkeys(data):
        given = data.getlist(name)
        is_array = name in body.arrays
        if not is_array and len(given) > 1:
            faults.append(f"{echo(name)} must be given only once")
        for index, part in enumerate(given):
            place = f"{echo(name)}.{index}" if is_array else echo(name)
            if isinstance(part, UploadFile):
                place = f"{place} ({echo(part.filename or 'without a name')})"
                files.append((place, part))
            faults += _faults_of_part(place, part, body.files.get(name))
        texts = [part if isinstance(part, str) else part.filename or "" for part in given]
        values[name] = texts if is_array else texts[0]
    form = Form(values, files)
    for place, upload in files:
        if (upload.size or 0) > limits.LARGEST_FILE:
            await form.close()
            raise Refusal(413, f"File too large: {place} has more than {limits.LARGEST_FILE} bytes")
    return form, [*faults, *body.faults(values)]


def _faults_of_part(place: str, part: UploadFile | str, media_types: Sequence[str] | None) -> list[str]:
    """Say whether a part is what its field is for: a file of certain media types, or text for None."""
    if media_types is None:
        return [f"{place} must be text, not a file"] if isinstance(part, UploadFile) else []
    if isinstance(part, str):
        return [f"{place} must be a file"]
    given = (part.content_type or "").partition(";")[0].strip().lower()
    if media_types and given not in media_types:
        return [f"{place} must be of type {' or '.join(media_types)}"]
    return []
