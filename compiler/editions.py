"""The editions of a form: what it is between the days on which its columns and rows come and go.

A column `until 2025-06-30` is on the form for data that closes by that day, and gone from it afterwards. Each edition
is a template of its own, without what is out of force: whoever collects, prints or rolls up reports works on one
edition and knows nothing of dates. A formula that reads what is gone reads a blank there, and a check that can't be
evaluated any more is no longer made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from compiler.formula.expressions import (
    AddedRows,
    Call,
    Captured,
    Cell,
    Expression,
    call,
    leaves,
    number,
)
from compiler.formula.wording import code_row_text
from compiler.template import (
    CellException,
    Chart,
    Check,
    Column,
    ColumnGroup,
    FieldPlace,
    Formula,
    Inserted,
    OutlineItem,
    OverUnits,
    Row,
    Section,
    Sentence,
    Table,
    TablePlace,
    Template,
    TextInput,
)
from dsl.limits import limit

MAXIMUM_EDITIONS = limit("BIEU_MAX_EDITIONS")
"""Editions of one form: a code list of a whole country may change more often, and then the list is not rows."""

BLANK = call("divide", number(1), number(0))
"""A number that is never there."""

UNKNOWN = call("equal", BLANK, number(1))
"""A truth that is never known."""


@dataclass(frozen=True)
class Edition:
    """What a form is for data that closes from `start` to `end`, both included; None is open."""

    start: date | None
    end: date | None
    template: Template

    def holds(self, day: date) -> bool:
        """Whether data that closes on that day is reported on this edition."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


def boundaries(template: Template) -> tuple[date, ...]:
    """The days on which something changes, within the days in force of the whole form, each the first of the new."""
    found: set[date] = set()
    for start, until in _dates(template):
        if start is not None:
            found.add(start)
        if until is not None:
            found.add(until + timedelta(days=1))
    start, end = template.effective_from, template.effective_until
    return tuple(
        day for day in sorted(found) if (start is None or day > start) and (end is None or day <= end)
    )


def editions(template: Template) -> tuple[Edition, ...]:
    """Every edition, the earliest first. A form without dates has one: itself."""
    if not _is_dated(template):
        return (Edition(template.effective_from, template.effective_until, template),)
    starts: list[date | None] = [template.effective_from, *boundaries(template)]
    ends: list[date | None] = [
        *(day - timedelta(days=1) for day in starts[1:] if day is not None),
        template.effective_until,
    ]
    found: list[Edition] = []
    for start, end in zip(starts, ends, strict=True):
        edition = _edition(template, start, end)
        if edition.tables or not template.tables:
            found.append(Edition(start, end, edition))
    return tuple(found)


def _is_dated(template: Template) -> bool:
    return any(start is not None or until is not None for start, until in _dates(template))


def _dates(template: Template) -> Iterator[tuple[date | None, date | None]]:
    """The days in force of everything on the form that may have some."""
    for table in template.tables:
        for column in table.columns:
            yield column.valid_from, column.valid_until
        for row in table.rows:
            yield row.valid_from, row.valid_until
            for own in row.columns:
                yield own.valid_from, own.valid_until


class _Gone:
    """What is not on the form in one edition."""

    def __init__(self, template: Template, start: date | None, end: date | None) -> None:
        self.columns: set[tuple[str, str]] = set()
        self.rows: set[tuple[str, str]] = set()
        for table in template.tables:
            for row in table.rows:
                if not _in_force(row, start, end):
                    self.rows.add((table.name, row.name))
                self._add(table.name, row.columns, start, end)
            self._add(table.name, table.columns, start, end)
        # A heading with nothing under it says nothing.
        for table in template.tables:
            self.rows |= {(table.name, name) for name in _empty_headings(table, self.rows)}

    def _add(self, table: str, columns: Iterable[Column], start: date | None, end: date | None) -> None:
        self.columns |= {(table, column.name) for column in columns if not _in_force(column, start, end)}

    def reads(self, leaf: Expression) -> bool:
        """Whether a leaf of a formula reads a cell that is gone."""
        match leaf:
            case Captured(function="report"):
                return False
            case Captured():
                return self.reads(leaf.cell)
            case Cell():
                return (leaf.table, leaf.row) in self.rows or (leaf.table, leaf.column) in self.columns
            case AddedRows():
                return (leaf.table, leaf.group) in self.rows or (leaf.table, leaf.column) in self.columns
            case _:
                return False


def _in_force(part: Column | Row, start: date | None, end: date | None) -> bool:
    """Whether a part stands on the edition: nothing comes or goes within one."""
    if part.valid_from is not None and (start is None or start < part.valid_from):
        return False
    return part.valid_until is None or (end is not None and end <= part.valid_until)


def _empty_headings(table: Table, gone: set[tuple[str, str]]) -> Iterable[str]:
    """The section rows of a table under which no row is left."""
    kept: list[Row] = []
    for row in reversed(table.rows):
        if (table.name, row.name) in gone:
            continue
        if row.kind == "heading" and not (kept and kept[-1].depth > row.depth):
            yield row.name
        else:
            kept.append(row)


def _edition(template: Template, start: date | None, end: date | None) -> Template:
    gone = _Gone(template, start, end)
    pruned = (_table(table, gone) for table in template.tables)
    tables = tuple(table for table in pruned if table.rows and _has_columns(table))
    names = {table.name for table in tables}
    gone.rows |= {
        (table.name, row.name) for table in template.tables if table.name not in names for row in table.rows
    }
    return template.model_copy(
        update={
            "effective_from": start,
            "effective_until": end,
            "tables": tables,
            "checks": tuple(
                kept for check in template.checks if (kept := _check(check, tables, gone)) is not None
            ),
            "outline": _outline(template.outline, names, gone),
            "charts": tuple(drawn for chart in template.charts if (drawn := _chart(chart, gone)) is not None),
        }
    )


def _has_columns(table: Table) -> bool:
    return bool(table.columns) or any(row.columns for row in table.rows)


def _table(table: Table, gone: _Gone) -> Table:
    codes = {column.name: column.code for column in table.columns}
    columns = tuple(
        _column(column, codes, gone)
        for column in table.columns
        if (table.name, column.name) not in gone.columns
    )
    rows = tuple(
        _row(table.name, row, codes, gone) for row in table.rows if (table.name, row.name) not in gone.rows
    )
    exceptions = tuple(
        _exception(item, gone)
        for item in table.exceptions
        if (table.name, item.row) not in gone.rows and (table.name, item.column) not in gone.columns
    )
    return table.model_copy(
        update={
            "headings": _headings(table.headings, {column.name for column in columns}),
            "columns": columns,
            "rows": rows,
            "exceptions": exceptions,
        }
    )


def _headings(members: tuple[ColumnGroup | str, ...], kept: set[str]) -> tuple[ColumnGroup | str, ...]:
    found: list[ColumnGroup | str] = []
    for member in members:
        if isinstance(member, str):
            if member in kept:
                found.append(member)
        elif parts := _headings(member.members, kept):
            found.append(ColumnGroup(label=member.label, members=parts))
    return tuple(found)


def _column(column: Column, codes: dict[str, str], gone: _Gone) -> Column:
    formula = _formula(column.formula, gone)
    sides = (formula.expression, *formula.chain) if formula is not None else ()
    code_text = column.code_text
    if formula != column.formula:
        code_text = code_row_text(column.code, sides, lambda name: codes.get(name, ""))
    rule = column.over_units
    if rule.weight is not None and any(name == rule.weight for _, name in gone.columns):
        rule = OverUnits(rule="mean")
    return column.model_copy(
        update={
            "valid_from": None,
            "valid_until": None,
            "formula": formula,
            "code_text": code_text,
            "over_units": rule,
        }
    )


def _row(table: str, row: Row, codes: dict[str, str], gone: _Gone) -> Row:
    kept = tuple(
        _column(column, codes, gone) for column in row.columns if (table, column.name) not in gone.columns
    )
    return row.model_copy(
        update={
            "valid_from": None,
            "valid_until": None,
            "formula": _formula(row.formula, gone),
            "whole": None if (table, row.whole) in gone.rows else row.whole,
            "key": None if (table, row.key) in gone.columns else row.key,
            "columns": kept,
        }
    )


def _exception(item: CellException, gone: _Gone) -> CellException:
    return item.model_copy(update={"formula": _formula(item.formula, gone)})


def _formula(formula: Formula | None, gone: _Gone) -> Formula | None:
    if formula is None:
        return None
    chain = tuple(made for side in formula.chain if (made := without(side, gone)) != BLANK)
    return formula.model_copy(update={"expression": without(formula.expression, gone), "chain": chain})


def _check(check: Check, tables: tuple[Table, ...], gone: _Gone) -> Check | None:
    """The check as far as it can still be made; None where it can't."""
    condition = without(check.condition, gone)
    if condition == UNKNOWN or (check.table is not None and all(t.name != check.table for t in tables)):
        return None
    # A generated check says how cells hang together: without one of its sides there is nothing to say.
    if check.origin != "written" and isinstance(condition, Call) and BLANK in condition.arguments:
        return None
    rows = tuple(name for name in check.rows if (check.table or "", name) not in gone.rows)
    columns = tuple(name for name in check.columns if (check.table or "", name) not in gone.columns)
    if (check.rows and not rows) or (check.columns and not columns):
        return None
    return check.model_copy(update={"condition": condition, "rows": rows, "columns": columns})


def _chart(chart: Chart, gone: _Gone) -> Chart | None:
    """The chart of what is left; None where nothing is."""
    if gone.reads(chart.value):
        return None
    if chart.rows is None:
        return chart
    rows = tuple(row for row in chart.rows if (chart.value.table, row) not in gone.rows)
    return chart.model_copy(update={"rows": rows}) if rows else None


def _outline(items: tuple[OutlineItem, ...], tables: set[str], gone: _Gone) -> tuple[OutlineItem, ...]:
    kept: list[OutlineItem] = []
    for item in items:
        match item:
            case TablePlace():
                if item.table in tables:
                    kept.append(item)
            case Section():
                items_left = _outline(item.items, tables, gone)
                when = None if item.shown_when is None else without(item.shown_when, gone)
                kept.append(item.model_copy(update={"items": items_left, "shown_when": when}))
            case FieldPlace():
                if not gone.reads(item.cell):
                    when = None if item.shown_when is None else without(item.shown_when, gone)
                    kept.append(item.model_copy(update={"shown_when": when}))
            case TextInput():
                when = None if item.required_when is None else without(item.required_when, gone)
                kept.append(item.model_copy(update={"required_when": when}))
            case Sentence():
                parts = (part if isinstance(part, str) else _inserted(part, gone) for part in item.parts)
                kept.append(Sentence(parts=tuple(parts)))
            case _:
                kept.append(item)
    return tuple(kept)


def _inserted(part: Inserted, gone: _Gone) -> Inserted:
    captured = None if part.captured is None else without(part.captured, gone)
    return part.model_copy(update={"expression": without(part.expression, gone), "captured": captured})


_SKIPS_BLANKS = {"add", "sum", "min", "max", "mean", "count"}
_COMPARES = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
_STRICT = {"multiply", "divide", "convert", "negate", "abs", "round", "cumulate"}


def without(expression: Expression, gone: _Gone) -> Expression:
    """The expression with every cell that is gone read as blank: the same value, as short as it can be said."""
    if not any(gone.reads(leaf) for leaf in leaves(expression)):
        return expression
    if not isinstance(expression, Call):
        return BLANK
    operation = expression.operation
    arguments = tuple(without(argument, gone) for argument in expression.arguments)
    if operation in _SKIPS_BLANKS:
        present = tuple(argument for argument in arguments if argument != BLANK)
        if not present:
            return number(0) if operation == "count" else BLANK
        if len(present) == 1 and operation not in {"count", "mean"} and not isinstance(present[0], AddedRows):
            return present[0]
        return call("sum" if operation == "add" and len(present) != 2 else operation, *present)
    if operation == "subtract" and BLANK in arguments:
        left, right = arguments
        return left if right == BLANK else call("negate", right)
    if operation in _STRICT and BLANK in arguments:
        return BLANK
    if operation in _COMPARES and BLANK in arguments:
        return UNKNOWN
    if operation in {"and", "or", "not"} and all(argument == UNKNOWN for argument in arguments):
        return UNKNOWN
    if operation == "if" and arguments[0] == UNKNOWN:
        return UNKNOWN if UNKNOWN in arguments[1:] else BLANK
    return call(operation, *arguments)
