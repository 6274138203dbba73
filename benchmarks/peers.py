"""The published clients of the same API and OpenAI's, for comparison.

Two of them import as `leap` too, so each lives in a virtual environment of its own and is called in a
worker process there. The workers and the hand-written side of this process take turns in short runs of
calls; ours is measured against the same side, and for longer, in `calls`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import canned
from benchmarks.by_hand import ByHand
from benchmarks.calls import SUBJECTS
from benchmarks.interpreter import InterpreterError, run, run_command, start
from benchmarks.report import Row, timed_row
from benchmarks.timing import Ratio, Spread, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.server import Loopback

    _Side = Callable[[int], list[float]]

_WORKER = Path(__file__).with_name("peer_worker.py")
_OPENAI_NOTE = (
    "images.generate, answered with one image URL; the baseline is the hand-written create of Leap."
)
_TURN = 20
_WARM_UP = 1
_BY_HAND = "by hand"

_ARGUMENTS = {
    "token": canned.TOKEN,
    "create": {
        "prompt": canned.PROMPT,
        "model_id": canned.MODEL_ID,
        "negative_prompt": canned.NEGATIVE_PROMPT,
        "steps": canned.STEPS,
        "width": canned.WIDTH,
        "height": canned.HEIGHT,
        "number_of_images": canned.NUMBER_OF_IMAGES,
        "prompt_strength": canned.PROMPT_STRENGTH,
        "seed": canned.SEED,
    },
    "job": {"model_id": canned.MODEL_ID, "inference_id": canned.JOB_ID},
    "list": {
        "model_id": canned.MODEL_ID,
        "only_finished": True,
        "page": 1,
        "page_size": canned.PAGE_SIZE,
    },
}


@dataclass(frozen=True)
class Peer:
    """A client to compare with.

    Args:
        client: Its name in `peer_worker`, in the server's sites and as a folder.
        requirement: What pip installs.
        statement: How it is imported.
        site: The answers that it accepts.
        calls: The calls that it has.
        note: How to read its figures.
    """

    client: str
    requirement: str
    statement: str
    site: canned.Site
    calls: tuple[str, ...] = tuple(SUBJECTS)
    note: str = ""

    def python(self, cache: Path) -> str:
        """The interpreter of the peer's environment, which is made if it is missing.

        Raises:
            InterpreterError: It cannot be made, or the peer cannot be imported in it.
        """
        folder = (
            cache / f"{self.requirement.replace('==', '-')}-py{sys.version_info[0]}.{sys.version_info[1]}"
        )
        python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        installed = folder / "installed"
        if not installed.exists():
            run_command([sys.executable, "-m", "venv", "--clear", str(folder)])
            run_command([str(python), "-m", "pip", "install", "--quiet", self.requirement])
            installed.touch()
        run(self.statement, python=str(python))
        return str(python)


PEERS = (
    Peer("leap_1_1_4", "leap-python-sdk==1.1.4", "from leap import Leap", canned.Site(create_status=201)),
    Peer("leap_1_0_0", "leap-python-sdk==1.0.0", "from leap import Leap", canned.Site(model_id="array")),
    Peer(
        "openai", "openai==3.54.0", "from openai import OpenAI", canned.Site(), ("create",), note=_OPENAI_NOTE
    ),
)


class _Worker:
    """A peer's process, started on its first call."""

    def __init__(self, peer: Peer, python: str, host: str) -> None:
        setup = {"client": peer.client, "host": host, "arguments": _ARGUMENTS}
        self._process = start(python, _WORKER, json.dumps(setup))

    def seconds(self, call: str, count: int) -> list[float]:
        """Seconds of each call.

        Raises:
            InterpreterError: The peer raised an exception, or its process is gone.
        """
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise InterpreterError("the worker cannot be talked to")
        try:
            requests.write(json.dumps({"call": call, "count": count}) + "\n")
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        answer: dict[str, Any] = json.loads(line or '{"error": "the worker ended"}')
        if "error" in answer:
            raise InterpreterError(answer["error"])
        return list(answer["seconds"])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def measure(
    pythons: Mapping[Peer, str], loopback: Loopback, own_site: str, *, rounds: int, list_rounds: int
) -> list[Row]:
    """Time the calls of every peer and the hand-written ones in turn.

    Args:
        pythons: The interpreter of each peer.
        loopback: The server, with a site for each peer.
        own_site: The site of the hand-written side.
        rounds: How many turns of 20 calls each.
        list_rounds: How many list calls.
    """
    host = loopback.url(own_site)
    workers = {peer: _Worker(peer, python, loopback.url(peer.client)) for peer, python in pythons.items()}
    try:
        with ByHand(host) as by_hand:
            rows = []
            for call in SUBJECTS:
                turns, count = (list_rounds, 1) if call == "find_all" else (rounds, _TURN)
                sides: dict[str, _Side] = {_BY_HAND: partial(_own_seconds, getattr(by_hand, call))}
                sides |= {
                    peer.requirement: partial(worker.seconds, call)
                    for peer, worker in workers.items()
                    if call in peer.calls
                }
                rows += _rows(call, *_in_turn(sides, turns=turns, count=count))
            return rows
    finally:
        for worker in workers.values():
            worker.close()


def _own_seconds(call: Callable[[], object], count: int) -> list[float]:
    return [seconds(call) for _ in range(count)]


def _in_turn(
    sides: Mapping[str, _Side], *, turns: int, count: int
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """The seconds of each side's calls, and what went wrong with those that failed."""
    times: dict[str, list[float]] = {side: [] for side in sides}
    failed: dict[str, str] = {}
    order = list(sides.items())
    for number in range(-_WARM_UP, turns):
        order.reverse()
        for side, take in order:
            if side in failed:
                continue
            try:
                taken = take(count)
            except InterpreterError as error:
                failed[side] = str(error)
                continue
            if number >= 0:
                times[side] += taken
    return times, failed


def _rows(call: str, times: Mapping[str, list[float]], failed: Mapping[str, str]) -> list[Row]:
    notes = {peer.requirement: peer.note for peer in PEERS}
    subject = f"{SUBJECTS[call]}, peers"
    by_hand = times[_BY_HAND]
    rows = []
    for side, taken in times.items():
        if side in failed:
            rows.append(Row(subject, side, "ms", None, note=f"{side}, {call}: {failed[side]}"))
        elif side != _BY_HAND:
            spreads, ratio = (Spread.of(taken), Spread.of(by_hand)), Ratio.between(taken, by_hand)
            rows.append(timed_row(subject, side, spreads, ratio, note=notes.get(side, "")))
    return rows
