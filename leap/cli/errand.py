"""Errand: one job that a command sees to, and what has become of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leap import ApiException
from leap.cli.errors import CommandError, ExitCode, explain
from leap.jobs.reading import id_of, state_of

if TYPE_CHECKING:
    from pathlib import Path

    from leap.cli.kinds import Kind


@dataclass(eq=False)
class Errand:
    """A job to submit, or one that there is, to be followed to its end."""

    kind: Kind
    body: Mapping[str, Any] | None = None
    """What to submit; None for a job that there is."""
    recover: bool = False
    """Whether to look for the job if the answer to its submission is lost: if no other is the same."""
    job_id: str = ""
    title: str = ""
    """What it is called among others; empty where it is the only one."""
    options: tuple[str, ...] = ()
    """What another command needs to find the job, beside what its kind does."""
    directory: str = ""
    """Where its files were to go, if that is not the current one."""
    awaited: bool = True
    """Whether it is followed to its end."""
    emulated: bool = False
    """Whether the job ends with this process."""
    begun: bool = False
    """Whether anything was sent for it."""
    uploading: bool = False
    """Whether some of its submission has been sent, and some has not."""
    job: Any = None
    """The job as it was last read."""
    paths: list[Path] = field(default_factory=list)
    """The files that it has become."""
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
                f"the answer names no {self.kind.noun}, and there may be one all the same", ExitCode.API_ERROR
            )

    def fail(self, error: Exception) -> None:
        """Note what went wrong, and how to find the job again if there may be one.

        Raises:
            Exception: The error itself, if it is a fault of this program.
        """
        explanation = explain(error, advice=self.kind.advice, names=self.kind.names_in(self.body))
        if explanation is None:
            raise error
        self.problem, self.exit_code = explanation
        if self.emulated:
            # What the library says of a wait is true of a service.
            self.problem = self.problem.replace("; it goes on", "; it ended with its emulator", 1)
        if self._goes_on(error):
            if not self.job_id:
                # What was found when the job was looked for.
                notes = (note.removesuffix(".") for note in getattr(error, "__notes__", ()))
                self.problem = ". ".join([self.problem.removesuffix("."), *notes])
            self.problem = self._with_way_back(self.problem)
        if self.title and not self.job_id:
            self.problem = f"{self.title}: {self.problem}"

    def interrupt(self) -> None:
        """Note that nobody sees to it any more."""
        self.exit_code = ExitCode.INTERRUPTED
        kind = self.kind
        if self.uploading and not self.job_id:
            self.problem = f"interrupted in the middle of the upload; there is no {kind.noun}"
        elif not self.job_id:
            self.problem = self._with_way_back(
                f"interrupted before there was an answer; there may be a {kind.noun}"
            )
        elif self.emulated:
            self.problem = f"interrupted; {self.called} ended with its emulator"
        else:
            ended = "has finished" if state_of(self.job) == "finished" else kind.goes_on
            self.problem = self._with_way_back(f"interrupted; {self.called} {ended}")

    @property
    def called(self) -> str:
        """What a message calls the job, which has an id."""
        return self.kind.called(self.job_id)

    @property
    def record(self) -> dict[str, Any]:
        """The job as it was last read, with its files and what went wrong, for a line of JSON."""
        label = self.kind.label
        known = {label: self.body[label]} if self.body and label in self.body else {}
        job = self.job if isinstance(self.job, Mapping) else {}
        files = {"files": [str(path) for path in self.paths]} if self.kind.files else {}
        return {"id": self.job_id or None, **known, **job, **files, "problem": self.problem or None}

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
        elif state_of(self.job) == "finished" and not self.kind.urls(self.job):
            purpose, command = "Look at it", ["show", self.job_id]
        else:
            purpose, verb = self.kind.way_back
            command = [verb, self.job_id]
            command += ["--out", self.directory] if self.directory else []
            # Those that are there already would end it.
            command += ["--overwrite"] if self.paths else []
        line = shlex.join(["leap", self.kind.group, *command, *self.kind.scope, *self.options])
        return f"{problem.removesuffix('.')}. {purpose} with: {line}"
