"""Any well-typed formula on any cells gives the same in the reference and in every engine of integers.

The short run; `script/campaign` is the long one, with LibreOffice.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, find, given, settings

from compiler.cells import Layout
from compiler.formula.operations import OPERATIONS
from compiler.values import Values
from runtime.agreement.columns import duckdb_columns
from runtime.agreement.engines import EmbeddedV8, Engine, GeneratedPython, Reference, Result
from tests.formulas import campaign
from tests.formulas.generator import BLANK, Formula, Inputs, formulas, pairs, words
from tests.formulas.trials import Disagreement, tried

LARGE: Inputs = {**BLANK, "a": "integer 999999999999999"}


@pytest.fixture(scope="module")
def three() -> list[Engine]:
    return [GeneratedPython(), EmbeddedV8(), duckdb_columns()]


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(pair=pairs(5))
@example(pair=(("(multiply (multiply a a) (multiply a a))", "integer"), [LARGE]))
@example(pair=(("(min (divide a b) (divide c d) (mean x y))", "decimal(1)"), [BLANK]))
def test_engines_agree(three: list[Engine], pair: tuple[Formula, list[Inputs]]):
    tried(three, *pair)


def test_overflow_is_refused_everywhere(three: list[Engine]):
    assert tried(three, ("(multiply a (multiply a a))", "integer"), [LARGE]) == 1
    assert tried(three, ("(add a 0)", "integer"), [LARGE]) == 0


def test_every_operation_is_generated():
    seen: set[str] = set()

    @settings(max_examples=200, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(formula=formulas(3))
    def gather(formula: Formula) -> None:
        seen.update(words(formula[0]))

    gather()
    assert set(OPERATIONS) <= seen


class Wrong(Reference):
    """An engine that refuses every formula with a division in it."""

    name = "wrong"

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        divides = "'divide'" in str(layout.template.model_dump())
        return [None if divides else found for found in super().evaluate(layout, reports)]


def test_a_disagreement_is_found_and_shrunk():
    def disagrees(formula: Formula) -> bool:
        try:
            tried([Wrong()], formula, [BLANK])
        except Disagreement:
            return True
        return False

    smallest = find(formulas(3), disagrees, settings=settings(max_examples=2000))
    # Every path to a smallest one ends at a division with little around it.
    assert "(divide a a)" in smallest[0]
    assert len(smallest[0]) <= len("(negate (add a (divide a a)))")


def test_a_campaign_tells_the_smallest_disagreement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(campaign, "GeneratedPython", Wrong)
    monkeypatch.setattr(sys, "argv", ["campaign", "--pairs", "4000", "--office", "0"])
    assert campaign.main() == 1
    assert (
        "✗ wrong: (divide a a) as integer of {'a': 'integer'} gives 'overflow', not None"
        in capsys.readouterr().out
    )


def test_a_short_campaign_in_workbooks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "argv", ["campaign", "--pairs", "20", "--office", "20"])
    monkeypatch.setattr(campaign, "ROWS", 20)
    assert campaign.main() == 0
    assert "LibreOffice: 20 pairs" in capsys.readouterr().out
