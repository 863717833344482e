"""A template, or a report on it, as an Excel workbook that a unit fills without any other program.

The workbook is the printed form, alive: native formulas, checks with their state in sight, inputs that refuse what
cannot be right. Where everything stands is `sheets.py`'s matter, and `read.py` reads it back. The same template and
report always give the same bytes.
"""

from __future__ import annotations

from openpyxl.workbook.properties import CalcProperties

from compiler.cells import Layout
from renderers.filling import Filling
from renderers.xlsx.appendix import Appendix, draw_appendix
from renderers.xlsx.checks import draw_checks
from renderers.xlsx.cover import draw_cover, draw_state
from renderers.xlsx.formulas import Formulas
from renderers.xlsx.hidden import draw_captures, draw_codes, draw_identity
from renderers.xlsx.identity import identity_of
from renderers.xlsx.packing import workbook_bytes
from renderers.xlsx.prose import draw_outline
from renderers.xlsx.sheets import CHECKS, CODES, COVER, EARLIER, HELPERS, IDENTITY, OUTLINE
from renderers.xlsx.strings import cleaned
from renderers.xlsx.table import draw_table
from renderers.xlsx.workbook import Drawing


def render(layout: Layout, filling: Filling | None, appendix: Appendix | None = None) -> bytes:
    """The workbook of a blank form, or of a report whose values are evaluated, with what it was merged from."""
    drawing = Drawing(layout, filling)
    identity = identity_of(layout.template, filling)
    # Sheets stand in the order a person goes through them; they are drawn in the order they need each other.
    cover = drawing.sheet(COVER)
    tables = {name: drawing.sheet(plan.title) for name, plan in drawing.plan.tables.items()}
    prose = drawing.sheet(OUTLINE)
    checks = drawing.sheet(CHECKS)
    codes, helpers, earlier = drawing.sheet(CODES), drawing.sheet(HELPERS), drawing.sheet(EARLIER)
    marks = drawing.sheet(IDENTITY)

    formulas = Formulas(drawing, helpers)
    open_fields, state_row = draw_cover(drawing, cover, identity)
    draw_codes(drawing, codes)
    draw_captures(drawing, earlier)
    inputs = {
        name: draw_table(drawing, formulas, tables[name], plan, open_fields)
        for name, plan in drawing.plan.tables.items()
    }
    draw_outline(drawing, formulas, prose)
    draw_checks(drawing, formulas, checks)
    draw_state(drawing, formulas, cover, state_row, inputs, open_fields)
    draw_identity(drawing, marks, identity)
    if appendix is not None:
        draw_appendix(drawing, appendix)
    formulas.close()
    drawing.looks.close()

    book = drawing.book
    book.remove(book["Sheet"])
    book.active = 0
    book.properties.title = cleaned(layout.template.title)
    book.properties.creator = "bieu"
    # No results are stored beside the formulas: whoever opens the workbook computes them.
    book.calculation = CalcProperties(fullCalcOnLoad=True)
    return workbook_bytes(book)
