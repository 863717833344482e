"""How a report is found and read as one line: shared by the rooms that act on reports and those that list them.

Here and in the other rooms, statements that every act runs are made once, with their values left open: making one
costs several times what running it does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select

from runtime.models import ReportRow, RoundRow, TemplateRow, UnitRow, VersionRow
from runtime.reports import Refusal, ReportKey
from runtime.storage.packing import stored_period
from runtime.storage.prepared import Prepared
from runtime.storage.records import ReportLine


def lines() -> Select[*tuple[Any, ...]]:
    """All reports with what a line tells of them."""
    return (
        select(
            ReportRow.id,
            RoundRow.regime,
            RoundRow.period,
            RoundRow.template,
            ReportRow.unit,
            UnitRow.name,
            TemplateRow.title,
            ReportRow.due,
            ReportRow.as_of,
            ReportRow.state,
            ReportRow.revision,
            ReportRow.newest,
            ReportRow.left_out,
            ReportRow.chain_id,
            VersionRow.sent_at,
            VersionRow.sent_by,
            VersionRow.late,
        )
        .join(RoundRow, RoundRow.id == ReportRow.round_id)
        .join(UnitRow, UnitRow.code == ReportRow.unit)
        .join(TemplateRow, TemplateRow.hash == RoundRow.template)
        .outerjoin(
            VersionRow,
            and_(VersionRow.report_id == ReportRow.id, VersionRow.number == ReportRow.newest),
        )
    )


IS_KEY = and_(
    RoundRow.regime == bindparam("regime"),
    RoundRow.period == bindparam("period"),
    ReportRow.unit == bindparam("unit"),
)
"""The condition that finds one report, where reports and rounds are joined; `at` gives what it asks for."""


def at(key: ReportKey) -> dict[str, str]:
    """What `IS_KEY` asks for."""
    return {"regime": key.regime, "period": key.period.code, "unit": key.unit}


def line_of(row: Any) -> ReportLine:
    """The line that a row of `lines` tells of."""
    return ReportLine(
        key=ReportKey(row.regime, row.unit, stored_period(row.period)),
        unit_name=row.name,
        title=row.title,
        template=row.template,
        due=row.due,
        as_of=row.as_of,
        state=row.state,
        revision=row.revision,
        version=row.newest,
        left_out=row.left_out,
        sent_at=row.sent_at,
        sent_by=row.sent_by or "",
        late=bool(row.late),
    )


ONE_LINE = Prepared(lines().where(IS_KEY))


def line(connection: Connection, key: ReportKey) -> ReportLine | None:
    """One report as a line; None where the unit owes none."""
    row = ONE_LINE.one_or_none(connection, at(key))
    return None if row is None else line_of(row)


def not_assigned(key: ReportKey) -> Refusal:
    """Why nothing can be done with a report that nobody owes."""
    return Refusal.of("not_assigned", unit=key.unit, period=key.period.code)
