"""A witness as the small filled form that a person is shown: the columns that matter, the rows with values in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from compiler.cells import Layout
from compiler.formula.expressions import Captured, CaptureFunction, leaves
from compiler.proofs.facts import ColumnKey
from compiler.proofs.witness import Witness
from compiler.template import Column, Row, Table, ValueType
from compiler.values import Address, GroupKey, Scalar, to_decimal
from dsl.diagnostics import Amount, FilledRow, FilledTable, Shown

MOST_COLUMNS = 14
"""Columns of a table that is shown."""

MOST_ROWS = 8
"""Rows of a table that is shown."""


def filled_tables(
    layout: Layout, witness: Witness, columns: Collection[ColumnKey], failing: str
) -> tuple[FilledTable, ...]:
    """The tables with a value in one of these columns; where the check `failing` fails is marked."""
    condition = next(check.condition for check in layout.template.checks if check.name == failing)
    earlier = {leaf.function for leaf in leaves(condition) if isinstance(leaf, Captured)}
    found = []
    elsewhere = (table for source in layout.template.sources or () for table in source.tables)
    for table in (*layout.template.tables, *elsewhere):
        shown = [column for column in _columns(table) if (table.name, column.name) in columns][:MOST_COLUMNS]
        rows = list(_chosen(list(_rows(table, witness, shown, failing, earlier))))
        # Columns that only other rows have are of no use.
        kept = [index for index in range(len(shown)) if any(cells[index] is not None for _, cells in rows)]
        if kept:
            found.append(
                FilledTable(
                    table.title,
                    tuple(_heading(shown[index]) for index in kept),
                    tuple(
                        FilledRow(row.label, tuple(cells[index] for index in kept), row.earlier, row.fails)
                        for row, cells in rows
                    ),
                )
            )
    return tuple(found)


_WORDS: Mapping[CaptureFunction, Literal["prior", "last_year", "ytd", "report"]] = {
    "prior": "prior",
    "last_year": "last_year",
    "ytd": "ytd",
    "ytd_partial": "ytd",
    "report": "report",
}

_Line = tuple[FilledRow, Sequence[Shown]]


def _columns(table: Table) -> Iterator[Column]:
    yield from table.columns
    for row in table.rows:
        yield from row.columns


def _rows(
    table: Table,
    witness: Witness,
    columns: Sequence[Column],
    failing: str,
    earlier: Collection[CaptureFunction],
) -> Iterator[_Line]:
    """Each row, with what it holds in these columns."""
    values = witness.values
    wrong = {
        (
            outcome.placed.group.group if outcome.placed.group is not None else outcome.placed.row,
            outcome.index,
        )
        for outcome in witness.fails(failing)
        if outcome.placed.check.table == table.name
    }
    for row in table.rows:
        if row.kind == "added":
            for index, added in enumerate(values.added.get(GroupKey(table.name, row.name), ()), start=1):
                label = FilledRow(f"{_name(row)} {index}", (), fails=(row.name, index) in wrong)
                yield label, _cells(columns, added)
            continue
        here: Mapping[str, Scalar] = {
            column.name: value
            for column in columns
            if (value := values.cells.get(Address(table.name, row.name, column.name))) is not None
        }
        yield FilledRow(_name(row), (), fails=(row.name, None) in wrong), _cells(columns, here)
        for function in sorted(earlier):
            then = {
                key.address.column: value
                for key, value in values.captured.items()
                if (key.function, key.address.table, key.address.row) == (function, table.name, row.name)
                and value is not None
            }
            yield FilledRow(_name(row), (), _WORDS[function]), _cells(columns, then)


def _cells(columns: Sequence[Column], values: Mapping[str, Scalar]) -> Sequence[Shown]:
    return [_shown(values.get(column.name), column.type) for column in columns]


def _chosen(rows: list[_Line]) -> Iterator[_Line]:
    """The rows with anything in them; of too many those first where the check fails."""
    answered = [line for line in rows if any(cell is not None for cell in line[1])]
    if len(answered) > MOST_ROWS:
        first = [line for line in answered if line[0].fails]
        kept = [*first, *(line for line in answered if not line[0].fails)][:MOST_ROWS]
        answered = [line for line in answered if line in kept]
    yield from answered


def _name(row: Row) -> str:
    return f"{row.code} {row.label}" if row.code else row.label


def _heading(column: Column) -> str:
    return f"({column.code})" if column.code else column.name


def _shown(value: Scalar | None, type: ValueType) -> Shown:
    if isinstance(value, int) and not isinstance(value, bool):
        number: Decimal = to_decimal(value, type.scale)
        return Amount(number * 100, True) if type.kind == "percent" else Amount(number)
    return value
