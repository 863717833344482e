"""The outline as lines of one sheet: titles, prompts, narratives with room to write, sentences, pointers to tables.

A narrative's cell is merged over several rows, for Excel shows no row higher than 409 points, and a long narrative
has several such cells, for none holds more than 32,767 characters. What stands in the lines is drawn by `prose.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.template import OutlineItem, Section, TextInput
from renderers.xlsx.strings import cells_for

WIDTH = 84.0
"""Characters in a line of the sheet: as many as fit on a page, for a single column is never printed smaller."""

FIRST_LINE = 4
TEXT_ROWS = 3
"""Sheet rows that one cell of a narrative spans."""


@dataclass(frozen=True)
class OutlineLine:
    """An item at a sheet row, `depth` sections deep. `cells` are the first rows of a narrative's cells."""

    item: OutlineItem
    row: int
    depth: int
    cells: tuple[int, ...] = ()


def outline_lines(items: tuple[OutlineItem, ...]) -> tuple[OutlineLine, ...]:
    """The lines of an outline, from the top down."""
    lines: list[OutlineLine] = []
    row = FIRST_LINE
    for item, depth in _flat(items, 0):
        if isinstance(item, TextInput):
            cells = tuple(row + 1 + TEXT_ROWS * number for number in range(cells_for(item.max_length)))
            lines.append(OutlineLine(item, row, depth, cells))
            row = cells[-1] + TEXT_ROWS
        else:
            lines.append(OutlineLine(item, row, depth))
            row += 1
    return tuple(lines)


def _flat(items: tuple[OutlineItem, ...], depth: int) -> Iterator[tuple[OutlineItem, int]]:
    for item in items:
        yield item, depth
        if isinstance(item, Section):
            yield from _flat(item.items, depth + 1)


def text_inputs(items: tuple[OutlineItem, ...]) -> Iterator[TextInput]:
    """The narratives of an outline, in its order."""
    for item, _ in _flat(items, 0):
        if isinstance(item, TextInput):
            yield item
