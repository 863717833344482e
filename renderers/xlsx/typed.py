"""What a workbook's cell holds, as the value of a cell of some type.

A person types, pastes and formats freely: a number may come as text, a date as a number, a code as its label. All
that can only mean one thing is taken; the rest is named, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import assert_never
from unicodedata import is_normalized

from compiler.numbers import DIGITS, LIMIT, NumberProblem, parse_number, scaled
from compiler.template import ValueType
from compiler.values import Scalar
from renderers.scalars import LONGEST_TEXT, ScalarProblem, read_text
from renderers.xlsx.contents import Held
from renderers.xlsx.strings import cut_length

Problem = NumberProblem | ScalarProblem

_DATE = re.compile(r"(?P<day>[0-9]{1,2})\s*[/.-]\s*(?P<month>[0-9]{1,2})\s*[/.-]\s*(?P<year>[0-9]{4})")
_SHORT = 1_000
"""No text this short was cut to fit a cell."""

_YES, _NO = {"có", "true", "đúng"}, {"không", "false", "sai"}

_FIRST_DAY = date(1899, 12, 30)
_DAYS = range(25_569, 73_051)
"""Day numbers that can only be meant as dates: 1970 to 2099. A year typed into a date's cell is far below them."""

_LAST_NUMBER = date(1954, 10, 3)
"""A number cell that was given a date's format shows small numbers as dates before this one (20,000 days)."""


@dataclass(frozen=True)
class Wanted:
    """What a cell is to hold: its type, the words of a choice by code with their list's title, and how many digits."""

    type: ValueType
    labels: Mapping[str, str]
    title: str
    digits: int = DIGITS


def read_cell(held: Held, wanted: Wanted) -> Scalar | Problem | None:
    """The value of a cell, None for a blank, or why it is refused."""
    if held.error is not None:
        return ScalarProblem("cell_error", {"found": held.error})
    if held.is_blank:
        return None
    type = wanted.type
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            return _number(held, type, wanted.digits)
        case "date":
            return _date(held)
        case "boolean":
            return _boolean(held)
        case "choice":
            return _choice(held, wanted)
        case "text":
            return _text(held, type)
        case _:
            assert_never(type.kind)


def plain_values(values: Sequence[object], type: ValueType) -> list[Scalar | None]:
    """Many contents of cells of one type: each usual one told at once, None for all that `read_cell` must look at.

    What is told is never anything else than what `read_cell` gives.
    """
    if type.is_number:
        power = 10.0**type.scale
        # The double nearest to a decimal of at most 15 digits stands for that decimal.
        return [
            number
            if value.__class__ is float
            and -1e12 < value < 1e12
            and (number := round(value * power)) / power == value
            and -LIMIT < number < LIMIT
            else None
            for value in values
        ]
    if type.kind != "text":
        return [None] * len(values)
    longest = min(LONGEST_TEXT if type.max_length is None else type.max_length, _SHORT)
    # A text of one line in composed form is kept as it is.
    return [
        value
        if isinstance(value, str)
        and 0 < len(value) <= longest
        and value.isprintable()
        and is_normalized("NFC", value)
        and not value.isspace()
        else None
        for value in values
    ]


def _text(held: Held, type: ValueType) -> str | Problem | None:
    text = held.as_text() or ""
    length = cut_length(text)
    if length is not None:
        return ScalarProblem(
            "text_too_long", {"length": str(length), "limit": str(type.max_length or len(text))}
        )
    return read_text(text, type.max_length)


def _number(held: Held, type: ValueType, digits: int) -> int | Problem:
    value = held.value
    match value:
        case bool():
            return ScalarProblem("not_a_number", {"found": held.shown})
        case int():
            return scaled(value, type, digits)
        case float():
            # A spreadsheet shows and means 15 digits; what a double has past them is noise.
            found = scaled(Decimal(format(value, ".15g")), type, digits)
            # As it stands in the cell, with a comma, and 1000000000000000 instead of 1E+15.
            return (
                found
                if isinstance(found, int)
                else replace(found, values={**found.values, "found": held.shown})
            )
        case str():
            return parse_number(value, type)
        case time() | datetime() | date() if (number := _counted(value)) is not None:
            return scaled(number, type, digits)
        case datetime() | date():
            return ScalarProblem("number_as_date", {"found": held.shown})
        case _:
            return ScalarProblem("not_a_number", {"found": held.shown})


def _counted(value: object) -> int | None:
    """The whole number that a cell holds which only looks like a date, because a date's format was pasted over it."""
    if value == time():
        return 0
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime) and value < _LAST_NUMBER:
        days = (value - _FIRST_DAY).days
        # Excel's calendar has a day too many in 1900, before which its numbers are one less.
        return days if days > 60 else days - 1
    return None


def _date(held: Held) -> str | Problem:
    value = held.value
    found: date | None = None
    match value:
        case datetime():
            found = value.date() if value.time() == time() else None
        case date():
            found = value
        case str():
            found = _typed_date(value.strip())
        case int() | float() if not isinstance(value, bool) and value in _DAYS:
            found = _FIRST_DAY + timedelta(days=int(value))
        case _:
            pass
    if found is None:
        return ScalarProblem("not_a_date", {"found": held.shown})
    return found.isoformat()


def _typed_date(text: str) -> date | None:
    """30/9/2026 or 2026-09-30."""
    match = _DATE.fullmatch(text)
    try:
        if match is not None:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _boolean(held: Held) -> bool | Problem:
    if isinstance(held.value, bool):
        return held.value
    word = _folded(held.as_text() or "")
    if word in _YES:
        return True
    if word in _NO:
        return False
    return ScalarProblem("not_a_boolean", {"found": held.shown})


def _choice(held: Held, wanted: Wanted) -> str | Problem:
    """The code of a label, or the code itself; case and white space are of no account where one label is left."""
    text = (held.as_text() or "").strip()
    exact = [code for code, label in wanted.labels.items() if label == text]
    if len(exact) == 1:
        return exact[0]
    if text in wanted.labels:
        return text
    near = [code for code, label in wanted.labels.items() if _folded(label) == _folded(text)]
    if len(near) == 1:
        return near[0]
    return ScalarProblem("not_in_list", {"found": held.shown, "list": wanted.title})


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
