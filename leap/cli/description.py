"""Description: what a job of any kind is, in a line or in several, whatever is made of the contract."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leap.cli.messages import harmless
from leap.jobs.reading import id_of, reason_of, state_of

if TYPE_CHECKING:
    from leap.cli.kinds import Kind

_STATE_WIDTH = len("processing")
_LEAST_WIDTH = 20


def fields_of(kind: Kind, job: Any) -> tuple[str, ...]:
    """What a line says of a job: id, state, time and prompt; on a terminal one field that fits its width."""
    label = _text(job, kind.label)
    created = _text(job, "createdAt")
    if not sys.stdout.isatty():
        return id_of(job), state_of(job), created, label
    start = f"{id_of(job)}  {state_of(job):<{_STATE_WIDTH}}  {created[:16].replace('T', ' ')}  "
    return (f"{start}{_cut(harmless(label), shutil.get_terminal_size().columns - len(start))}",)


def lines_of(kind: Kind, job: Any) -> list[str]:
    """A job in several lines, one for each thing that there is to say of it."""
    told = [(kind.noun, id_of(job)), ("state", state_of(job))]
    if state_of(job) == "failed":
        told.append(("reason", reason_of(job) or "the service gives none"))
    told += [(name, text) for name, key in kind.details if (text := _text(job, *key.split()))]
    told += kind.addresses(job)
    return [f"{name:<11} {text}" for name, text in told]


def _text(job: Any, *keys: str) -> str:
    values = [job.get(key) for key in keys] if isinstance(job, Mapping) else []
    return " by ".join(str(value) for value in values if value is not None)


def _cut(text: str, width: int) -> str:
    """The beginning of a text that takes no more cells of a terminal than there are."""
    from rich.cells import cell_len, set_cell_size

    width = max(width, _LEAST_WIDTH)
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
