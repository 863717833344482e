"""What stands in a workbook's cells, and what that is as the value of a cell of some type.

A person types, pastes and formats freely: a number may come as text, a date as a number, a code as its label. All
that can only mean one thing is taken; the rest is named, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import assert_never

from openpyxl.workbook import Workbook

from compiler.numbers import DIGITS, NumberProblem, parse_number, scaled
from compiler.template import ValueType
from compiler.values import Scalar
from renderers.scalars import ScalarProblem, read_text, shown
from renderers.sentences import printed_date
from renderers.xlsx.gate import SheetTraits
from renderers.xlsx.names import Spot, column_number
from renderers.xlsx.strings import cut_length, unstored

Problem = NumberProblem | ScalarProblem

_DATE = re.compile(r"(?P<day>[0-9]{1,2})\s*[/.-]\s*(?P<month>[0-9]{1,2})\s*[/.-]\s*(?P<year>[0-9]{4})")
_MERGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_YES, _NO = {"có", "true", "đúng"}, {"không", "false", "sai"}


@dataclass(frozen=True, slots=True)
class Held:
    """What a cell holds: a value as openpyxl tells it, an error ("#REF!") or nothing.

    `formula`: the value is a formula's result. `merged`: the merged range that swallowed the cell, or "".
    """

    value: object = None
    error: str | None = None
    formula: bool = False
    merged: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing there, or nothing but white space."""
        return self.error is None and (
            self.value is None or (isinstance(self.value, str) and not self.value.strip())
        )

    @property
    def shown(self) -> str:
        """What is there, fit for a message."""
        if self.error is not None:
            return self.error
        return shown(self.as_text() or "")

    def as_text(self) -> str | None:
        """What is there as a person would write it; None for nothing."""
        value = self.value
        match value:
            case None:
                return None
            case str():
                return unstored(value)
            case bool():
                return "TRUE" if value else "FALSE"
            case int():
                return shown(value)
            case float():
                return _decimal_text(value)
            case datetime() if value.time() == time():
                return printed_date(value.date().isoformat())
            case datetime() | date() | time() | timedelta():
                return str(value)
            case _:
                return shown(value)


BLANK = Held()


class Contents:
    """The cells of a workbook, sheet by sheet as they are asked for.

    `reach` tells for each sheet the last row and column that is looked at: nothing beyond is read.
    """

    def __init__(
        self, book: Workbook, traits: Mapping[str, SheetTraits], reach: Mapping[str, tuple[int, int]]
    ) -> None:
        self._traits = traits
        self._reach = reach
        self._sheets = {sheet.title: sheet for sheet in book.worksheets}
        self._read: dict[str, dict[tuple[int, int], Held]] = {}
        self._last: dict[str, int] = {}

    def has(self, sheet: str) -> bool:
        """Whether there is such a sheet."""
        return sheet in self._sheets

    def at(self, spot: Spot) -> Held:
        """What a cell holds."""
        return self._cells(spot.sheet).get((spot.row, spot.column), BLANK)

    def last_row(self, sheet: str) -> int:
        """The last row of a sheet that holds anything."""
        self._cells(sheet)
        return self._last[sheet]

    def _cells(self, title: str) -> dict[tuple[int, int], Held]:
        if title not in self._read:
            self._read[title] = self._of_sheet(title) if title in self._sheets else {}
            self._last[title] = max((row for row, _ in self._read[title]), default=0)
        return self._read[title]

    def _of_sheet(self, title: str) -> dict[tuple[int, int], Held]:
        sheet = self._sheets[title]
        # openpyxl tells the name of a sheet's part nowhere else.
        traits = self._traits.get(sheet._worksheet_path, SheetTraits())  # type: ignore[attr-defined]
        # What a file says of its own size is not to be trusted.
        sheet.reset_dimensions()
        found: dict[tuple[int, int], Held] = {}
        last_row, last_column = self._reach.get(title, (1, 1))
        for row in sheet.iter_rows(max_row=last_row, max_col=last_column):
            for cell in row:
                if cell.value is None:
                    continue
                error = str(cell.value) if cell.data_type == "e" else None
                found[cell.row, cell.column] = Held(None if error else cell.value, error)
        for coordinate in traits.formulas:
            key = _coordinate(coordinate)
            if key is not None:
                held = found.get(key, BLANK)
                found[key] = Held(held.value, held.error, True)
        _swallow(found, traits.merges)
        return found


def _swallow(found: dict[tuple[int, int], Held], merges: list[str]) -> None:
    """Mark what lies inside a merged range but for its first cell: a person sees nothing of it."""
    budget = 200_000
    for reference in merges:
        match = _MERGE.fullmatch(reference)
        if match is None:
            continue
        left, right = column_number(match[1]), column_number(match[3])
        top, bottom = int(match[2]), int(match[4])
        budget -= max((right - left + 1) * (bottom - top + 1), 0)
        if budget < 0:
            raise ValueError("too many merged cells")
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    held = found.get((row, column), BLANK)
                    found[row, column] = Held(held.value, held.error, held.formula, reference)


def _coordinate(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", text)
    return None if match is None else (int(match[2]), column_number(match[1]))


def read_cell(
    held: Held, type: ValueType, labels: Mapping[str, str], title: str, digits: int | None = None
) -> Scalar | Problem | None:
    """The value of a cell of that type, None for a blank, or why it is refused.

    `labels` are the words of a choice by code, and `title` their list's; `digits` is how many a number may have.
    """
    if held.error is not None:
        return ScalarProblem("cell_error", {"found": held.error})
    if held.is_blank:
        return None
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            return _number(held, type, digits or DIGITS)
        case "date":
            return _date(held)
        case "boolean":
            return _boolean(held)
        case "choice":
            return _choice(held, labels, title)
        case "text":
            text = held.as_text() or ""
            length = cut_length(text)
            if length is not None:
                return ScalarProblem(
                    "text_too_long", {"length": str(length), "limit": str(type.max_length or len(text))}
                )
            return read_text(text, type.max_length)
        case _:
            assert_never(type.kind)


def _number(held: Held, type: ValueType, digits: int) -> int | Problem:
    value = held.value
    match value:
        case bool():
            return ScalarProblem("not_a_number", {"found": held.shown})
        case int():
            return scaled(value, type, digits)
        case float():
            # A spreadsheet shows and means 15 digits; what a double has past them is noise.
            return scaled(Decimal(format(value, ".15g")), type, digits)
        case str():
            return parse_number(unstored(value), type)
        case _:
            return ScalarProblem("not_a_number", {"found": held.shown})


def _date(held: Held) -> str | Problem:
    value = held.value
    found: date | None = None
    match value:
        case datetime():
            found = value.date() if value.time() == time() else None
        case date():
            found = value
        case str():
            found = _typed_date(unstored(value).strip())
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


def _choice(held: Held, labels: Mapping[str, str], title: str) -> str | Problem:
    """The code of a label, or the code itself; case and white space are of no account where one label is left."""
    text = (held.as_text() or "").strip()
    exact = [code for code, label in labels.items() if label == text]
    if len(exact) == 1:
        return exact[0]
    if text in labels:
        return text
    near = [code for code, label in labels.items() if _folded(label) == _folded(text)]
    if len(near) == 1:
        return near[0]
    return ScalarProblem("not_in_list", {"found": held.shown, "list": title})


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _decimal_text(value: float) -> str:
    """A number in a text cell as a person here would write it."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.replace(".", ",")
