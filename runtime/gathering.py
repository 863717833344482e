"""What units write in words and the rows they add, gathered for the unit above: read from the reports, not from states.

Everything keeps the unit it came from. Texts stand in the order of unit codes. Rows are all kept (`union`) or those
with equal keys become one (`group`), each column by its own rule; keys are compared NFC, trimmed, with white space
folded and case kept. Numbers here are as exact as in `states.py`, and are likewise never rounded on the way up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compiler.cells import AddedColumn, AddedGroup, Layout
from compiler.findings import Finding, Place
from compiler.formula.evaluate import ReportReader, assign, evaluate
from compiler.formula.rounding import Overflow, round_half_away, within
from compiler.template import OutlineItem, Section, TextInput
from compiler.values import Address, GroupKey, Scalar
from runtime.states import Contribution


class UnitText(NamedTuple):
    """What one unit wrote."""

    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class GatheredRow:
    """A row of the unit above: its values, and the units whose rows it is made of, by code."""

    units: tuple[str, ...]
    values: Mapping[str, Scalar]


@dataclass(frozen=True)
class Gathered:
    """Texts by name or cell, rows by group, and what could not be brought together."""

    texts: Mapping[str | Address, tuple[UnitText, ...]]
    rows: Mapping[GroupKey, tuple[GatheredRow, ...]]
    findings: tuple[tuple[Finding, tuple[str, ...]], ...]


def gathers_anything(layout: Layout) -> bool:
    """Whether reports of this layout have texts or added rows at all."""
    cells = any(cell.over_units.rule == "concat" for cell in layout.cells)
    return bool(layout.groups) or cells or any(_text_inputs(layout.template.outline))


def gather(layout: Layout, contributions: Iterable[Contribution]) -> Gathered:
    """Texts and rows of the included reports, in the order of unit codes whatever order they come in."""
    reports = sorted((each for each in contributions if each.included), key=lambda each: each.unit)
    findings: list[tuple[Finding, tuple[str, ...]]] = []
    rows = {group.key: tuple(_gather_rows(layout, group, reports, findings)) for group in layout.groups}
    return Gathered(_gather_texts(layout, reports), rows, tuple(findings))


# -- texts ---------------------------------------------------------------------------------------------------


def _text_inputs(items: Sequence[OutlineItem]) -> Iterator[TextInput]:
    for item in items:
        if isinstance(item, Section):
            yield from _text_inputs(item.items)
        elif isinstance(item, TextInput):
            yield item


def _gather_texts(
    layout: Layout, reports: Sequence[Contribution]
) -> Mapping[str | Address, tuple[UnitText, ...]]:
    gathered: dict[str | Address, tuple[UnitText, ...]] = {}
    for text in _text_inputs(layout.template.outline):
        written = [
            (each, each.values.texts[text.name])
            for each in reports
            if each.values is not None and each.values.texts.get(text.name)
        ]
        if text.over_units.rule == "last" and written:
            written = [max(written, key=lambda pair: (pair[0].as_of, pair[0].unit))]
        if text.over_units.rule in {"concat", "last"}:
            gathered[text.name] = tuple(UnitText(each.unit, words) for each, words in written)
    for cell in layout.cells:
        if cell.over_units.rule == "concat":
            gathered[cell.address] = tuple(
                UnitText(each.unit, str(each.values.cells[cell.address]))
                for each in reports
                if each.values is not None and cell.address in each.values.cells
            )
    return gathered


# -- rows ----------------------------------------------------------------------------------------------------


class _SourceRow(NamedTuple):
    as_of: date
    unit: str
    position: int
    values: Mapping[str, Scalar]


def folded_key(key: Scalar) -> Scalar:
    """A key as it is compared: a text NFC, trimmed, white space folded, case kept; anything else as it is."""
    return " ".join(unicodedata.normalize("NFC", key).split()) if isinstance(key, str) else key


def _gather_rows(
    layout: Layout,
    group: AddedGroup,
    reports: Sequence[Contribution],
    findings: list[tuple[Finding, tuple[str, ...]]],
) -> Iterator[GatheredRow]:
    over_units = group.row.over_units
    rule = "union" if over_units is None else over_units.rule
    rows = [
        _SourceRow(each.as_of, each.unit, index, row)
        for each in reports
        if each.values is not None
        for index, row in enumerate(each.values.added.get(group.key, ()), start=1)
    ]
    if rule == "union":
        yield from (GatheredRow((row.unit,), row.values) for row in rows)
    elif rule == "group":
        key = (over_units.key if over_units else None) or group.row.key or ""
        yield from _grouped(layout, group, key, rows, findings)


def _grouped(
    layout: Layout,
    group: AddedGroup,
    key: str,
    rows: Sequence[_SourceRow],
    findings: list[tuple[Finding, tuple[str, ...]]],
) -> Iterator[GatheredRow]:
    """One row per key, by key; a row without a key has no equal and stays by itself, at the end."""
    by_key: dict[Scalar, list[_SourceRow]] = {}
    alone: list[_SourceRow] = []
    for row in rows:
        held = row.values.get(key)
        if held is None or held == "":
            alone.append(row)
        else:
            by_key.setdefault(folded_key(held), []).append(row)
    for value in sorted(by_key, key=lambda value: (str(type(value)), value)):
        members = by_key[value]
        units = tuple(sorted({row.unit for row in members}))
        values: dict[str, Scalar] = {}
        for added in group.columns:
            if added.column.name == key:
                values[key] = value
            elif (held := _column(group, added, value, members, units, findings)) is not None:
                values[added.column.name] = held
        yield GatheredRow(units, _with_computed(layout, group, values))
    for row in alone:
        yield GatheredRow((row.unit,), row.values)


def _column(
    group: AddedGroup,
    added: AddedColumn,
    key: Scalar,
    rows: Sequence[_SourceRow],
    units: tuple[str, ...],
    findings: list[tuple[Finding, tuple[str, ...]]],
) -> Scalar | None:
    """One column of the rows with one key, by the column's rule."""
    name, rule = added.column.name, added.column.over_units
    held = [(row, row.values[name]) for row in rows if name in row.values]
    numbers = [value for _, value in held if isinstance(value, int)]
    if rule.rule == "count":
        return len(held)
    if not held:
        return None
    match rule.rule:
        case "sum":
            return within(sum(numbers))
        case "min" | "max":
            values = [value for _, value in held]
            return min(values) if rule.rule == "min" else max(values)
        case "mean":
            return round_half_away(Fraction(sum(numbers), len(numbers)), 0) if numbers else None
        case "weighted_mean":
            pairs = [(value, row.values.get(rule.weight or "")) for row, value in held]
            weighted = [(x, w) for x, w in pairs if isinstance(x, int) and isinstance(w, int)]
            weight = sum(w for _, w in weighted)
            return round_half_away(Fraction(sum(x * w for x, w in weighted), weight), 0) if weight else None
        case "last":
            return max(held, key=lambda pair: pair[0][:3])[1]
        case "concat":
            return "; ".join(dict.fromkeys(str(value) for _, value in held))
        case "recompute" if added.kind == "computed":
            return None  # computed from the row's other columns, once these are known
        case "none" | "recompute" | "union" | "group":
            if len({folded_key(value) for _, value in held}) == 1:
                return held[0][1]
            place = Place(table=group.key.table, row=group.key.group, column=name, words=str(key))
            finding = Finding(
                code="group_disagrees",
                severity="warning",
                place=place,
                values={"key": str(key), "column": added.column.label, "units": ", ".join(units)},
            )
            findings.append((finding, units))
            return None


def _with_computed(layout: Layout, group: AddedGroup, values: dict[str, Scalar]) -> Mapping[str, Scalar]:
    for added in group.order:
        if added.column.over_units.rule == "recompute" and added.expression is not None:
            reader = ReportReader(layout, {}, {}, {}, group, values)
            try:
                held = assign(evaluate(added.expression, reader), added.type)
            except Overflow:
                held = None
            if held is not None:
                values[added.column.name] = held
    return values
