"""What each operation of the contract does, once its request has been checked."""

import re
from hashlib import sha256
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from leap.emulator import limits
from leap.emulator.endpoint import Arguments, Handler
from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.jobs import Job, Parameters
from leap.emulator.store import Store
from leap.emulator.worker import Worker

_HOST: Final = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_NO_SUCH_JOB: Final = "Inference not found"


class Api:
    """What each operation does. A method takes the request, the token, the parameters and the body."""

    def __init__(self, store: Store, worker: Worker, url: str) -> None:
        """Take the emulator's own URL, for requests whose Host header gives none."""
        self._store = store
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
        job = self._store.add(token, arguments["modelId"], Parameters.of_body(body))
        self._worker.notice()
        return self._entity(request, job)

    def find_all(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """List a page of a model's jobs."""
        jobs = self._store.page(
            token,
            arguments["modelId"],
            only_finished=arguments.get("onlyFinished", False),
            page=int(arguments.get("page", 1)),
            page_size=int(arguments.get("pageSize", limits.DEFAULT_PAGE_SIZE)),
        )
        base_url = self._base_url(request)
        return JSONResponse([job.to_entity(base_url) for job in jobs])

    def find_one(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a job."""
        job = self._store.find(token, arguments["modelId"], arguments["inferenceId"])
        if job is None:
            raise Refusal(404, _NO_SUCH_JOB)
        return self._entity(request, job)

    def remove(self, _request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Delete a job and its pictures."""
        if not self._store.remove(token, arguments["modelId"], arguments["inferenceId"]):
            raise Refusal(404, _NO_SUCH_JOB)
        return Response()

    async def picture(self, request: Request) -> Response:
        """Serve a picture to whoever knows its address, as a content delivery network does."""
        png = await run_in_threadpool(self._store.picture, request.path_params["picture_id"])
        if png is None:
            raise Refusal(404, "Image not found")
        return Response(png, media_type="image/png", headers={"ETag": f'"{sha256(png).hexdigest()}"'})

    def _entity(self, request: Request, job: Job) -> Response:
        return JSONResponse(job.to_entity(self._base_url(request)))

    def _base_url(self, request: Request) -> str:
        """Begin addresses with the name by which the client reached us, so that it can follow them."""
        host = request.headers.get("host", "")
        return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else self._url
