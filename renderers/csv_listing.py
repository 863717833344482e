"""A list as CSV that a double click opens right in Excel set to Vietnamese, or for programs.

UTF-8 with a byte order mark, by which Excel knows the letters; lines end in CR LF. There is no line `sep=`: Excel
would obey it and forget the mark. Two ways of writing, for no file can be right in all:

`vietnamese`  fields parted by `;`, numbers 1234567,89 and 95,50%, days 15/09/2026: what Excel expects where the comma
              is the decimal sign.
`plain`       fields parted by `,`, numbers 1234567.89 and a percent as its ratio 0.9550, days and times in ISO 8601.

Texts always stand in quotes, and none may become a formula. One that begins with = + - @ (also in full width, and
behind white space), with a tab or a line's end gets an apostrophe before it. So does what follows a `;`, a `,`, a tab
or a line's end inside of a text, for Excel with another separator would begin a cell there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import IO, Literal

from renderers.listing import Item, Listing, Percent

Writing = Literal["vietnamese", "plain"]

_DANGER = "=+\\-@＝＋－＠"
_BEGINNING = re.compile(rf"\A(?=\s*[{_DANGER}]|[\t\r\n])")
_AFTER_SEPARATOR = re.compile(rf"(?<=[;,\t\r\n])(?=[^\S\t\r\n]*[\"']*[^\S\t\r\n]*[{_DANGER}])")


@dataclass(frozen=True)
class _Way:
    separator: str
    point: str
    day: str
    moment: str


_WAYS = MappingProxyType(
    {
        "vietnamese": _Way(";", ",", "%d/%m/%Y", "%d/%m/%Y %H:%M"),
        "plain": _Way(",", ".", "%Y-%m-%d", ""),
    }
)


def write_csv(listing: Listing, out: IO[bytes], writing: Writing = "vietnamese") -> None:
    """Write the list, row by row."""
    for line in _lines(listing, _WAYS[writing]):
        out.write(line.encode("utf-8", "replace"))


def harmless(text: str) -> str:
    """A text of which no program that reads CSV makes a formula."""
    return _AFTER_SEPARATOR.sub("'", _BEGINNING.sub("'", text))


def _lines(listing: Listing, way: _Way) -> Iterator[str]:
    yield "\ufeff" + _line([heading.words for heading in listing.headings], way)
    for row in listing.rows:
        yield _line(row, way)


def _line(row: tuple[Item, ...] | list[str], way: _Way) -> str:
    return way.separator.join(_field(item, way) for item in row) + "\r\n"


def _field(item: Item, way: _Way) -> str:
    match item:
        case None | "":
            return ""
        case str():
            return '"' + harmless(item.replace("\x00", "\ufffd")).replace('"', '""') + '"'
        case Percent(ratio):
            if way.point == ".":
                return f"{ratio:f}"
            shown = ratio.scaleb(2)
            return f"{shown:f}".replace(".", way.point) + "%"
        case int() | Decimal():
            return f"{item:f}".replace(".", way.point) if isinstance(item, Decimal) else str(item)
        case datetime():
            return item.strftime(way.moment) if way.moment else item.isoformat(timespec="seconds")
        case date():
            return item.strftime(way.day)
