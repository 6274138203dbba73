"""The emulator asked by somebody else's generator of requests, which knows it from openapi.yaml alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.checks import CHECKS, load_all_checks

from leap.emulator import Emulator

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "openapi.yaml"
PHASES = {"examples", "coverage", "fuzzing", "stateful"}
TOKENS = ["token-of-alice", "token-of-bob"]  # those of tokens.json
PNG = b"\x89PNG\r\n\x1a\n"  # as much of one as the emulator looks at


@pytest.mark.parametrize(("seed", "draws_tokens"), [(1, False), (2, False), (3, True)])
def test_keeps_the_contract(tmp_path: Path, seed: int, draws_tokens: bool) -> None:
    """Every check of schemathesis holds for a thousand requests, good and bad, in every phase; no 5xx.

    With tokens drawn at random as well, a request for which one was drawn does not get past it.
    """
    # Pictures are no part of the contract, and drawing them would take most of the time.
    emulator = Emulator(
        tokens=TOKENS, speed=float("inf"), fail_rate=0.2, seed=seed, renderer=lambda _request, _index: PNG
    )
    with emulator:
        done = _run(emulator.url, seed, tmp_path, draws_tokens=draws_tokens)
    assert done.returncode == 0, done.stdout + done.stderr

    # It is not enough that nothing failed: everything has to have run.
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["complete"]
    assert {name for name, phase in report["phases"].items() if phase["status"] == "success"} == PHASES
    assert report["operations"]["tested"] == report["operations"]["total"] == 11
    assert report["test_cases"]["generated"] > 800
    assert report["test_cases"]["errored"] == 0
    for rates in report["valid_rates"].values():
        assert all(phase["accepted"] for phase in rates.values()), rates

    seen: dict[str, set[Any]] = {"check": set(), "asked by": set(), "mode": set(), "status": set()}
    for case, checks, status in _cases(tmp_path / "events.ndjson"):
        seen["check"] |= {check["name"] for check in checks}
        seen["asked by"].add(case.get("auth_identity"))
        seen["mode"].add((case.get("meta") or {}).get("generation", {}).get("mode"))
        seen["status"].add(status)
    load_all_checks()
    assert seen["check"] >= {*CHECKS.get_all_names(), "max_response_time"}
    assert seen["asked by"] >= {"alice", "bob"}
    assert seen["mode"] >= {"positive", "negative"}
    assert seen["status"] == {200, 400, 401, 404, 405, 415}


def _run(url: str, seed: int, folder: Path, *, draws_tokens: bool) -> subprocess.CompletedProcess[str]:
    arguments = [
        "--config-file", str(HERE / "schemathesis.toml"), "run", str(CONTRACT),
        "--url", url,
        "--checks", "all",
        "--phases", ",".join(PHASES),
        "--seed", str(seed),
        "--generation-with-security-parameters", str(draws_tokens).lower(),
        "--report-json-path", "report.json",
        "--report-ndjson-path", "events.ndjson",
    ]  # fmt: skip
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "TOKENS": str(HERE / "tokens.json")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _cases(events: Path) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], int]]:
    """Give each request that was sent, the checks of its answer, and the answer's status."""
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line).get("ScenarioFinished", {}).get("recorder")
            if record is not None:
                for number, interaction in record.get("interactions", {}).items():
                    case = record["cases"][number]["value"]
                    yield case, record["checks"].get(number, []), interaction["response"]["status_code"]
