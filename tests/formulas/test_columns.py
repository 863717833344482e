"""Columns in 64 bits: only where they have room, an error where numbers are larger than was said, same as by hand."""

from __future__ import annotations

import duckdb
import pytest

from bench import columns as bench_columns
from compiler.cells import Layout
from compiler.formula.emit.columns import DUCKDB, POSTGRESQL, column_type, select
from compiler.formula.expressions import call, number
from compiler.formula.rounding import INPUT_LIMIT
from tests.formulas.test_reports import INTEGER, PERCENT, at, column, row, table, template

FORM = Layout(
    template(
        (
            table(
                "t",
                (
                    column("x"),
                    column("y"),
                    column("s", INTEGER, call("add", at("x"), at("y"))),
                    column("q", PERCENT, call("divide", at("x"), at("s"))),
                    column("p", INTEGER, call("multiply", call("multiply", at("x"), at("y")), number(7))),
                ),
                (row("a"),),
            ),
        ),
        (),
    )
)


def computed(limit: int, x: int, y: int) -> tuple[object, ...] | None:
    """s, q and p of one report whose numbers are said to be within a limit."""
    with duckdb.connect() as connection:
        kind = column_type(INTEGER, DUCKDB, limit)
        connection.execute(f"CREATE TABLE report AS SELECT 1 AS id, ({x})::{kind} AS c0, ({y})::{kind} AS c1")
        return connection.execute(f"SELECT c2, c3, c4 FROM ({select(FORM, limit=limit)})").fetchone()


def test_each_formula_has_the_type_it_needs():
    small = select(FORM, limit=999)
    assert "HUGEINT" not in small
    assert "BIGINT" in small
    entered = select(FORM, limit=10**15 - 1)
    assert "AS BIGINT) AS c2" in entered
    assert "AS HUGEINT) AS c4" in entered
    assert "BIGINT" not in select(FORM, limit=INPUT_LIMIT)
    assert "HUGEINT" not in select(FORM, POSTGRESQL, limit=999)


@pytest.mark.parametrize(("x", "y"), [(5, 3), (-5, 3), (999, 999), (0, 0), (1, -3)])
def test_every_limit_gives_the_same(x: int, y: int):
    assert computed(999, x, y) == computed(10**15 - 1, x, y) == computed(INPUT_LIMIT, x, y)


def test_numbers_beyond_what_was_said_raise_an_error_and_never_wrap():
    with pytest.raises(duckdb.OutOfRangeException):
        computed(999, 2**62, 2**62)
    assert computed(INPUT_LIMIT, 2**62, 5) is not None


def test_the_floor_by_hand_gives_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_columns, "UNITS", 400)
    # Both sides are held against each other before anything is measured: Disagreement otherwise.
    for comparison in bench_columns.comparisons():
        comparison.base()
        comparison.subject()
