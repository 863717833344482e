"""Prepared statements say the same as SQLAlchemy's own running of them, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, MultipleResultsFound, NoResultFound

from runtime.models import ReportRow, RequestRow, SessionRow, UserRow, VersionRow
from runtime.storage.prepared import Prepared
from runtime.store import Store
from tests.store.making import key, sent

_REPORTS = select(ReportRow.id, ReportRow.unit, ReportRow.due, ReportRow.state).order_by(ReportRow.id)
_VERSIONS = select(
    VersionRow.report_id, VersionRow.content, VersionRow.as_of, VersionRow.sent_at, VersionRow.late
)
_OF_UNIT = _REPORTS.where(ReportRow.unit == bindparam("unit"))


@pytest.mark.parametrize("statement", [_REPORTS, _VERSIONS], ids=["reports", "versions"])
def test_rows_are_those_of_sqlalchemy(store: Store, statement: Select[*tuple[Any, ...]]) -> None:
    sent(store, key())
    with store._database.read() as connection:
        wanted = connection.execute(statement).all()
        found = Prepared(statement).all(connection, {})
    assert wanted
    assert found == [tuple(row) for row in wanted]
    assert found[0]._fields == tuple(wanted[0]._fields)
    assert [type(value) for value in found[0]] == [type(value) for value in wanted[0]]


def test_one_row_is_asked_for(store: Store) -> None:
    units, one = Prepared(_REPORTS), Prepared(_OF_UNIT)
    with store._database.read() as connection:
        unit = units.all(connection, {})[0].unit
        assert one.one_or_none(connection, {"unit": unit}).unit == unit
        assert one.scalar(connection, {"unit": unit}) == one.one_or_none(connection, {"unit": unit}).id
        assert one.one_or_none(connection, {"unit": "nowhere"}) is None
        with pytest.raises(NoResultFound):
            one.scalar(connection, {"unit": "nowhere"})
        with pytest.raises(MultipleResultsFound):
            units.one_or_none(connection, {})
        with pytest.raises(KeyError):
            one.all(connection, {})


def test_a_unit_that_no_database_can_hold_is_not_found(store: Store) -> None:
    with store._database.read() as connection:
        assert Prepared(_OF_UNIT).all(connection, {"unit": "a\0\ud800"}) == []


def test_moments_are_kept_in_utc_whatever_zone_they_are_given_in(store: Store) -> None:
    begin = Prepared(insert(SessionRow))
    seen = Prepared(update(SessionRow).where(SessionRow.token == bindparam("session")), "seen")
    read = Prepared(select(SessionRow.began, SessionRow.seen))
    hanoi = datetime(2026, 9, 15, 9, tzinfo=timezone(timedelta(hours=7)))
    with store._database.write() as connection:
        user = {"display_name": "A", "password": "", "active": True, "must_change": False}
        Prepared(insert(UserRow)).run(connection, {"name": "a", **user})
        begin.run(connection, {"token": "t", "user": "a", "began": hanoi, "seen": hanoi, "expires": hanoi})
        seen.run(connection, {"session": "t", "seen": hanoi + timedelta(hours=1)})
        row = read.one_or_none(connection, {})
    utc = datetime(2026, 9, 15, 2, tzinfo=UTC)
    assert row == (utc, utc + timedelta(hours=1))
    assert row.began.utcoffset() == timedelta(0)


def test_what_the_database_refuses_is_told_as_ever_and_undone(store: Store) -> None:
    sent(store, key())
    ask = Prepared(insert(RequestRow))
    with store._database.read() as connection:
        report = Prepared(_REPORTS).all(connection, {})[0].id
    twice = {"report_id": report, "key": "a", "action": "send", "version": 1}
    with pytest.raises(IntegrityError), store._database.write() as connection:
        ask.run(connection, twice, twice)
    with store._database.read() as connection:
        kept = Prepared(select(RequestRow.key).where(RequestRow.key == bindparam("key"))).all(
            connection, {"key": "a"}
        )
        assert kept == []
    changed = Prepared(update(VersionRow).where(VersionRow.number == bindparam("which")), "as_of")
    with pytest.raises(DBAPIError, match="never changed"), store._database.write() as connection:
        changed.run(connection, {"which": 1, "as_of": date(2026, 1, 1)})


def test_a_store_goes_on_after_a_refused_statement(store: Store) -> None:
    with pytest.raises(DBAPIError), store._database.write() as connection:
        Prepared(insert(RequestRow)).run(
            connection, {"report_id": -1, "key": "a", "action": "send", "version": 1}
        )
    sent(store, key())
    line = store.reports.line(key())
    assert line is not None
    assert (line.state, line.version) == ("sent", 1)
