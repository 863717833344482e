"""The sheet of checks, one line a check and place with its live state, and the marks it leaves on the tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import PlacedCheck
from compiler.formula.expressions import AddedRows, Cell, leaves
from compiler.values import Address, GroupKey
from renderers.xlsx.entry import ranges_of
from renderers.xlsx.formulas import TRUTH, Formulas
from renderers.xlsx.look import (
    FAILED_COLOUR,
    HEADING_COLOUR,
    LINE_HEIGHT,
    PASSED_COLOUR,
    WARNED_COLOUR,
    Look,
    lines,
)
from renderers.xlsx.names import Block, Spot, check_name
from renderers.xlsx.sheets import CHECKS, FIRST_CHECK, HELPERS, Band, TablePlan
from renderers.xlsx.table import entered_spots, remark
from renderers.xlsx.workbook import MOST_LETTERS, Drawing, cell, page, protect, row_height, widths

PASSED, FAILED, UNKNOWN = "Đạt", "Không đạt", "Chưa đủ số liệu"
ERROR, WARNING = "Lỗi", "Cảnh báo"

_WIDTHS = (6.0, 12.0, 18.0, 44.0, 62.0, 18.0)
_HEADINGS = ("STT", "Mức", "Biểu", "Nơi kiểm tra", "Nội dung phải đúng", "Kết quả")


def draw_checks(drawing: Drawing, formulas: Formulas, sheet: Worksheet) -> None:
    """List every check, and mark on the tables what fails."""
    layout = drawing.layout
    drawing.text(sheet, 1, 1, "KIỂM TRA SỐ LIỆU", Look(bold=True, size=14, align="center"))
    drawing.merge(sheet, 1, 1, 1, 6, Look(bold=True, size=14, align="center"))
    intro = (
        "Các phép kiểm tra tự tính lại khi nhập số. Lỗi phải sửa trước khi gửi; cảnh báo phải sửa hoặc giải trình. "
        f"«{UNKNOWN}»: còn ô trống nên chưa kiểm tra được."
    )
    drawing.text(sheet, 2, 1, intro, Look(italic=True))
    drawing.merge(sheet, 2, 1, 2, 6, Look(italic=True))
    row_height(sheet, 2, 2 * LINE_HEIGHT)
    head = Look(bold=True, align="center", border="thin", fill=HEADING_COLOUR)
    for number, words in enumerate(_HEADINGS, start=1):
        drawing.text(sheet, FIRST_CHECK - 1, number, words, head)
    if not layout.checks:
        drawing.text(sheet, FIRST_CHECK, 1, "Biểu mẫu không có phép kiểm tra nào.", Look())
    remarks: dict[Spot, list[str]] = {}
    for number, placed in enumerate(layout.checks):
        _line(drawing, formulas, sheet, number, placed, remarks)
    for spot, parts in remarks.items():
        plan = next(plan for plan in drawing.plan.tables.values() if plan.title == spot.sheet)
        remark(drawing, drawing.book[spot.sheet], plan, spot.row, _joined(parts))
    _colours(sheet, len(layout.checks))
    widths(sheet, _WIDTHS)
    sheet.freeze_panes = f"A{FIRST_CHECK}"
    sheet.print_title_rows = f"{FIRST_CHECK - 1}:{FIRST_CHECK - 1}"
    page(sheet, landscape=True)
    protect(sheet)


def _line(
    drawing: Drawing,
    formulas: Formulas,
    sheet: Worksheet,
    number: int,
    placed: PlacedCheck,
    remarks: dict[Spot, list[str]],
) -> None:
    check = placed.check
    state = drawing.plan.checks[number]
    row = state.row
    plan = None if check.table is None else drawing.plan.tables[check.table]
    where = _where(drawing, placed)
    plain, centred = Look(border="thin"), Look(border="thin", align="center")
    drawing.text(sheet, row, 1, "", centred)
    cell(sheet, row, 1).value = number + 1
    drawing.text(sheet, row, 2, ERROR if check.severity == "error" else WARNING, centred)
    table = drawing.text(
        sheet, row, 3, "" if plan is None else plan.title, Look(border="thin", align="center", link=True)
    )
    if plan is not None:
        drawing.link(table, plan.title)
    drawing.text(sheet, row, 4, where, plain)
    drawing.text(sheet, row, 5, check.message, plain)
    row_height(sheet, row, LINE_HEIGHT * max(lines(where, _WIDTHS[3]), lines(check.message, _WIDTHS[4])))
    if placed.group is None:
        helper = formulas.helper(
            f"{check.name} {placed.place}", [formulas.text(placed.condition, TRUTH, HELPERS)]
        )
        said = helper.spot(0).seen_from(CHECKS)
        formula = f'=IF(ISLOGICAL({said}),IF({said},"{PASSED}","{FAILED}"),"{UNKNOWN}")'
        _mark_cells(drawing, number, placed)
        if placed.row is not None and plan is not None:
            band = next(band for band in plan.bands if band.row.name == placed.row)
            part = f'IF({state.absolute}="{FAILED}",{Spot(CHECKS, row, 5).absolute}&". ","")'
            remarks.setdefault(Spot(plan.title, band.top, plan.remarks), []).append(part)
    else:
        block = _row_by_row(drawing, formulas, placed, Spot(CHECKS, row, 5), remarks)
        said = block.seen_from(CHECKS)
        formula = f'=IF(COUNTIF({said},FALSE)>0,"{FAILED}",IF(COUNTIF({said},TRUE)>0,"{PASSED}","{UNKNOWN}"))'
    drawing.formula(sheet, row, 6, formula, Look(border="thin", align="center", bold=True))
    drawing.name(check_name(number), state)


def _joined(parts: list[str]) -> str:
    """Remarks one after the other, as many as a formula can hold; all of them stand on the sheet of checks."""
    text = "=" + parts[0]
    for number, part in enumerate(parts[1:], start=1):
        if len(text) + len(part) > MOST_LETTERS:
            rest = len(parts) - number
            return f'{text}&"(và {rest} phép kiểm tra khác: xem trang {CHECKS})"'
        text += "&" + part
    return text


def _where(drawing: Drawing, placed: PlacedCheck) -> str:
    table = placed.check.table
    if table is None:
        return "Toàn báo cáo"
    if placed.group is not None:
        return f"{drawing.places.row(table, placed.group.group).words} (từng dòng)"
    if placed.row is not None:
        return drawing.places.row(table, placed.row).words
    if placed.column is not None:
        return drawing.places.column(table, placed.column).words
    return drawing.template.table(table).title


def _row_by_row(
    drawing: Drawing,
    formulas: Formulas,
    placed: PlacedCheck,
    message: Spot,
    remarks: dict[Spot, list[str]],
) -> Block:
    """A check of self-added rows: one hidden result a row, blank for spare rows."""
    plan, band = _band(drawing, placed)
    texts = []
    for index in range(band.size):
        condition = formulas.text(placed.condition, TRUTH, HELPERS, band.group, index)[1:]
        entered = (
            ",".join(spot.seen_from(HELPERS) for spot in entered_spots(drawing, plan, band, index)) or "0"
        )
        texts.append(f'=IF(COUNTA({entered})=0,"",{condition})')
    block = formulas.helper(f"{placed.check.name} {placed.place}", texts)
    for index in range(band.size):
        said = block.spot(index).absolute
        part = f'IF(ISLOGICAL({said}),IF({said},"",{message.absolute}&". "),"")'
        remarks.setdefault(Spot(plan.title, band.top + index, plan.remarks), []).append(part)
    first = Spot(plan.title, band.top, plan.remarks)
    rows = f"A{band.top}:{Spot(plan.title, band.top + band.size - 1, plan.last).cell}"
    rule = _painted(f"LEN(${first.cell})>0", _colour(placed))
    drawing.book[plan.title].conditional_formatting.add(rows, rule)
    return block


def _band(drawing: Drawing, placed: PlacedCheck) -> tuple[TablePlan, Band]:
    assert placed.group is not None  # called for checks of self-added rows
    plan = drawing.plan.tables[placed.group.table]
    return plan, next(band for band in plan.bands if band.row.name == placed.group.group)


def _mark_cells(drawing: Drawing, number: int, placed: PlacedCheck) -> None:
    """Colour the cells a check reads while it fails.

    The rule speaks of the check by its name: Excel lets no rule look at another sheet by address.
    """
    by_sheet: dict[str, list[Spot]] = {}
    for spot in _read_spots(drawing, placed):
        by_sheet.setdefault(spot.sheet, []).append(spot)
    for title, spots in by_sheet.items():
        rule = _painted(f'{check_name(number)}="{FAILED}"', _colour(placed))
        drawing.book[title].conditional_formatting.add(" ".join(ranges_of(spots)), rule)


def _read_spots(drawing: Drawing, placed: PlacedCheck) -> list[Spot]:
    found: dict[Spot, None] = {}
    cells: Mapping[Address, Spot] = drawing.plan.cells
    for leaf in leaves(placed.condition):
        match leaf:
            case Cell(row=str(row), column=str(column)):
                found[cells[Address(leaf.table, row, column)]] = None
            case AddedRows(column=str(column)):
                block = drawing.plan.blocks[GroupKey(leaf.table, leaf.group), column]
                found.update(
                    dict.fromkeys(block.spot(index) for index in range(block.last - block.first + 1))
                )
            case _:
                pass
    return list(found)


def _colour(placed: PlacedCheck) -> str:
    return FAILED_COLOUR if placed.check.severity == "error" else WARNED_COLOUR


def _painted(formula: str, fill: str = "", text: str = "") -> Rule:
    """A rule that colours a cell, or its text, while a formula holds."""
    return Rule(type="expression", formula=[formula], dxf=_style(fill, text))


@lru_cache(maxsize=64)
def _style(fill: str, text: str) -> DifferentialStyle:
    return DifferentialStyle(
        fill=PatternFill("solid", bgColor=fill) if fill else None, font=Font(color=text) if text else None
    )


def _colours(sheet: Worksheet, count: int) -> None:
    if count == 0:
        return
    cells = f"F{FIRST_CHECK}:F{FIRST_CHECK + count - 1}"
    rules = sheet.conditional_formatting
    rules.add(cells, _painted(f'$F{FIRST_CHECK}="{FAILED}"', FAILED_COLOUR))
    rules.add(cells, _painted(f'$F{FIRST_CHECK}="{PASSED}"', PASSED_COLOUR))
    rules.add(cells, _painted(f'$F{FIRST_CHECK}="{UNKNOWN}"', text="808080"))
