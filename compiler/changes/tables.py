"""What changed in a table: its words, columns, rows and single cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compiler.changes.columns import (
    Here,
    compare_columns,
    compare_days,
    compare_formulas,
    compare_indicators,
    compare_measures,
    compare_rules,
)
from compiler.changes.fields import other_fields
from compiler.changes.matching import Matched, TemplateMatch
from compiler.changes.rules import Change
from compiler.template import CellException, Column, ColumnGroup, Row, StubColumn, Table


def compare_tables(match: TemplateMatch) -> Iterator[Change]:
    """All that changed in the tables of a regime."""

    def change(kind: str, table: Table, **values: str) -> Change:
        return Change(kind=kind, regime=match.new.regime, table=table.name, values=values)

    for table in match.tables.unknown:
        yield change("former_name_unknown", table, name=table.name, former=table.renamed_from or "")
    for table in match.tables.removed:
        yield change("table_removed", table, name=table.name, label=table.title)
    for table in match.tables.added:
        kind = "table_added_required" if _asks(table.columns, table.rows) else "table_added"
        yield change(kind, table, name=table.name, label=table.title)
    for found in match.matches.values():
        yield from _table(Here(match, found))
    if _reordered(match.tables):
        yield Change(kind="order_changed", regime=match.new.regime)


def _asks(columns: Sequence[Column], rows: Sequence[Row]) -> bool:
    """Whether there is a cell among them that must be answered."""
    required = [column for column in columns if column.required and column.formula is None]
    if not required:
        return False
    return any(row.kind in {"fixed", "listed"} and row.formula is None for row in rows)


def _table(here: Here) -> Iterator[Change]:
    old, new = here.table.old, here.table.new
    if old.name != new.name:
        yield here.change("table_renamed", old=old.name, new=new.name)
    words = (
        (":title", old.title, new.title),
        (":form", old.form, new.form),
        (":orientation", old.orientation, new.orientation),
        (":footnotes", old.footnotes, new.footnotes),
        (":headings", _shape(old, here, is_old=True), _shape(new, here, is_old=False)),
        (":stub", _stub(old.stub), _stub(new.stub)),
    )
    for what, before, after in words:
        if before != after:
            yield here.change("table_words", what=what)
    for name in other_fields(old, new):
        yield here.change("something_else", what=name)
    yield from _columns(here, here.table.columns, new.rows)
    yield from _rows(here)
    yield from _exceptions(here)


def _shape(table: Table, here: Here, *, is_old: bool) -> object:
    """The heading tree with the columns that both editions have, in the new edition's names."""
    renamed = here.match.column_names(here.table)
    names = renamed if is_old else {name: name for name in renamed.values()}

    def shape(members: Sequence[ColumnGroup | str]) -> tuple[object, ...]:
        found: list[object] = []
        for member in members:
            if isinstance(member, ColumnGroup):
                inner = shape(member.members)
                if inner:
                    found.append((member.label, inner))
            elif member in names:
                found.append(names[member])
        return tuple(found)

    return shape(table.headings)


def _stub(stub: Sequence[StubColumn]) -> list[tuple[str, str, str]]:
    return [(column.shows, column.label, column.code) for column in stub]


def _columns(here: Here, matched: Matched[Column], rows: Sequence[Row]) -> Iterator[Change]:
    for column in matched.unknown:
        place = replace(here, column=column.name)
        yield place.change("former_name_unknown", name=column.name, former=column.renamed_from or "")
    for column in matched.removed:
        kind = "column_removed" if column.formula is None else "column_removed_computed"
        yield replace(here, column=column.name).change(kind, name=column.name, label=column.label)
    for column in matched.added:
        kind = "column_added_required" if _asks((column,), rows) else "column_added"
        yield replace(here, column=column.name).change(kind, name=column.name, label=column.label)
    for old, new in matched.pairs:
        yield from compare_columns(old, new, replace(here, column=new.name))
    if _reordered(matched):
        yield here.change("order_changed")


def _rows(here: Here) -> Iterator[Change]:
    matched, columns = here.table.rows, here.table.new.columns
    for row in matched.unknown:
        place = replace(here, row=row.name)
        yield place.change("former_name_unknown", name=row.name, former=row.renamed_from or "")
    for row in matched.removed:
        computed = row.formula is not None or row.kind == "heading"
        kind = "row_removed_computed" if computed else "row_removed"
        yield replace(here, row=row.name).change(kind, name=row.name, label=row.label)
    for row in matched.added:
        kind = "row_added_required" if _asks(columns, (row,)) else "row_added"
        yield replace(here, row=row.name).change(kind, name=row.name, label=row.label)
    for old, new in matched.pairs:
        yield from _row(old, new, replace(here, row=new.name))
    if _reordered(matched):
        yield here.change("order_changed")


def _row(old: Row, new: Row, here: Here) -> Iterator[Change]:
    if old.name != new.name:
        yield here.change("row_renamed", old=old.name, new=new.name)
    for what, before, after in (
        (":label", old.label, new.label),
        (":code", old.code, new.code),
        (":note", old.note, new.note),
    ):
        if before != after:
            yield here.change("words_changed", what=what, old=before or ":nothing", new=after or ":nothing")
    if _way(old) != _way(new):
        yield here.change("row_kind", name=new.name, old=old.kind, new=new.kind)
        return
    yield from compare_measures(old.measure, new.measure, here)
    yield from compare_formulas(old.formula, new.formula, here)
    yield from compare_rules(old.over_units, new.over_units, here)
    if old.over_time != new.over_time:
        yield here.change(
            "over_time_changed", old=old.over_time or ":nothing", new=new.over_time or ":nothing"
        )
    yield from compare_indicators(old.indicator, new.indicator, here)
    yield from compare_days(old, new, here)
    for name in other_fields(old, new):
        yield here.change("something_else", what=name)
    if new.kind != "added":
        return
    most, now = old.max_rows or 0, new.max_rows or 0
    if most != now:
        yield here.change("rows_fewer" if now < most else "rows_more", old=str(most), new=str(now))
    own = here.table.own[new.name]
    names = {before.name: after.name for before, after in own.pairs}
    key = None if old.key is None else names.get(old.key, old.key)
    if key != new.key:
        yield here.change("row_key", old=old.key or ":nothing", new=new.key or ":nothing")
    yield from _columns(here, own, ())


def _way(row: Row) -> str:
    """How a row comes about; whether a fixed one comes from a list makes no difference to its data."""
    return "fixed" if row.kind == "listed" else row.kind


def _exceptions(here: Here) -> Iterator[Change]:
    """Cells that depart from their row and column, of rows and columns that both editions have."""
    rows, columns = here.match.row_names(here.table), here.match.column_names(here.table)
    old = {
        (rows[each.row], columns[each.column]): each
        for each in here.table.old.exceptions
        if each.row in rows and each.column in columns
    }
    both = {(row, column) for row in rows.values() for column in columns.values()}
    new = {(each.row, each.column): each for each in here.table.new.exceptions}
    for place in sorted({*old, *new} & both):
        before, after = old.get(place), new.get(place)
        there = replace(here, row=place[0], column=place[1])
        closed, was = _is_closed(after), _is_closed(before)
        if closed != was:
            yield there.change("cell_closed" if closed else "cell_opened")
        elif not closed:
            yield from compare_formulas(
                None if before is None else before.formula, None if after is None else after.formula, there
            )


def _is_closed(exception: CellException | None) -> bool:
    return exception is not None and exception.not_applicable


def _reordered(matched: Matched[Row] | Matched[Column] | Matched[Table]) -> bool:
    """Whether the things that both editions have stand in another order."""
    kept = [id(old) for old, _ in matched.pairs]
    return kept != [id(old) for old in matched.old if id(old) in set(kept)]
