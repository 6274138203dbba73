"""The log of requests: a line for each, also for those that got no answer."""

import asyncio
import http.client
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from leap.emulator import Emulator
from leap.emulator.request_log import RequestLog

LOGGER = "leap.emulator.requests"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, wait_until: Any) -> Callable[[int], list[str]]:
    """Waits for so many lines of the log, and gives them without their times."""
    caplog.set_level(logging.INFO, LOGGER)

    def messages() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.name == LOGGER]
        assert all(re.search(r" \d+ ms$", message) for message in found)
        return [message.rpartition(" ")[0].rpartition(" ")[0] for message in found]

    def read(count: int) -> list[str]:
        # A line is written when the answer has been sent, which its reader may know first.
        wait_until(lambda: len(messages()) >= count)
        return messages()

    return read


def test_a_line_has_method_path_status_and_time(
    emulator: Emulator, connect: Any, jobs_path: str, lines: Callable[[int], list[str]]
) -> None:
    """Path and query stand there as they were sent, and refusals of every kind are lines too."""
    api = connect(emulator)
    api.request("GET", f"{jobs_path}?page=2&pageSize=%31")
    api.request("GET", "/a%2Fb?%22", headers={})
    api.request("DELETE", jobs_path)
    api.request("POST", jobs_path, b"x" * 2**21)
    assert lines(4) == [
        f"GET {jobs_path}?page=2&pageSize=%31 200",
        "GET /a%2Fb?%22 404",
        f"DELETE {jobs_path} 405",
        f"POST {jobs_path} 413",
    ]


def test_says_what_never_came(
    emulator: Emulator, connect: Any, jobs_path: str, lines: Callable[[int], list[str]]
) -> None:
    """A request without an answer, and one whose answer broke off, are told from those that went well."""
    workspace = emulator.workspace()
    api = connect(emulator, token=workspace.token)
    for reset in ("before", "body"):
        workspace.faults.add(reset=reset, times=1)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            api.request("GET", jobs_path)
    assert lines(2) == [f"GET {jobs_path} no answer", f"GET {jobs_path} 200 broken off"]


def test_costs_nothing_when_nobody_reads() -> None:
    """Unless its level is asked for, the application talks to the server directly."""
    talked_to: list[object] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        talked_to.extend([receive, send])

    async def receive() -> Message:
        return {}

    async def send(_message: Message) -> None:
        pass

    assert not logging.getLogger(LOGGER).isEnabledFor(logging.INFO)
    asyncio.run(RequestLog(app)({"type": "http"}, receive, send))
    assert talked_to == [receive, send]
