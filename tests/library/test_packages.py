"""The shipped packages: they compile without a warning, their authors' examples come true, and their printed code rows
state the identities of the real forms."""

from __future__ import annotations

from pathlib import Path

import pytest

import templates_library
from compiler.examples import edition_for, run
from compiler.package import Library, find_packages
from compiler.pipeline import Regime

_ROOT = Path(templates_library.__path__[0])
_LIBRARY = Library()
_PACKAGES = find_packages(_ROOT)
_REGIMES = {
    regime.template.regime: regime for path in _PACKAGES for regime in _LIBRARY.load(path).compilation.regimes
}


@pytest.mark.parametrize("path", _PACKAGES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_package_compiles_without_a_word(path: Path) -> None:
    assert _LIBRARY.load(path).diagnostics == ()


@pytest.mark.parametrize("regime", _REGIMES.values(), ids=_REGIMES)
def test_authors_examples_come_true(regime: Regime) -> None:
    assert regime.examples, "a shipped regime shows by example what it does"
    for example in regime.examples:
        assert run(example, edition_for(example, regime.layouts)) == (), example.title


@pytest.mark.parametrize("regime", _REGIMES.values(), ids=_REGIMES)
def test_examples_show_each_check_failing(regime: Regime) -> None:
    """An error of the form that no example triggers could be written wrongly without anybody noticing."""
    from compiler.examples import ExpectedCheck

    shown = {
        expected.name
        for example in regime.examples
        for expected in example.expected
        if isinstance(expected, ExpectedCheck) and not expected.holds
    }
    written = {check.name for check in regime.template.checks if check.origin == "written"}
    never = written - shown
    assert never <= _NEVER_SHOWN.get(regime.template.regime, set())


_NEVER_SHOWN = {
    # One example of the pair shows that the form asks back; the other warning is its twin.
    "ho_tich_13a": {"tuoi_nu", "sinh_trong_nam"},
    # It speaks of self-added rows, which an example can't give: the cases beside the package do.
    "cong_chung_12b": {"co_phi"},
}

IDENTITIES = {
    "kstt_quy": ["3=4+5+6", "7=8+9+10", "11=12+13"],
    "ho_tich_13a": ["1=2+3=4+5=6+7", "11=12+13+14=15+16"],
    "boi_thuong_03": ["1=2+..+9", "10=11+..+14", "16=17+..+20"],
    "boi_thuong_04": ["3=4+6", "12=13+14"],
    "cong_chung_12b": ["2=3+4"],
    "kqgq_01": ["1=2+3", "5=20+..+24"],
    "tcd_01": ["1=4+13+22", "2=5+14+23", "3=6+7+15+16+24+25"],
    "thu_tuc_07b": ["3=4+6", "7=8+10", "11=12+14"],  # the columns of districts ended on 30/6/2025
    "ttr_01": ["1=2+3=4+5", "8=10+12", "9=11+13"],
    "xld_01": ["1=2+3=4+5", "6=8+9+10=11+12+13=14+18", "14=15+16+17", "18=19+20+21"],
    "xld_2021": [
        *("1=2+3", "4=5+6", "9=10+11+12", "20=21+22", "23=24+25"),  # 02/XLD
        *("1=2+3", "4=5+6", "7=8+9", "11=12+13"),  # 03/XLD
        *(
            "1=2+3",
            "4=5+6",
            "8=9+10+11+12=13+14=15+16",
            "16=17+18",
        ),  # 04/XLD, its slip put right: 15+18 in print
        *("1=2+3=4+5", "6=8+9+10=14+18", "14=15+16+17"),  # 01/XLD
    ],
}
"""What the circulars print in their code rows (`domain.md`, how real forms look)."""


@pytest.mark.parametrize(("name", "identities"), IDENTITIES.items(), ids=IDENTITIES)
def test_code_row_is_the_printed_one(name: str, identities: list[str]) -> None:
    columns = [column for table in _REGIMES[name].template.tables for column in table.columns]
    printed = [column.code_text for column in columns if "=" in column.code_text]
    assert printed == identities


def test_the_form_of_a_past_day_prints_the_columns_it_had() -> None:
    from datetime import date

    layout = _REGIMES["thu_tuc_07b"].on(date(2025, 6, 14))
    printed = [column.code_text for column in layout.tables["b07b"].columns if "=" in column.code_text]
    assert printed == ["3=4+5+6", "7=8+9+10", "11=12+13+14"]


def test_two_runs_of_the_compiler_give_the_same_bytes() -> None:
    from compiler.template import load_template, template_bytes

    again = Library()
    for path in _PACKAGES:
        for first, second in zip(
            _LIBRARY.load(path).compilation.regimes, again.load(path).compilation.regimes, strict=True
        ):
            data = template_bytes(first.template)
            assert data == template_bytes(second.template)
            assert load_template(data) == first.template
