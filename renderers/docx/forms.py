"""A Word document as a sheet of paper for `renderers.importing`: paragraphs as lines, tables below each other.

The archive passes the same gate as a workbook before python-docx sees it. Tables inside of tables are not looked into;
the draft says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl, CT_Tc
from docx.oxml.text.paragraph import CT_P
from docx.text.paragraph import Paragraph

from compiler.findings import Finding
from renderers.importing.sheets import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Sheet,
    is_strange,
    laid_out,
    plain,
)
from renderers.xlsx.gate import examine

_PAGE = 12
"""Columns that a paragraph's line reaches over."""

_CODES = {
    "workbook_old": "document_old",
    "workbook_not_xlsx": "document_broken",
    "workbook_broken": "document_broken",
    "workbook_too_large": "document_too_large",
    "workbook_with_doctype": "document_with_doctype",
}
"""What the gate says of a workbook, said of a document."""


def read_document(data: bytes) -> tuple[Sheet, ...] | Finding:
    """The document as one sheet, or why it isn't opened."""
    traits = examine(data)
    if isinstance(traits, Finding):
        return traits.model_copy(update={"code": _CODES.get(traits.code, traits.code)})
    try:
        body = Document(BytesIO(data)).element.body
        reader = _Reader()
        for block in body.iterchildren():
            if isinstance(block, CT_P):
                reader.paragraph(block)
            elif isinstance(block, CT_Tbl):
                reader.table(block)
        return (laid_out("Văn bản", reader.cells, reader.fonts, reader.lost),)
    except Exception:  # noqa: BLE001
        # Well-formed nonsense makes python-docx fail with whatever it stumbles over; none of it is our own.
        return Finding(code="document_broken", severity="error")


class _Reader:
    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.fonts: set[str] = set()
        self.lost = 0
        self._row = 1

    def paragraph(self, element: CT_P) -> None:
        """A line of its own; an empty one is a blank row."""
        if self._row > MOST_ROWS:
            self.lost += 1
            return
        for line in self._lines(element):
            self.cells.append(Cell(self._row, 1, line[0], 1, _PAGE, line[1], line[2]))
            self._row += 1
        self._row += not element.xpath("w:r")

    def table(self, table: CT_Tbl) -> None:
        """The cells of a table where they stand, after a blank row."""
        self._row += 1
        open_merges: dict[int, int] = {}
        for tr in table.tr_lst:
            if self._row > MOST_ROWS or len(self.cells) > MOST_CELLS:
                self.lost += 1
                continue
            column = 1 + tr.grid_before
            for tc in tr.tc_lst:
                width = min(int(tc.grid_span), MOST_COLUMNS)
                if tc.vMerge == "continue" and column in open_merges:
                    index = open_merges[column]
                    above = self.cells[index]
                    self.cells[index] = Cell(
                        above.row,
                        above.column,
                        above.text,
                        self._row - above.row + 1,
                        above.columns,
                        above.bold,
                        above.size,
                    )
                else:
                    open_merges.pop(column, None)
                    self._cell(tc, column, width)
                    if tc.vMerge == "restart":
                        open_merges[column] = len(self.cells) - 1
                column += width
            self._row += 1
        self._row += 1

    def _cell(self, tc: CT_Tc, column: int, width: int) -> None:
        self.lost += len(tc.xpath("w:tbl"))
        lines = [line for element in tc.p_lst for line in self._lines(element)]
        text = " ".join(line[0] for line in lines)
        bold = bool(lines) and all(line[1] for line in lines)
        size = max((line[2] for line in lines), default=0.0)
        self.cells.append(Cell(self._row, column, text, 1, width, bold, size))

    def _lines(self, element: CT_P) -> Iterator[tuple[str, bool, float]]:
        """The lines of a paragraph, with whether they are bold and how large."""
        paragraph = Paragraph(element, None)  # type: ignore[arg-type]
        text, bold, size = "", False, 0.0
        for run in paragraph.runs:
            properties = run._r.rPr
            name = ""
            if properties is not None:
                name = (properties.rFonts_ascii or "") if properties.rFonts is not None else ""
                mark = properties.find(qn("w:b"))
                bold = bold or (mark is not None and mark.get(qn("w:val")) not in {"0", "false"})
                size = max(size, float(properties.sz_val.pt) if properties.sz_val is not None else 0.0)
            if is_strange(name):
                self.fonts.add(name)
            text += plain(run.text, name) if name.startswith(".Vn") else run.text
        for line in text.split("\n"):
            shown = plain(line)
            if shown:
                yield shown, bold, size
