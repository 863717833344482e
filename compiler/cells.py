"""A template laid out as single cells: which exist, what fills each, in which order they compute, which checks apply.

Everything that handles cells (evaluators, forms, workbooks, paper, roll-up) walks one `Layout`, so that all agree on
addresses, order and on which formula rules a cell. The layout is derived from the template alone and holds no values.

Which formula rules a cell: its own exception; else the non-additive one of its column's and row's formulas; else the
row's (a total row adds its column). Two non-additive ones are refused by the compiler before a template exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from compiler.formula.expressions import Captured, Cell, Expression, bind, leaves
from compiler.template import (
    CellException,
    Check,
    Column,
    ColumnGroup,
    FieldPlace,
    Formula,
    Inserted,
    OutlineItem,
    OverTime,
    OverUnits,
    Row,
    Section,
    Sentence,
    Table,
    Template,
    TextInput,
    ValueType,
)
from compiler.values import Address, CaptureKey, GroupKey

CellKind = Literal["entered", "computed", "carried", "not_applicable"]
"""carried: the formula is `prior(x)`, `last_year(x)` or a cell of another regime itself, so the value comes from that
report, or is entered by the unit as an opening value where there was none."""


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """One static cell. `slot` is its index in a frame, the list of values that generated code works on."""

    address: Address
    slot: int
    kind: CellKind
    column: Column
    row: Row
    formula: Formula | None
    expression: Expression | None
    """The formula bound to this cell; None unless computed or carried."""
    over_units: OverUnits
    over_time: OverTime

    @property
    def type(self) -> ValueType:
        """The cell's type, its column's."""
        return self.column.type


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """One column of self-added rows; `index` is its place in the row's frame."""

    index: int
    kind: CellKind
    column: Column
    expression: Expression | None

    @property
    def type(self) -> ValueType:
        """The column's type."""
        return self.column.type


@dataclass(frozen=True, slots=True)
class AddedGroup:
    """A group of self-added rows. `order` lists its computed columns so that each comes after what it reads.

    A formula of an added row reads only cells of its own row.
    """

    key: GroupKey
    row: Row
    columns: tuple[AddedColumn, ...]
    order: tuple[AddedColumn, ...]


@dataclass(frozen=True, slots=True)
class PlacedCheck:
    """A check at one place, or over each row of an added group (`group` set, condition with its row still open)."""

    check: Check
    condition: Expression
    row: str | None = None
    column: str | None = None
    group: GroupKey | None = None

    @property
    def place(self) -> str:
        """Where, in address form: `b06a[dat_dai]`, `b06a.c3`, `lao_dong[du_an]` or "" for a check made once."""
        if self.group is not None:
            return f"{self.group.table}[{self.group.group}]"
        if self.row is not None:
            return f"{self.check.table}[{self.row}]"
        if self.column is not None:
            return f"{self.check.table}.{self.column}"
        return ""


class CircularCells(ValueError):
    """Computed cells that need each other. `path` starts and ends with the same cell."""

    def __init__(self, path: tuple[Address, ...]) -> None:
        super().__init__(" → ".join(str(address) for address in path))
        self.path = path


@dataclass(frozen=True, slots=True)
class HeadingCell:
    """One cell of the printed heading: `column` is set on the cell right above the data of a leaf column."""

    label: str
    column: str | None
    colspan: int
    rowspan: int


def heading_grid(table: Table) -> tuple[tuple[HeadingCell, ...], ...]:
    """The heading of the data columns as rows of spanning cells, top row first. Stub columns are not in it.

    A leaf reaches down to the last heading row, so that every level is filled.
    """
    labels = {column.name: column.label for column in table.columns}

    def depth(member: ColumnGroup | str) -> int:
        return 1 if isinstance(member, str) else 1 + max(depth(part) for part in member.members)

    def width(member: ColumnGroup | str) -> int:
        return 1 if isinstance(member, str) else sum(width(part) for part in member.members)

    height = max(depth(member) for member in table.headings)
    rows: list[list[HeadingCell]] = [[] for _ in range(height)]

    def place(member: ColumnGroup | str, level: int) -> None:
        if isinstance(member, str):
            rows[level].append(HeadingCell(labels[member], member, 1, height - level))
        else:
            rows[level].append(HeadingCell(member.label, None, width(member), 1))
            for part in member.members:
                place(part, level + 1)

    for member in table.headings:
        place(member, 0)
    return tuple(tuple(row) for row in rows)


def ruling_formula(table: Table, row: Row, column: Column, exception: CellException | None) -> Formula | None:
    """The formula that computes the cell, or None where the unit enters it. See the module's rule."""
    if exception is not None and exception.formula is not None:
        return exception.formula
    if row.formula is None or not column.type.is_number:
        return column.formula
    if column.formula is None or column.formula.additivity == "additive":
        return row.formula
    return column.formula


class Layout:
    """The cells of a template. Raises CircularCells where computed cells need each other."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.tables: Mapping[str, Table] = {table.name: table for table in template.tables}
        cells: list[PlacedCell] = []
        groups: list[AddedGroup] = []
        for table in template.tables:
            exceptions = {(item.row, item.column): item for item in table.exceptions}
            for row in table.rows:
                if row.kind == "added":
                    groups.append(_added_group(table, row))
                    continue
                for column in table.columns:
                    cells.append(
                        _placed(table, row, column, exceptions.get((row.name, column.name)), len(cells))
                    )
        self.cells: tuple[PlacedCell, ...] = tuple(cells)
        self.groups: tuple[AddedGroup, ...] = tuple(groups)
        self.by_address: Mapping[Address, PlacedCell] = {cell.address: cell for cell in cells}
        self.elsewhere: Mapping[Address, PlacedCell] = {
            cell.address: cell for cell in _cells_elsewhere(template)
        }
        """The cells of other regimes' reports that this one reads; they have no slot."""
        self.group_of: Mapping[GroupKey, AddedGroup] = {group.key: group for group in groups}

    def source_of(self, key: CaptureKey) -> PlacedCell:
        """The cell that a captured value is read from. KeyError for one that no formula of the template can read."""
        return (self.elsewhere if key.function == "report" else self.by_address)[key.address]

    @cached_property
    def order(self) -> tuple[PlacedCell, ...]:
        """Computed static cells, each after the cells it reads."""
        computed = {cell.address: cell for cell in self.cells if cell.kind == "computed"}
        return tuple(computed[address] for address in _topological(computed))

    @cached_property
    def checks(self) -> tuple[PlacedCheck, ...]:
        """Every check at every place it applies, in the order of the template."""
        return tuple(placed for check in self.template.checks for placed in self._places(check))

    @cached_property
    def captures(self) -> tuple[CaptureKey, ...]:
        """Every value of an earlier period that a cell, check or sentence reads, each once, in a fixed order.

        In a frame, capture number i has the slot len(cells) + i.
        """
        found: dict[CaptureKey, None] = {}
        expressions = [cell.expression for cell in self.cells if cell.expression is not None]
        expressions += [placed.condition for placed in self.checks]
        expressions += _sentence_expressions(self.template.outline)
        for expression in expressions:
            for leaf in leaves(expression):
                # A self-added row has no earlier report: a capture with an open row reads nothing.
                if isinstance(leaf, Captured) and leaf.cell.row is not None:
                    found[CaptureKey(leaf.function, address_of(leaf.cell))] = None
        return tuple(found)

    def _places(self, check: Check) -> Iterator[PlacedCheck]:
        match check.scope:
            case "once":
                yield PlacedCheck(check, check.condition)
            case "row":
                for row in check.rows:
                    group = GroupKey(check.table or "", row)
                    if group in self.group_of:
                        yield PlacedCheck(check, check.condition, group=group)
                    else:
                        yield PlacedCheck(check, bind(check.condition, row, None), row=row)
            case "column":
                for column in check.columns:
                    yield PlacedCheck(check, bind(check.condition, None, column), column=column)


def _cells_elsewhere(template: Template) -> Iterator[PlacedCell]:
    for source in template.sources or ():
        for table in source.tables:
            for row in table.rows:
                for column in table.columns:
                    yield _placed(table, row, column, None, -1)


def address_of(cell: Cell) -> Address:
    """The address of a bound cell. Raises ValueError while its row or column is still open."""
    if cell.row is None or cell.column is None:
        raise ValueError(f"cell of table {cell.table} has an open row or column")
    return Address(cell.table, cell.row, cell.column)


def _placed(table: Table, row: Row, column: Column, exception: CellException | None, slot: int) -> PlacedCell:
    formula = ruling_formula(table, row, column, exception)
    kind: CellKind
    if row.kind == "heading" or (exception is not None and exception.not_applicable):
        formula, kind = None, "not_applicable"
    elif formula is None:
        # A total row says nothing of texts and dates: there is nothing to enter either.
        kind = "not_applicable" if row.formula is not None and not column.type.is_number else "entered"
    else:
        kind = "carried" if isinstance(formula.expression, Captured) else "computed"
    return PlacedCell(
        address=Address(table.name, row.name, column.name),
        slot=slot,
        kind=kind,
        column=column,
        row=row,
        formula=formula,
        expression=None if formula is None else bind(formula.expression, row.name, column.name),
        over_units=row.over_units or column.over_units,
        over_time=row.over_time or column.over_time,
    )


def _added_group(table: Table, row: Row) -> AddedGroup:
    columns: list[AddedColumn] = []
    for column in (*row.columns, *table.columns):
        formula = column.formula
        kind: CellKind = "entered"
        if formula is not None:
            kind = "carried" if isinstance(formula.expression, Captured) else "computed"
        expression = None if formula is None else bind(formula.expression, None, column.name)
        columns.append(AddedColumn(len(columns), kind, column, expression))
    computed = {
        Address(table.name, row.name, added.column.name): added
        for added in columns
        if added.kind == "computed"
    }
    order = tuple(computed[address] for address in _topological(computed, row.name))
    return AddedGroup(GroupKey(table.name, row.name), row, tuple(columns), order)


def _topological(
    computed: Mapping[Address, PlacedCell] | Mapping[Address, AddedColumn], open_row: str | None = None
) -> Iterator[Address]:
    """Addresses of `computed`, each after the computed cells it reads; an open row is read as `open_row`."""
    done: set[Address] = set()
    for start in computed:
        # An explicit stack: a chain of formulas may be longer than Python's recursion limit.
        path: dict[Address, Iterator[Address]] = {}
        following: Address | None = start
        while following is not None or path:
            if following is not None and following not in done:
                if following in path:
                    circle = list(path)
                    circle = circle[circle.index(following) :]
                    raise CircularCells((*circle, following))
                path[following] = iter(_reads(computed[following].expression, open_row))
            following = None
            current = next(reversed(path), None)
            if current is None:
                break
            for read in path[current]:
                if read in computed and read not in done:
                    following = read
                    break
            else:
                del path[current]
                done.add(current)
                yield current


def _reads(expression: Expression | None, open_row: str | None) -> list[Address]:
    reads: list[Address] = []
    if expression is not None:
        for leaf in leaves(expression):
            if isinstance(leaf, Cell):
                reads.append(Address(leaf.table, leaf.row or open_row or "", leaf.column or ""))
    return reads


def _sentence_expressions(items: tuple[OutlineItem, ...]) -> list[Expression]:
    found: list[Expression] = []
    for item in items:
        if isinstance(item, Section | FieldPlace) and item.shown_when is not None:
            found.append(item.shown_when)
        if isinstance(item, TextInput) and item.required_when is not None:
            found.append(item.required_when)
        if isinstance(item, Section):
            found += _sentence_expressions(item.items)
        elif isinstance(item, Sentence):
            for part in item.parts:
                if isinstance(part, Inserted):
                    found.append(part.expression)
                    if part.captured is not None:
                        found.append(part.captured)
    return found
