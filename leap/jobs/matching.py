"""Matching: which of the jobs in a list is the one whose answer was lost.

Pure: it is told what was sent and what the service lists, the newest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leap.jobs.reading import id_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

CLOCK_TOLERANCE: Final = timedelta(seconds=1)
"""How much earlier than the request a job may say that it was created: some services tell whole seconds."""


def candidates(
    jobs: Iterable[Any], sent: Mapping[str, Any], since: datetime, acknowledged: Container[object] = ()
) -> list[str]:
    """The ids of the jobs that a request can have made.

    Args:
        jobs: The jobs of the model, the newest first; no more are taken than are young enough.
        sent: What was sent, by its wire names.
        since: When the request began, on the clock of the service.
        acknowledged: The ids of jobs that other requests are known to have made.
    """
    found: list[str] = []
    for job in jobs:
        created = _created(job)
        if created is not None and created < since - CLOCK_TOLERANCE:
            break
        job_id = id_of(job)
        if created is not None and job_id and job_id not in acknowledged and _is_made_of(job, sent):
            found.append(job_id)
    return found


def _is_made_of(job: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether a job has the prompt that was sent, and of the rest what jobs tell; not webhooks, for one."""
    told = {name: value for name, value in sent.items() if name in job}
    return "prompt" in told and all(job[name] == value for name, value in told.items())


def _created(job: object) -> datetime | None:
    told = job.get("createdAt") if isinstance(job, Mapping) else None
    if not isinstance(told, str):
        return None
    from dateutil.parser import isoparse

    try:
        created = isoparse(told)
    except (ValueError, OverflowError):
        return None
    return created if created.tzinfo is not None else None
