"""MusicJobs: waiting and downloading, for the tag of music jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leap.jobs.verbs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leap.api_response import ApiResponse
    from leap.model.musicgen_inference_entity import MusicgenInferenceEntity

DEFAULT_TIMEOUT = 600.0
"""Seconds. Half a minute of music takes about as long to make, and may stand in a queue before."""

MOST_BYTES = 256 * 1024 * 1024
"""The largest sound that is downloaded: 30 seconds of eight channels at 192 kHz and 32 bits have 184 MB."""


class MusicJobs(Jobs["MusicgenInferenceEntity"]):
    """What a tag of music jobs can do beyond the calls of the API."""

    _noun = "job"
    _submit = "create_audio"
    _submit_and_wait_name = "create_audio_and_wait"
    _read = "find_one_audio"
    _id_argument = "inference_id"
    _listing = "find_all_audio()"
    _timeout = DEFAULT_TIMEOUT
    _pauses = (0.5, 5.0)

    def wait(
        self,
        job_or_id: MusicgenInferenceEntity | ApiResponse[MusicgenInferenceEntity] | str,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        poll_interval: float | None = None,
        on_progress: Callable[[MusicgenInferenceEntity, float], object] | None = None,
    ) -> MusicgenInferenceEntity:
        """Wait until a job has finished, and give it with where its sound is.

        The job is read at once, and then after pauses that grow from 0.5 to 5 seconds, each up to a quarter
        shorter by chance. A server that asks for a longer pause (Retry-After) gets it. Connections that
        break, timeouts, the answers 408, 429 and 5xx, and what is not JSON are outlived until the time is
        over.

        Args:
            job_or_id: The job as `create_audio` gave it, or its id.
            timeout: Seconds until the wait is given up, the last reading apart; None for never.
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
            job_or_id, {}, timeout=timeout, poll_interval=poll_interval, on_progress=on_progress
        )

    def download(
        self,
        job: MusicgenInferenceEntity | ApiResponse[MusicgenInferenceEntity],
        directory: str | Path,
        name: str = "{id}{ext}",
        *,
        overwrite: bool = False,
        on_progress: Callable[[int, int | None], object] | None = None,
        max_bytes: int = MOST_BYTES,
    ) -> Path:
        """Download the sound of a finished job.

        It is written to a temporary file beside its own and renamed once it is whole, and goes on where it
        broke off if its host can do that. The access token is not sent along.

        Args:
            job: The job, as `wait` or `find_one_audio` gave it.
            directory: Where the file goes; made if it is not there.
            name: How the file is called: `{id}` of the job, and `{ext}`, which comes from what the sound is
                and has its dot.
            overwrite: Replace a file that is there already.
            on_progress: Called with the bytes that are there, and how many there will be, None while that is
                not known.
            max_bytes: The largest sound that is taken, in bytes.

        Returns:
            The file.

        Raises:
            DownloadError: The sound could not be had, or is none.
            ApiValueError: The name leads out of the directory, or the job has no sound to download.
            FileExistsError: A file is there already; nothing was replaced.
            OSError: The file could not be written.
        """
        from leap.downloads import download_files
        from leap.exceptions import ApiValueError
        from leap.jobs.reading import entity_of, id_of, sound_url, state_of, without_files
        from leap.media_types import SOUNDS

        found = entity_of(job)
        url = sound_url(found)
        if not url:
            raise ApiValueError(without_files(found, f"{state_of(found)} and names no sound"))
        (path,) = download_files(
            self.api_client,
            id_of(found),
            [url],
            directory,
            name=name,
            overwrite=overwrite,
            on_progress=on_progress,
            max_bytes=max_bytes,
            expected=SOUNDS,
        )
        return path
