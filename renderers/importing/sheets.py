"""What stands where on a sheet of paper, of a workbook or of a document alike: texts in cells with their spans."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

MOST_ROWS = 2_000
MOST_COLUMNS = 300
MOST_SHEETS = 60
MOST_CELLS = 60_000
"""Cells with text of a whole file. The largest printed forms have some thousands."""
LONGEST_TEXT = 2_000

_SPACE = re.compile(r"\s+")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its text, at its upper left corner, and how far it reaches. Rows and columns count from 1."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    bold: bool = False
    size: float = 0.0

    @property
    def last_row(self) -> int:
        """The lowest row it covers."""
        return self.row + self.rows - 1

    @property
    def last_column(self) -> int:
        """The rightmost column it covers."""
        return self.column + self.columns - 1


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or a document with its paragraphs as lines of one cell. Only cells with text are in it.

    lost: how many cells were covered by others (merged ranges that overlap) or left out beyond the limits.
    """

    name: str
    cells: tuple[Cell, ...]
    lost: int = 0
    strange_fonts: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def covered(self) -> dict[tuple[int, int], Cell]:
        """The cell that covers a place, for every place that one does."""
        return {
            (row, column): cell
            for cell in self.cells
            for row in range(cell.row, cell.last_row + 1)
            for column in range(cell.column, cell.last_column + 1)
        }

    @cached_property
    def height(self) -> int:
        """The last row with text."""
        return max((cell.last_row for cell in self.cells), default=0)

    @cached_property
    def _starting(self) -> dict[int, list[Cell]]:
        found: dict[int, list[Cell]] = {}
        for cell in sorted(self.cells, key=lambda cell: (cell.row, cell.column)):
            found.setdefault(cell.row, []).append(cell)
        return found

    def starting(self, row: int) -> list[Cell]:
        """The cells that begin in a row, from left to right."""
        return self._starting.get(row, [])

    def across(self, row: int, left: int, right: int) -> list[Cell]:
        """The distinct cells that cover places of a row, from left to right."""
        places = (self.covered.get((row, column)) for column in range(left, right + 1))
        return list(dict.fromkeys(cell for cell in places if cell is not None))


def laid_out(name: str, cells: Iterable[Cell], strange_fonts: Iterable[str] = (), lost: int = 0) -> Sheet:
    """A sheet of cells of which none covers another: where they do, the upper left one stays."""
    kept: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        if not cell.text:
            continue
        places = {
            (row, column)
            for row in range(cell.row, min(cell.last_row, MOST_ROWS) + 1)
            for column in range(cell.column, min(cell.last_column, MOST_COLUMNS) + 1)
        }
        if not places or (cell.row, cell.column) in taken or len(kept) >= MOST_CELLS:
            lost += 1
            continue
        if places & taken:
            lost += 1
            places = {(cell.row, cell.column)}
            cell = Cell(cell.row, cell.column, cell.text, bold=cell.bold, size=cell.size)
        taken |= places
        kept.append(cell)
    return Sheet(name, tuple(kept), lost, frozenset(strange_fonts))


def as_rows(sheets: Iterable[Sheet]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Every sheet as rows of texts, by its name in lower case: for workbooks that are lists."""
    found = {}
    for sheet in sheets:
        width = max((cell.column for cell in sheet.cells), default=0)
        texts = {(cell.row, cell.column): cell.text for cell in sheet.cells}
        found[sheet.name.strip().lower()] = tuple(
            tuple(texts.get((row, column), "") for column in range(1, width + 1))
            for row in range(1, sheet.height + 1)
        )
    return found


def plain(text: str, font: str = "") -> str:
    """A text as it is read: NFC, on one line, without hidden characters; fonts of before Unicode decoded.

    Letters that were set below each other to stand upright are put beside each other again.
    """
    if font.startswith(".Vn"):
        text = "".join(_TCVN3.get(letter, letter) for letter in text)
        if font.endswith("H"):
            text = text.upper()
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if len(lines) > 3 and all(len(unicodedata.normalize("NFC", line)) <= 1 for line in lines):
        text = "".join(line or " " for line in lines)
    text = _HIDDEN.sub("", unicodedata.normalize("NFC", text)).replace("\u00ad", "")
    return _SPACE.sub(" ", text).strip()[:LONGEST_TEXT].strip()


def is_strange(font: str) -> bool:
    """Whether a font writes Vietnamese in a code of its own that is not decoded here."""
    return font.upper().startswith("VNI")
