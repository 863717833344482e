"""Period codes, words, neighbours and data windows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.findings import sentence
from compiler.periods import (
    CALENDAR_YEAR,
    DECREE_09_2019,
    FIRST_YEAR,
    LAST_YEAR,
    Edge,
    Period,
    PeriodProblem,
    Window,
    WindowRule,
    WindowTable,
    parse_period,
    periods_of_year,
)
from compiler.template import PeriodType

TYPES: tuple[PeriodType, ...] = ("week", "month", "quarter", "half_year", "nine_months", "year")


@st.composite
def periods(draw: st.DrawFn) -> Period:
    year = draw(st.integers(FIRST_YEAR, LAST_YEAR))
    return draw(st.sampled_from(periods_of_year(draw(st.sampled_from(TYPES)), year)))


def window(text: str, table: WindowTable = DECREE_09_2019) -> tuple[str, str]:
    period = parse_period(text)
    assert isinstance(period, Period)
    days = table.window(period)
    return days.start.isoformat(), days.end.isoformat()


@given(periods())
def test_a_code_reads_back_as_its_period(period):
    assert parse_period(period.code) == period


@given(st.text(alphabet="0123456789-MQSNWmq/ ٣", max_size=9))
def test_every_text_is_a_period_with_that_code_or_a_problem(text):
    period = parse_period(text)
    if isinstance(period, Period):
        assert period.code == text
    else:
        assert period.found == text
        if period.suggestion:
            assert isinstance(parse_period(period.suggestion), Period)
        assert text in sentence(period.finding())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("2026-M11", "Tháng 11 năm 2026"),
        ("2026-Q3", "Quý III năm 2026"),
        ("2026-S1", "6 tháng đầu năm 2026"),
        ("2026-S2", "6 tháng cuối năm 2026"),
        ("2026-N9", "9 tháng năm 2026"),
        ("2026-W47", "Tuần 47 năm 2026"),
        ("2026", "Năm 2026"),
    ],
)
def test_words(code, words):
    period = parse_period(code)
    assert isinstance(period, Period)
    assert period.words == words


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("2026-Q5", ""),
        ("2026-M00", ""),
        ("2026-M13", ""),
        ("2026-W54", ""),
        ("2025-W53", ""),  # 2025 has 52 ISO weeks, 2026 has 53
        ("2026-N6", ""),
        ("1789", ""),
        ("", ""),
        ("hai nghìn", ""),
        ("2026-M3", "2026-M03"),
        ("2026-q3", "2026-Q3"),
        ("Q3/2026", "2026-Q3"),
        ("11/2026", "2026-M11"),
        (" 2026-Q3", "2026-Q3"),
        ("2026-Q٣", ""),
    ],
)
def test_what_is_no_code_is_said_with_what_was_meant(text, suggestion):
    assert parse_period(text) == PeriodProblem(text, suggestion)


def test_a_long_text_is_not_repeated_in_full():
    problem = parse_period("9" * 100_000)
    assert isinstance(problem, PeriodProblem)
    assert len(problem.found) == 40


@given(periods())
def test_the_previous_period_ends_where_this_one_starts(period):
    before, this = DECREE_09_2019.window(period.previous), DECREE_09_2019.window(period)
    if period.type == "nine_months":
        assert period.previous == period.last_year
    else:
        assert before.end + timedelta(days=1) == this.start


@given(periods())
def test_last_year_is_the_same_number_a_year_before(period):
    earlier = period.last_year
    if earlier is None:
        assert (period.type, period.number) == ("week", 53)
        assert len(periods_of_year("week", period.year - 1)) == 52
        return
    assert (earlier.type, earlier.year, earlier.number) == (period.type, period.year - 1, period.number)
    if period.type != "week":  # a year may have 53 of them
        steps = period
        for _ in periods_of_year(period.type, period.year):
            steps = steps.previous
        assert steps == earlier


@given(st.sampled_from(TYPES), st.integers(FIRST_YEAR, LAST_YEAR))
def test_the_periods_of_a_year_are_each_other_s_neighbours(type, year):
    periods = periods_of_year(type, year)
    assert [period.previous for period in periods[1:]] == list(periods[:-1])
    assert periods[0].previous == periods_of_year(type, year - 1)[-1]


@pytest.mark.parametrize(
    ("code", "days"),
    [
        ("2026-M01", ("2025-12-15", "2026-01-14")),
        ("2026-M11", ("2026-10-15", "2026-11-14")),
        ("2026-Q1", ("2025-12-15", "2026-03-14")),
        ("2026-Q4", ("2026-09-15", "2026-12-14")),
        ("2026-S1", ("2025-12-15", "2026-06-14")),
        ("2026-S2", ("2026-06-15", "2026-12-14")),
        ("2026-N9", ("2025-12-15", "2026-09-14")),
        ("2026", ("2025-12-15", "2026-12-14")),
        ("2026-W47", ("2026-11-16", "2026-11-22")),
    ],
)
def test_the_decree_s_windows(code, days):
    assert window(code) == days


def test_other_windows_are_data():
    rules = {
        ("2026-08-16", "2027-08-15"): (Edge(months=7, day=16), Edge(months=8, day=15)),
        ("2025-03-15", "2026-03-14"): (Edge(months=-10, day=15), Edge(months=-9, day=14)),
        ("2025-12-16", "2026-12-15"): (Edge(months=-1, day=16), Edge(months=0, day=15)),
    }
    for days, (opens, closes) in rules.items():
        table = WindowTable(name="x", basis="x", rules=(WindowRule(type="year", opens=opens, closes=closes),))
        assert window("2026", table) == days
        with pytest.raises(KeyError, match="month"):
            table.window(Period("month", 2026, 3))
    assert window("2026-S1", CALENDAR_YEAR) == ("2026-01-01", "2026-06-30")
    assert window("2024-M02", CALENDAR_YEAR) == ("2024-02-01", "2024-02-29")
    thursday = WindowTable(name="x", basis="x", rules=(), week_opens=-4)
    assert window("2026-W47", thursday) == ("2026-11-12", "2026-11-18")
    assert date(2026, 11, 12).strftime("%A") == "Thursday"


@given(st.sampled_from(TYPES), st.dates(date(1950, 1, 1), date(2950, 1, 1)))
def test_a_day_lies_in_the_one_period_that_is_found_for_it(type, day):
    for table in (DECREE_09_2019, CALENDAR_YEAR):
        period = table.period_of(type, day)
        around = [
            p for year in (-1, 0, 1) for p in periods_of_year(type, day.year + year) if day in table.window(p)
        ]
        assert around == ([] if period is None else [period])
        assert period is not None or type == "nine_months"


def test_a_window_holds_both_its_ends():
    days = Window(date(2026, 1, 1), date(2026, 1, 31))
    assert date(2026, 1, 1) in days
    assert date(2026, 1, 31) in days
    assert date(2026, 2, 1) not in days


def test_no_period_can_be_made_that_its_year_lacks():
    with pytest.raises(ValueError, match="no quarter 5 in 2026"):
        Period("quarter", 2026, 5)
    with pytest.raises(ValueError, match="no week 53 in 2025"):
        Period("week", 2025, 53)
