"""The built wheel, under tox."""

from __future__ import annotations

import os
from importlib.metadata import files
from pathlib import Path

import pytest

import leap

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    "LEAP_TEST_WHEEL" not in os.environ, reason="not under tox, which builds and installs the wheel"
)


def test_the_wheel_is_what_is_tested() -> None:
    """Under tox, the tests import the package that was built and installed, not the checkout beside them."""
    assert Path(leap.__file__).parent != ROOT / "leap"


def test_the_wheel_holds_what_is_not_code() -> None:
    """The wheel has the contract that the emulator reads, and the marker that type checkers look for."""
    installed = {str(path) for path in files("leap-sdk") or ()}
    assert {"leap/emulator/openapi.yaml", "leap/py.typed"} <= installed
    assert (Path(leap.__file__).parent / "emulator" / "openapi.yaml").read_bytes() == (
        ROOT / "openapi.yaml"
    ).read_bytes()
