"""Where everything stands in a workbook: the sheets, and on them every cell, block, narrative, check and hidden value.

`write.py` draws what is planned here. `read.py` finds cells by their names, which move with them, and takes from here
what there is to find and how a person calls it. The plan is the template's alone, but for the number of spare rows,
which grows with the rows a report already has.

A table's sheet, from left to right: the stub columns, right after the label as many further columns as self-added
rows need for columns of their own, the data columns, and outside the printed form a column that says which checks
fail. A table that is one group of self-added rows and nothing but totals has their columns in its heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.cells import AddedColumn, AddedGroup, HeadingCell, Layout, heading_grid
from compiler.template import Column, Row, StubColumn, Table, TextInput
from compiler.values import Address, CaptureKey, GroupKey, Values
from renderers.xlsx.look import code_width, longest_word
from renderers.xlsx.names import Block, Spot, sheet_titles
from renderers.xlsx.outline import OutlineLine, outline_lines

COVER, OUTLINE, CHECKS = "Hướng dẫn", "Thuyết minh", "Kiểm tra"
CODES, HELPERS, EARLIER, IDENTITY = "Danh mục", "Tính", "Kỳ trước", "_bieu"
"""The hidden sheets: code lists, intermediate results, values of earlier periods, and what the workbook is."""

SHOWN_ROWS = 30
"""Spare rows for self-added rows that are in sight."""

SPARE_ROWS = 200
"""Spare rows in all, as far as the form allows so many; those out of sight are hidden rows."""

HEADER_ROWS = 4
FIRST_CHECK = 5
FIRST_CAPTURE = 2

_STUB_WIDTH = {"ordinal": 7.0, "code": 9.0, "measure": 12.0}

_PORTRAIT_WIDTH, _LANDSCAPE_WIDTH = 92.0, 138.0
"""Characters of 12 pt that fill the page between its margins."""

_LABEL_WIDTH, _DATA_WIDTH = 42.0, 16.0
"""Comfortable widths where the page has room."""


@dataclass(frozen=True)
class SheetColumn:
    """One column of a table's sheet. `data` is set on data columns, `stub` on stub columns; others are spare."""

    width: float
    stub: StubColumn | None = None
    data: Column | None = None


@dataclass(frozen=True)
class Band:
    """A fixed row at `top`, or a group of self-added rows: the rows `top` to `top + size - 1`, `shown` in sight.

    `title` and `heading` are the rows above a group that name it and its own columns, where it has such rows.
    """

    row: Row
    top: int
    ordinal: str = ""
    group: AddedGroup | None = None
    size: int = 1
    shown: int = 1
    title: int | None = None
    heading: int | None = None


@dataclass(frozen=True)
class TablePlan:
    """The sheet of one table; rows and columns count from 1."""

    table: Table
    title: str
    landscape: bool
    columns: tuple[SheetColumn, ...]
    grid: tuple[tuple[HeadingCell, ...], ...]
    heading: int
    code_row: int | None
    bands: tuple[Band, ...]
    label: tuple[int, int] | None
    """First and last column of a fixed row's label; None where the stub shows none."""
    data: int
    """The first data column."""
    listing: AddedGroup | None
    """The group whose own columns stand in the heading."""

    @property
    def last(self) -> int:
        """The last column of the printed form."""
        return len(self.columns)

    @property
    def remarks(self) -> int:
        """The column that says which checks a row fails."""
        return self.last + 1

    @property
    def body(self) -> int:
        """The first row under the heading."""
        return self.heading + max(len(self.grid), 1) + (self.code_row is not None)

    @property
    def end(self) -> int:
        """The last row of the body."""
        return max((band.top + band.size - 1 for band in self.bands), default=self.body - 1)

    def width(self, first: int, last: int) -> float:
        """Characters that fit into the columns from `first` to `last`."""
        return sum(column.width for column in self.columns[first - 1 : last])

    def own(self, group: AddedGroup, index: int) -> tuple[int, int]:
        """First and last sheet column of a self-added row's column `index`; the last own one takes what is left."""
        count = len(group.row.columns)
        if index >= count:
            return self.data + index - count, self.data + index - count
        start = self.own_start
        return start + index, self.data - 1 if index == count - 1 and self._extras_last else start + index

    @property
    def own_start(self) -> int:
        """The sheet column where self-added rows' own columns begin."""
        if self.label is not None and self.listing is None:
            return self.label[0]
        return next(
            (number for number, column in enumerate(self.columns, 1) if column.stub is None), self.last + 1
        )

    @property
    def _extras_last(self) -> bool:
        return self.data > 1 and (self.columns[self.data - 2].stub is None or self.own_start == self.data - 1)


@dataclass(frozen=True)
class CodePlace:
    """A code list on its hidden sheet: what the unit chooses beside its code, row for row."""

    labels: Block
    codes: Block


class Book:
    """The plan of a workbook for a layout; `values` are those it will be filled with."""

    def __init__(self, layout: Layout, values: Values | None = None) -> None:
        self.layout = layout
        template = layout.template
        taken = (COVER, OUTLINE, CHECKS, CODES, HELPERS, EARLIER, IDENTITY)
        titles = sheet_titles((_wanted_title(table) for table in template.tables), taken)
        added = values.added if values is not None else {}
        self.tables: Mapping[str, TablePlan] = {
            table.name: _plan(table, title, layout, added)
            for table, title in zip(template.tables, titles, strict=True)
        }
        self.cells: Mapping[Address, Spot] = dict(self._cells())
        self.blocks: Mapping[tuple[GroupKey, str], Block] = dict(self._blocks())
        self.checks: tuple[Spot, ...] = tuple(
            Spot(CHECKS, FIRST_CHECK + number, 6) for number in range(len(layout.checks))
        )
        self.captures: Mapping[CaptureKey, Spot] = {
            key: Spot(EARLIER, FIRST_CAPTURE + number, 3) for number, key in enumerate(layout.captures)
        }
        self.outline: tuple[OutlineLine, ...] = outline_lines(template.outline)
        self.texts: Mapping[str, tuple[Spot, ...]] = {
            line.item.name: tuple(Spot(OUTLINE, row, 1) for row in line.cells)
            for line in self.outline
            if isinstance(line.item, TextInput)
        }
        self.codes: Mapping[str, CodePlace] = {
            codes.name: CodePlace(
                Block(CODES, 2 * number + 1, 2, len(codes.codes) + 1),
                Block(CODES, 2 * number + 2, 2, len(codes.codes) + 1),
            )
            for number, codes in enumerate(template.code_lists)
            if codes.codes
        }

    def band_cells(self, plan: TablePlan, band: Band) -> Iterator[tuple[AddedColumn, Block]]:
        """The blocks of a group, each with its column."""
        if band.group is not None:
            for added in band.group.columns:
                column = plan.own(band.group, added.index)[0]
                yield added, Block(plan.title, column, band.top, band.top + band.size - 1)

    def _cells(self) -> Iterator[tuple[Address, Spot]]:
        for plan in self.tables.values():
            for band in plan.bands:
                if band.group is None and band.row.kind != "heading":
                    for number, column in enumerate(plan.table.columns):
                        address = Address(plan.table.name, band.row.name, column.name)
                        yield address, Spot(plan.title, band.top, plan.data + number)

    def _blocks(self) -> Iterator[tuple[tuple[GroupKey, str], Block]]:
        for plan in self.tables.values():
            for band in plan.bands:
                for added, block in self.band_cells(plan, band):
                    assert band.group is not None  # only a group has blocks
                    yield (band.group.key, added.column.name), block


def grid_places(grid: Sequence[Sequence[HeadingCell]]) -> Iterator[tuple[int, int, HeadingCell]]:
    """Each heading cell with its row and column in the grid, both counted from 0."""
    reached: list[int] = [0] * (sum(cell.colspan for cell in grid[0]) if grid else 0)
    for level, cells in enumerate(grid):
        position = 0
        for cell in cells:
            # A cell from further up reaches down here: the next one starts after it.
            while reached[position] > level:
                position += 1
            yield level, position, cell
            for covered in range(position, position + cell.colspan):
                reached[covered] = level + cell.rowspan
            position += cell.colspan


def _wanted_title(table: Table) -> str:
    """A sheet's title before it is made valid: the form's number, "Biểu II.06a", or the table's title."""
    number = table.form.split("/")[0].strip()
    if not number:
        return table.title or table.name
    return number if number.casefold().startswith(("biểu", "mẫu")) else f"Biểu {number}"


def _plan(table: Table, title: str, layout: Layout, added: Mapping[GroupKey, Sequence[object]]) -> TablePlan:
    groups = [layout.group_of[GroupKey(table.name, row.name)] for row in table.rows if row.kind == "added"]
    listing = None
    if (
        len(groups) == 1
        and all(row.total for row in table.rows if row.kind != "added")
        and groups[0].row.columns
    ):
        listing = groups[0]
    columns, label, data = _columns(table, groups, listing)
    landscape = _landscape(table, columns)
    grid = heading_grid(table) if table.headings else ()
    heading = HEADER_ROWS + 2
    coded = any(stub.code for stub in table.stub) or any(column.code_text for column in table.columns)
    code_row = heading + max(len(grid), 1) if coded else None
    return TablePlan(
        table=table,
        title=title,
        landscape=landscape,
        columns=_spread(columns, _LANDSCAPE_WIDTH if landscape else _PORTRAIT_WIDTH),
        grid=grid,
        heading=heading,
        code_row=code_row,
        bands=tuple(_bands(table, layout, listing, added, heading + max(len(grid), 1) + coded)),
        label=label,
        data=data,
        listing=listing,
    )


def _columns(
    table: Table, groups: Sequence[AddedGroup], listing: AddedGroup | None
) -> tuple[list[SheetColumn], tuple[int, int] | None, int]:
    """The sheet's columns in natural width, the span of a row's label, and the first data column."""
    own = [group.row.columns for group in groups]
    columns: list[SheetColumn] = []
    label: tuple[int, int] | None = None

    def spare(first: int) -> None:
        for place in range(first, max((len(part) for part in own), default=0)):
            columns.append(SheetColumn(max(_natural(part[place]) for part in own if place < len(part))))

    for stub in table.stub:
        if stub.shows != "label":
            columns.append(SheetColumn(_STUB_WIDTH[stub.shows], stub))
        elif listing is None and label is None:
            start = len(columns) + 1
            columns.append(SheetColumn(_label_width(table, own), stub))
            spare(1)
            label = (start, len(columns))
    if label is None:
        start = len(columns) + 1
        spare(0)
        if len(columns) >= start:
            label = (start, len(columns))
    data = len(columns) + 1
    columns += [SheetColumn(_natural(column), data=column) for column in table.columns]
    return columns, label, data


def _label_width(table: Table, own: Sequence[Sequence[Column]]) -> float:
    longest = max((len(row.label) + 3 * row.depth for row in table.rows), default=0)
    least = max((_natural(part[0]) for part in own if part), default=0.0)
    return max(min(max(longest * 0.62 + 4, 24), 46), least)


def _natural(column: Column) -> float:
    """Characters that a column needs for its content, the longest word of its heading and a part of its code."""
    content: dict[str, float] = {
        "integer": 8,
        "decimal": 11,
        "percent": 10,
        "money": 16,
        "text": 24,
        "date": 13,
        "boolean": 9,
        "choice": 20,
    }
    code = max(code_width(f"={part}") for part in column.code_text.split("="))
    return min(max(content[column.type.kind], longest_word(column.label) * 0.95 + 1.5, code), 60.0)


def _landscape(table: Table, columns: Sequence[SheetColumn]) -> bool:
    if table.orientation is not None:
        return table.orientation == "landscape"
    return sum(column.width for column in columns) > _PORTRAIT_WIDTH * 1.15


def _spread(columns: Sequence[SheetColumn], page: float) -> tuple[SheetColumn, ...]:
    """The columns widened to fill the page: labels and data in turn up to a comfortable width, then both."""
    widths = [column.width for column in columns]
    labels = [column.stub is not None and column.stub.shows == "label" for column in columns]
    fixed = [column.stub is not None and not label for column, label in zip(columns, labels, strict=True)]
    data = [column.stub is None for column in columns]
    for most, takes in (
        (_LABEL_WIDTH * 0.7, labels),
        (_DATA_WIDTH * 0.7, data),
        (_LABEL_WIDTH, labels),
        (_DATA_WIDTH, data),
        (page, [not part for part in fixed]),
    ):
        open_ones = [number for number, taking in enumerate(takes) if taking and widths[number] < most]
        missing = page - sum(widths)
        if missing <= 0 or not open_ones:
            continue
        for number in open_ones:
            widths[number] = min(widths[number] + missing / len(open_ones), most)
    return tuple(
        SheetColumn(round(width, 2), column.stub, column.data)
        for column, width in zip(columns, widths, strict=True)
    )


def _bands(
    table: Table,
    layout: Layout,
    listing: AddedGroup | None,
    added: Mapping[GroupKey, Sequence[object]],
    top: int,
) -> Iterator[Band]:
    ordinal = 0
    for row in table.rows:
        if row.kind != "added":
            counts = row.depth == 0 and not row.total and row.kind != "heading"
            ordinal += counts
            yield Band(row, top, str(ordinal) if counts else "")
            top += 1
            continue
        group = layout.group_of[GroupKey(table.name, row.name)]
        given = len(added.get(group.key, ()))
        title = heading = None
        if group is not listing:
            title, top = top, top + 1
            if row.columns:
                heading, top = top, top + 1
        size = max(SPARE_ROWS, given + SHOWN_ROWS // 2)
        if row.max_rows is not None:
            size = max(min(size, row.max_rows), given, 1)
        shown = min(size, max(SHOWN_ROWS, given + 5))
        yield Band(row, top, "", group, size, shown, title, heading)
        top += size


def code_labels(layout: Layout, name: str | None) -> Mapping[str, str]:
    """What the unit chooses for each code: its label, with the code where labels alone are not distinct."""
    for codes in layout.template.code_lists:
        if codes.name == name:
            labels = [code.label.strip().casefold() for code in codes.codes]
            plain = len(set(labels)) == len(labels) and "" not in labels
            return {
                code.code: code.label.strip() if plain else f"{code.code} – {code.label.strip()}"
                for code in codes.codes
            }
    return {}
