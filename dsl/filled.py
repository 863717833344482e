"""Filled tables under a diagnostic: as lines for a person, as plain data for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dsl.diagnostics import Amount, FilledRow, FilledTable, Language, Shown
from dsl.width import printable, width

_EARLIER = {
    "prior": {"vi": "kỳ trước", "en": "previous period"},
    "last_year": {"vi": "cùng kỳ năm trước", "en": "same period last year"},
    "ytd": {"vi": "các kỳ trước trong năm", "en": "earlier periods of the year"},
    "report": {"vi": "báo cáo khác", "en": "another report"},
}
_TRUTHS = {"vi": ("không", "có"), "en": ("no", "yes")}


def lines(table: FilledTable, language: Language) -> list[str]:
    """The table in a frame of lines; numbers stand to the right."""
    # What fails is marked where there is a row that doesn't.
    mark = len({row.fails for row in table.rows}) > 1
    rows = [
        (
            ("✗ " if row.fails else "  ") * mark + _label(row, language),
            [cell(shown, language) for shown in row.cells],
        )
        for row in table.rows
    ]
    labels = width_of([label for label, _ in rows])
    widths = [
        width_of([heading, *(cells[index] for _, cells in rows)])
        for index, heading in enumerate(table.columns)
    ]
    frame = [labels, *widths]
    return [
        _rule(("┌", "┬", "┐"), frame),
        _line("", table.columns, frame),
        _rule(("├", "┼", "┤"), frame),
        *(_line(label, cells, frame) for label, cells in rows),
        _rule(("└", "┴", "┘"), frame),
    ]


def to_data(table: FilledTable, language: Language) -> dict[str, Any]:
    """The table as JSON has it: the texts that a person reads, in rows."""
    return {
        "table": table.title,
        "columns": list(table.columns),
        "rows": [
            {
                "row": _label(row, language),
                "cells": [cell(shown, language) for shown in row.cells],
                "fails": row.fails,
            }
            for row in table.rows
        ],
    }


def plain(table: FilledTable, language: Language) -> str:
    """The table in a line a row: "Đất đai: (3) = 5, (7) = 4"; blank cells are left out."""
    rows = []
    for row in table.rows:
        named = zip(table.columns, row.cells, strict=True)
        cells = [f"{name} = {cell(shown, language)}" for name, shown in named if shown is not None]
        rows.append(f"{'✗ ' if row.fails else ''}{_label(row, language)}: {', '.join(cells)}")
    return "\n".join(rows)


def cell(shown: Shown, language: Language) -> str:
    """What stands in a cell, as people of the language write it."""
    match shown:
        case None:
            return ""
        case bool():
            return _TRUTHS[language][shown]
        case str():
            return printable(shown)
        case Amount(value=value, percent=percent):
            text = f"{value:,f}"
            if language == "vi":
                text = text.translate({ord(","): ".", ord("."): ","})
            return text + ("%" if percent else "")


def width_of(texts: Sequence[str]) -> int:
    """How wide the widest is."""
    return max(map(width, texts), default=0)


def _label(row: FilledRow, language: Language) -> str:
    label = printable(row.label)
    return label if row.earlier is None else f"{label} ({_EARLIER[row.earlier][language]})"


def _rule(corners: tuple[str, str, str], widths: Sequence[int]) -> str:
    left, middle, right = corners
    return left + middle.join("─" * (each + 2) for each in widths) + right


def _line(label: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = widths
    padded = [label + " " * (first - width(label))]
    padded += [" " * (wide - width(text)) + text for text, wide in zip(cells, others, strict=True)]
    return "│ " + " │ ".join(padded) + " │"
