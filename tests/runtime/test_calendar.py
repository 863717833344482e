"""Deadlines against holidays and weekends."""

from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.periods import DECREE_09_2019, Period
from compiler.template import Deadline
from runtime.calendar import SpecialDay, WorkingDays, due_date, read_special_days, working_days_2026

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingDays:
    kinds: st.SearchStrategy[Literal["off", "on"]] = st.sampled_from(("off", "on"))
    days = draw(st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 3, 1)), kinds))
    return WorkingDays.of(SpecialDay(day, kind, "", "C") for day, kind in days.items())


@pytest.mark.parametrize(
    ("closes", "days", "working", "due"),
    [
        ("2026-09-14", 1, True, "2026-09-15"),  # Monday → Tuesday
        ("2026-08-14", 1, True, "2026-08-17"),  # Friday → Monday
        ("2026-08-14", 1, False, "2026-08-17"),  # Saturday moves to Monday
        ("2026-04-29", 1, True, "2026-05-04"),  # two holidays and a weekend
        ("2026-04-25", 1, False, "2026-04-28"),  # Sunday holiday, its Monday in lieu
        ("2026-02-14", 2, False, "2026-02-23"),  # Tết and the weekend behind it
        ("2026-02-13", 2, True, "2026-02-24"),
        ("2026-09-14", 0, True, "2026-09-14"),
        ("2026-09-13", 0, True, "2026-09-14"),
        ("2026-12-31", 1, True, "2027-01-01"),  # 2027 has no table: only weekends are known
    ],
)
def test_due_dates(closes, days, working, due):
    deadline = Deadline(level="commune", days=days, working_days=working)
    assert due_date(date.fromisoformat(closes), deadline, working_days_2026()) == date.fromisoformat(due)


def test_a_quarter_s_deadline_from_its_period():
    closes = DECREE_09_2019.window(Period("quarter", 2026, 3)).end
    assert due_date(
        closes, Deadline(level="province", days=5, working_days=False), working_days_2026()
    ) == date(2026, 9, 21)  # the 19th is a Saturday


@given(calendars(), DAYS, st.integers(0, 20))
def test_working_days_are_counted_one_by_one(calendar, closes, count):
    due = calendar.after(closes, count)
    assert calendar.is_working(due)
    between = [closes + timedelta(days=n) for n in range(1, (due - closes).days + 1)]
    expected = count if count else sum(map(calendar.is_working, between))
    assert sum(map(calendar.is_working, between)) == expected


@given(calendars(), DAYS, st.integers(0, 20))
def test_a_deadline_is_never_early_and_never_off(calendar, closes, days):
    due = due_date(closes, Deadline(level="x", days=days, working_days=False), calendar)
    nominal = closes + timedelta(days=days)
    assert due >= nominal
    assert calendar.is_working(due)
    assert not any(calendar.is_working(nominal + timedelta(days=n)) for n in range((due - nominal).days))


def test_a_saturday_worked_in_exchange_counts():
    swap = WorkingDays.of(
        [SpecialDay(date(2026, 8, 31), "off", "", "C"), SpecialDay(date(2026, 8, 22), "on", "", "C")]
    )
    assert swap.is_working(date(2026, 8, 22))
    assert swap.after(date(2026, 8, 28), 1) == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("day,kind,name,sure\n", "line 1"),
        ("date,kind,name,sure\n2026-13-01,off,x,A\n", "line 2"),
        ("date,kind,name,sure\n2026-01-01,off,x,A\n2026-01-02,free,x,A\n", "line 3.*free"),
        ("date,kind,name,sure\n2026-01-01,off,x,D\n", "line 2.*'D'"),
        ("date,kind,name,sure\n2026-01-01,off\n", "line 2"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(text, problem):
    with pytest.raises(ValueError, match=problem):
        read_special_days(text)


def test_a_day_cannot_be_off_and_on():
    with pytest.raises(ValueError, match="2026-08-22 is off and on"):
        WorkingDays.of(read_special_days("date,kind,name,sure\n2026-08-22,on,x,C\n2026-08-22,off,y,C\n"))
