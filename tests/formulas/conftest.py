"""Conformance rows: read from the data files beside this one, laid out as one template, and run by every back end.

Each row is a table of its own with its cells, its self-added rows and either a computed cell or a check; so what is
tested are the programs of a real layout, each generated and run once for all rows.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import sync_playwright
from py_mini_racer import JSEvalException, MiniRacer

from compiler.cells import Layout
from compiler.formula.emit.columns import column_type, select
from compiler.formula.emit.excel import formula
from compiler.formula.emit.javascript import program as javascript_program
from compiler.formula.emit.python import program as python_program
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Text, number
from compiler.formula.grain import Reading, cell_types
from compiler.formula.rounding import Overflow, round_half_away
from compiler.template import Check, Column, Formula, OverUnits, Row, Table, Template, ValueType
from compiler.values import Address, GroupKey, Scalar, Values

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# LibreOffice recalculates what it loads only when told to.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""

HERE = Path(__file__).parent
TRUTH = ValueType(kind="boolean")
Engine = dict[str, Scalar | None]


@dataclass(frozen=True)
class Held:
    """A cell of a conformance row: its type and value, or the values of self-added rows."""

    type: ValueType
    values: tuple[Scalar | None, ...]
    added: bool

    @classmethod
    def read(cls, text: str) -> Held:
        words = text.split()
        added = words[0] == "rows"
        type = value_type(words[added])
        values = tuple(scalar(word, type) for word in words[added + 1 :])
        return cls(type, values if added else (values or (None,)), added)


@dataclass(frozen=True)
class ConformanceRow:
    """One row: an expression, the cells it reads, and what it gives in a cell of `type`, or as a check."""

    name: str
    expression: Expression
    cells: dict[str, Held]
    type: ValueType
    is_check: bool
    expected: Scalar | None
    doubles: Scalar | None
    """What doubles give where they miss it; else the same."""


def value_type(text: str) -> ValueType:
    kind, _, scale = text.rstrip(")").partition("(")
    decimals = int(scale or 0)
    return ValueType.model_validate(
        {
            "kind": kind,
            "scale": decimals + 2 if kind == "percent" else decimals,
            "code_list": "codes" if kind == "choice" else None,
        }
    )


def scalar(word: str, type: ValueType) -> Scalar | None:
    if word == "_":
        return None
    if type.is_number:
        return round_half_away(Fraction(word), type.scale)
    return word == "true" if type.kind == "boolean" else word


def parse(text: str, cells: dict[str, Held], table: str) -> Expression:
    """An expression in brackets: names of cells, decimal literals, texts in single quotes."""
    tokens = re.findall(r"'[^']*'|[()]|[^\s()]+", text)

    def expression() -> Expression:
        token = tokens.pop(0)
        if token == "(":
            operation = tokens.pop(0)
            arguments = []
            while tokens[0] != ")":
                arguments.append(expression())
            tokens.pop(0)
            return Call(operation=operation, arguments=tuple(arguments))
        if token.startswith("'"):
            return Text(value=token[1:-1])
        if token in cells:
            if cells[token].added:
                return AddedRows(table=f"{table}_added", group="g", column=token)
            return Cell(table=table, row="r", column=token)
        return number(token)

    found = expression()
    assert not tokens, f"left over in {text}: {tokens}"
    return found


def read_rows() -> list[ConformanceRow]:
    rows: list[ConformanceRow] = []
    for path in sorted(HERE.glob("*.toml")):
        for given in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            table = f"t{len(rows)}"
            cells = {name: Held.read(text) for name, text in given["cells"].items()}
            words = given["gives"].split()
            is_check = words[0] == "truth"
            type = TRUTH if is_check else value_type(words[0])
            expected = scalar(words[1], type) if len(words) > 1 and words[1] != "unknown" else None
            doubles = scalar(given["doubles"], type) if "doubles" in given else expected
            expression = parse(given["formula"], cells, table)
            rows.append(ConformanceRow(given["name"], expression, cells, type, is_check, expected, doubles))
    return rows


ROWS = read_rows()


@dataclass(frozen=True)
class Suite:
    """Rows laid out as one template, and the report that holds their cells."""

    rows: tuple[ConformanceRow, ...]

    @cached_property
    def layout(self) -> Layout:
        tables: list[Table] = []
        checks: list[Check] = []
        for index, row in enumerate(self.rows):
            columns = [_column(name, held.type) for name, held in row.cells.items() if not held.added]
            if row.is_check:
                checks.append(
                    Check(
                        name=f"k{index}", message="", condition=row.expression, severity="error", scope="once"
                    )
                )
            else:
                formula = Formula(expression=row.expression, additivity="other")
                columns.append(_column("result", row.type, formula))
            own = Row(name="r", label="", kind="fixed")
            tables.append(
                Table(name=f"t{index}", title="", stub=(), headings=(), columns=tuple(columns), rows=(own,))
            )
            added = [_column(name, held.type) for name, held in row.cells.items() if held.added]
            if added:
                group = Row(name="g", label="", kind="added", columns=tuple(added))
                tables.append(
                    Table(name=f"t{index}_added", title="", stub=(), headings=(), columns=(), rows=(group,))
                )
        return Layout(
            Template(
                package="test",
                version="1.0.0",
                package_title="",
                regime="test",
                title="",
                kind="ad_hoc",
                period_types=("year",),
                filled_by=(),
                goes_to="",
                tables=tuple(tables),
                checks=tuple(checks),
            )
        )

    @cached_property
    def values(self) -> Values:
        cells: dict[Address, Scalar] = {}
        added: dict[GroupKey, tuple[dict[str, Scalar], ...]] = {}
        for index, row in enumerate(self.rows):
            lists = {name: held.values for name, held in row.cells.items() if held.added}
            for name, held in row.cells.items():
                if not held.added and held.values[0] is not None:
                    cells[Address(f"t{index}", "r", name)] = held.values[0]
            # Columns of self-added rows stand side by side; the shorter ones end in blanks.
            members = zip_longest(*lists.values())
            added[GroupKey(f"t{index}_added", "g")] = tuple(
                {name: value for name, value in zip(lists, member, strict=True) if value is not None}
                for member in members
            )
        return Values(cells=cells, added=added)

    def results(self, cells: dict[Address, Scalar], outcomes: dict[str, bool | None]) -> Engine:
        """By row name, what computed cells (by address) and checks (by name) came to."""
        return {
            row.name: outcomes[f"k{index}"]
            if row.is_check
            else cells.get(Address(f"t{index}", "r", "result"))
            for index, row in enumerate(self.rows)
        }


def _column(name: str, type: ValueType, formula: Formula | None = None) -> Column:
    return Column(name=name, label="", type=type, formula=formula, over_units=OverUnits(rule="none"))


ABSENT = object()
"""In the slot of a capture: there was no earlier report."""

RUN = """
(function (text) {
  var data = JSON.parse(text, function (key, value) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) { return value; }
    return "n" in value ? BigInt(value.n) : undefined;
  });
  var program = globalThis.bieu.program;
  program.compute(data[0], data[1]);
  return JSON.stringify([data[0], data[1], program.checks(data[0], data[1])], function (key, value) {
    return typeof value === "bigint" ? {n: value.toString()} : value;
  });
})
"""


def to_script(frame: Sequence[object], rows: Sequence[Sequence[Sequence[object]]]) -> str:
    """A frame and its rows in JSON for RUN; integers as {"n": "5"}, ABSENT as {}."""

    def plain(value: object) -> object:
        if value is ABSENT:
            return {}
        return {"n": str(value)} if isinstance(value, int) and not isinstance(value, bool) else value

    return json.dumps([[plain(held) for held in frame], [[list(map(plain, row)) for row in g] for g in rows]])


def from_script(text: str) -> tuple[list[Scalar | None], list[list[list[Scalar | None]]], list[Any]]:
    """The frame, rows and outcomes that RUN returns."""
    frame, rows, outcomes = json.loads(text, object_hook=lambda found: int(found["n"]))
    return frame, rows, outcomes


def run_script(script: str, frame: Sequence[object], rows: Sequence[Sequence[Sequence[object]]]) -> Any:
    """Run a generated script in V8."""
    context = _context()
    context.eval(script)
    text = context.eval(f"{RUN}({json.dumps(to_script(frame, rows))})")
    assert isinstance(text, str)
    return from_script(text)


def _script_results(suite: Suite, frame: list[Scalar | None], outcomes: list[Any]) -> Engine:
    cells = {
        cell.address: held for cell, held in zip(suite.layout.cells, frame, strict=False) if held is not None
    }
    names = [placed.check.name for placed in suite.layout.checks]
    return suite.results(cells, dict(zip(names, outcomes, strict=True)))


def run_reference(suite: Suite) -> Engine:
    found = evaluate_report(suite.layout, suite.values)
    return suite.results(dict(found.values.cells), _outcomes(found))


def run_python(suite: Suite) -> Engine:
    found = python_program(suite.layout).evaluate(suite.values)
    return suite.results(dict(found.values.cells), _outcomes(found))


def _outcomes(found: Evaluation) -> dict[str, bool | None]:
    return {outcome.placed.check.name: outcome.holds for outcome in found.outcomes}


def run_v8(suite: Suite) -> Engine:
    report = python_program(suite.layout).load(suite.values)
    frame, _, outcomes = run_script(javascript_program(suite.layout), *report)
    return _script_results(suite, frame, outcomes)


@cache
def _context() -> MiniRacer:
    return MiniRacer()


def run_chromium(suite: Suite) -> Engine:
    executable = shutil.which("chromium")
    assert executable, "Chromium is needed: apt-get install chromium"
    report = to_script(*python_program(suite.layout).load(suite.values))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        page.add_script_tag(content=javascript_program(suite.layout))
        text = page.evaluate(f"(text) => {RUN}(text)", report)
        browser.close()
    assert isinstance(text, str)
    frame, _, outcomes = from_script(text)
    return _script_results(suite, frame, outcomes)


def run_duckdb(suite: Suite) -> Engine:
    layout = suite.layout
    frame, rows = python_program(layout).load(suite.values)
    with duckdb.connect() as connection:
        given = {f"c{cell.slot}": (column_type(cell.type), frame[cell.slot]) for cell in layout.cells}
        _table(connection, "report", given, [[held for _, held in given.values()]])
        for number, group in enumerate(layout.groups):
            columns = {f"r{column.index}": (column_type(column.type), None) for column in group.columns}
            _table(connection, f"rows_{number}", columns, rows[number])
        found = connection.execute(select(layout))
        names = [description[0] for description in found.description]
        (held,) = found.fetchall()
    result = dict(zip(names, held, strict=True))
    cells = {cell.address: result[f"c{cell.slot}"] for cell in layout.order}
    outcomes = {placed.check.name: result[f"o{index}"] for index, placed in enumerate(layout.checks)}
    return suite.results({address: value for address, value in cells.items() if value is not None}, outcomes)


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, tuple[str, Scalar | None]],
    rows: list[list[Scalar | None]],
) -> None:
    declared = ", ".join(f"{column} {type}" for column, (type, _) in columns.items())
    connection.execute(f"CREATE TABLE {name} (id INTEGER, {declared})")
    for row in rows:
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT INTO {name} VALUES ({marks})", [1, *row])


@dataclass(frozen=True)
class Spreadsheet:
    """What LibreOffice computed: the raw values of the result cells, where blanks are empty or computed ones."""

    empty: dict[str, object]
    computed: dict[str, object]


def run_libreoffice(suite: Suite, folder: Path) -> Spreadsheet:
    """One workbook without cached values: on one sheet blanks are empty cells, on the other formulas that give ""."""
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is needed: apt-get install libreoffice-calc"
    book = openpyxl.Workbook()
    places = {
        name: _write_sheet(book.create_sheet(name), suite, blank)
        for name, blank in (("empty", None), ("computed", '=""'))
    }
    book.save(folder / "written.xlsx")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    command = [
        soffice,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    command += ["--outdir", str(folder / "read"), str(folder / "written.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    read = openpyxl.load_workbook(folder / "read" / "written.xlsx", data_only=True)
    found = {
        name: {row: read[name][reference].value for row, reference in cells.items()}
        for name, cells in places.items()
    }
    read.close()
    return Spreadsheet(found["empty"], found["computed"])


def _write_sheet(sheet: Worksheet, suite: Suite, blank: str | None) -> dict[str, str]:
    """Rows one under the other: the result in column A, the cells from C on, self-added rows downwards."""
    top = 1
    results: dict[str, str] = {}
    for row in suite.rows:
        references: dict[str, str] = {}
        height = 1
        for offset, (name, held) in enumerate(row.cells.items()):
            letter = get_column_letter(3 + offset)
            for line, value in enumerate(held.values or (None,)):
                target = sheet[f"{letter}{top + line}"]
                if value is None:
                    target.value = blank
                elif held.type.is_number:
                    assert isinstance(value, int)
                    target.value = as_number(value, held.type)
                else:
                    target.value = value
            height = max(height, len(held.values))
            last = top + max(len(held.values), 1) - 1
            references[name] = f"{letter}{top}:{letter}{last}" if held.added else f"{letter}{top}"

        def place(reading: Reading, references: dict[str, str] = references) -> str:
            assert not isinstance(reading, Captured)
            return references[reading.column or ""]

        sheet[f"A{top}"] = formula(row.expression, row.type, place, cell_types(suite.layout))
        results[row.name] = f"A{top}"
        top += height
    return results


def as_number(value: int, type: ValueType) -> Decimal:
    return Decimal(value).scaleb(-type.scale)


@pytest.fixture(scope="session")
def suite() -> Suite:
    return Suite(tuple(ROWS))


@pytest.fixture(scope="session")
def results(suite: Suite) -> Callable[[str], Engine]:
    """What a back end gives for all rows, run once."""
    return cache(lambda name: BACK_ENDS[name](suite))


@pytest.fixture(scope="session")
def spreadsheet(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Spreadsheet:
    return run_libreoffice(suite, tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture(scope="session")
def v8() -> Callable[[Layout, Values], Evaluation]:
    """A whole report evaluated by the generated script, opening values and captures as a form holds them."""

    program_of, script_of = cache(python_program), cache(javascript_program)

    def evaluate(layout: Layout, values: Values) -> Evaluation:
        program = program_of(layout)
        frame: list[object] = [
            values.cells.get(cell.address) if cell.kind in {"entered", "carried"} else None
            for cell in layout.cells
        ]
        frame += [values.captured.get(key, ABSENT) for key in layout.captures]
        _, rows = program.load(values)
        found, computed, outcomes = run_script(script_of(layout), frame, rows)
        return Evaluation(program.unload(found, computed, values), program.outcomes(outcomes))

    return evaluate


@pytest.fixture(scope="session")
def compute() -> Callable[..., object]:
    """One formula in one back end: its value, or "overflow" where it is refused for its size.

    Formula, cells and type are written as in the data files.
    """

    def run(back_end: str, formula: str, cells: Mapping[str, str], gives: str) -> object:
        held = {name: Held.read(text) for name, text in cells.items()}
        type = TRUTH if gives == "truth" else value_type(gives)
        row = ConformanceRow("row", parse(formula, held, "t0"), held, type, gives == "truth", None, None)
        try:
            return BACK_ENDS[back_end](Suite((row,)))["row"]
        except (Overflow, duckdb.OutOfRangeException):
            return "overflow"
        except JSEvalException as problem:
            if "RangeError" not in str(problem):
                raise
            return "overflow"

    return run


BACK_ENDS: dict[str, Callable[[Suite], Engine]] = {
    "reference": run_reference,
    "python": run_python,
    "v8": run_v8,
    "chromium": run_chromium,
    "duckdb": run_duckdb,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "back_end" in metafunc.fixturenames:
        metafunc.parametrize("back_end", BACK_ENDS)
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", ROWS, ids=[row.name for row in ROWS])
