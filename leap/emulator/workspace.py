"""One workspace seen from Python: what a test wants to know of the jobs it caused, and wait for."""

import json
import secrets
import time
from collections.abc import Collection
from queue import Empty, SimpleQueue
from typing import Any, Final

from leap.emulator.changes import EVERYTHING, Change, Changes
from leap.emulator.entities import entity_of
from leap.emulator.faults import Faults, FaultsOfToken
from leap.emulator.jobs import Job, State
from leap.emulator.kinds import Kind
from leap.emulator.store import Store
from leap.emulator.store.deliveries import Delivery, DeliveryState

_MOST_NAMED: Final = 5  # jobs in the message of a TimeoutError
_LONGEST_TITLE: Final = 40  # characters of it in there


class Workspace:
    """The jobs and the fault rules of one bearer token; no other workspace sees or touches them.

    It is of use until its emulator stops. Any thread may call any method.

    Attributes:
        url: Where the emulator listens: what a client takes as `host`.
        token: The bearer token: what a client takes as `access_token`.
        faults: The fault rules for requests with this token, and for its pictures.
    """

    def __init__(self, url: str, token: str | None, store: Store, changes: Changes, faults: Faults) -> None:
        """Take what the emulator has; without a token there is a random one."""
        self.url = url
        self.token = secrets.token_urlsafe(16) if token is None else token
        self.faults: FaultsOfToken = faults.for_token(self.token)
        self._store = store
        self._changes = changes

    def jobs(self) -> list[dict[str, Any]]:
        """Give all jobs for pictures of the workspace as the API gives them, the newest first."""
        return self._entities(Kind.IMAGE)

    def models(self) -> list[dict[str, Any]]:
        """Give all models that are or were trained, as the API gives them, the newest first."""
        return self._entities(Kind.TRAINING)

    def music(self) -> list[dict[str, Any]]:
        """Give all jobs for music as the API gives them, the newest first."""
        return self._entities(Kind.MUSIC)

    def failures(self) -> dict[str, str]:
        """Give the reason of each failed job of any kind by its id, the newest first. The API tells none."""
        return {job.id: job.failure or "" for job in self._jobs() if job.state is State.FAILED}

    def deliveries(self) -> list[Delivery]:
        """Give the webhook calls about the jobs, with every attempt, those of the newest job first."""
        return [delivery for job in self._jobs() for delivery in self._deliveries_of(job)]

    def wait_until_idle(self, timeout: float = 30.0, *, webhooks: bool = False) -> None:
        """Wait until every job, training and piece of music has finished or failed.

        Args:
            timeout: Seconds to wait at most.
            webhooks: Wait until the webhooks have been told of it as well, or given up.

        Raises:
            TimeoutError: It took longer. The message names what is not done.
        """
        deadline = time.monotonic() + timeout
        news: SimpleQueue[Change] = SimpleQueue()
        with self._changes.call(news.put):
            while busy := {job.id: job for job in self._jobs() if self._is_busy(job, webhooks=webhooks)}:
                while busy:
                    try:
                        change = news.get(timeout=max(0.0, deadline - time.monotonic()))
                    except Empty:
                        raise TimeoutError(_unfinished(busy.values(), timeout)) from None
                    if change == EVERYTHING:
                        break
                    if change.id in busy:
                        job = self._store.jobs.find_anywhere(change.id)
                        if job is not None and self._is_busy(job, webhooks=webhooks):
                            busy[job.id] = job
                        else:
                            del busy[change.id]

    def clear(self) -> None:
        """Delete every job and model with its files, and every fault rule."""
        self.faults.clear()
        for job in self._jobs():
            self._store.jobs.remove(job)

    def __repr__(self) -> str:
        return f"Workspace(url={self.url!r}, token=…)"

    def _entities(self, kind: Kind) -> list[dict[str, Any]]:
        entities = [
            entity_of(job, job.base_url or self.url) for job in self._jobs() if job.request.kind is kind
        ]
        # As JSON has it: a state is a plain string then.
        given: list[dict[str, Any]] = json.loads(json.dumps(entities))
        return given

    def _jobs(self) -> list[Job]:
        return self._store.jobs.of_workspace(self.token)

    def _deliveries_of(self, job: Job) -> list[Delivery]:
        return self._store.deliveries.of_job(job.id) if job.request.webhook_url else []

    def _is_busy(self, job: Job, *, webhooks: bool) -> bool:
        return job.state in {State.QUEUED, State.PROCESSING} or (
            webhooks and any(each.state is DeliveryState.PENDING for each in self._deliveries_of(job))
        )


def _unfinished(jobs: Collection[Job], timeout: float) -> str:
    named = [f"{job.id} ({job.state}, {_beginning(job.request.title)!r})" for job in jobs]
    more = [f"and {len(named) - _MOST_NAMED} more"] if len(named) > _MOST_NAMED else []
    return f"not done after {timeout:g} seconds: {', '.join([*named[:_MOST_NAMED], *more])}"


def _beginning(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
