"""The hidden sheets: code lists, values of earlier periods, and what the workbook is."""

from __future__ import annotations

from openpyxl.packaging.custom import CustomPropertyList, StringProperty
from openpyxl.worksheet.worksheet import Worksheet

from compiler.values import to_decimal
from renderers.xlsx.identity import PROPERTY_PREFIX, WorkbookIdentity, facts
from renderers.xlsx.look import Look
from renderers.xlsx.names import capture_name
from renderers.xlsx.workbook import Drawing, cell, protect, put_text

KNOWN = "có"
"""Beside a value of an earlier period: the earlier report was due, so a blank there is its answer."""

_PLAIN = Look(wrap=False)


def draw_codes(drawing: Drawing, sheet: Worksheet) -> None:
    """Every code list in two columns: the words to choose from, and the code of each."""
    for codes in drawing.template.code_lists:
        place = drawing.plan.codes.get(codes.name)
        if place is None:
            continue
        drawing.text(sheet, 1, place.labels.column, codes.title, Look(bold=True, wrap=False))
        ordered, _ = drawing.codes(codes.name)
        for index, code in enumerate(ordered):
            for block, words in (
                (place.labels, drawing.labels[codes.name][code.code]),
                (place.codes, code.code),
            ):
                put_text(cell(sheet, block.first + index, block.column), words)
    protect(sheet)
    sheet.sheet_state = "hidden"


def draw_captures(drawing: Drawing, sheet: Worksheet) -> None:
    """Values of earlier periods, as far as they are known: what, whether it is known, and the value."""
    for column, words in enumerate(
        ("Số liệu kỳ trước", "Đã biết", "Giá trị", "Số nguyên theo thang"), start=1
    ):
        drawing.text(sheet, 1, column, words, Look(bold=True, wrap=False))
    captured = {} if drawing.values is None else drawing.values.captured
    for key, spot in drawing.plan.captures.items():
        drawing.text(sheet, spot.row, 1, f"{key.function} {key.address}", _PLAIN)
        drawing.name(capture_name(key), spot)
        if key in captured:
            put_text(cell(sheet, spot.row, 2), KNOWN)
            value = captured[key]
            if value is not None:
                scale = drawing.layout.source_of(key).type.scale
                cell(sheet, spot.row, 3).value = value if scale == 0 else to_decimal(value, scale)
                # A sum over a country can have more digits than a spreadsheet's number: here they are all.
                put_text(cell(sheet, spot.row, 4), str(value))
    protect(sheet)
    sheet.sheet_state = "hidden"


def draw_identity(drawing: Drawing, sheet: Worksheet, identity: WorkbookIdentity) -> None:
    """What the workbook is, on a sheet that no menu shows and as properties of the document."""
    properties: CustomPropertyList[StringProperty] = drawing.book.custom_doc_props  # type: ignore[attr-defined]
    for row, (field, fact) in enumerate(facts(identity).items(), start=1):
        drawing.text(sheet, row, 1, field, _PLAIN)
        drawing.text(sheet, row, 2, fact, _PLAIN)
        properties.append(StringProperty(name=PROPERTY_PREFIX + field, value=fact))
    protect(sheet)
    sheet.sheet_state = "veryHidden"
