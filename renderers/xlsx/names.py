"""Names inside a workbook: of cells and blocks (defined names), of sheets, and references to cells.

What a cell is called here does not depend on where it stands, so a workbook can still be read when its sheets were
renamed, reordered, or rows were inserted: a spreadsheet program moves the names along. Where things stand is
`sheets.py`'s matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from compiler.frozen import sha256
from compiler.values import Address, CaptureKey, GroupKey

SHEET_TITLE_LENGTH = 31
_NAME_LENGTH = 200
"""Excel takes 255 characters; the rest is left for what programs add."""

_PLAIN = re.compile(r"[a-z0-9_]")
_ESCAPE = re.compile(r"\.\.([0-9a-f]{1,5})\.\.")
_PART = re.compile(r"(?:[a-z0-9_]|\.\.[0-9a-f]{1,5}\.\.)+")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(
    r"(?P<sheet>'(?:[^']|'')*'|[^'!]+)!\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>[0-9]{1,7})"
    r"(?::\$?(?P<last_column>[A-Za-z]{1,3})\$?(?P<last_row>[0-9]{1,7}))?"
)


def defined_name(*parts: str) -> str:
    """A valid defined name, different for different parts even where case is of no account: `b06a.dat_dai.c4`.

    Parts are not empty. Lower-case ASCII letters, digits and `_` stand for themselves, any other character for
    `..` + its number in hexadecimal + `..`; a single point parts the parts. A name starts with a letter or with `_`.
    """
    name = ".".join(_escaped(part) for part in parts)
    first = parts[0][0]
    if not "a" <= first <= "z":
        name = "_" + (f"..{ord(first):x}.." + name[1:] if first == "_" else name)
    if len(name) > _NAME_LENGTH:
        name = (
            name[: _NAME_LENGTH - 66].rstrip(".")
            + "."
            + sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
        )
    return name


def name_parts(name: str) -> tuple[str, ...] | None:
    """The parts that a name of ours was made of; None for any other name, and for one too long to hold them all."""
    parts = []
    rest = name.removeprefix("_") if name.startswith("_..") else name
    while rest:
        match = _PART.match(rest)
        if match is None:
            return None
        escaped, rest = match[0], rest[match.end() :]
        parts.append(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), escaped))
        if rest == ".":
            return None
        rest = rest.removeprefix(".")
    return tuple(parts) if parts and defined_name(*parts) == name else None


def cell_name(address: Address) -> str:
    """The name of a static cell."""
    return defined_name(*address)


def block_name(key: GroupKey, column: str) -> str:
    """The name of one column over all spare rows of a group. A group is a row of its table, so nothing clashes."""
    return defined_name(key.table, key.group, column)


def text_name(text: str, part: int) -> str:
    """The name of a narrative's cell; a long narrative has several, counted from 1."""
    return defined_name("text", text, "part", str(part))


def capture_name(key: CaptureKey) -> str:
    """The name of the cell on the hidden sheet that holds a value of an earlier period."""
    return defined_name(key.function, *key.address)


def check_name(number: int) -> str:
    """The name of the cell that tells the state of `layout.checks[number]`."""
    return defined_name("check", str(number))


def identity_name(field: str) -> str:
    """The name of a cell the unit identifies itself in: unit, unit_name, period."""
    return defined_name("identity", field)


def sheet_titles(wanted: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Valid sheet titles near the wanted ones, unique without regard to case, also among those `taken`."""
    seen = {title.casefold() for title in taken} | {"history"}  # Excel keeps that one for itself.
    titles = []
    for text in wanted:
        base = " ".join(_NOT_IN_TITLES.sub(" ", text).split()).strip("' ") or "Biểu"
        title, number = _cut(base, SHEET_TITLE_LENGTH), 1
        while title.casefold() in seen:
            number += 1
            title = f"{_cut(base, SHEET_TITLE_LENGTH - len(str(number)) - 3)} ({number})"
        seen.add(title.casefold())
        titles.append(title)
    return tuple(titles)


@lru_cache(maxsize=1024)
def column_letter(column: int) -> str:
    """The letters of a column counted from 1: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column that letters stand for, counted from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=256)
def quoted(title: str) -> str:
    """A sheet's title as formulas write it."""
    return "'" + title.replace("'", "''") + "'"


class Spot(NamedTuple):
    """A cell of a workbook; row and column count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        """The cell alone: `F12`."""
        return f"{column_letter(self.column)}{self.row}"

    @property
    def fixed(self) -> str:
        """The cell alone, not moved by copying: `$F$12`."""
        return f"${column_letter(self.column)}${self.row}"

    @property
    def absolute(self) -> str:
        """The cell with its sheet: `'Biểu II.06a'!$F$12`."""
        return f"{quoted(self.sheet)}!{self.fixed}"

    def seen_from(self, sheet: str) -> str:
        """The cell as a formula on `sheet` writes it."""
        return self.cell if sheet == self.sheet else f"{quoted(self.sheet)}!{self.cell}"


class Block(NamedTuple):
    """Cells one under the other, `first` and `last` included."""

    sheet: str
    column: int
    first: int
    last: int

    @property
    def fixed(self) -> str:
        """The block alone: `$C$12:$C$41`."""
        letter = column_letter(self.column)
        return f"${letter}${self.first}:${letter}${self.last}"

    @property
    def absolute(self) -> str:
        """The block with its sheet."""
        return f"{quoted(self.sheet)}!{self.fixed}"

    def seen_from(self, sheet: str) -> str:
        """The block as a formula on `sheet` writes it."""
        return self.fixed if sheet == self.sheet else self.absolute

    def spot(self, index: int) -> Spot:
        """The cell of a row of the block, counted from 0."""
        return Spot(self.sheet, self.first + index, self.column)


def read_reference(text: str) -> tuple[Spot, Spot] | None:
    """The first and last cell a defined name refers to; None where it is no plain reference (`#REF!`)."""
    match = _REFERENCE.fullmatch(text.strip().removeprefix("="))
    if match is None:
        return None
    sheet = match["sheet"]
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    first = Spot(sheet, int(match["row"]), column_number(match["column"]))
    if match["last_row"] is None:
        return first, first
    return first, Spot(sheet, int(match["last_row"]), column_number(match["last_column"]))


@lru_cache(maxsize=4096)
def _escaped(part: str) -> str:
    return "".join(
        character if _PLAIN.fullmatch(character) else f"..{ord(character):x}.." for character in part
    )


def _cut(text: str, length: int) -> str:
    """Excel counts UTF-16 units: a letter outside the basic plane is two."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > length:
            return text[:index].rstrip(" '")
    return text
