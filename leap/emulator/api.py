"""What each operation of the contract does, once its request has been checked."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leap.emulator import limits
from leap.emulator.base_url import base_url
from leap.emulator.endpoint import Arguments, Handler
from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.jobs import Job
from leap.emulator.store.jobs import Jobs
from leap.emulator.worker import Worker

_NO_SUCH_JOB: Final = "Inference not found"


class Api:
    """What each operation does. A method takes the request, the token, the parameters and the body."""

    def __init__(self, jobs: Jobs, worker: Worker, url: str) -> None:
        """Take the emulator's own URL, for requests whose Host header gives none."""
        self._jobs = jobs
        self._worker = worker
        self._url = url

    def handlers(self) -> dict[str, Handler]:
        """Give the handler of each operation by its operationId."""
        return {
            "InferencesController_create": self.create,
            "InferencesController_findAll": self.find_all,
            "InferencesController_findOne": self.find_one,
            "InferencesController_remove": self.remove,
        }

    def create(self, request: Request, token: str, arguments: Arguments, body: Any) -> Response:
        """Submit a job."""
        reached = base_url(request, self._url)
        # The emulator's own URL may be another one after a restart, so it is not kept.
        kept_url = None if reached == self._url else reached
        job = self._jobs.add(token, arguments["modelId"], body, kept_url)
        self._worker.notice()
        return self._entity(request, job)

    def find_all(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """List a page of a model's jobs."""
        jobs = self._jobs.page(
            token,
            arguments["modelId"],
            only_finished=arguments.get("onlyFinished", False),
            page=int(arguments.get("page", 1)),
            page_size=int(arguments.get("pageSize", limits.DEFAULT_PAGE_SIZE)),
        )
        reached = base_url(request, self._url)
        return JSONResponse([job.to_entity(reached) for job in jobs])

    def find_one(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a job."""
        return self._entity(request, self._find(token, arguments))

    def remove(self, _request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Delete a job and its pictures."""
        self._jobs.remove(self._find(token, arguments))
        return Response()

    def _find(self, token: str, arguments: Arguments) -> Job:
        job = self._jobs.find(token, arguments["modelId"], arguments["inferenceId"])
        if job is None:
            raise Refusal(404, _NO_SUCH_JOB)
        return job

    def _entity(self, request: Request, job: Job) -> Response:
        return JSONResponse(job.to_entity(base_url(request, self._url)))
