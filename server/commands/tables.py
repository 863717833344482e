"""A rolled-up report on the terminal: its tables with coverage, as wide as the screen allows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table as Grid

from compiler.cells import Layout
from compiler.findings import sentence
from compiler.numbers import format_number
from compiler.template import Column, Row, Table
from compiler.values import Address
from renderers.places import Places
from runtime.rollup import Total


def print_total(console: Console, layout: Layout, total: Total, title: str) -> None:
    """Every table of a total, then from how many units it comes.

    A row in which no unit reported anything is left out, and counted under the table.
    """
    places = Places(layout)
    for table in layout.template.tables:
        filled = [
            (row, cells)
            for row in table.rows
            if row.kind != "added" and any(cells := list(_cells(table, row, total)))
        ]
        name = f"{table.form} {title}".strip()
        if len(filled) * 2 < len(table.columns):
            console.print(_lying(table, filled, name, places))
        else:
            for grid in _standing(table, filled, name, console.width):
                console.print(grid)
        silent = sum(row.kind != "added" for row in table.rows) - len(filled)
        if silent:
            console.print(f"{silent} dòng không phát sinh số liệu.")
    console.print(coverage_in_words(total))
    for found in total.findings:
        console.print(f"! {sentence(found.finding)}", markup=False)


Filled = Sequence[tuple[Row, Sequence[str]]]


def _lying(table: Table, filled: Filled, name: str, places: Places) -> Grid:
    """A form of many columns and few rows, turned on its side: a line for each column."""
    grid = Grid(title=name, title_justify="left", header_style="bold")
    grid.add_column("")
    grid.add_column("Chỉ tiêu")
    for row, _ in filled:
        grid.add_column(row.label, justify="right", no_wrap=True)
    for index, column in enumerate(table.columns):
        words = places.column(table.name, column.name).words
        grid.add_row(f"({column.code})" if column.code else "", words, *(cells[index] for _, cells in filled))
    return grid


def _standing(table: Table, filled: Filled, name: str, width: int) -> Iterator[Grid]:
    """A form as printed; where the screen is too narrow, in pieces that repeat the row's name."""
    labels = [textwrap.shorten(row.label, 34, placeholder="…") for row, _ in filled]
    room = max(20, width - max(map(len, labels), default=0) - 4)
    sizes = [
        max(len(_code(column)), *(len(cells[index]) for _, cells in filled)) + 3
        for index, column in enumerate(table.columns)
    ]
    start = 0
    while start < len(sizes):
        end, used = start, 0
        while end < len(sizes) and (end == start or used + sizes[end] <= room):
            used += sizes[end]
            end += 1
        grid = Grid(title=name if start == 0 else None, title_justify="left", header_style="bold")
        grid.add_column("", no_wrap=True)
        for column in table.columns[start:end]:
            grid.add_column(_code(column), justify="right", no_wrap=True)
        for label, (row, cells) in zip(labels, filled, strict=True):
            grid.add_row(label, *cells[start:end], style="bold" if row.total else None)
        yield grid
        start = end


def _code(column: Column) -> str:
    return f"({column.code})" if column.code else column.label


def _cells(table: Table, row: Row, total: Total) -> Iterator[str]:
    for column in table.columns:
        address = Address(table.name, row.name, column.name)
        value = total.values.cells.get(address)
        text = format_number(value, column.type) if isinstance(value, int) else str(value or "")
        yield f"{text}*" if address in total.uneven else text


def coverage_in_words(total: Total) -> str:
    """ "Tổng hợp từ 89/96 đơn vị; đã nhận 91, đã duyệt 89." """
    coverage = total.coverage
    text = (
        f"Tổng hợp từ {coverage.included}/{coverage.due} đơn vị; "
        f"đã nhận {coverage.received}, đã duyệt {coverage.approved}"
    )
    return f"{text}, để ngoài {coverage.left_out}." if coverage.left_out else f"{text}."
