"""A workbook as sheets of paper: the texts of its visible sheets with their spans, for `renderers.importing`.

Bytes pass the gate first; then only so many rows and columns are looked at, however far the formatting reaches.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook

from compiler.findings import Finding
from renderers.importing.sheets import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SHEETS,
    Cell,
    Sheet,
    is_strange,
    laid_out,
    plain,
)
from renderers.xlsx.gate import SheetTraits, examine
from renderers.xlsx.sheets import CHECKS, COVER, IDENTITY, OUTLINE
from renderers.xlsx.strings import unstored


def read_sheets(data: bytes) -> tuple[Sheet, ...] | Finding:
    """The visible sheets of a workbook, or why it isn't opened."""
    traits = examine(data)
    if isinstance(traits, Finding):
        return traits
    try:
        with warnings.catch_warnings():
            # openpyxl warns of everything it doesn't know; none of it matters for texts.
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return _sheets(book, traits.sheets)
            finally:
                book.close()
    except Exception:  # noqa: BLE001
        # As in read.py: well-formed nonsense makes openpyxl fail with whatever it stumbles over.
        return Finding(code="workbook_broken", severity="error")


def _sheets(book: Workbook, traits: Mapping[str, SheetTraits]) -> tuple[Sheet, ...]:
    sheets = []
    # Of a workbook that bieu made, what it adds around the form is no form.
    added = {COVER, OUTLINE, CHECKS} if IDENTITY in book.sheetnames else set()
    for sheet in book.worksheets[:MOST_SHEETS]:
        if sheet.sheet_state != "visible" or sheet.title in added:
            continue
        path = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
        merges = _merges(traits.get(path, SheetTraits()).merges)
        fonts: set[str] = set()
        cells: list[Cell] = []
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)
        for row in rows:
            for cell in row:
                if cell.value is None:
                    continue
                font = cell.font
                name = font.name or ""
                if is_strange(name):
                    fonts.add(name)
                text = plain(_text(cell.value), name)
                height, width = merges.get((cell.row, cell.column), (1, 1))
                bold, size = bool(font.b), float(font.sz or 0)
                cells.append(Cell(cell.row, cell.column, text, height, width, bold, size))
            if len(cells) > MOST_CELLS:
                break
        beyond = max(0, (sheet.max_row or 0) - MOST_ROWS) if cells and cells[-1].row >= MOST_ROWS else 0
        sheets.append(laid_out(sheet.title, cells, fonts, lost=beyond))
    return tuple(sheets)


def _merges(written: list[str]) -> dict[tuple[int, int], tuple[int, int]]:
    """Height and width of each merged range by its upper left corner; of two that share one, the larger."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for left, top, right, bottom in _ranges(written):
        size = (min(bottom, MOST_ROWS) - top + 1, min(right, MOST_COLUMNS) - left + 1)
        if min(size) > 0 and size > found.get((top, left), (0, 0)):
            found[top, left] = size
    return found


def _ranges(written: list[str]) -> Iterator[tuple[int, int, int, int]]:
    for reference in written[:MOST_CELLS]:
        try:
            left, top, right, bottom = range_boundaries(reference)
        except (ValueError, TypeError):
            continue
        if left and top and right and bottom:
            yield left, top, right, bottom


def _text(value: object) -> str:
    match value:
        case str():
            return unstored(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case float():
            return repr(value).replace(".", ",")
        case datetime() | date():
            return value.strftime("%d/%m/%Y")
        case _:
            return str(value)
