"""How cells look: fonts, fills, borders, number formats, and how wide and high things must be for their text.

The page is the printed form's: Times New Roman 12, thin black lines. Colours tell what to do with a cell and stay
pale enough for paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook import Workbook

from compiler.template import ValueType

FONT = "Times New Roman"
LINE_HEIGHT = 16.5
"""Points for one line of 12 pt text."""

INPUT_COLOUR = "FFFBE6"
COMPUTED_COLOUR = "EDF2F7"
CARRIED_COLOUR = "E8F5E9"
HEADING_COLOUR = "DCE6F1"
FAILED_COLOUR = "F8CBAD"
WARNED_COLOUR = "FFE699"
PASSED_COLOUR = "C6E0B4"

_THIN = Side(style="thin", color="000000")
_HAIR = Side(style="hair", color="808080")


@dataclass(frozen=True)
class Look:
    """All that makes up the look of a cell. `locked` is part of it: that is where Excel keeps it."""

    bold: bool = False
    italic: bool = False
    size: int = 12
    colour: str = "000000"
    fill: str = ""
    align: Literal["left", "center", "right", "justify"] = "left"
    vertical: Literal["top", "center"] = "center"
    wrap: bool = True
    indent: int = 0
    border: Literal["", "thin", "hair"] = ""
    format: str = "General"
    locked: bool = True
    link: bool = False


class Looks:
    """The looks of one workbook: each is built once and then copied from cell to cell."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._built: dict[Look, Cell] = {}
        self._scratch = book.create_sheet("scratch")
        # The width of columns is counted in digits of this font. The stubs know only the names of styles.
        book._named_styles["Normal"].font = Font(name=FONT, sz=12)  # type: ignore[attr-defined]
        self._next = 1

    def put(self, cell: Cell, look: Look) -> None:
        """Give a cell its look."""
        pattern = self._built.get(look)
        if pattern is None:
            pattern = self._built[look] = self._build(look)
        # Copying the style array is how openpyxl copies looks itself; its stubs don't know it.
        cell._style = copy(pattern._style)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Take away what was only needed for building."""
        self._book.remove(self._scratch)

    def _build(self, look: Look) -> Cell:
        cell = self._scratch.cell(self._next, 1)
        assert isinstance(cell, Cell)  # nothing is merged there
        self._next += 1
        cell.font = Font(
            name=FONT,
            sz=look.size,
            b=look.bold,
            i=look.italic,
            color="0563C1" if look.link else look.colour,
            u="single" if look.link else None,
        )
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=look.fill)
        cell.alignment = Alignment(
            horizontal=look.align, vertical=look.vertical, wrap_text=look.wrap, indent=look.indent
        )
        if look.border:
            side = _THIN if look.border == "thin" else _HAIR
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.number_format = look.format
        cell.protection = Protection(locked=look.locked)
        return cell


def number_format(type: ValueType) -> str:
    """Excel's number format of a type: written in its own locale, shown in the reader's (1.234,5 in Vietnam)."""
    match type.kind:
        case "integer" | "decimal" | "money":
            return "#,##0" + ("." + "0" * type.scale if type.scale else "")
        case "percent":
            decimals = max(type.scale - 2, 0)
            return "0" + ("." + "0" * decimals if decimals else "") + "%"
        case "date":
            return "dd/mm/yyyy"
        case "text" | "choice":
            return "@"
        case "boolean":
            return "General"


_CAPITAL = 0.5
"""By how many small letters a capital is wider than one; what a word of small letters begins with is counted in."""


@lru_cache(maxsize=4096)
def lines(text: str, width: float, bold: bool = False, size: int = 12) -> int:
    """How many lines a text takes in a column `width` characters wide, if words are not broken.

    A column's width counts digits of 12 pt; running text of the same size takes about a sixth less, and more where it
    is in capitals.
    """
    room = max(width - 0.8, 1) * (1.12 if bold else 1.19) * 12 / size
    count = 0
    for paragraph in text.split("\n"):
        count += 1
        used = 0.0
        for word in paragraph.split(" "):
            capitals = sum(letter.isupper() for letter in word[0 if word.isupper() else 1 :])
            length = len(word) + _CAPITAL * capitals
            if used and used + 1 + length > room:
                count, used = count + 1, 0.0
            while length > room:
                count, length = count + 1, length - room
            used += length + (1 if used else 0)
    return count


def height(texts: Iterable[tuple[str, float]], least: int = 1, bold: bool = False, size: int = 12) -> float:
    """Points for a row that shows each text in its width."""
    count = max([least, *(lines(text, width, bold, size) for text, width in texts)])
    return round(LINE_HEIGHT * size / 12 * count, 1)


def code_width(code: str) -> float:
    """Characters that a printed code such as `=12+13+14` is wide: 10 pt italic, whose signs are wider than digits."""
    return sum(1.35 if sign in "=+-" else 1.0 for sign in code) * 10 / 12 + 0.9


def longest_word(text: str) -> int:
    """The length of the longest word: what a column must be wide enough for."""
    return max((len(word) for word in text.split()), default=0)
