"""Every conformance row gives what its data file says, in every engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from compiler.formula.doubles import meets_exact_half
from compiler.formula.grain import cell_types
from runtime.agreement import engines as running
from runtime.agreement.engines import EmbeddedV8, EngineMissing
from runtime.agreement.office import Office
from tests.formulas.completeness import missing
from tests.formulas.engines import spreadsheet_values
from tests.formulas.rows import Results, Suite
from tests.formulas.sheets import BLANKS, gives
from tests.formulas.trials import needs_more_digits


def test_rows(engine_name: str, suite: Suite, results: Callable[[str], Results]):
    found = results(engine_name)
    wrong = [
        (row.name, row.expected, found[row.name])
        for row in suite.rows
        if (found[row.name], type(found[row.name])) != (row.expected, type(row.expected))
    ]
    assert not wrong


def test_rows_in_spreadsheets(spreadsheet: str, suite: Suite):
    values = spreadsheet_values(spreadsheet, suite)
    wrong = [
        (sheet, row.name, values[sheet][row.name])
        for sheet in BLANKS
        for row in suite.rows
        if not gives(row, values[sheet][row.name])
    ]
    assert not wrong


def test_doubles_differ_only_where_announced(suite: Suite):
    for row in suite.rows:
        if row.doubles != row.expected:
            types = cell_types(suite.layout)
            half = meets_exact_half(row.expression, row.type, types)
            assert half or needs_more_digits(row, types), row.name


def test_every_operation_has_the_rows_it_owes(suite: Suite):
    assert not missing(suite), (
        "conformance rows are missing (tests/formulas/completeness.py says what is owed)"
    )


def test_what_an_operation_owes_is_named(suite: Suite):
    rest = tuple(row for row in suite.rows if not row.name.startswith(("abs_", "convert_")))
    found = missing(Suite(rest))
    assert {"abs", "convert"} <= set(found)
    assert "15 digits" in found["abs"]
    assert "an exact half at 2 more scales" in found["abs"]


def test_names_are_unique(suite: Suite):
    names = [row.name for row in suite.rows]
    assert len(names) == len(set(names))


def test_a_missing_engine_is_an_error(monkeypatch: pytest.MonkeyPatch):
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(running, "import_module", absent)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineMissing, match="V8"):
        EmbeddedV8()
    with pytest.raises(EngineMissing, match="LibreOffice"):
        Office()


def test_the_table_of_rows_is_printed():
    command = [sys.executable, "-m", "tests.formulas.table", "--only", "reference", "--only", "Python"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert any("divide" in line and "✗" not in line for line in lines)
    assert "Python" in done.stdout
