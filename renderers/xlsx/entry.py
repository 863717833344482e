"""What a spreadsheet program lets into an input cell, and what it says: data validation, in Vietnamese.

It binds typing only; pasting goes past it, so `read.py` and the validator check everything again.
"""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from compiler.numbers import LIMIT
from compiler.template import Column, ValueType
from compiler.values import to_decimal
from renderers.entries import greatest, least
from renderers.html.controls import limit_words
from renderers.xlsx.names import Block, Spot, column_letter
from renderers.xlsx.strings import CELL_CAPACITY, cleaned
from renderers.xlsx.workbook import NO, YES

_TITLE, _MESSAGE = 32, 224
"""Excel takes 32 and 255 characters, but of an error message only 225."""


def limit_column(
    sheet: Worksheet, column: Column, ranges: Iterable[str], choices: Block | None, hint: str = ""
) -> None:
    """Let only the column's values into the cells. `choices` is where a choice's words stand, `hint` is added."""
    validation = _rule(column, choices)
    words = [hint, "Bắt buộc nhập." if column.required else "", _prompt(column), column.note]
    _speak(validation, column.label, " ".join(word for word in words if word), _error(column))
    _add(sheet, validation, ranges)


def limit_text(sheet: Worksheet, label: str, limit: int, required: bool, ranges: Iterable[str]) -> None:
    """Let only texts of a length into the cells."""
    validation = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(limit))
    prompt = (
        "Bắt buộc nhập. " if required else ""
    ) + f"Văn bản, tối đa {limit} ký tự. Xuống dòng: Alt + Enter."
    _speak(validation, label, prompt, f"Văn bản dài quá {limit} ký tự.")
    _add(sheet, validation, ranges)


def ranges_of(spots: Iterable[Spot]) -> list[str]:
    """The spots, which share a sheet, as few ranges of one column: `C5:C9`."""
    found: list[str] = []
    run: list[Spot] = []
    for spot in sorted(spots, key=lambda spot: (spot.column, spot.row)):
        if run and (spot.column, spot.row) == (run[-1].column, run[-1].row + 1):
            run.append(spot)
            continue
        if run:
            found.append(_run(run))
        run = [spot]
    if run:
        found.append(_run(run))
    return found


def _run(run: list[Spot]) -> str:
    return run[0].cell if len(run) == 1 else f"{run[0].cell}:{column_letter(run[-1].column)}{run[-1].row}"


def _add(sheet: Worksheet, validation: DataValidation, ranges: Iterable[str]) -> None:
    for cells in ranges:
        validation.add(cells)
    if validation.sqref:
        sheet.add_data_validation(validation)


def _rule(column: Column, choices: Block | None) -> DataValidation:
    type = column.type
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            low, high = number_limits(column)
            return DataValidation(
                type="whole" if type.scale == 0 else "decimal",
                operator="between",
                formula1=_written(low, type),
                formula2=_written(high, type),
            )
        case "date":
            return DataValidation(type="date", operator="between", formula1="367", formula2="401768")
        case "boolean":
            return DataValidation(type="list", formula1=f'"{YES},{NO}"')
        case "choice":
            if choices is None:
                return DataValidation()
            return DataValidation(type="list", formula1=choices.absolute)
        case "text":
            return DataValidation(
                type="textLength",
                operator="lessThanOrEqual",
                formula1=str(min(type.max_length or CELL_CAPACITY, CELL_CAPACITY)),
            )


def number_limits(column: Column) -> tuple[int, int]:
    """The least and greatest scaled integer that may be entered: the bounds, or 15 digits."""
    low = 1 - LIMIT if column.minimum is None else least(column.minimum, column.type)
    high = LIMIT - 1 if column.maximum is None else greatest(column.maximum, column.type)
    return low, high


def _written(value: int, type: ValueType) -> str:
    return f"{to_decimal(value, type.scale):f}"


def _prompt(column: Column) -> str:
    limits = limit_words(column)
    match column.type.kind:
        case "integer" | "decimal" | "percent" | "money":
            decimals = column.type.scale - (2 if column.type.kind == "percent" else 0)
            words = "Số nguyên" if decimals <= 0 else f"Số, tối đa {decimals} chữ số thập phân"
            if column.type.kind == "percent":
                words = f"Tỷ lệ phần trăm, ví dụ 95{',5' if decimals > 0 else ''}%"
            zero = "" if number_limits(column)[0] > 0 else " Không phát sinh thì ghi 0."
            return f"{words}{', ' + limits if limits else ''}.{zero}"
        case "date":
            return "Ngày, dạng 30/9/2026."
        case "boolean":
            return f"Chọn {YES} hoặc {NO}."
        case "choice":
            return "Chọn trong danh sách."
        case "text":
            return f"Văn bản, tối đa {min(column.type.max_length or CELL_CAPACITY, CELL_CAPACITY)} ký tự."


def _error(column: Column) -> str:
    limits = limit_words(column)
    match column.type.kind:
        case "integer" | "decimal" | "percent" | "money":
            words = "Phải là số nguyên" if column.type.scale == 0 else "Phải là số"
            return f"{words}{', ' + limits if limits else ''}, không quá 15 chữ số."
        case "date":
            return "Phải là ngày, dạng 30/9/2026."
        case "boolean":
            return f"Phải là {YES} hoặc {NO}."
        case "choice":
            return "Phải chọn một mục trong danh sách."
        case "text":
            return f"Văn bản dài quá {min(column.type.max_length or CELL_CAPACITY, CELL_CAPACITY)} ký tự."


def _speak(validation: DataValidation, title: str, prompt: str, error: str) -> None:
    validation.allow_blank = True
    validation.showInputMessage = validation.showErrorMessage = True
    validation.promptTitle = _short(title, _TITLE)
    validation.prompt = _short(prompt, _MESSAGE)
    validation.errorTitle = "Số liệu không hợp lệ"
    validation.errorStyle = "stop"
    validation.error = _short(error, _MESSAGE)


def _short(text: str, length: int) -> str:
    """As much of a text as Excel takes, counted in UTF-16 units."""
    clean = " ".join(cleaned(text).split())
    if len(clean.encode("utf-16-le")) <= 2 * length:
        return clean
    cut = clean.encode("utf-16-le")[: 2 * (length - 1)].decode("utf-16-le", "ignore")
    return cut.rstrip() + "…"
