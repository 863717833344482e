"""A rolled-up report on the terminal: its tables with coverage, as wide as the screen allows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table as Grid

from compiler.cells import Layout
from compiler.numbers import format_number
from compiler.template import Row, Table
from compiler.values import Address
from runtime.rollup import Total


def print_total(console: Console, layout: Layout, total: Total, title: str) -> None:
    """Every table of a total, then from how many units it comes.

    A row in which no unit reported anything is left out, and counted under the table.
    """
    for table in layout.template.tables:
        grid = Grid(title=f"{table.form} {title}".strip(), title_justify="left", header_style="bold")
        grid.add_column("")
        for column in table.columns:
            grid.add_column(f"({column.code})" if column.code else column.label, justify="right")
        left_out = 0
        for row in table.rows:
            if row.kind == "added":
                continue
            cells = list(_cells(layout, table, row, total))
            if not any(cells):
                left_out += 1
                continue
            grid.add_row(row.label, *cells, style="bold" if row.total else None)
        console.print(grid)
        if left_out:
            console.print(f"{left_out} dòng không phát sinh số liệu.")
    console.print(coverage_in_words(total))
    for finding in total.findings:
        console.print(f"! {finding.finding.place.words} ({', '.join(finding.units)})", markup=False)


def _cells(layout: Layout, table: Table, row: Row, total: Total) -> Iterator[str]:
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
