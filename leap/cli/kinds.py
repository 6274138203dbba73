"""Kinds: what the commands have to know of each kind of job, so that one mechanism is for all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from leap import ApiException, JobFailedError, NotFoundError
from leap.cli.errors import CommandError, ExitCode
from leap.jobs.image_jobs import PAGE_SIZE
from leap.jobs.reading import picture_urls, sound_url, state_of
from leap.media_types import PICTURES, SOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from leap import Leap
    from leap.api_response import ApiResponse
    from leap.media_types import Family

    OnProgress = Callable[[Any, float], object]
    OnBytes = Callable[[int, int | None], object]

_SECONDS_BETWEEN = 0.5
"""Between two readings of a job that goes through its states on this machine."""


class Kind:
    """A kind of job: how it is called, and what is asked of the service for it."""

    group: ClassVar[str]
    """The commands for those that there are."""
    noun: ClassVar[str] = "job"
    goes_on: ClassVar[str] = "goes on"
    """What one does while it has not ended."""
    request: ClassVar[str] = "prompt"
    """What one begins with."""
    label: ClassVar[str] = "prompt"
    """The field that people know one by."""
    files: ClassVar[Family | None] = None
    """What it makes for people to download; None if there is nothing."""
    file_name: ClassVar[str] = ""
    """How those files are called."""
    way_back: ClassVar[tuple[str, str]]
    """What to do about one that nobody sees to any more, and the command for it."""
    details: ClassVar[tuple[tuple[str, str], ...]]
    """What else there is to say of one, and the fields that say it."""
    advice: ClassVar[Mapping[type[ApiException], str]] = {}
    """What to do about an error, where it is not the same for every kind."""
    names: ClassVar[Mapping[str, str]] = {}
    """What is called otherwise on the command line than in the client, and not the same for every kind."""

    scope: tuple[str, ...] = ()
    """The options that say where one is, beside its id."""

    def called(self, job_id: str) -> str:
        """What a message calls one."""
        return f"{self.noun} {job_id}"

    def urls(self, job: Any) -> list[str]:
        """Where the files of one are; an empty text for one that is not said."""
        del job
        return []

    def addresses(self, job: Any) -> list[tuple[str, str]]:
        """What is at an address beside one, and the address."""
        noun = self.files.noun if self.files else ""
        return [(f"{noun} {number}", url) for number, url in enumerate(self.urls(job), 1)]

    def names_in(self, body: Any) -> Mapping[str, str]:
        """What the arguments of a request are called on the command line, where that is special."""
        del body
        return self.names

    def submit(self, leap: Leap, body: Any, *, on_upload: OnBytes, recover: bool = False) -> ApiResponse[Any]:
        """Submit one; where it can be found again if the answer is lost, look for it."""
        raise NotImplementedError

    def wait(self, leap: Leap, job_id: str, **options: Any) -> Any:
        """Wait until one has ended, and give it; the options are those of the client."""
        raise NotImplementedError

    def all(self, leap: Leap, *, finished: bool, limit: int | None) -> Iterator[Any]:
        """Give those that there are, or no more than so many of them."""
        raise NotImplementedError

    def read(self, leap: Leap, job_id: str) -> Any:
        """Read one."""
        raise NotImplementedError

    def delete(self, leap: Leap, job_id: str) -> None:
        """Delete one."""
        raise NotImplementedError

    def download(
        self, leap: Leap, job: Any, directory: Path, *, overwrite: bool, on_progress: OnBytes
    ) -> list[Path]:
        """Download the files of one."""
        raise NotImplementedError

    @staticmethod
    def pause(*, emulated: bool) -> float | None:
        """Seconds between two readings; None for the client's own pauses."""
        return _SECONDS_BETWEEN if emulated else None


class Pictures(Kind):
    """Jobs that draw pictures with a model."""

    group = "jobs"
    files = PICTURES
    file_name = "{id}-{index}{ext}"
    way_back = ("Get its pictures", "download")
    details = (
        ("prompt", "prompt"),
        ("not shown", "negativePrompt"),
        ("model", "modelId"),
        ("submitted", "createdAt"),
        ("size", "width height"),
        ("steps", "steps"),
        ("strength", "promptStrength"),
        ("seed", "seed"),
    )

    def __init__(self, model_id: str) -> None:
        """Take the id of the model."""
        self.model_id = model_id
        self.scope = ("--model", model_id)

    def urls(self, job: Any) -> list[str]:
        """Where the pictures are."""
        return picture_urls(job)

    def submit(self, leap: Leap, body: Any, *, on_upload: OnBytes, recover: bool = False) -> ApiResponse[Any]:
        """Submit a job."""
        del on_upload
        return leap.generate_images.create(body=body, path_params={"modelId": self.model_id}, recover=recover)

    def wait(self, leap: Leap, job_id: str, **options: Any) -> Any:
        """Wait for a job."""
        return leap.generate_images.wait(job_id, model_id=self.model_id, **options)

    def all(self, leap: Leap, *, finished: bool, limit: int | None) -> Iterator[Any]:
        """Give the jobs of the model, the newest first."""
        jobs = leap.generate_images.iterate(
            self.model_id,
            only_finished=finished or None,
            page_size=PAGE_SIZE if limit is None else min(limit, PAGE_SIZE),
        )
        return islice(jobs, limit)

    def read(self, leap: Leap, job_id: str) -> Any:
        """Read a job."""
        return leap.generate_images.find_one(model_id=self.model_id, inference_id=job_id).body

    def delete(self, leap: Leap, job_id: str) -> None:
        """Delete a job and its pictures."""
        leap.generate_images.remove(model_id=self.model_id, inference_id=job_id)

    def download(
        self, leap: Leap, job: Any, directory: Path, *, overwrite: bool, on_progress: OnBytes
    ) -> list[Path]:
        """Download the pictures of a job."""
        return leap.generate_images.download(
            job, directory, self.file_name, overwrite=overwrite, on_progress=on_progress
        )


class Music(Kind):
    """Jobs that make music."""

    group = "music"
    files = SOUNDS
    file_name = "{id}{ext}"
    way_back = ("Get its sound", "download")
    details = (("prompt", "prompt"), ("submitted", "createdAt"))
    advice = {NotFoundError: "Check the id and --host."}  # noqa: RUF012 - a Mapping by its declaration

    def urls(self, job: Any) -> list[str]:
        """Where the sound is."""
        url = sound_url(job)
        return [url] if url else []

    def addresses(self, job: Any) -> list[tuple[str, str]]:
        """The sound, of which there is no second one."""
        return [("sound", url) for url in self.urls(job)]

    def submit(self, leap: Leap, body: Any, *, on_upload: OnBytes, recover: bool = False) -> ApiResponse[Any]:
        """Submit a job."""
        del on_upload, recover
        return leap.generate_music.create_audio(body=body)

    def wait(self, leap: Leap, job_id: str, **options: Any) -> Any:
        """Wait for a job."""
        return leap.generate_music.wait(job_id, **options)

    def all(self, leap: Leap, *, finished: bool, limit: int | None) -> Iterator[Any]:
        """Give the jobs, as the service lists them."""
        jobs = leap.generate_music.find_all_audio().body
        return _some_of(jobs, "jobs", finished=finished, limit=limit)

    def read(self, leap: Leap, job_id: str) -> Any:
        """Read a job."""
        return leap.generate_music.find_one_audio(inference_id=job_id).body

    def download(
        self, leap: Leap, job: Any, directory: Path, *, overwrite: bool, on_progress: OnBytes
    ) -> list[Path]:
        """Download the sound of a job."""
        return [
            leap.generate_music.download(
                job, directory, self.file_name, overwrite=overwrite, on_progress=on_progress
            )
        ]


class Models(Kind):
    """Models, each of which is what a training makes."""

    group = "models"
    noun = "model"
    goes_on = "is still being trained"
    request = "training"
    label = "name"
    way_back = ("Wait for it again", "wait")
    details = (
        ("name", "name"),
        ("keyword", "subjectKeyword"),
        ("type", "subjectType"),
        ("submitted", "createdAt"),
    )
    advice = {  # noqa: RUF012 - a Mapping by its declaration
        NotFoundError: "Check the id and --host.",
        JobFailedError: "Try again, or with other pictures.",
    }
    names = {  # noqa: RUF012 - a Mapping by its declaration
        "model_id": "ID",
        "model_or_id": "ID",
        "subject_keyword": "--keyword",
        "subject_type": "--type",
        "image_sample_files": "FILE",
        "image_sample_urls": "--url",
    }

    def addresses(self, job: Any) -> list[tuple[str, str]]:
        """The sample pictures."""
        samples = job.get("imageSamples") if isinstance(job, Mapping) else None
        urls = [url for url in samples if isinstance(url, str)] if isinstance(samples, list | tuple) else []
        return [(f"sample {number}", url) for number, url in enumerate(urls, 1)]

    def names_in(self, body: Any) -> Mapping[str, str]:
        """What the arguments are called; a picture by its path."""
        files = (body or {}).get("imageSampleFiles") or ()
        return {
            **self.names,
            **{f"image_sample_files[{index}]": str(path) for index, path in enumerate(files)},
        }

    def submit(self, leap: Leap, body: Any, *, on_upload: OnBytes, recover: bool = False) -> ApiResponse[Any]:
        """Submit a training, with its pictures."""
        del recover
        # Addresses are on their way too soon to show how far they are.
        progress = on_upload if "imageSampleFiles" in body else None
        return leap.train_image_models.train_model(body=body, on_upload_progress=progress)

    def wait(self, leap: Leap, job_id: str, **options: Any) -> Any:
        """Wait for a training."""
        return leap.train_image_models.wait(job_id, **options)

    def all(self, leap: Leap, *, finished: bool, limit: int | None) -> Iterator[Any]:
        """Give the models, as the service lists them."""
        body: Any = leap.train_image_models.list_all_models().body
        models = body.get("models") if isinstance(body, Mapping) else None
        return _some_of(models, "models", finished=finished, limit=limit)

    def read(self, leap: Leap, job_id: str) -> Any:
        """Read a model."""
        return leap.train_image_models.get_model(model_id=job_id).body

    def delete(self, leap: Leap, job_id: str) -> None:
        """Delete a model."""
        leap.train_image_models.delete_model(model_id=job_id)


def _some_of(jobs: Iterable[Any] | None, noun: str, *, finished: bool, limit: int | None) -> Iterator[Any]:
    """The jobs of a list that has no pages; what is no list at all is said."""
    if not isinstance(jobs, list | tuple):
        raise CommandError(f"the answer is JSON, but no list of {noun}", ExitCode.API_ERROR)
    return islice((job for job in jobs if not finished or state_of(job) == "finished"), limit)
