"""The printed form around a table's body: header of three parts, measure line, heading with spans, notes, signers.

The words are those of the printed report (`renderers/pdf/wording.py`); in a blank workbook unit and period are taken
live from the cover sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from openpyxl.worksheet.worksheet import Worksheet

from compiler.template import Column
from renderers.html.tables import common_measure
from renderers.pdf.wording import DOTS, form_header, long_date
from renderers.sentences import measure_label
from renderers.xlsx.look import HEADING_COLOUR, LINE_HEIGHT, Look, code_width, height, lines
from renderers.xlsx.names import Spot
from renderers.xlsx.sheets import HEADER_ROWS, TablePlan, grid_places
from renderers.xlsx.strings import literal
from renderers.xlsx.workbook import Drawing, row_height

PLAIN = Look()
CENTRED = Look(align="center")
HEADING = Look(bold=True, align="center", border="thin", fill=HEADING_COLOUR, size=11)
CODE = Look(italic=True, align="center", border="thin", size=10)


def draw_header(drawing: Drawing, sheet: Worksheet, plan: TablePlan, open_fields: Mapping[str, Spot]) -> None:
    """Form number and basis, title and period, who reports to whom, and the unit of measure.

    `open_fields` are the cover's cells for what is not known yet: unit_name, period.
    """
    header = form_header(drawing.template, plan.table, drawing.filling)
    number, *basis = header.left if plan.table.form else ("", *header.left)
    unit = _live("Đơn vị báo cáo: ", open_fields.get("unit_name"), header.reporting)
    period = _live("Kỳ báo cáo: ", open_fields.get("period"), header.period[0].removeprefix("Kỳ báo cáo: "))
    receiver = f"Đơn vị nhận báo cáo: {header.receiving}"
    small = Look(size=10, vertical="top")
    if not _has_thirds(plan):
        look = Look(align="center")
        said = _and(period, f" {header.period[1]}")
        both = _and(unit, f"; {receiver[:1].lower()}{receiver[1:]}")
        _part(drawing, sheet, plan, (1, 1), (1, plan.last), "\n".join(header.left), small)
        _part(drawing, sheet, plan, (2, 2), (1, plan.last), header.title, replace(look, bold=True, size=13))
        _part(drawing, sheet, plan, (3, 3), (1, plan.last), said, look)
        _part(drawing, sheet, plan, (4, 4), (1, plan.last), both, look)
        known = (
            "\n".join(header.left),
            header.title,
            f"{header.period[0]} {header.period[1]}",
            f"Đơn vị báo cáo: {header.reporting}; {receiver}",
        )
        for row, text in enumerate(known, start=1):
            row_height(sheet, row, height([(text, plan.width(1, plan.last))], bold=row == 2) + (row == 2) * 3)
    else:
        left, middle, right = thirds(plan)
        _part(drawing, sheet, plan, (1, 1), left, number, Look(bold=True, size=11, vertical="top"))
        _part(drawing, sheet, plan, (2, 4), left, "\n".join(basis), small)
        _part(drawing, sheet, plan, (1, 2), middle, header.title, Look(bold=True, size=13, align="center"))
        _part(drawing, sheet, plan, (3, 3), middle, period, CENTRED)
        _part(drawing, sheet, plan, (4, 4), middle, header.period[1], Look(italic=True, align="center"))
        _part(drawing, sheet, plan, (1, 2), right, unit, Look(size=11, vertical="top"))
        _part(drawing, sheet, plan, (3, 4), right, receiver, Look(size=11, vertical="top"))
        unit_lines = lines(f"Đơn vị báo cáo: {header.reporting}", plan.width(*right), size=11)
        receiver_lines = lines(receiver, plan.width(*right), size=11)
        title_lines = lines(header.title, plan.width(*middle), True, 13) * 13 / 12
        upper = max(1.0, title_lines / 2, unit_lines / 2)
        period_lines = [lines(str(text), plan.width(*middle)) for text in header.period]
        lower = [max(1.0, receiver_lines / 2, found) for found in period_lines]
        basis_lines = sum(lines(text, plan.width(*left), size=10) for text in basis) * 10 / 12
        lower[-1] += max(0.0, basis_lines - upper - sum(lower))
        for row, found in enumerate((upper, upper, *lower), start=1):
            row_height(sheet, row, round(LINE_HEIGHT * found, 1))
    shared = measure_label(drawing.template, common_measure(plan.table))
    measure = f"Đơn vị tính: {shared}" if shared else ""
    _part(
        drawing,
        sheet,
        plan,
        (HEADER_ROWS + 1, HEADER_ROWS + 1),
        (1, plan.last),
        measure,
        Look(italic=True, align="right"),
    )


def draw_heading(drawing: Drawing, sheet: Worksheet, plan: TablePlan) -> None:
    """The heading with its spans and the row of codes under it."""
    top, bottom = plan.heading, plan.heading + max(len(plan.grid), 1) - 1
    shared = common_measure(plan.table)
    columns = {column.name: column for column in plan.table.columns}
    labels: list[tuple[int, int, str, str]] = []
    for number, column in enumerate(plan.columns, start=1):
        if column.stub is not None and column.stub.shows != "label":
            labels.append((number, number, column.stub.label, column.stub.code))
    if plan.listing is not None:
        for index, own in enumerate(plan.listing.row.columns):
            first, last = plan.own(plan.listing, index)
            labels.append((first, last, _label(drawing, own, shared), own.code_text))
    elif plan.label is not None:
        stub = plan.columns[plan.label[0] - 1].stub
        labels.append(
            (
                *plan.label,
                stub.label if stub is not None else "Nội dung",
                stub.code if stub is not None else "",
            )
        )
    for first, last, label, code in labels:
        drawing.text(sheet, top, first, label, HEADING)
        drawing.merge(sheet, top, first, bottom, last, HEADING)
        _code(drawing, sheet, plan, first, last, code)
    needed: dict[int, int] = {}
    for level, position, part in grid_places(plan.grid):
        row, left = top + level, plan.data + position
        right = left + part.colspan - 1
        label = part.label if part.column is None else _label(drawing, columns[part.column], shared)
        drawing.text(sheet, row, left, label, HEADING)
        drawing.merge(sheet, row, left, row + part.rowspan - 1, right, HEADING)
        missing = lines(label, plan.width(left, right), True, 11) - (part.rowspan - 1)
        last_row = row + part.rowspan - 1
        needed[last_row] = max(needed.get(last_row, 1), missing)
    for first, last, label, _ in labels:
        needed[bottom] = max(
            needed.get(bottom, 1), lines(label, plan.width(first, last), True, 11) - (bottom - top)
        )
    for row in range(top, bottom + 1):
        row_height(sheet, row, LINE_HEIGHT * max(needed.get(row, 1), 1))
    most = 1
    for number, leaf in enumerate(plan.table.columns, start=plan.data):
        code = code_lines(leaf.code_text, plan.width(number, number))
        most = max(most, code.count("\n") + 1)
        _code(drawing, sheet, plan, number, number, code)
    if plan.code_row is not None:
        row_height(sheet, plan.code_row, LINE_HEIGHT * 10 / 12 * most + 2)


def code_lines(code: str, width: float) -> str:
    """A printed code on as many lines as it needs, broken before its equals signs: `6=8+9+10` over `=11+12+13`."""
    lines_of: list[str] = []
    for part in re.findall(r"=?[^=]+|=", code):
        if lines_of and code_width(lines_of[-1] + part) <= width:
            lines_of[-1] += part
        else:
            lines_of.append(part)
    return "\n".join(lines_of)


def draw_foot(drawing: Drawing, sheet: Worksheet, plan: TablePlan) -> None:
    """Footnotes, what the report covers, and the signers."""
    row = plan.end + 2
    for note in _notes(drawing, plan):
        _part(drawing, sheet, plan, (row, row), (1, plan.last), note, Look(italic=True, size=11))
        row_height(sheet, row, height([(note, plan.width(1, plan.last))], size=11) + 2)
        row += 1
    row += 1
    letterhead = None if drawing.filling is None else drawing.filling.letterhead
    place = letterhead.place if letterhead is not None and letterhead.place else DOTS
    day = f"{place}, {long_date(None if letterhead is None else letterhead.dated)}"
    head = "Thủ trưởng đơn vị"
    name = ""
    if letterhead is not None:
        head = (
            "\n".join(text for text in (letterhead.signer_authority, letterhead.signer_title) if text) or head
        )
        name = letterhead.signer_name
    if not _has_thirds(plan):
        _signers_in_line(drawing, sheet, plan, row, day, head, name)
        return
    parts = thirds(plan)
    _part(drawing, sheet, plan, (row, row), parts[-1], day, Look(italic=True, align="center"))
    signers = (("Người lập biểu", ""), ("Người kiểm tra", ""), (head, name))
    for part, (title, who) in zip(parts, signers, strict=True):
        _part(drawing, sheet, plan, (row + 1, row + 1), part, title, Look(bold=True, align="center"))
        _part(
            drawing, sheet, plan, (row + 2, row + 2), part, "(Ký, họ tên)", Look(italic=True, align="center")
        )
        _part(drawing, sheet, plan, (row + 6, row + 6), part, who, Look(bold=True, align="center"))
    wide = plan.width(*parts[-1])
    row_height(sheet, row, height([(day, wide)]))
    row_height(sheet, row + 1, height([(head, wide)], bold=True))


def _signers_in_line(
    drawing: Drawing, sheet: Worksheet, plan: TablePlan, row: int, day: str, head: str, name: str
) -> None:
    """The signers over the whole width: a table whose columns divide into no three parts has no place for each."""
    whole = (1, plan.last)
    gap = " " * max(4, int(plan.width(*whole)) // 4)
    head = head.replace("\n", " ")
    _part(drawing, sheet, plan, (row, row), whole, day, Look(italic=True, align="right"))
    titles = gap.join(("Người lập biểu", "Người kiểm tra", head))
    _part(drawing, sheet, plan, (row + 1, row + 1), whole, titles, Look(bold=True, align="center"))
    below = (gap + " " * 4).join(["(Ký, họ tên)"] * 3)
    _part(drawing, sheet, plan, (row + 2, row + 2), whole, below, Look(italic=True, align="center"))
    _part(drawing, sheet, plan, (row + 6, row + 6), whole, name, Look(bold=True, align="right"))
    row_height(sheet, row + 1, height([(titles, plan.width(*whole))], bold=True))


_NARROWEST = 0.2
"""The least part of the width that a third of the header may be, or its words stand one under the other."""


def _has_thirds(plan: TablePlan) -> bool:
    if plan.last < 3:
        return False
    return all(plan.width(*part) >= _NARROWEST * plan.width(1, plan.last) for part in thirds(plan))


def thirds(plan: TablePlan) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """The sheet's columns in three parts as near as can be to 30, 40 and 30 percent of the width."""
    reached = [plan.width(1, column) / plan.width(1, plan.last) for column in range(1, plan.last + 1)]
    first, second = min(
        combinations(range(1, plan.last), 2),
        key=lambda ends: abs(reached[ends[0] - 1] - 0.3) + abs(reached[ends[1] - 1] - 0.7),
    )
    return (1, first), (first + 1, second), (second + 1, plan.last)


def foot_rows(plan: TablePlan, drawing: Drawing) -> int:
    """The last row that `draw_foot` draws."""
    return plan.end + 2 + len(_notes(drawing, plan)) + 1 + 6


def _notes(drawing: Drawing, plan: TablePlan) -> list[str]:
    """The table's footnotes, the notes of its rows and columns, and what the report covers."""
    notes = [*plan.table.footnotes]
    notes += [f"{row.label}: {row.note}" for row in plan.table.rows if row.note]
    notes += [f"{column.label}: {column.note}" for column in plan.table.columns if column.note]
    if drawing.filling is not None and drawing.filling.coverage:
        notes.append(f"({drawing.filling.coverage})")
    return notes


def _part(
    drawing: Drawing,
    sheet: Worksheet,
    plan: TablePlan,
    rows: tuple[int, int],
    columns: tuple[int, int],
    text: str,
    look: Look,
) -> None:
    """A merged cell; a text that starts with `=` here is one of `_live`'s formulas."""
    if isinstance(text, _Formula):
        drawing.formula(sheet, rows[0], columns[0], text, look)
    elif text:
        drawing.text(sheet, rows[0], columns[0], text, look)
    drawing.merge(sheet, rows[0], columns[0], rows[1], columns[1], look)


class _Formula(str):
    """A text that is one of our own formulas."""

    __slots__ = ()


def _live(words: str, source: Spot | None, known: str) -> str:
    """Words and what is known, or what the unit writes into a cell of the cover sheet."""
    if source is None:
        return words + known
    return _Formula(f'={literal(words)}&IF({source.absolute}="",{literal(known)},{source.absolute})')


def _and(text: str, more: str) -> str:
    """A text and what follows it, be it one of `_live`'s formulas."""
    return _Formula(f"{text}&{literal(more)}") if isinstance(text, _Formula) else text + more


def _label(drawing: Drawing, column: Column, shared: str | None) -> str:
    """A column's heading, with its measure where that is not the table's."""
    own = "" if column.measure in {None, shared} else measure_label(drawing.template, column.measure)
    return f"{column.label}\n({own})" if own else column.label


def _code(drawing: Drawing, sheet: Worksheet, plan: TablePlan, first: int, last: int, code: str) -> None:
    if plan.code_row is not None:
        drawing.text(sheet, plan.code_row, first, code, CODE)
        drawing.merge(sheet, plan.code_row, first, plan.code_row, last, CODE)
