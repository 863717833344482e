"""A regime as a template: what it says of itself, with its tables, outline, checks and charts compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from compiler.cells import CircularCells, Layout
from compiler.formula.expressions import Cell
from compiler.passes.cells import CompiledTable, compile_table
from compiler.passes.checks import Checks
from compiler.passes.context import Diagnostics
from compiler.passes.days import calendar_date
from compiler.passes.declarations import Shared
from compiler.passes.elsewhere import has_periods, source_regime
from compiler.passes.indicators import Asked, asked, used_indicators
from compiler.passes.names import Where
from compiler.passes.outline import AskedHere, OutlinePass
from compiler.passes.renaming import check_renamed
from compiler.passes.resolve import Resolver, resolver_of
from compiler.passes.sums import lint_sums
from compiler.template import (
    Chart,
    Check,
    CodeList,
    Column,
    Deadline,
    Measure,
    PeriodType,
    RegimeKind,
    SourceRegime,
    Table,
    Template,
)
from compiler.values import Address
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span

PERIOD_NAMES: Mapping[str, PeriodType] = {
    "week": "week",
    "tuan": "week",
    "month": "month",
    "thang": "month",
    "quarter": "quarter",
    "quy": "quarter",
    "half_year": "half_year",
    "sau_thang": "half_year",
    "nine_months": "nine_months",
    "chin_thang": "nine_months",
    "year": "year",
    "nam": "year",
}
"""Period types as authors write them, in either language."""


@dataclass(frozen=True)
class CompiledRegime:
    """A template, its layout (None where cells need each other) and the resolver, for the author's examples.

    check_spans: where each check is stated, by its name. subset_spans: the statements of subsets that the lint on sums
    has warned of.
    """

    template: Template
    layout: Layout | None
    resolver: Resolver
    check_spans: Mapping[str, Span]
    subset_spans: tuple[Span, ...]
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class PackageHead:
    """The package a regime stands in. `effective_from`, `effective_until`: for regimes that say nothing of it."""

    name: str
    version: str
    title: str
    owner: str | None = None
    licence: str | None = None
    effective_from: date | None = None
    effective_until: date | None = None


def compile_regime(
    node: tree.Regime,
    package: PackageHead,
    shared: Shared,
    diagnostics: Diagnostics,
    path: tuple[str, ...] = (),
) -> CompiledRegime:
    """The template of one regime, as far as it could be made; whether it may be used is for the diagnostics to say.

    path: the regimes that are read on the way to this one, where it is compiled for the sake of another.
    """
    before = len(diagnostics.found)
    resolver = resolver_of(node, shared, {}, diagnostics)
    drafts = resolver.tables
    check_renamed(((name, draft.renamed_from) for name, draft in drafts.items()), diagnostics)
    tables: Mapping[str, CompiledTable] = {
        name: compile_table(draft, resolver, diagnostics) for name, draft in drafts.items()
    }
    row_facts = {name: table.row_facts for name, table in tables.items()}
    blocked = {name: table.blocked for name, table in tables.items()}
    formulas = {name: table.formulas for name, table in tables.items()}
    gathered = Checks(resolver, row_facts, blocked, formulas, diagnostics)
    checks = gathered.all(node)
    lint_sums(resolver, row_facts, gathered, checks, diagnostics)
    outlined = OutlinePass(resolver, diagnostics)
    outline = outlined.compile(_all(node, tree.Outline))
    checks, tables = _asked_in_sections(outlined.asked, gathered, checks, tables)
    head = _Head(node, diagnostics)
    start, until = head.effective(package)
    kind, filled_by, goes_to = head.kind(), head.filled_by(), head.goes_to()
    template = Template(
        package=package.name,
        version=package.version,
        package_title=package.title,
        regime=node.name.text,
        title=node.title.text,
        basis=tuple(text.text for item in _all(node, tree.Basis) for text in item.texts),
        kind=kind,
        period_types=head.period_types(kind),
        filled_by=filled_by,
        goes_to=goes_to,
        deadlines=head.deadlines({*filled_by, goes_to}),
        signed_by=tuple(name.text for item in _all(node, tree.Sign) for name in item.names),
        effective_from=start,
        effective_until=until,
        notes=tuple(item.text.text for item in _all(node, tree.Unverified)),
        measures=_used_measures(tables, shared),
        code_lists=_used_lists(tables, shared),
        tables=tuple(table.table for table in tables.values()),
        outline=outline,
        checks=checks,
        charts=_charts(node, resolver, diagnostics),
        indicators=used_indicators((table.table for table in tables.values()), shared),
        renamed_from=head.renamed_from(),
        owner=package.owner,
        licence=package.licence,
    )
    if resolver.elsewhere:
        template = _with_sources(template, resolver, package, diagnostics, (*path, node.name.text))
    failed = any(found.severity == "error" for found in diagnostics.found[before:])
    # Cells are laid out even beside other errors, so that one run reports circles too; a table too large is not.
    too_large = any(found.code == "BIEU0290" for found in diagnostics.found[before:])
    layout = None if too_large else _laid_out(template, tables, resolver, diagnostics)
    overlaps = (found for found in diagnostics.found[before:] if found.code == "BIEU0302")
    subset_spans = tuple(label.span for found in overlaps for label in found.labels)
    layout = None if failed else layout
    asks = asked(template, drafts)
    return CompiledRegime(template, layout, resolver, gathered.spans, subset_spans, asks)


def _asked_in_sections(
    asked: Iterable[AskedHere],
    gathered: Checks,
    checks: tuple[Check, ...],
    tables: Mapping[str, CompiledTable],
) -> tuple[tuple[Check, ...], Mapping[str, CompiledTable]]:
    """What sections that aren't always shown ask for: checks say when, in the place of columns that are required."""
    loose: dict[str, set[str]] = {}
    for each in asked:
        table = tables[each.table].table
        own = [column for row in table.rows for column in row.columns]
        column = next((found for found in (*table.columns, *own) if found.name == each.column), None)
        required = column is not None and column.required
        checks += gathered.of_section(each.condition, each.table, each.column, required, each.span)
        if required:
            loose.setdefault(each.table, set()).add(each.column)
    if not loose:
        return checks, tables
    return checks, {
        name: replace(compiled, table=_loosened(compiled.table, loose.get(name, set())))
        for name, compiled in tables.items()
    }


def _loosened(table: Table, names: set[str]) -> Table:
    """The table with these columns no longer required at all times."""

    def column(held: Column) -> Column:
        return held.model_copy(update={"required": False}) if held.name in names else held

    rows = tuple(
        row.model_copy(update={"columns": tuple(column(own) for own in row.columns)}) for row in table.rows
    )
    return table.model_copy(update={"columns": tuple(column(held) for held in table.columns), "rows": rows})


def _with_sources(
    template: Template,
    resolver: Resolver,
    package: PackageHead,
    diagnostics: Diagnostics,
    path: tuple[str, ...],
) -> Template:
    """The template with the cells that it reads of other regimes. Notes BIEU0353 for regimes that read each other,
    BIEU0355 for one that has no report of a period to read, BIEU0356 for one that has errors of its own."""
    spans: dict[str, Span] = {}
    cells: dict[str, list[Cell]] = {}
    for (regime, cell), span in resolver.elsewhere.items():
        spans.setdefault(regime, span)
        cells.setdefault(regime, []).append(cell)
    sources: list[SourceRegime] = []
    for regime, span in sorted(spans.items()):
        if regime in path:
            circle = (*path[path.index(regime) :], regime)
            diagnostics.add("BIEU0353", span, {"path": " → ".join(circle)})
            continue
        # What is wrong there is told where it stands, by whoever compiles it for its own sake.
        quiet = Diagnostics()
        source = compile_regime(resolver.shared.regimes[regime], package, resolver.shared, quiet, path)
        circles = [found for found in quiet.found if found.code == "BIEU0353"]
        if circles:
            diagnostics.add("BIEU0353", span, dict(circles[0].values))
        elif source.layout is None:
            diagnostics.add("BIEU0356", span, {"name": regime})
        elif has_periods(template, source.template, span, diagnostics):
            sources.append(source_regime(source.layout, cells[regime]))
    return template.model_copy(update={"sources": tuple(sources)})


def _laid_out(
    template: Template, tables: Mapping[str, CompiledTable], resolver: Resolver, diagnostics: Diagnostics
) -> Layout | None:
    try:
        layout = Layout(template)
        assert layout.order is not None  # worked out on demand, and raises for a circle
    except CircularCells as circle:
        first = circle.path[0]
        span = _formula_span(first, tables, resolver)
        diagnostics.add("BIEU0250", span, {"path": " → ".join(_in_words(circle.path, resolver))})
        return None
    return layout


def _in_words(path: tuple[Address, ...], resolver: Resolver) -> list[str]:
    """The path by column where all cells stand in one row, by full address otherwise: the shortest true form."""
    if len({(address.table, address.row) for address in path}) == 1:
        return [address.column for address in path]
    return [str(address) for address in path]


def _formula_span(address: Address, tables: Mapping[str, CompiledTable], resolver: Resolver) -> Span:
    draft = resolver.tables[address.table]
    facts = resolver.column(draft, address.column)
    row = tables[address.table].row_facts.get(address.row)
    if facts.sides and (row is None or facts.additivity != "additive"):
        return facts.sides[0].span
    if row is not None:
        return row.sides[0].span
    own = draft.columns.get(address.column) or draft.own_columns[address.column]
    return own.node.name.span


Item = TypeVar("Item", bound=tree.RegimeItem)


def _all(node: tree.Regime, kind: type[Item]) -> list[Item]:
    return [item for item in node.items if isinstance(item, kind)]


@dataclass(frozen=True)
class _Head:
    """What a regime says of itself, each thing once."""

    node: tree.Regime
    diagnostics: Diagnostics

    def _one(self, kind: type[Item], missing: str | None = None) -> Item | None:
        items = _all(self.node, kind)
        for further in items[1:]:
            self.diagnostics.add("BIEU0263", further.span, labels=(Label(items[0].span, "first"),))
        if not items and missing is not None and missing not in self.diagnostics.lost:
            values = {"name": self.node.name.text, "missing": missing}
            self.diagnostics.add("BIEU0260", self.node.name.span, values)
        return items[0] if items else None

    def kind(self) -> RegimeKind:
        item = self._one(tree.Kind)
        return "periodic" if item is None else item.value

    def period_types(self, kind: RegimeKind) -> tuple[PeriodType, ...]:
        item = self._one(tree.Periods, "period" if kind == "periodic" else None)
        types: list[PeriodType] = []
        for name in item.names if item is not None else ():
            period_type = PERIOD_NAMES.get(name.text)
            if period_type is None:
                self.diagnostics.unknown("BIEU0261", name.span, name.text, PERIOD_NAMES)
            elif period_type not in types:
                types.append(period_type)
        return tuple(types)

    def filled_by(self) -> tuple[str, ...]:
        item = self._one(tree.FilledBy, "filled by")
        return () if item is None else tuple(name.text for name in item.levels)

    def goes_to(self) -> str:
        item = self._one(tree.GoesTo, "goes to")
        return "" if item is None else item.level.text

    def deadlines(self, levels: set[str]) -> tuple[Deadline, ...]:
        item = self._one(tree.Due)
        deadlines: list[Deadline] = []
        for entry in item.entries if item is not None else ():
            if entry.level.text not in levels:
                self.diagnostics.unknown("BIEU0266", entry.level.span, entry.level.text, levels)
            deadlines.append(Deadline(level=entry.level.text, days=entry.days, working_days=entry.working))
        return tuple(deadlines)

    def renamed_from(self) -> str | None:
        item = self._one(tree.RenamedFrom)
        return None if item is None else item.name.text

    def effective(self, package: PackageHead) -> tuple[date | None, date | None]:
        item = self._one(tree.Effective)
        if item is None:
            return package.effective_from, package.effective_until
        return days_of(item, self.diagnostics)


def days_of(item: tree.Effective, diagnostics: Diagnostics) -> tuple[date | None, date | None]:
    """From when until when. Notes BIEU0267 where it ends before it starts."""
    start, until = calendar_date(item.start, diagnostics), calendar_date(item.until, diagnostics)
    if start is not None and until is not None and item.until is not None and until < start:
        diagnostics.add("BIEU0267", item.until.span, labels=(Label(item.start.span, "start"),))
    return start, until


def _used_measures(tables: Mapping[str, CompiledTable], shared: Shared) -> tuple[Measure, ...]:
    """The measures the tables name, and what those are scaled from, by name."""
    names = {table.table.measure for table in tables.values()}
    for table in tables.values():
        own = [column for row in table.table.rows for column in row.columns]
        names |= {column.measure for column in (*table.table.columns, *own)}
        names |= {row.measure for row in table.table.rows}
    names |= {
        each.measure for each in used_indicators((table.table for table in tables.values()), shared) or ()
    }
    known = {name for name in names if name is not None and name in shared.measures}
    known |= {shared.measures[name].base for name in known}
    return tuple(shared.measures[name] for name in sorted(known) if name in shared.measures)


def _used_lists(tables: Mapping[str, CompiledTable], shared: Shared) -> tuple[CodeList, ...]:
    """The code lists that cells choose from, by name. Lists that made rows live on in the rows."""
    names: set[str] = set()
    for table in tables.values():
        own = [column for row in table.table.rows for column in row.columns]
        names |= {column.type.code_list for column in (*table.table.columns, *own) if column.type.code_list}
    return tuple(shared.code_lists[name] for name in sorted(names))


def _charts(node: tree.Regime, resolver: Resolver, diagnostics: Diagnostics) -> tuple[Chart, ...]:
    charts: dict[str, tuple[Chart, Span]] = {}
    for item in _all(node, tree.Chart):
        value = _chart_value(item, resolver, diagnostics)
        if value is None:
            continue
        cell, rows = value
        if item.name.text in charts:
            first = Label(charts[item.name.text][1], "first")
            values = {"name": item.name.text, "what": "chart"}
            diagnostics.add("BIEU0201", item.name.span, values, labels=(first,))
            continue
        chart = Chart(
            name=item.name.text,
            title=item.title.text,
            mark=item.mark,
            value=cell,
            rows=rows,
            by_unit=item.by_unit,
            over_periods=item.over_periods,
        )
        charts[item.name.text] = (chart, item.name.span)
    return tuple(chart for chart, _ in charts.values())


def _chart_value(
    item: tree.Chart, resolver: Resolver, diagnostics: Diagnostics
) -> tuple[Cell, tuple[str, ...] | None] | None:
    """The cell that a chart draws, and the rows it is drawn over. Notes BIEU0358 for what can't be drawn."""
    group = resolver.names.group(item.value, Where(None)) if item.value.row else None
    if group is not None:
        table, members = group
        rows = tuple(row.name for row in members if row.kind != "added")
        name = item.value.name
        if name.text not in table.columns:
            diagnostics.unknown("BIEU0202", name.span, name.text, table.columns, table=table.name)
            return None
        drawn, cell = resolver.column(table, name.text).type, Cell(table=table.name, column=name.text)
        if not rows or not drawn.is_number or item.by_unit or item.over_periods is not None:
            diagnostics.add("BIEU0358", item.value.span)
            return None
        return cell, rows
    operand = resolver.expression(item.value, Where(None))
    if not isinstance(operand.expression, Cell):
        return None
    alone = not item.by_unit and item.over_periods is None
    if operand.kind != "number" or alone or (item.by_unit and item.over_periods is not None):
        diagnostics.add("BIEU0358", item.value.span)
        return None
    return operand.expression, None
