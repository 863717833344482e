"""Formulas tried on inputs in several engines, against the reference: for a campaign and its short run in tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.formula.doubles import meets_exact_half, outgrows_doubles
from compiler.formula.evaluate import report_reader
from compiler.formula.expressions import Cell
from compiler.formula.grain import TypeOf, cell_types
from compiler.formula.kernel import Overall, Source
from compiler.values import Scalar, Values
from runtime.agreement.columns import Columns
from runtime.agreement.engines import Engine, Reference
from runtime.agreement.workbooks import near_half, roundings
from tests.formulas.generator import BLANK, Formula, Inputs
from tests.formulas.generator import words as words_of
from tests.formulas.rows import TRUTH, ConformanceRow, Held, Suite, parse, value_type
from tests.formulas.sheets import gives


@dataclass(eq=False)
class Disagreement(Exception):
    """One formula on one input, the engine, what it gave and what it should have given."""

    engine: str
    formula: Formula
    inputs: Inputs
    found: object
    expected: object

    def __str__(self) -> str:
        """As a row of the data files reads."""
        text, gives = self.formula
        return (
            f"{self.engine}: {text} as {gives} of {self.inputs} gives {self.found!r}, not {self.expected!r}"
        )


def row(name: str, formula: Formula, inputs: Inputs) -> ConformanceRow:
    """A formula and one input as a row; what it gives is not known."""
    text, gives = formula
    held = {cell: Held.read(words) for cell, words in inputs.items() if cell in words_of(text)}
    type = TRUTH if gives == "truth" else value_type(gives)
    return ConformanceRow(name, name, parse(text, held, name), held, type, gives == "truth", None, None)


def needs_more_digits(row: ConformanceRow, types: TypeOf) -> bool:
    """Whether the row needs more digits on the way than a spreadsheet has."""

    def value(source: Source) -> Scalar | None:
        assert isinstance(source, Cell)
        return row.cells[source.column or ""].values[0]

    def overall(node: Overall) -> int:
        values = [held for held in row.cells[node.rows.column or ""].values if isinstance(held, int)]
        if node.how == "count":
            return len(values)
        return sum(values) if node.how == "sum" else (min if node.how == "min" else max)(values, default=0)

    return outgrows_doubles(row.expression, row.type, types, value, overall)


def allowed_in_doubles(row: ConformanceRow, expected: Scalar | None, found: object) -> bool:
    """Whether a spreadsheet may give that: it needs more digits, or a rounding in it comes to a half."""
    suite = Suite((row,))
    types = cell_types(suite.layout)
    if needs_more_digits(row, types):
        return True
    reader = report_reader(suite.layout, suite.values)
    at_half = meets_exact_half(row.expression, row.type, types) and any(
        map(near_half, roundings(row.expression, row.type, reader))
    )
    if not at_half or not row.type.is_number:
        return at_half
    return isinstance(expected, int) and any(gives(row, found, expected + step) for step in (-1, 1))


def tried(engines: Sequence[Engine], formula: Formula, inputs: Sequence[Inputs]) -> int:
    """Run one formula on every input in every engine; gives how many were refused everywhere for their size.

    Raises Disagreement.
    """
    form = Suite((row("t", formula, BLANK),))
    reports: list[Values] = [Suite((row("t", formula, given),)).values for given in inputs]
    expected = Reference().evaluate(form.layout, reports)
    for engine in engines:
        for given, right, found in zip(inputs, expected, engine.evaluate(form.layout, reports), strict=True):
            # Columns also refuse what outgrows them on the way to a result that doesn't.
            if found is None and isinstance(engine, Columns):
                continue
            wanted = "overflow" if right is None else form.results(right)["t"]
            got = "overflow" if found is None else form.results(found)["t"]
            if (got, type(got)) != (wanted, type(wanted)) or (right is not None and found != right):
                raise Disagreement(engine.name, formula, given, got, wanted)
    return expected.count(None)
