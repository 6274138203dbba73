"""Description: what a job is, in a line or in several, whatever the service has made of the contract."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import Any

from leap.cli.messages import harmless
from leap.jobs.reading import id_of, picture_urls, reason_of, state_of

_STATE_WIDTH = len("processing")
_LEAST_WIDTH = 20

_FIELDS = (
    ("prompt", "prompt"),
    ("not shown", "negativePrompt"),
    ("model", "modelId"),
    ("submitted", "createdAt"),
    ("steps", "steps"),
    ("strength", "promptStrength"),
    ("seed", "seed"),
)


def fields_of(job: Any) -> tuple[str, ...]:
    """What a line says of a job: id, state, time and prompt; on a terminal one field that fits its width."""
    prompt = _text(job, "prompt")
    created = _text(job, "createdAt")
    if not sys.stdout.isatty():
        return id_of(job), state_of(job), created, prompt
    start = f"{id_of(job)}  {state_of(job):<{_STATE_WIDTH}}  {created[:16].replace('T', ' ')}  "
    return (f"{start}{_cut(harmless(prompt), shutil.get_terminal_size().columns - len(start))}",)


def lines_of(job: Any) -> list[str]:
    """A job in several lines, one for each thing that there is to say of it."""
    told = [("job", id_of(job)), ("state", state_of(job))]
    if state_of(job) == "failed":
        told.append(("reason", reason_of(job) or "the service gives none"))
    told += [(name, text) for name, key in _FIELDS if (text := _text(job, key))]
    told.insert(-3, ("size", f"{_text(job, 'width')} by {_text(job, 'height')}"))
    told += [(f"picture {number}", url) for number, url in enumerate(picture_urls(job), 1)]
    return [f"{name:<11} {text}" for name, text in told]


def _text(job: Any, key: str) -> str:
    value = job.get(key) if isinstance(job, Mapping) else None
    return "" if value is None else str(value)


def _cut(text: str, width: int) -> str:
    """The beginning of a text that takes no more cells of a terminal than there are."""
    from rich.cells import cell_len, set_cell_size

    width = max(width, _LEAST_WIDTH)
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
