"""The files of jobs over HTTP, as a content delivery network serves them: to whoever knows the address.

HEAD, conditional and range requests work as RFC 9110 has them; of several ranges at once, which a server
may refuse to take apart, the whole file is sent.
"""

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.errors import Refusal
from leap.emulator.files import File
from leap.emulator.store.files import Files

_RANGE: Final = re.compile(r"bytes=\s*([0-9]*)-([0-9]*)\s*", re.IGNORECASE)
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


class FileRoute:
    """Answers GET and HEAD for one file, whose id is the path parameter `file_id`."""

    def __init__(self, files: Files, path_of: Callable[[File], str]) -> None:
        """Take what gives the path of a file: under any other there is none."""
        self._files = files
        self._path_of = path_of

    async def answer(self, request: Request) -> Response:
        """Answer 200, 206 or 304.

        Raises:
            Refusal: With status 404, or 416 for a range that begins behind the end.
        """
        served = await run_in_threadpool(self._files.find, request.path_params["file_id"])
        if served is None or request.url.path != self._path_of(served.file):
            raise Refusal(404, "File not found")
        tag, size, media_type = f'"{served.digest}"', len(served.content), served.file.media_type
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(datetime.fromisoformat(served.file.created_at), usegmt=True),
            "Accept-Ranges": "bytes",
            # A file never changes, but it may be deleted.
            "Cache-Control": "private, no-cache",
            # What was brought is only ever what it was found to be.
            "X-Content-Type-Options": "nosniff",
        }
        if _is_known(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        wanted = request.headers.get("range") if request.method == "GET" else None
        if wanted is not None and request.headers.get("if-range", tag) == tag:
            part = _part(wanted, size)
            if part is not None:
                headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
                return Response(served.content[part.start : part.stop], 206, headers, media_type=media_type)
        return Response(served.content, headers=headers, media_type=media_type)


def _is_known(condition: str | None, tag: str) -> bool:
    """Say whether an If-None-Match names what would be sent."""
    if condition is None:
        return False
    return condition.strip() == "*" or tag in _ENTITY_TAG.findall(condition)


def _part(wanted: str, size: int) -> range | None:
    """Read a Range header as the bytes it asks for; None if it is to be passed over.

    Raises:
        Refusal: With status 416: there is no such part.
    """
    match = _RANGE.fullmatch(wanted)
    first, last = match.groups() if match else ("", "")
    # Nobody asks for more digits than these of a file; Python refuses to read thousands of them.
    if not (first or last) or max(len(first), len(last)) > 18 or (first and last and int(last) < int(first)):  # noqa: PLR2004
        return None
    if first:
        part = range(int(first), min(int(last) + 1 if last else size, size))
    else:
        part = range(max(0, size - int(last)), size)
    if not part:
        raise Refusal(416, "Range Not Satisfiable", {"Content-Range": f"bytes */{size}"})
    return part
