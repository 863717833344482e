"""The raw results in a workbook that a spreadsheet program has computed: what its formulas gave, as doubles.

`read.py` reads what a unit filled in; this is for whoever holds the formulas against their definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from openpyxl import load_workbook

from compiler.cells import Layout
from compiler.values import Address, GroupKey
from renderers.xlsx.checks import FAILED, PASSED
from renderers.xlsx.formulas import BLANK
from renderers.xlsx.names import Spot
from renderers.xlsx.sheets import Book

Raw = float | int | bool | str | None
"""What a cell holds; None for a blank."""


@dataclass(frozen=True)
class Results:
    """Computed static cells, the computed columns of self-added rows row by row, and the state of every check.

    Of a check over self-added rows the state is of them all: false where one fails, true where one holds and none
    fails.
    """

    cells: Mapping[Address, Raw]
    added: Mapping[GroupKey, tuple[Mapping[str, Raw], ...]]
    checks: tuple[bool | None, ...]


def results(layout: Layout, data: bytes, rows: Mapping[GroupKey, int]) -> Results:
    """What a computed workbook holds; `rows` says how many self-added rows of each group are filled in."""
    plan = Book(layout)
    book = load_workbook(BytesIO(data), data_only=True)
    try:

        def at(spot: Spot) -> Raw:
            held = book[spot.sheet].cell(spot.row, spot.column).value
            return None if held in {None, ""} else held if isinstance(held, float | int | bool) else str(held)

        cells = {cell.address: at(plan.cells[cell.address]) for cell in layout.order}
        added: dict[GroupKey, tuple[Mapping[str, Raw], ...]] = {}
        for group in layout.groups:
            blocks = {
                column.column.name: plan.blocks[group.key, column.column.name] for column in group.order
            }
            added[group.key] = tuple(
                {name: at(block.spot(index)) for name, block in blocks.items()}
                for index in range(rows.get(group.key, 0))
            )
        states: Mapping[Raw, bool] = {PASSED: True, FAILED: False}
        checks = tuple(states.get(at(spot)) for spot in plan.checks)
    finally:
        book.close()
    return Results(cells, added, checks)


def server_alone(layout: Layout, data: bytes) -> tuple[Address, ...]:
    """The computed cells whose formula is beyond Excel, in a workbook as it was written: they stay blank there."""
    plan = Book(layout)
    book = load_workbook(BytesIO(data))
    try:
        found = []
        for cell in layout.order:
            spot = plan.cells[cell.address]
            if book[spot.sheet].cell(spot.row, spot.column).value == BLANK:
                found.append(cell.address)
    finally:
        book.close()
    return tuple(found)
