"""The operations of the tag Generate Images."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leap.emulator import limits
from leap.emulator.api.tag_api import TagApi
from leap.emulator.endpoint import Arguments, Handler
from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job, State
from leap.emulator.kinds import Kind

_NO_SUCH_JOB: Final = "Inference not found"
_NO_SUCH_MODEL: Final = "Model not found"


class ImagesApi(TagApi):
    """What each operation does."""

    def handlers(self) -> dict[str, Handler]:
        """Give the handler of each operation by its operationId."""
        return {
            "InferencesController_create": self.create,
            "InferencesController_findAll": self.find_all,
            "InferencesController_findOne": self.find_one,
            "InferencesController_remove": self.remove,
        }

    def create(self, request: Request, token: str, arguments: Arguments, body: Any) -> Response:
        """Submit a job. A model that was trained here has to be ready; any other id will do."""
        model_id = arguments["modelId"]
        try:
            state = self._jobs.state_of_model(token, model_id)
        except LookupError:
            raise Refusal(404, _NO_SUCH_MODEL) from None
        if state not in {None, State.FINISHED}:
            raise Refusal(400, [f"the model {model_id} cannot draw: its training is {state}"])
        job = self._submit(
            request, token, body["prompt"], lambda seed: ImageRequest.of_body(body, model_id, seed)
        )
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
        return JSONResponse(self._entities(request, jobs))

    def find_one(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a job."""
        return self._entity(request, self._find(token, arguments))

    def remove(self, _request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Delete a job and its pictures."""
        self._jobs.remove(self._find(token, arguments))
        return Response()

    def _find(self, token: str, arguments: Arguments) -> Job:
        job = self._jobs.find(token, arguments["inferenceId"], Kind.IMAGE, arguments["modelId"])
        if job is None:
            raise Refusal(404, _NO_SUCH_JOB)
        return job
