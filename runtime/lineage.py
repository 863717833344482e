"""Where a number comes from: from a total down to the reports it was made of, each by version and hash.

A lineage is read from the same slots as the roll-up, so that it names what was summed and nothing else. Where a report
got a captured value from is in its version (`reports.Capture`).
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.formula.expressions import AddedRows
from compiler.values import GroupKey, Scalar
from runtime.rollup import RollUp
from runtime.slots import Rule, SlotKey
from runtime.states import Contribution


@dataclass(frozen=True, slots=True)
class Source:
    """What one unit's report gave. `weight` is set for weighted means."""

    unit: str
    version: int
    hash: str
    value: Scalar
    weight: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What came through one unit right below: its own total of the value, of how many reports that gave one."""

    unit: str
    value: Scalar | None
    answers: int


@dataclass(frozen=True)
class Lineage:
    """One value of a total and everything it rests on.

    sources: the reports that gave a value, by unit code. blank: summed reports that gave none. not_included: reports
    that are due below and not summed. parts: the totals right below, for going down level by level. A value that is
    recomputed or carried over rests on `reads`, which have lineages of their own, and on columns of self-added rows.
    """

    unit: str
    key: SlotKey
    rule: Rule
    value: Scalar | None
    sources: tuple[Source, ...]
    blank: tuple[str, ...]
    not_included: tuple[Contribution, ...]
    parts: tuple[Part, ...]
    reads: tuple[SlotKey, ...]
    added_rows: tuple[tuple[GroupKey, str], ...]


def trace(rolled: RollUp, unit: str, key: SlotKey) -> Lineage:
    """The lineage of a cell or captured value in the total of a unit. KeyError for one the layout lacks."""
    plan = rolled.plan
    slot = plan.slots.of(key)
    sources: list[Source] = []
    blank: list[str] = []
    contributions = rolled.contributions(unit)
    for each in contributions:
        if not each.included or each.values is None:
            continue
        found = plan.found(each.values)
        value = found[slot.index]
        if value is None:
            blank.append(each.unit)
        else:
            weight = None if slot.weight is None else found[slot.weight]
            sources.append(Source(each.unit, each.version, each.hash, value, weight))
    reads: list[SlotKey] = []
    rows: list[tuple[GroupKey, str]] = []
    expression = plan.slots.expression_of(slot)
    for read in [] if expression is None else plan.slots.read_by(expression):
        if isinstance(read, AddedRows):
            rows.append((GroupKey(read.table, read.group), read.column or ""))
        else:
            reads.append(plan.slots.all[read].key)
    parts = []
    for child in rolled.tree.children(unit):
        total = rolled.total(child)
        if total.coverage.due:
            parts.append(Part(child, total.held[slot.index], total.answers[slot.index]))
    return Lineage(
        unit=unit,
        key=key,
        rule=slot.rule,
        value=rolled.total(unit).held[slot.index],
        sources=tuple(sources),
        blank=tuple(blank),
        not_included=tuple(each for each in contributions if not each.included),
        parts=tuple(parts),
        reads=tuple(dict.fromkeys(reads)),
        added_rows=tuple(dict.fromkeys(rows)),
    )
