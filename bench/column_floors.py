"""The floor of formulas over columns: what a good engineer would write in DuckDB's SQL for the form of `floors.py`.

The tables hold 64-bit numbers, a blank is NULL. One row is written out here and repeated as text; each step reads the
one before it. Nothing here knows bieu.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.floors import COLUMNS, WIDTH

ENTERED = ("c4", "c5", "c6", "c8", "c9", "c10", "c12", "c13")
"""What a report holds in each row; c6 has been carried over."""


def name(row: int, column: str) -> str:
    """The column of the table that holds a cell."""
    return f"c{row * WIDTH + COLUMNS.index(column)}"


def _plus(cells: Sequence[str]) -> str:
    """The sum of what is there, NULL where nothing is."""
    present = " + ".join(f"coalesce({cell}, 0)" for cell in cells)
    return f"CASE WHEN coalesce({', '.join(cells)}) IS NOT NULL THEN {present} END"


def _ratio(row: int) -> str:
    """(c8 + c9) / c7 at four decimals, rounded half away from zero."""
    part = f"(coalesce({name(row, 'c8')}, 0) + coalesce({name(row, 'c9')}, 0))"
    whole = name(row, "c7")
    there = f"coalesce({name(row, 'c8')}, {name(row, 'c9')}) IS NOT NULL AND {whole} <> 0"
    rounded = f"(20000 * abs({part}) + abs({whole})) // (2 * abs({whole}))"
    sign = f"CASE WHEN ({part} < 0) = ({whole} < 0) THEN 1 ELSE -1 END"
    return f"CASE WHEN {there} THEN {sign} * ({rounded}) END"


def _balance(row: int) -> str:
    """The check c3 = c7 + c11, NULL where a side is blank."""
    c3, c7, c11 = (name(row, column) for column in ("c3", "c7", "c11"))
    return f"{c3} = ({_plus([c7, c11])})"


def query(rows: int) -> str:
    """All computed cells of every report in the table `report`, and the check of every row."""
    totals = range(rows)
    sums = {"c3": ("c4", "c5", "c6"), "c7": ("c8", "c9", "c10"), "c11": ("c12", "c13")}
    first = [
        f"{_plus([name(row, part) for part in parts])} AS {name(row, column)}"
        for row in totals
        for column, parts in sums.items()
    ]
    second = [
        f"{_plus([name(row, column) for row in totals])} AS {name(rows, column)}" for column in COLUMNS[:-1]
    ]
    third = [f"{_ratio(row)} AS {name(row, 'ty_le')}" for row in range(rows + 1)]
    third += [f"{_balance(row)} AS o{row}" for row in range(rows + 1)]
    computed = [name(row, column) for row in totals for column in ("c3", "c7", "c11")]
    computed += [name(rows, column) for column in COLUMNS[:-1]]
    return (
        f"SELECT id, {', '.join(computed)}, {', '.join(third)} FROM "
        f"(SELECT *, {', '.join(second)} FROM (SELECT *, {', '.join(first)} FROM report))"
    )
