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
from renderers.xlsx.formulas import TRUTH, Formulas
from renderers.xlsx.names import Spot
from renderers.xlsx.sheets import HELPERS, Book
from renderers.xlsx.workbook import Drawing

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


@dataclass(frozen=True)
class Beyond:
    """What a workbook leaves to the server, for Excel can't hold its formula: it stays blank there.

    cells: computed static cells. columns: computed columns of self-added rows. checks: by their number.
    """

    cells: tuple[Address, ...] = ()
    columns: tuple[tuple[GroupKey, str], ...] = ()
    checks: tuple[int, ...] = ()

    def places(self, layout: Layout) -> tuple[str, ...]:
        """All of them, as addresses."""
        return (
            *map(str, self.cells),
            *(f"{key.table}[{key.group}].{column}" for key, column in self.columns),
            *(f"{layout.checks[number].check.name} {layout.checks[number].place}" for number in self.checks),
        )


def server_alone(layout: Layout) -> Beyond:
    """What the workbook of a form leaves to the server."""
    drawing = Drawing(layout, None)
    formulas = Formulas(drawing, drawing.sheet(HELPERS))
    groups = [None if placed.group is None else layout.group_of[placed.group] for placed in layout.checks]
    return Beyond(
        tuple(cell.address for cell in layout.order if cell.address in formulas.beyond),
        tuple(
            (group.key, added.column.name)
            for group in layout.groups
            for added in group.order
            if (group.key, added.column.name) in formulas.beyond
        ),
        tuple(
            number
            for number, (placed, group) in enumerate(zip(layout.checks, groups, strict=True))
            if formulas.cannot(placed.condition, TRUTH, HELPERS, group)
        ),
    )
