"""docs/fault-table.md, which is made of the cells of the fault table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from test.fault_table.conftest import Cell

METHODS = ("create", "find_all", "find_one", "remove")
INTRODUCTION = Path(__file__).parent / "introduction.md"
PAGE = Path(__file__).parents[2] / "docs" / "fault-table.md"
HEADER = "| fault | `create` | `find_all` | `find_one` | `remove` |\n| --- | --- | --- | --- | --- |"
TIMES = "\N{MULTIPLICATION SIGN}"


def shown(cell: Cell | None) -> str:
    """A cell as the page shows it."""
    if cell is None:
        return ""
    gets, attempts, asked, jobs = cell.expected
    name, _, rest = gets.partition(" ")
    what = f"**{gets}**" if name.isdigit() else f"`{name}` {rest.replace('?', '**?**')}".strip()
    tried = "" if attempts == asked else f"tried {attempts}{TIMES}, "
    return f"{what}<br>{tried}asked {asked}{TIMES}, {jobs} job{'' if jobs == 1 else 's'}"


def rows(table: list[Cell], group: str, *, once: bool) -> Iterator[str]:
    """The rows of a table of the page."""
    ours = {(cell.fault, cell.method): cell for cell in table if cell.group == group and cell.once is once}
    meanings = {cell.fault: cell.meaning for cell in table if cell.group == group}
    for fault, meaning in meanings.items():
        if any((fault, method) in ours for method in METHODS):
            columns = [f"{fault}<br>*{meaning}*" if meaning else fault]
            columns += [shown(ours.get((fault, method))) for method in METHODS]
            yield f"| {' | '.join(columns)} |"


def page(table: list[Cell]) -> str:
    """The page of the docs."""
    faults = {cell.fault for cell in table}
    lines = [INTRODUCTION.read_text().format(cells=len(table), faults=len(faults))]
    for group in dict.fromkeys(cell.group for cell in table):
        lines += [f"## {group}\n\nEvery attempt is hit:\n\n{HEADER}", *rows(table, group, once=False)]
        lines += [f"\nOnly the first attempt is hit:\n\n{HEADER}", *rows(table, group, once=True), ""]
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_of_the_docs_is_the_table(table: list[Cell]) -> None:
    """docs/fault-table.md says what is tried here; LEAP_TEST_WRITE_FAULT_TABLE=1 writes it anew."""
    if os.environ.get("LEAP_TEST_WRITE_FAULT_TABLE"):
        PAGE.write_text(page(table))
    assert PAGE.read_text() == page(table)


def test_every_fault_has_every_method(table: list[Cell]) -> None:
    """Each fault is tried with all four methods, in at least 100 cells that last and 100 that do not."""
    by_fault: dict[tuple[str, bool], list[str]] = {}
    for cell in table:
        by_fault.setdefault((cell.fault, cell.once), []).append(cell.method)
    assert set(map(tuple, by_fault.values())) == {METHODS}
    assert sum(not cell.once for cell in table) >= 100
    assert sum(cell.once for cell in table) >= 100


def test_the_table_pays_once(table: list[Cell]) -> None:
    """Nothing that the table expects of a create is a second job, or one that the caller is not told of."""
    for cell in table:
        if cell.method == "create":
            gets, _attempts, _asked, jobs = cell.expected
            assert jobs <= 1, cell
            assert jobs == 0 or gets.startswith("200") or gets.endswith("?"), cell
