"""Reading reports: lists by right, one report with its history, two versions beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select, true

from compiler.periods import Period
from compiler.values import Address, Values
from runtime.accounts import Right, User, is_receiving, reaching
from runtime.models import ReportRow, RoundRow, UnitAboveRow, VersionRow
from runtime.reports import Act, Refusal, ReportKey, Version
from runtime.storage.database import Database
from runtime.storage.files import attachments
from runtime.storage.held import find, version_of
from runtime.storage.lines import ONE_LINE, at, line, line_of, lines
from runtime.storage.log import entries_of
from runtime.storage.records import Difference, Entry, Page, ReportLine, ReportView, VersionLine
from runtime.storage.templates import TemplateShelf
from runtime.workflow import State

Scope = Literal["owed", "received", "readable"]
"""owed: reports the user may fill in or send. received: those they may decide on. readable: all they may see."""

_RIGHTS: Mapping[Scope, tuple[Right, ...]] = {
    "owed": ("enter", "send"),
    "received": ("approve",),
    "readable": ("read",),
}

LARGEST_PAGE = 500


class Reading:
    """What may be read of reports. Lists are filtered by the rights that `accounts.permits` gives."""

    def __init__(self, database: Database, templates: TemplateShelf) -> None:
        self._database = database
        self._templates = templates

    def page(
        self,
        viewer: User,
        scope: Scope,
        *,
        regime: str | None = None,
        period: Period | None = None,
        state: State | None = None,
        unit: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[ReportLine]:
        """Some of the reports in a scope: latest due day first, then regime and unit. `unit`: it and all below."""
        wanted = [_in_scope(viewer, scope), _of(regime, period, state, unit)]
        offset, limit = max(0, offset), min(max(0, limit), LARGEST_PAGE)
        query = (
            lines()
            .where(*wanted)
            .order_by(ReportRow.due.desc(), RoundRow.regime, RoundRow.period, ReportRow.unit)
            .offset(offset)
            .limit(limit)
        )
        count = (
            select(func.count())
            .select_from(ReportRow)
            .join(RoundRow, RoundRow.id == ReportRow.round_id)
            .where(*wanted)
        )
        with self._database.read() as connection:
            items = tuple(line_of(row) for row in connection.execute(query))
            return Page(items, connection.execute(count).scalar_one(), offset)

    def each(
        self,
        viewer: User | None,
        scope: Scope,
        *,
        regime: str | None = None,
        period: Period | None = None,
        state: State | None = None,
        unit: str | None = None,
    ) -> Iterator[ReportLine]:
        """All the reports in a scope, in the order of `page`, of one moment and never all in memory.

        viewer None: whoever has the database itself. A transaction stays open until the last is taken: take them fast.
        """
        scoped = true() if viewer is None else _in_scope(viewer, scope)
        query = (
            lines()
            .where(scoped, _of(regime, period, state, unit))
            .order_by(ReportRow.due.desc(), RoundRow.regime, RoundRow.period, ReportRow.unit)
            .execution_options(yield_per=LARGEST_PAGE)
        )
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield line_of(row)

    def counts(
        self, viewer: User, scope: Scope, *, regime: str | None = None, period: Period | None = None
    ) -> Mapping[State, int]:
        """How many reports of a scope are in each state; every state is named."""
        query = (
            select(ReportRow.state, func.count())
            .join(RoundRow, RoundRow.id == ReportRow.round_id)
            .where(_in_scope(viewer, scope), _of(regime, period, None, None))
            .group_by(ReportRow.state)
        )
        with self._database.read() as connection:
            found = dict(connection.execute(query).all())
        return {state: found.get(state, 0) for state in get_args(State)}

    def line(self, key: ReportKey) -> ReportLine | None:
        """One report as a line."""
        with self._database.read() as connection:
            return line(connection, key)

    def view(self, key: ReportKey) -> ReportView | None:
        """One report with its versions, history and files."""
        with self._database.read() as connection:
            row = ONE_LINE.one_or_none(connection, at(key))
            if row is None:
                return None
            return ReportView(
                line=line_of(row),
                versions=_versions(connection, row.id),
                history=tuple(_entry(body) for body in entries_of(connection, row.chain_id)),
                files=attachments(connection, row.id),
            )

    def version(self, key: ReportKey, number: int) -> Version | None:
        """One version with its values and captures."""
        with self._database.read() as connection:
            held = find(connection, key)
            return None if held is None else version_of(connection, self._templates, held.id, number)

    def compare(self, key: ReportKey, before: int, after: int) -> tuple[Difference, ...] | Refusal:
        """What differs between two versions, in the order of the form."""
        with self._database.read() as connection:
            held = find(connection, key)
            if held is None:
                return Refusal.of("not_assigned", unit=key.unit, period=key.period.code)
            found = [version_of(connection, self._templates, held.id, number) for number in (before, after)]
            layout = self._templates.known(connection, held.line.template)[0].layout
        first, second = found
        if first is None or second is None:
            return Refusal.of("no_such_version", version=str(before if first is None else after))
        order = {cell.address: cell.slot for cell in layout.cells}
        return tuple(_differences(first.values, second.values, order))


def _in_scope(viewer: User, scope: Scope) -> ColumnElement[bool]:
    """The reports over which any grant of the viewer gives a right of the scope: `permits`, as a condition."""
    conditions: list[ColumnElement[bool]] = []
    for right in _RIGHTS[scope]:
        # Grants for all regimes reach in any; the others only in the report's own.
        everywhere = reaching(viewer.grants, right, None)
        limited = [
            grant
            for grant in viewer.grants
            if grant.regime is not None and grant in reaching(viewer.grants, right, grant.regime)
        ]
        for grant in (*everywhere, *limited):
            within = and_(UnitAboveRow.unit == ReportRow.unit, UnitAboveRow.above == grant.unit)
            if is_receiving(right):
                within = and_(within, UnitAboveRow.distance > 0)
            reached: ColumnElement[bool] = exists().where(within)
            conditions.append(
                reached if grant.regime is None else and_(reached, RoundRow.regime == grant.regime)
            )
    return or_(false(), *conditions)


def _of(
    regime: str | None, period: Period | None, state: State | None, unit: str | None
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if regime is not None:
        conditions.append(RoundRow.regime == regime)
    if period is not None:
        conditions.append(RoundRow.period == period.code)
    if state is not None:
        conditions.append(ReportRow.state == state)
    if unit is not None:
        conditions.append(exists().where(UnitAboveRow.unit == ReportRow.unit, UnitAboveRow.above == unit))
    return and_(True, *conditions)


def _versions(connection: Connection, report_id: int) -> tuple[VersionLine, ...]:
    rows = connection.execute(
        select(
            VersionRow.number,
            VersionRow.hash,
            VersionRow.template,
            VersionRow.sent_at,
            VersionRow.sent_by,
            VersionRow.late,
        )
        .where(VersionRow.report_id == report_id)
        .order_by(VersionRow.number)
    )
    return tuple(VersionLine(*row) for row in rows)


def _entry(body: Mapping[str, Any]) -> Entry:
    """An entry of the log as a line of history."""
    act = Act(body["by"], datetime.fromisoformat(body["at"]), body.get("reason", ""))
    reasons = {Address(table, row, column): reason for table, row, column, reason in body.get("cells", ())}
    return Entry(body["act"], act, body["state"], body["version"], reasons)


def _differences(before: Values, after: Values, order: Mapping[Address, int]) -> Iterator[Difference]:
    def in_order(address: Address) -> tuple[int, Address]:
        return order.get(address, len(order)), address

    for address in sorted({*before.cells, *after.cells}, key=in_order):
        was, now = before.cells.get(address), after.cells.get(address)
        if was != now or type(was) is not type(now):
            yield Difference(address, was, now)
    for group in dict.fromkeys(chain(before.added, after.added)):
        rows_before, rows_after = before.added.get(group, ()), after.added.get(group, ())
        if rows_before != rows_after:
            yield Difference(group, tuple(rows_before), tuple(rows_after))
    for name in dict.fromkeys(chain(before.texts, after.texts)):
        if before.texts.get(name) != after.texts.get(name):
            yield Difference(name, before.texts.get(name), after.texts.get(name))
    for key in dict.fromkeys(chain(before.captured, after.captured)):
        if before.captured.get(key) != after.captured.get(key):
            yield Difference(key, before.captured.get(key), after.captured.get(key))
