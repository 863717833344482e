"""A list on its way out of the system: headings and typed items, whatever it lists. CSV and workbook are made of it.

Items keep their type up to the file: a number is a number there, a day a day, and a text stays a text, whatever it
looks like. Rows are taken one by one, so that a long list never stands in memory as a whole. What a list holds, and
who may have it, is known to whoever makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from compiler.template import ValueType
from compiler.values import Scalar, to_decimal


class Percent(NamedTuple):
    """A ratio that is shown × 100, at its own scale: `Decimal("0.9550")` is shown as 95,50%."""

    ratio: Decimal


Item = str | int | Decimal | Percent | date | datetime | None
"""What stands in one place of a list; None is blank. Times are given in the zone in which they are to be read."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a list: its words, and its width in a workbook, in letters."""

    words: str
    width: int = 14


@dataclass(frozen=True)
class Listing:
    """A list. `rows` may be read once only; each has an item for every heading.

    name: what its file is called, without an ending. facts: what it was chosen by and when, as lines of (what, which);
    only workbooks tell them, on a sheet of their own.
    """

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: Iterable[tuple[Item, ...]]
    facts: tuple[tuple[str, str], ...] = ()


def item_of(value: Scalar | None, type: ValueType) -> Item:
    """A cell's value as an item: exact, with the decimals of its type."""
    match value:
        case None:
            return None
        case bool():
            return "Có" if value else "Không"
        case int():
            if type.kind == "percent":
                return Percent(to_decimal(value, type.scale))
            return to_decimal(value, type.scale) if type.scale else value
        case str() if type.kind == "date":
            try:
                return date.fromisoformat(value)
            except ValueError:
                return value
        case str():
            return value
