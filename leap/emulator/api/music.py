"""The operations of the tag Generate Music."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from leap.emulator.api.tag_api import TagApi
from leap.emulator.endpoint import Arguments, Handler
from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.kinds import Kind
from leap.emulator.music_request import MusicRequest

_NO_SUCH_JOB: Final = "Inference not found"


class MusicApi(TagApi):
    """What each operation does."""

    def handlers(self) -> dict[str, Handler]:
        """Give the handler of each operation by its operationId."""
        return {
            "MusicController_createAudio": self.create,
            "MusicController_findAllAudio": self.find_all,
            "MusicController_findOneAudio": self.find_one,
        }

    def create(self, request: Request, token: str, _arguments: Arguments, body: Any) -> Response:
        """Submit a job."""
        asked = MusicRequest.of_body(body)
        job = self._submit(request, token, asked.prompt, lambda _seed: asked)
        self._worker.notice()
        return self._entity(request, job)

    def find_all(self, request: Request, token: str, _arguments: Arguments, _body: object) -> Response:
        """List the jobs of the workspace."""
        return JSONResponse(self._entities(request, self._jobs.every(token, Kind.MUSIC)))

    def find_one(self, request: Request, token: str, arguments: Arguments, _body: object) -> Response:
        """Read a job."""
        job = self._jobs.find(token, arguments["inferenceId"], Kind.MUSIC)
        if job is None:
            raise Refusal(404, _NO_SUCH_JOB)
        return self._entity(request, job)
