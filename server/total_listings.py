"""Rolled-up reports as lists: a table of the form with its rows and columns, and what one cell is made of.

Headings name a column's code and its whole heading path, so that the list is understood away from the form. The form
itself, filled, is the workbook's and the print's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.cells import Layout
from compiler.periods import Period
from compiler.template import Row, Table, ValueType
from compiler.values import Address, GroupKey, Scalar
from renderers.listing import Heading, Item, Listing, item_of
from renderers.places import Places
from runtime.lineage import Lineage
from runtime.rollup import Total
from runtime.units import UnitTree
from server.words import RULE_WORDS, coverage

Facts = tuple[tuple[str, str], ...]


def table_of_total(
    layout: Layout, table: str, totals: Iterable[Total], period: Period, tree: UnitTree, *, top: str
) -> Listing:
    """One table of a form in the totals of some units: each unit's rows below the other's. KeyError for no such table.

    Rows that units added stand below the row they belong to, under the names of their units.
    """
    form = layout.template.table(table)
    places = Places(layout)
    labels = {measure.name: measure.label for measure in layout.template.measures}
    headings = [Heading("Mã đơn vị", 12), Heading("Đơn vị", 30), Heading("Mã dòng", 9), Heading("Dòng", 40)]
    own = [column for row in form.rows for column in row.columns]
    headings += [Heading(column.label, 24) for column in own]
    for column in form.columns:
        words = places.column(table, column.name).words
        words = f"({column.code}) {words}" if column.code else words
        measure = labels.get(column.measure or "", "") if column.measure != form.measure else ""
        headings.append(Heading(f"{words} ({measure})" if measure else words, 16))
    all_totals = tuple(totals)
    rows = (row for total in all_totals for row in _rows(layout, form, total, tree))
    facts: list[tuple[str, str]] = [
        ("Biểu", f"{form.form} {form.title}".strip()),
        ("Kỳ", period.words),
        ("Đơn vị tổng hợp", tree[top].name),
    ]
    if form.measure:
        facts.append(("Đơn vị tính", labels[form.measure]))
    facts += [(tree[total.unit].name, coverage(total)) for total in all_totals]
    name = f"tong-hop-{layout.template.regime}-{table}-{top}-{period.code}"
    return Listing(name, form.form or form.title, tuple(headings), rows, tuple(facts))


def _rows(layout: Layout, form: Table, total: Total, tree: UnitTree) -> Iterator[tuple[Item, ...]]:
    who = (total.unit, tree[total.unit].name)
    own = [column for row in form.rows for column in row.columns]
    places = Places(layout)
    for row in form.rows:
        if row.kind != "added":
            cells = [
                _item(layout, total.values.cells.get(address), address)
                for address in (Address(form.name, row.name, column.name) for column in form.columns)
            ]
            yield (
                *who,
                row.code or None,
                places.row(form.name, row.name).words,
                *(None for _ in own),
                *cells,
            )
            continue
        for gathered in total.gathered.rows.get(GroupKey(form.name, row.name), ()):
            units = ", ".join(tree[unit].name for unit in gathered.units)
            words = f"{row.label} ({units})"
            mine = [
                item_of(gathered.values.get(column.name), column.type) if column in row.columns else None
                for column in own
            ]
            values = _computed(layout, row, form, gathered.values)
            yield (*who, row.code or None, words, *mine, *values)


def _computed(layout: Layout, row: Row, form: Table, values: Mapping[str, Scalar]) -> list[Item]:
    group = layout.group_of[GroupKey(form.name, row.name)]
    types: dict[str, ValueType] = {column.column.name: column.type for column in group.columns}
    return [
        item_of(values.get(column.name), types[column.name]) if column.name in types else None
        for column in form.columns
    ]


def _item(layout: Layout, value: Scalar | None, address: Address) -> Item:
    cell = layout.by_address[address]
    if cell.kind == "not_applicable":
        return "x"
    return item_of(value, cell.type)


def sources(
    layout: Layout, trail: Lineage, address: Address, period: Period, tree: UnitTree, words: str
) -> Listing:
    """The reports behind one cell of a total, each with its version and hash; then those that gave nothing."""
    headings = (
        Heading("Mã đơn vị", 12),
        Heading("Đơn vị", 30),
        Heading("Giá trị", 18),
        Heading("Trọng số", 12),
        Heading("Phiên bản", 10),
        Heading("Mã kiểm tra", 66),
        Heading("Ghi chú", 30),
    )
    cell = layout.by_address[address]
    type, weighed = cell.type, None
    if cell.over_units.weight is not None:
        weighed = layout.by_address[address._replace(column=cell.over_units.weight)].type

    def rows() -> Iterator[tuple[Item, ...]]:
        for each in trail.sources:
            weight = None if weighed is None else item_of(each.weight, weighed)
            value = item_of(each.value, type)
            yield each.unit, tree[each.unit].name, value, weight, each.version, each.hash, None
        for unit in trail.blank:
            yield unit, tree[unit].name, None, None, None, None, "để trống ô này"
        for missing in trail.not_included:
            words = "để ngoài tổng hợp" if missing.left_out else "chưa duyệt"
            version = missing.version or None
            yield missing.unit, tree[missing.unit].name, None, None, version, missing.hash or None, words

    facts: Facts = (
        ("Ô", words),
        ("Đơn vị tổng hợp", tree[trail.unit].name),
        ("Kỳ", period.words),
        ("Cách tổng hợp", RULE_WORDS[trail.rule]),
    )
    name = f"nguon-{address.table}-{address.row}-{address.column}-{trail.unit}-{period.code}"
    return Listing(name, "Nguồn của một ô", headings, rows(), facts)
