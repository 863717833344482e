"""The sheet of one table: its body with formulas and inputs, inside the frame of the printed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import CellKind, PlacedCell
from compiler.formula.evaluate import carried_key
from compiler.template import Column, Row, ValueType
from compiler.values import Address, Scalar
from renderers.html.controls import carried_words
from renderers.sentences import measure_label
from renderers.xlsx.entry import limit_column, ranges_of
from renderers.xlsx.formulas import Formulas
from renderers.xlsx.frame import draw_foot, draw_header, draw_heading, foot_rows
from renderers.xlsx.look import (
    CARRIED_COLOUR,
    COMPUTED_COLOUR,
    HEADING_COLOUR,
    INPUT_COLOUR,
    Look,
    height,
    number_format,
)
from renderers.xlsx.names import Block, Spot, block_name, cell_name, column_letter
from renderers.xlsx.sheets import Band, TablePlan
from renderers.xlsx.workbook import Drawing, cell, cell_format, page, protect, row_height, widths

NOT_APPLICABLE = "x"
REMARKS_WIDTH = 44.0

_REMARK = Look(italic=True, size=10, colour="C00000", wrap=False)
_REMARK_HEADING = Look(italic=True, size=10, colour="808080", vertical="top")
_MORE_ROWS = "Cần thêm dòng: bôi đen dòng ngay trên và ngay dưới các dòng đang ẩn, bấm chuột phải, chọn Bỏ ẩn (Unhide)."


@dataclass
class Inputs:
    """The input cells of one table, by column, as they are met; rules are set for whole columns."""

    cells: dict[str, list[Spot]] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, column: Column, spots: list[Spot], hint: str = "") -> None:
        """Cells that take the column's values. `name` tells columns of different groups apart."""
        self.cells.setdefault(name, []).extend(spots)
        self.columns[name] = column
        self.hints[name] = hint


def draw_table(
    drawing: Drawing, formulas: Formulas, sheet: Worksheet, plan: TablePlan, open_fields: Mapping[str, Spot]
) -> Inputs:
    """Draw a table; gives the inputs it has."""
    inputs = Inputs()
    draw_header(drawing, sheet, plan, open_fields)
    draw_heading(drawing, sheet, plan)
    for band in plan.bands:
        if band.group is None:
            _fixed_row(drawing, formulas, sheet, plan, band, inputs)
        else:
            _group_head(drawing, sheet, plan, band)
            for index in range(band.size):
                _added_row(drawing, formulas, sheet, plan, band, index)
            _name_blocks(drawing, plan, band, inputs)
    draw_foot(drawing, sheet, plan)
    for name, spots in inputs.cells.items():
        column = inputs.columns[name]
        limit_column(sheet, column, ranges_of(spots), _choices(drawing, column.type), inputs.hints[name])
    widths(sheet, [*(column.width for column in plan.columns), REMARKS_WIDTH])
    _remarks_heading(drawing, sheet, plan)
    _page(sheet, plan, foot_rows(plan, drawing))
    protect(sheet, rows=any(band.group is not None for band in plan.bands))
    return inputs


def _fixed_row(
    drawing: Drawing, formulas: Formulas, sheet: Worksheet, plan: TablePlan, band: Band, inputs: Inputs
) -> None:
    row = band.row
    bold = row.total or row.kind == "heading"
    centred = Look(align="center", border="thin", bold=bold)
    for number, column in enumerate(plan.columns, start=1):
        if column.stub is not None and column.stub.shows != "label":
            shown = {
                "ordinal": band.ordinal,
                "code": row.code,
                "measure": measure_label(drawing.template, row.measure),
            }
            drawing.text(sheet, band.top, number, shown[column.stub.shows], centred)
    label_width = 0.0
    if plan.label is not None:
        look = Look(border="thin", bold=bold, indent=min(2 * row.depth, 12))
        drawing.text(sheet, band.top, plan.label[0], row.label, look)
        drawing.merge(sheet, band.top, plan.label[0], band.top, plan.label[1], look)
        label_width = plan.width(*plan.label) - 2.2 * look.indent
    texts = [(row.label, label_width)] if plan.label is not None else []
    if row.kind == "heading":
        look = Look(border="thin")
        drawing.merge(sheet, band.top, plan.data, band.top, plan.last, look)
        row_height(sheet, band.top, height(texts, bold=True) + 2)
        return
    for number, leaf in enumerate(plan.table.columns, start=plan.data):
        address = Address(plan.table.name, row.name, leaf.name)
        placed = drawing.layout.by_address[address]
        spot = Spot(plan.title, band.top, number)
        _static_cell(drawing, formulas, sheet, spot, placed, inputs)
        drawing.name(cell_name(address), spot)
        if leaf.type.kind in {"text", "choice"} and isinstance(held := _held(drawing, address), str):
            texts.append((held, plan.width(number, number)))
    row_height(sheet, band.top, height(texts, bold=bold) + 2)


def _static_cell(
    drawing: Drawing, formulas: Formulas, sheet: Worksheet, spot: Spot, placed: PlacedCell, inputs: Inputs
) -> None:
    target = cell(sheet, spot.row, spot.column)
    key = carried_key(placed)
    captured = key is not None and drawing.values is not None and key in drawing.values.captured
    locked = placed.kind in {"computed", "not_applicable"} or captured
    drawing.looks.put(target, _body_look(placed.kind, placed.type, locked, placed.row))
    match placed.kind:
        case "not_applicable":
            target.value = NOT_APPLICABLE
        case "computed":
            assert placed.expression is not None  # a computed cell has a formula
            target.value = formulas.text(placed.expression, placed.type, spot.sheet)
            target.data_type = "f"
        case "entered" | "carried":
            drawing.value(target, _held(drawing, placed.address), placed.type)
    if not locked:
        name, hint = placed.column.name, ""
        if key is not None:
            name, hint = f"{name} {key.function}", carried_words(key, drawing.layout, False) + "."
        inputs.add(name, placed.column, [spot], hint)


def _group_head(drawing: Drawing, sheet: Worksheet, plan: TablePlan, band: Band) -> None:
    """The rows that name a group and its own columns."""
    row = band.row
    look = Look(bold=True, border="thin")
    if band.title is not None:
        most = f" (tối đa {row.max_rows} dòng)" if row.max_rows is not None else ""
        start = 1
        for number, column in enumerate(plan.columns, start=1):
            if column.stub is not None and column.stub.shows == "code" and number == 1 and row.code:
                drawing.text(sheet, band.title, 1, row.code, Look(bold=True, border="thin", align="center"))
                start = 2
        drawing.text(sheet, band.title, start, f"{row.label}{most}", look)
        drawing.merge(sheet, band.title, start, band.title, plan.last, look)
    if band.heading is not None:
        assert band.group is not None  # only a group has own columns
        look = Look(bold=True, italic=True, size=11, align="center", border="thin", fill=HEADING_COLOUR)
        drawing.merge(sheet, band.heading, 1, band.heading, 1, look)
        for number in range(1, plan.last + 1):
            drawing.merge(sheet, band.heading, number, band.heading, number, look)
        texts = []
        for index, own in enumerate(row.columns):
            first, last = plan.own(band.group, index)
            drawing.text(sheet, band.heading, first, own.label, look)
            drawing.merge(sheet, band.heading, first, band.heading, last, look)
            texts.append((own.label, plan.width(first, last)))
        row_height(sheet, band.heading, height(texts, bold=True))


def _added_row(
    drawing: Drawing, formulas: Formulas, sheet: Worksheet, plan: TablePlan, band: Band, index: int
) -> None:
    """A row the unit added, or a spare one."""
    group = band.group
    assert group is not None  # called for groups only
    top = band.top + index
    held = _added_values(drawing, band, index)
    centred = Look(align="center", border="thin")
    for number, column in enumerate(plan.columns, start=1):
        if column.stub is not None and column.stub.shows == "ordinal":
            target = cell(sheet, top, number)
            drawing.looks.put(target, centred)
            target.value = index + 1
        elif column.stub is not None and column.stub.shows == "measure":
            drawing.text(sheet, top, number, measure_label(drawing.template, band.row.measure), centred)
        elif column.data is None:
            drawing.looks.put(cell(sheet, top, number), Look(border="thin"))
    if not group.row.columns and plan.label is not None:
        drawing.text(
            sheet, top, plan.label[0], f"{band.row.label} {index + 1}", Look(border="thin", indent=2)
        )
        drawing.merge(sheet, top, plan.label[0], top, plan.label[1], Look(border="thin", indent=2))
    entered = _entered(drawing, plan, band, index)
    texts = []
    for added in group.columns:
        first, last = plan.own(group, added.index)
        target = cell(sheet, top, first)
        # There is no earlier report of a row that the unit adds, so a carried column is entered.
        look = _body_look(added.kind, added.type, added.kind == "computed", band.row)
        value = held.get(added.column.name)
        drawing.looks.put(target, look)
        if added.kind == "computed":
            assert added.expression is not None  # a computed column has a formula
            said = formulas.text(added.expression, added.type, plan.title, group, index)
            # A spare row is no row: nothing in it counts, not even a formula that gives 0 for blanks.
            target.value = f'=IF(COUNTA({entered})=0,"",{said[1:]})'
            target.data_type = "f"
        else:
            drawing.value(target, value, added.type)
        if first != last:
            drawing.merge(sheet, top, first, top, last, look)
        if isinstance(value, str) and added.type.kind in {"text", "choice"}:
            texts.append((value, plan.width(first, last)))
    row_height(sheet, top, height(texts) + 2)
    sheet.row_dimensions[top].hidden = index >= band.shown


def entered_spots(drawing: Drawing, plan: TablePlan, band: Band, index: int) -> list[Spot]:
    """The cells of a self-added row that the unit fills: a row with none of them filled is not there."""
    return [
        block.spot(index) for added, block in drawing.plan.band_cells(plan, band) if added.kind != "computed"
    ]


def _entered(drawing: Drawing, plan: TablePlan, band: Band, index: int) -> str:
    return ",".join(spot.cell for spot in entered_spots(drawing, plan, band, index)) or "0"


def _name_blocks(drawing: Drawing, plan: TablePlan, band: Band, inputs: Inputs) -> None:
    assert band.group is not None  # called for groups only
    for added, block in drawing.plan.band_cells(plan, band):
        drawing.name(block_name(band.group.key, added.column.name), block)
        if added.kind != "computed":
            spots = [block.spot(index) for index in range(band.size)]
            inputs.add(f"{band.row.name} {added.column.name}", added.column, spots)


def _body_look(kind: CellKind, type: ValueType, locked: bool, row: Row) -> Look:
    fill = {
        "entered": INPUT_COLOUR,
        "computed": COMPUTED_COLOUR,
        "carried": CARRIED_COLOUR,
        "not_applicable": "",
    }
    if kind == "not_applicable":
        return Look(align="center", border="thin", colour="808080", bold=row.total)
    words = type.kind in {"text", "choice"}
    return Look(
        bold=row.total,
        fill=fill[kind],
        align="left" if words else "center" if type.kind in {"date", "boolean"} else "right",
        wrap=words,
        border="thin",
        format=number_format(type) if kind == "computed" else cell_format(type),
        locked=locked,
    )


def _choices(drawing: Drawing, type: ValueType) -> Block | None:
    """The words to choose from: those in force in the report's period stand first on their sheet."""
    place = drawing.plan.codes.get(type.code_list or "")
    if place is None:
        return None
    _, count = drawing.codes(type.code_list or "")
    if count == 0:
        return None
    return Block(place.labels.sheet, place.labels.column, place.labels.first, place.labels.first + count - 1)


def _held(drawing: Drawing, address: Address) -> Scalar | None:
    return None if drawing.values is None else drawing.values.cells.get(address)


def _added_values(drawing: Drawing, band: Band, index: int) -> Mapping[str, Scalar]:
    assert band.group is not None  # called for groups only
    rows = () if drawing.values is None else drawing.values.added.get(band.group.key, ())
    return rows[index] if index < len(rows) else {}


def _remarks_heading(drawing: Drawing, sheet: Worksheet, plan: TablePlan) -> None:
    words = "Kiểm tra từng dòng (không in)"
    if any(band.size > band.shown for band in plan.bands):
        words += "\n" + _MORE_ROWS
    drawing.text(sheet, plan.heading, plan.remarks, words, _REMARK_HEADING)
    drawing.merge(sheet, plan.heading, plan.remarks, plan.body - 1, plan.remarks, _REMARK_HEADING)


def remark(drawing: Drawing, sheet: Worksheet, plan: TablePlan, row: int, formula: str) -> None:
    """Say beside a row which checks fail there."""
    drawing.formula(sheet, row, plan.remarks, formula, _REMARK)


def _page(sheet: Worksheet, plan: TablePlan, last_row: int) -> None:
    """The heading on every page and in sight, the remarks not printed."""
    page(sheet, plan.landscape)
    sheet.print_title_rows = f"{plan.heading}:{plan.body - 1}"
    sheet.print_area = f"A1:{column_letter(plan.last)}{last_row}"
    kept = plan.data - 1 if plan.width(1, plan.data - 1) <= 60 else 0
    sheet.freeze_panes = f"{column_letter(kept + 1)}{plan.body}"
