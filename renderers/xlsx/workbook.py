"""The workbook being written: openpyxl's objects beside the plan, and the few strokes every sheet is drawn with.

A text from an author or a unit reaches a cell only through `text`, which never lets it become a formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import Layout
from compiler.template import Code, CodeList, ValueType
from compiler.values import Scalar, to_decimal
from renderers.filling import Filling
from renderers.places import Places
from renderers.xlsx.look import FONT, Look, Looks, number_format
from renderers.xlsx.names import Block, Spot, column_letter, quoted
from renderers.xlsx.sheets import Book, code_labels
from renderers.xlsx.strings import fitting

YES, NO = "Có", "Không"
HIGHEST = 409.0
"""Points: no row of Excel's is higher."""

MOST_LETTERS = 8_000
"""The longest formula written here: Excel takes 8,192 characters."""

A4 = 9
"""The paper's number in Excel."""


class Drawing:
    """One workbook in the making."""

    def __init__(self, layout: Layout, filling: Filling | None) -> None:
        self.layout = layout
        self.template = layout.template
        self.filling = filling
        self.values = None if filling is None else filling.values
        self.plan = Book(layout, self.values)
        self.places = Places(layout)
        self.book = Workbook()
        self.looks = Looks(self.book)
        self.labels = {codes.name: code_labels(layout, codes.name) for codes in layout.template.code_lists}
        self._in_force = {codes.name: self._order(codes) for codes in layout.template.code_lists}

    def codes(self, name: str) -> tuple[tuple[Code, ...], int]:
        """A list's codes, those that may be chosen in the report's period first, and how many these are."""
        return self._in_force.get(name, ((), 0))

    def _order(self, codes: CodeList) -> tuple[tuple[Code, ...], int]:
        if self.filling is None:
            return codes.codes, len(codes.codes)
        period = self.filling.period
        current = [
            (code.valid_from is None or code.valid_from <= period.end)
            and (code.valid_until is None or code.valid_until >= period.start)
            for code in codes.codes
        ]
        ordered = [code for code, now in zip(codes.codes, current, strict=True) if now]
        count = len(ordered)
        ordered += [code for code, now in zip(codes.codes, current, strict=True) if not now]
        return tuple(ordered), count

    def sheet(self, title: str) -> Worksheet:
        """A new sheet, after those that are there."""
        sheet: Worksheet = self.book.create_sheet(title)
        sheet.sheet_view.showGridLines = False
        return sheet

    def name(self, name: str, place: Spot | Block) -> None:
        """Give a cell or block its name."""
        self.book.defined_names[name] = DefinedName(name, attr_text=place.absolute)

    def at(self, spot: Spot) -> Cell:
        """The cell at a spot of a sheet that is already there."""
        return cell(self.book[spot.sheet], spot.row, spot.column)

    def text(self, sheet: Worksheet, row: int, column: int, text: str, look: Look) -> Cell:
        """Write a text, whatever it starts with, as text."""
        target = cell(sheet, row, column)
        self.looks.put(target, look)
        put_text(target, text)
        return target

    def formula(self, sheet: Worksheet, row: int, column: int, formula: str, look: Look) -> Cell:
        """Write one of our own formulas; it starts with `=`."""
        target = cell(sheet, row, column)
        self.looks.put(target, look)
        target.value = formula
        target.data_type = "f"
        return target

    def value(self, target: Cell, value: Scalar | None, type: ValueType) -> None:
        """Write what a cell of the report holds: nothing for a blank."""
        match value:
            case None:
                return
            case bool():
                put_text(target, YES if value else NO)
            case int():
                target.value = value if type.scale == 0 else to_decimal(value, type.scale)
            case str() if type.kind == "choice":
                put_text(target, self.labels.get(type.code_list or "", {}).get(value, value))
            case str() if type.kind == "date":
                put_date(target, value)
            case str():
                put_text(target, value)

    def merge(self, sheet: Worksheet, top: int, left: int, bottom: int, right: int, look: Look) -> None:
        """Join cells into one; every part carries the look, or the frame would have gaps."""
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                self.looks.put(cell(sheet, row, column), look)
        if (top, left) != (bottom, right):
            # Not `merge_cells`, which works out the frame anew from the first cell, and takes its time.
            sheet.merged_cells.add(f"{Spot('', top, left).cell}:{Spot('', bottom, right).cell}")

    def link(self, target: Cell, title: str) -> None:
        """Let a cell lead to another sheet."""
        target.hyperlink = Hyperlink(ref=target.coordinate, location=f"{quoted(title)}!A1")


def cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell; row and column count from 1."""
    found = sheet.cell(row, column)
    assert isinstance(found, Cell)  # merged cells are written before they are merged
    return found


def put_text(target: Cell, text: str) -> None:
    """Write a text that stays one: not a formula, not an error value, not a number."""
    target.value = fitting(text)
    if text:
        target.data_type = "s"


def put_date(target: Cell, iso: str) -> None:
    """Write an ISO date as Excel's day number; what is not one stays text."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        put_text(target, iso)
        return
    if day.year < 1901:
        # Excel's calendar has a day too many in 1900 and none before.
        put_text(target, iso)
        return
    target.value = (day - date(1899, 12, 30)).days


def cell_format(type: ValueType) -> str:
    """The number format of an input cell; a boolean is chosen as a word."""
    return "@" if type.kind == "boolean" else number_format(type)


def protect(sheet: Worksheet, rows: bool = False) -> None:
    """Lock what is not an input, without a password: against slips, not against people.

    Selecting and copying stay possible everywhere, and so does making rows and columns wider or showing hidden ones.
    rows: new rows may be inserted, as a table needs that a unit adds rows to.
    """
    protection = sheet.protection
    protection.sheet = True
    # In openpyxl True forbids. All else is forbidden by default.
    protection.formatColumns = False
    protection.formatRows = False
    protection.insertRows = not rows
    protection.selectLockedCells = False
    protection.selectUnlockedCells = False


def widths(sheet: Worksheet, wanted: Iterable[float]) -> None:
    """Set the widths of the columns from the first on, in characters."""
    for number, width in enumerate(wanted, start=1):
        sheet.column_dimensions[column_letter(number)].width = width


def row_height(sheet: Worksheet, row: int, points: float) -> None:
    """Set the height of a row: Excel takes a file for damaged where one is beyond its limit."""
    sheet.row_dimensions[row].height = round(min(points, HIGHEST), 1)


def page(sheet: Worksheet, landscape: bool) -> None:
    """A4, printed as wide as the page and as long as it gets, with numbered pages."""
    setup = sheet.page_setup
    setup.paperSize = A4
    setup.orientation = "landscape" if landscape else "portrait"
    setup.fitToWidth, setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.6, right=0.5, top=0.7, bottom=0.7, header=0.3, footer=0.3)
    sheet.print_options.horizontalCentered = True
    footer = sheet.oddFooter
    foot = None if footer is None else footer.center
    assert foot is not None  # a new sheet has all parts of its footer
    foot.text, foot.size, foot.font = "Trang &P/&N", 10, f"{FONT},Regular"
