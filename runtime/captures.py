"""What a report takes over from others: read live, fixed when it is sent, told when the source moved on.

`prior` and `last_year` read the unit's report of the earlier period in its newest version, approved or not, `ytd` those
of all earlier periods of the year, and a cell of another regime the unit's report of that regime of the same period, or
of the longer one it lies in. Rules
only: the reports themselves are found by whoever holds them, in memory (`reports.py`) or in the database
(`storage/desk.py`), and given here as a `Source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from compiler.cells import Layout, PlacedCell
from compiler.findings import Finding, Place
from compiler.formula.evaluate import carried_key
from compiler.numbers import format_number
from compiler.periods import Period, covering_period, periods_of_year
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.states import Plan
from runtime.workflow import State


class ReportKey(NamedTuple):
    """Which report: one per regime, unit and period."""

    regime: str
    unit: str
    period: Period


@dataclass(frozen=True, slots=True)
class Capture:
    """A value taken over from another report, and where it was read.

    `version` 0: that report was assigned but nothing of it had been sent, so the value is blank; or `source` is the
    report itself, for the year to date of its first period: there was nothing to read. `provisional`: the version read
    was not approved when this one was sent. `before`: the further reports that a year to date was read from.
    """

    value: int | None
    source: ReportKey
    version: int
    hash: str
    provisional: bool
    before: tuple[Taken, ...] = ()


class Taken(NamedTuple):
    """A report that was read, in which version; version 0 where none had been sent."""

    source: ReportKey
    version: int
    hash: str


@dataclass(frozen=True)
class Source:
    """Another report as it stands: its newest version's number, hash and evaluated cells; 0 where none was sent."""

    key: ReportKey
    state: State
    version: int = 0
    hash: str = ""
    cells: Mapping[Address, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """The reports that `key` may take over from, by origin (`CaptureKey.origin`), the latest last.

    An origin is absent where none was ever assigned; that of a year to date is there in any case.
    """

    key: ReportKey
    found: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)


def source_keys(key: ReportKey, plan: Plan) -> Mapping[str, tuple[ReportKey, ...]]:
    """Which reports a report takes over from, by origin, the latest last."""
    keys: dict[str, tuple[ReportKey, ...]] = {}
    template = plan.layout.template
    types = {source.regime: source.period_types for source in template.sources or ()}
    for capture in plan.slots.captures:
        if capture.origin in keys:
            continue
        period: Period | None = None
        match capture.function:
            case "prior":
                period = key.period.previous
            case "last_year":
                period = key.period.last_year
            case "ytd" | "ytd_partial":
                year = periods_of_year(key.period.type, key.period.year)
                earlier = (each for each in year if each.number < key.period.number)
                keys[capture.origin] = tuple(key._replace(period=each) for each in earlier)
                continue
            case "report":
                regime = capture.regime or ""
                period = covering_period(key.period, types[regime])
                if period is not None:
                    keys[capture.origin] = (ReportKey(regime, key.unit, period),)
                continue
        if period is not None:
            keys[capture.origin] = (key._replace(period=period),)
    return keys


def captured_from(plan: Plan, sources: Sources) -> Mapping[CaptureKey, Capture]:
    """What a report takes over from its sources. Nothing where the other report was never assigned."""
    captures: dict[CaptureKey, Capture] = {}
    for capture in plan.slots.captures:
        found = sources.found.get(capture.origin)
        if capture.function in {"ytd", "ytd_partial"}:
            captures[capture] = _year_to_date(capture, found or (), sources.key)
        elif found:
            captures[capture] = _taken(capture, found[-1])
    return captures


def _taken(capture: CaptureKey, source: Source) -> Capture:
    if source.version == 0:
        return Capture(None, source.key, 0, "", provisional=True)
    held = source.cells.get(capture.there)
    return Capture(
        held if isinstance(held, int) else None,
        source.key,
        source.version,
        source.hash,
        provisional=source.state != "approved",
    )


def _year_to_date(capture: CaptureKey, sources: tuple[Source, ...], own: ReportKey) -> Capture:
    """The sum of the earlier periods of the year. `ytd` is blank where one that was due has no value, `ytd_partial`
    where none has; in the first period that was due there is nothing to add, and `ytd` is 0."""
    if not sources:
        return Capture(0 if capture.function == "ytd" else None, own, 0, "", provisional=False)
    parts = [_taken(capture, source) for source in sources]
    values = [part.value for part in parts if part.value is not None]
    complete = len(values) == len(parts) or capture.function == "ytd_partial"
    latest = parts[-1]
    return Capture(
        sum(values) if values and complete else None,
        latest.source,
        latest.version,
        latest.hash,
        provisional=any(part.provisional for part in parts),
        before=tuple(Taken(part.source, part.version, part.hash) for part in parts[:-1]),
    )


def with_captures(values: Values, captures: Mapping[CaptureKey, Capture]) -> Values:
    """The values with these captured ones in."""
    captured = {key: capture.value for key, capture in captures.items()}
    return Values(values.cells, values.added, values.texts, captured)


def openings_out_of_place(
    layout: Layout, values: Values, captures: Mapping[CaptureKey, Capture]
) -> tuple[Finding, ...]:
    """Entered carried cells that say otherwise than the earlier report they are carried from."""
    findings: list[Finding] = []
    for cell, capture in _carried(layout):
        entered = values.cells.get(cell.address)
        if entered is None or capture not in captures:
            continue
        expected, source = captures[capture].value, layout.source_of(capture).type
        if entered != expected:
            findings.append(
                Finding(
                    code="carried_differs",
                    severity="error",
                    place=_place(cell.address),
                    values={"found": _shown(entered, cell.type), "expected": _shown(expected, source)},
                )
            )
    return tuple(findings)


def entered_cells(
    layout: Layout, values: Values, captures: Mapping[CaptureKey, Capture]
) -> dict[Address, Scalar]:
    """The cells that are the unit's to enter: no computed ones, carried ones only as opening values."""
    entered = _entered(layout)
    taken = {cell.address for cell, capture in _carried(layout) if capture in captures}
    return {
        address: value
        for address, value in values.cells.items()
        if address in entered and address not in taken
    }


def carried_over(
    layout: Layout,
    values: Values,
    then: Mapping[CaptureKey, Capture],
    now: Mapping[CaptureKey, Capture],
) -> tuple[Finding, ...]:
    """What is to be said of a version's captures: provisional ones and stale ones, by cell.

    values: the version's. then: its captures. now: what it would take over today. A capture whose source has sent
    another version with the same value is neither.
    """
    findings: list[Finding] = []
    openings = {carried: cell.address for cell, carried in _carried(layout)}
    for key, today in now.items():
        taken = then.get(key)
        was = taken.value if taken is not None else values.cells.get(openings.get(key, key.address))
        if taken is None and key not in openings:
            continue  # it took over nothing and stood for nothing
        place, type = _place(key.address), layout.source_of(key).type
        source = {"period": today.source.period.code, "version": str(today.version)}
        if was != today.value and today.version > 0:
            findings.append(
                Finding(
                    code="carry_over_stale",
                    severity="warning",
                    place=place,
                    values={**source, "found": _shown(was, type), "expected": _shown(today.value, type)},
                )
            )
        elif today.provisional:
            findings.append(
                Finding(code="carry_over_provisional", severity="notice", place=place, values=source)
            )
    return tuple(findings)


@lru_cache(maxsize=64)
def _entered(layout: Layout) -> frozenset[Address]:
    """The cells that a unit may fill in, carried ones as opening values."""
    return frozenset(cell.address for cell in layout.cells if cell.kind in {"entered", "carried"})


@lru_cache(maxsize=64)
def _carried(layout: Layout) -> tuple[tuple[PlacedCell, CaptureKey], ...]:
    """The cells that take over a captured value, and which."""
    return tuple((cell, key) for cell in layout.cells if (key := carried_key(cell)) is not None)


def _place(address: Address) -> Place:
    return Place(table=address.table, row=address.row, column=address.column)


def _shown(value: Scalar | None, type: ValueType) -> str:
    return format_number(value, type) if isinstance(value, int) else "–"
