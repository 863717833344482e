"""Periods: their codes, their words, their order, and the days whose data they take in.

Codes follow SDMX where it has one: `2026` (year), `2026-S1` (half year), `2026-Q4`, `2026-M11`, `2026-W47` (ISO week);
`2026-N9` for the first nine months is our own, for SDMX has none. A code names a period; which days its data covers is
another matter, told by a `WindowTable`. The table is data: `DECREE_09_2019` is the general rule of Nghị định
09/2019/NĐ-CP, and a regime whose circular says otherwise brings its own.

When reports are due is `runtime.calendar`'s matter, what a period captures from another `runtime.reports`'.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from compiler.findings import Finding, Place
from compiler.frozen import Frozen
from compiler.template import PeriodType

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""The years a code may name: anything else is a slip of the keyboard."""

_ROMAN = ("", "I", "II", "III", "IV")
_LETTERS: dict[PeriodType, str] = {
    "month": "M",
    "quarter": "Q",
    "half_year": "S",
    "nine_months": "N",
    "week": "W",
}
_TYPES: dict[str, PeriodType] = {letter: type for type, letter in _LETTERS.items()}
_CODE = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<letter>[MQSNW])(?P<number>[0-9]{1,2}))?")
_LOOSE = (
    re.compile(r"(?P<year>[0-9]{4})[-/. ]?(?P<letter>[MQSNWmqsnw]?)(?P<number>[0-9]{1,2})"),
    re.compile(r"(?P<letter>[MQSNWmqsnw]?)(?P<number>[0-9]{1,2})[-/. ](?P<year>[0-9]{4})"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """One period. `number` counts periods of its type within the year; of a year it is 1, of nine months 9.

    Raises ValueError for a number its year does not have: a text from outside goes through `parse_period`.
    """

    type: PeriodType
    year: int
    number: int = 1

    def __post_init__(self) -> None:
        if self.number not in _numbers(self.type, self.year):
            raise ValueError(f"no {self.type} {self.number} in {self.year}")

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The code: `2026-M03`, `2026-Q4`, `2026-S1`, `2026-N9`, `2026-W07`, `2026`."""
        match self.type:
            case "year":
                return f"{self.year:04}"
            case "month" | "week":
                return f"{self.year:04}-{_LETTERS[self.type]}{self.number:02}"
            case "quarter" | "half_year" | "nine_months":
                return f"{self.year:04}-{_LETTERS[self.type]}{self.number}"
            case _:
                assert_never(self.type)

    @property
    def words(self) -> str:
        """As printed on a report: "Quý III năm 2026", "6 tháng đầu năm 2026"."""
        match self.type:
            case "year":
                return f"Năm {self.year}"
            case "half_year":
                return f"6 tháng {'đầu' if self.number == 1 else 'cuối'} năm {self.year}"
            case "nine_months":
                return f"9 tháng năm {self.year}"
            case "quarter":
                return f"Quý {_ROMAN[self.number]} năm {self.year}"
            case "month":
                return f"Tháng {self.number} năm {self.year}"
            case "week":
                return f"Tuần {self.number} năm {self.year}"
            case _:
                assert_never(self.type)

    @property
    def previous(self) -> Period:
        """The period of the same type right before; before nine months come last year's nine months."""
        earlier = [number for number in _numbers(self.type, self.year) if number < self.number]
        if earlier:
            return Period(self.type, self.year, earlier[-1])
        return Period(self.type, self.year - 1, _numbers(self.type, self.year - 1)[-1])

    @property
    def last_year(self) -> Period | None:
        """The same period of the year before; None for a 53rd week where that year had 52."""
        if self.number not in _numbers(self.type, self.year - 1):
            return None
        return Period(self.type, self.year - 1, self.number)


_LONGER: dict[PeriodType, tuple[PeriodType, ...]] = {
    "week": ("year",),
    "month": ("quarter", "half_year", "year"),
    "quarter": ("half_year", "year"),
    "half_year": ("year",),
    "nine_months": ("year",),
    "year": (),
}
"""Which longer periods of the same year a period lies in, the shortest first."""

_MONTHS: dict[PeriodType, int] = {"month": 1, "quarter": 3, "half_year": 6}


def covering(type: PeriodType, types: Iterable[PeriodType]) -> PeriodType | None:
    """The shortest of `types` that a period of `type` is or lies in; None where it lies in none of them."""
    known = set(types)
    return next((found for found in (type, *_LONGER[type]) if found in known), None)


def covering_period(period: Period, types: Iterable[PeriodType]) -> Period | None:
    """The period of the shortest of `types` that is the given one or holds it: a month's quarter, or its year."""
    type = covering(period.type, types)
    if type is None or type == period.type:
        return None if type is None else period
    if type == "year":
        return Period("year", period.year)
    last_month = period.number * _MONTHS[period.type]
    return Period(type, period.year, (last_month - 1) // _MONTHS[type] + 1)


@dataclass(frozen=True, slots=True)
class PeriodProblem:
    """Why a text is not the code of a period; `suggestion` is the code it was probably meant to be, or empty."""

    found: str
    suggestion: str = ""

    def finding(self, place: Place | None = None) -> Finding:
        """The finding at a place."""
        hint = f" → {self.suggestion}" if self.suggestion else ""
        return Finding(
            code="not_a_period",
            severity="error",
            place=place or Place(),
            # An arrow and a code: a hint that reads the same in every language.
            values={"found": self.found, "hint": hint},
        )


def parse_period(text: str) -> Period | PeriodProblem:
    """The period of a code, exactly as `Period.code` writes it, or why there is none."""
    match = _CODE.fullmatch(text)
    if match is not None:
        period = _period(match["year"], match["letter"] or "", match["number"] or "1")
        if period is not None and period.code == text:
            return period
    return PeriodProblem(text[:40], _suggestion(text.strip()))


def periods_of_year(type: PeriodType, year: int) -> tuple[Period, ...]:
    """All periods of that type in a year, in order."""
    return tuple(Period(type, year, number) for number in _numbers(type, year))


def _numbers(type: PeriodType, year: int) -> range:
    match type:
        case "year":
            return range(1, 2)
        case "half_year":
            return range(1, 3)
        case "nine_months":
            return range(9, 10)
        case "quarter":
            return range(1, 5)
        case "month":
            return range(1, 13)
        case "week":
            # The 28th of December always lies in the year's last ISO week.
            return range(1, date(year, 12, 28).isocalendar().week + 1)
        case _:
            assert_never(type)


def _period(year: str, letter: str, number: str) -> Period | None:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    type = _TYPES[letter] if letter else "year"
    if int(number) not in _numbers(type, int(year)):
        return None
    return Period(type, int(year), int(number))


def _suggestion(text: str) -> str:
    """A code for `2026-q3`, `Q3/2026`, `2026-M3`, and `11/2026` for a month."""
    for form in _LOOSE:
        match = form.fullmatch(text)
        if match is not None:
            period = _period(match["year"], match["letter"].upper() or "M", match["number"])
            if period is not None:
                return period.code
    return ""


# -- windows -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """The days whose data a period takes in, both included. `end` is the day the data is closed."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


class Edge(Frozen):
    """A day of a month counted from a month of the period: `months` -1 is the month before. Day 31 is the last."""

    months: int
    day: int

    def on(self, year: int, month: int) -> date:
        """The day, seen from that month."""
        index = year * 12 + month - 1 + self.months
        year, month = index // 12, index % 12 + 1
        return date(year, month, min(self.day, monthrange(year, month)[1]))


class WindowRule(Frozen):
    """How a period of one type opens, seen from its first calendar month, and closes, seen from its last."""

    type: PeriodType
    opens: Edge
    closes: Edge


class WindowTable(Frozen):
    """The data windows of a regime. `week_opens` is days from the ISO week's Monday: -4 for Thursday to Wednesday."""

    name: str
    basis: str
    rules: tuple[WindowRule, ...]
    week_opens: int = 0

    def window(self, period: Period) -> Window:
        """The days of a period. KeyError where the table has no rule for its type."""
        if period.type == "week":
            monday = date.fromisocalendar(period.year, period.number, 1)
            start = monday + timedelta(days=self.week_opens)
            return Window(start, start + timedelta(days=6))
        for rule in self.rules:
            if rule.type == period.type:
                first, last = _months(period)
                return Window(rule.opens.on(period.year, first), rule.closes.on(period.year, last))
        raise KeyError(f"{self.name} has no window for {period.type}")

    def period_of(self, type: PeriodType, day: date) -> Period | None:
        """The period of that type whose window the day lies in; None between windows (October of nine months)."""
        for year in (day.year, day.year + 1, day.year - 1):
            for period in periods_of_year(type, year):
                if day in self.window(period):
                    return period
        return None


def _months(period: Period) -> tuple[int, int]:
    """The first and the last calendar month of a period that is no week."""
    match period.type:
        case "month":
            return period.number, period.number
        case "quarter":
            return 3 * period.number - 2, 3 * period.number
        case "half_year":
            return 6 * period.number - 5, 6 * period.number
        case "nine_months":
            return 1, 9
        case "year" | "week":
            return 1, 12
        case _:
            assert_never(period.type)


def _same_edges(types: Iterable[PeriodType], opens: Edge, closes: Edge) -> tuple[WindowRule, ...]:
    return tuple(WindowRule(type=type, opens=opens, closes=closes) for type in types)


_ALL: tuple[PeriodType, ...] = ("month", "quarter", "half_year", "nine_months", "year")

DECREE_09_2019 = WindowTable(
    name="nghi_dinh_09_2019",
    basis="Nghị định 09/2019/NĐ-CP, Điều 12",
    rules=_same_edges(_ALL, Edge(months=-1, day=15), Edge(months=0, day=14)),
)
"""From the 15th of the month before the period to the 14th of its last month. Of weeks the article says nothing: ISO
weeks, Monday to Sunday, stand in until a regime brings its own table."""

CALENDAR_YEAR = WindowTable(
    name="nam_duong_lich",
    basis="Theo năm dương lịch",
    rules=_same_edges(_ALL, Edge(months=0, day=1), Edge(months=0, day=31)),
)
"""From the first to the last day of the period itself."""
