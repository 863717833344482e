"""The definition: what a formula gives, on exact fractions, and what a whole report computes to.

Written for reading, straight from `semantics.md` and the table of operations, without the kernel: every back end is
proven against it. Generated code (`emit/python.py`) does the same work many times faster. Values are taken to have
their cells' types, as those who read submissions make sure; what they hold is checked by the template's checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from compiler.cells import AddedGroup, Layout, PlacedCell, PlacedCheck, address_of
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text
from compiler.formula.grain import Reading, cell_types, grain
from compiler.formula.operations import OPERATIONS, Value
from compiler.formula.rounding import INPUT_LIMIT, at_scale, coarser, round_half_away, within
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values


class Reader(Protocol):
    """Where a formula's values come from: a report, or a row of a conformance table."""

    def type(self, reading: Reading) -> ValueType:
        """The type of what is read."""

    def value(self, reading: Cell | Captured) -> Value:
        """The value there; None is blank."""

    def rows(self, reading: AddedRows) -> Sequence[Value]:
        """The values of one column of self-added rows, blanks included."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What became of one check at one place. `holds` is None where it could not be evaluated: a value is missing.

    `index` counts self-added rows from 1 and is None for a check of static cells.
    """

    placed: PlacedCheck
    holds: bool | None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report with its computed cells filled in, and the outcome of every check in the template's order."""

    values: Values
    outcomes: tuple[CheckOutcome, ...]


def evaluate(expression: Expression, read: Reader) -> Value:
    """The exact value of a bound expression; None is blank, or unknown."""
    match expression:
        case Number():
            return Fraction(expression.value)
        case Text():
            return expression.value
        case Cell() | Captured():
            return read.value(expression)
        case AddedRows():
            raise TypeError("self-added rows are only read by aggregates")
        case Call():
            operation = OPERATIONS[expression.operation]
            arguments = list(_arguments(expression, read))
            if operation.compares:
                arguments = _at_coarser_scale(expression, arguments, read)
            return operation.meaning(arguments)


def assign(value: Value, type: ValueType) -> Scalar | None:
    """What a cell of that type holds once the value is assigned to it. Raises Overflow."""
    if isinstance(value, Fraction):
        return within(round_half_away(value, type.scale))
    return value


def evaluate_report(layout: Layout, values: Values) -> Evaluation:
    """Compute every computed cell of a report and make every check. Raises Overflow.

    Given values of computed cells are ignored; a carried cell holds what was captured, or its entered opening value
    where there was nothing to capture.
    """
    cells: dict[Address, Scalar | None] = {}
    for cell in layout.cells:
        if (key := carried_key(cell)) is not None and key in values.captured:
            source = layout.source_of(key).type
            cells[cell.address] = assign(_number(_input(values.captured[key]), source), cell.type)
        elif cell.kind in {"entered", "carried"}:
            cells[cell.address] = _input(values.cells.get(cell.address))
    for key in layout.captures:
        _input(values.captured.get(key))

    added = {group.key: _added_rows(layout, group, values) for group in layout.groups}
    reader = ReportReader(layout, cells, added, values.captured)
    for cell in layout.order:
        assert cell.expression is not None  # a computed cell has a formula
        cells[cell.address] = assign(evaluate(cell.expression, reader), cell.type)

    filled = {cell.address: held for cell in layout.cells if (held := cells.get(cell.address)) is not None}
    shown = {
        key: tuple({name: held for name, held in row.items() if held is not None} for row in rows)
        for key, rows in added.items()
    }
    evaluated = Values(cells=filled, added=shown, texts=values.texts, captured=values.captured)
    return Evaluation(evaluated, tuple(_outcomes(layout, reader)))


def carried_key(cell: PlacedCell) -> CaptureKey | None:
    """What a carried cell takes over; None for every other cell."""
    if cell.kind == "carried" and isinstance(cell.expression, Captured):
        return CaptureKey(cell.expression.function, address_of(cell.expression.cell))
    return None


class ReportReader:
    """Reads the cells of one report; with `group` and `row`, an open row is that self-added row.

    `cells`, `added` and `captured` are shaped like those of `Values`; a blank may be absent or None.
    """

    def __init__(
        self,
        layout: Layout,
        cells: Mapping[Address, Scalar | None],
        added: Mapping[GroupKey, Sequence[Mapping[str, Scalar | None]]],
        captured: Mapping[CaptureKey, int | None],
        group: AddedGroup | None = None,
        row: Mapping[str, Scalar | None] | None = None,
    ) -> None:
        self._cells, self._added, self._captured, self._row = cells, added, captured, row or {}
        self._layout = layout
        self.type = cell_types(layout, group)

    def in_row(self, group: AddedGroup, row: Mapping[str, Scalar | None]) -> ReportReader:
        """The same report, read from within a self-added row."""
        return ReportReader(self._layout, self._cells, self._added, self._captured, group, row)

    def value(self, reading: Cell | Captured) -> Value:
        """The value there; None is blank. A self-added row has no earlier report, so `prior` in it is blank."""
        held: Scalar | None
        if isinstance(reading, Captured):
            if reading.cell.row is None:
                return None
            held = self._captured.get(CaptureKey(reading.function, address_of(reading.cell)))
        elif reading.row is None:
            held = self._row.get(reading.column or "")
        else:
            held = self._cells.get(address_of(reading))
        return _number(held, self.type(reading))

    def added_rows(self, group: AddedGroup) -> Sequence[Mapping[str, Scalar | None]]:
        """The rows the unit added."""
        return self._added.get(group.key, ())

    def rows(self, reading: AddedRows) -> Sequence[Value]:
        """The values of one column of self-added rows, blanks included."""
        type, column = self.type(reading), reading.column or ""
        rows = self._added.get(GroupKey(reading.table, reading.group), ())
        return [_number(row.get(column), type) for row in rows]


def report_reader(layout: Layout, values: Values) -> ReportReader:
    """Reads an evaluated report, for whoever shows the value of an expression in it."""
    return ReportReader(layout, values.cells, values.added, values.captured)


def _arguments(expression: Call, read: Reader) -> Iterator[Value]:
    for argument in expression.arguments:
        if isinstance(argument, AddedRows):
            yield from read.rows(argument)
        else:
            yield evaluate(argument, read)


def _at_coarser_scale(expression: Call, arguments: list[Value], read: Reader) -> list[Value]:
    left, right = (grain(argument, read.type) for argument in expression.arguments)
    return [
        at_scale(argument, scale) if scale is not None and isinstance(argument, Fraction) else argument
        for argument, scale in zip(arguments, coarser(left, right), strict=True)
    ]


def _added_rows(layout: Layout, group: AddedGroup, values: Values) -> list[dict[str, Scalar | None]]:
    rows: list[dict[str, Scalar | None]] = []
    for given in values.added.get(group.key, ()):
        row: dict[str, Scalar | None] = {
            added.column.name: None if added.kind == "computed" else _input(given.get(added.column.name))
            for added in group.columns
        }
        # A formula of an added row reads only its own row.
        reader = ReportReader(layout, {}, {}, {}, group, row)
        for added in group.order:
            assert added.expression is not None  # a computed column has a formula
            row[added.column.name] = assign(evaluate(added.expression, reader), added.type)
        rows.append(row)
    return rows


def _outcomes(layout: Layout, reader: ReportReader) -> Iterator[CheckOutcome]:
    for placed in layout.checks:
        if placed.group is None:
            yield CheckOutcome(placed, _truth(evaluate(placed.condition, reader)))
        else:
            group = layout.group_of[placed.group]
            for index, row in enumerate(reader.added_rows(group), start=1):
                own = reader.in_row(group, row)
                yield CheckOutcome(placed, _truth(evaluate(placed.condition, own)), index)


def _truth(value: Value) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError(f"a check must say what holds, not {value!r}")


def _input(held: Scalar | None) -> Scalar | None:
    """An entered or captured value. Raises Overflow for a number beyond what a formula takes."""
    if isinstance(held, int) and not isinstance(held, bool):
        within(held, INPUT_LIMIT)
    return held


def _number(held: Scalar | None, type: ValueType) -> Value:
    if held is None or isinstance(held, str | bool):
        return held
    return Fraction(held, 10**type.scale)
