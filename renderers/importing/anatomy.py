"""Where the tables of a sheet are: heading, code row, body, and the lines above and below.

A table is known by its code row. Upwards of it stand the heading's rows, each of several cells that together cover most
of the table; downwards the body, until notes, signatures or another table. A sheet on which no row looks like a code
row is tried by spans alone, and the draft asks about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from renderers.importing.codes import Printed, read_code
from renderers.importing.sheets import Cell, Sheet

_COVERED = 0.75
"""The part of a table's columns that a row of its heading covers."""

_ABOVE = re.compile(
    r"(?i)^\W*(biểu (mẫu )?số|ban hành (kèm )?theo|kèm theo (thông tư|quyết định|nghị định)|kỳ báo cáo|từ ngày\b)|"
    r"đơn vị( (báo cáo|nhận[^:]*|gửi|lập|tính))?\s*:|ngày nhận báo cáo|cộng h[òo]a xã hội|độc lập\s*[-–]|"
    r"thông tư số|nghị định số"
)
"""What stands in lines above a table and not in its heading; a heading may speak of what a body has issued."""

_BELOW = re.compile(
    r"(?i)^(\*|ghi chú|chú thích|lưu ý|người lập|lập biểu|người kiểm tra|thủ trưởng|nơi nhận|chủ tịch|giám đốc|"
    r"kt\.|tm\.|phụ trách|.{0,60}ngày.{0,12}tháng.{0,12}năm|\(\d\) )"
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of a table: its places on the sheet, what its heading says from the top down, and its printed code."""

    left: int
    right: int
    path: tuple[Cell, ...]
    code: Printed | None
    code_text: str

    @property
    def label(self) -> str:
        """The lowest heading."""
        return self.path[-1].text if self.path else ""


@dataclass(frozen=True)
class BodyRow:
    """A row of the body: the texts in its columns, by the column's place in `Found.leaves`."""

    row: int
    texts: tuple[str, ...]
    bold: bool
    whole_width: str = ""
    """The text of a line that crosses the table."""


@dataclass(frozen=True)
class Found:
    """A table on a sheet. `above` and `below` are the texts around it, in reading order."""

    sheet: str
    top: int
    code_row: int | None
    leaves: tuple[Leaf, ...]
    body: tuple[BodyRow, ...]
    above: tuple[Cell, ...]
    below: tuple[Cell, ...]
    heading: tuple[Cell, ...]
    bottom: int


def find_tables(sheets: Sequence[Sheet]) -> tuple[Found, ...]:
    """The tables of a file. By spans alone only where no sheet has a code row."""
    found = [table for sheet in sheets for table in _with_code_rows(sheet)]
    if not found:
        found = [table for sheet in sheets for table in _by_spans(sheet)]
    return tuple(found)


# -- with a code row -----------------------------------------------------------------------------------------


def _with_code_rows(sheet: Sheet) -> list[Found]:
    heads: list[tuple[int, int, int, int, int]] = []
    codes_before: list[str] = []
    for row in range(1, sheet.height + 1):
        if heads and row <= heads[-1][1]:
            continue
        codes = _code_cells(sheet, row)
        if codes is None:
            continue
        left, right = codes[0].column, codes[-1].last_column
        top, bottom = _heading(sheet, row, left, right)
        if top is None:
            continue
        named = [cell.text for cell in codes]
        if named == codes_before:
            continue  # the heading, printed again on the next page
        codes_before = named
        left, right = _widened(sheet, bottom, left, right)
        heads.append((top, row, bottom, left, right))
    tables: list[Found] = []
    for index, (top, row, bottom, left, right) in enumerate(heads):
        after = heads[index + 1][0] if index + 1 < len(heads) else sheet.height + 1
        before = tables[-1].bottom if tables else 0
        tables.append(_found(sheet, (top, bottom), row, (left, right), before, after))
    return tables


def _code_cells(sheet: Sheet, row: int) -> list[Cell] | None:
    """The cells of a code row: most of the row's, with numbers that go up one by one."""
    cells = sheet.starting(row)
    codes = [(cell, code) for cell in cells if (code := read_code(cell.text)) is not None]
    if len(codes) < 2 or len(codes) < 0.6 * len(cells):
        return None
    numbers = [int(found[0]) for _, code in codes if (found := re.match(r"\d+", code.code))]
    steps = sum(second - first == 1 for first, second in pairwise(numbers))
    formulas = any(code.sides for _, code in codes)
    lettered = any(re.fullmatch(r"[A-ZĐ]", code.code) for _, code in codes)
    if len(numbers) < 2 or steps < 0.6 * (len(numbers) - 1):
        return None
    if len(numbers) < 3 and not formulas and not lettered:
        return None
    return [cell for cell, _ in codes]


def _heading(sheet: Sheet, row: int, left: int, right: int) -> tuple[int | None, int]:
    """The first and last row of the heading above a code row."""
    bottom = row - 1
    while bottom > max(0, row - 3) and not sheet.across(bottom, left, right):
        bottom -= 1
    top: int | None = None
    current = bottom
    while current > 0 and _is_heading(sheet, current, left, right):
        top = current
        current -= 1
    return top, bottom


def _is_heading(sheet: Sheet, row: int, left: int, right: int) -> bool:
    cells = sheet.across(row, left, right)
    if len(cells) < 2 or any(_ABOVE.search(cell.text) and cell.rows < 3 for cell in cells):
        return False
    covered = sum((row, column) in sheet.covered for column in range(left, right + 1))
    return covered >= _COVERED * (right - left + 1)


def _widened(sheet: Sheet, bottom: int, left: int, right: int) -> tuple[int, int]:
    """The table's columns, with those beside the codes that only have a heading."""
    while left > 1 and (bottom, left - 1) in sheet.covered:
        left -= 1
    while (bottom, right + 1) in sheet.covered:
        right += 1
    return left, right


# -- by spans ------------------------------------------------------------------------------------------------


def _by_spans(sheet: Sheet) -> list[Found]:
    for row in range(1, sheet.height + 1):
        cells = sheet.starting(row)
        if len(cells) < 3 or any(_ABOVE.search(cell.text) for cell in cells):
            continue
        left, right = cells[0].column, cells[-1].last_column
        covered = sum((row, column) in sheet.covered for column in range(left, right + 1))
        if covered < _COVERED * (right - left + 1):
            continue
        bottom = row
        while True:
            group_above = any(
                cell.columns > 1 and cell.last_row == bottom for cell in sheet.across(bottom, left, right)
            )
            reach = max(cell.last_row for cell in sheet.across(bottom, left, right))
            lower = max(reach, bottom + 1 if group_above and sheet.starting(bottom + 1) else bottom)
            if lower == bottom:
                break
            bottom = lower
        return [_found(sheet, (row, bottom), None, (left, right), 0, sheet.height + 1)]
    return []


# -- the parts of a table ------------------------------------------------------------------------------------


def _found(
    sheet: Sheet,
    heading: tuple[int, int],
    code_row: int | None,
    columns: tuple[int, int],
    before: int,
    after: int,
) -> Found:
    (top, bottom), (left, right) = heading, columns
    leaves = _leaves(sheet, heading, code_row, columns)
    first = (code_row or bottom) + 1
    body, last = _body(sheet, first, after, columns, leaves)
    inside = [cell for cell in sheet.cells if top <= cell.row <= bottom and left <= cell.column <= right]
    return Found(
        sheet=sheet.name,
        top=top,
        code_row=code_row,
        leaves=leaves,
        body=body,
        above=_lines(sheet, before + 1, top - 1),
        below=_lines(sheet, last + 1, after - 1),
        heading=tuple(sorted(inside, key=lambda cell: (cell.row, cell.column))),
        bottom=last,
    )


def _lines(sheet: Sheet, first: int, last: int) -> tuple[Cell, ...]:
    return tuple(cell for row in range(first, last + 1) for cell in sheet.starting(row))


def _leaves(
    sheet: Sheet, heading: tuple[int, int], code_row: int | None, columns: tuple[int, int]
) -> tuple[Leaf, ...]:
    leaves: list[Leaf] = []
    column = columns[0]
    while column <= columns[1]:
        code_cell = None if code_row is None else sheet.covered.get((code_row, column))
        above = [sheet.covered.get((row, column)) for row in range(heading[0], heading[1] + 1)]
        path = tuple(dict.fromkeys(cell for cell in above if cell is not None))
        right = column
        if code_cell is not None:
            right = code_cell.last_column
        elif path:
            right = path[-1].last_column
            while right > column and code_row is not None and (code_row, right) in sheet.covered:
                right -= 1
        if path or code_cell is not None:
            code = None if code_cell is None else read_code(code_cell.text)
            text = "" if code_cell is None else code_cell.text
            leaves.append(Leaf(column, min(right, columns[1]), path, code, text))
        column = right + 1
    return tuple(leaves)


def _body(
    sheet: Sheet, first: int, after: int, columns: tuple[int, int], leaves: tuple[Leaf, ...]
) -> tuple[tuple[BodyRow, ...], int]:
    rows: list[BodyRow] = []
    last, blanks = first - 1, 0
    for row in range(first, after):
        cells = sheet.starting(row)
        if not cells:
            blanks += 1
            continue
        inside = [cell for cell in cells if columns[0] <= cell.column <= columns[1]]
        if not inside or _BELOW.match(inside[0].text) or len(inside) < len(cells):
            break
        if _code_cells(sheet, row) is not None and rows:
            continue  # a code row repeated on the next page
        wide = (
            inside[0] if len(inside) == 1 and inside[0].columns > (columns[1] - columns[0] + 1) / 2 else None
        )
        if wide is not None and (blanks or not rows) and not re.match(r"[IVX\dA-Z]+[.)]? ", wide.text):
            break
        if blanks > 2 and not _belongs(inside, leaves):
            break
        # A heading printed again on the next page is not a row.
        texts = tuple(
            next((cell.text for cell in inside if leaf.left <= cell.column <= leaf.right), "")
            for leaf in leaves
        )
        if not (rows and texts == tuple(leaf.label for leaf in leaves)):
            rows.append(BodyRow(row, texts, inside[0].bold, wide.text if wide is not None else ""))
        last, blanks = max(cell.last_row for cell in inside), 0
    return tuple(rows), last


def _belongs(cells: list[Cell], leaves: tuple[Leaf, ...]) -> bool:
    return len(cells) > 1 and any(cell.column == leaf.left for cell in cells for leaf in leaves[:2])
