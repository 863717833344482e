"""A copy of a workbook that came in, with everything that is wrong marked in it: a list in front, cells coloured, each
with a comment that says what stands there and what is right.

The copy is the same workbook: its numbers, names and marks are kept, so a person corrects it and sends it again. What
an earlier marking left is taken away first. Colours are conditional formats, which lie over a cell's own look and
leave it as it was.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Literal

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook import Workbook
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from compiler.findings import Finding, FindingSeverity, sentence
from renderers.xlsx.gate import Examined, examine
from renderers.xlsx.look import FAILED_COLOUR, FONT, HEADING_COLOUR, WARNED_COLOUR, lines
from renderers.xlsx.names import quoted
from renderers.xlsx.packing import workbook_bytes
from renderers.xlsx.workbook import cell as cell_at
from renderers.xlsx.workbook import page, put_text, row_height, widths

MOST_ELEMENTS = 600_000
"""Of a workbook with more XML elements no copy is made: openpyxl takes up to half a kilobyte for each."""

MOST_MERGED = 100_000
"""Nor of one with more merged cells, each of which openpyxl makes an object of."""

LIST = "Lỗi cần sửa"
"""The sheet that lists the problems."""

_TITLE = "NHỮNG CHỖ PHẢI SỬA HOẶC XEM LẠI"
_MARK = 'N("bieu")=0'
"""The rule of our colours: always true, and known again by its text."""

_SIGN = "[bieu]"
"""Before what we say in a comment, which may be somebody else's."""

_COLOURS: dict[FindingSeverity, str] = {"error": FAILED_COLOUR, "warning": WARNED_COLOUR}
_WORDS: dict[Literal["vi", "en"], dict[FindingSeverity, str]] = {
    "vi": {"error": "Lỗi", "warning": "Cảnh báo"},
    "en": {"error": "Error", "warning": "Warning"},
}
_HEADINGS = ("STT", "Mức", "Trang tính", "Ô", "Vị trí", "Nội dung")
_WIDTHS = (6.0, 12.0, 20.0, 9.0, 50.0, 70.0)
_FIRST = 4
_LONGEST_COMMENT = 1_500
_COMMENT_WIDTH, _COMMENT_LINE = 320, 18
"""Points."""


def marked(data: bytes, findings: Sequence[Finding], language: Literal["vi", "en"] = "vi") -> bytes | None:
    """The marked copy. None for what is no workbook, or too large a one, and where there is nothing to mark.

    `findings` carry the sheet and cell they stand at (`Reading.located`); others are only listed. Notices are left out.
    """
    shown = [finding for finding in findings if finding.severity != "notice"]
    examined = examine(data)
    if not shown or not isinstance(examined, Examined):
        return None
    if examined.elements > MOST_ELEMENTS or examined.merged > MOST_MERGED:
        return None
    shown.sort(key=lambda finding: finding.severity != "error")
    try:
        with warnings.catch_warnings():
            # openpyxl warns of everything it doesn't know and won't keep.
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(data), keep_links=False)
            for sheet in book.worksheets:
                _cleaned(sheet)
            if LIST in book.sheetnames:
                del book[LIST]
            for sheet in book.worksheets:
                _mark(sheet, [each for each in shown if each.place.sheet == sheet.title], language)
            _list(book, shown, language)
            book.calculation = CalcProperties(fullCalcOnLoad=True)
            return workbook_bytes(book)
    except Exception:  # noqa: BLE001
        # As for reading: openpyxl fails with whatever it stumbles over. The list of problems is there without a copy.
        return None


def _cleaned(sheet: Worksheet) -> None:
    """Take away what an earlier marking left."""
    _set_rules(sheet, [pair for pair in _rules(sheet) if _MARK not in pair[1].formula])
    # Not row by row: one cell in the last corner would make billions of blank ones.
    for cell in sheet._cells.values():
        if isinstance(cell, Cell) and cell.comment is not None and _SIGN in cell.comment.text:
            kept = cell.comment.text.partition(_SIGN)[0].rstrip()
            cell.comment = Comment(kept, cell.comment.author) if kept else None


def _mark(sheet: Worksheet, findings: list[Finding], language: Literal["vi", "en"]) -> None:
    by_cell: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.place.cell is not None:
            by_cell.setdefault(_seen(sheet, finding.place.cell), []).append(finding)
    rules = []
    for severity, colour in _COLOURS.items():
        cells = [name for name, found in by_cell.items() if found[0].severity == severity]
        for start in range(0, len(cells), 200):
            style = DifferentialStyle(fill=PatternFill("solid", bgColor=colour))
            rule = Rule(type="expression", formula=[_MARK], dxf=style, stopIfTrue=True)
            rules.append((" ".join(cells[start : start + 200]), rule))
    if rules:
        _set_rules(sheet, [*rules, *_rules(sheet)])
    for name, found in by_cell.items():
        target = sheet[name]
        if not isinstance(target, Cell):
            continue
        said = "\n".join(dict.fromkeys(sentence(each, language) for each in found))
        before = "" if target.comment is None else target.comment.text.rstrip() + "\n"
        text = f"{before}{_SIGN} {said}"[:_LONGEST_COMMENT]
        tall = _COMMENT_LINE * (lines(text, 45.0) + 1)
        target.comment = Comment(text, "bieu", height=min(tall, 400), width=_COMMENT_WIDTH)


def _seen(sheet: Worksheet, name: str) -> str:
    """The cell a person sees at a place: of a merged range, its first."""
    if isinstance(sheet[name], MergedCell):
        for area in sheet.merged_cells.ranges:
            if name in area:
                return str(area.coord).partition(":")[0]
    return name


def _rules(sheet: Worksheet) -> list[tuple[str, Rule]]:
    """The conditional formats of a sheet, the strongest first."""
    pairs = [(str(area.sqref), rule) for area in sheet.conditional_formatting for rule in area.rules]
    return sorted(pairs, key=lambda pair: pair[1].priority)


def _set_rules(sheet: Worksheet, pairs: list[tuple[str, Rule]]) -> None:
    found = ConditionalFormattingList()
    for number, (cells, rule) in enumerate(pairs, start=1):
        rule.priority = number
        found.add(cells, rule)
    sheet.conditional_formatting = found


# -- the list ----------------------------------------------------------------------------------------------------


def _list(book: Workbook, findings: list[Finding], language: Literal["vi", "en"]) -> None:
    sheet: Worksheet = book.create_sheet(LIST, 0)
    sheet.sheet_view.showGridLines = False
    put_text(cell_at(sheet, 1, 1), _TITLE)
    cell_at(sheet, 1, 1).font = Font(name=FONT, sz=14, b=True)
    errors = sum(finding.severity == "error" for finding in findings)
    put_text(
        cell_at(sheet, 2, 1),
        f"{errors} lỗi phải sửa trước khi gửi, {len(findings) - errors} cảnh báo cần xem lại. "
        "Sửa ngay trong tệp này rồi gửi lại cả tệp; trang này không cần xóa.",
    )
    cell_at(sheet, 2, 1).font = Font(name=FONT, sz=12, i=True)
    side = Side(style="thin", color="808080")
    border = Border(left=side, right=side, top=side, bottom=side)
    for column, words in enumerate(_HEADINGS, start=1):
        head = cell_at(sheet, _FIRST - 1, column)
        put_text(head, words)
        head.font = Font(name=FONT, sz=12, b=True)
        head.fill = PatternFill("solid", fgColor=HEADING_COLOUR)
        head.alignment = Alignment(horizontal="center", vertical="center")
        head.border = border
    for row, finding in enumerate(findings, start=_FIRST):
        place = finding.place
        said = sentence(finding, language)
        texts = (
            "",
            _WORDS[language][finding.severity],
            place.sheet or "",
            place.cell or "",
            place.words,
            said,
        )
        for column, text in enumerate(texts, start=1):
            target = cell_at(sheet, row, column)
            put_text(target, text)
            target.font = Font(name=FONT, sz=12)
            target.alignment = Alignment(
                vertical="top", wrap_text=True, horizontal="left" if column > 4 else "center"
            )
            target.border = border
        cell_at(sheet, row, 1).value = row - _FIRST + 1
        cell_at(sheet, row, 2).fill = PatternFill("solid", fgColor=_COLOURS[finding.severity])
        if place.sheet in book.sheetnames:
            link = cell_at(sheet, row, 4 if place.cell else 3)
            location = f"{quoted(place.sheet or '')}!{place.cell or 'A1'}"
            link.hyperlink = Hyperlink(ref=link.coordinate, location=location)
            link.font = Font(name=FONT, sz=12, u="single", color="0563C1")
        row_height(sheet, row, 16.5 * max(lines(said, _WIDTHS[5]), lines(place.words, _WIDTHS[4])) + 3)
    widths(sheet, _WIDTHS)
    sheet.freeze_panes = f"A{_FIRST}"
    sheet.print_title_rows = f"{_FIRST - 1}:{_FIRST - 1}"
    page(sheet, landscape=True)
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    book.active = 0
