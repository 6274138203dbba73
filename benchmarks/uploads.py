"""Uploading pictures: leap against urllib3's own multipart form, in time and in memory."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.by_hand import ByHand
from benchmarks.by_leap import ByLeap
from benchmarks.memory import SIDES, in_fresh_process, meters, peak
from benchmarks.report import Row, timed_row
from benchmarks.timing import Ratio, Spread, in_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.memory import Meter, Side

_TIME_TARGET = 1.0
_MEMORY_TARGET = 0.2
_WARM_UP = 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def measure(url: str, *, pictures: int, picture_bytes: int, rounds: int) -> list[Row]:
    """Time the upload of the same files by both sides in turn, and take the peak memory of one upload each.

    Args:
        url: The loopback server.
        pictures: How many files.
        picture_bytes: The size of each.
        rounds: How many pairs of uploads.
    """
    subject = f"upload {pictures} files of {picture_bytes / 1e6:.0f} MB"
    with tempfile.TemporaryDirectory(prefix="leap-bench-") as folder:
        paths = [Path(folder, f"{number}.png") for number in range(pictures)]
        for path in paths:
            path.write_bytes(_SIGNATURE + os.urandom(picture_bytes - len(_SIGNATURE)))
        rows = [_time(subject, url, paths, rounds)]
        for meter in meters():
            leap, by_hand = (
                in_fresh_process(
                    f"{meter} peak of an upload", partial(_peak_of_upload, side, meter, url, paths)
                )
                for side in SIDES
            )
            rows.append(
                Row(
                    f"{subject}, {meter}",
                    "leap",
                    "MB",
                    leap / 1e6,
                    "by hand",
                    by_hand / 1e6,
                    target=_MEMORY_TARGET,
                )
            )
    return rows


def _time(subject: str, url: str, paths: Sequence[Path], rounds: int) -> Row:
    with ByLeap(url) as by_leap, ByHand(url) as by_hand:
        times = in_turn(
            {
                "measured": partial(by_leap.train_model, paths),
                "baseline": partial(by_hand.train_model, paths),
            },
            rounds=rounds,
            warm_up=_WARM_UP,
        )
    measured, baseline = times["measured"], times["baseline"]
    spreads, ratio = (Spread.of(measured), Spread.of(baseline)), Ratio.between(measured, baseline)
    return timed_row(subject, "leap", spreads, ratio, target=_TIME_TARGET)


def _peak_of_upload(side: Side, meter: Meter, url: str, paths: Sequence[Path]) -> int:
    with ByLeap(url) if side == "leap" else ByHand(url) as client:
        client.train_model(paths[:1])  # what only the first call of a process costs
        return peak(meter, lambda: client.train_model(paths))
