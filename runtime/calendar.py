"""When reports are due: days after the data closes, moved off weekends and holidays.

Which days are holidays is data that an operator keeps, for the lunar ones move and the Government swaps days every
year. `working_days_2026` is the table shipped; each of its rows says how sure it is. Which days a period's data
covers is `compiler.periods`' matter.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Literal

from compiler.template import Deadline

Kind = Literal["off", "on"]
Sureness = Literal["A", "B", "C"]
"""A: fixed by law on that date. B: announced for that year. C: expected, not checked against the announcement."""

_SATURDAY = 5
_KINDS: Mapping[str, Kind] = {"off": "off", "on": "on"}
_SURENESS: Mapping[str, Sureness] = {"A": "A", "B": "B", "C": "C"}


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says: `off` (a holiday) or `on` (a Saturday worked in exchange)."""

    day: date
    kind: Kind
    name: str
    sure: Sureness


@dataclass(frozen=True)
class WorkingDays:
    """Tells working days from others: Monday to Friday but for the special days. With none, weekends alone."""

    special: Mapping[date, SpecialDay] = field(default_factory=dict)

    @classmethod
    def of(cls, days: Iterable[SpecialDay]) -> WorkingDays:
        """From a table of special days. Raises ValueError when one day is both off and on."""
        special: dict[date, SpecialDay] = {}
        for day in days:
            if special.setdefault(day.day, day).kind != day.kind:
                raise ValueError(f"{day.day} is off and on")
        return cls(special)

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        special = self.special.get(day)
        return day.weekday() < _SATURDAY if special is None else special.kind == "on"

    def on_or_after(self, day: date) -> date:
        """The day itself where it is a working day, else the next one."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after a day; that day itself, moved to a working day, for 0."""
        if count == 0:
            return self.on_or_after(day)
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day


def due_date(closes: date, deadline: Deadline, working_days: WorkingDays) -> date:
    """The last day to send, for data that closes at the end of `closes`.

    Calendar days are counted through and the result moved to a working day; working days are counted as such.
    """
    if deadline.working_days:
        return working_days.after(closes, deadline.days)
    return working_days.on_or_after(closes + timedelta(days=deadline.days))


def read_special_days(text: str) -> tuple[SpecialDay, ...]:
    """Special days from CSV with columns date, kind, name, sure. ValueError, with its line, for a wrong row."""
    rows = csv.reader(io.StringIO(text), strict=True)
    if next(rows, None) != ["date", "kind", "name", "sure"]:
        raise ValueError("line 1: the columns must be date,kind,name,sure")
    days: list[SpecialDay] = []
    for row in rows:
        try:
            day, kind, name, sure = row
            days.append(SpecialDay(date.fromisoformat(day), _KINDS[kind], name, _SURENESS[sure]))
        except (KeyError, ValueError) as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
    return tuple(days)


@cache
def working_days_2026() -> WorkingDays:
    """The shipped calendar: 2026's holidays as far as they are known; of other years only weekends."""
    text = resources.files("runtime").joinpath("data/holidays-vn-2026.csv").read_text(encoding="utf-8")
    return WorkingDays.of(read_special_days(text))
