"""A table as the page shows it: heading cells with their ids, stub cells, rows of controls, self-added rows.

The heading comes from `heading_grid`, the stub columns stand left of it. Ids of headings are short (`b06a-h1-3`,
`b06a-r2`), for each data cell names all of its headings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from compiler.cells import HeadingCell, Layout, heading_grid
from compiler.template import Column, Row, StubColumn, Table, Template
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.filling import Filling
from renderers.html.controls import Control, Naming, added_control, limit_words, static_control
from renderers.html.names import table_anchor
from renderers.places import Places
from renderers.sentences import measure_label

SPARE_ROWS = 5
"""Empty self-added rows on the page, for those who fill it without JavaScript."""

DEEPEST = 6
"""Rows deeper than this are indented no further."""


@dataclass(frozen=True)
class Heading:
    """One cell of the heading. Only the cell above data shows limits and whether an answer is required."""

    id: str
    label: str
    colspan: int
    rowspan: int
    scope: Literal["col", "colgroup"]
    measure: str = ""
    limits: str = ""
    required: bool = False


@dataclass(frozen=True)
class Stub:
    """One cell left of the data. `position` is its place among the stub columns, which stay in view when scrolling."""

    text: str
    shows: Literal["ordinal", "code", "label", "measure"]
    position: int
    names: bool
    """Whether it is the heading of its row: the label, or what stands last where no label is printed."""
    numbers: bool = False
    """Whether it holds the number of a self-added row."""


@dataclass(frozen=True)
class RowView:
    """One printed row: `fields` are a self-added row's own columns, written in its label cell."""

    id: str
    stubs: tuple[Stub, ...]
    controls: tuple[Control, ...]
    fields: tuple[tuple[Column, Control], ...] = ()
    depth: int = 0
    total: bool = False
    index: int | None = None
    """The number of a self-added row, from 1; None for others."""
    note: str = ""
    heads: bool = False
    """Whether it only names the rows under it: its controls are not shown."""


@dataclass(frozen=True)
class GroupView:
    """Self-added rows: those the report holds and spare ones, and `pattern`, the row that a program copies."""

    number: int
    label: str
    id: str
    stub_width: int
    data_width: int
    max_rows: int | None
    rows: tuple[RowView, ...]
    pattern: RowView


@dataclass(frozen=True)
class TableView:
    """A table, ready for its template."""

    id: str
    title: str
    form: str
    measure: str
    headings: tuple[tuple[Heading, ...], ...]
    heading_height: int
    stub: tuple[StubColumn, ...]
    codes: tuple[str, ...]
    """The printed code row, stub columns first; empty when no column has a code."""
    body: tuple[RowView | GroupView, ...]
    footnotes: tuple[str, ...]
    wide: bool
    legend: str
    """What grey cells and marked corners mean, where there are any."""


def table_view(
    table: Table, layout: Layout, filling: Filling | None, first_slot: Mapping[str, int]
) -> TableView:
    """The view of one table; `first_slot` gives each table's first slot, so that its cells are met in order."""
    grid = heading_grid(table)
    headings, ids = _headings(table, grid, layout.template)
    places = Places(layout)
    measure = common_measure(table)
    body: list[RowView | GroupView] = []
    ordinal = 0
    slot = first_slot[table.name]
    for number, row in enumerate(table.rows, start=1):
        if row.kind == "added":
            body.append(_group_view(table, row, number, layout, filling, places, ids))
            continue
        numbered = row.depth == 0 and not row.total and row.kind != "heading"
        ordinal += numbered
        row_id = f"{table.name}-r{number}"
        controls = []
        for column in table.columns:
            address = Address(table.name, row.name, column.name)
            naming = Naming(places.cell(address).words, f"{row_id} {ids[column.name]}")
            controls.append(static_control(layout.cells[slot], layout, filling, naming))
            slot += 1
        text = str(ordinal) if numbered else ""
        body.append(
            RowView(
                id=row_id,
                stubs=_stubs(table, text, row, measure_label(layout.template, row.measure)),
                controls=tuple(controls),
                depth=min(row.depth, DEEPEST),
                total=row.total,
                note=row.note,
                heads=row.kind == "heading",
            )
        )
    codes = (*(stub.code for stub in table.stub), *(column.code_text for column in table.columns))
    return TableView(
        id=table_anchor(table.name),
        title=table.title,
        form=table.form,
        measure=measure_label(layout.template, measure),
        headings=headings,
        heading_height=len(grid),
        stub=table.stub,
        codes=codes if any(codes) else (),
        body=tuple(body),
        footnotes=table.footnotes,
        wide=len(table.columns) > 8,
        legend=_legend(body),
    )


def _legend(body: list[RowView | GroupView]) -> str:
    controls = [
        control
        for item in body
        for row in ((item.pattern,) if isinstance(item, GroupView) else (item,))
        for control in row.controls
    ]
    words = []
    if any(control.filled_by == "computed" for control in controls):
        words.append("Ô nền xám tự tính.")
    if any(control.filled_by == "carried" and not control.locked for control in controls):
        words.append("Góc xanh: chưa có báo cáo kỳ trước, nhập số đầu kỳ.")
    return " ".join(words)


def common_measure(table: Table) -> str | None:
    """The measure to print above the table: its own, or the one that all its number columns share."""
    if table.measure is not None:
        return table.measure
    measures = {column.measure for column in table.columns if column.type.is_number}
    return measures.pop() if len(measures) == 1 else None


def _paths(grid: tuple[tuple[HeadingCell, ...], ...]) -> list[list[tuple[tuple[int, int], HeadingCell]]]:
    """For each leaf column from left to right the heading cells above it, top first, with their place in the grid."""
    width = sum(cell.colspan for cell in grid[0])
    paths: list[list[tuple[tuple[int, int], HeadingCell]]] = [[] for _ in range(width)]
    reached = [0] * width
    for level, cells in enumerate(grid):
        position = 0
        for index, cell in enumerate(cells):
            # A column whose leaf was met further up reaches down here: the next cell starts after it.
            while reached[position] > level:
                position += 1
            for covered in range(position, position + cell.colspan):
                paths[covered].append(((level, index), cell))
                reached[covered] = level + cell.rowspan
            position += cell.colspan
    return paths


def _headings(
    table: Table, grid: tuple[tuple[HeadingCell, ...], ...], template: Template
) -> tuple[tuple[tuple[Heading, ...], ...], Mapping[str, str]]:
    """The heading cells, and for each column the ids of all its headings."""
    columns = {column.name: column for column in table.columns}
    shared = common_measure(table)
    rows = []
    for level, cells in enumerate(grid):
        row = []
        for index, cell in enumerate(cells):
            column = columns.get(cell.column) if cell.column is not None else None
            own = "" if column is None or column.measure in {None, shared} else column.measure
            row.append(
                Heading(
                    id=f"{table.name}-h{level}-{index}",
                    label=cell.label,
                    colspan=cell.colspan,
                    rowspan=cell.rowspan,
                    scope="col" if cell.column is not None else "colgroup",
                    measure=measure_label(template, own or None),
                    limits="" if column is None or column.formula is not None else limit_words(column),
                    required=column is not None and column.required,
                )
            )
        rows.append(tuple(row))
    ids = {
        path[-1][1].column or "": " ".join(f"{table.name}-h{level}-{index}" for (level, index), _ in path)
        for path in _paths(grid)
    }
    return tuple(rows), ids


def _stubs(table: Table, ordinal: str, row: Row, measure: str) -> tuple[Stub, ...]:
    texts = {"ordinal": ordinal, "code": row.code, "label": row.label, "measure": measure}
    naming = _naming_stub(table)
    return tuple(
        Stub(texts[stub.shows], stub.shows, place, names=place == naming)
        for place, stub in enumerate(table.stub)
    )


def _added_stubs(table: Table, number: str, measure: str) -> tuple[Stub, ...]:
    """The number of a self-added row stands where rows are numbered, else where their codes stand."""
    shows = [stub.shows for stub in table.stub]
    numbered = "ordinal" if "ordinal" in shows else "code"
    naming = _naming_stub(table)
    return tuple(
        Stub(
            text={numbered: number, "measure": measure}.get(stub.shows, ""),
            shows=stub.shows,
            position=place,
            names=place == naming,
            numbers=stub.shows == numbered and place != naming,
        )
        for place, stub in enumerate(table.stub)
    )


def _naming_stub(table: Table) -> int:
    """The place of the stub column that names rows."""
    shows = [stub.shows for stub in table.stub]
    return shows.index("label") if "label" in shows else len(shows) - 1


def _group_view(
    table: Table,
    row: Row,
    number: int,
    layout: Layout,
    filling: Filling | None,
    places: Places,
    ids: Mapping[str, str],
) -> GroupView:
    key = GroupKey(table.name, row.name)
    group = layout.group_of[key]
    values = Values() if filling is None else filling.values
    held = values.added.get(key, ())
    spare = SPARE_ROWS if row.max_rows is None else max(0, min(SPARE_ROWS, row.max_rows - len(held)))
    group_id = f"{table.name}-r{number}"

    def view(index: int | str, cells: Mapping[str, Scalar]) -> RowView:
        row_id = f"{group_id}-{index}"
        fields: list[tuple[Column, Control]] = []
        controls: list[Control] = []
        own = len(row.columns)
        for added in group.columns:
            name = added.column.name
            # The pattern has no number yet: the program that copies it gives it one.
            label = "" if isinstance(index, str) else places.added(key, index, name).words
            naming = Naming(label, f"{group_id} {row_id} {ids.get(name, '')}".strip())
            control = added_control(added, index, cells.get(name), layout, filling, naming, key)
            if added.index < own:
                fields.append((added.column, control))
            else:
                controls.append(control)
        return RowView(
            id=row_id,
            stubs=_added_stubs(table, str(index), measure_label(layout.template, row.measure)),
            controls=tuple(controls),
            fields=tuple(fields),
            depth=min(row.depth, DEEPEST),
            index=index if isinstance(index, int) else 0,
        )

    rows = [view(index, cells) for index, cells in enumerate(held, start=1)]
    rows += [view(index, {}) for index in range(len(held) + 1, len(held) + spare + 1)]
    return GroupView(
        number=layout.groups.index(group),
        label=row.label,
        id=group_id,
        stub_width=len(table.stub),
        data_width=len(table.columns),
        max_rows=row.max_rows,
        rows=tuple(rows),
        pattern=view("#", {}),
    )


def first_slots(layout: Layout) -> Mapping[str, int]:
    """The slot of each table's first cell; a table of self-added rows alone gets the next table's."""
    found: dict[str, int] = {}
    slot = 0
    for table in layout.template.tables:
        found[table.name] = slot
        slot += len(table.columns) * sum(row.kind != "added" for row in table.rows)
    return found
