"""How a table gets onto paper: upright in the text or lying down, in which size of letters, in how many parts.

A table stays in the text while it fits upright in 12 to 10 pt. Otherwise it lies on a landscape page of its own, in
12 down to 8 pt, which is the smallest size anybody is asked to read. Wider still, it is cut between columns into
as few parts as 8 pt needs, each with the stub repeated and then set as large as that number of parts allows.

"Fits" means that no number is cut, no word of a heading is broken, no heading is taller than six lines and no printed
code taller than four. Widths are reckoned from the fonts' own letter widths, so they are the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from compiler.template import ColumnGroup, Table
from renderers.pdf.fonts import face
from renderers.pdf.sheets import Leaf, Sheet

PORTRAIT_MM = 210 - 30 - 15
LANDSCAPE_MM = 297 - 30 - 15
"""Between the margins that `report.css` sets."""

UPRIGHT_SIZES = (12.0, 11.0, 10.0)
LYING_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0)
SMALLEST = LYING_SIZES[-1]

PADDING_MM = 0.7
"""Left and right of a cell's content, as in `report.css`."""

_AROUND_MM = 2 * PADDING_MM + 0.25
"""What a cell's content does not get of its width: padding and half of each collapsed border, and a hair to spare."""

_HEADING_LINES = 6
_CODE_LINES = 4
_PIECE = re.compile(r"[^\s/\-–+=]*[\s/\-–+=]?")


@dataclass(frozen=True)
class Fitted:
    """A sheet with the width of each leaf in mm and its letters' size in points."""

    sheet: Sheet
    widths: tuple[float, ...]
    size: float


@dataclass(frozen=True)
class Fitting:
    """How one table is printed: where, and as which sheets from left to right."""

    lying: bool
    sheets: tuple[Fitted, ...]


SheetOf = Callable[[frozenset[str] | None], Sheet]
"""Builds the sheet of all data columns (None), or of some."""


def fit(table: Table, sheet_of: SheetOf) -> Fitting:
    """The best way to print the table, under its own wish for an orientation."""
    whole = sheet_of(None)
    if table.orientation != "landscape":
        for size in UPRIGHT_SIZES:
            if (needed := _least_widths(whole, size)) and sum(needed) <= PORTRAIT_MM:
                return Fitting(False, (Fitted(whole, _widths(whole, size, PORTRAIT_MM), size),))
    for size in LYING_SIZES:
        if sum(_least_widths(whole, size)) <= LANDSCAPE_MM:
            return Fitting(True, (Fitted(whole, _widths(whole, size, LANDSCAPE_MM), size),))
    parts = _cut(table, whole, SMALLEST)
    size = next(size for size in LYING_SIZES if len(_cut(table, whole, size)) == len(parts))
    parts = _cut(table, whole, size)
    sheets = tuple(sheet_of(part) for part in parts)
    return Fitting(True, tuple(Fitted(sheet, _widths(sheet, size, LANDSCAPE_MM), size) for sheet in sheets))


def _cut(table: Table, whole: Sheet, size: float) -> list[frozenset[str]]:
    """The data columns in parts, each of which fits a landscape page beside the stub.

    A group of the first heading row stays whole wherever it fits a page by itself. A part has one column at least,
    even where the stub alone fills the page: its widths are then squeezed.
    """
    least = _least_widths(whole, size)
    need = {
        leaf.column: width for leaf, width in zip(whole.leaves, least, strict=True) if leaf.column is not None
    }
    room = LANDSCAPE_MM - sum(
        width for leaf, width in zip(whole.leaves, least, strict=True) if leaf.column is None
    )
    parts: list[list[str]] = [[]]
    used = 0.0
    for member in table.headings:
        names = _names(member)
        width = sum(need[name] for name in names)
        # A group that fits no page is filled in column by column, starting where the one before it ended.
        blocks = [names] if width <= room else [[name] for name in names]
        for block in blocks:
            width = sum(need[name] for name in block)
            if parts[-1] and used + width > room:
                parts.append([])
                used = 0.0
            parts[-1] += block
            used += width
    return [frozenset(part) for part in parts]


def _names(member: ColumnGroup | str) -> list[str]:
    return [member] if isinstance(member, str) else [name for part in member.members for name in _names(part)]


# -- widths ------------------------------------------------------------------------------------------------------------


def _widths(sheet: Sheet, size: float, room: float) -> tuple[float, ...]:
    """Each leaf's width in mm, filling the room: first what it needs, then what it would like, then its share."""
    least = _least_widths(sheet, size)
    if sum(least) > room:
        return tuple(round(width * room / sum(least), 3) for width in least)
    liked = [
        max(width, _liked(leaf) * size + _AROUND_MM) for leaf, width in zip(sheet.leaves, least, strict=True)
    ]
    spare = room - sum(least)
    wanted = sum(liked) - sum(least)
    if wanted > spare:
        share = spare / wanted
        widths = [low + (high - low) * share for low, high in zip(least, liked, strict=True)]
    else:
        widths = [width * room / sum(liked) for width in liked]
    return tuple(round(width, 3) for width in widths)


def _least_widths(sheet: Sheet, size: float) -> list[float]:
    """The least width of each leaf in mm. A heading over several leaves widens them evenly where it needs more."""
    widths = [_least(leaf) * size + _AROUND_MM for leaf in sheet.leaves]
    # The inner headings come last in the list, but the order does not matter: widening never hurts another.
    for text, first, count in sheet.spans:
        needed = _longest_piece(text, bold=True) * size + _AROUND_MM
        lack = needed - sum(widths[first : first + count])
        if lack > 0:
            for index in range(first, first + count):
                widths[index] += lack / count
    return widths


def _least(leaf: Leaf) -> float:
    """The least width of a leaf in mm per point of letter size, without padding."""
    heading = _narrowest(leaf.heading, True, _HEADING_LINES)
    code = _narrowest(leaf.code, False, _CODE_LINES)
    contents = [face(True).width(text, 1) for text in leaf.contents]
    words = [_longest_piece(text, True) for text in leaf.contents]
    match leaf.role:
        case "ordinal":
            return max(heading, code, *contents, _ems(1))
        case "number":
            # Room for five digits written by hand, and for a report whose numbers grow.
            return max(heading, code, *contents, face(False).width("00000", 1))
        case "short":
            return max(heading, code, face(False).width("00/00/0000", 1))
        case "label":
            return max(
                heading, code, min(max(words, default=0.0), _ems(10)), max(contents, default=0.0) / 4, _ems(7)
            )
        case "text":
            return max(heading, code, min(max(words, default=0.0), _ems(8)), _ems(5))


def _liked(leaf: Leaf) -> float:
    """The width at which a leaf looks at ease, in mm per point of letter size, without padding."""
    heading = face(True).width(leaf.heading, 1)
    longest = max((face(True).width(text, 1) for text in leaf.contents), default=0.0)
    match leaf.role:
        case "ordinal":
            return _least(leaf)
        case "number":
            return max(_least(leaf), longest * 1.15, heading / 3, face(False).width("0.000.000", 1))
        case "short":
            return max(_least(leaf), longest * 1.15, heading / 3)
        case "label":
            return max(_least(leaf), min(max(longest, heading), _ems(26)))
        case "text":
            return max(_least(leaf), min(max(longest, heading / 2, _ems(10)), _ems(26)))


def _pieces(text: str) -> list[str]:
    """The text cut wherever a line may break: after white space, and in codes and lists after / - = and +."""
    return [piece for piece in _PIECE.findall(text) if piece]


def _longest_piece(text: str, bold: bool) -> float:
    """The widest piece of the text that no line break can divide, in mm per point."""
    return max((face(bold).width(piece.rstrip(), 1) for piece in _pieces(text)), default=0.0)


@lru_cache(maxsize=4096)
def _narrowest(text: str, bold: bool, most_lines: int) -> float:
    """The least width at which the text breaks into at most so many lines, in mm per point."""
    pieces = _pieces(text)
    measure = face(bold)
    low, high = _longest_piece(text, bold), measure.width(text, 1)
    if len(pieces) <= most_lines or len(_lines(pieces, bold, low)) <= most_lines:
        return low
    # More width never makes more lines. 20 halvings are finer than a printer's dot.
    for _ in range(20):
        middle = (low + high) / 2
        if len(_lines(pieces, bold, middle)) <= most_lines:
            high = middle
        else:
            low = middle
    return high


def _lines(pieces: list[str], bold: bool, limit: float) -> list[str]:
    """The pieces set on lines of at most `limit` mm per point, each line as full as can be."""
    measure = face(bold)
    found: list[str] = []
    used = 0.0
    for piece in pieces:
        if found and used + measure.width(piece.rstrip(), 1) <= limit:
            found[-1] += piece
            used += measure.width(piece, 1)
        else:
            found.append(piece)
            used = measure.width(piece, 1)
    return found


def balanced(text: str, bold: bool, size: float, room: float) -> tuple[str, ...]:
    """The text on as few lines as `room` mm allows, broken between words so that the longest is as short as can be.

    A name in the letterhead then never leaves its last word alone on a line.
    """
    words = [f"{word} " for word in text.split()]
    count = len(_lines(words, bold, room / size))
    low, high = 0.0, room / size
    for _ in range(20):
        middle = (low + high) / 2
        if len(_lines(words, bold, middle)) <= count:
            high = middle
        else:
            low = middle
    return tuple(line.rstrip() for line in _lines(words, bold, high))


def _ems(count: float) -> float:
    """So many letter sizes, in mm per point."""
    return count * 25.4 / 72
