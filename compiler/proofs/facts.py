"""What an author stated that a proof may rest on: the smallest things a finding can point at.

A formula of a column holds in every row and is one fact; so is a check at all of its places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from compiler.cells import Layout, PlacedCell, PlacedCheck
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text, leaves
from compiler.formula.kernel import Constant, Node, Present, Product, Rounded, Source, Ticked, parts
from compiler.formula.kernel import Reading as KernelReading
from compiler.proofs.formulas import Formulas
from compiler.template import Check, Row, Table
from compiler.values import Address

FactKind = Literal["check", "formula", "minimum", "maximum", "required"]

ColumnKey = tuple[str, str]
"""A table and one of its columns, or of its self-added rows'."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of the source. A formula of a column has no row, one of a row no column, one of a cell both."""

    kind: FactKind
    table: str = ""
    row: str | None = None
    column: str | None = None
    check: str = ""


def formula_fact(cell: PlacedCell) -> Fact:
    """The formula that rules a computed cell."""
    table, row, column = cell.address
    if cell.formula is cell.row.formula:
        return Fact("formula", table, row=row)
    if cell.formula is cell.column.formula:
        return Fact("formula", table, column=column)
    return Fact("formula", table, row=row, column=column)


def asks_for_blanks(expression: Expression) -> bool:
    """Whether a condition looks at what was answered and not only at the answers."""
    if not isinstance(expression, Call):
        return False
    return expression.operation in {"blank", "count"} or any(
        asks_for_blanks(argument) for argument in expression.arguments
    )


def blank_of_blanks(expression: Expression) -> bool:
    """Whether a number computed from blank cells alone is surely blank."""
    if isinstance(expression, Call):
        return expression.operation in _BLANK_OF_BLANKS and all(map(blank_of_blanks, expression.arguments))
    return isinstance(expression, Cell)


_BLANK_OF_BLANKS = frozenset(
    {"add", "subtract", "sum", "negate", "multiply", "divide", "min", "max", "mean", "abs"}
)


def has_products(nodes: Iterable[Node]) -> bool:
    """Whether a formula multiplies two things, or divides by one, that differ from report to report."""
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Product(left=left, right=right) if not isinstance(right, Constant) and not isinstance(
                left, Constant
            ):
                return True
            case Rounded(denominator=denominator) if not isinstance(denominator, Constant):
                return True
            case _:
                waiting += parts(node)
    return False


def sources_of(nodes: Iterable[Node]) -> dict[Source, None]:
    """The cells and captured values that a formula reads."""
    found: dict[Source, None] = {}
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, KernelReading | Present | Ticked):
            found[node.source] = None
        waiting += parts(node)
    return found


class Reading:
    """What reads what in a regime, column by column."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.formulas = Formulas(layout)

    @cached_property
    def _formulas(self) -> Mapping[ColumnKey, dict[ColumnKey, None]]:
        """What each column's own formulas read; under the column "", what the rows' formulas do."""
        found: dict[ColumnKey, dict[ColumnKey, None]] = {}
        for table in self.layout.tables.values():
            for column in (*table.columns, *(own for row in table.rows for own in row.columns)):
                if column.formula is not None:
                    reads = columns_of(column.formula.expression, column.name)
                    found.setdefault((table.name, column.name), {}).update(dict.fromkeys(reads))
            for row in table.rows:
                if row.formula is not None:
                    reads = columns_of(row.formula.expression, "")
                    found.setdefault((table.name, ""), {}).update(dict.fromkeys(reads))
            for exception in table.exceptions:
                if exception.formula is not None:
                    reads = columns_of(exception.formula.expression, exception.column)
                    found.setdefault((table.name, exception.column), {}).update(dict.fromkeys(reads))
        return found

    def below(self, key: ColumnKey) -> Iterator[ColumnKey]:
        """The columns that a column's formulas read."""
        yield from self._formulas.get(key, ())
        for table, column in self._formulas.get((key[0], ""), ()):
            yield table, column or key[1]

    def all_below(self, keys: Iterable[ColumnKey]) -> dict[ColumnKey, None]:
        """These columns and all that they are computed from."""
        found: dict[ColumnKey, None] = {}
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = None
                waiting += self.below(key)
        return found

    @cached_property
    def placed(self) -> Mapping[str, tuple[PlacedCheck, ...]]:
        """Every check's places, by its name."""
        found: dict[str, list[PlacedCheck]] = {check.name: [] for check in self.layout.template.checks}
        for placed in self.layout.checks:
            found[placed.check.name].append(placed)
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def cells(self) -> Mapping[ColumnKey, tuple[PlacedCell, ...]]:
        """The static cells of every column."""
        found: dict[ColumnKey, list[PlacedCell]] = {}
        for cell in self.layout.cells:
            found.setdefault((cell.address.table, cell.address.column), []).append(cell)
        return {key: tuple(cells) for key, cells in found.items()}

    @cached_property
    def row_cells(self) -> Mapping[tuple[str, str], tuple[PlacedCell, ...]]:
        """The static cells of every row."""
        found: dict[tuple[str, str], list[PlacedCell]] = {}
        for cell in self.layout.cells:
            found.setdefault((cell.address.table, cell.address.row), []).append(cell)
        return {key: tuple(cells) for key, cells in found.items()}

    def rows_named(self, checks: Iterable[Check]) -> dict[tuple[str, str], None]:
        """The static rows that conditions speak of by name."""
        found: dict[tuple[str, str], None] = {}
        for check in checks:
            for leaf in leaves(check.condition):
                if (
                    isinstance(leaf, Cell)
                    and leaf.row is not None
                    and (leaf.table, leaf.row) in self.row_cells
                ):
                    found[leaf.table, leaf.row] = None
        return found

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every text that a formula or a check names."""
        return tuple(
            dict.fromkeys(
                leaf.value
                for expression in self._expressions()
                for leaf in leaves(expression)
                if isinstance(leaf, Text)
            )
        )

    @cached_property
    def parts(self) -> tuple[tuple[Check, ...], ...]:
        """The checks, parted so that checks of different parts have no column in common, in the template's order."""
        owner: dict[ColumnKey, int] = {}
        parts: list[list[int]] = []
        checks = self.layout.template.checks
        for index, check in enumerate(checks):
            keys = self.all_below(self.of_check(check))
            joined = sorted({owner[key] for key in keys if key in owner})
            if joined:
                target, *others = joined
            else:
                target, others = len(parts), []
                parts.append([])
            parts[target].append(index)
            for other in others:
                parts[target] += parts[other]
                parts[other] = []
            for key, part in owner.items():
                if part in others:
                    owner[key] = target
            for key in keys:
                owner[key] = target
        return tuple(tuple(checks[index] for index in sorted(part)) for part in parts if part)

    def of_check(self, check: Check) -> Iterator[ColumnKey]:
        """The columns that a check's condition reads; of a check over columns, each of them."""
        for key in columns_of(check.condition, ""):
            if key[1]:
                yield key
            else:
                for column in check.columns:
                    yield key[0], column

    @cached_property
    def not_negative(self) -> frozenset[Address]:
        """The cells that hold no number below zero in a report within its bounds."""
        found: set[Address] = set()
        for cell in self.layout.cells:
            if cell.kind in {"entered", "carried"}:
                minimum = cell.column.minimum
                if minimum is not None and minimum.value >= 0:
                    found.add(cell.address)
        for cell in self.layout.order:
            if cell.expression is not None and _keeps_sign(cell.expression, found):
                found.add(cell.address)
        return frozenset(found)

    @cached_property
    def alike(self) -> Mapping[tuple[str, str], tuple[object, ...]]:
        """By table and row of a code list: what tells the row from others of its list. Other rows are not there.

        Rows told by the same may change places in any report, and nothing else changes.
        """
        mentions: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for number, expression in enumerate(self._expressions()):
            symmetric = _is_symmetric(expression)
            for place, leaf in enumerate(leaves(expression)):
                cell = leaf.cell if isinstance(leaf, Captured) else leaf
                if isinstance(cell, Cell) and cell.row is not None:
                    mention = (number, 0 if symmetric else place)
                    mentions.setdefault((cell.table, cell.row), []).append(mention)
        checked: dict[tuple[str, str], list[str]] = {}
        for check in self.layout.template.checks:
            for row in check.rows:
                checked.setdefault((check.table or "", row), []).append(check.name)
        excepted: dict[tuple[str, str], list[str]] = {}
        for table in self.layout.tables.values():
            for exception in table.exceptions:
                excepted.setdefault((table.name, exception.row), []).append(exception.column)
        found: dict[tuple[str, str], tuple[object, ...]] = {}
        for listed_in, listed in self._listed():
            key = (listed_in.name, listed.name)
            about = tuple(tuple(facts.get(key, ())) for facts in (mentions, checked, excepted))
            found[key] = (listed.group, *about)
        return found

    @cached_property
    def first_alike(self) -> Mapping[tuple[str, str], bool]:
        """Of rows that are alike, whether it is the first."""
        seen: set[tuple[object, ...]] = set()
        found: dict[tuple[str, str], bool] = {}
        for (table, row), kind in self.alike.items():
            found[table, row] = (table, *kind) not in seen
            seen.add((table, *kind))
        return found

    def _listed(self) -> Iterator[tuple[Table, Row]]:
        for table in self.layout.tables.values():
            for row in table.rows:
                if row.kind == "listed":
                    yield table, row

    def _expressions(self) -> Iterator[Expression]:
        for table in self.layout.tables.values():
            for column in (*table.columns, *(own for row in table.rows for own in row.columns)):
                if column.formula is not None:
                    yield column.formula.expression
            for row in table.rows:
                if row.formula is not None:
                    yield row.formula.expression
            for exception in table.exceptions:
                if exception.formula is not None:
                    yield exception.formula.expression
        for check in self.layout.template.checks:
            yield check.condition


def columns_of(expression: Expression, open_column: str) -> Iterator[ColumnKey]:
    """The columns that an expression reads; an open column is `open_column`."""
    for leaf in leaves(expression):
        cell = leaf.cell if isinstance(leaf, Captured) else leaf
        if isinstance(cell, Cell | AddedRows):
            yield cell.table, cell.column or open_column


_SYMMETRIC = frozenset({"add", "sum", "min", "max", "mean", "count"})


def _is_symmetric(expression: Expression) -> bool:
    """Whether cells of one column may change places in an expression: one aggregate, or a sum, of cells alone."""
    if not isinstance(expression, Call):
        return True
    if expression.operation == "add":
        return all(
            _is_symmetric(argument)
            and (not isinstance(argument, Call) or argument.operation in {"add", "sum"})
            for argument in expression.arguments
        )
    return expression.operation in _SYMMETRIC and not any(isinstance(it, Call) for it in expression.arguments)


_KEEPS_SIGN = frozenset(
    {"add", "sum", "convert", "count", "divide", "multiply", "min", "max", "mean", "round"}
)


def _keeps_sign(expression: Expression, known: set[Address]) -> bool:
    match expression:
        case Call(operation="abs"):
            return True
        case Call(operation=operation, arguments=arguments):
            return operation in _KEEPS_SIGN and all(_keeps_sign(argument, known) for argument in arguments)
        case Cell(table=table, row=str(row), column=str(column)):
            return Address(table, row, column) in known
        case Captured():
            return _keeps_sign(expression.cell, known)
        case Number(value=value):
            return value >= 0
        case _:
            return False
