"""What stands in a workbook's cells, wherever the form reaches: sheet by sheet, as they are asked for.

calamine reads sheets that the gate called plain; openpyxl reads the others row by row. Both give the same here. What a
cell's contents mean as a value of some type is `typed.py`'s matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from renderers.scalars import shown
from renderers.sentences import printed_date
from renderers.xlsx.gate import RANGE, Examined, SheetTraits
from renderers.xlsx.names import Spot, column_number
from renderers.xlsx.parts import Parts
from renderers.xlsx.strings import unstored

_COORDINATE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Held:
    """What a cell holds: a value as the libraries tell it, an error ("#REF!") or nothing.

    `merged`: the merged range that swallowed the cell, or "".
    """

    value: object = None
    error: str | None = None
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
                return value
            case bool():
                return "TRUE" if value else "FALSE"
            case int():
                return shown(value)
            case float():
                return _decimal_text(value)
            case datetime() if value.time() == time():
                return printed_date(value.date().isoformat())
            case datetime() | time() | timedelta():
                return str(value)
            case date():
                return printed_date(value.isoformat())
            case _:
                return shown(value)


BLANK = Held()

Rows = Sequence[Sequence[object]]
"""A sheet's values by row and column from the first on; "" or None where there is nothing."""


class Contents:
    """The cells of a workbook. `reach` tells for each sheet the last row and column that is looked at."""

    def __init__(
        self, data: bytes, examined: Examined, parts: Parts, reach: Mapping[str, tuple[int, int]]
    ) -> None:
        self._data = data
        self._sheets = {
            title: examined.sheets[part] for title, part in parts.sheets.items() if part in examined.sheets
        }
        self._reach = reach
        self._fast: CalamineWorkbook | None = None
        self._slow: Workbook | None = None
        self._read: dict[str, _Sheet] = {}

    def close(self) -> None:
        """Let go of the workbook."""
        if self._slow is not None:
            self._slow.close()
        if self._fast is not None:
            self._fast.close()

    def has(self, sheet: str) -> bool:
        """Whether there is such a sheet."""
        return sheet in self._sheets

    def at(self, spot: Spot) -> Held:
        """What a cell holds."""
        return BLANK if spot.sheet not in self._sheets else self._sheet(spot.sheet).at(spot.row, spot.column)

    def rows(self, sheet: str) -> Rows:
        """The values of a sheet as they are: errors are texts here, and merged cells hold what they did."""
        return () if sheet not in self._sheets else self._sheet(sheet).rows

    def odd(self, sheet: str) -> Mapping[tuple[int, int], Held]:
        """The cells of a sheet that `rows` does not tell all of: with errors, or swallowed by a merged range."""
        return {} if sheet not in self._sheets else self._sheet(sheet).odd

    def has_formula(self, spot: Spot) -> bool:
        """Whether a formula stands in a cell, whatever it gives."""
        return spot.sheet in self._sheets and spot.cell in self._sheet(spot.sheet).formulas

    def _sheet(self, title: str) -> _Sheet:
        if title not in self._read:
            traits = self._sheets[title]
            reach = self._reach.get(title, (1, 1))
            if traits.plain:
                self._fast = self._fast or CalamineWorkbook.from_filelike(BytesIO(self._data))
                found = self._fast.get_sheet_by_name(title).to_python(skip_empty_area=False, nrows=reach[0])
                self._read[title] = _Sheet(found, traits, reach, {})
            else:
                self._slow = self._slow or load_workbook(
                    BytesIO(self._data), read_only=True, data_only=True, keep_links=False
                )
                rows, errors = _streamed(self._slow, title, reach)
                self._read[title] = _Sheet(rows, traits, reach, errors)
        return self._read[title]


class _Sheet:
    """One sheet. Its formulas are looked for when they are first asked for: in a sheet filled in full, never."""

    def __init__(
        self,
        rows: Rows,
        traits: SheetTraits,
        reach: tuple[int, int],
        errors: Mapping[tuple[int, int], str],
    ) -> None:
        self.rows = rows
        self._traits = traits
        self.odd: dict[tuple[int, int], Held] = {}
        for key, error in errors.items():
            self.odd[key] = Held(None, error)
        for coordinate, error in traits.errors().items():
            self.odd[_coordinate(coordinate)] = Held(None, error or "#VALUE!")
        self._swallow(reach)

    @cached_property
    def formulas(self) -> set[str]:
        """The cells with formulas."""
        return self._traits.formulas()

    def at(self, row: int, column: int) -> Held:
        """What a cell holds."""
        held = self.odd.get((row, column))
        if held is None:
            value = self._value(row, column)
            held = BLANK if value is None else Held(value)
        return held

    def _value(self, row: int, column: int) -> object:
        if 0 < row <= len(self.rows) and 0 < column <= len(self.rows[row - 1]):
            value = self.rows[row - 1][column - 1]
            return None if value == "" else value
        return None

    def _swallow(self, reach: tuple[int, int]) -> None:
        """Mark what lies inside a merged range but for its first cell: a person sees nothing of it."""
        budget = 200_000
        for reference in self._traits.merges:
            match = RANGE.fullmatch(reference)
            if match is None:
                continue
            left, right = column_number(match[1]), min(column_number(match[3]), reach[1])
            top, bottom = int(match[2]), min(int(match[4]), reach[0])
            budget -= max(right - left + 1, 0) * max(bottom - top + 1, 0)
            if budget < 0:
                raise ValueError("too many merged cells")
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    if (row, column) != (top, left):
                        held = self.odd.get((row, column))
                        value, error = (
                            (self._value(row, column), None) if held is None else (held.value, held.error)
                        )
                        self.odd[row, column] = Held(value, error, reference)


def _streamed(
    book: Workbook, title: str, reach: tuple[int, int]
) -> tuple[Rows, Mapping[tuple[int, int], str]]:
    """A sheet as openpyxl tells it, row by row, no further than the reach."""
    sheet = book[title]
    # What a file says of its own size is not to be trusted.
    sheet.reset_dimensions()
    rows: list[list[object]] = []
    errors: dict[tuple[int, int], str] = {}
    for cells in sheet.iter_rows(max_row=reach[0], max_col=reach[1]):
        for cell in cells:
            if cell.value is None:
                continue
            row, column = cell.row, cell.column
            while len(rows) < row:
                rows.append([])
            line = rows[row - 1]
            line.extend([None] * (column - len(line)))
            if cell.data_type == "e":
                errors[row, column] = str(cell.value)
            else:
                line[column - 1] = unstored(cell.value) if isinstance(cell.value, str) else cell.value
    return rows, errors


def _coordinate(text: str) -> tuple[int, int]:
    match = _COORDINATE.fullmatch(text)
    assert match is not None  # asked for coordinates only
    return int(match[2]), column_number(match[1])


def _decimal_text(value: float) -> str:
    """A number in a text cell as a person here would write it."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.replace(".", ",")
