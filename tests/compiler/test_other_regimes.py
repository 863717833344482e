"""Cells of other regimes: the template carries them, and a check after an edit of the other regime sees it."""

from __future__ import annotations

from pathlib import Path

from compiler.cells import Layout
from compiler.changes.carrying import carry
from compiler.memory import Memory
from compiler.package import Library
from compiler.template import Template
from compiler.values import Address, CaptureKey, Values

FORM = Path(__file__).parents[1] / "contract" / "forms" / "xu_ly_don.bieu"


def reader(path: Path, memory: Memory) -> Template:
    loaded = Library(memory=memory).load(path)
    assert loaded.diagnostics == ()
    return loaded.compilation.regimes[-1].template


def test_the_template_carries_what_it_reads_elsewhere_as_inputs() -> None:
    sources = {source.regime: source for source in reader(FORM, Memory()).sources or ()}
    assert list(sources) == ["ke_hoach", "xld_02", "xld_03"]
    (table,) = sources["xld_02"].tables
    assert (table.name, table.form) == ("xld_02.b02", "02/XLD")
    assert [(column.name, column.over_units.rule) for column in table.columns] == [
        ("c1", "sum"),
        ("c2", "weighted_mean"),
    ]
    assert all(column.formula is None for column in table.columns)
    assert sources["ke_hoach"].period_types == ("year",)


def test_an_edit_of_a_regime_reaches_those_that_read_it(tmp_path: Path) -> None:
    path, memory = tmp_path / "a.bieu", Memory()
    text = FORM.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    before = reader(path, memory)
    path.write_text(text.replace('c1 "Số đơn phải xử lý"', 'c1 "Số đơn theo kế hoạch"'), encoding="utf-8")
    after = reader(path, memory)
    assert after == reader(path, Memory())
    assert before.sources != after.sources


def test_a_regime_with_errors_is_told_where_it_stands_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    text = FORM.read_text(encoding="utf-8").replace('c1 "Số đơn phải xử lý" integer', 'c1 "Số" = c1')
    path.write_text(text, encoding="utf-8")
    assert [found.code for found in Library().load(path).diagnostics] == ["BIEU0250", "BIEU0356"]


def test_what_was_read_elsewhere_is_carried_into_the_next_edition_of_the_form(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    text = FORM.read_text(encoding="utf-8")
    path.write_text(text.replace('c3 "Đã xử lý"', 'c3 "Số đơn đã xử lý"'), encoding="utf-8")
    before, after = Layout(reader(FORM, Memory())), Layout(reader(path, Memory()))
    captured: dict[CaptureKey, int | None] = {
        CaptureKey("report", Address("xld_02.b02", "tong", "c1")): 12,
        CaptureKey("ytd", Address("b01", "tong", "c3")): 6,
    }
    carried = carry(Values(captured=captured), before, after)
    assert carried.values.captured == captured
    assert carried.lost == ()
