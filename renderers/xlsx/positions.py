"""Where the cells of a form stand in a workbook that came back.

Cells are found by their names, which spreadsheet programs move along with them. A program that drops names leaves
everything where it was: then a cell is where the form has it, as long as all of its table's headings and labels are
still in their places, for a number read one line off would be worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from compiler.cells import Layout
from compiler.values import Address, CaptureKey, GroupKey
from renderers.xlsx.contents import Contents
from renderers.xlsx.gate import Examined, examine
from renderers.xlsx.names import Block, Spot, block_name, capture_name, cell_name, identity_name, text_name
from renderers.xlsx.outline import text_inputs
from renderers.xlsx.parts import Parts, read_parts
from renderers.xlsx.sheets import Book
from renderers.xlsx.strings import cells_for

Names = Mapping[str, tuple[Spot, Spot]]

IDENTITY_FIELDS = ("unit", "unit_name", "period")


@dataclass(frozen=True)
class Positions:
    """Where things stand, as far as they are still there. `moved`: tables with neither names nor their old place."""

    cells: Mapping[Address, Spot]
    blocks: Mapping[tuple[GroupKey, str], Block]
    texts: Mapping[str, tuple[Spot | None, ...]]
    captures: Mapping[CaptureKey, Spot]
    identity: Mapping[str, Spot]
    moved: frozenset[str] = frozenset()

    def reach(self) -> Mapping[str, tuple[int, int]]:
        """The last row and column of each sheet that is looked at.

        Beside a captured value stands one column more; under a table, rows are looked at that someone may have added.
        """
        found: dict[str, tuple[int, int]] = {}
        ends = [(spot, 1) for spot in self.captures.values()]
        ends += [(spot, 0) for spot in (*self.cells.values(), *self.identity.values())]
        ends += [(spot, 0) for parts in self.texts.values() for spot in parts if spot is not None]
        ends += [(Spot(block.sheet, block.last, block.column), 0) for block in self.blocks.values()]
        for spot, more in ends:
            row, column = found.get(spot.sheet, (0, 0))
            found[spot.sheet] = max(row, spot.row), max(column, spot.column + more)
        return {sheet: (row + ROWS_BELOW, column) for sheet, (row, column) in found.items()}


ROWS_BELOW = 60
"""Rows under a table that are looked at for numbers that belong to no cell of the form."""


def by_names(layout: Layout, names: Names) -> Positions:
    """The positions that the names tell."""
    texts = {}
    for name, count in _text_cells(layout).items():
        spots = [names.get(text_name(name, part)) for part in range(1, count + 1)]
        texts[name] = tuple(None if spot is None else spot[0] for spot in spots)
    blocks = {}
    for group in layout.groups:
        for added in group.columns:
            found = names.get(block_name(group.key, added.column.name))
            if found is not None:
                first, last = found
                blocks[group.key, added.column.name] = Block(first.sheet, first.column, first.row, last.row)
    return Positions(
        cells={
            cell.address: found[0]
            for cell in layout.cells
            if (found := names.get(cell_name(cell.address))) is not None
        },
        blocks=blocks,
        texts=texts,
        captures={
            key: found[0] for key in layout.captures if (found := names.get(capture_name(key))) is not None
        },
        identity={
            field: found[0]
            for field in IDENTITY_FIELDS
            if (found := names.get(identity_name(field))) is not None
        },
    )


def has_names(layout: Layout, parts: Parts) -> bool:
    """Whether the workbook has any name of the form's cells, be it one of a deleted cell."""
    known = parts.names.keys() | parts.lost
    return any(cell_name(cell.address) in known for cell in layout.cells) or any(
        block_name(group.key, added.column.name) in known
        for group in layout.groups
        for added in group.columns
    )


def by_places(layout: Layout, contents: Contents) -> Positions:
    """The positions of a workbook without names: where the form has them, table by table, if nothing was moved there.

    `contents` reach as far as `form_positions` do.
    """
    form = _form(layout)
    here = {name for name, plan in form.book.tables.items() if contents.has(plan.title)}
    kept = {
        name for name in here if _unmoved(contents, form.book.tables[name].title, form.labels.get(name, {}))
    }
    found = form.positions
    return Positions(
        cells={address: spot for address, spot in found.cells.items() if address.table in kept},
        blocks={key: block for key, block in found.blocks.items() if key[0].table in kept},
        texts=found.texts,
        captures=found.captures,
        identity=found.identity,
        moved=frozenset(here - kept),
    )


def form_positions(layout: Layout) -> Positions:
    """Where everything stands in the blank workbook of a form."""
    return _form(layout).positions


def _unmoved(contents: Contents, sheet: str, labels: Mapping[tuple[int, int], str]) -> bool:
    return all(
        _folded(contents.at(Spot(sheet, row, column)).as_text()) == text
        for (row, column), text in labels.items()
    )


@dataclass(frozen=True)
class _Form:
    """The blank workbook of a form: its plan and positions, and the texts of each table's heading and row labels."""

    book: Book
    positions: Positions
    labels: Mapping[str, Mapping[tuple[int, int], str]]


@lru_cache(maxsize=8)
def _form(layout: Layout) -> _Form:
    from renderers.xlsx.write import render

    data = render(layout, None)
    examined = examine(data)
    assert isinstance(examined, Examined)  # our own workbook passes the gate
    parts = read_parts(examined.small)
    positions = by_names(layout, parts.names)
    contents = Contents(data, examined, parts, positions.reach())
    book = Book(layout)
    labels = {}
    for name, plan in book.tables.items():
        lines = contents.rows(plan.title)
        labels[name] = {
            (row, column): _folded(value)
            for row in range(plan.heading, min(plan.end, len(lines)) + 1)
            for column, value in enumerate(lines[row - 1][: plan.last], start=1)
            if isinstance(value, str) and value.strip()
        }
    contents.close()
    return _Form(book, positions, labels)


def _text_cells(layout: Layout) -> Mapping[str, int]:
    return {item.name: cells_for(item.max_length) for item in text_inputs(layout.template.outline)}


def _folded(text: object) -> str:
    return " ".join(str(text or "").split())
