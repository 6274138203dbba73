"""Effort: the attempts of one call, until there is an answer or no point in another one."""

from __future__ import annotations

import time
from time import perf_counter
from typing import TYPE_CHECKING, Any

from urllib3 import Retry
from urllib3 import Timeout as Urllib3Timeout
from urllib3.exceptions import ClosedPoolError, EmptyPoolError

from leap.api_client.bodies import TooLargeError, read_body, without_body
from leap.api_client.watching import Watch, is_watched
from leap.api_client.wire import attempt as on_the_wire
from leap.events import REDACTED
from leap.exceptions import ApiException, OpenApiException, ResponseValidationError
from leap.outcome import is_unaccounted, status_error
from leap.response_headers import retry_after_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from urllib3 import BaseHTTPResponse, HTTPResponse

    from leap.api_client.client import ApiClient
    from leap.api_response import ApiResponse
    from leap.operation import Request
    from leap.retry import RetryPolicy

    Recovery: TypeAlias = Callable[
        [Request, Mapping[str, Any], ApiException, float, float | None], ApiResponse[Any] | None
    ]
    """Looks for what a request has submitted whose answer was lost.

    It is given the request, the arguments of the call, the error, the seconds since the call began and those
    that are left for it.
    """

NOT_FOUND = 404

UNSENT_BEARER = f"Bearer {REDACTED}"
"""Stands for the access token until an attempt is sent; who looks at a request sees this."""

# One try, and a redirect is an answer like another: the token is for one host only.
_ONCE = Retry(total=False, redirect=False)


class Effort:
    """The attempts of one call.

    Attributes:
        attempts: How many there have been.
        round_trip_time: Seconds that the last one took.
        time_spent: Seconds that all of them took, with the pauses between them.
    """

    __slots__ = (
        "_began",
        "_client",
        "_deadline",
        "_headers_seen",
        "_request",
        "_seconds",
        "_watch",
        "attempts",
        "round_trip_time",
        "time_spent",
    )

    def __init__(self, client: ApiClient, request: Request) -> None:
        """Begin to send a request; the deadline runs from now on.

        Raises:
            ClientClosedError: The client has been closed.
        """
        client.check_open()
        configuration = client.configuration
        self._client = client
        self._request = request
        self._watch = Watch(configuration, request) if is_watched(configuration) else None
        self._headers_seen: Mapping[str, str] | None = None
        self._seconds = configuration.deadline if request.deadline is None else request.deadline
        self._began = perf_counter()
        self._deadline = None if self._seconds is None else self._began + self._seconds
        self.attempts = 0
        self.round_trip_time = 0.0
        self.time_spent = 0.0

    def make(self) -> HTTPResponse:
        """Send the request until there is an answer to go by.

        Returns:
            A successful answer, read unless it is to be streamed; or a 404 to a request to delete of which
            an attempt before may have done it already.

        Raises:
            ApiException: There is no such answer, and no point in a further attempt.
            ClientClosedError: The client has been closed meanwhile.
            ClientConfigurationError: The certificates, the proxy or the access token turn out to be unusable.
        """
        policy: RetryPolicy | None = None
        while True:
            self.attempts += 1
            if self._watch:
                self._watch.sending(self.attempts)
            answer, error = self._attempt()
            try:
                self._tell_received(answer, error)
            except BaseException:
                # A hook that ends the program; a streamed answer would keep its place in the pool.
                if answer is not None:
                    answer.close()
                    answer.release_conn()
                raise
            if error is None:
                return answer  # type: ignore[return-value]  # there is the one or the other
            if answer is not None and self._is_gone(answer):
                if not self._request.expects_body:
                    return answer
                error.add_note("An attempt before may have deleted it, whose answer was lost.")
            policy, pause = self._further(policy, error)
            self._client.sleep(pause)

    def succeed(self, response: ApiResponse[Any]) -> None:
        """Tell that the call has ended well."""
        if self._watch:
            raw = response.response
            self._watch.ended(self.attempts, self.time_spent, raw.status, raw.headers, None)

    def fail(
        self, error: ApiException, arguments: Mapping[str, Any], recovery: Recovery | None
    ) -> ApiResponse[Any] | None:
        """Tell that the call has ended badly; gives the answer that was found all the same.

        Args:
            error: What came of it; it takes what is known of the attempts.
            arguments: The keyword arguments of the call.
            recovery: What looks for it, if the request asks for that.
        """
        self._describe(error)
        if error.status is not None and 200 <= error.status <= 299:  # noqa: PLR2004 - "successful", RFC 9110
            error.may_have_been_accepted = is_unaccounted(self._request.method, error)
        if self._watch:
            self._watch.ended(self.attempts, self.time_spent, error.status, error.headers, error.reason)
        if (
            recovery is None
            or not self._request.recover
            or not error.may_have_been_accepted
            or isinstance(error, ResponseValidationError)  # which carries the job
        ):
            return None
        now = perf_counter()
        left = None if self._deadline is None else self._deadline - now
        found = recovery(self._request, arguments, error, now - self._began, left)
        # The caller has waited for the search too.
        outcome: ApiResponse[Any] | ApiException = error if found is None else found
        outcome.attempts = self.attempts
        outcome.time_spent = perf_counter() - self._began
        return found

    def _attempt(self) -> tuple[HTTPResponse | None, ApiException | None]:
        """One attempt: its answer, and what is wrong if anything is."""
        answer: HTTPResponse | None = None
        on_the_wire.sent = False
        started = perf_counter()
        try:
            answer = self._send()
        except OpenApiException:
            raise
        except Exception as raised:  # noqa: BLE001 - http.client lets through what it trips over: ValueError, MemoryError
            self._clock(started)
            error: ApiException = self._failure(raised)
            error.__cause__ = raised
        except BaseException as interruption:
            from leap.api_client.failures import without_frames

            without_frames(interruption)
            fault: BaseException | None = getattr(self._request.body, "fault", None)
            if fault is not None:
                # What is sent has ended it, a file or a callback, and not the connection.
                raise fault from fault.__cause__
            raise
        else:
            self._clock(started)
            if 200 <= answer.status <= 299:  # noqa: PLR2004 - the bounds of "successful", RFC 9110 section 15.3
                return answer, None
            error = status_error(self._request, answer, self.round_trip_time)
            error.retry_after = retry_after_of(answer.headers, time.time())
            error.may_have_been_accepted = is_unaccounted(self._request.method, error)
        self._describe(error)
        return answer, error

    def _send(self) -> HTTPResponse:
        client, request = self._client, self._request
        pool = client.connections.pool or client.connections.open()
        headers = request.headers
        if headers.get("Authorization") is UNSENT_BEARER:
            headers = {**headers, "Authorization": client.bearer()}
        timeout = client.timeout
        if request.timeout is not None:
            timeout = Urllib3Timeout(connect=request.timeout[0], read=request.timeout[1])
        if self._deadline is not None:
            left = self._deadline - perf_counter()
            if left <= 0:
                raise TimeoutError("the deadline has passed")
            timeout = Urllib3Timeout(
                connect=min(timeout.connect_timeout, left),  # type: ignore[type-var]  # it is never the default
                read=min(timeout.read_timeout, left),  # type: ignore[type-var]
            )
        self._headers_seen = None
        # Again: the function that gives the token may have made calls of its own.
        on_the_wire.sent = False
        on_the_wire.deadline = self._deadline
        answer: BaseHTTPResponse = pool.urlopen(
            request.method,
            client.connections.prefix + request.target,
            body=request.body,  # type: ignore[arg-type]  # what can be sent; the stub knows bytes only
            headers=headers,
            retries=_ONCE,
            redirect=False,
            # There is one host, which a proxy is told in the target.
            assert_same_host=False,
            timeout=timeout,
            pool_timeout=timeout.connect_timeout,  # type: ignore[arg-type]  # the stub knows whole seconds only
            preload_content=False,
        )
        self._headers_seen = answer.headers
        if answer.status < 200:  # noqa: PLR2004 - where final answers begin, RFC 9110 section 15
            # The final answer may still come over this connection: no other call may take it for its own.
            answer.close()
            answer.release_conn()
        elif not request.stream or answer.status >= 300:  # noqa: PLR2004 - where errors begin
            try:
                answer = read_body(answer, client.configuration.max_response_bytes)
            except TooLargeError:
                if answer.status < 300:  # noqa: PLR2004 - where errors begin
                    raise
                answer = without_body(answer)
        return answer  # type: ignore[return-value]  # what a connection pool's urlopen returns

    def _tell_received(self, answer: HTTPResponse | None, error: ApiException | None) -> None:
        if self._watch:
            self._watch.received(
                self.attempts,
                self.round_trip_time,
                None if answer is None else answer.status,
                self._headers_seen,
                error,
            )

    def _clock(self, started: float) -> None:
        now = perf_counter()
        self.round_trip_time = now - started
        self.time_spent = now - self._began

    def _failure(self, raised: Exception) -> ApiException:
        """The exception of ours for what was raised, from which the frames it came through are taken off."""
        from leap.api_client.failures import failure, without_frames

        without_frames(raised)
        client, request = self._client, self._request
        if isinstance(raised, (ClosedPoolError, EmptyPoolError)):
            # Also where it was closed while the call waited for a connection.
            client.check_open()
        line = f"{request.method} {request.target.partition('?')[0]} at {client.configuration.host}"
        is_over = self._deadline is not None and perf_counter() >= self._deadline
        error = failure(
            raised,
            line,
            self.round_trip_time,
            deadline=self._seconds if is_over else None,
            may_have_been_accepted=on_the_wire.sent and request.method not in ("GET", "DELETE"),
        )
        error.headers = self._headers_seen
        return error

    def _describe(self, error: ApiException) -> None:
        error.attempts = self.attempts
        error.time_spent = self.time_spent

    def _is_gone(self, answer: HTTPResponse) -> bool:
        return answer.status == NOT_FOUND and self._request.method == "DELETE" and self.attempts > 1

    def _further(self, policy: RetryPolicy | None, error: ApiException) -> tuple[RetryPolicy, float]:
        """The policy and the pause before another attempt.

        Raises:
            ApiException: The error itself, if there is none.
        """
        if policy is None:
            from leap.retry import RetryPolicy

            given = self._request.max_retries
            policy = RetryPolicy.of(self._client.configuration.max_retries if given is None else given)
        further = policy.after(self._request.method, error)
        if further is None or not getattr(self._request.body, "can_be_repeated", True):
            raise error
        # A pause that does not fit in is for nothing.
        if self._deadline is not None and perf_counter() + further[1] >= self._deadline:
            raise error
        return further
