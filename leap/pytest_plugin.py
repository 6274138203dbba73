"""The pytest plugin: an emulator for the tests of programs that use the API.

pytest loads it in every environment that `leap` is installed in, so it imports nothing before a test uses one
of its fixtures. They need the extra `emulator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leap import Leap
    from leap.emulator import Emulator
    from leap.emulator.workspace import Workspace

SEED = 5327
"""Of the emulator's chance: jobs without a seed get the same one, and the same picture, in every run."""


@pytest.fixture(scope="session")
def leap_emulator_server() -> Iterator[Emulator]:
    """The emulator that all tests share, or those of one process of pytest-xdist. Nothing waits in it.

    To have one with other settings, define a fixture of this name in a `conftest.py`.
    """
    try:
        from leap.emulator import Emulator
    except ModuleNotFoundError as error:
        if (error.name or "leap").partition(".")[0] == "leap":
            raise
        pytest.fail(f'{error}: pip install "leap-sdk[emulator]"', pytrace=False)
    with Emulator(speed=float("inf"), seed=SEED) as emulator:
        yield emulator


@pytest.fixture
def leap_emulator(leap_emulator_server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace of the test's own, cleared afterwards: its jobs, and the faults that it adds.

    Until then LEAP_HOST and LEAP_API_KEY lead there, so that a `Leap()` of the program's own does too.
    """
    workspace = leap_emulator_server.workspace()
    monkeypatch.setenv("LEAP_HOST", workspace.url)
    monkeypatch.setenv("LEAP_API_KEY", workspace.token)
    yield workspace
    workspace.clear()


@pytest.fixture
def leap_client(leap_emulator: Workspace) -> Iterator[Leap]:
    """A client of the workspace `leap_emulator`, closed afterwards."""
    from leap import Leap

    with Leap(host=leap_emulator.url, access_token=leap_emulator.token) as leap:
        yield leap
