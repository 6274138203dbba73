"""The operations of the tag Train Image Models."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.api.tag_api import TagApi
from leap.emulator.endpoint import Arguments, Handler
from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.form import Form
from leap.emulator.jobs import Job
from leap.emulator.kinds import Kind
from leap.emulator.samples import read_samples
from leap.emulator.training_request import TrainingRequest

_NO_SUCH_MODEL: Final = "Model not found"


class ModelsApi(TagApi):
    """What each operation does."""

    def handlers(self) -> dict[str, Handler]:
        """Give the handler of each operation by its operationId."""
        return {
            "ModelsV2Controller_trainModel": self.train,
            "ModelsV2Controller_listAllModels": self.list_all,
            "ModelsV2Controller_getModel": self.get,
            "ModelsV2Controller_deleteModel": self.delete,
        }

    async def train(self, request: Request, token: str, _arguments: Arguments, form: Form) -> Response:
        """Make a model and submit its training. The files are looked at and kept on another thread."""
        asked = TrainingRequest.of_body(form.values)

        def submit() -> Job:
            samples = read_samples(form.files)
            return self._submit(request, token, asked.name, lambda _seed: asked, samples)

        job = await run_in_threadpool(submit)
        self._worker.notice()
        return self._entity(request, job)

    def list_all(self, request: Request, token: str, _arguments: Arguments, _body: object) -> Response:
        """List the models of the workspace."""
        models = self._jobs.every(token, Kind.TRAINING)
        return JSONResponse({"models": self._entities(request, models)})

    def get(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a model."""
        return self._entity(request, self._find(token, arguments))

    def delete(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Delete a model, and give it once more. Its training ends, and it draws no further pictures."""
        model = self._find(token, arguments)
        self._jobs.remove(model)
        return self._entity(request, model)

    def _find(self, token: str, arguments: Arguments) -> Job:
        model = self._jobs.find(token, arguments["modelId"], Kind.TRAINING)
        if model is None:
            raise Refusal(404, _NO_SUCH_MODEL)
        return model
