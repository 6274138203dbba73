"""The templates, and how values are written in them. Whatever a template is given is escaped."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from leap.emulator.files import SUFFIXES, File

SHOWN_UNDER: Final = "/gallery/files/"
"""How the paths begin at which the gallery shows files."""

_FOLDER: Final = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> Markup:
    """Render a file of templates/."""
    return Markup(_ENVIRONMENT.get_template(template).render(**values))  # noqa: S704 - it escapes its values


def encoded(text: str) -> bytes:
    """Give a page as UTF-8. Half of a surrogate pair, which JSON can hold, becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def beginning(text: str, length: int) -> str:
    """Cut a text that is longer than so many characters, and show that it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def moment(timestamp: str) -> str:
    """Write an RFC 3339 time in UTC for people: "9 May 2023, 13:18:46 UTC"."""
    time = datetime.fromisoformat(timestamp)
    return f"{time.day} {time:%b %Y, %H:%M:%S} UTC"


def instant(seconds: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Write how long something took: "12 ms", "3.4 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def pretty(document: object) -> str:
    """Write JSON on lines, with everything but ASCII escaped, as the API's own answers have it."""
    return json.dumps(document, indent=2)


def pretty_text(text: str) -> str:
    """Write a text that is JSON on lines; any other stays as it is."""
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


def status_line(status: int) -> str:
    """Name an HTTP status: "503 Service Unavailable"; one that nobody has registered is only its number."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def shown_at(file: File) -> str:
    """Give the path at which the gallery shows a file.

    It is not the API's: a fault rule must neither hit the gallery nor count what a person looks at.
    """
    return f"{SHOWN_UNDER}{file.id}{SUFFIXES[file.media_type]}"


def listing(state: str | None, before: int | None) -> str:
    """Give the query of a list of jobs, with the question mark if there is one."""
    given = {"state": state, "before": before}
    query = urlencode({name: str(value) for name, value in given.items() if value is not None})
    return query and f"?{query}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for written in (beginning, moment, instant, span, pretty, pretty_text, status_line, shown_at):
        environment.filters[written.__name__] = written
    environment.globals["listing"] = listing
    return environment


_ENVIRONMENT: Final = _environment()
