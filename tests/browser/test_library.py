"""The real forms of the library in a real Chromium: they open in silence and compute what the reference does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from compiler.cells import Layout
from compiler.findings import sentence
from compiler.formula.evaluate import evaluate_report
from compiler.numbers import format_number
from compiler.package import Library, find_packages
from compiler.values import CaptureKey, Values
from renderers.html.live import live
from renderers.html.names import anchor
from renderers.validators import Validator

LIBRARY = Path(__file__).parents[2] / "templates_library"
OWN = Path(__file__).parents[1] / "contract" / "forms"
REGIMES = [
    regime for path in find_packages(LIBRARY) for regime in Library((LIBRARY,)).load(path).compilation.regimes
]
CONSTRUCTS = [Library().load(path).compilation.regimes[-1] for path in sorted(OWN.glob("*.bieu"))]


def drawn(layout: Layout, seed: int) -> Values:
    """A report with a third of its cells blank and some zeros, openings and earlier values included."""
    chance = random.Random(seed)

    def number(scale: int) -> int:
        whole: int = chance.choice((0, chance.randrange(10), chance.randrange(5000)))
        unit: int = 10**scale
        return whole * unit

    cells = {
        cell.address: number(cell.type.scale)
        for cell in layout.cells
        if cell.kind in {"entered", "carried"} and cell.type.is_number and chance.random() < 0.66
    }
    captured: dict[CaptureKey, int | None] = {}
    for key in layout.captures:
        if chance.random() < 0.6:
            captured[key] = None if chance.random() < 0.2 else number(0)
    return Values(cells=cells, captured=captured)


def test_the_library_is_there() -> None:
    assert {regime.template.regime for regime in REGIMES} >= {"kstt_quy", "ho_tich_13a", "xld_01"}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("regime", [*REGIMES, *CONSTRUCTS], ids=lambda regime: regime.template.regime)
def test_a_real_form_computes_what_the_reference_does(
    page: Page, server: Any, report: Any, regime: Any, seed: int
) -> None:
    layout: Layout = regime.layout
    values = drawn(layout, seed)
    evaluation = evaluate_report(layout, values)
    page.goto(server.publish(layout, report(values)))
    shown = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-slot]')].map((e) => [e.id, e.value ?? e.textContent]))"
    )
    for cell in layout.cells:
        if cell.row.kind == "heading":
            continue  # a line that only heads others has no control
        held = evaluation.values.cells.get(cell.address)
        expected = "x" if cell.kind == "not_applicable" else ""
        if held is not None:
            assert isinstance(held, int)
            expected = format_number(held, cell.type)
        assert shown[anchor(str(cell.address))] == expected, cell.address
    assert page.evaluate("bieu.form.report.outcomes.flat()") == [
        outcome.holds for outcome in evaluation.outcomes
    ]


_MANY = 10


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.template.regime)
def test_a_failed_check_says_both_sides_as_the_validator_does(
    page: Page, server: Any, report: Any, regime: Any
) -> None:
    layout: Layout = regime.layout
    values = drawn(layout, 3)
    _, findings = Validator(layout).validate(values)
    said = sorted(
        sentence(finding) for finding in findings if finding.code in {"check_failed", "check_not_met"}
    )
    page.goto(server.publish(layout, report(values)))
    page.locator("#bieu-state").click()
    listed = page.locator(
        "#bieu-summary .fail > li > span, #bieu-summary .warn > li > span"
    ).all_text_contents()
    checks = {check.message for check in layout.template.checks}
    listed = sorted(words.removeprefix(": ") for words in listed)
    assert [words for words in listed if any(message in words for message in checks)] == said
    # A form with many places for its comparisons fails some of them when it is filled blindly.
    assert said or len(layout.checks) < _MANY


def test_what_is_said_is_computed_beside_the_cells_and_shifts_none(layout: Layout) -> None:
    computed = live(layout)
    assert computed.layout.cells[: len(layout.cells)] == layout.cells
    assert computed.layout.groups == layout.groups
    assert [placed.place for placed in computed.layout.checks] == [placed.place for placed in layout.checks]
    assert live(layout) is computed
