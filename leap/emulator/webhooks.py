"""Webhooks: the end of a job is told to its `webhookUrl`, with a bounded number of attempts.

What is to be told is noted in the same transaction in which the job ends, and is sent afterwards: nothing
waits for a webhook but the webhook itself. A webhook may hear of the same end twice, if the emulator was
killed between the answer and its noting.
"""

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Final, Self

import httpx2

from leap.emulator.entities import entity_of
from leap.emulator.jobs import Job, now
from leap.emulator.store import Store
from leap.emulator.store.deliveries import Attempt, Delivery, DeliveryState

ATTEMPTS: Final = 5
"""How often one delivery is tried before it is abandoned; the pause doubles from one to the next."""

SECONDS_TO_TRY_AGAIN: Final = 1.0
"""After the store could not be read."""

SECONDS_TO_ANSWER: Final = 10.0
"""How long a webhook may take for its whole answer."""

DELIVERIES_AT_ONCE: Final = 32
"""How many are under way at the same time; the others wait their turn."""

LONGEST_ANSWER: Final = 2000
"""Bytes of an answer that are read and kept."""

_logger: Final = logging.getLogger(__name__)


class Webhooks:
    """Makes the deliveries of a store between `async with` and the end of it."""

    def __init__(self, store: Store, first_pause: float, url: str) -> None:
        """Take the seconds before the second attempt, and the emulator's own URL for the pictures."""
        self._store = store
        self._first_pause = first_pause
        self._url = url
        self._woken = asyncio.Event()
        self._under_way: set[int] = set()

    def notice(self, job: Job) -> None:
        """Hear that a job has ended. To be called on the event loop."""
        if job.request.webhook_url:
            self._woken.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop: what is under way is broken off, and made again after the next start."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        """Begin every delivery when it is due, a bounded number at a time."""
        # Settings of the environment, such as a proxy, are not for calls to the developer's own machine.
        client = httpx2.AsyncClient(
            timeout=SECONDS_TO_ANSWER, headers={"User-Agent": "leap-emulator"}, trust_env=False
        )
        async with client, asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                try:
                    pause = self._begin_due(client, group)
                except Exception:
                    _logger.exception("the webhook calls to make could not be read, and are tried again")
                    pause = SECONDS_TO_TRY_AGAIN
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)

    def _begin_due(self, client: httpx2.AsyncClient, group: asyncio.TaskGroup) -> float | None:
        """Begin what is due as far as there is room; gives the seconds until more is, None for unknown."""
        for delivery in self._store.deliveries.pending(DELIVERIES_AT_ONCE + len(self._under_way)):
            if delivery.number in self._under_way:
                continue
            if len(self._under_way) >= DELIVERIES_AT_ONCE:
                return None
            pause = delivery.due - time.time()
            if pause > 0:
                return pause
            self._under_way.add(delivery.number)
            group.create_task(self._deliver(client, delivery))
        return None

    async def _deliver(self, client: httpx2.AsyncClient, delivery: Delivery) -> None:
        """Make one attempt and keep what it came to; one that goes wrong takes no other with it."""
        try:
            await self._try(client, delivery)
        except Exception:
            # Most likely it was the store. The delivery stays among those under way, so that it is not
            # tried again and again, and is made after the next start.
            _logger.exception("what came of a webhook call for job %s could not be kept", delivery.job_id)
        else:
            self._under_way.discard(delivery.number)
            self._woken.set()

    async def _try(self, client: httpx2.AsyncClient, delivery: Delivery) -> None:
        job = self._store.jobs.find_anywhere(delivery.job_id)
        if job is None:
            return
        body = json.dumps(entity_of(job, job.base_url or self._url))
        attempt, worth_another = await _attempt(client, delivery.url, body)
        number = len(delivery.attempts) + 1
        state, pauses = what_follows(number, attempt.status, worth_another=worth_another)
        due = time.time() + pauses * self._first_pause
        self._store.deliveries.note(delivery, attempt, state, due=due, body=body)
        if state is DeliveryState.ABANDONED:
            outcome = attempt.answer if attempt.status is None else f"status {attempt.status}"
            _logger.warning(
                "webhook of job %s abandoned after %d attempts: %s", delivery.job_id, number, outcome
            )


def what_follows(number: int, status: int | None, *, worth_another: bool) -> tuple[DeliveryState, int]:
    """Decide what follows from an attempt, and how many times the first pause to wait before the next.

    Args:
        number: Which attempt it was, from 1.
        status: HTTP status of the answer; None if there was none.
        worth_another: Whether another attempt may fare better.
    """
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 - the 2xx
        return DeliveryState.DELIVERED, 0
    if not worth_another or number >= ATTEMPTS:
        return DeliveryState.ABANDONED, 0
    return DeliveryState.PENDING, 1 << (number - 1)


async def _attempt(client: httpx2.AsyncClient, url: str, body: str) -> tuple[Attempt, bool]:
    """POST a body to a webhook; gives what came of it, and whether another attempt may fare better."""
    sent_at, began = now(), time.monotonic()
    status: int | None = None
    worth_another = True
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            headers = {"Content-Type": "application/json"}
            async with client.stream("POST", url, content=body, headers=headers) as response:
                status = response.status_code
                answer = await _beginning(response)
    except TimeoutError:
        answer = f"no answer within {SECONDS_TO_ANSWER:g} seconds"
    except httpx2.HTTPError as error:
        answer = f"{type(error).__name__}: {error}".removesuffix(": ")
        worth_another = not isinstance(error, httpx2.UnsupportedProtocol)
    except Exception as error:  # noqa: BLE001 - whatever a URL can cause must not end the other calls
        # A port above 65535, for one, comes up as a group of exceptions from deep below.
        answer, worth_another = f"not a URL that can be called: {type(error).__name__}: {error}", False
    return Attempt(sent_at, time.monotonic() - began, status, answer), worth_another


async def _beginning(response: httpx2.Response) -> str:
    read = b""
    async for piece in response.aiter_raw():
        read += piece
        if len(read) >= LONGEST_ANSWER:
            break
    return read[:LONGEST_ANSWER].decode("utf-8", "replace")
