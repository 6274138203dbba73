"""What the tags have in common: jobs are submitted, and given as whoever asks can reach their files."""

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.base_url import base_url
from leap.emulator.entities import Entity, entity_of
from leap.emulator.errors import JSONResponse
from leap.emulator.jobs import Job, JobRequest
from leap.emulator.store.jobs import Jobs
from leap.emulator.worker import Worker


class TagApi:
    """The operations of one tag. Each takes the request, the token, the parameters and the body."""

    def __init__(self, jobs: Jobs, worker: Worker, url: str) -> None:
        """Take the emulator's own URL, for requests whose Host header gives none."""
        self._jobs = jobs
        self._worker = worker
        self._url = url

    def _base_url(self, request: Request) -> str:
        return base_url(request, self._url)

    def _kept_url(self, request: Request) -> str | None:
        """Give the address by which a request has come, to be kept with a job.

        The emulator's own URL may be another one after a restart, so it is not kept.
        """
        reached = self._base_url(request)
        return None if reached == self._url else reached

    def _submit(
        self,
        request: Request,
        token: str,
        title: str,
        request_of: Callable[[int], JobRequest],
        samples: Iterable[tuple[bytes, str]] = (),
    ) -> Job:
        """Keep a new job; for the rest, see `Jobs.add`. Whoever calls this tells the worker."""
        return self._jobs.add(token, title, request_of, self._kept_url(request), samples)

    def _entity(self, request: Request, job: Job) -> Response:
        return JSONResponse(entity_of(job, self._base_url(request)))

    def _entities(self, request: Request, jobs: Iterable[Job]) -> list[Entity]:
        reached = self._base_url(request)
        return [entity_of(job, reached) for job in jobs]
