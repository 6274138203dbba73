"""ImageJobs: waiting, paging and downloading for the tag of image jobs.

Everything that it needs is imported by the call that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leap.jobs.verbs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from leap.api_response import ApiResponse
    from leap.exceptions import ApiException
    from leap.model.inference_entity import InferenceEntity
    from leap.operation import Request

DEFAULT_TIMEOUT = 600.0
"""Seconds. A picture takes 4 to 20 of them, and may stand in a queue before."""

PAGE_SIZE = 100
"""How many jobs `iterate` asks for at a time."""

MOST_BYTES = 256 * 1024 * 1024
"""The largest picture that is downloaded: a PNG of 8192 by 8192 pixels of pure noise has 200 MB."""


class ImageJobs(Jobs["InferenceEntity"]):
    """What a tag of image jobs can do beyond the calls of the API."""

    _noun = "job"
    _submit = "create"
    _submit_and_wait_name = "create_and_wait"
    _read = "find_one"
    _id_argument = "inference_id"
    _listing = "iterate({model_id})"
    _timeout = DEFAULT_TIMEOUT
    _pauses = (0.5, 5.0)

    def wait(
        self,
        job_or_id: InferenceEntity | ApiResponse[InferenceEntity] | str,
        *,
        model_id: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        deadline: float | None = None,
        poll_interval: float | None = None,
        on_progress: Callable[[InferenceEntity, float], object] | None = None,
    ) -> InferenceEntity:
        """Wait until a job has finished, and give it with its pictures.

        The job is read at once, and then after pauses that grow from 0.5 to 5 seconds, each up to a quarter
        shorter by chance. A server that asks for a longer pause (Retry-After) gets it. Connections that
        break, timeouts, the answers 408, 429 and 5xx, and what is not JSON are outlived until the time is
        over.

        Args:
            job_or_id: The job as `create` gave it, or its id.
            model_id: Id of the model; needed with an id, and else taken from the job.
            timeout: Seconds until the wait is given up, the last reading apart; None for never.
            deadline: Seconds in which it has to be over, the last reading included, for which it keeps a
                fifth of them, and no more than one; None for that of the configuration, if there is any.
            poll_interval: Seconds between two readings, instead of the pauses above.
            on_progress: Called after each reading with the job and the seconds since the wait began.

        Returns:
            The job, which is finished.

        Raises:
            JobFailedError: The job has failed; `entity` is the job.
            JobTimeoutError: It has not ended in time; `entity` is the job as last seen. It goes on.
            SchemaValidationError: An argument has no usable value; nothing was sent.
            ApiException: The job could not be read, for a reason that will not pass.
            KeyboardInterrupt: Ctrl-C; its message names the job.
        """
        return self._wait(
            job_or_id,
            {"model_id": model_id},
            timeout=timeout,
            deadline=deadline,
            poll_interval=poll_interval,
            on_progress=on_progress,
        )

    def iterate(
        self,
        model_id: str,
        *,
        only_finished: bool | None = None,
        page_size: int | None = None,
        start_page: int = 1,
    ) -> Iterator[InferenceEntity]:
        """Give the jobs of a model one by one, the newest first, over all pages of the list.

        A page is read when its first job is asked for, and one is in memory at a time. Jobs that are
        submitted meanwhile push the others back, to pages that come later: none of the last 10,000 jobs is
        given again. Jobs that are deleted meanwhile pull the others forward, and as many may be passed over.

        Args:
            model_id: Id of the model that draws the pictures.
            only_finished: Leave out the jobs that have not finished.
            page_size: How many jobs to ask for at a time; 100 if it is not given.
            start_page: The page to begin with, counted from 1.

        Raises:
            SchemaValidationError: An argument has no usable value; nothing was sent.
            ApiException: On asking for a job: its page could not be read.
        """
        from leap.exceptions import SchemaValidationError
        from leap.jobs.listing import jobs_of
        from leap.jobs.paging import Paging
        from leap.schemas.faults import show_value

        size = PAGE_SIZE if page_size is None else page_size
        faults = [
            f"{name}: got {show_value(value)}, needs a whole number from 1"
            for name, value in (("page_size", size), ("start_page", start_page))
            if not isinstance(value, int) or isinstance(value, bool) or value < 1
        ]
        if faults:
            raise SchemaValidationError(faults)
        operation = self._operations["find_all"]

        def arguments(page: int) -> dict[str, Any]:
            return {"model_id": model_id, "only_finished": only_finished, "page": page, "page_size": size}

        operation.request(arguments(start_page), {})  # what is wrong is said here, not at the first job
        return jobs_of(
            lambda page: self.api_client.call(operation, arguments(page)), Paging(size, start_page)
        )

    def download(
        self,
        job: InferenceEntity | ApiResponse[InferenceEntity],
        directory: str | Path,
        name: str = "{id}-{index}{ext}",
        *,
        overwrite: bool = False,
        on_progress: Callable[[int, int | None], object] | None = None,
        max_bytes: int = MOST_BYTES,
        parallel: int = 4,
    ) -> list[Path]:
        """Download the pictures of a finished job.

        A picture is written to a temporary file beside its own and renamed once it is whole, and goes on
        where it broke off if its host can do that. Several are fetched at once. The access token is not sent
        along.

        Args:
            job: The job, as `wait` or `find_one` gave it.
            directory: Where the files go; made if it is not there.
            name: How a file is called: `{id}` of the job, `{index}` of the picture from 1, and `{ext}`, which
                comes from what the picture is and has its dot.
            overwrite: Replace files that are there already.
            on_progress: Called with the bytes of all pictures that are there, and how many there will be,
                None while that is not known; from several threads, one at a time.
            max_bytes: The largest picture that is taken, in bytes.
            parallel: How many pictures are fetched at once.

        Returns:
            The files, in the order of the pictures.

        Raises:
            DownloadError: A picture could not be had or is none; `paths` are those that are there.
            ApiValueError: The name leads out of the directory, or the job has no pictures to download.
            FileExistsError: A file is there already; nothing was replaced.
            OSError: A file could not be written.
        """
        from leap.downloads import download_files
        from leap.exceptions import ApiValueError
        from leap.jobs.reading import entity_of, id_of, picture_urls, state_of, without_files
        from leap.media_types import PICTURES

        job = entity_of(job)  # type: ignore[assignment]  # whatever came in place of a job
        urls = picture_urls(job)
        if not urls:
            raise ApiValueError(without_files(job, f"{state_of(job)} and names no pictures"))
        return download_files(
            self.api_client,
            id_of(job),
            urls,
            directory,
            name=name,
            overwrite=overwrite,
            on_progress=on_progress,
            max_bytes=max_bytes,
            parallel=parallel,
            expected=PICTURES,
        )

    def _find_lost(
        self,
        request: Request,
        arguments: Mapping[str, Any],
        error: ApiException,
        elapsed: float,
        left: float | None,
    ) -> ApiResponse[InferenceEntity] | None:
        """The job that a request has submitted whose answer was lost; None if it cannot be told."""
        from leap.jobs.recovery import Lost, find_lost

        model_id = _model_id_in(arguments)
        lost = Lost(request, error, elapsed, left, self.api_client.connections.acknowledged)
        # What leads to another workspace than the client's leads there for the search too.
        way = {name: arguments.get(name) for name in ("timeout", "extra_headers")}
        form = {name: arguments.get(name) for name in ("stream", "skip_deserialization")}
        listing, reading = self._operations["find_all"], self._operations["find_one"]

        def read_page(page: int, deadline: float | None) -> ApiResponse[Any]:
            asked = {"model_id": model_id, "page": page, "page_size": PAGE_SIZE, "deadline": deadline}
            return self.api_client.call(listing, asked | way, faults_seen=[])

        def read_one(job_id: str, deadline: float | None) -> ApiResponse[Any]:
            asked = {"model_id": model_id, "inference_id": job_id, "deadline": deadline}
            response = self.api_client.call(reading, asked | way | form)
            self.api_client.connections.acknowledged.append(job_id)
            return response

        return find_lost(lost, read_page, read_one, page_size=PAGE_SIZE, sleep=self.api_client.sleep)


def _model_id_in(arguments: Mapping[str, Any]) -> Any:
    """The id of the model in the arguments of `create`, in either of its forms."""
    given = arguments.get("path_params") or {}
    return arguments.get("model_id") or given.get("modelId") or given.get("model_id")
