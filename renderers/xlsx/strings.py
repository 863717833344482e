"""Texts on their way into cells and out again: what XML and Excel cannot hold, and what must never become a formula.

A cell holds text as `_x0041_` escapes and at most 32,767 UTF-16 units. Line ends become `\\n`, control characters and
lone surrogates become U+FFFD: neither survives any spreadsheet program. Everything else comes back as it went in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

CELL_CAPACITY = 32_767
"""UTF-16 units that one cell holds, escapes included."""

_CUT_MARK = "\n[… còn {missing} ký tự không vừa một ô Excel]"
_CUT = re.compile(r"\n\[… còn ([0-9]+) ký tự không vừa một ô Excel\]\Z")

_LINE_END = re.compile(r"\r\n?")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CARRIAGE_RETURN = re.compile(r"_x000[Dd]_")


def cleaned(text: str) -> str:
    """The text with line ends and characters that a workbook can hold."""
    return _UNWRITABLE.sub("\ufffd", _LINE_END.sub("\n", text))


def stored(text: str) -> str:
    """A cleaned text as the file stores it."""
    return _LOOKS_ESCAPED.sub("_x005F_", cleaned(text))


def fitting(text: str) -> str:
    """A text as one cell stores it; one that is too long ends in a mark which `cut_length` knows again."""
    clean = cleaned(text)
    if 7 * len(clean) <= CELL_CAPACITY:
        # However many of its characters must be escaped, it fits.
        return stored(clean)
    kept = next(pieces(clean))
    if len(kept) == len(clean):
        return stored(kept)
    kept = kept[: -len(_CUT_MARK) - 10]
    return stored(kept + _CUT_MARK.format(missing=len(clean) - len(kept)))


def cut_length(text: str) -> int | None:
    """How long the text was that `fitting` had to cut; None for a whole one."""
    mark = _CUT.search(text)
    return None if mark is None else mark.start() + int(mark[1])


def unstored(text: str) -> str:
    """The text that a cell's stored text stands for."""
    return _LINE_END.sub("\n", _CARRIAGE_RETURN.sub("", text).replace("_x005F_", "_"))


def pieces(text: str) -> Iterator[str]:
    """A cleaned text in pieces that one cell each can hold; one empty piece for an empty text."""
    start = units = 0
    for index, character in enumerate(text):
        # An escape makes seven characters of one.
        size = 7 if _LOOKS_ESCAPED.match(text, index) else 2 if ord(character) > 0xFFFF else 1
        if units + size > CELL_CAPACITY:
            yield text[start:index]
            start, units = index, 0
        units += size
    yield text[start:]


def cells_for(max_length: int) -> int:
    """How many cells any text of at most `max_length` characters needs, as if each took two units."""
    return max(1, -(-2 * max_length // CELL_CAPACITY))


def literal(text: str) -> str:
    """A text inside a formula, joined from pieces: Excel takes at most 255 characters in one."""
    clean = cleaned(text)
    parts = [clean[start : start + 120] for start in range(0, len(clean), 120)] or [""]
    return "&".join('"' + part.replace('"', '""') + '"' for part in parts)
