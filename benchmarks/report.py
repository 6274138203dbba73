"""The table of results, on paper and as JSON."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.timing import Ratio, Spread

_PACKAGES = ("certifi", "frozendict", "leap-sdk", "msgspec", "python-dateutil", "urllib3")
_COLUMNS = ("", "side", "measured", "against", "baseline", "ratio", "spread", "target", "")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        subject: What was measured.
        side: Whose it is.
        unit: Unit of `measured` and `baseline`.
        measured: The figure; None if it could not be taken.
        against: Whose the baseline is; empty for a plain figure.
        baseline: What it is compared with; None for a plain figure.
        target: The most that the ratio may be or, of a plain figure, the figure itself; of a figure
            per second the least.
        ratio: How the two compare.
        spreads: Spread of each side's times.
        note: Why there is no figure, or how to read it.
    """

    subject: str
    side: str
    unit: Literal["ms", "MB", "/s"]
    measured: float | None
    against: str = ""
    baseline: float | None = None
    target: float | None = None
    ratio: Ratio | None = None
    spreads: tuple[Spread, ...] = ()
    note: str = ""

    @property
    def quotient(self) -> float | None:
        """Measured over baseline, or None if one of them is missing."""
        if self.ratio is not None:
            return self.ratio.of_medians
        if self.measured is None or not self.baseline:
            return None
        return self.measured / self.baseline

    @property
    def verdict(self) -> Literal["ok", "missed", "failed", ""]:
        """Whether the target is reached; empty for a comparison without a target."""
        if self.measured is None:
            return "failed"
        if self.target is None:
            return ""
        judged = self.quotient if self.baseline is not None else self.measured
        if judged is None:
            return "missed"
        reached = judged >= self.target if self.unit == "/s" else judged <= self.target
        return "ok" if reached else "missed"


def timed_row(
    subject: str,
    side: str,
    spreads: tuple[Spread, Spread],
    ratio: Ratio,
    *,
    against: str = "by hand",
    target: float | None = None,
    note: str = "",
) -> Row:
    """A row that compares two series of times: the side's own spread, then the baseline's."""
    measured, baseline = (spread.median * 1000 for spread in spreads)
    return Row(subject, side, "ms", measured, against, baseline, target, ratio, spreads, note)


def plain_row(subject: str, side: str, spread: Spread, *, target: float) -> Row:
    """A row with a figure of its own; the target is in milliseconds."""
    return Row(subject, side, "ms", spread.median * 1000, target=target, spreads=(spread,))


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns, with the notes below."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    cells = [_COLUMNS, *(_cells(row, notes) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))]
    return "\n".join(line.rstrip() for line in lines)


def write_json(rows: Sequence[Row], path: Path, *, quick: bool) -> None:
    """Write everything that was measured, and where, to a file."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": _machine(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "rows": [{**asdict(row), "quotient": row.quotient, "verdict": row.verdict} for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _cells(row: Row, notes: list[str]) -> tuple[str, ...]:
    mark = f" [{notes.index(row.note) + 1}]" if row.note else ""
    ratio, target = row.quotient, row.target
    sign = "≥" if row.unit == "/s" else "≤"
    limit = (
        ""
        if target is None
        else f"{sign} {target:.2f}" + ("" if row.baseline is not None else f" {row.unit}")
    )
    return (
        row.subject,
        row.side,
        _figure(row.measured, row.unit),
        row.against,
        _figure(row.baseline, row.unit),
        "" if ratio is None else f"{ratio:.2f}",
        "" if row.ratio is None else f"{row.ratio.lowest:.2f}-{row.ratio.highest:.2f}",
        limit,
        row.verdict + mark,
    )


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.3f} {unit}" if unit == "ms" else f"{value:.0f} {unit}"


def _machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_average": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
