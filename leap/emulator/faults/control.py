"""The faults over HTTP, for programs that do not run in the emulator's process.

POST   /emulator/faults       the settings of a fault as JSON; answers 201 with the rule
GET    /emulator/faults       every rule, with its hits
DELETE /emulator/faults       takes all of them out of force
DELETE /emulator/faults/{id}  takes one out of force
"""

import json
from typing import Any, Final, NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leap.emulator.errors import JSONResponse, Refusal
from leap.emulator.faults.fault import Fault, FaultError, FaultSettings
from leap.emulator.faults.rules import Faults, Rule
from leap.emulator.same_origin import refuse_other_origins

PATH: Final = "/emulator/faults"


def routes(faults: Faults) -> list[Route]:
    """Give the routes of the control; a `Refusal` raised in them is for the application to answer."""
    control = _Control(faults)
    return [
        Route(PATH, control.all, methods=["GET", "POST", "DELETE"]),
        Route(PATH + "/{id}", control.one, methods=["DELETE"]),
    ]


def rule_entity(rule: Rule) -> dict[str, object]:
    """Give a rule as JSON; of a token it says only that there is one."""
    return {
        "id": rule.id,
        "hits": rule.hits,
        "used_up": rule.used_up,
        "has_token": rule.fault.token_sha256 is not None,
        "fault": rule.fault.settings(),
    }


class _Control:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def all(self, request: Request) -> Response:
        if request.method == "POST":
            refuse_other_origins(request)
            return JSONResponse(rule_entity(await self._added(request)), 201)
        if request.method == "DELETE":
            refuse_other_origins(request)
            self._faults.clear()
            return Response(status_code=204)
        return JSONResponse([rule_entity(rule) for rule in self._faults])

    async def one(self, request: Request) -> Response:
        refuse_other_origins(request)
        if not self._faults.remove(request.path_params["id"]):
            raise Refusal(404, "Fault rule not found")
        return Response(status_code=204)

    async def _added(self, request: Request) -> Rule:
        settings = await _settings(request)
        known = FaultSettings.__annotations__
        unknown = [f"property {name[:100]} should not exist" for name in settings if name not in known]
        try:
            fault = Fault(**{name: value for name, value in settings.items() if name in known})
            if not unknown:
                return self._faults.add(fault)
        except FaultError as error:
            raise Refusal(400, [*unknown, *error.messages]) from None
        raise Refusal(400, unknown)


async def _settings(request: Request) -> dict[str, Any]:
    """Read the body. A page of another site cannot send this media type without being asked first."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "Content-Type must be application/json")
    try:
        settings = json.loads((await request.body()).decode(), parse_constant=_no_constant)
    except RecursionError:
        raise Refusal(400, ["the body is nested too deeply"]) from None
    except ValueError as error:
        raise Refusal(400, [f"the body is not valid JSON: {error}"]) from None
    if not isinstance(settings, dict):
        raise Refusal(400, ["the body must be a JSON object"])
    return settings


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
