"""Peak memory of reading a long list: leap against `json.loads` of the same bytes.

Each side reads in a fresh process, and both hold the whole body while they decode it. Two meters:

- traced: the peak of `tracemalloc`, every byte that Python's allocators hand out (msgspec uses them
  too). It is the judged one, since it comes out the same every time and on every system.
- resident: how far the process's high-water mark rose, the kernel's `VmHWM`, in a process that traces
  nothing. It adds what allocators keep or lose, and guards against memory that tracing cannot see.
  Linux only; `ru_maxrss` would not do, since a child inherits its parent's.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import tracemalloc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import urllib3

from benchmarks import canned
from benchmarks.by_hand import ByHand
from benchmarks.by_leap import ByLeap
from benchmarks.report import Row
from leap.apis.tags.generate_images_api import FIND_ALL
from leap.outcome import decode_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

Side = Literal["leap", "by hand"]
Meter = Literal["traced", "resident"]
What = Literal["call", "decode"]

SIDES: tuple[Side, Side] = ("leap", "by hand")

_TARGET = 1.2
_SECONDS = 300.0
_STATUS = Path("/proc/self/status")


def meters() -> tuple[Meter, ...]:
    """The meters that this system has."""
    return ("traced", "resident") if _STATUS.exists() else ("traced",)


def measure(url: str, *, jobs: int) -> list[Row]:
    """Peak memory of the whole call and of decoding alone, by both meters.

    Args:
        url: The loopback server's site with the long list.
        jobs: How many jobs it holds, for the table.
    """
    whats: tuple[What, ...] = ("call", "decode")
    rows = []
    for what in whats:
        peak_of = _peak_of_call if what == "call" else _peak_of_decoding
        for meter in meters():
            leap, by_hand = (
                in_fresh_process(f"{meter} peak of the {what}", partial(peak_of, side, meter, url))
                for side in SIDES
            )
            rows.append(
                Row(
                    f"{what} {jobs:,} jobs, {meter}",
                    "leap",
                    "MB",
                    leap / 1e6,
                    "by hand" if what == "call" else "json.loads",
                    by_hand / 1e6,
                    target=_TARGET,
                )
            )
    return rows


def in_fresh_process(what: str, measure: Callable[[], int]) -> int:
    """What a measurement gives in a process of its own.

    Args:
        what: What is measured, for an error.
        measure: Measures; it has to be one that can be pickled.

    Raises:
        RuntimeError: It fails.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(measure, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(_SECONDS):
            process.terminate()
            raise RuntimeError(f"no {what} after {_SECONDS:.0f} s")
        return int(receiver.recv())
    except EOFError:
        raise RuntimeError(f"the {what} could not be taken") from None
    finally:
        process.join()


def _send(measure: Callable[[], int], sender: Connection) -> None:
    sender.send(measure())


def _peak_of_call(side: Side, meter: Meter, url: str) -> int:
    with ByLeap(url) if side == "leap" else ByHand(url) as client:
        client.find_one()  # what only the first call of a process costs
        return peak(meter, client.find_all)


def _peak_of_decoding(side: Side, meter: Meter, url: str) -> int:
    data = urllib3.request("GET", url + canned.JOBS_PATH).data
    one = b"[" + urllib3.request("GET", url + canned.JOB_PATH).data + b"]"
    decode = _decode_by_leap if side == "leap" else json.loads
    decode(one)
    return len(data) + peak(meter, lambda: decode(data))


def _decode_by_leap(data: bytes) -> Any:
    return FIND_ALL.reader.read(decode_json(data, "application/json"))


def peak(meter: Meter, call: Callable[[], object]) -> int:
    """By how many bytes the peak during a call exceeds what was held before it."""
    if meter == "resident":
        before = _resident("VmRSS")
        result = call()
        most = _resident("VmHWM") - before
    else:
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        result = call()
        most = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    del result
    return most


def _resident(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the kernel does not tell {field}")
    return int(found[1]) * 1024
