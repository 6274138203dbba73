"""Imports and cold starts in fresh interpreters, one after the other."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import canned
from benchmarks.interpreter import ROOT, run
from benchmarks.report import Row, plain_row, timed_row
from benchmarks.timing import Ratio, Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

_IMPORT_TARGET = 1.25
_CONSTRUCTION_TARGET_MS = 1.0
_WARM_UP = 2

_TIMED = """\
import time
start = time.perf_counter()
%s
print(time.perf_counter() - start)
"""

# For both of our own sides, so that they search the same path; never for a peer, which may be called leap.
_FIND_LEAP = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"

_CONSTRUCTION = "from leap import Leap\n" + _TIMED % f"Leap(access_token={canned.TOKEN!r})"

_LEAP_STARTS = f"""\
from leap import Leap
leap = Leap(host=%r, access_token={canned.TOKEN!r})
leap.generate_images.find_one(model_id={canned.MODEL_ID!r}, inference_id={canned.JOB_ID!r}).body["id"]
"""

_HAND_STARTS = f"""\
import json
import urllib3
pool = urllib3.PoolManager()
headers = {{"Authorization": "Bearer {canned.TOKEN}", "Accept": "application/json"}}
response = pool.request("GET", %r, headers=headers)
assert response.status == 200
json.loads(response.data)["id"]
"""


@dataclass(frozen=True)
class Import:
    """An import statement, and the interpreter that can run it (this one's if empty)."""

    side: str
    statement: str
    python: str = ""


@dataclass(frozen=True)
class _Times:
    """Seconds of each run: around the statement, and of the whole process as its parent sees it."""

    inside: list[float]
    whole: list[float]


URLLIB3 = Import("urllib3", "import urllib3")
LEAP = Import("leap", "from leap import Leap")


def measure(peers: Sequence[Import], url: str, *, rounds: int, peer_rounds: int) -> list[Row]:
    """Time the imports, and the way from a bare interpreter to the first answer.

    Args:
        peers: Further imports, for comparison; they take no turns with our own, whose ratio is judged.
        url: The loopback server.
        rounds: How many processes of each kind.
        peer_rounds: How many of each peer.
    """
    return [
        *_compare([LEAP], rounds=rounds),
        _cold_start(url, rounds=rounds),
        _first_construction(rounds=rounds),
        *(_compare(peers, rounds=peer_rounds) if peers else ()),
    ]


def _compare(imports: Sequence[Import], *, rounds: int) -> list[Row]:
    sides = [*imports, URLLIB3]
    *timed, baseline = _run_in_turn([(_TIMED % each.statement, each.python) for each in sides], rounds=rounds)
    rows = []
    for each, times in zip(imports, timed, strict=True):
        target = _IMPORT_TARGET if each is LEAP else None
        against = URLLIB3.side
        rows += [
            _row("import", each.side, times.inside, baseline.inside, against=against, target=target),
            _row("import, whole process", each.side, times.whole, baseline.whole, against=against),
        ]
    return rows


def _cold_start(url: str, *, rounds: int) -> Row:
    starts = (_LEAP_STARTS % url, _HAND_STARTS % (url + canned.JOB_PATH))
    leap, by_hand = _run_in_turn([(_TIMED % start, "") for start in starts], rounds=rounds)
    note = "Import, construct and first find_one: what an import puts off is paid here."
    return _row("import to first answer", "leap", leap.inside, by_hand.inside, note=note)


def _first_construction(*, rounds: int) -> Row:
    (times,) = _run_in_turn([(_CONSTRUCTION, "")], rounds=rounds)
    spread = Spread.of(times.inside)
    return plain_row("first client of a process", "leap", spread, target=_CONSTRUCTION_TARGET_MS)


def _row(
    subject: str,
    side: str,
    measured: list[float],
    baseline: list[float],
    *,
    against: str = "by hand",
    target: float | None = None,
    note: str = "",
) -> Row:
    spreads, ratio = (Spread.of(measured), Spread.of(baseline)), Ratio.between(measured, baseline)
    return timed_row(subject, side, spreads, ratio, against=against, target=target, note=note)


def _run_in_turn(cases: Sequence[tuple[str, str]], *, rounds: int) -> list[_Times]:
    """Run each code in its interpreter, in turn; the first rounds compile the bytecode and do not count."""
    measured = [_Times([], []) for _ in cases]
    order = list(zip(cases, measured, strict=True))
    for number in range(-_WARM_UP, rounds):
        order.reverse()
        for (code, python), times in order:
            start = time.perf_counter()
            printed = run(code, python=python) if python else run(_FIND_LEAP + code)
            whole = time.perf_counter() - start
            if number >= 0:
                times.inside.append(float(json.loads(printed)))
                times.whole.append(whole)
    return measured
