"""Formulas lowered to the kernel: one expression, or a whole layout in the order in which it is computed.

This is the common part of every emitter: which slot a value has, under which condition it is there, and whether its
size must be looked at when it is assigned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.cells import AddedColumn, AddedGroup, Layout, PlacedCell, PlacedCheck
from compiler.formula.assumptions import Assumption
from compiler.formula.evaluate import carried_key
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text
from compiler.formula.grain import TypeOf, cell_types, grain
from compiler.formula.kernel import Kernel, Node, Quantity, Source, Truth
from compiler.formula.lowering import Lowered, Rows, Textual, Verdict, at_scale
from compiler.formula.lowering import Number as Fractional
from compiler.formula.magnitude import magnitude
from compiler.formula.operations import OPERATIONS
from compiler.formula.rounding import INPUT_LIMIT, RESULT_LIMIT, coarser
from compiler.template import ValueType
from compiler.values import Address, CaptureKey


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a formula comes to: `value` where `present` is true, else blank (of a check: not evaluated).

    A quantity is held at the cell's scale. `limit` bounds its magnitude: beyond `RESULT_LIMIT` it must be checked.
    """

    present: Truth
    value: Quantity | Truth | Textual
    limit: int = 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the kernel in it."""
        return (self.present,) if isinstance(self.value, Textual) else (self.present, self.value)

    @property
    def checked(self) -> bool:
        """Whether the value may exceed 128 bits."""
        return self.limit > RESULT_LIMIT


@dataclass(frozen=True, slots=True)
class GroupProgram:
    """What is computed in each row of a group, in order. The group is number `number` of its layout."""

    number: int
    group: AddedGroup
    columns: tuple[tuple[AddedColumn, Assigned], ...]


@dataclass(frozen=True, slots=True)
class CheckProgram:
    """What one check comes to; over each row of `group` where that is set."""

    placed: PlacedCheck
    outcome: Assigned
    group: GroupProgram | None


@dataclass(frozen=True, slots=True)
class Carried:
    """A cell that takes over an earlier value: the slot of that capture, and both types."""

    cell: PlacedCell
    key: CaptureKey
    slot: int
    source: ValueType


def lower(expression: Expression, types: TypeOf, kernel: Kernel) -> Lowered:
    """A bound expression in terms of the kernel."""
    match expression:
        case Number():
            return Fractional(kernel.true, kernel.literal(Fraction(expression.value)), kernel.one)
        case Text():
            return Textual(kernel.true, expression)
        case AddedRows():
            return Rows(expression, types(expression))
        case Cell() | Captured():
            return _lower_source(expression, types(expression), kernel)
        case Call():
            operation = OPERATIONS[expression.operation]
            arguments = [lower(argument, types, kernel) for argument in expression.arguments]
            if operation.compares:
                scales = coarser(*(grain(argument, types) for argument in expression.arguments))
                arguments = [
                    at_scale(kernel, argument, scale)
                    if scale is not None and isinstance(argument, Fractional)
                    else argument
                    for argument, scale in zip(arguments, scales, strict=True)
                ]
            return operation.lower(kernel, arguments)


def _lower_source(source: Source, type: ValueType, kernel: Kernel) -> Lowered:
    if isinstance(source, Captured) and source.cell.row is None:
        # A self-added row has no earlier report.
        return Fractional(kernel.false, kernel.zero, kernel.one)
    present = kernel.present(source)
    if type.is_number:
        return Fractional(present, kernel.reading(source, type.scale), kernel.one)
    if type.kind == "boolean":
        return Verdict(present, kernel.ticked(source))
    return Textual(present, source)


def assign(
    lowered: Lowered, type: ValueType, kernel: Kernel, limits: Mapping[Source | AddedRows, int]
) -> Assigned:
    """What a cell of that type is assigned. `limits` bound the computed cells read; all others are inputs."""
    match lowered:
        case Fractional():
            exact = kernel.rounded(lowered.numerator, lowered.denominator, type.scale)
            value = Assumption(kernel, lowered.present).quantity(kernel.rescaled(exact, type.scale))
            limit = magnitude(value, lambda read: limits.get(read, INPUT_LIMIT))
            return Assigned(lowered.present, value, limit)
        case Textual():
            return Assigned(lowered.present, lowered)
        case _:
            return outcome(lowered, kernel)


def outcome(lowered: Lowered, kernel: Kernel) -> Assigned:
    """What a check or a boolean cell comes to."""
    if not isinstance(lowered, Verdict):
        raise TypeError("a truth is needed")
    return Assigned(lowered.known, Assumption(kernel, lowered.known).truth(lowered.holds))


class ReportProgram:
    """A whole report in terms of the kernel: self-added rows first, then static cells in order, then checks."""

    def __init__(self, layout: Layout) -> None:
        kernel = self.kernel = Kernel()
        self.layout = layout
        self.slots: Mapping[Source, int] = {
            **{source_of(cell.address): cell.slot for cell in layout.cells},
            **{
                Captured(function=key.function, cell=source_of(key.address)): slot
                for slot, key in enumerate(layout.captures, start=len(layout.cells))
            },
        }
        """The place of every static cell and capture in a frame."""

        limits: dict[Source | AddedRows, int] = {}
        self.groups: tuple[GroupProgram, ...] = tuple(
            _group_program(layout, number, kernel, limits) for number in range(len(layout.groups))
        )

        types = cell_types(layout)
        cells: list[tuple[PlacedCell, Assigned]] = []
        for cell in layout.order:
            assert cell.expression is not None  # a computed cell has a formula
            assigned = assign(lower(cell.expression, types, kernel), cell.type, kernel, limits)
            limits[source_of(cell.address)] = min(assigned.limit, RESULT_LIMIT)
            cells.append((cell, assigned))
        self.cells: tuple[tuple[PlacedCell, Assigned], ...] = tuple(cells)

        by_key = {program.group.key: program for program in self.groups}
        checks: list[CheckProgram] = []
        for placed in layout.checks:
            group = None if placed.group is None else by_key[placed.group]
            own = types if group is None else cell_types(layout, group.group)
            checks.append(CheckProgram(placed, outcome(lower(placed.condition, own, kernel), kernel), group))
        self.checks: tuple[CheckProgram, ...] = tuple(checks)

    def column_of(self, rows: AddedRows) -> tuple[int, int]:
        """The number of the group and the index of the column that are read."""
        for program in self.groups:
            if program.group.key == (rows.table, rows.group):
                for column in program.group.columns:
                    if column.column.name == rows.column:
                        return program.number, column.index
        raise KeyError(f"{rows.table}[{rows.group}].{rows.column}")

    @property
    def carried(self) -> tuple[Carried, ...]:
        """The cells that take over an earlier value."""
        layout = self.layout
        slots = {key: slot for slot, key in enumerate(layout.captures, start=len(layout.cells))}
        found = ((cell, carried_key(cell)) for cell in layout.cells)
        return tuple(
            Carried(cell, key, slots[key], layout.source_of(key).type)
            for cell, key in found
            if key is not None
        )


def source_of(address: Address) -> Cell:
    """The expression that reads the cell at an address."""
    return Cell(table=address.table, row=address.row, column=address.column)


def _group_program(
    layout: Layout, number: int, kernel: Kernel, limits: dict[Source | AddedRows, int]
) -> GroupProgram:
    """The program of one group; what its columns can grow to is added to `limits`, under the column of all rows."""
    group = layout.groups[number]
    table, name = group.key
    types = cell_types(layout, group)
    own_limits: dict[Source | AddedRows, int] = {}
    columns: list[tuple[AddedColumn, Assigned]] = []
    for added in group.order:
        assert added.expression is not None  # a computed column has a formula
        assigned = assign(lower(added.expression, types, kernel), added.type, kernel, own_limits)
        limit = min(assigned.limit, RESULT_LIMIT)
        own_limits[Cell(table=table, column=added.column.name)] = limit
        limits[AddedRows(table=table, group=name, column=added.column.name)] = limit
        columns.append((added, assigned))
    return GroupProgram(number, group, tuple(columns))
