"""A report held by the transaction that acts on it: its row and its chain locked, its past at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from compiler.cells import Layout, PlacedCell
from compiler.formula.rounding import round_half_away
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.captures import Source, Sources, source_keys
from runtime.models import ChainRow, DraftRow, ReportRow, RoundRow, VersionRow
from runtime.reports import ReportKey, Version
from runtime.states import State
from runtime.storage.lines import IS_KEY, at, line_of, lines
from runtime.storage.log import Chain
from runtime.storage.packing import ValuesPacker, unpack_captures, unpack_state
from runtime.storage.prepared import Prepared
from runtime.storage.records import Draft, ReportLine
from runtime.storage.templates import TemplateShelf


@dataclass(frozen=True)
class Held:
    """A report as it stands in a transaction. `path`: its unit and those above it, nearest first."""

    id: int
    round_id: int
    path: tuple[str, ...]
    chain: Chain
    line: ReportLine

    @property
    def key(self) -> ReportKey:
        """Which report."""
        return self.line.key


_REPORT = (
    lines()
    .add_columns(ReportRow.round_id, ReportRow.path, ChainRow.length, ChainRow.head)
    .join(ChainRow, ChainRow.id == ReportRow.chain_id)
    .where(IS_KEY)
)
_FOUND = Prepared(_REPORT)
_LOCKED = Prepared(_REPORT.with_for_update(key_share=True, of=(ReportRow, ChainRow)))


def hold(connection: Connection, key: ReportKey) -> Held | None:
    """The report, locked for the transaction that acts on it; None where the unit owes none."""
    return _held(_LOCKED.one_or_none(connection, at(key)))


def find(connection: Connection, key: ReportKey) -> Held | None:
    """The report to be read; None where the unit owes none."""
    return _held(_FOUND.one_or_none(connection, at(key)))


def _held(row: Any) -> Held | None:
    if row is None:
        return None
    path = (row.unit, *(row.path.split("/") if row.path else ()))
    return Held(row.id, row.round_id, path, Chain(row.chain_id, row.length, row.head), line_of(row))


_DRAFT = Prepared(
    select(DraftRow.content, DraftRow.revision, DraftRow.saved_by, DraftRow.saved_at).where(
        DraftRow.report_id == bindparam("report")
    )
)


def draft_of(connection: Connection, packer: ValuesPacker, report_id: int) -> Draft:
    """The draft of a report; the empty one of revision 0 where nothing was saved."""
    row = _DRAFT.one_or_none(connection, {"report": report_id})
    if row is None:
        return Draft(Values(), 0)
    return Draft(packer.unpack(row.content), row.revision, row.saved_by, row.saved_at)


_VERSION = Prepared(
    select(
        VersionRow.template,
        VersionRow.content,
        VersionRow.sources,
        VersionRow.hash,
        VersionRow.as_of,
        VersionRow.sent_at,
        VersionRow.sent_by,
        VersionRow.late,
    ).where(VersionRow.report_id == bindparam("report"), VersionRow.number == bindparam("number"))
)


def version_of(
    connection: Connection, templates: TemplateShelf, report_id: int, number: int
) -> Version | None:
    """One version with its values and captures."""
    row = _VERSION.one_or_none(connection, {"report": report_id, "number": number})
    if row is None:
        return None
    values = templates.known(connection, row.template)[1].unpack(row.content)
    return Version(
        number=number,
        values=values,
        captures=unpack_captures(values, json.loads(row.sources)),
        as_of=row.as_of,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
        late=row.late,
        template=row.template,
        hash=row.hash,
    )


_PART = Prepared(
    select(VersionRow.part).where(
        VersionRow.report_id == bindparam("report"), VersionRow.number == bindparam("number")
    )
)


def part_of(connection: Connection, held: Held) -> State:
    """What the newest version, of which there must be one, adds to totals while it counts."""
    wanted = {"report": held.id, "number": held.line.version}
    return unpack_state(_PART.scalar(connection, wanted))


_EARLIER = Prepared(
    select(
        RoundRow.period,
        RoundRow.template,
        ReportRow.state,
        VersionRow.number,
        VersionRow.hash,
        VersionRow.content,
    )
    .join(RoundRow, RoundRow.id == ReportRow.round_id)
    .outerjoin(VersionRow, and_(VersionRow.report_id == ReportRow.id, VersionRow.number == ReportRow.newest))
    .where(
        RoundRow.regime == bindparam("regime"),
        ReportRow.unit == bindparam("unit"),
        or_(RoundRow.period == bindparam("prior"), RoundRow.period == bindparam("last_year")),
    )
)


_OTHERS = (
    select(
        RoundRow.period,
        RoundRow.template,
        ReportRow.state,
        VersionRow.number,
        VersionRow.hash,
        VersionRow.content,
    )
    .join(RoundRow, RoundRow.id == ReportRow.round_id)
    .outerjoin(VersionRow, and_(VersionRow.report_id == ReportRow.id, VersionRow.number == ReportRow.newest))
    .where(
        RoundRow.regime == bindparam("regime"),
        ReportRow.unit == bindparam("unit"),
        RoundRow.period.in_(bindparam("periods", expanding=True)),
    )
)


def sources_of(connection: Connection, templates: TemplateShelf, held: Held) -> Sources:
    """The reports that a report takes over from, each in its newest version."""
    made, _ = templates.known(connection, held.line.template)
    if not made.plan.slots.captures:
        return Sources(held.key)
    keys = source_keys(held.key, made.plan)
    by_regime: dict[str, dict[str, ReportKey]] = {}
    for key in (each for found in keys.values() for each in found):
        by_regime.setdefault(key.regime, {})[key.period.code] = key
    found: dict[ReportKey, Source] = {}
    for regime, periods in by_regime.items():
        for row in _rows_of(connection, held, regime, list(periods)):
            key = periods[row.period]
            if row.number is None:
                found[key] = Source(key, row.state)
                continue
            source, packer = templates.known(connection, row.template)
            cells: Mapping[Address, Scalar] = packer.unpack(row.content).cells
            if row.template != held.line.template:
                known = (
                    made.layout.by_address if regime == held.key.regime else _elsewhere(made.layout, regime)
                )
                cells = _at_the_scale_of(known, source.layout, cells)
            found[key] = Source(key, row.state, row.number, row.hash, cells)
    sources: dict[str, tuple[Source, ...]] = {}
    for origin, wanted in keys.items():
        present = tuple(found[key] for key in wanted if key in found)
        if present:
            sources[origin] = present
    return Sources(held.key, sources)


def _rows_of(connection: Connection, held: Held, regime: str, periods: list[str]) -> Sequence[Any]:
    """The unit's reports of a regime for some periods; nearly every form asks for two at most, in one statement."""
    wanted = {"regime": regime, "unit": held.key.unit}
    if len(periods) > 2:
        return connection.execute(_OTHERS, {**wanted, "periods": periods}).all()
    return _EARLIER.all(connection, {**wanted, "prior": periods[0], "last_year": periods[-1]})


def _elsewhere(layout: Layout, regime: str) -> Mapping[Address, PlacedCell]:
    """The cells of another regime's reports that a layout reads, by their address there."""
    return {
        CaptureKey("report", address).there: cell
        for address, cell in layout.elsewhere.items()
        if CaptureKey("report", address).regime == regime
    }


def _at_the_scale_of(
    known: Mapping[Address, PlacedCell], source: Layout, cells: Mapping[Address, Scalar]
) -> Mapping[Address, Scalar]:
    """The cells of a report of another template, as the types of `known` hold them; what it lacks, or holds as another
    kind of value, is blank."""
    held: dict[Address, Scalar] = {}
    for address, value in cells.items():
        cell = known.get(address)
        if cell is None:
            continue
        was, now = source.by_address[address].type, cell.type
        if was.is_number and now.is_number and isinstance(value, int):
            held[address] = (
                value
                if was.scale == now.scale
                else round_half_away(Fraction(value, 10**was.scale), now.scale)
            )
        elif was.kind == now.kind:
            held[address] = value
    return held
