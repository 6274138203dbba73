"""The calls of leap against the same calls by hand, one after the other in one process."""

from __future__ import annotations

import json
import time
import warnings
from typing import TYPE_CHECKING

from benchmarks import canned
from benchmarks.by_hand import ByHand
from benchmarks.by_leap import ByLeap
from benchmarks.report import Row, plain_row, timed_row
from benchmarks.timing import Ratio, Spread, in_turn
from leap import Leap

if TYPE_CHECKING:
    from collections.abc import Callable

_CALL_TARGET = 1.0
_CONSTRUCTION_TARGET_MS = 1.0
_CONTROL_NOTE = "The control: two hand-written sides. How far it is from 1.00 is the error of this run."
_WARM_UP = 100
_WARM_UP_LISTS = 10

SUBJECTS = {
    "create": "create",
    "find_one": "find_one",
    "find_all": f"find_all of {canned.PAGE_SIZE:,}",
    "remove": "remove",
}
"""What the table calls each call of Generate Images."""

LISTS = {
    "list_all_models": f"list_all_models of {canned.MODELS:,}",
    "find_all_audio": f"find_all_audio of {canned.MUSIC_JOBS:,}",
}
"""What it calls the lists of the other tags."""


def measure(url: str, *, rounds: int, list_rounds: int) -> list[Row]:
    """Time each call of both sides in turn.

    Args:
        url: The loopback server.
        rounds: How many pairs of each single call.
        list_rounds: How many pairs of the list call.

    Raises:
        RuntimeError: The two sides do not return the same, so that comparing them is worth nothing.
    """
    with ByHand(url) as by_hand, ByHand(url) as twin, ByLeap(url) as by_leap:
        require_same_results(by_hand, by_leap)
        rows = []
        for name, subject in {**SUBJECTS, **LISTS}.items():
            is_list = name == "find_all" or name in LISTS
            turns, warm_up = (list_rounds, _WARM_UP_LISTS) if is_list else (rounds, _WARM_UP)
            pair = (getattr(by_leap, name), getattr(by_hand, name))
            rows.append(_row(subject, "leap", pair, turns, warm_up, target=_CALL_TARGET))
        pair = (twin.create, by_hand.create)
        return [*rows, _row("create", "by hand", pair, rounds, _WARM_UP, note=_CONTROL_NOTE)]


def require_same_results(by_hand: ByHand, by_leap: ByLeap) -> None:
    """Check, before anything is timed, that both sides return the same JSON and nothing warns.

    Raises:
        RuntimeError: They do not.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in (*SUBJECTS, *LISTS):
            if name == "remove":
                by_hand.remove()
                by_leap.remove()
                continue
            expected = getattr(by_hand, name)()
            body = getattr(by_leap, name)().body
            if json.dumps(body) != json.dumps(expected):
                raise RuntimeError(f"{name}: leap does not return the JSON that was sent")


def _row(
    subject: str,
    side: str,
    pair: tuple[Callable[[], object], Callable[[], object]],
    rounds: int,
    warm_up: int,
    *,
    target: float | None = None,
    note: str = "",
) -> Row:
    """Time a call and its baseline in turn."""
    times = in_turn({"measured": pair[0], "baseline": pair[1]}, rounds=rounds, warm_up=warm_up)
    measured, baseline = times["measured"], times["baseline"]
    spreads, ratio = (Spread.of(measured), Spread.of(baseline)), Ratio.between(measured, baseline)
    return timed_row(subject, side, spreads, ratio, target=target, note=note)


def measure_construction(rounds: int) -> Row:
    """Time `Leap(...)` for the hosted service, as a plain figure."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        leap = Leap(access_token=canned.TOKEN)
        times.append(time.perf_counter() - start)
        leap.close()
    return plain_row("construct a client", "leap", Spread.of(times), target=_CONSTRUCTION_TARGET_MS)
