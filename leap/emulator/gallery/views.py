"""What each page shows, read from the store anew at each look."""

from dataclasses import dataclass
from typing import Final, Protocol

from leap.emulator.changes import EVERYTHING, Change
from leap.emulator.entities import entity_of
from leap.emulator.faults import Faults
from leap.emulator.gallery import wording
from leap.emulator.gallery.parts import Content, Part
from leap.emulator.gallery.tally import Tally
from leap.emulator.jobs import Job, State
from leap.emulator.store import Store
from leap.emulator.store.deliveries import Delivery

JOBS_ON_A_PAGE: Final = 48
DELIVERIES_ON_A_PAGE: Final = 100

_NEWEST: Final = 2**63 - 1  # no job has a number above it


@dataclass(frozen=True, slots=True)
class Source:
    """Where the views get what they show, and the address by which a browser has reached the emulator."""

    store: Store
    faults: Faults
    tally: Tally
    base_url: str


class View(Protocol):
    """One page, or the stream that keeps it true. Any thread may look at it, one at a time."""

    def concerns(self, change: Change) -> bool:
        """Tell whether a change may be one of what the view shows."""
        ...

    def content(self) -> Content:
        """Look."""
        ...


class JobsView:
    """The jobs, the newest first."""

    def __init__(self, source: Source, state: State | None, before: int | None, *, live: bool) -> None:
        """Show jobs in one state or in any, and those below a number or the newest.

        A `live` view is looked at again and again, so its counts may be a moment old.
        """
        self._source = source
        self._state = state
        self._before = before
        self._live = live

    def concerns(self, change: Change) -> bool:
        """Any job matters, for the counts."""
        return change == EVERYTHING or change.kind in {"job", "faults"}

    def content(self) -> Content:
        """Look."""
        source, state, before = self._source, self._state, self._before
        counts, is_exact = source.tally.recent() if self._live else (source.tally.exact(), True)
        jobs = source.store.jobs.newest(
            state=state, before=_NEWEST if before is None else before, limit=JOBS_ON_A_PAGE + 1
        )
        shown = jobs[:JOBS_ON_A_PAGE]
        older = shown[-1].number if len(jobs) > len(shown) else None
        any_jobs = bool(jobs) or sum(counts.values()) > 0
        parts = (
            _fault_count(source.faults),
            Part.of("filters", "filters.html", tuple(counts.items()), counts=counts, state=state),
            Part.of(
                "nothing",
                "no_jobs.html",
                (bool(jobs), any_jobs),
                is_empty=not jobs,
                any_jobs=any_jobs,
                base_url=source.base_url,
                state=state,
                before=before,
            ),
            Part.of("pager", "pager.html", older, older=older, is_first=before is None, state=state),
        )
        items = tuple(
            Part.of(f"job-{job.id}", "card.html", _key(job), job=job, listed=(state, before)) for job in shown
        )
        return Content(parts, items, provisional=not is_exact)


class JobView:
    """One job with everything that is known of it."""

    def __init__(self, source: Source, job_id: str) -> None:
        self._source = source
        self._job_id = job_id

    def concerns(self, change: Change) -> bool:
        """Only what is told of this job matters."""
        return change == EVERYTHING or change.kind == "faults" or change.id == self._job_id

    def find(self) -> Job | None:
        """Give the job, or None."""
        return self._source.store.jobs.find_anywhere(self._job_id)

    def content(self) -> Content:
        """Look."""
        job = self.find()
        deliveries = self._source.store.deliveries.of_job(self._job_id)
        entity = job and entity_of(job, self._source.base_url)
        webhook_url = job and job.request.webhook_url
        parts = (
            _fault_count(self._source.faults),
            Part.of("job", "job.html", job and _key(job), job=job, entity=entity),
            Part.of(
                "nothing",
                "no_webhook.html",
                (job is None, bool(deliveries)),
                is_empty=not deliveries,
                is_gone=job is None,
                kind=job and job.kind,
                webhook_url=webhook_url,
            ),
        )
        return Content(parts, tuple(_delivery(delivery, names_job=False) for delivery in deliveries))


class WebhooksView:
    """The latest webhook calls of all jobs."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def concerns(self, change: Change) -> bool:
        """The end of a job makes a call, its deletion ends one."""
        return change == EVERYTHING or change.kind in {"job", "deliveries", "faults"}

    def content(self) -> Content:
        """Look."""
        deliveries = self._source.store.deliveries.newest(DELIVERIES_ON_A_PAGE)
        parts = (
            _fault_count(self._source.faults),
            Part.of("nothing", "no_deliveries.html", bool(deliveries), is_empty=not deliveries),
        )
        return Content(parts, tuple(_delivery(delivery, names_job=True) for delivery in deliveries))


class FaultsView:
    """The fault rules in the order in which they are tried."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def concerns(self, change: Change) -> bool:
        """Rules and their hits matter."""
        return change == EVERYTHING or change.kind == "faults"

    def content(self) -> Content:
        """Look."""
        rules = self._source.faults.rules
        parts = (
            _fault_count(self._source.faults),
            Part.of("nothing", "no_rules.html", bool(rules), is_empty=not rules),
        )
        items = tuple(
            Part.of(
                f"rule-{rule.id}",
                "rule.html",
                (rule.hits, rule.skipped),
                rule=rule,
                matches=wording.requests_of(rule.fault),
                effects=wording.effects_of(rule.fault),
                hits=wording.hits_of(rule),
                settings=rule.fault.settings(),
            )
            for rule in rules
        )
        return Content(parts, items)


def _key(job: Job) -> object:
    """Give what can change about a job; nothing else does between its submission and its deletion."""
    return job.state, job.failure, [file.id for file in job.files]


def _delivery(delivery: Delivery, *, names_job: bool) -> Part:
    return Part.of(
        f"delivery-{delivery.number}",
        "delivery.html",
        (delivery.state, len(delivery.attempts)),
        delivery=delivery,
        names_job=names_job,
    )


def _fault_count(faults: Faults) -> Part:
    in_force = sum(not rule.used_up for rule in faults)
    return Part.of("fault-count", "fault_count.html", in_force, in_force=in_force)
