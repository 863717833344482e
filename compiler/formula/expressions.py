"""Resolved formulas: what an author's formula says once every name in it is known.

An expression is immutable data inside the compiled template, so it serialises with it. There is one node for every
way of *reading* (a cell, a captured cell, a column of self-added rows), one for each kind of literal, and one
`Call` for every operation: which operations exist, what they take and how they roll up is `operations.py`'s table.

Meaning is given by `evaluate.py` (the definition) and, for the emitters, by lowering to the kernel (`kernel.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from compiler.frozen import ExactDecimal, Frozen

CaptureFunction = Literal["prior", "last_year", "ytd", "ytd_partial", "report"]
"""Where a captured value comes from: the report of the period before or of a year before; the earlier periods of the
same year, summed (`ytd` only where every one has a value, `ytd_partial` those that have); or another regime's report of
the same period, or of the longer one it lies in. A cell of `report` names its table with the regime before a dot."""


class Number(Frozen):
    """An exact literal. `95%` is `Number(0.95)`."""

    node: Literal["number"] = "number"
    value: ExactDecimal


class Text(Frozen):
    """A text or a code of a code list, only ever compared for equality."""

    node: Literal["text"] = "text"
    value: str


class Cell(Frozen):
    """The cell of `table` at `row` and `column`.

    `row` or `column` is None in a formula shared by many cells, where it means the current one; `bind` fills it in.
    In a formula of a self-added row `row` stays None: the row the unit added.
    """

    node: Literal["cell"] = "cell"
    table: str
    row: str | None = None
    column: str | None = None


class Captured(Frozen):
    """`prior(cell)`, `last_year(cell)`, `regime.cell` …: an input, taken from another report when this one was sent."""

    node: Literal["captured"] = "captured"
    function: CaptureFunction
    cell: Cell


class AddedRows(Frozen):
    """One column over all rows that a unit added under `group`. Only an argument of an aggregate (sum, count …)."""

    node: Literal["added_rows"] = "added_rows"
    table: str
    group: str
    column: str | None = None


class Call(Frozen):
    """An operation of `operations.OPERATIONS` applied to arguments (`add`, `divide`, `less_equal`, `if`, `sum` …)."""

    node: Literal["call"] = "call"
    operation: str
    arguments: tuple[Expression, ...]


Expression = Annotated[Number | Text | Cell | Captured | AddedRows | Call, Field(discriminator="node")]

Call.model_rebuild()


def number(value: int | str | Decimal) -> Number:
    """A literal from an int, a decimal string or a Decimal."""
    return Number(value=Decimal(value))


def call(operation: str, *arguments: Expression) -> Call:
    """An operation applied to its arguments."""
    return Call(operation=operation, arguments=arguments)


def transform(expression: Expression, leaf: Callable[[Expression], Expression]) -> Expression:
    """The same expression with every node that is not a `Call` replaced by what `leaf` gives for it."""
    if isinstance(expression, Call):
        return Call(
            operation=expression.operation,
            arguments=tuple(transform(argument, leaf) for argument in expression.arguments),
        )
    return leaf(expression)


def bind(expression: Expression, row: str | None, column: str | None) -> Expression:
    """The expression as the cell at `row` and `column` reads it: every current row or column filled in."""

    def place(leaf: Expression) -> Expression:
        match leaf:
            case Cell():
                return Cell(table=leaf.table, row=leaf.row or row, column=leaf.column or column)
            case Captured():
                cell = Cell(
                    table=leaf.cell.table, row=leaf.cell.row or row, column=leaf.cell.column or column
                )
                return Captured(function=leaf.function, cell=cell)
            case AddedRows():
                return AddedRows(table=leaf.table, group=leaf.group, column=leaf.column or column)
            case _:
                return leaf

    return transform(expression, place)


def calls(expression: Expression) -> Iterator[Call]:
    """Every operation in it, the outermost first."""
    if isinstance(expression, Call):
        yield expression
        for argument in expression.arguments:
            yield from calls(argument)


def leaves(expression: Expression) -> Iterator[Number | Text | Cell | Captured | AddedRows]:
    """Every node that is not a `Call`, from left to right, with repeats."""
    if isinstance(expression, Call):
        for argument in expression.arguments:
            yield from leaves(argument)
    else:
        yield expression
