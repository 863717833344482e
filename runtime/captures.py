"""What a report takes over from earlier ones: read live, fixed when it is sent, told when the source moved on.

`prior` and `last_year` read the unit's report of the earlier period in its newest version, approved or not. Rules
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
from compiler.formula.expressions import CaptureFunction
from compiler.numbers import format_number
from compiler.periods import Period
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
    """A value taken over from an earlier report, and where it was read.

    `version` 0: the earlier report was assigned but nothing of it had been sent, so the value is blank. `provisional`:
    the version read was not approved when this one was sent.
    """

    value: int | None
    source: ReportKey
    version: int
    hash: str
    provisional: bool


@dataclass(frozen=True)
class Source:
    """An earlier report as it stands: its newest version's number, hash and evaluated cells; 0 where none was sent."""

    key: ReportKey
    state: State
    version: int = 0
    hash: str = ""
    cells: Mapping[Address, Scalar] = field(default_factory=dict)


Sources = Mapping[CaptureFunction, Source]
"""Per function the report it reads; absent where none was ever assigned."""


def source_keys(key: ReportKey) -> Mapping[CaptureFunction, ReportKey]:
    """Which reports a report may take over from."""
    keys: dict[CaptureFunction, ReportKey] = {"prior": key._replace(period=key.period.previous)}
    last_year = key.period.last_year
    if last_year is not None:
        keys["last_year"] = key._replace(period=last_year)
    return keys


def captured_from(plan: Plan, sources: Sources) -> Mapping[CaptureKey, Capture]:
    """What a report takes over from its sources. Nothing where the earlier report was never assigned."""
    captures: dict[CaptureKey, Capture] = {}
    for capture in plan.slots.captures:
        source = sources.get(capture.function)
        if source is None:
            continue
        if source.version == 0:
            captures[capture] = Capture(None, source.key, 0, "", provisional=True)
            continue
        held = source.cells.get(capture.address)
        captures[capture] = Capture(
            held if isinstance(held, int) else None,
            source.key,
            source.version,
            source.hash,
            provisional=source.state != "approved",
        )
    return captures


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
        expected, source = captures[capture].value, layout.by_address[capture.address].type
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
        place, type = _place(key.address), layout.by_address[key.address].type
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
