"""What the page's program computes: the cells of the report, and beside them the values its sentences say.

A sentence's values are computed as cells of one more table, which no page shows and no submission holds: so one
emitter, proven on cells, computes all that is live. Its slots follow those of the report's own cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from compiler.cells import Layout
from compiler.formula.expressions import Captured, Expression, call
from compiler.template import (
    Column,
    Formula,
    Inserted,
    OutlineItem,
    OverUnits,
    Row,
    Section,
    Sentence,
    Table,
    TextInput,
    ValueType,
)

SAID = "@said"
"""The name of the table that is never shown; no author can write it."""


@dataclass(frozen=True)
class Live:
    """The layout that is computed in the page; per sentence and value the slots of its number now and then."""

    layout: Layout
    said: tuple[tuple[tuple[int, int | None], ...], ...]


@lru_cache(maxsize=64)
def live(layout: Layout) -> Live:
    """The layout with the values of its sentences as cells. The same layout where there are no sentences."""
    columns: list[Column] = []
    said: list[tuple[tuple[int, int | None], ...]] = []
    first = len(layout.cells)

    def place(expression: Expression, type: ValueType) -> int:
        # `prior(x)` alone would make a cell that is carried over, not computed: a sum of one is the same value.
        computed = call("sum", expression) if isinstance(expression, Captured) else expression
        columns.append(
            Column(
                name=f"v{len(columns)}",
                label="",
                type=type,
                formula=Formula(expression=computed, additivity="other"),
                over_units=OverUnits(rule="recompute"),
            )
        )
        return first + len(columns) - 1

    for sentence in sentences(layout.template.outline):
        slots = []
        for part in sentence.parts:
            if isinstance(part, Inserted):
                now = place(part.expression, part.type)
                slots.append((now, None if part.captured is None else place(part.captured, part.type)))
        said.append(tuple(slots))
    if not columns:
        return Live(layout, tuple(said))
    table = Table(
        name=SAID,
        title="",
        stub=(),
        headings=tuple(column.name for column in columns),
        columns=tuple(columns),
        rows=(Row(name="r", label="", kind="fixed"),),
    )
    template = layout.template.model_copy(update={"tables": (*layout.template.tables, table)})
    return Live(Layout(template), tuple(said))


def sentences(items: tuple[OutlineItem, ...]) -> list[Sentence]:
    """Every sentence of an outline in order; the program knows them by their place in it."""
    found: list[Sentence] = []
    for item in items:
        if isinstance(item, Section):
            found += sentences(item.items)
        elif isinstance(item, Sentence):
            found.append(item)
    return found


def text_inputs(items: tuple[OutlineItem, ...]) -> list[TextInput]:
    """Every narrative of an outline in order."""
    found: list[TextInput] = []
    for item in items:
        if isinstance(item, Section):
            found += text_inputs(item.items)
        elif isinstance(item, TextInput):
            found.append(item)
    return found
