"""The addresses of the gallery."""

import hashlib
import re
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from leap.emulator.base_url import base_url
from leap.emulator.changes import Changes
from leap.emulator.faults import Faults
from leap.emulator.file_route import FileRoute
from leap.emulator.files import SUFFIXES
from leap.emulator.gallery.markup import SHOWN_UNDER, beginning, encoded, listing, render, shown_at
from leap.emulator.gallery.stream import EventStream
from leap.emulator.gallery.tally import Tally
from leap.emulator.gallery.views import FaultsView, JobsView, JobView, Source, View, WebhooksView
from leap.emulator.jobs import State
from leap.emulator.same_origin import refuse_other_origins
from leap.emulator.store import Store

_HEADERS: Final = {
    # Nothing is run, shown or asked but what comes from here, and nobody may lay a page over another.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" a browser would send forms with `Origin: null`, which `same_origin` refuses.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC: Final = {
    "gallery.css": "text/css",
    "gallery.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}
_FOLDER: Final = Path(__file__).parent / "static"
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


def routes(store: Store, faults: Faults, changes: Changes, url: str) -> list[Route]:
    """Give the routes; a `Refusal` raised in them is for the application to answer.

    `url` is the emulator's own, for requests whose Host header gives none.
    """
    gallery = _Gallery(store, faults, changes, url)
    files = FileRoute(store.files, shown_at)
    return [
        Route("/", gallery.jobs),
        Route("/jobs/{id}", gallery.job),
        Route("/jobs/{id}/delete", gallery.delete_job, methods=["POST"]),
        Route("/webhooks", gallery.webhooks),
        Route("/faults", gallery.faults),
        Route("/faults/remove", gallery.remove_all_rules, methods=["POST"]),
        Route("/faults/{id}/remove", gallery.remove_rule, methods=["POST"]),
        Route("/events", gallery.jobs_stream),
        Route("/events/jobs/{id}", gallery.job_stream),
        Route("/events/webhooks", gallery.webhooks_stream),
        Route("/events/faults", gallery.faults_stream),
        Route("/gallery/{name}", gallery.static),
        *(Route(f"{SHOWN_UNDER}{{file_id}}{suffix}", files.answer) for suffix in SUFFIXES.values()),
    ]


class _Gallery:
    def __init__(self, store: Store, faults: Faults, changes: Changes, url: str) -> None:
        self._store = store
        self._faults = faults
        self._changes = changes
        self._url = url
        self._tally = Tally(store.jobs)
        self._static = {name: (_FOLDER / name).read_bytes() for name in _STATIC}
        self._tags = {name: hashlib.sha256(content).hexdigest() for name, content in self._static.items()}

    async def jobs(self, request: Request) -> Response:
        listed = _listed(request)
        if listed is None:
            return await self._missing(request, "There is no such list of jobs.")
        view = JobsView(self._source(request), *listed, live=False)
        query = listing(*listed)
        return await self._page(request, "jobs.html", view, title="Jobs", events=f"/events{query}")

    async def job(self, request: Request) -> Response:
        view = JobView(self._source(request), request.path_params["id"])
        job = await run_in_threadpool(view.find)
        if job is None:
            return await self._missing(request, "There is no such job. Perhaps it was deleted.")
        title = beginning(job.request.title, 60) or "A job without a prompt"
        return await self._page(request, "job.html", view, title=title, events=f"/events/jobs/{job.id}")

    async def webhooks(self, request: Request) -> Response:
        view = WebhooksView(self._source(request))
        return await self._page(request, "webhooks.html", view, title="Webhooks", events="/events/webhooks")

    async def faults(self, request: Request) -> Response:
        view = FaultsView(self._source(request))
        return await self._page(request, "faults.html", view, title="Faults", events="/events/faults")

    async def jobs_stream(self, request: Request) -> ASGIApp:
        listed = _listed(request) or (None, None)
        return self._stream(request, JobsView(self._source(request), *listed, live=True))

    async def job_stream(self, request: Request) -> ASGIApp:
        return self._stream(request, JobView(self._source(request), request.path_params["id"]))

    async def webhooks_stream(self, request: Request) -> ASGIApp:
        return self._stream(request, WebhooksView(self._source(request)))

    async def faults_stream(self, request: Request) -> ASGIApp:
        return self._stream(request, FaultsView(self._source(request)))

    async def delete_job(self, request: Request) -> Response:
        refuse_other_origins(request)
        job = await run_in_threadpool(self._store.jobs.find_anywhere, request.path_params["id"])
        if job is not None:
            await run_in_threadpool(self._store.jobs.remove, job)
        return _see("/" + listing(*(_listed(request) or (None, None))))

    async def remove_rule(self, request: Request) -> Response:
        refuse_other_origins(request)
        self._faults.remove(request.path_params["id"])
        return _see("/faults")

    async def remove_all_rules(self, request: Request) -> Response:
        refuse_other_origins(request)
        self._faults.clear()
        return _see("/faults")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            return await self._missing(request, "There is no such file.")
        tag = f'"{self._tags[name]}"'
        headers = {**_HEADERS, "Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self._static[name], headers=headers, media_type=_STATIC[name])

    async def _page(
        self, request: Request, template: str, view: View, *, title: str, events: str
    ) -> Response:
        def rendered() -> bytes:
            content = view.content()
            parts = {part.id.replace("-", "_"): part.html() for part in content.parts}
            items = [item.html() for item in content.items]
            reached = base_url(request, self._url)
            page = render(template, title=title, events=events, parts=parts, items=items, base_url=reached)
            return encoded(page)

        return _html(await run_in_threadpool(rendered))

    async def _missing(self, request: Request, what: str) -> Response:
        page = render("missing.html", title="Not found", what=what, base_url=base_url(request, self._url))
        return _html(encoded(page), 404)

    def _stream(self, request: Request, view: View) -> ASGIApp:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=_HEADERS)
        return EventStream(view, self._changes)

    def _source(self, request: Request) -> Source:
        return Source(self._store, self._faults, self._tally, base_url(request, self._url))


def _listed(request: Request) -> tuple[State | None, int | None] | None:
    """Read which jobs are asked for: of which state, and below which number; None for nonsense."""
    state, before = request.query_params.get("state"), request.query_params.get("before")
    if (state and state not in set(State)) or (before and not _NUMBER.fullmatch(before)):
        return None
    return State(state) if state else None, int(before) if before else None


def _html(page: bytes, status: int = 200) -> Response:
    return Response(page, status, _HEADERS, media_type="text/html")


def _see(address: str) -> Response:
    """Lead a browser that has sent a form to the page to show now."""
    return RedirectResponse(address, 303, _HEADERS)
