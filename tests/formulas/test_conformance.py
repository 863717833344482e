"""Every conformance row gives what its data file says, in every back end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from compiler.formula.emit.excel import meets_exact_half
from compiler.formula.expressions import Call
from compiler.formula.grain import cell_types
from compiler.formula.operations import OPERATIONS

MOST_DIGITS = 15


def test_row(row: Any, back_end: str, results: Callable[[str], dict[str, Any]]):
    found = results(back_end)[row.name]
    assert (found, type(found)) == (row.expected, type(row.expected))


def test_row_in_libreoffice(row: Any, spreadsheet: Any):
    for blanks in (spreadsheet.empty, spreadsheet.computed):
        found = blanks[row.name]
        if row.doubles is None:
            assert found in {None, ""}
        elif isinstance(row.doubles, bool):
            assert found is row.doubles
        else:
            # The double nearest to the decimal that is meant, to the last bit.
            assert float(found) == float(Decimal(row.doubles).scaleb(-row.type.scale))


def test_doubles_differ_only_where_announced(row: Any, suite: Any):
    if row.doubles != row.expected:
        assert meets_exact_half(row.expression, row.type, cell_types(suite.layout)) or (
            len(str(abs(row.expected))) > MOST_DIGITS
        )


def test_every_operation_has_rows(suite: Any):
    used: set[str] = set()
    stack = [row.expression for row in suite.rows]
    while stack:
        expression = stack.pop()
        if isinstance(expression, Call):
            used.add(expression.operation)
            stack += expression.arguments
    assert used == set(OPERATIONS)


def test_names_are_unique(suite: Any):
    names = [row.name for row in suite.rows]
    assert len(names) == len(set(names))
