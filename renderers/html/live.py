"""What the page's program computes: the cells of the report, and beside them what sentences and failed checks say.

The values that a sentence says, and the two sides of a comparison that fails ("5 so với 4"), are computed as cells of
one more table, which no page shows and no submission holds: so one emitter, proven on cells, computes all that is live.
Its slots follow those of the report's own cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from compiler.cells import Layout, address_of
from compiler.formula.expressions import Call, Captured, Cell, Expression, Number, call
from compiler.formula.grain import cell_types, grain
from compiler.formula.operations import OPERATIONS
from compiler.formula.rounding import Grain, coarser
from compiler.template import (
    Column,
    FieldPlace,
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

EXTRA_DECIMALS = 6
"""How many decimals more than it must a side of a comparison may be shown with, as `validators.py` shows it."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its slot, how many decimals that has, and how many are shown at least."""

    slot: int
    scale: int
    percent: bool
    least: int


@dataclass(frozen=True)
class Live:
    """The layout that is computed in the page.

    said: per sentence and value the slots of its number now and then. sides: per placed check the sides of its
    comparison, None where it is no comparison of numbers in static cells.
    """

    layout: Layout
    said: tuple[tuple[tuple[int, int | None], ...], ...]
    sides: tuple[tuple[Side, Side] | None, ...]
    shown: tuple[int, ...]
    """The slots of the conditions under which sections and fields are shown, in the outline's order."""
    needed: tuple[int | None, ...]
    """Per narrative the slot of the condition under which it is required, None where there is none."""


@lru_cache(maxsize=64)
def live(layout: Layout) -> Live:
    """The layout with what is said as cells of its own; the same layout where nothing is."""
    said = _Said(layout)
    spoken = []
    for sentence in sentences(layout.template.outline):
        slots = []
        for part in sentence.parts:
            if isinstance(part, Inserted):
                now = said.place(part.expression, part.type)
                slots.append((now, None if part.captured is None else said.place(part.captured, part.type)))
        spoken.append(tuple(slots))
    sides = tuple(
        None if placed.group is not None else said.sides(placed.condition) for placed in layout.checks
    )
    shown = tuple(said.truth(condition) for condition in conditions(layout.template.outline))
    needed = tuple(
        None if text.required_when is None else said.truth(text.required_when)
        for text in text_inputs(layout.template.outline)
    )
    return Live(said.layout(), tuple(spoken), sides, shown, needed)


class _Said:
    """Collects the cells of the table that is never shown."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._types = cell_types(layout)
        self._columns: list[Column] = []

    def layout(self) -> Layout:
        """The layout with the collected cells behind its own."""
        if not self._columns:
            return self._layout
        table = Table(
            name=SAID,
            title="",
            stub=(),
            headings=tuple(column.name for column in self._columns),
            columns=tuple(self._columns),
            rows=(Row(name="r", label="", kind="fixed"),),
        )
        template = self._layout.template
        return Layout(template.model_copy(update={"tables": (*template.tables, table)}))

    def place(self, expression: Expression, type: ValueType) -> int:
        """The slot of an expression's value at a type."""
        # `prior(x)` alone would make a cell that is carried over, not computed: a sum of one is the same value.
        computed = call("sum", expression) if isinstance(expression, Captured) else expression
        self._columns.append(
            Column(
                name=f"v{len(self._columns)}",
                label="",
                type=type,
                formula=Formula(expression=computed, additivity="other"),
                over_units=OverUnits(rule="recompute"),
            )
        )
        return len(self._layout.cells) + len(self._columns) - 1

    def truth(self, condition: Expression) -> int:
        """The slot of a condition."""
        return self.place(condition, ValueType(kind="boolean"))

    def sides(self, condition: Expression) -> tuple[Side, Side] | None:
        """Both sides of a comparison of numbers, each at the scale at which they are compared."""
        if not isinstance(condition, Call) or not OPERATIONS[condition.operation].compares:
            return None
        left, right = condition.arguments
        if not (self._is_number(left) and self._is_number(right)):
            return None
        read = [side for side in (left, right) if isinstance(side, Cell | Captured)]
        percent = any(self._types(side).kind == "percent" for side in read)
        fine = grain(left, self._types), grain(right, self._types)
        scales = coarser(*fine)
        return (
            self._side(left, fine[0], scales[0], percent),
            self._side(right, fine[1], scales[1], percent),
        )

    def _side(self, side: Expression, fine: Grain, scale: int | None, percent: bool) -> Side:
        if isinstance(side, Cell) and scale is None:
            cell = self._layout.by_address[address_of(side)]
            return Side(cell.slot, cell.type.scale, percent, _least(cell.type.scale, percent))
        shown = scale if scale is not None else (int(fine) if isinstance(fine, int) else 0)
        least = _least(shown, percent)
        held = max(shown, 0) if scale is not None else least + EXTRA_DECIMALS
        return Side(self.place(side, ValueType(kind="decimal", scale=held)), held, percent, least)

    def _is_number(self, expression: Expression) -> bool:
        match expression:
            case Number():
                return True
            case Cell() | Captured():
                return self._types(expression).is_number
            case Call():
                return OPERATIONS[expression.operation].gives == "number"
            case _:
                return False


def _least(scale: int, percent: bool) -> int:
    """A percent is shown ×100, so it has two decimals at least to move."""
    return max(scale, 2 if percent else 0)


def sentences(items: tuple[OutlineItem, ...]) -> list[Sentence]:
    """Every sentence of an outline in order; the program knows them by their place in it."""
    found: list[Sentence] = []
    for item in items:
        if isinstance(item, Section):
            found += sentences(item.items)
        elif isinstance(item, Sentence):
            found.append(item)
    return found


def conditions(items: tuple[OutlineItem, ...]) -> list[Expression]:
    """Every condition under which a section or a field is shown, in order; the page knows them by their place."""
    found: list[Expression] = []
    for item in items:
        if isinstance(item, Section | FieldPlace) and item.shown_when is not None:
            found.append(item.shown_when)
        if isinstance(item, Section):
            found += conditions(item.items)
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
