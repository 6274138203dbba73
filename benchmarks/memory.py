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

_TARGET = 1.2
_SECONDS = 300.0
_STATUS = Path("/proc/self/status")


def measure(url: str, *, jobs: int) -> list[Row]:
    """Peak memory of the whole call and of decoding alone, by both meters.

    Args:
        url: The loopback server's site with the long list.
        jobs: How many jobs it holds, for the table.
    """
    meters: tuple[Meter, ...] = ("traced", "resident") if _STATUS.exists() else ("traced",)
    whats: tuple[What, ...] = ("call", "decode")
    rows = []
    for what in whats:
        for meter in meters:
            leap, by_hand = (_in_fresh_process(side, what, meter, url) for side in ("leap", "by hand"))
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


def _in_fresh_process(side: str, what: What, meter: Meter, url: str) -> int:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_peak, args=(side, what, meter, url, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(_SECONDS):
            process.terminate()
            raise RuntimeError(f"{side}: no {meter} peak of the {what} after {_SECONDS:.0f} s")
        return int(receiver.recv())
    except EOFError:
        raise RuntimeError(f"{side}: the {meter} peak of the {what} could not be taken") from None
    finally:
        process.join()


def _send_peak(side: Side, what: What, meter: Meter, url: str, sender: Connection) -> None:
    peak = _peak_of_call if what == "call" else _peak_of_decoding
    sender.send(peak(side, meter, url))


def _peak_of_call(side: Side, meter: Meter, url: str) -> int:
    with ByLeap(url) if side == "leap" else ByHand(url) as client:
        client.find_one()  # what only the first call of a process costs
        return _peak(meter, client.find_all)


def _peak_of_decoding(side: Side, meter: Meter, url: str) -> int:
    data = urllib3.request("GET", url + canned.JOBS_PATH).data
    one = b"[" + urllib3.request("GET", url + canned.JOB_PATH).data + b"]"
    decode = _decode_by_leap if side == "leap" else json.loads
    decode(one)
    return len(data) + _peak(meter, lambda: decode(data))


def _decode_by_leap(data: bytes) -> Any:
    return FIND_ALL.reader.read(decode_json(data, "application/json"))


def _peak(meter: Meter, call: Callable[[], object]) -> int:
    """By how many bytes the peak during a call exceeds what was held before it."""
    if meter == "resident":
        before = _resident("VmRSS")
        result = call()
        peak = _resident("VmHWM") - before
    else:
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        result = call()
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    del result
    return peak


def _resident(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the kernel does not tell {field}")
    return int(found[1]) * 1024
