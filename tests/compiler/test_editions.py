"""Columns and rows that come and go: each edition is the form without what is gone, and means the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.editions import editions
from compiler.examples import edition_for, run
from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.pipeline import Regime
from compiler.template import template_bytes
from compiler.values import Address, Values

FORM = Path(__file__).parents[1] / "contract" / "forms" / "thu_tuc.bieu"
GOOD = Path(__file__).parents[1] / "good" / "compiled" / "editions.json"


@cache
def regime() -> Regime:
    loaded = Library().load(FORM)
    assert loaded.diagnostics == ()
    return loaded.compilation.regimes[0]


def test_each_edition_is_a_form_of_its_own(golden: Callable[[Path, str], None]) -> None:
    found = [
        {
            "from": None if edition.start is None else edition.start.isoformat(),
            "until": None if edition.end is None else edition.end.isoformat(),
            "template": json.loads(template_bytes(edition.template)),
        }
        for edition in regime().editions
    ]
    golden(GOOD, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def test_editions_follow_each_other_without_a_gap() -> None:
    found = regime().editions
    assert found[0].start == date(2024, 12, 15)
    assert found[-1].end is None
    for before, after in pairwise(found):
        assert before.end is not None
        assert after.start == before.end + timedelta(days=1)
    assert [edition.holds(date(2025, 6, 30)) for edition in found] == [True, False]
    assert regime().on(date(2025, 6, 30)) is regime().layouts[0]
    assert regime().on(date(2026, 6, 30)) is regime().layout
    assert regime().on(date(1999, 1, 1)) is regime().layout


def test_what_is_gone_is_nowhere_and_what_reads_it_reads_a_blank() -> None:
    before, after = (layout.template for layout in regime().layouts)
    (old,), (new,) = before.tables, after.tables
    assert [column.name for column in old.columns] == ["c3", "c4", "c5", "c6", "c7", "c8", "ty_le"]
    assert [column.name for column in new.columns] == ["c3", "c4", "c6", "c7"]
    assert [row.name for row in old.rows] == ["dat_dai", "tu_phap_huyen", "ho_tich", "cu", "huyen", "tong"]
    assert [row.name for row in new.rows] == ["dat_dai", "ho_tich", "dia_gioi", "tong"]
    assert old.columns[0].code_text == "3=4+5+6"
    assert new.columns[0].code_text == "3=4+6"
    assert [check.name for check in before.checks] == ["huyen", "mot_cua"]
    assert [check.name for check in after.checks] == ["mot_cua"]
    assert [len(template.charts) for template in (before, after)] == [4, 3]
    assert [chart.rows for chart in after.charts if chart.rows] == [("dat_dai", "ho_tich", "dia_gioi")]
    assert b"c5" not in template_bytes(after)
    assert b"2025-06-30" in template_bytes(before)  # the day on which the edition ends


def test_an_example_runs_on_the_latest_edition_that_has_what_it_names() -> None:
    layouts = regime().layouts
    first, second = regime().examples
    assert edition_for(first, layouts) is layouts[0]
    assert edition_for(second, layouts) is layouts[1]
    for example in regime().examples:
        assert run(example, edition_for(example, layouts)) == ()


def test_a_form_without_dates_is_its_only_edition() -> None:
    template = regime().layout.template
    assert editions(template)[0].template is template


ADDRESSES = sorted(cell.address for cell in regime().layout.cells if cell.kind == "entered")


@given(st.dictionaries(st.sampled_from(ADDRESSES), st.integers(0, 99)))
def test_an_edition_gives_what_the_whole_form_gives_with_the_rest_blank(cells: dict[Address, int]) -> None:
    whole = evaluate_report(Layout(regime().whole), Values(cells))
    edition = evaluate_report(regime().layout, Values(cells))
    kept = regime().layout.by_address
    assert edition.values.cells == {
        address: value for address, value in whole.values.cells.items() if address in kept
    }
    outcomes = {
        (outcome.placed.check.name, outcome.placed.row): outcome.holds
        for outcome in whole.outcomes
        if outcome.placed.row is None or Address("b07b", outcome.placed.row, "c3") in kept
    }
    for outcome in edition.outcomes:
        assert outcomes[outcome.placed.check.name, outcome.placed.row] == outcome.holds


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("until 2025-02-30", ["BIEU0262"]),
        ("from 2025-07-01 until 2025-06-30", ["BIEU0267"]),
        ("from 2025-07-01 from 2025-08-01", ["BIEU0037"]),
    ],
)
def test_days_that_are_none(tmp_path: Path, written: str, codes: list[str]) -> None:
    source = FORM.read_text(encoding="utf-8").replace(
        'c7 "Một cửa" integer', f'c7 "Một cửa" integer {written}'
    )
    path = tmp_path / "a.bieu"
    path.write_text(source, encoding="utf-8")
    assert [found.code for found in Library().load(path).diagnostics] == codes


def test_a_list_that_changes_too_often_is_no_rows(tmp_path: Path) -> None:
    codes = "\n".join(
        f'x{number} "X" from {date(2000, 1, 1) + timedelta(days=number)}' for number in range(100)
    )
    source = FORM.read_text(encoding="utf-8").replace('ho_tich "Hộ tịch"', f'ho_tich "Hộ tịch"\n{codes}')
    source = source.replace("effective from 2024-12-15", "effective from 1999-12-15")
    path = tmp_path / "a.bieu"
    path.write_text(source, encoding="utf-8")
    assert "BIEU0290" in [found.code for found in Library().load(path).diagnostics]
