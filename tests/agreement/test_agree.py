"""`bieu agree`: what it tries, that it agrees on a form with everything, and that it names what differs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compiler.cells import Layout
from compiler.formula.emit.excel import _Writer
from compiler.formula.evaluate import evaluate_report
from compiler.formula.expressions import Expression, call
from compiler.package import Library
from compiler.values import Address, Values
from renderers.xlsx.results import server_alone
from runtime.agreement.agreeing import agree, integer_engines
from runtime.agreement.engines import EmbeddedV8, Engine, GeneratedPython, Result
from runtime.agreement.office import Office
from runtime.agreement.submissions import half_cells, submissions
from server.cli import main
from tests.formulas.test_reports import at, check, column, row, table, template

SOURCE = """package thu.hop 1.0.0 "Thử"
regime hop_r "Thử" {
  period quarter
  filled by commune
  goes to province
  table t "Biểu" {
    columns {
      c1 "Tổng" = c2 + c3
      c2 "Một" integer >= 0
      c3 "Hai" integer >= 0
      c4 "Trước" integer = prior(c1)
      ty_le "Tỷ lệ" percent(2) = c2 / c1
      tb "Trung bình" decimal(1) = mean(c2, c3) rollup recompute
    }
    rows {
      row a "A"
      row b "B"
      many du_an "Dự án" max 5 key ten { ten "Tên" text(50) required }
      row tong "Tổng số" = a + b + sum(du_an) last
    }
    check khong_vuot: c2 <= 3 * c3 "Một không quá ba lần hai"
    warn tang: c1 <= 2 * last_year(c1) "Tăng quá hai lần" explain
  }
}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hop") / "hop.bieu"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def layout(package: Path) -> Layout:
    compilation = Library().load(package).compilation
    assert not compilation.failed, compilation.diagnostics
    return compilation.regimes[0].layout


def test_reports_stand_at_the_boundaries(layout: Layout) -> None:
    tried = {one.name: one for one in submissions(layout)}
    assert {"blank", "zero", "largest", "smallest", "partial 1", "nothing captured"} <= set(tried)
    assert tried["blank"].values == Values()
    assert 10**15 - 1 in tried["largest"].values.cells.values()
    assert set(tried["smallest"].values.cells.values()) == {0}
    assert [one.name for one in submissions(layout)] == list(tried)


def test_listed_cells_meet_an_exact_half(layout: Layout) -> None:
    listed = {cell.address for cell in half_cells(layout)}
    assert Address("t", "a", "ty_le") in listed
    assert Address("t", "a", "tb") in listed
    assert Address("t", "a", "c1") not in listed
    assert any(one.name.startswith("exact half") for one in submissions(layout))


def test_one_wrong_cell_breaks_a_check_that_holds_without_it(layout: Layout) -> None:
    broken = [one for one in submissions(layout) if one.check is not None]
    assert {one.check for one in broken} == set(range(len(layout.checks)))
    for one in broken:
        assert one.check is not None
        placed = layout.checks[one.check]
        outcomes = [o.holds for o in evaluate_report(layout, one.values).outcomes if o.placed == placed]
        assert False in outcomes
        if placed.group is None and one.cell is not None:
            # Some other number in that one cell, and the check holds.
            others = (replace(one.values, cells={**one.values.cells, one.cell: held}) for held in range(200))
            assert any(
                outcome.holds
                for other in others
                for outcome in evaluate_report(layout, other).outcomes
                if outcome.placed == placed
            )


class Off:
    """Generated Python, but for one cell."""

    name = "Off"

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """Every report, one cell more by one."""
        found = GeneratedPython().evaluate(layout, reports)
        address = Address("t", "tong", "c1")
        return [
            one and replace(one, values=replace(one.values, cells={**one.values.cells, address: 7}))
            for one in found
        ]


def test_an_engine_that_differs_is_named_with_cell_formula_inputs_and_values(layout: Layout) -> None:
    engines: list[Engine] = [EmbeddedV8(), Off()]
    with Office() as office:
        found = agree(layout, engines, office)
    assert {one.engine for one in found.refused} == {"Off"}
    usual = next(one for one in found.refused if one.submission == "usual")
    assert usual.place == "t[tong].c1"
    assert usual.found == "7"
    assert usual.expected not in {"", "7"}
    assert usual.formula
    assert usual.inputs


def test_what_excel_cannot_hold_is_listed_and_left_to_the_server() -> None:
    long: Expression = at("x")
    for _ in range(40):
        long = call("abs", call("divide", long, call("add", at("y"), at("x"))))
    columns = (
        column("x"),
        column("y"),
        column("z", formula=long),
        column("w", formula=call("add", at("z"), at("x"))),
    )
    nonsense = check("k", call("less", long, at("y")), "row", table="t", rows=("a",))
    layout = Layout(template((table("t", columns, (row("a"),)),), (nonsense,)))
    # What reads a cell that stays blank would be a wrong number: it stays blank too.
    alone = ("t[a].z", "t[a].w", "k t[a]")
    assert server_alone(layout).places(layout) == alone
    with Office() as office:
        found = agree(layout, [], office)
    assert found.alone == alone
    assert not found.refused


def test_the_command_agrees(package: Path) -> None:
    done = CliRunner().invoke(main, ["agree", str(package)])
    assert done.exit_code == 0, done.output
    assert re.search(r"✓ hop_r: \d+ báo cáo thử", done.output)


def test_the_command_names_what_a_workbook_gets_wrong(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = _Writer._rounded

    def wrong(self: Any, node: Any) -> str:
        # Cut instead of rounded.
        return right(self, node).replace("ROUND(", "ROUNDDOWN(")

    monkeypatch.setattr(_Writer, "_rounded", wrong)
    done = CliRunner().invoke(
        main, ["build", str(package), "--agree", "-o", str(tmp_path / "out"), "--language", "en"]
    )
    assert done.exit_code == 1
    assert "LibreOffice, report" in done.output
    assert "t[a].ty_le" in done.output
    assert "formula: " in done.output
    assert not (tmp_path / "out").exists()


def test_a_missing_engine_fails(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = CliRunner().invoke(main, ["agree", str(package)])
    assert done.exit_code == 1
    assert "Thiếu LibreOffice: apt-get install libreoffice-calc" in done.output


def test_all_engines_of_integers_are_there() -> None:
    assert [engine.name for engine in integer_engines()] == ["Python", "V8", "DuckDB"]
