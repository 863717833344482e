"""Proof 2, row meets column, and the tables of the template.

Where a row's and a column's formula claim one cell: two additive ones commute, a non-additive one beats an additive
one, two non-additive ones are refused (`compiler.cells` states the same rule for those who read the template).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.formula.expressions import AddedRows, Captured, Cell, leaves
from compiler.formula.wording import code_row_text
from compiler.passes import additivity, measures, types
from compiler.passes.attributes import bound, days_in_force
from compiler.passes.context import Diagnostics
from compiler.passes.drafts import ColumnDraft, RowDraft, TableDraft
from compiler.passes.indicators import indicator_use
from compiler.passes.names import Where
from compiler.passes.renaming import renamed_from
from compiler.passes.resolve import Facts, Resolver
from compiler.template import CellException, Column, Formula, OverUnits, Row, Table
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span


@dataclass(frozen=True)
class CompiledTable:
    """A table of the template with what later passes ask of it."""

    table: Table
    row_facts: Mapping[str, Facts]
    blocked: frozenset[tuple[str, str]]
    formulas: frozenset[tuple[str, str]]


def compile_table(draft: TableDraft, resolver: Resolver, diagnostics: Diagnostics) -> CompiledTable:
    """One table. Notes every clash of a row's formula with a column's."""
    facts = {name: resolver.column(draft, name) for name in (*draft.columns, *draft.own_columns)}
    row_facts: dict[str, Facts] = {}
    for row in draft.rows.values():
        found = resolver.row(draft, row)
        if found is not None:
            row_facts[row.name] = found
    exceptions = _exceptions(draft, resolver, diagnostics)
    excepted = {(item.row, item.column) for item in exceptions}
    for name, row_fact in row_facts.items():
        for column in draft.columns.values():
            if (name, column.name) not in excepted:
                _meet(draft.rows[name], row_fact, column, facts[column.name], diagnostics)
    _refuse_two_measures(draft, resolver)
    if any(row.kind == "added" for row in draft.rows.values()):
        _refuse_distant_reads(draft, facts, diagnostics)
    table = Table(
        name=draft.name,
        title=draft.node.title.text,
        form=draft.form,
        measure=_measure(draft, resolver),
        orientation=draft.orientation,
        stub=draft.stub,
        headings=draft.headings,
        columns=tuple(
            _column(column, draft, facts[column.name], resolver) for column in draft.columns.values()
        ),
        rows=tuple(_row(row, draft, facts, row_facts.get(row.name), resolver) for row in draft.rows.values()),
        exceptions=tuple(exceptions),
        footnotes=draft.footnotes,
        renamed_from=None if draft.renamed_from is None else draft.renamed_from.name.text,
        fields=True if draft.fields else None,
    )
    blocked = frozenset((item.row, item.column) for item in exceptions if item.not_applicable)
    formulas = frozenset((item.row, item.column) for item in exceptions if item.formula is not None)
    return CompiledTable(table, row_facts, blocked, formulas)


def _measure(draft: TableDraft, resolver: Resolver) -> str | None:
    if draft.measure is None:
        return None
    name = draft.measure.name
    if name.text not in resolver.shared.measures:
        resolver.diagnostics.unknown("BIEU0205", name.span, name.text, resolver.shared.measures)
        return None
    # Where rows have measures, the table's is that of the rows that say nothing, and is printed beside them.
    return None if draft.rows_have_measures else name.text


def _meet(
    row: RowDraft, row_fact: Facts, column: ColumnDraft, facts: Facts, diagnostics: Diagnostics
) -> None:
    if not facts.type.is_number or row_fact.formula is None:
        return
    row_span = row_fact.sides[0].span
    if facts.formula is None:
        sums = row_fact.formula.additivity == "additive"
        if sums and (facts.type.kind == "percent" or facts.over_units.rule in _NOT_ADDED):
            rule = "percent" if facts.type.kind == "percent" else facts.over_units.rule
            values = {"row": row.name, "column": column.name, "rule": rule}
            label = Label(column.node.name.span, "column", {"rule": rule})
            diagnostics.add("BIEU0233", row_span, values, labels=(label,))
    elif facts.formula.additivity != "additive" and row_fact.formula.additivity != "additive":
        values = {"row": row.name, "column": column.name}
        label = Label(facts.sides[0].span, "column", {"column": column.name})
        diagnostics.add("BIEU0234", row_span, values, labels=(label,))


_NOT_ADDED = {"mean", "weighted_mean", "min", "max"}


def _exceptions(draft: TableDraft, resolver: Resolver, diagnostics: Diagnostics) -> list[CellException]:
    found: dict[tuple[str, str], CellException] = {}
    for item in draft.node.items:
        if not isinstance(item, tree.CellRule):
            continue
        row = resolver.names.row(item.row, draft)
        if item.column.text not in draft.columns:
            diagnostics.unknown(
                "BIEU0202", item.column.span, item.column.text, draft.columns, table=draft.name
            )
            continue
        if row is None:
            continue
        if row.kind == "added":
            diagnostics.add("BIEU0216", item.span, {"name": row.name})
            continue
        if row.kind == "heading":
            diagnostics.add("BIEU0350", item.span, {"name": row.name}, labels=(Label(row.span, "row"),))
            continue
        formula = None
        if item.definition is not None:
            facts = resolver.column(draft, item.column.text)
            operand = resolver.expression(item.definition.sides[0], Where(draft))
            types.expect(operand, "number" if facts.type.is_number else operand.kind, diagnostics)
            operand = measures.assigned(
                operand, facts.dimension, item.column.span, resolver.shared.measures, diagnostics
            )
            formula = Formula(
                expression=operand.expression, additivity=additivity.of_formula(operand, facts.type)
            )
        found[(row.name, item.column.text)] = CellException(
            row=row.name, column=item.column.text, not_applicable=item.not_applicable, formula=formula
        )
    return list(found.values())


def _refuse_two_measures(draft: TableDraft, resolver: Resolver) -> None:
    """A cell has one measure: a row's own and a column's own can't both claim it."""
    column = next((each for each in draft.columns.values() if each.attributes.measure is not None), None)
    seen: set[Span] = set()
    for row in draft.rows.values():
        use = row.attributes.measure
        if use is None or use.span in seen:
            continue
        seen.add(use.span)
        resolver.row_dimension(draft, row)  # says where the measure is not known
        if column is not None and column.attributes.measure is not None:
            values = {"row": row.name, "column": column.name}
            label = Label(column.attributes.measure.span, "column")
            resolver.diagnostics.add("BIEU0351", use.span, values, labels=(label,))


def _refuse_distant_reads(draft: TableDraft, facts: Mapping[str, Facts], diagnostics: Diagnostics) -> None:
    """A row that the unit adds computes from its own cells only, so that it can be filled, moved and merged alone."""
    for name, known in facts.items():
        if known.formula is None or isinstance(known.formula.expression, Captured):
            continue
        for leaf in leaves(known.formula.expression):
            own = isinstance(leaf, Cell) and leaf.row is None
            if isinstance(leaf, AddedRows | Captured) or (isinstance(leaf, Cell) and not own):
                diagnostics.add("BIEU0224", known.sides[0].span, {"name": name})
                break


def _column(draft: ColumnDraft, table: TableDraft, facts: Facts, resolver: Resolver) -> Column:
    attributes, diagnostics = draft.attributes, resolver.diagnostics
    minimum, maximum = bound(attributes.minimum), bound(attributes.maximum)
    if minimum is not None and maximum is not None and attributes.maximum and minimum.value > maximum.value:
        first = Label(attributes.minimum.span, "minimum") if attributes.minimum else None
        diagnostics.add("BIEU0242", attributes.maximum.span, labels=(first,) if first else ())
    sides = (facts.formula.expression, *facts.formula.chain) if facts.formula is not None else ()

    def code_of(name: str) -> str:
        column = table.columns.get(name)
        return "" if column is None else column.code

    start, until = days_in_force(attributes, diagnostics)
    measure = attributes.measure.name.text if attributes.measure is not None else None
    inherits = (
        facts.type.is_number
        and facts.type.kind != "percent"
        and not measures.is_compound(facts.dimension)
        and not table.rows_have_measures
    )
    if measure is None and table.measure is not None and inherits:
        measure = table.measure.name.text
    return Column(
        name=draft.name,
        label=draft.node.label.text,
        code=draft.code,
        code_text=code_row_text(draft.code, sides, code_of),
        type=facts.type,
        measure=measure,
        minimum=minimum,
        maximum=maximum,
        required=attributes.required is not None,
        formula=facts.formula,
        over_units=facts.over_units,
        over_time=facts.over_time,
        note=attributes.note.text.text if attributes.note is not None else "",
        valid_from=start,
        valid_until=until,
        indicator=indicator_use(attributes, resolver.shared),
        renamed_from=renamed_from(attributes),
    )


def _row(
    draft: RowDraft,
    table: TableDraft,
    facts: Mapping[str, Facts],
    row_fact: Facts | None,
    resolver: Resolver,
) -> Row:
    attributes, diagnostics = draft.attributes, resolver.diagnostics
    start, until = days_in_force(attributes, diagnostics)
    return Row(
        name=draft.name,
        label=draft.label,
        kind=draft.kind,
        code=draft.code,
        depth=draft.depth,
        group=draft.group,
        whole=draft.whole,
        total=row_fact is not None and (attributes.last is not None or draft.depth == 0),
        formula=row_fact.formula if row_fact is not None else None,
        over_units=_row_rule(draft, row_fact, table, diagnostics),
        over_time=attributes.over_time.rule if attributes.over_time is not None else None,
        measure=_row_measure(draft, table),
        max_rows=draft.max_rows,
        key=draft.key,
        columns=tuple(_column(column, table, facts[column.name], resolver) for column in draft.columns),
        note=attributes.note.text.text if attributes.note is not None else "",
        # A code that is no longer in force is no row either.
        valid_from=max(filter(None, (start, draft.valid_from)), default=None),
        valid_until=min(filter(None, (until, draft.valid_until)), default=None),
        indicator=indicator_use(attributes, resolver.shared),
        renamed_from=draft.renamed_from,
    )


def _row_measure(draft: RowDraft, table: TableDraft) -> str | None:
    """What the row's own numbers are counted in, where rows of the table say: its own measure, else the table's."""
    if draft.kind == "heading" or not table.rows_have_measures:
        return None
    use = draft.attributes.measure or table.measure
    return None if use is None else use.name.text


def _row_rule(
    draft: RowDraft, row_fact: Facts | None, table: TableDraft, diagnostics: Diagnostics
) -> OverUnits | None:
    written = draft.attributes.rollup
    if draft.kind == "added":
        if written is None or written.rule == "union":
            return OverUnits(rule="union")
        if written.rule == "none":
            return OverUnits(rule="none")
        if written.rule == "group":
            key = written.by.text if written.by is not None else draft.key
            if key is not None and any(column.name == key for column in draft.columns):
                return OverUnits(rule="group", key=key)
            span = written.by.span if written.by is not None else written.span
            names = [column.name for column in draft.columns]
            diagnostics.unknown("BIEU0202", span, key or "", names, table=table.name)
            return OverUnits(rule="union")
        diagnostics.add("BIEU0231", written.span, {"rule": written.rule})
        return OverUnits(rule="union")
    if written is None:
        return None
    if row_fact is not None and written.rule not in {"recompute", "sum", "none"}:
        diagnostics.add("BIEU0231", written.span, {"rule": written.rule})
        return None
    if written.rule in {"concat", "union", "group"} or (row_fact is None and written.rule == "recompute"):
        diagnostics.add("BIEU0231", written.span, {"rule": written.rule})
        return None
    if written.rule == "mean" and written.by is not None:
        if written.by.text not in table.columns:
            diagnostics.unknown("BIEU0202", written.by.span, written.by.text, table.columns, table=table.name)
            return None
        return OverUnits(rule="weighted_mean", weight=written.by.text)
    return OverUnits(rule=written.rule)
