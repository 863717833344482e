"""A table of the report as printed cells: what stands in every heading, code, body and note cell, for paper alone.

One `Sheet` is one table on the page. How wide its columns are, and whether a table must be cut into several sheets
side by side, is decided in `fitting.py`; how it looks, in `templates/table.html.jinja` and `report.css`.

Self-added rows bring columns of their own. Paper has no room to add those to every other row, so they share the place
of the row label: its column is divided under a heading row of the group. A table that is nothing but one such group
has them in its heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from compiler.cells import HeadingCell, Layout, PlacedCell, heading_grid
from compiler.numbers import format_number
from compiler.template import Column, ColumnGroup, Row, StubColumn, Table, ValueType
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.sentences import code_label, measure_label, printed_date

Align = Literal["number", "centre", "text", "crossed"]
RowLook = Literal["plain", "total", "group", "own"]

SPARE_ROWS = 8
"""Empty rows printed for self-added rows in a blank form."""

NOT_APPLICABLE = "x"


@dataclass(frozen=True)
class PrintedCell:
    """One cell. `heads` makes it the heading of its row, or in a row of headings, of its column.

    `depth` indents a label; `note` is a footnote's number.
    """

    text: str = ""
    align: Align = "text"
    colspan: int = 1
    heads: bool = False
    depth: int = 0
    note: int | None = None


@dataclass(frozen=True)
class PrintedRow:
    """One row of the body. Looks: a total is bold, `group` names self-added rows, `own` heads their own columns."""

    cells: tuple[PrintedCell, ...]
    look: RowLook = "plain"


@dataclass(frozen=True)
class PrintedHeading:
    """One cell of the heading."""

    text: str
    colspan: int
    rowspan: int
    note: int | None = None


@dataclass(frozen=True)
class Leaf:
    """A column of the printed grid, as far as its width needs it: its heading, code and longest content."""

    role: Literal["ordinal", "label", "number", "short", "text"]
    heading: str
    code: str = ""
    contents: tuple[str, ...] = ()
    column: str | None = None
    """The data column's name; None in the stub."""


@dataclass(frozen=True)
class Sheet:
    """One printed table: heading rows, code row (empty: none), body, and the grid its widths are found on."""

    heading: tuple[tuple[PrintedHeading, ...], ...]
    codes: tuple[PrintedCell, ...]
    rows: tuple[PrintedRow, ...]
    leaves: tuple[Leaf, ...]
    spans: tuple[tuple[str, int, int], ...]
    """Headings over several leaves: text, first leaf, number of leaves."""


@dataclass(frozen=True)
class _Stub:
    """The left of the grid: for each stub column how many leaves it takes, and what heads them."""

    columns: tuple[tuple[StubColumn, int], ...]
    own_in_heading: tuple[Column, ...] = ()

    @property
    def label_leaves(self) -> int:
        """How many leaves the row label spans."""
        return sum(count for column, count in self.columns if column.shows == "label")


@dataclass
class Notes:
    """Footnotes of one table: the author's own, then those of rows and columns, numbered as they are met."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int | None:
        """The number under which the note is printed; None for no note. Equal notes share one."""
        if not text:
            return None
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def shown(value: Scalar | None, type: ValueType, layout: Layout) -> str:
    """A value as printed in a cell; blank shows nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "Có" if value else "Không"
        case int():
            return format_number(value, type)
        case str() if type.kind == "date":
            return printed_date(value)
        case str() if type.kind == "choice":
            return code_label(layout.template.code_lists, type.code_list, value)
        case str():
            return value


def sheet(
    table: Table, layout: Layout, values: Values | None, notes: Notes, only: frozenset[str] | None = None
) -> Sheet:
    """The table as one sheet, to fill by hand where `values` is None.

    `only` keeps some of its data columns; the stub always stays.
    """
    if only is not None:
        table = table.model_copy(
            update={
                "headings": _pruned(table.headings, only),
                "columns": tuple(column for column in table.columns if column.name in only),
            }
        )
    builder = _Builder(table, layout, values, notes)
    return builder.sheet()


def _pruned(members: tuple[ColumnGroup | str, ...], only: frozenset[str]) -> tuple[ColumnGroup | str, ...]:
    """The heading tree with the leaves of `only`, and the groups that still have any."""
    kept: list[ColumnGroup | str] = []
    for member in members:
        if isinstance(member, str):
            if member in only:
                kept.append(member)
        elif parts := _pruned(member.members, only):
            kept.append(ColumnGroup(label=member.label, members=parts))
    return tuple(kept)


class _Builder:
    """Builds one sheet; holds what its parts share."""

    def __init__(self, table: Table, layout: Layout, values: Values | None, notes: Notes) -> None:
        self.table = table
        self.layout = layout
        self.values = values
        self.notes = notes
        self.groups = tuple(row for row in table.rows if row.kind == "added")
        self.stub = self._stub()
        self.stub_leaves = sum(count for _, count in self.stub.columns)
        self.placed: Mapping[Address, PlacedCell] = layout.by_address

    def sheet(self) -> Sheet:
        """All of it. The body comes first: widths and headings ask what stands in it."""
        rows = tuple(self._rows())
        heading, spans = self._heading()
        return Sheet(heading, self._codes(), rows, self._leaves(rows), spans)

    def _stub(self) -> _Stub:
        own = max((len(row.columns) for row in self.groups), default=0)
        listed_only = len(self.groups) == 1 and all(
            row.total for row in self.table.rows if row.kind != "added"
        )
        columns = [(column, max(own, 1) if column.shows == "label" else 1) for column in self.table.stub]
        if own and not any(column.shows == "label" for column in self.table.stub):
            columns.append((StubColumn(label="", shows="label"), own))
        return _Stub(tuple(columns), self.groups[0].columns if listed_only else ())

    # -- heading ---------------------------------------------------------------------------------------------------

    def _heading(self) -> tuple[tuple[tuple[PrintedHeading, ...], ...], tuple[tuple[str, int, int], ...]]:
        grid = heading_grid(self.table)
        height = len(grid)
        columns = {column.name: column for column in self.table.columns}
        first: list[PrintedHeading] = []
        for stub_column, count in self.stub.columns:
            if stub_column.shows == "label" and self.stub.own_in_heading:
                first += [self._column_heading(column, height) for column in self.stub.own_in_heading]
            else:
                first.append(PrintedHeading(stub_column.label, count, height))
        rows: list[list[PrintedHeading]] = [first, *([] for _ in range(height - 1))]
        for row, cells in zip(rows, grid, strict=True):
            for cell in cells:
                if cell.column is None:
                    row.append(PrintedHeading(cell.label, cell.colspan, cell.rowspan))
                else:
                    row.append(self._column_heading(columns[cell.column], cell.rowspan))
        return tuple(tuple(row) for row in rows), tuple(self._spans(grid))

    def _column_heading(self, column: Column, rowspan: int) -> PrintedHeading:
        return PrintedHeading(self._heading_text(column), 1, rowspan, self.notes.number(column.note))

    def _heading_text(self, column: Column) -> str:
        """The label, with the measure where it is not the table's."""
        if column.measure is None or column.measure == self.table.measure:
            return column.label
        return f"{column.label} ({measure_label(self.layout.template, column.measure)})"

    def _spans(self, grid: tuple[tuple[HeadingCell, ...], ...]) -> Iterator[tuple[str, int, int]]:
        """Every heading over several leaves and where it stands, walking the tree as the grid does."""

        def walk(members: tuple[ColumnGroup | str, ...], at: int) -> Iterator[tuple[str, int, int]]:
            for member in members:
                if isinstance(member, str):
                    at += 1
                else:
                    width = _width(member)
                    yield member.label, at, width
                    yield from walk(member.members, at)
                    at += width

        yield from walk(self.table.headings, self.stub_leaves)

    def _codes(self) -> tuple[PrintedCell, ...]:
        cells = [PrintedCell(column.code, "centre", count) for column, count in self.stub.columns]
        cells += [PrintedCell(column.code_text, "centre") for column in self.table.columns]
        return tuple(cells) if any(cell.text for cell in cells) else ()

    # -- body ------------------------------------------------------------------------------------------------------

    def _rows(self) -> Iterator[PrintedRow]:
        ordinal = 0
        for row in self.table.rows:
            if row.kind == "added":
                yield from self._added(row)
                continue
            if row.kind == "heading":
                heads = PrintedCell(colspan=len(self.table.columns))
                yield PrintedRow((*self._stub_cells(row, ""), heads), "group")
                continue
            if not row.total:
                ordinal += 1
            stub = self._stub_cells(row, "" if row.total else str(ordinal))
            data = [self._cell(row, column) for column in self.table.columns]
            yield PrintedRow((*stub, *data), "total" if row.total else "plain")

    def _stub_cells(self, row: Row, ordinal: str) -> Iterator[PrintedCell]:
        for column, count in self.stub.columns:
            match column.shows:
                case "ordinal":
                    yield PrintedCell(ordinal, "centre")
                case "code":
                    yield PrintedCell(row.code, "centre")
                case "measure":
                    yield PrintedCell(measure_label(self.layout.template, row.measure), "centre")
                case "label":
                    note = self.notes.number(row.note)
                    yield PrintedCell(row.label, "text", count, heads=True, depth=row.depth, note=note)

    def _cell(self, row: Row, column: Column) -> PrintedCell:
        address = Address(self.table.name, row.name, column.name)
        if self.placed[address].kind == "not_applicable":
            return PrintedCell(NOT_APPLICABLE, "crossed")
        value = None if self.values is None else self.values.cells.get(address)
        return PrintedCell(shown(value, column.type, self.layout), _align(column.type))

    def _added(self, row: Row) -> Iterator[PrintedRow]:
        """The group's own heading, where the table's heading doesn't have it, and its rows or room for them."""
        if not self.stub.own_in_heading:
            yield from self._group_heading(row)
        if self.values is None:
            entries: tuple[Mapping[str, Scalar], ...] = ({},) * min(SPARE_ROWS, row.max_rows or SPARE_ROWS)
        else:
            entries = self.values.added.get(GroupKey(self.table.name, row.name), ()) or ({},)
        for index, entry in enumerate(entries, start=1):
            number = "" if not entry and self.values is not None else str(index)
            yield PrintedRow((*self._added_stub(row, entry, number), *self._added_data(entry)))

    def _group_heading(self, row: Row) -> Iterator[PrintedRow]:
        data = len(self.table.columns)
        if row.label:
            yield PrintedRow((*self._stub_cells(row, ""), PrintedCell(colspan=data)), "group")
        if row.columns:
            cells: list[PrintedCell] = []
            for column, count in self.stub.columns:
                if column.shows == "label":
                    heads = [PrintedCell(self._heading_text(own), heads=True) for own in row.columns]
                    cells += _stretched(heads, count)
                else:
                    cells.append(PrintedCell())
            yield PrintedRow((*cells, PrintedCell(colspan=data)), "own")

    def _added_stub(self, row: Row, entry: Mapping[str, Scalar], number: str) -> Iterator[PrintedCell]:
        for stub_column, count in self.stub.columns:
            if stub_column.shows == "measure":
                yield PrintedCell(measure_label(self.layout.template, row.measure), "centre")
            elif stub_column.shows != "label":
                yield PrintedCell(number, "centre")
            elif not row.columns:
                yield PrintedCell(colspan=count)
            else:
                cells = [
                    PrintedCell(shown(entry.get(own.name), own.type, self.layout), _align(own.type))
                    for own in row.columns
                ]
                yield from _stretched(cells, count)

    def _added_data(self, entry: Mapping[str, Scalar]) -> Iterator[PrintedCell]:
        for column in self.table.columns:
            yield PrintedCell(shown(entry.get(column.name), column.type, self.layout), _align(column.type))

    # -- what widths need ------------------------------------------------------------------------------------------

    def _leaves(self, rows: tuple[PrintedRow, ...]) -> tuple[Leaf, ...]:
        contents: list[list[str]] = [[] for _ in range(self.stub_leaves + len(self.table.columns))]
        for row in rows:
            at = 0
            for cell in row.cells:
                # A cell over several leaves may use the room of all; it asks the first for its even share.
                if cell.colspan == 1 and cell.text:
                    contents[at].append(cell.text)
                at += cell.colspan
        leaves: list[Leaf] = []
        own = self.stub.own_in_heading or max((row.columns for row in self.groups), key=len, default=())
        for stub_column, count in self.stub.columns:
            for part in range(count):
                found = tuple(contents[len(leaves)])
                if stub_column.shows != "label":
                    leaves.append(Leaf("ordinal", stub_column.label, stub_column.code, found))
                elif part < len(own):
                    leaves.append(Leaf(_role(own[part].type), self._measured_heading(own[part]), "", found))
                else:
                    leaves.append(Leaf("label", stub_column.label, stub_column.code, found))
        for column in self.table.columns:
            found = tuple(contents[len(leaves)])
            heading = self._measured_heading(column)
            leaves.append(Leaf(_role(column.type), heading, column.code_text, found, column.name))
        return tuple(leaves)

    def _measured_heading(self, column: Column) -> str:
        """The heading with the mark of its note, which stays on the last word's line."""
        note = self.notes.number(column.note)
        return self._heading_text(column) + (f"({note})" if note else "")


def _stretched(cells: list[PrintedCell], count: int) -> list[PrintedCell]:
    """Cells of own columns over the `count` leaves of the label: the last one takes what is left."""
    return [*cells[:-1], replace(cells[-1], colspan=count - len(cells) + 1)]


def _width(member: ColumnGroup | str) -> int:
    return 1 if isinstance(member, str) else sum(_width(part) for part in member.members)


def _align(type: ValueType) -> Align:
    if type.is_number:
        return "number"
    return "centre" if type.kind in {"date", "boolean"} else "text"


def _role(type: ValueType) -> Literal["number", "short", "text"]:
    if type.is_number:
        return "number"
    return "short" if type.kind in {"date", "boolean"} else "text"
