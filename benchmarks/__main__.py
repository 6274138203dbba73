"""`python -m benchmarks`: measure, print the table, write it as JSON."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import calls, canned, emulator, imports, memory, peers, uploads
from benchmarks.canned import Site
from benchmarks.interpreter import ROOT, InterpreterError
from benchmarks.report import Row, table, write_json
from benchmarks.server import Loopback

_OWN_SITE = "leap"
_PARTS = ("calls", "imports", "peers", "memory", "uploads", "emulator")


@dataclass(frozen=True)
class _Effort:
    """How often each thing is done."""

    rounds: int = 3000
    list_rounds: int = 300
    processes: int = 50
    peer_processes: int = 20
    peer_rounds: int = 25
    peer_list_rounds: int = 15
    long_list: int = 100_000
    pictures: int = 20
    picture_bytes: int = 5_000_000
    upload_rounds: int = 20
    stored_jobs: int = 100_000
    passing_jobs: int = 100_000
    load_seconds: float = 20
    page_rounds: int = 500


_FULL = _Effort()
_QUICK = _Effort(
    rounds=300,
    list_rounds=30,
    processes=15,
    peer_processes=3,
    peer_rounds=3,
    peer_list_rounds=3,
    long_list=10_000,
    pictures=10,
    picture_bytes=2_000_000,
    upload_rounds=10,
    stored_jobs=20_000,
    passing_jobs=8_000,
    load_seconds=4,
    page_rounds=100,
)


def main() -> None:
    """Run the parts that were asked for."""
    asked = _arguments()
    effort = _QUICK if asked.quick else _FULL
    rows: list[Row] = []
    pythons, unusable = _peers_ready(asked.cache) if {"imports", "peers"} & asked.only else ({}, [])
    own = Site(models=canned.MODELS, music_jobs=canned.MUSIC_JOBS)
    sites = {_OWN_SITE: own} | {peer.client: peer.site for peer in pythons}
    with Loopback(sites) as loopback:
        url = loopback.url(_OWN_SITE)
        if "calls" in asked.only:
            _say("calls")
            rows += calls.measure(url, rounds=effort.rounds, list_rounds=effort.list_rounds)
            rows.append(calls.measure_construction(effort.rounds))
        if "imports" in asked.only:
            _say("imports")
            others = [imports.Import(peer.requirement, peer.statement, pythons[peer]) for peer in pythons]
            rows += imports.measure(others, url, rounds=effort.processes, peer_rounds=effort.peer_processes)
        if "peers" in asked.only:
            _say("peers")
            rows += peers.measure(
                pythons, loopback, _OWN_SITE, rounds=effort.peer_rounds, list_rounds=effort.peer_list_rounds
            )
    if "memory" in asked.only:
        _say("memory")
        with Loopback({_OWN_SITE: Site(jobs=effort.long_list)}) as loopback:
            rows += memory.measure(loopback.url(_OWN_SITE), jobs=effort.long_list)
    if "uploads" in asked.only:
        _say("uploads")
        with Loopback({_OWN_SITE: Site()}) as loopback:
            rows += uploads.measure(
                loopback.url(_OWN_SITE),
                pictures=effort.pictures,
                picture_bytes=effort.picture_bytes,
                rounds=effort.upload_rounds,
            )
    if "emulator" in asked.only:
        _say("emulator")
        rows += emulator.measure(
            stored=effort.stored_jobs,
            seconds=effort.load_seconds,
            rounds=effort.page_rounds,
            passing=effort.passing_jobs,
        )
    rows += unusable
    print(table(rows))
    write_json(rows, asked.output, quick=asked.quick)
    _say(f"written to {asked.output}")


def _peers_ready(cache: Path) -> tuple[dict[peers.Peer, str], list[Row]]:
    """The interpreters of the peers, and a row for each peer that has none."""
    pythons: dict[peers.Peer, str] = {}
    unusable = []
    for peer in peers.PEERS:
        _say(f"environment of {peer.requirement}")
        try:
            pythons[peer] = peer.python(cache)
        except InterpreterError as error:
            note = f"{peer.requirement} cannot be used here: {error}"
            unusable.append(Row("peer", peer.requirement, "ms", None, note=note))
    return pythons, unusable


class _Arguments(argparse.Namespace):
    quick: bool
    only: set[str]
    output: Path
    cache: Path


def _arguments() -> _Arguments:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What leap costs.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; the figures are rough")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=_PARTS,
        default=_PARTS,
        metavar="PART",
        help=f"some of: {', '.join(_PARTS)}",
    )
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="default: bench.json")
    work = Path(os.environ.get("TOX_WORK_DIR", ROOT / ".tox"))
    parser.add_argument(
        "--cache", type=Path, default=work / "bench-peers", help="where the peers' environments are kept"
    )
    asked = parser.parse_args(namespace=_Arguments())
    asked.only = set(asked.only)
    return asked


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
