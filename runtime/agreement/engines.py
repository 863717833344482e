"""The engines of integers: generated Python, generated JavaScript in V8, and columns in an SQL engine.

Each evaluates whole reports and gives what the reference gives, digit for digit; None where it refuses a report for the
size of its numbers. The workbook, which computes in doubles, is `office.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from compiler.cells import Layout
from compiler.formula.emit.javascript import program as javascript_program
from compiler.formula.emit.python import Program
from compiler.formula.emit.python import program as python_program
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.formula.rounding import Overflow
from compiler.values import Scalar, Values

Result = Evaluation | None
"""A report evaluated; None where a number in it is too large."""


class EngineMissing(RuntimeError):
    """An engine is not installed. `needs` says what would mend it."""

    def __init__(self, engine: str, needs: str) -> None:
        super().__init__(f"{engine}: {needs}")
        self.engine, self.needs = engine, needs


class Engine(Protocol):
    """Evaluates reports of one form."""

    @property
    def name(self) -> str:
        """What people call it."""

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """Every report evaluated, in order. Raises EngineMissing."""


class Reference:
    """The definition itself."""

    name = "reference"

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """Every report, one after the other."""
        return [_or_refused(lambda report=report: evaluate_report(layout, report)) for report in reports]


class GeneratedPython:
    """The straight-line code the server runs."""

    name = "Python"

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """Every report, one after the other."""
        program = loaded(layout)
        return [_or_refused(lambda report=report: program.evaluate(report)) for report in reports]


class EmbeddedV8:
    """The script of the web form, in the engine that Chromium has."""

    name = "V8"

    def __init__(self) -> None:
        self._context: Any = library("py_mini_racer", self.name, "pip install 'bieu[agree]'").MiniRacer()

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """All reports in one call."""
        program = loaded(layout)
        self._context.eval(javascript_program(layout))
        text = self._context.eval(f"{RUN}({json.dumps(reports_text(program, reports))})")
        return results_of(program, str(text), reports)


@lru_cache(maxsize=64)
def loaded(layout: Layout) -> Program:
    """The generated Python of a layout: also the one place that knows how a report becomes a frame."""
    return python_program(layout)


def library(module: str, engine: str, needs: str) -> Any:
    """A module that only engines need. Raises EngineMissing."""
    try:
        return import_module(module)
    except ImportError as problem:
        raise EngineMissing(engine, needs) from problem


RUN = """
(function (text) {
  var reports = JSON.parse(text, function (key, value) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) { return value; }
    return "n" in value ? BigInt(value.n) : undefined;
  });
  var program = globalThis.bieu.program;
  var results = reports.map(function (report) {
    // What JSON left out of an array is an absent capture.
    var frame = Array.from(report[0]), rows = report[1];
    try {
      program.compute(frame, rows);
      return [frame, rows, program.checks(frame, rows)];
    } catch (problem) {
      if (!(problem instanceof RangeError)) { throw problem; }
      return null;
    }
  });
  return JSON.stringify(results, function (key, value) {
    return typeof value === "bigint" ? {n: value.toString()} : value;
  });
})
"""
"""A function from reports as JSON to their results, for whoever holds a generated script in some JavaScript engine."""

_ABSENT: dict[str, str] = {}
"""In the place of a capture: there was no earlier report."""


def reports_text(program: Program, reports: Sequence[Values]) -> str:
    """Reports as the JSON that RUN takes: frames before anything is computed or carried over."""
    layout = program.layout
    found: list[object] = []
    for report in reports:
        frame: list[object] = [
            _plain(report.cells.get(cell.address)) if cell.kind in {"entered", "carried"} else None
            for cell in layout.cells
        ]
        frame += [
            _plain(report.captured[key]) if key in report.captured else _ABSENT for key in layout.captures
        ]
        rows = [
            [
                [
                    None if column.kind == "computed" else _plain(row.get(column.column.name))
                    for column in group.columns
                ]
                for row in report.added.get(group.key, ())
            ]
            for group in layout.groups
        ]
        found.append([frame, rows])
    return json.dumps(found)


def results_of(program: Program, text: str, reports: Sequence[Values]) -> list[Result]:
    """What RUN returned."""
    results = json.loads(text, object_hook=lambda found: int(found["n"]))
    return [
        None
        if result is None
        else Evaluation(program.unload(result[0], result[1], report), program.outcomes(result[2]))
        for result, report in zip(results, reports, strict=True)
    ]


def _plain(held: Scalar | None) -> object:
    return {"n": str(held)} if isinstance(held, int) and not isinstance(held, bool) else held


def _or_refused(evaluate: Any) -> Result:
    try:
        found: Evaluation = evaluate()
    except Overflow:
        return None
    return found
