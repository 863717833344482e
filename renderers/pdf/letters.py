"""From the codes of a page's text to characters, and whether each is drawn as the character that it claims to be.

A file says by itself which character a glyph stands for, so a forged one can show 9 and say 1. Every font of a report
is Tinos with its glyphs' numbers kept: the number must be the one that Tinos has for the character, and the outline
in the file must be Tinos's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont

from renderers.pdf.fonts import FILES, folder
from renderers.pdf.streams import unpacked

_CHARACTER = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)

_FACES = {
    "Bieu-Tinos": FILES[0],
    "Bieu-Tinos-Bold": FILES[1],
    "Bieu-Tinos-Italic": FILES[2],
    "Bieu-Tinos-Bold-Italic": FILES[3],
}

_LIMIT = 4 * 1024 * 1024


class LettersUnreadable(ValueError):
    """A font that is none of a report's."""


class Letters:
    """Reads text, and remembers which glyphs were read for which characters."""

    def __init__(self) -> None:
        self._maps: dict[tuple[int, int], dict[int, str]] = {}
        self._fonts: dict[tuple[int, int], Any] = {}
        self._seen: dict[tuple[int, int], set[int]] = {}

    def read(self, font: Any, codes: bytes) -> str:
        """The characters of two-byte codes. Raises LettersUnreadable for a font of another kind."""
        key = font.objgen
        if key not in self._maps:
            if str(font.get("/Subtype")) != "/Type0" or str(font.get("/Encoding")) != "/Identity-H":
                raise LettersUnreadable("text in a font that is not the report's")
            self._maps[key] = _to_unicode(unpacked(font.ToUnicode, _LIMIT))
            self._fonts[key] = font
            self._seen[key] = set()
        numbers = [codes[at] << 8 | codes[at + 1] for at in range(0, len(codes) - 1, 2)]
        self._seen[key].update(numbers)
        found = self._maps[key]
        return "".join(found.get(number, "\ufffd") for number in numbers)

    def forged(self) -> tuple[str, ...]:
        """Every character that was read for a glyph which Tinos does not draw for it."""
        return tuple(
            sorted(
                {
                    character
                    for key, font in self._fonts.items()
                    for character in _forged(font, self._maps[key], self._seen[key])
                }
            )
        )


def _to_unicode(text: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind, body in _BLOCK.findall(text):
        if kind == b"bfchar":
            for code, characters in _CHARACTER.findall(body):
                found[int(code, 16)] = bytes.fromhex(characters.decode()).decode("utf-16-be", "replace")
        else:
            for first, last, characters in _RANGE.findall(body):
                start = int(characters, 16)
                for offset in range(min(int(last, 16) - int(first, 16) + 1, 65_536)):
                    found[int(first, 16) + offset] = (
                        chr(start + offset) if start + offset < 0x110000 else "\ufffd"
                    )
    return found


def _forged(font: Any, characters: dict[int, str], seen: set[int]) -> set[str]:
    (inner,) = font.DescendantFonts
    name = str(font.BaseFont).removeprefix("/").partition("+")[2]
    if name not in _FACES:
        raise LettersUnreadable("text in a font that is not the report's")
    mapping = inner.get("/CIDToGIDMap")
    if mapping is None or str(mapping) == "/Identity":
        glyphs = {code: code for code in seen}
    else:
        table = unpacked(mapping, _LIMIT)
        glyphs = {code: int.from_bytes(table[2 * code : 2 * code + 2], "big") for code in seen}
    meanings, own = _tinos(name)
    with TTFont(BytesIO(unpacked(inner.FontDescriptor.FontFile2, _LIMIT))) as embedded:
        return {
            characters.get(code, "\ufffd")
            for code, glyph in glyphs.items()
            if not _stands_for(characters.get(code, "\ufffd"), meanings.get(glyph, frozenset()))
            or _outline(embedded, glyph) != _outline(own, glyph)
        }


def _stands_for(text: str, meanings: frozenset[str]) -> bool:
    return text in meanings or any(unicodedata.normalize("NFKC", each) == text for each in meanings)


@cache
def _tinos(name: str) -> tuple[dict[int, frozenset[str]], TTFont]:
    """What each glyph of a face stands for, and the face."""
    font = TTFont(BytesIO((folder() / _FACES[name]).read_bytes()))
    numbers = font.getReverseGlyphMap()
    meanings: dict[int, frozenset[str]] = {}
    for code, glyph in font.getBestCmap().items():
        number = numbers[glyph]
        meanings[number] = meanings.get(number, frozenset()) | {chr(code)}
    return meanings, font


def _outline(font: TTFont, glyph: int) -> tuple[object, ...]:
    """A glyph's points and contours."""
    table = font["glyf"]
    order = font.getGlyphOrder()
    if glyph >= len(order):
        return ()
    coordinates, ends, flags = table[order[glyph]].getCoordinates(table)
    return tuple(coordinates), tuple(ends), bytes(each & 1 for each in flags)
