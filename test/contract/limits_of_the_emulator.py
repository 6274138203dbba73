"""Hooks for schemathesis: the limits of the emulator are respected, and nobody outside is called.

The contract bounds neither the pages nor the sides of a picture, since the service has published no bounds;
a server still has some (leap/emulator/limits.py, docs/emulator.md). Requests that are meant to be accepted
are held to these, and nothing else of them is touched. Requests that are meant to be refused are left as
they are.
"""

from typing import Any

import schemathesis

from leap.emulator.limits import LARGEST_PAGE_SIZE, LARGEST_SIDE, SMALLEST_SIDE

_NOBODY = "http://127.0.0.1:9/"  # the discard port: no server of this machine listens there


@schemathesis.hook
def before_call(_context: Any, case: Any, _settings: Any) -> None:
    """Hold a request to the emulator's limits just before it is sent."""
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(body.get("webhookUrl"), str) and body["webhookUrl"].startswith("http"):
        body["webhookUrl"] = _NOBODY
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    query = case.query or {}
    _hold(query, "page", 1, None)
    _hold(query, "pageSize", 1, LARGEST_PAGE_SIZE)
    _hold(body, "width", SMALLEST_SIDE, LARGEST_SIDE)
    _hold(body, "height", SMALLEST_SIDE, LARGEST_SIDE)
    if isinstance(body.get("numberOfImages"), float):
        body["numberOfImages"] = round(body["numberOfImages"])


def _hold(values: dict[str, Any], name: str, least: int, most: int | None) -> None:
    value = values.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        values[name] = max(least, value if most is None else min(value, most))
