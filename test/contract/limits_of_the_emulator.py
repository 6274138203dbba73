"""Hooks for schemathesis: the limits of the emulator are respected, and nobody outside is called.

The contract bounds neither the pages nor the sides of a picture, since the service has published no bounds;
a server still has some (leap/emulator/limits.py, docs/emulator.md). Requests that are meant to be accepted
are held to these, and nothing else of them is touched. Requests that are meant to be refused are left as
they are, but for forms: all that is in one is text, so a number for a name is no fault there.
"""

import io
from typing import Any, Final

import schemathesis
from hypothesis.strategies import just
from PIL import Image
from schemathesis.core.parameters import ParameterLocation
from schemathesis.transport.serialization import Binary

from leap.emulator.limits import LARGEST_PAGE_SIZE, LARGEST_SIDE, SMALLEST_SIDE

_NOBODY: Final = "http://127.0.0.1:9/"  # the discard port: no server of this machine listens there
_FORM: Final = "multipart/form-data"
_WAYS: Final = {"imageSampleUrls", "imageSampleFiles"}
_NAMES: Final = {"name", "subjectKeyword", "subjectType", "webhookUrl", *_WAYS}


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "orange").save(file, "PNG")
    return file.getvalue()


# The contract cannot say that a file has to be a picture.
schemathesis.openapi.format("binary", just(Binary(_picture())))


@schemathesis.hook
def before_call(_context: Any, case: Any, _settings: Any) -> None:
    """Hold a request to the emulator's limits just before it is sent."""
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(body.get("webhookUrl"), str) and body["webhookUrl"].startswith("http"):
        body["webhookUrl"] = _NOBODY
    if case.meta is None:
        return
    if case.media_type == _FORM and isinstance(case.body, dict):
        # A request may be meant to be refused for something else than its body.
        of_body = case.meta.components.get(ParameterLocation.BODY, case.meta.generation)
        _hold_form(body, is_positive=of_body.mode.is_positive)
    if not case.meta.generation.mode.is_positive:
        return
    query = case.query or {}
    _hold(query, "page", 1, None)
    _hold(query, "pageSize", 1, LARGEST_PAGE_SIZE)
    _hold(body, "width", SMALLEST_SIDE, LARGEST_SIDE)
    _hold(body, "height", SMALLEST_SIDE, LARGEST_SIDE)
    if isinstance(body.get("numberOfImages"), float):
        body["numberOfImages"] = round(body["numberOfImages"])


def _hold_form(form: dict[str, Any], *, is_positive: bool) -> None:
    """Make a form that is meant to be taken one that has pictures, and one way to give them."""
    if not is_positive:
        # An array without an item is no part of a form at all.
        sent = {name for name, value in form.items() if value != []}
        if len(sent & _WAYS) == 1 and sent <= _NAMES:
            form["unexpected"] = "property"
        return
    if form.get("imageSampleFiles") == []:
        del form["imageSampleFiles"]
        form.setdefault("imageSampleUrls", [_NOBODY])
    if "imageSampleUrls" in form and "imageSampleFiles" in form:
        del form["imageSampleFiles"]
    if form.get("imageSampleUrls") == []:
        form["imageSampleUrls"] = [_NOBODY]


def _hold(values: dict[str, Any], name: str, least: int, most: int | None) -> None:
    value = values.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        values[name] = max(least, value if most is None else min(value, most))
