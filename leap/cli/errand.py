"""Errand: one job that a command sees to, and what has become of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leap import ApiException
from leap.cli.errors import CommandError, ExitCode, explain
from leap.jobs.reading import id_of, picture_urls, state_of

if TYPE_CHECKING:
    from pathlib import Path

    from leap.model.create_inference_dto import CreateInferenceDto


@dataclass(eq=False)
class Errand:
    """A job to submit, or one that there is, to be followed to its end."""

    model_id: str
    body: CreateInferenceDto | None = None
    """What to submit; None for a job that there is."""
    job_id: str = ""
    title: str = ""
    """What it is called among others; empty where it is the only one."""
    options: tuple[str, ...] = ()
    """What another command needs to find the job, beside its model."""
    directory: str = ""
    """Where its pictures were to go, if that is not the current one."""
    emulated: bool = False
    """Whether the job ends with this process."""
    begun: bool = False
    """Whether anything was sent for it."""
    job: Any = None
    """The job as it was last read."""
    paths: list[Path] = field(default_factory=list)
    """The files that its pictures have become."""
    problem: str = ""
    """What went wrong."""
    exit_code: ExitCode = ExitCode.OK

    def take(self, job: Any) -> None:
        """Take the job as the answer to its submission.

        Raises:
            CommandError: It has no id.
        """
        self.job = job
        self.job_id = id_of(job)
        if not self.job_id:
            raise CommandError(
                "the answer names no job, and there may be one all the same", ExitCode.API_ERROR
            )

    def fail(self, error: Exception) -> None:
        """Note what went wrong, and how to find the job again if there may be one.

        Raises:
            Exception: The error itself, if it is a fault of this program.
        """
        explanation = explain(error)
        if explanation is None:
            raise error
        self.problem, self.exit_code = explanation
        if self._goes_on(error):
            self.problem = self._with_way_back(self.problem)
        if self.title and not self.job_id:
            self.problem = f"{self.title}: {self.problem}"

    def interrupt(self) -> None:
        """Note that nobody sees to it any more."""
        self.exit_code = ExitCode.INTERRUPTED
        if not self.job_id:
            self.problem = self._with_way_back("interrupted before there was an answer; there may be a job")
        elif self.emulated:
            self.problem = f"interrupted; job {self.job_id} ended with its emulator"
        else:
            ended = "has finished" if state_of(self.job) == "finished" else "goes on"
            self.problem = self._with_way_back(f"interrupted; job {self.job_id} {ended}")

    @property
    def record(self) -> dict[str, Any]:
        """The job as it was last read, with its files and what went wrong, for a line of JSON."""
        prompt = {} if self.body is None else {"prompt": self.body["prompt"]}
        job = self.job if isinstance(self.job, Mapping) else {}
        files = [str(path) for path in self.paths]
        return {"id": self.job_id or None, **prompt, **job, "files": files, "problem": self.problem or None}

    def _goes_on(self, error: Exception) -> bool:
        """Whether there may be a job all the same."""
        if self.exit_code in (ExitCode.USAGE, ExitCode.JOB_FAILED) or not self.begun:
            return False
        if self.job_id:
            return self.body is not None or self.exit_code is ExitCode.TIMEOUT
        return not isinstance(error, ApiException) or error.may_have_been_accepted

    def _with_way_back(self, problem: str) -> str:
        if self.emulated:
            return problem
        if not self.job_id:
            purpose, command = "Look for it", ["list"]
        elif state_of(self.job) == "finished" and not picture_urls(self.job):
            purpose, command = "Look at it", ["show", self.job_id]
        else:
            purpose, command = "Get its pictures", ["download", self.job_id]
            command += ["--out", self.directory] if self.directory else []
            # Those that are there already would end it.
            command += ["--overwrite"] if self.paths else []
        line = shlex.join(["leap", "jobs", *command, "--model", self.model_id, *self.options])
        return f"{problem.removesuffix('.')}. {purpose} with: {line}"
