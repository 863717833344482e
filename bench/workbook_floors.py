"""The floors of workbooks: the same cells written by openpyxl alone, from lists, and read by calamine alone.

What is written is taken out of a workbook of the form once: texts, numbers and formulas with their looks, merged
ranges, rules of entry, formats that depend on conditions, names. The floor makes all of them anew with openpyxl's own
objects and saves; that is what writing these cells takes without knowing what they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import load_workbook as calamine

_STYLES = ("_fonts", "_fills", "_borders", "_number_formats", "_alignments", "_protections", "_cell_styles")
_RULE = ("type", "operator", "formula1", "formula2", "prompt", "promptTitle", "error", "errorTitle")


@dataclass(frozen=True)
class Page:
    """A sheet as plain lists: cells (row, column, value, look), and the arguments of all else."""

    title: str
    cells: list[tuple[int, int, Any, str, Any]]
    merged: list[str]
    heights: list[tuple[int, float | None]]
    widths: list[tuple[str, float]]
    rules: list[dict[str, Any]]
    formats: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Content:
    """A workbook as plain lists; `source` lends its table of looks."""

    source: Workbook
    pages: list[Page]
    names: list[tuple[str, str]]


def content(data: bytes) -> Content:
    """What is in a workbook."""
    book = load_workbook(BytesIO(data))
    pages = []
    for sheet in book.worksheets:
        cells = [
            (cell.row, cell.column, cell.value, cell.data_type, cell._style)  # type: ignore[attr-defined]
            for cell in sheet._cells.values()
            if isinstance(cell, Cell)
        ]
        formats = [
            (str(area.sqref), list(rule.formula))
            for area in sheet.conditional_formatting
            for rule in area.rules
        ]
        rules = [
            {**{name: getattr(rule, name) for name in _RULE}, "sqref": str(rule.sqref)}
            for rule in sheet.data_validations.dataValidation
        ]
        heights = [(row, dimension.height) for row, dimension in sheet.row_dimensions.items()]
        widths = [(column, dimension.width) for column, dimension in sheet.column_dimensions.items()]
        merged = sorted(str(area) for area in sheet.merged_cells.ranges)
        pages.append(Page(sheet.title, cells, merged, heights, widths, rules, formats))
    names = [(name, definition.attr_text) for name, definition in book.defined_names.items()]
    return Content(book, pages, names)


def write(what: Content) -> bytes:
    """The workbook by openpyxl alone."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in _STYLES:
        setattr(book, table, getattr(what.source, table))
    for page in what.pages:
        sheet = book.create_sheet(page.title)
        for row, column, value, kind, look in page.cells:
            cell = sheet.cell(row, column)
            cell._style = copy(look)
            cell.value = value
            cell.data_type = kind
        for area in page.merged:
            sheet.merged_cells.add(area)
        for number, height in page.heights:
            sheet.row_dimensions[number].height = height
        for letter, width in page.widths:
            sheet.column_dimensions[letter].width = width
        for rule in page.rules:
            sheet.add_data_validation(DataValidation(**rule))
        for cells, formula in page.formats:
            style = DifferentialStyle(fill=PatternFill("solid", bgColor="F8CBAD"))
            sheet.conditional_formatting.add(cells, Rule(type="expression", formula=formula, dxf=style))
    for name, reference in what.names:
        book.defined_names[name] = DefinedName(name, attr_text=reference)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def cells_of(data: bytes) -> dict[tuple[str, int, int], tuple[Any, str]]:
    """The values and kinds of all cells that hold something."""
    return {
        (page.title, row, column): (value, kind)
        for page in content(data).pages
        for row, column, value, kind, _ in page.cells
        if value is not None
    }


def read(data: bytes) -> list[Sequence[Sequence[object]]]:
    """Every sheet's values, by calamine alone."""
    book = calamine(BytesIO(data))
    return [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
