"""Verbs: what can be done with a job of any kind, beyond the calls of the API.

The classes that are mixed into the tags give these their names and types. Everything that a verb needs is
imported by the call that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leap.api_client import ApiClient
    from leap.api_response import ApiResponse
    from leap.exceptions import ApiException
    from leap.operation import Operation, Request
    from leap.schemas.faults import Fault

JobT = TypeVar("JobT")


class Jobs(Generic[JobT]):
    """The verbs of one kind of job; a class for each kind says what is its own.

    What a job is asked for by, beside its id, are the path parameters of the call that submits it.
    """

    _noun: ClassVar[str]
    """What people call one."""
    _submit: ClassVar[str]
    """The call that submits one."""
    _submit_and_wait_name: ClassVar[str]
    """The method that waits for it too."""
    _read: ClassVar[str]
    """The call that reads one."""
    _id_argument: ClassVar[str]
    """What that call names the id."""
    _listing: ClassVar[str]
    """How to find one whose id is not known; a format with the path parameters of the call that submits."""
    _timeout: ClassVar[float]
    """Seconds until a wait is given up, unless told otherwise."""
    _pauses: ClassVar[tuple[float, float]]
    """Seconds between the first two readings, and between two in the end."""

    if TYPE_CHECKING:
        api_client: ApiClient
        _operations: ClassVar[Mapping[str, Operation[Any]]]

    def _wait(
        self,
        job_or_id: object,
        scope: Mapping[str, str | None],
        *,
        deadline: float | None = None,
        on_progress: Any = None,
        **settings: Any,
    ) -> JobT:
        """Wait until a job has finished, and give it.

        Args:
            job_or_id: The job, the response that carries it, or its id.
            scope: What it is asked for by beside its id; None for what the job itself tells.
            deadline: Seconds in which it has to be over, if not those of the configuration.
            on_progress: Called after each reading with the job and the seconds since the wait began.
            **settings: `timeout` and `poll_interval`, where they are not those of the kind.
        """
        from leap.durations import LONGEST_WAIT
        from leap.jobs.waiting import wait

        job_id, scope = self._identify(job_or_id, scope)
        operation = self._operations[self._read]
        seconds_left = self._seconds_left(deadline)
        settings["timeout"] = _bounded(settings.get("timeout", self._timeout), seconds_left())

        def read(seconds: float, faults: list[str]) -> ApiResponse[Any]:
            arguments = {
                **scope,
                self._id_argument: job_id,
                # What fails is read again after a pause all the same.
                "max_retries": 0,
                # There may be no end to the wait; a reading has one.
                "deadline": min(
                    seconds, LONGEST_WAIT, *([left] if (left := seconds_left()) is not None else [])
                ),
            }
            return self.api_client.call(operation, arguments, faults)

        way_back = _way_back(job_id, scope)
        polling = self._polling(job_id, **settings)
        job: JobT = wait(read, polling, way_back=way_back, on_progress=on_progress)
        return job

    def _submit_and_wait(self, arguments: Mapping[str, Any]) -> JobT:
        """Submit a job and wait for it; the arguments are those of the call that submits and of `wait`."""
        from time import perf_counter

        from leap.exceptions import ApiException, ResponseValidationError, SchemaValidationError
        from leap.jobs.reading import id_of

        began = perf_counter()
        to_submit = dict(arguments)
        of_wait = {
            name: to_submit.pop(given)
            for name, given in _OF_WAIT.items()
            if given in to_submit and (name == "timeout" or to_submit[given] is not None)
        }
        seconds_left = self._seconds_left(to_submit.get("deadline"))
        refused = [name for name in ("stream", "skip_deserialization") if to_submit.get(name)]
        if refused:
            raise SchemaValidationError(
                [f"{name}: {self._submit_and_wait_name} has to read the answer" for name in refused]
            )
        # What is wrong with the wait is said before a job is paid for.
        self._polling("", **{name: value for name, value in of_wait.items() if name != "on_progress"})
        operation = self._operations[self._submit]
        in_path = to_submit.get("path_params") or {}
        scope = {
            parameter.name: to_submit.get(parameter.name) or in_path.get(wire_name)
            for wire_name, parameter in operation.path_parameters.items()
        }
        listing = self._listing.format(**{name: repr(value) for name, value in scope.items()})
        noun = self._noun
        way_back = f"there may be a {noun} all the same; {listing} lists them"
        try:
            response = self.api_client.call(operation, to_submit, recovery=self._find_lost)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"before there was an answer; {way_back}") from None
        except ResponseValidationError as error:
            # The job is there all the same.
            job_id = id_of(error.body)
            error.add_note(f"{_way_back(job_id, scope)} waits for the {noun}." if job_id else way_back)
            raise
        if not id_of(response.body):
            nameless = ApiException(
                f"the answer names no {noun}; {way_back}",
                status=response.status,
                headers=response.headers,
                body=response.body,
                round_trip_time=response.round_trip_time,
            )
            nameless.may_have_been_accepted = True
            nameless.attempts, nameless.time_spent = response.attempts, response.time_spent
            raise nameless
        try:
            return self._wait(response, scope, deadline=seconds_left(), **of_wait)
        except ApiException as error:
            error.attempts += response.attempts
            error.time_spent = perf_counter() - began
            raise

    def _find_lost(
        self,
        request: Request,  # noqa: ARG002 - for those who look
        arguments: Mapping[str, Any],  # noqa: ARG002
        error: ApiException,  # noqa: ARG002
        elapsed: float,  # noqa: ARG002
        left: float | None,  # noqa: ARG002
    ) -> ApiResponse[Any] | None:
        """The job that a request has submitted whose answer was lost; None if it cannot be told."""
        return None

    def _seconds_left(self, deadline: float | None) -> Callable[[], float | None]:
        """Tells how many seconds of a deadline are left, always more than none; None if there is none."""
        from time import monotonic

        from leap.exceptions import SchemaValidationError
        from leap.options import deadline_seconds

        faults: list[Fault] = []
        deadline_seconds({"deadline": deadline}, faults)
        if faults:
            raise SchemaValidationError([str(fault) for fault in faults])
        seconds = self.api_client.configuration.deadline if deadline is None else deadline
        if seconds is None:
            return lambda: None
        end = monotonic() + seconds
        return lambda: max(end - monotonic(), _LEAST)

    def _polling(self, job_id: str, **settings: Any) -> Any:
        """The decisions of a wait, at the pace of the kind."""
        from leap.jobs.polling import Pace, Polling

        own = {"timeout": self._timeout, "pace": Pace(*self._pauses), "noun": self._noun}
        return Polling(job_id, **{**own, **settings})

    def _identify(
        self, job_or_id: object, scope: Mapping[str, str | None]
    ) -> tuple[str, dict[str, str | None]]:
        """The id of a job, and what else it is asked for by."""
        from leap.exceptions import SchemaValidationError
        from leap.jobs.reading import entity_of, id_of, model_id_of
        from leap.schemas.faults import show_value

        noun = self._noun
        job = entity_of(job_or_id)
        job_id = job if isinstance(job, str) else id_of(job)
        # Only the model of a job is ever told by the job.
        found = {
            name: value or (model_id_of(job) if name == "model_id" else None) for name, value in scope.items()
        }
        faults = (
            [] if job_id else [f"{noun}_or_id: got {show_value(job)}, needs a {noun} with an id, or an id"]
        )
        faults += [
            f"{name}: is missing, and the {noun} does not name it"
            for name, value in found.items()
            if not value
        ]
        if faults:
            raise SchemaValidationError(faults)
        return job_id, found


def _bounded(timeout: float | None, left: float | None) -> float | None:
    """The seconds of a wait within a deadline, of which the last reading takes some."""
    from leap.jobs.waiting import SHORTEST_READING

    if left is None:
        return timeout
    most = left - min(SHORTEST_READING, _LAST_SHARE * left)
    return min(timeout, most) if isinstance(timeout, int | float) else most if timeout is None else timeout


_LAST_SHARE = 0.2
"""The most of a deadline that is kept for the last reading."""

_LEAST = 0.001
"""Seconds: a deadline that is over is one that is about to be."""

_OF_WAIT = {"timeout": "wait_timeout", "poll_interval": "poll_interval", "on_progress": "on_progress"}
"""The arguments of `wait` by what the methods that submit and wait call them."""


def _way_back(job_id: str, scope: Mapping[str, str | None]) -> str:
    """The call that waits for a job again, for a message."""
    return f"wait({', '.join([repr(job_id), *(f'{name}={value!r}' for name, value in scope.items())])})"
