"""The webhook calls in the store: which are to be made, and what was sent and answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from leap.emulator.changes import Changes
from leap.emulator.store.database import Database, Row

_COLUMNS: Final = "delivery.number, job.id, url, delivery.state, due, body"
_MOST_AT_ONCE: Final = 500


class DeliveryState(StrEnum):
    """Where a delivery is on its way."""

    PENDING = "pending"
    DELIVERED = "delivered"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to a webhook.

    Attributes:
        sent_at: When it was begun, RFC 3339 in UTC.
        seconds: How long it took until its end, whatever that was.
        status: HTTP status of the answer; None if there was none.
        answer: The beginning of the answer's body, or what went wrong.
    """

    sent_at: str
    seconds: float
    status: int | None
    answer: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be told, or was told, to one webhook about the end of one job.

    Attributes:
        number: Counts the deliveries of a store.
        job_id: The job that ended.
        url: The `webhookUrl` of the job.
        state: Where the delivery is on its way.
        due: When to try next, in seconds since 1970; of no meaning once it is not pending.
        body: The JSON that was sent last; None before the first attempt.
        attempts: What was tried so far, the oldest first.
    """

    number: int
    job_id: str
    url: str
    state: DeliveryState
    due: float
    body: str | None = None
    attempts: tuple[Attempt, ...] = ()


class Deliveries:
    """Every delivery about a job that has not been deleted. Any thread may call any method."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def pending(self, limit: int) -> list[Delivery]:
        """Give the deliveries that are due first, whether their time has come or not."""
        return self._read("WHERE delivery.state = 'pending' ORDER BY due, delivery.number LIMIT ?", (limit,))

    def newest(self, limit: int) -> list[Delivery]:
        """Give the latest deliveries of all jobs, the newest first."""
        return self._read("ORDER BY delivery.number DESC LIMIT ?", (limit,))

    def of_job(self, job_id: str) -> list[Delivery]:
        """Give the deliveries about one job, the newest first."""
        return self._read("WHERE job.id = ? ORDER BY delivery.number DESC LIMIT ?", (job_id, _MOST_AT_ONCE))

    def note(
        self, delivery: Delivery, attempt: Attempt, state: DeliveryState, *, due: float, body: str
    ) -> None:
        """Keep what an attempt came to and what is next; nothing if its job has been deleted meanwhile."""
        with self._database.transaction() as connection:
            moved = connection.execute(
                "UPDATE delivery SET state = ?, due = ?, body = ? WHERE number = ?",
                (state, due, body, delivery.number),
            ).rowcount
            if moved:
                connection.execute(
                    "INSERT INTO attempt (delivery, sent_at, seconds, status, answer) VALUES (?, ?, ?, ?, ?)",
                    (delivery.number, attempt.sent_at, attempt.seconds, attempt.status, attempt.answer),
                )
        self._changes.tell("deliveries", delivery.job_id)

    def _read(self, condition: str, values: Sequence[object]) -> list[Delivery]:
        """Read deliveries with their attempts. `condition` is never a client's text."""
        with self._database.transaction("DEFERRED") as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM delivery JOIN job ON job.number = delivery.job {condition}",  # noqa: S608
                values,
            ).fetchall()
            attempts: dict[int, list[Attempt]] = {row[0]: [] for row in rows}
            marks = ", ".join("?" * len(attempts))
            for number, *attempt in connection.execute(
                "SELECT delivery, sent_at, seconds, status, answer FROM attempt "  # noqa: S608
                f"WHERE delivery IN ({marks}) ORDER BY rowid",
                list(attempts),
            ):
                attempts[number].append(Attempt(*attempt))
        return [_delivery(row, attempts[row[0]]) for row in rows]


def _delivery(row: Row, attempts: Sequence[Attempt]) -> Delivery:
    number, job_id, url, state, due, body = row
    return Delivery(number, job_id, url, DeliveryState(state), due, body, tuple(attempts))
