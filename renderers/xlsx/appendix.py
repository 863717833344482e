"""What a merged report carries behind its forms: which units it was made of, from which files, and what each reported.

The first sheet is the manifest: every unit that owes a report with the file it came in and that file's hash, or that it
is missing; then the files that were not taken, and why. After it comes a sheet for each table that has one line a unit
could be summed up in: its total, or its only row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.worksheet.worksheet import Worksheet

from compiler.template import Row, Table
from compiler.values import Address, Scalar
from renderers.places import column_words
from renderers.xlsx.look import HEADING_COLOUR, LINE_HEIGHT, Look, lines, number_format
from renderers.xlsx.names import sheet_titles
from renderers.xlsx.workbook import Drawing, cell, page, protect, row_height, widths

UNITS = "Phụ lục đơn vị"

_HEADINGS = ("STT", "Mã", "Đơn vị", "Tình trạng", "Tệp", "SHA-256 của tệp")
_WIDTHS = (6.0, 10.0, 30.0, 18.0, 28.0, 58.0)
_FIRST = 6
_HEAD = Look(bold=True, align="center", border="thin", fill=HEADING_COLOUR, size=11)
_CENTRED = Look(border="thin", align="center")
_PLAIN = Look(border="thin")


@dataclass(frozen=True)
class UnitLine:
    """One unit: its code and name, the file its report came in with its hash ("" for none), and what it reported."""

    code: str
    name: str
    file: str = ""
    sha256: str = ""
    cells: Mapping[Address, Scalar] | None = None


@dataclass(frozen=True)
class Appendix:
    """All units that owe a report, in order; what the total covers, in words; files not taken, each with the reason.

    `manifest`: the hash of the manifest that goes beside the workbook.
    """

    units: Sequence[UnitLine]
    coverage: str
    refused: Sequence[tuple[str, str]] = ()
    manifest: str = ""


def draw_appendix(drawing: Drawing, appendix: Appendix) -> None:
    """Draw all sheets of an appendix, after those that are there."""
    tables = [(table, row) for table in drawing.template.tables if (row := summing_row(table)) is not None]
    wanted = [UNITS, *(f"PL {drawing.plan.tables[table.name].title}" for table, _ in tables)]
    titles = sheet_titles(wanted, drawing.book.sheetnames)
    _manifest(drawing, drawing.sheet(titles[0]), appendix)
    for title, (table, row) in zip(titles[1:], tables, strict=True):
        _table(drawing, drawing.sheet(title), table, row, appendix)


def summing_row(table: Table) -> Row | None:
    """The row that says all of a unit's table in one line; None where no row does."""
    fixed = [row for row in table.rows if row.kind != "added"]
    totals = [row for row in fixed if row.total]
    if len(totals) == 1:
        return totals[0]
    return fixed[0] if len(fixed) == len(table.rows) == 1 else None


def _manifest(drawing: Drawing, sheet: Worksheet, appendix: Appendix) -> None:
    last = len(_HEADINGS)
    title = Look(bold=True, size=14, align="center")
    drawing.text(sheet, 1, 1, "PHỤ LỤC: CÁC ĐƠN VỊ VÀ TỆP NGUỒN", title)
    drawing.merge(sheet, 1, 1, 1, last, title)
    drawing.text(sheet, 2, 1, appendix.coverage, Look(italic=True, align="center"))
    drawing.merge(sheet, 2, 1, 2, last, Look(italic=True, align="center"))
    if appendix.manifest:
        said = f"SHA-256 của bảng kê kèm theo: {appendix.manifest}"
        drawing.text(sheet, 3, 1, said, Look(size=10, align="center", wrap=False))
        drawing.merge(sheet, 3, 1, 3, last, Look(size=10, align="center", wrap=False))
    for column, words in enumerate(_HEADINGS, start=1):
        drawing.text(sheet, _FIRST - 1, column, words, _HEAD)
    row = _FIRST
    for number, unit in enumerate(appendix.units, start=1):
        state = "Đã tổng hợp" if unit.sha256 else "Chưa có báo cáo"
        texts = ("", unit.code, unit.name, state, unit.file, unit.sha256)
        for column, text in enumerate(texts, start=1):
            look = _CENTRED if column in {1, 2, 4} else Look(border="thin", size=9 if column == 6 else 12)
            drawing.text(sheet, row, column, text, look)
        cell(sheet, row, 1).value = number
        long = max(
            lines(unit.name, _WIDTHS[2]), lines(unit.file, _WIDTHS[4]), lines(unit.sha256, _WIDTHS[5], size=9)
        )
        row_height(sheet, row, LINE_HEIGHT * long)
        row += 1
    if appendix.refused:
        row += 1
        drawing.text(sheet, row, 1, "TỆP KHÔNG NHẬN", Look(bold=True, wrap=False))
        for name, reason in appendix.refused:
            row += 1
            drawing.text(sheet, row, 1, name, _PLAIN)
            drawing.merge(sheet, row, 1, row, 3, _PLAIN)
            drawing.text(sheet, row, 4, reason, _PLAIN)
            drawing.merge(sheet, row, 4, row, last, _PLAIN)
            long = max(lines(name, sum(_WIDTHS[:3])), lines(reason, sum(_WIDTHS[3:])))
            row_height(sheet, row, LINE_HEIGHT * long)
    _finish(sheet, _WIDTHS, _FIRST - 1)


def _table(drawing: Drawing, sheet: Worksheet, table: Table, row: Row, appendix: Appendix) -> None:
    words = column_words(table)
    last = 3 + len(table.columns)
    title = Look(bold=True, size=13, align="center")
    drawing.text(sheet, 1, 1, f"{table.title}, theo đơn vị", title)
    drawing.merge(sheet, 1, 1, 1, last, title)
    drawing.text(sheet, 2, 1, f"Dòng «{row.label}»", Look(italic=True, align="center"))
    drawing.merge(sheet, 2, 1, 2, last, Look(italic=True, align="center"))
    headings = ("STT", "Mã", "Đơn vị", *(words[column.name] for column in table.columns))
    for number, said in enumerate(headings, start=1):
        drawing.text(sheet, _FIRST - 2, number, said, _HEAD)
        code = "" if number <= 3 else table.columns[number - 4].code
        drawing.text(
            sheet, _FIRST - 1, number, code, Look(italic=True, align="center", border="thin", size=10)
        )
    row_height(sheet, _FIRST - 2, LINE_HEIGHT * max(lines(said, 14.0, True, 11) for said in headings))
    for number, unit in enumerate(appendix.units, start=1):
        at = _FIRST + number - 1
        drawing.text(sheet, at, 1, "", _CENTRED)
        cell(sheet, at, 1).value = number
        drawing.text(sheet, at, 2, unit.code, _CENTRED)
        drawing.text(sheet, at, 3, unit.name, _PLAIN)
        for index, column in enumerate(table.columns):
            words_there = column.type.kind in {"text", "choice"}
            look = Look(
                border="thin", align="left" if words_there else "right", format=number_format(column.type)
            )
            target = cell(sheet, at, 4 + index)
            drawing.looks.put(target, look)
            held = (unit.cells or {}).get(Address(table.name, row.name, column.name))
            drawing.value(target, held, column.type)
        row_height(sheet, at, LINE_HEIGHT * lines(unit.name, 30.0))
    _finish(sheet, (6.0, 10.0, 30.0, *(14.0 for _ in table.columns)), _FIRST - 2)


def _finish(sheet: Worksheet, wide: Sequence[float], heading: int) -> None:
    widths(sheet, wide)
    sheet.freeze_panes = f"A{_FIRST}"
    sheet.print_title_rows = f"{heading}:{_FIRST - 1}"
    page(sheet, landscape=True)
    protect(sheet)
