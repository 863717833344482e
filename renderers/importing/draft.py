"""A form as the language could say it: what `drafting.py` and `xlsform.py` make and `writing.py` writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from renderers.importing.doubts import Doubt


@dataclass(frozen=True)
class DraftMeasure:
    """A unit of measure; `base` and `factor` where it is another one times a number."""

    name: str
    label: str
    base: str = ""
    factor: int = 1


@dataclass(frozen=True)
class DraftColumn:
    """A column. sides: the formulas it is said to equal, in names; the first defines it, each further one is a check.

    printed: its formula as the form prints it. attributes: whatever else is said of it, as source.
    """

    name: str
    label: str
    type: str
    code: str = ""
    sides: tuple[str, ...] = ()
    printed: str = ""
    measure: str = ""
    attributes: str = ""
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class DraftGroup:
    """A heading over columns."""

    label: str
    members: tuple[DraftGroup | DraftColumn, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class DraftRow:
    """A row with the rows below it; `parts`: they are "trong đó"."""

    name: str
    label: str
    code: str = ""
    formula: str = ""
    printed: str = ""
    place: str = ""
    """`first` or `last` of a total row."""
    measure: str = ""
    rows: tuple[DraftRow, ...] = ()
    parts: bool = False
    section: bool = False
    """A heading over rows, with no cells of its own."""
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class DraftAdded:
    """Rows that a unit adds itself, with their own columns."""

    name: str
    label: str
    key: str
    columns: tuple[DraftColumn, ...]
    most: int = 0
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class DraftStub:
    """A column left of the data."""

    shows: str
    label: str
    code: str = ""


@dataclass(frozen=True)
class DraftTable:
    """A table. checks and rules are source; `not_applicable` are (row, column) by name."""

    name: str
    title: str
    form: str = ""
    measure: str = ""
    stubs: tuple[DraftStub, ...] = ()
    members: tuple[DraftGroup | DraftColumn, ...] = ()
    rows: tuple[DraftRow | DraftAdded, ...] = ()
    not_applicable: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str, tuple[Doubt, ...]], ...] = ()
    footnotes: tuple[str, ...] = ()
    wide: bool = False
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class DraftList:
    """A code list."""

    name: str
    title: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Draft:
    """A package with one regime. outline: lines of source inside of it, each with its doubts."""

    package: str
    regime: str
    title: str
    file: str
    basis: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    measures: tuple[DraftMeasure, ...] = ()
    lists: tuple[DraftList, ...] = ()
    tables: tuple[DraftTable, ...] = ()
    outline: tuple[tuple[str, tuple[Doubt, ...]], ...] = ()
    version: str = "0.1.0"
    doubts: tuple[Doubt, ...] = ()
    regime_doubts: dict[str, Doubt] = field(default_factory=dict)
    """Doubts about single lines of the regime, by the line's keyword."""


def columns_of(members: tuple[DraftGroup | DraftColumn, ...]) -> Iterator[DraftColumn]:
    """The columns under their headings, from left to right."""
    for member in members:
        if isinstance(member, DraftColumn):
            yield member
        else:
            yield from columns_of(member.members)


def all_doubts(draft: Draft) -> Iterator[Doubt]:
    """Every doubt of a draft, in the order of the source."""
    yield from draft.doubts
    yield from draft.regime_doubts.values()
    for table in draft.tables:
        yield from table.doubts
        yield from _of_members(table.members)
        yield from _of_rows(table.rows)
        for _, doubts in table.checks:
            yield from doubts
    for _, doubts in draft.outline:
        yield from doubts


def _of_members(members: tuple[DraftGroup | DraftColumn, ...]) -> Iterator[Doubt]:
    for member in members:
        yield from member.doubts
        if isinstance(member, DraftGroup):
            yield from _of_members(member.members)


def _of_rows(rows: tuple[DraftRow | DraftAdded, ...]) -> Iterator[Doubt]:
    for row in rows:
        yield from row.doubts
        yield from _of_rows(row.rows) if isinstance(row, DraftRow) else _of_members(row.columns)
