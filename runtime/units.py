"""The tree of reporting units: read from CSV, checked as a whole, walked by code.

A unit is its code. Names are traps (Sơn Hà and Sơn Hạ are two communes, Thuỷ and Thủy one spelling of one place), so
`find` takes codes only; `candidates` lists the units a written name may mean, for a person to choose from, and never
chooses itself. Successors of units that ended, and rights over units, are other modules' matter.

The columns are code, parent, level, kind, name and, where wanted, valid_from, valid_until (ISO dates, both included).
Codes are text: 00004 keeps its zeros. Several units may have no parent; each is then the top of its own tree.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import resources
from typing import Literal

from compiler.findings import Finding, Place

COLUMNS = ("code", "parent", "level", "kind", "name")
DATED_COLUMNS = (*COLUMNS, "valid_from", "valid_until")
LARGEST_FILE = 64 * 2**20
"""Bytes: room for every village of the country several times over."""

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,34}")
"""Letters, digits, dots, dashes, 35 at most: official unit codes and the agency codes of QĐ 20/2020/QĐ-TTg."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit, in force from `valid_from` to `valid_until`, both included; None is open."""

    code: str
    parent: str | None
    level: str
    kind: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the unit exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that a written name may mean.

    same: the name letter for letter. respelled: the same but for case, spaces, Unicode form, the place of the tone mark
    (Thuỷ, Thủy) or a left-out kind ("Ba Tơ" for "Xã Ba Tơ"). unmarked: equal only once every mark is taken away.
    """

    unit: Unit
    likeness: Literal["same", "respelled", "unmarked"]


class UnitTree:
    """Units by code, parents and children. Built by `read_units` or from units known to be sound.

    Raises ValueError where the units make no tree; `read_units` says what is wrong with a file instead.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units: tuple[Unit, ...] = tuple(units)
        self._by_code: Mapping[str, Unit] = {unit.code: unit for unit in self.units}
        problems = _tree_problems(list(enumerate(self.units, start=1)))
        if problems:
            raise ValueError(f"no tree: {problems[0].code} {dict(problems[0].values)}")
        children: dict[str | None, list[str]] = {}
        for unit in self.units:
            children.setdefault(unit.parent, []).append(unit.code)
        self._children: Mapping[str | None, tuple[str, ...]] = {
            parent: tuple(sorted(codes)) for parent, codes in children.items()
        }

    def __len__(self) -> int:
        return len(self.units)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Unit:
        """The unit of a code that is known to be one; KeyError otherwise."""
        return self._by_code[code]

    def find(self, code: str) -> Unit | None:
        """The unit of that code, letter for letter."""
        return self._by_code.get(code)

    @property
    def roots(self) -> tuple[str, ...]:
        """The codes of units without a parent, by code."""
        return self._children.get(None, ())

    def children(self, code: str) -> tuple[str, ...]:
        """The codes right below a unit, by code."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above a unit, from its parent to the top."""
        above: list[str] = []
        parent = self._by_code[code].parent
        while parent is not None:
            above.append(parent)
            parent = self._by_code[parent].parent
        return tuple(above)

    def subtree(self, code: str) -> Iterator[str]:
        """The code itself and all below it, each before its children, children by code."""
        waiting = [code]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(reversed(self.children(current)))

    def bottom_up(self, code: str) -> tuple[str, ...]:
        """The code and all below it, each after its children."""
        order: list[str] = []
        waiting = [code]
        while waiting:
            current = waiting.pop()
            order.append(current)
            waiting.extend(self.children(current))
        order.reverse()
        return tuple(order)

    def of_level(self, level: str) -> tuple[Unit, ...]:
        """The units of one level, by code."""
        return tuple(sorted((unit for unit in self.units if unit.level == level), key=lambda unit: unit.code))

    def on(self, day: date) -> UnitTree:
        """The tree of the units in force on a day. A unit whose parent has ended becomes the top of its own tree."""
        there = [unit for unit in self.units if unit.in_force(day)]
        codes = {unit.code for unit in there}
        return UnitTree(
            unit
            if unit.parent is None or unit.parent in codes
            else Unit(unit.code, None, unit.level, unit.kind, unit.name, unit.valid_from, unit.valid_until)
            for unit in there
        )

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        """The units a written name may mean, likeliest first, then by code. A person chooses, even from one."""
        found: dict[str, Candidate] = {}
        keys = (name, _spelling(name), _bare(name))
        for likeness, key, index in zip(("same", "respelled", "unmarked"), keys, self._by_name, strict=True):
            for code in index.get(key, ()):
                found.setdefault(code, Candidate(self._by_code[code], likeness))  # type: ignore[arg-type]
        return tuple(found.values())

    @cached_property
    def _by_name(self) -> tuple[Mapping[str, Sequence[str]], ...]:
        """Codes, in order, by name as written, by spelling and by bare letters; the kind may be left out."""
        indexes: tuple[dict[str, list[str]], ...] = ({}, {}, {})
        for unit in sorted(self.units, key=lambda unit: unit.code):
            indexes[0].setdefault(unit.name, []).append(unit.code)
            for key in _with_and_without_kind(_spelling(unit.name), _spelling(unit.kind)):
                indexes[1].setdefault(key, []).append(unit.code)
            for key in _with_and_without_kind(_bare(unit.name), _bare(unit.kind)):
                indexes[2].setdefault(key, []).append(unit.code)
        return indexes


# -- names ---------------------------------------------------------------------------------------------------

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Grave, acute, tilde, hook above, dot below. The other marks (ă â ê ô ơ ư) make letters of their own."""


def _spelling(name: str) -> str:
    """The name with each syllable's tone behind it, so that the letter that carries it is of no account."""
    syllables: list[str] = []
    for syllable in unicodedata.normalize("NFD", name).casefold().split():
        letters = "".join(character for character in syllable if character not in _TONES)
        tones = "".join(sorted(character for character in syllable if character in _TONES))
        syllables.append(unicodedata.normalize("NFC", letters) + tones)
    return " ".join(syllables)


def _bare(name: str) -> str:
    """The name without any mark: "Đăk" and "Đắk" are both "dak"."""
    letters = unicodedata.normalize("NFD", name).casefold().replace("đ", "d")
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _with_and_without_kind(name: str, kind: str) -> tuple[str, ...]:
    prefix = kind + " "
    return (name, name[len(prefix) :]) if kind and name.startswith(prefix) else (name,)


# -- reading -------------------------------------------------------------------------------------------------


def read_units(data: bytes) -> UnitTree | tuple[Finding, ...]:
    """The tree in a CSV file, or everything that is wrong with it. A finding's place has the file's line as `index`."""
    if len(data) > LARGEST_FILE:
        return (_finding("file_too_large", 0, found=str(len(data)), limit=str(LARGEST_FILE)),)
    problems: list[Finding] = []
    if data.startswith(b"\xef\xbb\xbf"):
        problems.append(_finding("unit_file_bom", 1))
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (*problems, _finding("not_utf8", line, found=data[error.start : error.start + 1].hex()))
    rows = _rows(text, problems)
    numbered = [(line, unit) for line, row in rows if (unit := _unit(line, row, problems)) is not None]
    problems += _tree_problems(numbered)
    if problems:
        return tuple(sorted(problems, key=lambda problem: problem.place.index or 0))
    return UnitTree(unit for _, unit in numbered)


@cache
def units_of_vietnam() -> UnitTree:
    """The country, its 34 provinces and 3,321 communes as of 1 July 2025, with official codes."""
    tree = read_units(resources.files("runtime").joinpath("data/units-vn-2025.csv").read_bytes())
    if not isinstance(tree, UnitTree):
        raise ValueError(tree[0])
    return tree


def _rows(text: str, problems: list[Finding]) -> list[tuple[int, dict[str, str]]]:
    """Each data row by column name with its line, where the heading is right and the row as wide as it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        heading = tuple(next(reader, ()))
        if heading not in (COLUMNS, DATED_COLUMNS, DATED_COLUMNS[:-1]):
            problems.append(
                _finding("unit_columns", 1, found=",".join(heading)[:200], expected=",".join(DATED_COLUMNS))
            )
            return []
        for row in reader:
            if len(row) == len(heading):
                rows.append((reader.line_num, dict(zip(heading, row, strict=True))))
            elif row:
                problems.append(
                    _finding("unit_width", reader.line_num, found=str(len(row)), expected=str(len(heading)))
                )
    except csv.Error as error:
        problems.append(_finding("unit_not_csv", reader.line_num, reason=str(error)))
    return rows


def _unit(line: int, row: dict[str, str], problems: list[Finding]) -> Unit | None:
    """The unit of a row. A row with something wrong in it still counts as a unit when it has a code."""
    for column, value in row.items():
        if not unicodedata.is_normalized("NFC", value):
            problems.append(_finding("unit_not_nfc", line, column=column, found=value[:80]))
        if value != value.strip() or not value.isprintable():
            problems.append(_finding("unit_white_space", line, column=column, found=value[:80].strip()))
    for column in ("level", "name"):
        if not row[column].strip():
            problems.append(_finding("unit_blank", line, column=column))
    dates: dict[str, date | None] = {}
    for column in ("valid_from", "valid_until"):
        try:
            dates[column] = date.fromisoformat(row[column]) if row.get(column) else None
        except ValueError:
            problems.append(_finding("not_a_date", line, column=column, found=row[column][:40]))
    start, end = dates.get("valid_from"), dates.get("valid_until")
    if start is not None and end is not None and end < start:
        problems.append(_finding("unit_dates", line, start=start.isoformat(), end=end.isoformat()))
    code = row["code"]
    if _CODE.fullmatch(code) is None:
        problems.append(_finding("unit_code", line, found=code[:40]))
        return None
    return Unit(code, row["parent"] or None, row["level"], row["kind"], row["name"], start, end)


def _tree_problems(numbered: Sequence[tuple[int, Unit]]) -> list[Finding]:
    """Codes met twice, parents that are not there, circles. Each unit comes with its line."""
    problems: list[Finding] = []
    lines: dict[str, int] = {}
    for line, unit in numbered:
        first = lines.setdefault(unit.code, line)
        if first != line:
            problems.append(_finding("unit_twice", line, found=unit.code, first=str(first)))
    parents: dict[str, str | None] = {}
    for _, unit in numbered:
        parents.setdefault(unit.code, unit.parent)
    for line, unit in numbered:
        if unit.parent is not None and unit.parent not in parents:
            problems.append(_finding("unit_parent", line, found=unit.parent[:40], unit=unit.code))
    for circle in _circles(parents):
        problems.append(_finding("unit_circle", lines[circle[0]], path=" → ".join((*circle, circle[0]))))
    return problems


def _circles(parents: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Each circle once. Every unit has one parent at most, so a walk up that meets its own trail has found one."""
    walked: dict[str, str] = {}
    for start in parents:
        trail: list[str] = []
        code: str | None = start
        while code is not None and code in parents and code not in walked:
            walked[code] = start
            trail.append(code)
            code = parents[code]
        if code is not None and walked.get(code) == start:
            yield tuple(trail[trail.index(code) :])


def _finding(code: str, line: int, column: str | None = None, **values: str) -> Finding:
    return Finding(code=code, severity="error", place=Place(index=line or None, column=column), values=values)
