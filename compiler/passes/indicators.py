"""Proof 6, nothing asked twice, and the catalogue it rests on: indicators declared once, and the columns and rows that
are one of them.

A column or row that *is* an indicator takes the measure and the rules over units and over time that the catalogue
gives it where it says nothing itself, and may not contradict them. Two places ask the same where a unit must fill both
for one period and both hold the indicator of the same breakdown: as a whole (a table's only row, or its one total), or
for the same code of the same list. What can't be known to be the same is not claimed to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from compiler.formula.expressions import Captured, Cell, Expression, Number, Text, leaves
from compiler.measures import dimension
from compiler.passes.attributes import Attributes
from compiler.passes.context import Diagnostics
from compiler.template import Column, Formula, Indicator, IndicatorUse, Measure, Row, Table, Template
from dsl import tree
from dsl.diagnostics import Diagnostic, Label
from dsl.span import Span

if TYPE_CHECKING:
    from compiler.passes.declarations import Shared
    from compiler.passes.drafts import TableDraft


@dataclass(frozen=True)
class DeclaredIndicator:
    """An entry of the catalogue with the source that declares it."""

    entry: Indicator
    node: tree.Indicator
    rollup: tree.Rollup | None
    over_time: tree.OverTime | None


def declare_indicator(
    node: tree.Indicator, package: str, measures: Mapping[str, Measure], diagnostics: Diagnostics
) -> DeclaredIndicator:
    """One entry. Notes a measure that there is none of."""
    texts: dict[str, str] = {}
    rollup: tree.Rollup | None = None
    over_time: tree.OverTime | None = None
    measure: str | None = None
    for item in node.items:
        match item:
            case tree.PrintedCode():
                texts["code"] = item.text.text
            case tree.Concept():
                texts["concept"] = item.text.text
            case tree.Method():
                texts["method"] = item.text.text
            case tree.DataSource():
                texts["source"] = item.text.text
            case tree.Note():
                texts["note"] = item.text.text
            case tree.MeasureUse():
                if item.name.text in measures:
                    measure = item.name.text
                else:
                    diagnostics.unknown("BIEU0205", item.name.span, item.name.text, measures)
            case tree.Rollup():
                rollup = item
            case tree.OverTime():
                over_time = item
    entry = Indicator(package=package, name=node.name.text, label=node.label.text, measure=measure, **texts)
    return DeclaredIndicator(entry, node, rollup, over_time)


def with_indicator(
    attributes: Attributes, owner: Literal["column", "row"], shared: Shared, diagnostics: Diagnostics
) -> Attributes:
    """The attributes with what the catalogue says where they say nothing. Notes BIEU0331 for an unknown indicator,
    BIEU0332 and BIEU0333 for a measure or a rule that contradicts it."""
    use = attributes.indicator
    if use is None:
        return attributes
    declared = shared.indicators.get(use.name.text)
    if declared is None:
        diagnostics.unknown("BIEU0331", use.name.span, use.name.text, shared.indicators)
        return replace(attributes, indicator=None)
    span = use.name.span
    there = Label(declared.node.name.span, "catalogue")
    if declared.entry.measure is not None and _is_number(attributes):
        attributes = _with_measure(attributes, declared.entry.measure, span, there, shared, diagnostics)
    if declared.rollup is not None:
        own = attributes.rollup
        if own is not None and own.rule != declared.rollup.rule:
            values = {"name": use.name.text, "rule": declared.rollup.rule}
            diagnostics.add("BIEU0333", own.span, values, labels=(there,))
        plain_row = owner == "row" and declared.rollup.rule == "sum"
        if own is None and attributes.definition is None and not plain_row:
            attributes = replace(attributes, rollup=tree.Rollup(declared.rollup.rule, None, span))
    if declared.over_time is not None:
        stated = attributes.over_time
        if stated is not None and stated.rule != declared.over_time.rule:
            values = {"name": use.name.text, "rule": declared.over_time.rule}
            diagnostics.add("BIEU0333", stated.span, values, labels=(there,))
        if stated is None:
            attributes = replace(attributes, over_time=tree.OverTime(declared.over_time.rule, span))
    return attributes


def _is_number(attributes: Attributes) -> bool:
    return attributes.type is None or attributes.type.kind in {"integer", "decimal", "percent", "money"}


def _with_measure(
    attributes: Attributes, name: str, span: Span, there: Label, shared: Shared, diagnostics: Diagnostics
) -> Attributes:
    if attributes.measure is None:
        return replace(attributes, measure=tree.MeasureUse(tree.Name(name, span), span))
    own = shared.measures.get(attributes.measure.name.text)
    catalogued = shared.measures[name]
    if own is not None and dimension(own).base != dimension(catalogued).base:
        values = {"found": own.label, "wanted": catalogued.label}
        diagnostics.add("BIEU0332", attributes.measure.span, values, labels=(there,))
    return attributes


def indicator_use(attributes: Attributes, shared: Shared) -> IndicatorUse | None:
    """What the template says of a column's or row's indicator."""
    use = attributes.indicator
    declared = None if use is None else shared.indicators.get(use.name.text)
    if use is None or declared is None:
        return None
    same_as = None if use.same_as is None else use.same_as.text
    return IndicatorUse(package=declared.entry.package, name=declared.entry.name, same_as=same_as)


def used_indicators(tables: Iterable[Table], shared: Shared) -> tuple[Indicator, ...] | None:
    """The catalogue's entries that these tables use, by name; None where they use none."""
    uses: list[IndicatorUse | None] = []
    for table in tables:
        uses += [column.indicator for column in table.columns]
        for row in table.rows:
            uses += [row.indicator, *(column.indicator for column in row.columns)]
    names = {(use.package, use.name) for use in uses if use is not None}
    entries = [each.entry for each in shared.indicators.values()]
    found = [entry for entry in entries if (entry.package, entry.name) in names]
    return tuple(sorted(found, key=lambda entry: (entry.package, entry.name))) or None


# Asked twice


@dataclass(frozen=True, slots=True)
class Asked:
    """A place that asks for an indicator: `part` is its column or row; `breakdown` None for the whole of the indicator,
    else what tells which part of it."""

    indicator: tuple[str, str]
    breakdown: tuple[str, ...] | None
    span: Span
    regime: str
    table: str
    part: str
    same_as: str | None
    levels: frozenset[str]
    periods: frozenset[str]
    start: date
    until: date

    @property
    def place(self) -> str:
        """The place as `same as` names it."""
        return f"{self.regime}.{self.table}"

    @property
    def words(self) -> str:
        """The place with its column or row."""
        return f"{self.place} ({self.part})"

    def meets(self, other: Asked) -> bool:
        """Whether some unit is asked in both places for one period."""
        together = self.start <= other.until and other.start <= self.until
        return together and bool(self.levels & other.levels) and bool(self.periods & other.periods)

    def says_same(self, other: Asked) -> bool:
        """Whether this place is declared to hold what the other asks for."""
        near = {other.table} if other.regime == self.regime else set()
        return self.same_as in {other.regime, other.place, *near}


def asked(template: Template, drafts: Mapping[str, TableDraft]) -> tuple[Asked, ...]:
    """Every place of a regime that asks for an indicator."""
    found: list[Asked] = []
    for table in template.tables:
        draft = drafts[table.name]
        for use, part, span, breakdown in _places(template, table, draft):
            found.append(
                Asked(
                    indicator=(use.package, use.name),
                    breakdown=breakdown,
                    span=span,
                    regime=template.regime,
                    table=table.name,
                    part=part,
                    same_as=use.same_as,
                    levels=frozenset(template.filled_by),
                    periods=frozenset(template.period_types),
                    start=template.effective_from or date.min,
                    until=template.effective_until or date.max,
                )
            )
    return tuple(found)


def _places(
    template: Template, table: Table, draft: TableDraft
) -> Iterator[tuple[IndicatorUse, str, Span, tuple[str, ...] | None]]:
    rows = [row for row in table.rows if row.kind != "added"]
    totals = [row for row in rows if row.total]
    lists = _lists(draft)
    for column in table.columns:
        written = draft.columns[column.name].attributes.indicator
        if column.indicator is None or written is None:
            continue
        for row in rows:
            if _is_asked(template, table, row, column, column.indicator):
                breakdown = _breakdown(template, table, row, rows, totals, lists)
                yield column.indicator, column.name, written.span, breakdown
    numbers = [column for column in table.columns if column.type.is_number]
    for row in rows:
        written = draft.rows[row.name].attributes.indicator
        if row.indicator is None or written is None:
            continue
        for column in numbers:
            if _is_asked(template, table, row, column, row.indicator):
                whole = len(numbers) == 1
                part = ("column", template.regime, table.name, column.name)
                yield row.indicator, row.name, written.span, None if whole else part


def _breakdown(
    template: Template,
    table: Table,
    row: Row,
    rows: Sequence[Row],
    totals: Sequence[Row],
    lists: Mapping[str, str],
) -> tuple[str, ...] | None:
    if len(rows) == 1 or (len(totals) == 1 and row.name == totals[0].name):
        return None
    if row.kind == "listed" and row.group is not None:
        return "list", lists.get(row.group, row.group), row.name
    return "row", template.regime, table.name, row.name


def _lists(draft: TableDraft) -> Mapping[str, str]:
    """The code list behind each group of rows."""
    blocks = [item for item in draft.node.items if isinstance(item, tree.Rows)]
    each = [item for block in blocks for item in block.items if isinstance(item, tree.Each)]
    return {item.name.text: item.code_list.text for item in each}


def _is_asked(template: Template, table: Table, row: Row, column: Column, use: IndicatorUse) -> bool:
    """Whether a cell is filled in, or made of what is: not one that only repeats another place of the indicator."""
    exception = next((e for e in table.exceptions if (e.row, e.column) == (row.name, column.name)), None)
    formula: Formula | None = column.formula or row.formula
    if exception is not None:
        if exception.not_applicable:
            return False
        formula = exception.formula
    if formula is None:
        return True
    found = [leaf for leaf in leaves(formula.expression) if not isinstance(leaf, Number | Text)]
    return not found or not all(_is_repeated(template, table, column, leaf, use) for leaf in found)


def _is_repeated(
    template: Template, table: Table, column: Column, leaf: Expression, use: IndicatorUse
) -> bool:
    if isinstance(leaf, Captured):
        return True
    if (
        not isinstance(leaf, Cell)
        or leaf.column is None
        or (leaf.table, leaf.column) == (table.name, column.name)
    ):
        return False
    other = next((each for each in template.tables if each.name == leaf.table), None)
    if other is None:
        return False
    parts = [part for part in other.columns if part.name == leaf.column]
    uses = [part.indicator for part in parts] + [row.indicator for row in other.rows if row.name == leaf.row]
    return any(each is not None and (each.package, each.name) == (use.package, use.name) for each in uses)


def asked_twice(places: Sequence[Asked], told_before: Iterable[Diagnostic] = ()) -> list[Diagnostic]:
    """A warning for each place that asks again what an earlier one asks.

    The places may be those of one package or of several; each place is told once, against the first that it repeats,
    and not at all where `told_before` speaks of it or of the other.
    """
    found: list[Diagnostic] = []
    spoken_of = {diagnostic.span for diagnostic in told_before}
    told = set(spoken_of)
    first: dict[tuple[tuple[str, str], tuple[str, ...] | None], list[Asked]] = {}
    for place in places:
        earlier = first.setdefault((place.indicator, place.breakdown), [])
        for other in earlier:
            if other.span == place.span or place.span in told or not place.meets(other):
                continue
            if other.span in spoken_of:
                continue
            if not place.says_same(other) and not other.says_same(place):
                told.add(place.span)
                values = {"name": place.indicator[1], "first": other.words, "second": place.words}
                label = Label(other.span, "first")
                found.append(Diagnostic("BIEU0334", place.span, values, (label,), severity="warning"))
        earlier.append(place)
    return found


def lost_references(places: Sequence[Asked]) -> list[Diagnostic]:
    """Each `same as` that names a place of these regimes where the indicator is not asked for."""
    found: list[Diagnostic] = []
    told: set[Span] = set()
    for place in places:
        if place.same_as is None or place.span in told:
            continue
        named = place.same_as.split(".")[0]
        known = {each.regime for each in places} | {
            each.table for each in places if each.regime == place.regime
        }
        others = [each for each in places if each.indicator == place.indicator and each.span != place.span]
        if named in known and not any(place.says_same(each) for each in others):
            told.add(place.span)
            values = {"name": place.indicator[1], "place": place.same_as}
            found.append(Diagnostic("BIEU0335", place.span, values))
    return found
