"""Whether printed pages show what a report's data says: what the pages should say beside what they do say.

What they should say is the very HTML that is set, with its words and tables in order; what they do say is read off the
drawn letters (`read.py`). White space is left out on both sides, because a line may break anywhere. A table that goes
on over pages is put together again at its repeated headings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html.parser import HTMLParser

from compiler.cells import Layout
from renderers.filling import Filling
from renderers.pdf.outline import Composition, InPlace, PrintedTable, compose
from renderers.pdf.read import Grid, Paper, Words
from renderers.pdf.report import page
from renderers.pdf.sheets import Sheet

MAX_DIFFERENCES = 200
_AROUND = 12
"""Characters of context around a differing piece of text."""


@dataclass(frozen=True)
class PaperDifference:
    """Something that the pages show otherwise. `place` is in words; "" in the text between tables."""

    place: str
    shown: str
    expected: str


@dataclass(frozen=True)
class Comparison:
    """What differs, and how much was compared: cells of tables, and characters of text."""

    differences: tuple[PaperDifference, ...]
    cells: int
    characters: int


def compare_paper(layout: Layout, filling: Filling, paper: Paper) -> Comparison:
    """Everything on the pages against the report."""
    expected = _expected(page(layout, filling))
    sheets = list(_sheets(compose(layout, filling)))
    comparing = _Comparing(list(paper.parts), sheets)
    for part in expected:
        comparing.next(part)
    comparing.end()
    return Comparison(tuple(comparing.differences[:MAX_DIFFERENCES]), comparing.cells, comparing.characters)


def _sheets(composition: Composition) -> Iterator[tuple[PrintedTable, Sheet]]:
    """Every printed sheet in the order of the pages."""
    tables = [block.table for block in composition.blocks if isinstance(block, InPlace)]
    for table in (*tables, *composition.annexes):
        for fitted in table.fitting.sheets:
            yield table, fitted.sheet


class _Comparing:
    """Goes along what is expected, and takes what it finds."""

    def __init__(self, found: list[Words | Grid], sheets: list[tuple[PrintedTable, Sheet]]) -> None:
        self.found = found
        self.sheets = sheets
        self.at = 0
        self.differences: list[PaperDifference] = []
        self.cells = 0
        self.characters = 0

    def next(self, expected: Words | Grid) -> None:
        """Compares the next part."""
        if isinstance(expected, Words):
            part = self._here()
            text = part.text if isinstance(part, Words) else ""
            self.at += isinstance(part, Words)
            self.characters += len(expected.text)
            self._texts(text, expected.text)
            return
        table, sheet = self.sheets.pop(0)
        rows: list[tuple[str, ...]] = []
        head: tuple[tuple[str, ...], ...] | None = None
        while isinstance(part := self._here(), Grid) and len(rows) < len(expected.rows):
            if head is not None and part.head != head:
                break
            head = part.head
            rows += part.rows
            self.at += 1
        self._grids(table, sheet, Grid(head or (), tuple(rows)), expected)

    def end(self) -> None:
        """What is left over is shown beside the report."""
        for part in self.found[self.at :]:
            words = part.text if isinstance(part, Words) else " ".join("".join(row) for row in part.rows)
            self._differs("", words, "")

    def _here(self) -> Words | Grid | None:
        return self.found[self.at] if self.at < len(self.found) else None

    def _differs(self, place: str, shown: str, expected: str) -> None:
        self.differences.append(PaperDifference(place, _short(shown), _short(expected)))

    def _texts(self, shown: str, expected: str) -> None:
        """The pieces of a run of text that differ, each with a little around it."""
        if shown == expected:
            return
        if len(shown) * len(expected) > 4_000_000:
            self._differs("", shown, expected)
            return
        for kind, low, high, from_, to in SequenceMatcher(
            None, shown, expected, autojunk=False
        ).get_opcodes():
            if kind != "equal":
                before, after = max(0, low - _AROUND), max(0, from_ - _AROUND)
                self._differs("", shown[before : high + _AROUND], expected[after : to + _AROUND])

    def _grids(self, table: PrintedTable, sheet: Sheet, shown: Grid, expected: Grid) -> None:
        title = table.header.title
        if shown.head != expected.head:
            self._differs(
                title, " ".join("".join(row) for row in shown.head), " ".join(map("".join, expected.head))
            )
        for at in range(max(len(shown.rows), len(expected.rows))):
            ours = expected.rows[at] if at < len(expected.rows) else ()
            theirs = shown.rows[at] if at < len(shown.rows) else ()
            self.cells += len(ours)
            for column in range(max(len(ours), len(theirs))):
                right = ours[column] if column < len(ours) else ""
                found = theirs[column] if column < len(theirs) else ""
                if right != found:
                    self._differs(_cell_words(title, sheet, at, column), found, right)


def _cell_words(title: str, sheet: Sheet, at: int, column: int) -> str:
    """Such as "Tình hình … › Đất đai › Quá hạn (10)"."""
    if at >= len(sheet.rows):
        return title
    cells = sheet.rows[at].cells
    row = next((cell.text for cell in cells if cell.heads), cells[0].text if cells else "")
    leaf = sum(cell.colspan for cell in cells[:column])
    heading = sheet.leaves[leaf] if leaf < len(sheet.leaves) else None
    where = "" if heading is None else heading.heading + (f" ({heading.code})" if heading.code else "")
    return " › ".join(part for part in (title, row, where) if part)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


# -- what the pages should say -----------------------------------------------------------------------------------------


@dataclass
class _Table:
    """A table that is being read."""

    head: list[tuple[str, ...]] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    row: list[str] | None = None


class _Parts(HTMLParser):
    """Reads our own HTML into words and grids."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Words | Grid] = []
        self.text: list[str] = []
        self.table: _Table | None = None
        self.cell: list[str] | None = None
        self.in_head = False
        self.in_body = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Opens what counts: the body, tables, their headings, rows and cells."""
        match tag:
            case "body":
                self.in_body = True
            case "table":
                self.flush()
                self.table = _Table()
            case "thead":
                self.in_head = True
            case "tr" if self.table is not None:
                self.table.row = []
            case "th" | "td":
                self.cell = []
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """Closes them."""
        table = self.table
        match tag:
            case "th" | "td" if table is not None and table.row is not None and self.cell is not None:
                table.row.append(_folded(self.cell))
                self.cell = None
            case "tr" if table is not None and table.row is not None:
                (table.head if self.in_head else table.rows).append(tuple(table.row))
                table.row = None
            case "thead":
                self.in_head = False
            case "table" if table is not None:
                self.parts.append(Grid(tuple(table.head), tuple(table.rows)))
                self.table = None
            case "body":
                self.flush()
                self.in_body = False
            case _:
                pass

    def handle_data(self, data: str) -> None:
        """Text belongs to the cell that is open, else to the run between tables."""
        if self.cell is not None:
            self.cell.append(data)
        elif self.in_body and self.table is None:
            self.text.append(data)

    def flush(self) -> None:
        """Ends a run of text."""
        text = _folded(self.text)
        self.text = []
        if text:
            self.parts.append(Words(text))


def _folded(pieces: list[str]) -> str:
    """The text without white space, nor the places where a line may break."""
    return "".join("".join(pieces).replace("\u200b", "").split())


def _expected(html: str) -> tuple[Words | Grid, ...]:
    parser = _Parts()
    parser.feed(html)
    parser.close()
    return tuple(parser.parts)
