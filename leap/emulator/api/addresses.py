"""Addresses: how the files of a job are reached by whoever asks for it."""

from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.base_url import base_url
from leap.emulator.entities import entity_of
from leap.emulator.errors import JSONResponse
from leap.emulator.jobs import Job


class Addresses:
    """Knows the emulator's own URL, for requests whose Host header gives none."""

    def __init__(self, url: str) -> None:
        self._url = url

    def to_keep(self, request: Request) -> str | None:
        """Give the address by which a request has come, to be kept with a job.

        The emulator's own URL may be another one after a restart, so it is not kept.
        """
        reached = base_url(request, self._url)
        return None if reached == self._url else reached

    def entity(self, request: Request, job: Job) -> Response:
        """Answer with a job."""
        return JSONResponse(entity_of(job, base_url(request, self._url)))

    def entities(self, request: Request, jobs: list[Job]) -> list[dict[str, object]]:
        """Give jobs as they go into an answer."""
        reached = base_url(request, self._url)
        return [entity_of(job, reached) for job in jobs]
