"""What the tests of logging, hooks and the like share: log records, pauses that are not made, an emulator."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leap import Leap
    from leap.emulator import Emulator


@pytest.fixture
def pauses() -> list[float]:
    """The pauses between attempts, in seconds."""
    return []


@pytest.fixture
def leap_at(leap_at: Callable[..., Leap], pauses: list[float]) -> Callable[..., Leap]:
    """Makes a client that notes its pauses and does not make them."""

    def make(host: str, **settings: Any) -> Leap:
        leap = leap_at(host, **settings)
        leap.api_client.sleep = pauses.append
        return leap

    return make


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Callable[[int], list[logging.LogRecord]]:
    """The client's log records of a level."""
    caplog.set_level(logging.DEBUG, logger="leap")

    def of_level(level: int) -> list[logging.LogRecord]:
        # The emulator logs its requests below the same name.
        return [each for each in caplog.records if each.name == "leap" and each.levelno == level]

    return of_level


@pytest.fixture
def messages(records: Callable[[int], list[logging.LogRecord]]) -> Callable[[int], list[str]]:
    """The client's log messages of a level."""
    return lambda level: [each.getMessage() for each in records(level)]


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[Emulator]:
    """An emulator for all tests of a module: to start and stop one takes longer than most of them."""
    from leap.emulator import Emulator

    with Emulator(speed=float("inf")) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: Emulator) -> Iterator[Emulator]:
    """An emulator without jobs and faults."""
    yield running_emulator
    running_emulator.faults.clear()
    running_emulator.workspace("leap-token-5f0e1c").clear()
