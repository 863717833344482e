"""Versions of regimes in time: which one holds, where two clash, where none is."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.package import Library, in_force_between
from compiler.pipeline import Regime, compile_package
from compiler.timeline import clashes, holding, timelines
from dsl.parse import parse
from dsl.render import to_text
from dsl.span import Source

_FORM = """package goi VERSION "G"
PACKAGE
regime NAME "R" {
  REGIME
  period quarter
  filled by commune
  goes to province
  table t "T" {
    columns {
      c1 "A" integer
    }
    rows {
      row x "X"
    }
  }
}
"""


def regime(version: str, within: str = "", package: str = "", name: str = "r") -> Regime:
    """A small regime in force as the line says."""
    text = _FORM.replace("VERSION", version).replace("NAME", name)
    text = text.replace("PACKAGE", package).replace("REGIME", within)
    file, found = parse(Source(f"{version}.bieu", text))
    compilation = compile_package([file], {}, [], found)
    assert compilation.diagnostics == (), compilation.diagnostics
    return compilation.regimes[0]


def holds(regimes: list[Regime], day: str) -> str | None:
    """The version for data that closes on a day."""
    (line,) = timelines(regimes).values()
    found = holding(line, date.fromisoformat(day))
    return None if found is None else found.template.version


def codes(regimes: list[Regime]) -> list[str]:
    return [found.code for found in clashes(timelines(regimes))]


def test_one_without_an_end_holds_until_the_next_begins() -> None:
    regimes = [regime("2.0.0", "effective from 2026-01-01"), regime("1.0.0", "effective from 2025-01-01")]
    assert codes(regimes) == []
    assert holds(regimes, "2024-12-31") is None
    assert holds(regimes, "2025-12-31") == "1.0.0"
    assert holds(regimes, "2026-01-01") == "2.0.0"


def test_two_that_claim_a_day_and_days_that_none_has() -> None:
    first = regime("1.0.0", "effective from 2025-01-01 until 2025-12-31")
    assert codes([first, regime("2.0.0", "effective from 2025-12-31")]) == ["BIEU0345"]
    assert codes([first, regime("2.0.0", "effective from 2025-01-01")]) == ["BIEU0345"]
    assert codes([first, regime("2.0.0", "effective from 2026-01-01")]) == []
    assert codes([first, regime("2.0.0", "effective from 2026-01-02")]) == ["BIEU0346"]
    assert holds([first, regime("2.0.0", "effective from 2026-01-02")], "2026-01-01") is None
    assert codes([regime("1.0.0"), regime("1.1.0")]) == ["BIEU0345"]


def test_package_says_it_for_regimes_that_do_not() -> None:
    made = regime("1.0.0", package="effective from 2025-01-01 until 2025-06-30")
    assert (made.template.effective_from, made.template.effective_until) == (
        date(2025, 1, 1),
        date(2025, 6, 30),
    )
    own = regime("1.0.0", "effective from 2025-03-01", "effective from 2025-01-01 until 2025-06-30")
    assert (own.template.effective_from, own.template.effective_until) == (date(2025, 3, 1), None)


def test_package_says_each_thing_once_and_ends_after_it_starts() -> None:
    text = _FORM.replace("VERSION", "1.0.0").replace("NAME", "r").replace("REGIME", "")
    lines = 'owner "A"\nowner "B"\neffective from 2025-02-01 until 2025-01-01'
    file, found = parse(Source("a.bieu", text.replace("PACKAGE", lines)))
    diagnostics = compile_package([file], {}, [], found).diagnostics
    assert [each.code for each in diagnostics] == ["BIEU0263", "BIEU0267"]


def test_the_same_form_found_twice_is_one() -> None:
    assert codes([regime("1.0.0"), regime("1.0.0")]) == []


def test_renamed_regime_goes_on_the_line_of_its_former_name() -> None:
    old = regime("1.0.0", "effective from 2025-01-01", name="cu")
    new = regime("2.0.0", "effective from 2026-01-01\n  renamed from cu", name="moi")
    found = timelines([old, new])
    assert list(found) == ["moi"]
    assert [each.template.version for each in found["moi"]] == ["1.0.0", "2.0.0"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_clash_is_shown_with_both_places(tmp_path: Path, language: str) -> None:
    for version, force in (
        ("1.0.0", "effective from 2025-01-01 until 2026-06-30"),
        ("2.0.0", "effective from 2026-01-01"),
    ):
        folder = tmp_path / version
        folder.mkdir()
        text = (
            _FORM.replace("VERSION", version)
            .replace("NAME", "r")
            .replace("PACKAGE", "")
            .replace("REGIME", force)
        )
        (folder / "goi.bieu").write_text(text, encoding="utf-8")
    library = Library()
    packages = [library.load(tmp_path / version) for version in ("1.0.0", "2.0.0")]
    sources = packages[0].sources | packages[1].sources
    text = to_text(in_force_between(packages), sources, "vi" if language == "vi" else "en")
    assert text.replace(f"{tmp_path}/", "") == CLASH[language]


CLASH = {
    "vi": """lỗi[BIEU0345]: hai phiên bản 1.0.0 và 2.0.0 của chế độ `r` cùng có hiệu lực từ 2026-01-01
 --> 2.0.0/goi.bieu:4:3
  |
4 |   effective from 2026-01-01
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^
  = 1.0.0/goi.bieu:4:3: phiên bản 1.0.0

1 lỗi
""",
    "en": """error[BIEU0345]: versions 1.0.0 and 2.0.0 of regime `r` are both in force from 2026-01-01
 --> 2.0.0/goi.bieu:4:3
  |
4 |   effective from 2026-01-01
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^
  = 1.0.0/goi.bieu:4:3: version 1.0.0

1 error
""",
}


_DAY = date(2025, 1, 1)
_SPANS = st.lists(
    st.tuples(st.integers(0, 12), st.none() | st.integers(0, 8)),
    min_size=1,
    max_size=4,
    unique_by=lambda span: span,
)


@given(_SPANS)
def test_without_a_clash_a_day_has_one_version_and_only_gaps_have_none(
    spans: list[tuple[int, int | None]],
) -> None:
    regimes = []
    for number, (start, length) in enumerate(spans):
        first = _DAY + timedelta(days=start)
        until = "" if length is None else f" until {first + timedelta(days=length)}"
        regimes.append(regime(f"1.{number}.0", f"effective from {first}{until}"))
    (line,) = timelines(regimes).values()
    found = clashes({"r": line})
    days = [line[0].start + timedelta(days=number) for number in range(30)]
    if not any(each.code == "BIEU0345" for each in found):
        assert all(sum(each.holds(day) for each in line) <= 1 for day in days)
    last = line[-1].end
    empty = [day for day in days if holding(line, day) is None and (last is None or day <= last)]
    gaps = {
        date.fromisoformat(each.values["from"]) + timedelta(days=number)
        for each in found
        if each.code == "BIEU0346"
        for number in range(
            (date.fromisoformat(each.values["until"]) - date.fromisoformat(each.values["from"])).days + 1
        )
    }
    assert set(empty) <= gaps
