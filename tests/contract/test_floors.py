"""The floors do the same work as the code they judge, on reports that are right, wrong, blank and anything between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import floors, form
from bench.comparisons import Disagreement, agree_on, comparisons, form_of
from bench.measure import measure
from compiler.cells import Layout
from compiler.values import Values
from renderers.validators import Validator


@pytest.fixture(scope="module")
def layout() -> Layout:
    return form.form_layout()


@pytest.fixture(scope="module")
def validator(layout: Layout) -> Validator:
    return Validator(layout)


@given(data=st.data())
def test_the_straight_line_floor_is_the_validator(
    layout: Layout, validator: Validator, data: st.DataObject
) -> None:
    numbers = st.none() | st.integers(-3, 30) | st.integers(-(10**15) + 1, 10**15 - 1)
    filled = st.lists(numbers, min_size=len(layout.cells), max_size=len(layout.cells))
    entered = {
        cell.address: value
        for cell, value in zip(layout.cells, data.draw(filled), strict=True)
        if value is not None and cell.kind == "entered"
    }
    captured = {
        key: data.draw(st.none() | st.integers(0, 9)) for key in layout.captures if data.draw(st.booleans())
    }
    report = Values(cells=entered, captured=captured)
    agree_on(validator, report, floors.from_names(form_of(layout), floors.evaluator()))


def test_a_disagreement_is_noticed(layout: Layout, validator: Validator) -> None:
    run = floors.from_names(form_of(layout), floors.evaluator())

    def wrong(report: floors.Report) -> tuple[floors.Report, floors.Verdict]:
        found, verdict = run(report)
        return floors.Report(dict(list(found.cells.items())[1:]), found.carried), verdict

    with pytest.raises(Disagreement):
        agree_on(validator, form.reports(1)[0], wrong)


def test_every_comparison_can_be_prepared_and_agrees() -> None:
    found = list(comparisons())
    assert {comparison.at_most for comparison in found} >= {2, 3, 0.1}
    for comparison in found:
        assert comparison.base() is not None
        assert comparison.subject() is not None


def test_ratios_are_of_the_subject_to_the_base() -> None:
    measured = measure(lambda: sum(range(1_000)), lambda: sum(range(20_000)))
    assert 8 < measured.ratio < 60
    assert measured.subject > measured.base
