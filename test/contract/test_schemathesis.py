"""The emulator asked by somebody else's generator of requests, which knows it from openapi.yaml alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leap.emulator import Emulator

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "openapi.yaml"
PHASES = ("Examples", "Coverage", "Fuzzing", "Stateful")
EXAMPLES = 150
"""Requests that each operation gets at most in a phase: with all phases from 700 to 1,500 in all."""


@pytest.mark.parametrize("seed", [1, 2])
def test_keeps_the_contract(tmp_path: Path, seed: int) -> None:
    """Every check of schemathesis holds for hundreds of requests, good and bad, in every phase; no 5xx."""
    token = "the-only-token"  # noqa: S105 - checks need one that is refused as well
    with Emulator(tokens=token, speed=float("inf")) as emulator:
        run = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "run", str(CONTRACT),
                "--url", emulator.url,
                "--header", f"Authorization: Bearer {token}",
                "--checks", "all",
                "--phases", ",".join(PHASES).lower(),
                "--seed", str(seed),
                "--max-examples", str(EXAMPLES),
                "--generation-database", "none",
                "--warnings", "off",
                "--continue-on-failure",
            ],
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "limits_of_the_emulator", "PYTHONPATH": _with(HERE)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    for phase in PHASES:
        assert re.search(rf"✅ {phase}", run.stdout), run.stdout
    (generated,) = re.findall(r"(\d+) generated", run.stdout)
    assert int(generated) > 4 * EXAMPLES, run.stdout
    assert re.search(r"Tested: 4\b", run.stdout), run.stdout


def _with(folder: Path) -> str:
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
