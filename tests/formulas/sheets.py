"""Conformance rows as one workbook, and what a spreadsheet program makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from compiler.formula.emit.excel import formula
from compiler.formula.expressions import Captured
from compiler.formula.grain import Reading, cell_types
from compiler.template import ValueType
from compiler.values import Scalar
from tests.formulas.rows import ConformanceRow, Suite, as_number

BLANKS = {"empty": None, "computed": '=""'}
"""Two sheets: on one a blank is an empty cell, on the other a formula that gives ""."""


@dataclass(frozen=True)
class Written:
    """A workbook without results, and where on each sheet the result of each row stands."""

    data: bytes
    places: dict[str, dict[str, str]]

    def read(self, data: bytes) -> dict[str, dict[str, object]]:
        """By sheet and row, the raw values in the same workbook once it was computed."""
        book = openpyxl.load_workbook(BytesIO(data), data_only=True)
        found = {
            sheet: {row: book[sheet][reference].value for row, reference in cells.items()}
            for sheet, cells in self.places.items()
        }
        book.close()
        return found


def written(suite: Suite) -> Written:
    """The rows of a suite as a workbook."""
    book = openpyxl.Workbook()
    places = {name: _sheet(book.create_sheet(name), suite, blank) for name, blank in BLANKS.items()}
    del book["Sheet"]
    stream = BytesIO()
    book.save(stream)
    return Written(stream.getvalue(), places)


def gives(row: ConformanceRow, found: object, *expected: Scalar | None) -> bool:
    """Whether a spreadsheet's raw value is one of those expected, to the last bit.

    Without any: what the row gives, or what it says doubles may give.
    """
    return any(_is(wanted, row.type, found) for wanted in expected or (row.expected, row.doubles))


def _is(wanted: Scalar | None, type: ValueType, found: object) -> bool:
    if wanted is None:
        return found in {None, ""}
    if isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, bool) or not isinstance(found, int | float) or not isinstance(wanted, int):
        return False
    # The double nearest to the decimal that is meant.
    return float(found) == float(as_number(wanted, type))


def _sheet(sheet: Worksheet, suite: Suite, blank: str | None) -> dict[str, str]:
    """Rows one under the other: the result in column A, the cells from C on, self-added rows downwards."""
    top = 1
    types = cell_types(suite.layout)
    results: dict[str, str] = {}
    for row in suite.rows:
        references: dict[str, str] = {}
        height = 1
        for offset, (name, held) in enumerate(row.cells.items()):
            letter = get_column_letter(3 + offset)
            for line, value in enumerate(held.values or (None,)):
                target = sheet[f"{letter}{top + line}"]
                if value is None:
                    target.value = blank
                elif held.type.is_number:
                    assert isinstance(value, int)
                    target.value = as_number(value, held.type)
                else:
                    target.value = value
            height = max(height, len(held.values))
            last = top + max(len(held.values), 1) - 1
            references[name] = f"{letter}{top}:{letter}{last}" if held.added else f"{letter}{top}"

        def place(reading: Reading, references: dict[str, str] = references) -> str:
            assert not isinstance(reading, Captured)
            return references[reading.column or ""]

        sheet[f"A{top}"] = formula(row.expression, row.type, place, types)
        results[row.name] = f"A{top}"
        top += height
    return results
