"""Job: one job from its parameters to its files, with everything said that is needed to find it again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from leap import ApiException, OpenApiException
from leap.cli.errors import CommandError, ExitCode, explain
from leap.cli.messages import harmless
from leap.cli.waiting import readings, state_of
from leap.downloads import download_pictures
from leap.jobs.image_jobs import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap import Leap
    from leap.cli.progress import Progress
    from leap.model.create_inference_dto import CreateInferenceDto


class Order(NamedTuple):
    """What is to be drawn, by which model, and where the files go."""

    body: CreateInferenceDto
    model_id: str
    directory: Path
    emulated: bool
    """Whether the job ends with this process."""


def carry_out(leap: Leap, order: Order, progress: Progress, keep: Callable[[Path], None]) -> None:
    """Submit a job, follow it to its end and download its pictures.

    Args:
        leap: The client to do it with.
        order: What to do.
        progress: Where to show how far it is.
        keep: Takes the path of each file as soon as it is whole.

    Raises:
        SchemaValidationError: The parameters break the contract; nothing was sent.
        ApiException: The job could not be submitted.
        CommandError: Something went wrong with the job, or the user interrupted it.
    """
    job_id = ""
    try:
        job: Any = leap.generate_images.create(body=order.body, path_params={"modelId": order.model_id}).body
        job_id = _id_of(job, order)
        progress.state(job_id, state_of(job))
        for job in readings(lambda: _read(leap, order, job_id), time.sleep):
            progress.state(job_id, state_of(job))
        if state_of(job) == "failed":
            raise CommandError(f"job {job_id} failed: {_reason_of(job)}", ExitCode.JOB_FAILED)
        _download(leap, job, job_id, order, progress, keep)
    except KeyboardInterrupt:
        raise CommandError(_interrupted(job_id, order), ExitCode.INTERRUPTED) from None
    except ApiException as error:
        explanation = explain(error)
        if not job_id or explanation is None:
            raise
        raise CommandError(
            _joined(explanation.message, _way_back(job_id, order)), explanation.exit_code
        ) from error


def _read(leap: Leap, order: Order, job_id: str) -> Any:
    return leap.generate_images.find_one(model_id=order.model_id, inference_id=job_id).body


def _download(
    leap: Leap, job: Any, job_id: str, order: Order, progress: Progress, keep: Callable[[Path], None]
) -> None:
    urls = _urls_of(job)
    faults = [] if urls else [f"job {job_id} finished, but names no picture"]
    for index, url in enumerate(urls, 1):
        progress.downloading(index - 1, len(urls))
        try:
            paths = download_pictures(
                leap.api_client,
                job_id,
                [url],
                order.directory,
                name=f"{{id}}-{index}{{ext}}",
                overwrite=False,
                on_progress=None,
                max_bytes=MOST_BYTES,
                parallel=1,
            )
            keep(paths[0])
        except (OpenApiException, OSError) as error:
            # The other pictures may still be had.
            reason = explain(error)
            faults.append(f"picture {index} of {len(urls)}: {reason.message if reason else error}")
    if faults:
        raise CommandError(_joined("\n".join(faults), _way_back(job_id, order)), ExitCode.API_ERROR)


def _id_of(job: Any, order: Order) -> str:
    job_id = str(job.get("id") or "") if isinstance(job, Mapping) else ""
    # The id goes into the next request and before the user's eyes.
    if job_id in ("", ".", "..") or not job_id.isprintable():
        raise CommandError(
            _joined("the answer names no job, and there may be one all the same.", _way_back("", order)),
            ExitCode.API_ERROR,
        )
    return job_id


def _urls_of(job: Any) -> list[str]:
    images = job.get("images")
    if not isinstance(images, list | tuple):
        return []
    return [str(image.get("uri") or "") if isinstance(image, Mapping) else "" for image in images]


def _reason_of(job: Any) -> str:
    # The contract names no field for it.
    for field in ("reason", "failureReason", "error", "message"):
        if isinstance(job.get(field), str):
            return harmless(job[field])
    return "the service gives no reason; try again, or change the prompt or the parameters"


def _interrupted(job_id: str, order: Order) -> str:
    if order.emulated:
        return f"interrupted; job {job_id} ended with its emulator" if job_id else "interrupted"
    if not job_id:
        return _joined("interrupted before there was an answer; there may be a job.", _way_back("", order))
    return _joined(f"interrupted; job {job_id} goes on.", _way_back(job_id, order))


def _way_back(job_id: str, order: Order) -> str:
    """How to find a job again that this process has to leave; nothing for one that ended with it."""
    if order.emulated:
        return ""
    if not job_id:
        return f'find_all(model_id="{order.model_id}") of the Python client lists the jobs.'
    call = f'find_one(model_id="{order.model_id}", inference_id="{job_id}")'
    return f"Nothing is lost: {call} of the Python client reads the job."


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
