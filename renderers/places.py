"""Where a finding stands, in the words of the printed form: "Đất đai › Số hồ sơ nhận giải quyết › Trực tuyến".

Every reader of submissions and every check names places through here, so that a person reads the same words from the
web form, the workbook and the command line. Sheets and workbook cells are the workbook reader's to add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.cells import Layout, PlacedCheck
from compiler.findings import Place
from compiler.template import ColumnGroup, OutlineItem, Row, Section, Table, Template, TextInput
from compiler.values import Address, CaptureKey, GroupKey

_STEP = " › "


class Places:
    """The places of one layout."""

    def __init__(self, layout: Layout) -> None:
        # Cells of other regimes' reports are named by the words of their own form.
        elsewhere = [table for source in layout.template.sources or () for table in source.tables]
        tables = (*layout.template.tables, *elsewhere)
        self._tables = {table.name: table for table in tables}
        self._columns = {table.name: column_words(table) for table in tables}
        self._rows = {table.name: _row_words(table) for table in tables}
        self._added = {
            key: {column.name: column.label for column in group.row.columns}
            for key, group in layout.group_of.items()
        }
        self._texts = {text.name: text.label for text in narratives(layout.template)}

    def table(self, name: str) -> Place:
        """A whole table."""
        return Place(table=name, words=self._tables[name].title)

    def row(self, table: str, row: str) -> Place:
        """A row; of an added group, all its rows."""
        return Place(table=table, row=row, words=self._rows[table][row])

    def column(self, table: str, column: str) -> Place:
        """A column of a table."""
        return Place(table=table, column=column, words=self._columns[table][column])

    def cell(self, address: Address) -> Place:
        """A static cell."""
        table, row, column = address
        words = self._rows[table][row] + _STEP + self._columns[table][column]
        return Place(table=table, row=row, column=column, words=words)

    def added(self, key: GroupKey, index: int, column: str | None = None) -> Place:
        """A self-added row (counted from 1), or one of its cells."""
        words = f"{self._rows[key.table][key.group]} {index}"
        if column is not None:
            words += _STEP + (self._added[key].get(column) or self._columns[key.table][column])
        return Place(table=key.table, row=key.group, column=column, index=index, words=words)

    def text(self, name: str) -> Place:
        """A narrative of the outline."""
        return Place(text=name, words=self._texts[name])

    def check(self, placed: PlacedCheck, index: int | None = None) -> Place:
        """Where a check was made; `index` is the self-added row it looked at, from 1."""
        table = placed.check.table
        if placed.group is not None:
            return self.added(placed.group, index or 1)
        if table is None:
            return Place()
        if placed.row is not None:
            return self.row(table, placed.row)
        if placed.column is not None:
            return self.column(table, placed.column)
        return self.table(table)


def report_words(template: Template, key: CaptureKey) -> str:
    """Which report a captured value is read from: "kỳ trước", "báo cáo Xử lý đơn khiếu nại"."""
    match key.function:
        case "prior":
            return "kỳ trước"
        case "last_year":
            return "cùng kỳ năm trước"
        case "ytd" | "ytd_partial":
            return "các kỳ trước trong năm"
        case "report":
            title = next(each.title for each in template.sources or () if each.regime == key.regime)
            return f"báo cáo {title}"


def column_words(table: Table) -> Mapping[str, str]:
    """Each leaf column's heading path, from the top heading down to its own label."""
    labels = {column.name: column.label for column in table.columns}
    words: dict[str, str] = {}

    def walk(members: tuple[ColumnGroup | str, ...], path: tuple[str, ...]) -> None:
        for member in members:
            if isinstance(member, str):
                words[member] = _STEP.join((*path, labels[member]))
            else:
                walk(member.members, (*path, member.label))

    walk(table.headings, ())
    return words


def narratives(template: Template) -> tuple[TextInput, ...]:
    """The narratives of the outline, in order."""

    def walk(items: tuple[OutlineItem, ...]) -> Iterator[TextInput]:
        for item in items:
            if isinstance(item, TextInput):
                yield item
            elif isinstance(item, Section):
                yield from walk(item.items)

    return tuple(walk(template.outline))


def _row_words(table: Table) -> Mapping[str, str]:
    """Each row's label, after the labels of the rows it is a part of."""
    rows = {row.name: row for row in table.rows}

    def path(row: Row) -> str:
        whole = rows.get(row.whole) if row.whole is not None else None
        return row.label if whole is None else path(whole) + _STEP + row.label

    return {row.name: path(row) for row in table.rows}
