"""Formulas tried on inputs in several engines, against the reference: for a campaign and its short run in tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.values import Values
from runtime.agreement.columns import Columns
from runtime.agreement.engines import Engine, Reference
from tests.formulas.generator import BLANK, Formula, Inputs
from tests.formulas.generator import words as words_of
from tests.formulas.rows import TRUTH, ConformanceRow, Held, Suite, parse, value_type


@dataclass(frozen=True)
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
