"""Second pass: each table's columns and rows, flattened and named, before any formula is looked at.

A draft keeps the tree beside what was read off it, so that later passes can point at the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from compiler.formula.wording import FIELDS_CELL
from compiler.passes.attributes import Attributes, added_rows_limit, gather
from compiler.passes.context import MAXIMUM_CELLS, Diagnostics
from compiler.passes.declarations import Shared
from compiler.passes.indicators import with_indicator
from compiler.passes.renaming import check_renamed, renamed_from
from compiler.template import ColumnGroup, StubColumn
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span

_ONCE = (
    tree.FormNumber,
    tree.MeasureUse,
    tree.Orientation,
    tree.Columns,
    tree.Rows,
    tree.RenamedFrom,
)
"""What a table says once."""

_NUMBERED = re.compile(r"c(\d+)([a-z]?)$")


@dataclass(frozen=True)
class ColumnDraft:
    """A leaf column; `code` is what the form prints for it ("3" for a column named c3 unless said otherwise)."""

    node: tree.Column
    attributes: Attributes
    code: str

    @property
    def name(self) -> str:
        """The column's name."""
        return self.node.name.text


@dataclass(frozen=True)
class RowDraft:
    """A row as it will be printed. `attributes` is empty for rows made from a code list but for the construct's own."""

    name: str
    label: str
    kind: Literal["fixed", "listed", "added", "heading"]
    span: Span
    attributes: Attributes
    code: str = ""
    depth: int = 0
    group: str | None = None
    whole: str | None = None
    is_parent: bool = False
    """A code with codes below it: left out of `sum(list)`, which takes leaves only."""
    max_rows: int | None = None
    key: str | None = None
    columns: tuple[ColumnDraft, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    """When the code of a listed row is in force."""
    renamed_from: str | None = None


@dataclass(frozen=True)
class PartsDraft:
    """One `of which`: the whole, its parts and how they relate."""

    whole: str
    parts: tuple[str, ...]
    mode: Literal["overlapping", "exhaustive", "disjoint"] | None
    span: Span


@dataclass
class TableDraft:
    """A table with its names in place."""

    node: tree.Table
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    headings: tuple[ColumnGroup | str, ...] = ()
    rows: dict[str, RowDraft] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that stand for several rows: of an `each`, its codes; of a `many`, itself."""
    parts: list[PartsDraft] = field(default_factory=list)
    stub: tuple[StubColumn, ...] = ()
    form: str = ""
    measure: tree.MeasureUse | None = None
    fields: bool = False
    orientation: Literal["portrait", "landscape"] | None = None
    footnotes: tuple[str, ...] = ()
    renamed_from: tree.RenamedFrom | None = None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.node.name.text

    @property
    def rows_have_measures(self) -> bool:
        """Whether any row states a measure: then a column without one has that of the row at hand."""
        return any(row.attributes.measure is not None for row in self.rows.values())

    @property
    def own_columns(self) -> dict[str, ColumnDraft]:
        """Columns that only self-added rows have."""
        return {column.name: column for row in self.rows.values() for column in row.columns}


def draft_table(node: tree.Table, shared: Shared, diagnostics: Diagnostics) -> TableDraft:
    """The draft of one table. Notes duplicate names, missing parts and tables too large to be a form."""
    draft = TableDraft(node)
    footnotes: list[str] = []
    once: dict[type, Span] = {}
    for item in node.items:
        if isinstance(item, _ONCE):
            before = once.setdefault(type(item), item.span)
            if before is not item.span:
                diagnostics.add("BIEU0263", item.span, labels=(Label(before, "first"),))
                continue
        match item:
            case tree.FormNumber():
                draft.form = item.text.text
            case tree.MeasureUse():
                draft.measure = item
            case tree.Orientation():
                draft.orientation = item.value
            case tree.RenamedFrom():
                draft.renamed_from = item
            case tree.Footnote():
                footnotes.append(item.text.text)
            case tree.Columns():
                draft.headings = _headings(item.items, draft, shared, diagnostics)
            case tree.Rows():
                _Rows(draft, shared, diagnostics).read(item)
            case tree.Check() | tree.CellRule():
                pass
    draft.footnotes = tuple(footnotes)
    if not draft.rows and not draft.groups and not diagnostics.lost:
        diagnostics.add("BIEU0264", node.name.span, {"name": draft.name, "missing": "rows"})
    own = draft.own_columns
    if not draft.columns and not own and not diagnostics.lost:
        diagnostics.add("BIEU0264", node.name.span, {"name": draft.name, "missing": "columns"})
    _refuse_shared_names(draft, diagnostics)
    _check_former_names(draft, diagnostics)
    cells = len(draft.rows) * len(draft.columns)
    if cells > MAXIMUM_CELLS:
        values = {"found": str(cells), "limit": str(MAXIMUM_CELLS), "what": "cell"}
        diagnostics.add("BIEU0290", node.name.span, values)
    if not draft.stub:
        coded = any(row.code for row in draft.rows.values())
        code_stub = (StubColumn(label="STT", shows="code"),) if coded else ()
        measured = any(row.attributes.measure is not None for row in draft.rows.values())
        measure_stub = (StubColumn(label="Đơn vị tính", shows="measure"),) if measured else ()
        draft.stub = (*code_stub, StubColumn(label="Chỉ tiêu", shows="label"), *measure_stub)
    return draft


FIELDS, FIELDS_ROW = FIELDS_CELL
"""The table and row of the outline's fields: `data.fields.report.so_can_bo` in a submission."""

_FIELDS_TITLE = "Thông tin chung"


def fields_of(items: Iterable[tree.OutlineItem]) -> Iterator[tree.Field]:
    """Every field of an outline, in its order."""
    for item in items:
        if isinstance(item, tree.Field):
            yield item
        elif isinstance(item, tree.Section):
            yield from fields_of(item.items)


def draft_fields(fields: Sequence[tree.Field], shared: Shared, diagnostics: Diagnostics) -> TableDraft:
    """The fields of the outline as a table of one row, so that all that holds for cells holds for them."""
    span = fields[0].span
    title = tree.String(_FIELDS_TITLE, span)
    columns = tuple(tree.Column(each.name, each.label, each.attributes, each.span) for each in fields)
    row = tree.Row(tree.Name(FIELDS_ROW, span), title, (), (), span)
    items = (tree.Columns(columns, span), tree.Rows((row,), span))
    draft = draft_table(tree.Table(tree.Name(FIELDS, span), title, items, span), shared, diagnostics)
    draft.fields = True
    return draft


def _headings(
    items: tuple[tree.Column | tree.ColumnGroup, ...],
    draft: TableDraft,
    shared: Shared,
    diagnostics: Diagnostics,
) -> tuple[ColumnGroup | str, ...]:
    members: list[ColumnGroup | str] = []
    for item in items:
        match item:
            case tree.ColumnGroup():
                inner = _headings(item.items, draft, shared, diagnostics)
                if inner:
                    members.append(ColumnGroup(label=item.label.text, members=inner))
                else:
                    diagnostics.add("BIEU0265", item.span)
            case tree.Column():
                before = draft.columns.get(item.name.text)
                if before is not None:
                    _duplicate(item.name, "column", before.node.name.span, diagnostics)
                    continue
                draft.columns[item.name.text] = column_draft(item, shared, diagnostics)
                members.append(item.name.text)
    return tuple(members)


def column_draft(node: tree.Column, shared: Shared, diagnostics: Diagnostics) -> ColumnDraft:
    """The draft of a leaf column."""
    attributes = gather(node.attributes, "column", diagnostics)
    attributes = with_indicator(attributes, "column", shared, diagnostics)
    if attributes.code is not None:
        code = attributes.code.text.text
    else:
        numbered = _NUMBERED.match(node.name.text)
        code = "".join(numbered.groups()) if numbered else ""
    return ColumnDraft(node, attributes, code)


@dataclass
class _Rows:
    """Reads a `rows` block into a draft."""

    draft: TableDraft
    shared: Shared
    diagnostics: Diagnostics

    def read(self, block: tree.Rows) -> None:
        stub: list[StubColumn] = []
        first: list[RowDraft] = []
        for item in block.items:
            match item:
                case tree.Stub():
                    attributes = gather(item.attributes, "stub", self.diagnostics)
                    code = attributes.code.text.text if attributes.code else ""
                    stub.append(StubColumn(label=item.label.text, code=code, shows=item.shows))
                case tree.Row():
                    self._row(item, 0, None)
                    last = self.draft.rows.get(item.name.text)
                    if (
                        last is not None
                        and last.attributes.last is not None
                        and last.attributes.last.place == "first"
                    ):
                        first.append(last)
                case tree.Each():
                    self._each(item, 0)
                case tree.Many():
                    self._many(item, 0)
                case tree.RowSection():
                    self._section(item, 0)
        self.draft.stub = tuple(stub)
        self._order(first)

    def _order(self, first: list[RowDraft]) -> None:
        """Rows marked `first` before, rows marked `last` after all others, else as written."""
        rows = self.draft.rows
        last = [
            row
            for row in rows.values()
            if row.kind == "fixed" and row.attributes.last is not None and row.attributes.last.place == "last"
        ]
        moved = {row.name for row in (*first, *last)}
        middle = [row for row in rows.values() if row.name not in moved]
        self.draft.rows = {row.name: row for row in (*first, *middle, *last)}

    def _add(self, row: RowDraft) -> bool:
        before = self.draft.rows.get(row.name)
        if before is not None:
            values = {"name": row.name, "what": "row"}
            self.diagnostics.add("BIEU0201", row.span, values, labels=(Label(before.span, "first"),))
            return False
        self.draft.rows[row.name] = row
        return True

    def _row(self, node: tree.Row, depth: int, whole: str | None) -> None:
        attributes = gather(node.attributes, "row", self.diagnostics)
        attributes = with_indicator(attributes, "row", self.shared, self.diagnostics)
        code = attributes.code.text.text if attributes.code else ""
        row = RowDraft(
            name=node.name.text,
            label=node.label.text,
            kind="fixed",
            span=node.name.span,
            attributes=attributes,
            code=code,
            depth=depth,
            whole=whole,
            renamed_from=renamed_from(attributes),
        )
        if not self._add(row):
            return
        for part in node.parts:
            match part:
                case tree.Row():
                    self._row(part, depth + 1, None)
                case tree.Each():
                    self._each(part, depth + 1)
                case tree.Many():
                    self._many(part, depth + 1)
                case tree.OfWhich():
                    for inner in part.rows:
                        self._row(inner, depth + 1, node.name.text)
                    names = tuple(inner.name.text for inner in part.rows)
                    self.draft.parts.append(PartsDraft(node.name.text, names, part.mode, part.span))

    def _section(self, node: tree.RowSection, depth: int) -> None:
        attributes = gather(node.attributes, "section", self.diagnostics)
        row = RowDraft(
            name=node.name.text,
            label=node.label.text,
            kind="heading",
            span=node.name.span,
            attributes=attributes,
            code=attributes.code.text.text if attributes.code else "",
            depth=depth,
        )
        self._add(row)
        for item in node.items:
            match item:
                case tree.Row():
                    self._row(item, depth + 1, None)
                case tree.Each():
                    self._each(item, depth + 1)
                case tree.Many():
                    self._many(item, depth + 1)
                case tree.RowSection():
                    self._section(item, depth + 1)

    def _each(self, node: tree.Each, depth: int) -> None:
        code_list = self.shared.code_lists.get(node.code_list.text)
        if code_list is None:
            self.diagnostics.unknown(
                "BIEU0206", node.code_list.span, node.code_list.text, self.shared.code_lists
            )
            # An unknown list must not make every `sum(list)` an error too.
            self.draft.groups[node.name.text] = ()
            return
        if not self._is_new_group(node.name):
            return
        attributes = gather(node.attributes, "each", self.diagnostics)
        parents = {code.parent for code in code_list.codes if code.parent is not None}
        depths: dict[str, int] = {}
        names: list[str] = []
        for code in code_list.codes:
            depths[code.code] = depth if code.parent is None else depths.get(code.parent, depth) + 1
            row = RowDraft(
                name=code.code,
                label=code.label,
                kind="listed",
                span=node.name.span,
                attributes=attributes,
                depth=depths[code.code],
                group=node.name.text,
                is_parent=code.code in parents,
                valid_from=code.valid_from,
                valid_until=code.valid_until,
                renamed_from=code.renamed_from,
            )
            if self._add(row):
                names.append(code.code)
        self.draft.groups[node.name.text] = tuple(names)

    def _many(self, node: tree.Many, depth: int) -> None:
        attributes = gather(node.attributes, "many", self.diagnostics)
        if not self._is_new_group(node.name):
            return
        columns: dict[str, ColumnDraft] = {}
        for column in node.columns:
            before = columns.get(column.name.text) or self.draft.columns.get(column.name.text)
            if before is not None:
                _duplicate(column.name, "column", before.node.name.span, self.diagnostics)
                continue
            columns[column.name.text] = column_draft(column, self.shared, self.diagnostics)
        if node.key is not None and node.key.text not in columns:
            self.diagnostics.unknown("BIEU0202", node.key.span, node.key.text, columns, table=self.draft.name)
        row = RowDraft(
            name=node.name.text,
            label=node.label.text,
            kind="added",
            span=node.name.span,
            attributes=attributes,
            depth=depth,
            max_rows=added_rows_limit(attributes, self.diagnostics),
            key=node.key.text if node.key is not None and node.key.text in columns else None,
            columns=tuple(columns.values()),
            renamed_from=renamed_from(attributes),
        )
        if self._add(row):
            self.draft.groups[node.name.text] = (node.name.text,)

    def _is_new_group(self, name: tree.Name) -> bool:
        if name.text in self.draft.groups or name.text in self.draft.rows:
            before = self.draft.rows.get(name.text)
            labels = () if before is None else (Label(before.span, "first"),)
            self.diagnostics.add("BIEU0201", name.span, {"name": name.text, "what": "row"}, labels=labels)
            return False
        return True


def _duplicate(name: tree.Name, what: str, before: Span, diagnostics: Diagnostics) -> None:
    diagnostics.add(
        "BIEU0201", name.span, {"name": name.text, "what": what}, labels=(Label(before, "first"),)
    )


def _check_former_names(draft: TableDraft, diagnostics: Diagnostics) -> None:
    columns = {**draft.columns, **draft.own_columns}
    check_renamed(((name, each.attributes.renamed_from) for name, each in columns.items()), diagnostics)
    written = [row for row in draft.rows.values() if row.kind != "listed"]
    check_renamed(((row.name, row.attributes.renamed_from) for row in written), diagnostics)


def _refuse_shared_names(draft: TableDraft, diagnostics: Diagnostics) -> None:
    """Row and column names of a table are disjoint, so that a bare name says which it is."""
    columns: Mapping[str, ColumnDraft] = {**draft.columns, **draft.own_columns}
    for name in sorted({*draft.rows, *draft.groups} & set(columns)):
        row = draft.rows.get(name)
        span = columns[name].node.name.span
        labels = () if row is None else (Label(row.span, "row"),)
        diagnostics.add("BIEU0215", span, {"name": name}, labels=labels)
