"""What the tests of retries share: a call of each method, pauses that are noted and not made, an emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[Emulator]:
    """An emulator for all tests of a module, in which jobs stay queued: nothing has to be drawn."""
    from leap.emulator import Emulator

    with Emulator(speed=0.001) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: Emulator) -> Iterator[Emulator]:
    """An emulator without jobs and faults."""
    yield running_emulator
    running_emulator.faults.clear()
    for token in ("leap-token-5f0e1c", "another"):
        running_emulator.workspace(token).clear()


def create(leap: Leap, **options: Any) -> Any:
    """A create whose arguments do not matter."""
    return leap.generate_images.create(prompt="a fox", model_id="m", **options)


def find_all(leap: Leap, **options: Any) -> Any:
    """A find_all whose arguments do not matter."""
    return leap.generate_images.find_all(model_id="m", **options)


def find_one(leap: Leap, **options: Any) -> Any:
    """A find_one whose arguments do not matter."""
    return leap.generate_images.find_one(model_id="m", inference_id="i", **options)


def remove(leap: Leap, **options: Any) -> Any:
    """A remove whose arguments do not matter."""
    return leap.generate_images.remove(model_id="m", inference_id="i", **options)


@pytest.fixture
def calls() -> Mapping[str, Callable[..., Any]]:
    """A call of each method: takes a client and options of the call."""
    return {each.__name__: each for each in (create, find_all, find_one, remove)}
