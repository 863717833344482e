"""A report held by the transaction that acts on it: its row and its chain locked, its past at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from compiler.cells import Layout
from compiler.formula.expressions import CaptureFunction
from compiler.formula.rounding import round_half_away
from compiler.values import Address, Scalar, Values
from runtime.captures import Source, Sources, source_keys
from runtime.models import ChainRow, DraftRow, ReportRow, RoundRow, VersionRow
from runtime.reports import ReportKey, Version
from runtime.storage.lines import is_key
from runtime.storage.log import Chain
from runtime.storage.packing import ValuesPacker, unpack_captures
from runtime.storage.records import Draft
from runtime.storage.templates import TemplateShelf
from runtime.workflow import State


@dataclass(frozen=True)
class Held:
    """A report as it stands in a transaction. `path`: its unit and those above it, nearest first."""

    id: int
    key: ReportKey
    round_id: int
    template: str
    path: tuple[str, ...]
    due: date
    as_of: date
    state: State
    left_out: str
    newest: int
    revision: int
    chain: Chain


def hold(connection: Connection, key: ReportKey) -> Held | None:
    """The report, locked for the transaction that acts on it; None where the unit owes none."""
    return _found(connection, key, _query().with_for_update(key_share=True, of=(ReportRow, ChainRow)))


def find(connection: Connection, key: ReportKey) -> Held | None:
    """The report to be read; None where the unit owes none."""
    return _found(connection, key, _query())


def _query() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ReportRow.id,
            ReportRow.round_id,
            RoundRow.template,
            ReportRow.path,
            ReportRow.due,
            ReportRow.as_of,
            ReportRow.state,
            ReportRow.left_out,
            ReportRow.newest,
            ReportRow.revision,
            ReportRow.chain_id,
            ChainRow.length,
            ChainRow.head,
        )
        .join(RoundRow, RoundRow.id == ReportRow.round_id)
        .join(ChainRow, ChainRow.id == ReportRow.chain_id)
    )


def _found(connection: Connection, key: ReportKey, query: Select[*tuple[Any, ...]]) -> Held | None:
    row = connection.execute(query.where(is_key(key))).one_or_none()
    if row is None:
        return None
    return Held(
        id=row.id,
        key=key,
        round_id=row.round_id,
        template=row.template,
        path=(key.unit, *(row.path.split("/") if row.path else ())),
        due=row.due,
        as_of=row.as_of,
        state=row.state,
        left_out=row.left_out,
        newest=row.newest,
        revision=row.revision,
        chain=Chain(row.chain_id, row.length, row.head),
    )


def draft_of(connection: Connection, packer: ValuesPacker, report_id: int) -> Draft:
    """The draft of a report; the empty one of revision 0 where nothing was saved."""
    row = connection.execute(
        select(DraftRow.content, DraftRow.revision, DraftRow.saved_by, DraftRow.saved_at).where(
            DraftRow.report_id == report_id
        )
    ).one_or_none()
    if row is None:
        return Draft(Values(), 0)
    return Draft(packer.unpack(row.content), row.revision, row.saved_by, row.saved_at)


def version_of(
    connection: Connection, templates: TemplateShelf, report_id: int, number: int
) -> Version | None:
    """One version with its values and captures."""
    row = connection.execute(
        select(
            VersionRow.template,
            VersionRow.content,
            VersionRow.sources,
            VersionRow.hash,
            VersionRow.as_of,
            VersionRow.sent_at,
            VersionRow.sent_by,
            VersionRow.late,
        ).where(VersionRow.report_id == report_id, VersionRow.number == number)
    ).one_or_none()
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


def sources_of(connection: Connection, templates: TemplateShelf, held: Held) -> Sources:
    """The earlier reports that a report takes over from, each in its newest version."""
    layout = templates.known(connection, held.template)[0].layout
    earlier = {key.period.code: key for key in source_keys(held.key).values()}
    rows = connection.execute(
        select(
            RoundRow.period,
            RoundRow.template,
            ReportRow.state,
            VersionRow.number,
            VersionRow.hash,
            VersionRow.content,
        )
        .join(RoundRow, RoundRow.id == ReportRow.round_id)
        .outerjoin(
            VersionRow, and_(VersionRow.report_id == ReportRow.id, VersionRow.number == ReportRow.newest)
        )
        .where(or_(*(is_key(key) for key in earlier.values())))
    ).all()
    found: dict[str, Source] = {}
    for row in rows:
        key = earlier[row.period]
        if row.number is None:
            found[row.period] = Source(key, row.state)
            continue
        made, packer = templates.known(connection, row.template)
        cells: Mapping[Address, Scalar] = packer.unpack(row.content).cells
        if row.template != held.template:
            cells = _at_the_scale_of(layout, made.layout, cells)
        found[row.period] = Source(key, row.state, row.number, row.hash, cells)
    sources: dict[CaptureFunction, Source] = {}
    for function, key in source_keys(held.key).items():
        if key.period.code in found:
            sources[function] = found[key.period.code]
    return sources


def _at_the_scale_of(
    layout: Layout, source: Layout, cells: Mapping[Address, Scalar]
) -> Mapping[Address, Scalar]:
    """The cells of a report of another template, as this layout's types hold them; what it lacks, or holds as another
    kind of value, is blank."""
    held: dict[Address, Scalar] = {}
    for address, value in cells.items():
        cell = layout.by_address.get(address)
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
