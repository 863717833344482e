"""The formulas and conditions of a layout in terms of one kernel, each lowered once for all scenes."""

from __future__ import annotations

from compiler.cells import AddedColumn, AddedGroup, Layout, PlacedCell, PlacedCheck
from compiler.formula.grain import TypeOf, cell_types
from compiler.formula.kernel import Kernel
from compiler.formula.program import Assigned, assign, lower, outcome
from compiler.values import Address, GroupKey


class Formulas:
    """What every cell is assigned and every check comes to."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._kernel = Kernel()
        self._types = cell_types(layout)
        self._row_types: dict[GroupKey, TypeOf] = {}
        self._cells: dict[Address, Assigned] = {}
        self._added: dict[tuple[GroupKey, str], Assigned] = {}
        self._checks: dict[tuple[str, str], Assigned] = {}

    def cell(self, cell: PlacedCell) -> Assigned:
        """A computed or carried cell."""
        if cell.address not in self._cells:
            assert cell.expression is not None  # a computed cell has a formula, a carried one what it carries
            lowered = lower(cell.expression, self._types, self._kernel)
            self._cells[cell.address] = assign(lowered, cell.type, self._kernel, {})
        return self._cells[cell.address]

    def added(self, group: AddedGroup, added: AddedColumn) -> Assigned:
        """A computed column of self-added rows."""
        key = (group.key, added.column.name)
        if key not in self._added:
            assert added.expression is not None  # a computed column has a formula
            lowered = lower(added.expression, self._types_in(group), self._kernel)
            self._added[key] = assign(lowered, added.type, self._kernel, {})
        return self._added[key]

    def check(self, placed: PlacedCheck) -> Assigned:
        """A check at a place."""
        key = (placed.check.name, placed.place)
        if key not in self._checks:
            group = None if placed.group is None else self._layout.group_of[placed.group]
            types = self._types if group is None else self._types_in(group)
            lowered = lower(placed.condition, types, self._kernel)
            self._checks[key] = outcome(lowered, self._kernel)
        return self._checks[key]

    def _types_in(self, group: AddedGroup) -> TypeOf:
        if group.key not in self._row_types:
            self._row_types[group.key] = cell_types(self._layout, group)
        return self._row_types[group.key]
