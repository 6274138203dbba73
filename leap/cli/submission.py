"""Submission: what commands that submit jobs have in common, whatever the jobs make."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from leap.cli.connection import EMULATED_SPEED, connect
from leap.cli.delivery import MOST_PARALLEL, Delivery, deliver
from leap.cli.directory import prepare
from leap.cli.errand import Errand
from leap.cli.errors import CommandError, ExitCode
from leap.cli.prompts import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leap.cli.kinds import Kind
    from leap.cli.settings import Settings


class Submission:
    """The jobs of a command, from their bodies to what they made."""

    def __init__(
        self,
        settings: Settings,
        kind: Kind,
        *,
        emulate: bool,
        parallel: int = 1,
        speed: float = EMULATED_SPEED,
    ) -> None:
        """Take what does not depend on the jobs.

        Args:
            settings: Where the API is and who asks.
            kind: What kind of jobs they are.
            emulate: Whether they are for an emulator in this process.
            parallel: How many there are at a time.
            speed: How much faster than the service that emulator is.

        Raises:
            CommandError: Some of it does not go together.
        """
        if emulate and settings.host is not None:
            raise CommandError("--host: cannot go with --emulate, which is a host of its own", ExitCode.USAGE)
        if not 1 <= parallel <= MOST_PARALLEL:
            raise CommandError(f"--parallel: needs a number from 1 to {MOST_PARALLEL}", ExitCode.USAGE)
        self._settings = settings
        self._kind = kind
        self._emulate = emulate
        self._parallel = parallel
        self._speed = speed

    def deliver_files(self, bodies: Sequence[Mapping[str, Any]], out: Path, *, preview: bool) -> ExitCode:
        """Submit jobs, and download what they made to a directory."""
        delivery = Delivery(self._settings, directory=out, preview=preview, parallel=self._parallel)
        return self._deliver(bodies, delivery)

    def deliver(self, bodies: Sequence[Mapping[str, Any]], *, awaited: bool) -> ExitCode:
        """Submit jobs that make no files, and wait for them if that is wanted."""
        return self._deliver(bodies, Delivery(self._settings, parallel=self._parallel), awaited=awaited)

    def _deliver(
        self, bodies: Sequence[Mapping[str, Any]], delivery: Delivery, *, awaited: bool = True
    ) -> ExitCode:
        label = self._kind.label
        times = Counter(body.get(label) for body in bodies)
        host = self._settings.host
        errands = [
            Errand(
                self._kind,
                body,
                # Of two that are alike, one could be taken for the other.
                recover=times[body.get(label)] == 1,
                title=shortened(body[label]) if len(bodies) > 1 else "",
                options=("--host", host) if host else (),
                awaited=awaited,
                emulated=self._emulate,
            )
            for body in bodies
        ]
        with connect(self._settings, emulate=self._emulate, speed=self._speed) as leap:
            if delivery.directory is not None:
                prepare(delivery.directory)
            return deliver(leap, errands, delivery)
