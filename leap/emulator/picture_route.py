"""The pictures over HTTP, as a content delivery network serves them: to whoever knows the address.

HEAD, conditional and range requests work as RFC 9110 has them; of several ranges at once, which a server
may refuse to take apart, the whole picture is sent.
"""

import re
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.errors import Refusal
from leap.emulator.store.jobs import Jobs

_RANGE: Final = re.compile(r"bytes=\s*([0-9]*)-([0-9]*)\s*", re.IGNORECASE)
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


class PictureRoute:
    """Answers GET and HEAD for one picture."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def answer(self, request: Request) -> Response:
        """Answer 200, 206 or 304.

        Raises:
            Refusal: With status 404, or 416 for a range that begins behind the end.
        """
        picture = await run_in_threadpool(self._jobs.picture, request.path_params["picture_id"])
        if picture is None:
            raise Refusal(404, "Image not found")
        tag, size = f'"{picture.digest}"', len(picture.png)
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(datetime.fromisoformat(picture.created_at), usegmt=True),
            "Accept-Ranges": "bytes",
            # A picture never changes, but it may be deleted.
            "Cache-Control": "private, no-cache",
        }
        if _is_known(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        wanted = request.headers.get("range") if request.method == "GET" else None
        if wanted is not None and request.headers.get("if-range", tag) == tag:
            part = _part(wanted, size)
            if part is not None:
                headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
                png = picture.png[part.start : part.stop]
                return Response(png, 206, headers, media_type="image/png")
        return Response(picture.png, headers=headers, media_type="image/png")


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
    # Nobody asks for more digits than these of a picture; Python refuses to read thousands of them.
    if not (first or last) or max(len(first), len(last)) > 18 or (first and last and int(last) < int(first)):  # noqa: PLR2004
        return None
    if first:
        part = range(int(first), min(int(last) + 1 if last else size, size))
    else:
        part = range(max(0, size - int(last)), size)
    if not part:
        raise Refusal(416, "Range Not Satisfiable", {"Content-Range": f"bytes */{size}"})
    return part
