"""Formulas over columns: 30,000 reports of 200 cells in DuckDB, beside the query written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from bench import column_floors, floors, form
from bench.comparisons import Comparison, Disagreement
from compiler.cells import Layout
from compiler.formula.emit.columns import select

ROWS = 16
"""With its total the form has 17 rows of 12 columns: 204 cells."""

UNITS = 30_000

LIMIT = 10**12 - 1
"""What no number is said to be larger than; DuckDB raises an error for one that outgrows 64 bits."""


def comparisons() -> Iterator[Comparison]:
    """The emitted query against the one by hand, both writing a table."""
    layout = form.form_layout(ROWS)
    emitted, by_hand = select(layout, limit=LIMIT), column_floors.query(ROWS)
    with duckdb.connect() as connection:
        _fill(connection, layout)
        _agree(connection, layout, emitted, by_hand)
        yield Comparison(
            f"Formulas and checks of {UNITS:,} reports of {len(layout.cells)} cells, over columns",
            "the query by hand in DuckDB",
            lambda: connection.execute(f"CREATE OR REPLACE TABLE by_hand AS {by_hand}"),
            lambda: connection.execute(f"CREATE OR REPLACE TABLE emitted AS {emitted}"),
            at_most=2,
        )


def _fill(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Made-up reports: a quarter of the cells blank, a few negative, always the same."""
    given = {column_floors.name(row, column) for row in range(ROWS) for column in column_floors.ENTERED}
    columns = ["range::INTEGER AS id"]
    for cell in layout.cells:
        name = f"c{cell.slot}"
        number = f"(hash(range, {cell.slot}) % 1009)::BIGINT - 9"
        held = f"CASE WHEN hash({cell.slot}, range) % 4 > 0 THEN {number} END" if name in given else "NULL"
        if cell.kind != "computed":
            columns.append(f"({held})::BIGINT AS {name}")
    columns += [f"NULL::BIGINT AS c{len(layout.cells) + number}" for number in range(len(layout.captures))]
    connection.execute(f"CREATE TABLE report AS SELECT {', '.join(columns)} FROM range({UNITS})")


def _agree(connection: duckdb.DuckDBPyConnection, layout: Layout, emitted: str, by_hand: str) -> None:
    """Raises Disagreement where the two queries give different cells or checks for any report."""
    left, right = (_rows(connection, query) for query in (by_hand, emitted))
    if left != right:
        id, name = next(
            (id, name) for id, found in left.items() for name in found if found[name] != right[id][name]
        )
        raise Disagreement(f"report {id}, {name}: {left[id][name]} by hand, {right[id][name]} emitted")
    computed = len(layout.order) + len(layout.checks)
    if (
        len(next(iter(right.values()))) != computed
        or len(right) != UNITS
        or len(layout.cells) != floors.WIDTH * (ROWS + 1)
    ):
        raise Disagreement("not the same cells")


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> dict[int, dict[str, Any]]:
    found = connection.execute(query)
    names = [description[0] for description in found.description]
    return {row[0]: dict(sorted(zip(names[1:], row[1:], strict=True))) for row in found.fetchall()}
