"""Numbers that stand among the cells of a table and belong to none: in rows or columns that someone inserted, or below.

They are not part of the report, and whoever wrote them there believes that they are. So they are named, one finding a
row. Texts and formulas are let be: people write notes, and add up for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compiler.cells import Layout
from compiler.findings import Finding, Place
from renderers.places import Places
from renderers.xlsx.contents import Contents, Held
from renderers.xlsx.names import Spot
from renderers.xlsx.positions import ROWS_BELOW, Positions


@dataclass(frozen=True)
class _Area:
    """The rows and columns of a sheet in which cells of one table stand; `data` are those of the table's own columns.

    Among a self-added row's further columns the form itself may have a running number.
    """

    table: str
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    data: set[int] = field(default_factory=set)


def strays(layout: Layout, contents: Contents, positions: Positions) -> Iterator[Finding]:
    """The first number of each row that belongs to no cell."""
    places = Places(layout)
    for sheet, area in _areas(layout, positions).items():
        lines = contents.rows(sheet)
        last = max(area.rows)
        under = sorted(area.columns)
        between = [
            column
            for column in range(min(area.data, default=0), max(area.data, default=0))
            if column not in area.columns
        ]
        for row in range(min(area.rows), min(last + ROWS_BELOW, len(lines)) + 1):
            # In a row without cells a number is out of place anywhere under the table's columns.
            looked = between if row in area.rows else under
            if not looked:
                continue
            for column in looked:
                value = lines[row - 1][column - 1] if column <= len(lines[row - 1]) else None
                spot = Spot(sheet, row, column)
                if (
                    isinstance(value, int | float)
                    and not isinstance(value, bool)
                    and not contents.odd(sheet).get((row, column), _NOTHING).merged
                    and not contents.has_formula(spot)
                ):
                    yield _finding(places.table(area.table), spot, value, row <= last)
                    break


_NOTHING = Held()


def _areas(layout: Layout, positions: Positions) -> Mapping[str, _Area]:
    found: dict[str, _Area] = {}
    for address, spot in positions.cells.items():
        area = found.setdefault(spot.sheet, _Area(address.table))
        area.rows.add(spot.row)
        area.columns.add(spot.column)
        area.data.add(spot.column)
    for sheet, table, first, last in {
        (block.sheet, key.table, block.first, block.last) for (key, _), block in positions.blocks.items()
    }:
        found.setdefault(sheet, _Area(table)).rows.update(range(first, min(last, first + _MOST_ROWS) + 1))
    for (key, column), block in positions.blocks.items():
        area = found[block.sheet]
        area.columns.add(block.column)
        if any(each.name == column for each in layout.tables[key.table].columns):
            area.data.add(block.column)
    return found


_MOST_ROWS = 20_000
"""A name can claim to reach down to the last row there is."""


def _finding(place: Place, spot: Spot, value: int | float, inside: bool) -> Finding:
    return Finding(
        code="outside_the_form",
        severity="error" if inside else "warning",
        place=place.model_copy(update={"sheet": spot.sheet, "cell": spot.cell}),
        values={"found": Held(value).shown},
    )
