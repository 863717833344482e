"""A list as a workbook: numbers as numbers, days as days, texts as texts that never become formulas.

Rows go to a temporary file as they come, so a list of any length takes little memory; what no longer fits a sheet goes
on in the next. Excel keeps 15 digits of a number: one that has more stands as text, to the last digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from math import ceil
from typing import IO, cast

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from compiler.numbers import DIGITS
from renderers.listing import Heading, Item, Listing, Percent
from renderers.xlsx.look import FONT, HEADING_COLOUR
from renderers.xlsx.packing import write_workbook
from renderers.xlsx.strings import fitting

ROWS_OF_A_SHEET = 1_048_575
"""Rows under the headings of one sheet: what Excel has, less one."""

_FONT = Font(name=FONT, sz=11)
_BOLD = Font(name=FONT, sz=11, b=True)
_HEADING = PatternFill("solid", fgColor=HEADING_COLOUR)
_WRAPPED = Alignment(wrap_text=True, vertical="center")
_RIGHT = Alignment(horizontal="right")
_WIDTH_OF_A_PAGE = 180
"""What of columns' widths an A4 page across holds in letters that can still be read."""
_LINE, _MOST_LINES = 15, 12
"""A line of a heading in points, and how many are shown at most."""
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_BEGINS_A_FORMULA = re.compile(r"\s*[=+\-@]")


def write_xlsx(listings: Iterable[Listing], out: IO[bytes]) -> None:
    """Write lists into one workbook, a sheet each, and what they were chosen by on a last sheet."""
    book = Workbook(write_only=True)
    told: list[Listing] = []
    for listing in listings:
        _write(book, listing)
        told.append(listing)
    if any(listing.facts for listing in told):
        _tell(book, told)
    book.properties.title = fitting(told[0].title if told else "")[:255]
    book.properties.creator = "bieu"
    write_workbook(book, out)


def _write(book: Workbook, listing: Listing) -> None:
    rows = iter(listing.rows)
    first = next(rows, None)
    number = 1
    while first is not None or number == 1:
        sheet = _sheet(
            book, listing.title if number == 1 else f"{listing.title} ({number})", listing.headings
        )
        count = 0
        if first is not None:
            for row in chain([first], islice(rows, ROWS_OF_A_SHEET - 1)):
                sheet.append([_cell(sheet, item) for item in row])
                count += 1
        last = get_column_letter(max(1, len(listing.headings)))
        sheet.auto_filter.ref = f"A1:{last}{count + 1}"
        first = next(rows, None)
        number += 1


def _sheet(book: Workbook, title: str, headings: tuple[Heading, ...]) -> Worksheet:
    # A sheet that is only written is made of the same parts; the stubs know it by less.
    sheet = cast(Worksheet, book.create_sheet(_title(book, title)))
    for index, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = heading.width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    # A wide list is printed over as many pages as keep it readable, its first columns on each.
    sheet.page_setup.fitToWidth = ceil(sum(heading.width for heading in headings) / _WIDTH_OF_A_PAGE) or 1
    if sheet.page_setup.fitToWidth > 1:
        sheet.print_title_cols = "A:B"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    # Bold letters are wider, and words are not broken: a third more than the letters alone would take.
    lines = max((ceil(len(heading.words) * 4 / (heading.width * 3)) for heading in headings), default=1)
    sheet.row_dimensions[1].height = _LINE * min(lines, _MOST_LINES)
    sheet.append([_heading(sheet, heading.words) for heading in headings])
    return sheet


def _title(book: Workbook, wanted: str) -> str:
    """A sheet's name as Excel takes it: 31 letters, unique whatever the case."""
    plain = _NOT_IN_TITLES.sub(" ", wanted).strip(" '") or "Danh sách"
    taken = {name.casefold() for name in book.sheetnames}
    name, number = plain[:31].strip(), 1
    while name.casefold() in taken:
        number += 1
        ending = f" ({number})"
        name = plain[: 31 - len(ending)].strip() + ending
    return name


def _heading(sheet: Worksheet, words: str) -> Cell:
    cell = _text(sheet, words)
    cell.font, cell.fill, cell.alignment = _BOLD, _HEADING, _WRAPPED
    return cell


def _cell(sheet: Worksheet, item: Item) -> Cell | None:
    match item:
        case None | "":
            return None
        case str():
            return _text(sheet, item)
        case Percent(ratio):
            shown = ratio.scaleb(2)
            return _number(sheet, ratio, "0" + _decimals(shown) + "%", f"{shown:f}".replace(".", ",") + "%")
        case int() | Decimal():
            number = Decimal(item)
            return _number(sheet, number, "#,##0" + _decimals(number), f"{number:f}".replace(".", ","))
        case datetime():
            return _dated(sheet, item.replace(tzinfo=None), "dd/mm/yyyy hh:mm")
        case date():
            return _dated(sheet, item, "dd/mm/yyyy")


def _decimals(number: Decimal) -> str:
    exponent = number.as_tuple().exponent
    return "." + "0" * -exponent if isinstance(exponent, int) and exponent < 0 else ""


def _number(sheet: Worksheet, number: Decimal, format: str, shown: str) -> Cell:
    if len(number.normalize().as_tuple().digits) > DIGITS:
        cell = _text(sheet, shown)
        cell.alignment = _RIGHT
        return cell
    cell = WriteOnlyCell(sheet)
    cell.value = number
    cell.number_format, cell.font = format, _FONT
    return cell


def _dated(sheet: Worksheet, day: date | datetime, format: str) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.value = day
    cell.number_format, cell.font = format, _FONT
    return cell


def _text(sheet: Worksheet, text: str) -> Cell:
    """A text as such: it stays one also when somebody edits the cell and confirms it."""
    cell = WriteOnlyCell(sheet, fitting(text))
    cell.data_type = "s"  # also of "=1+1" and "#N/A"
    cell.font = _FONT
    if _BEGINS_A_FORMULA.match(text):
        cell.quotePrefix = True
    return cell


def _tell(book: Workbook, listings: list[Listing]) -> None:
    sheet = cast(Worksheet, book.create_sheet(_title(book, "Thông tin")))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 70
    for row in _facts(listings):
        sheet.append([_text(sheet, words) for words in row])


def _facts(listings: list[Listing]) -> Iterator[tuple[str, ...]]:
    for listing in listings:
        if listing.facts:
            yield "Danh sách", listing.title
            yield from listing.facts
