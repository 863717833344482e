"""The handbook, the roll-up plan and formulas in words: derived from the template, escaped, complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from compiler.cells import CellKind, Layout
from compiler.formula.expressions import AddedRows, Captured, Cell, Text, call, number
from compiler.formula.operations import OPERATIONS
from compiler.package import Library
from compiler.template import Additivity, Column, OverTime, OverUnits, Template, ValueType, template_hash
from renderers import dictionary, rollup_plan
from renderers.formula_words import FormulaWords
from renderers.rollup_words import over_time_words, over_units_words


@pytest.fixture(scope="module")
def handbook(layout: Layout) -> str:
    return dictionary.render(layout).decode()


@pytest.fixture(scope="module")
def plan(layout: Layout) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rollup_plan.render(layout))
    return found


# -- formulas ------------------------------------------------------------------------------------------------


def hs(column: str | None, row: str | None = None) -> Cell:
    return Cell(table="hs", row=row, column=column)


def test_formulas_in_words(layout: Layout) -> None:
    say = FormulaWords(layout.template, "hs").say
    moi, cu, xong = hs("moi"), hs("cu"), hs("xong")
    assert say(call("subtract", moi, call("subtract", cu, xong))) == "(2) - ((3) - (4))"
    assert (
        say(call("divide", call("add", moi, cu), call("multiply", xong, number(2))))
        == "((2) + (3)) / ((4) × 2)"
    )
    assert say(Captured(function="prior", cell=hs("con"))) == "(5) của kỳ trước"
    assert say(call("less_equal", moi, number("1234567.5"))) == "(2) ≤ 1.234.567,5"
    assert say(hs("ghi_chu", "ho_tich")) == "«Ghi chú», «Hộ tịch»"
    assert say(call("sum", hs(None, "dat_dai"), hs(None, "ho_tich"))) == "tổng của «Đất đai»; «Hộ tịch»"
    assert (
        say(call("max", *(hs("moi", "dat_dai"),) * 9))
        == "số lớn nhất trong 9 ô từ (2), «Đất đai» đến (2), «Đất đai»"
    )
    assert (
        say(call("sum", AddedRows(table="da", group="du_an", column="von")))
        == "tổng của «Vốn» của các dòng «Dự án»"
    )
    assert say(Cell(table="da", row="chung", column="chi")) == "«Đã chi», «Chi chung», biểu «Dự án»"
    assert (
        say(call("if", call("and", call("blank", moi), call("not", call("equal", cu, xong))), number(0), moi))
        == "nếu (2) để trống và không phải ((3) = (4)) thì 0, còn không thì (2)"
    )
    assert say(call("or", call("equal", hs("ghi_chu"), Text(value="a")), call("blank", moi))) == (
        "«Ghi chú» = «a» hoặc (2) để trống"
    )


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_words(layout: Layout, name: str) -> None:
    least = OPERATIONS[name].least
    words = FormulaWords(layout.template, "hs").say(call(name, *(hs("moi"), hs("cu"), hs("xong"))[:least]))
    assert "(2)" in words
    assert name not in words


# -- rules of rolling up -------------------------------------------------------------------------------------


def test_every_rule_has_words() -> None:
    rules = get_args(OverUnits.model_fields["rule"].annotation)
    kinds: tuple[CellKind, ...] = get_args(CellKind)
    additivities: tuple[Additivity | None, ...] = (*get_args(Additivity), None)
    said = set()
    for rule in rules:
        for kind in kinds:
            for additivity in additivities:
                words = over_units_words(OverUnits(rule=rule), kind, additivity)
                assert words.why.endswith(".")
                said.add((rule, words.name))
    assert {rule for rule, _ in said} == set(rules)
    assert all(over_time_words(rule) for rule in get_args(OverTime))


def test_the_plan_has_every_cell_that_rolls_up(layout: Layout, plan: dict[str, Any]) -> None:
    planned = {
        (table, row, column)
        for table, rows in plan["cells"].items()
        for row, columns in rows.items()
        for column in columns
    }
    assert planned == {tuple(cell.address) for cell in layout.cells if cell.kind != "not_applicable"}
    assert plan["template"] == template_hash(layout.template)
    for cell in layout.cells:
        if cell.kind != "not_applicable":
            table, row, column = cell.address
            rule = plan["rules"][plan["cells"][table][row][column]]
            assert (rule["rule"], rule["kind"], rule["scale"]) == (
                cell.over_units.rule,
                cell.kind,
                cell.type.scale,
            )


def test_the_plan_says_why(plan: dict[str, Any]) -> None:
    def rule(table: str, row: str, column: str) -> dict[str, Any]:
        found: dict[str, Any] = plan["rules"][plan["cells"][table][row][column]]
        return found

    ratio = rule("hs", "tong_so", "ty_le")
    assert ratio["additivity"] == "ratio"
    assert "tử số và mẫu số" in ratio["why"]
    assert rule("hs", "dat_dai", "moi")["state"] == "Σx, n"
    assert rule("hs", "dat_dai", "cu")["carried"] == {"function": "prior", "column": "con"}
    assert plan["rules"][plan["texts"]["danh_gia"]]["rule"] == "concat"
    (added,) = plan["added"]
    assert plan["rules"][added["rule"]]["rule"] == "union"
    assert plan["rules"][added["columns"]["con_lai"]]["additivity"] == "additive"
    assert {"of": "prior(hs[dat_dai].con)", "like": "hs[dat_dai].con"} in plan["captured"]


def test_a_weight_is_named(layout: Layout) -> None:
    table = layout.template.tables[0]
    mean = Column(
        name="tuoi",
        label="Tuổi trung bình",
        type=ValueType(kind="decimal", scale=1),
        over_units=OverUnits(rule="weighted_mean", weight="moi"),
    )
    wider = table.model_copy(
        update={"columns": (*table.columns, mean), "headings": (*table.headings, "tuoi")}
    )
    template = layout.template.model_copy(update={"tables": (wider, *layout.template.tables[1:])})
    plan = rollup_plan.plan(Layout(template))
    rule = plan["rules"][plan["cells"]["hs"]["dat_dai"]["tuoi"]]
    assert (rule["weight"], rule["state"]) == ("moi", "Σ(w·x), Σw, n")


# -- the handbook --------------------------------------------------------------------------------------------


def test_the_handbook_tells_every_column_row_check_and_list(layout: Layout, handbook: str) -> None:
    for table in layout.template.tables:
        for row in table.rows:
            assert f"(`{row.name}`)" in handbook
            assert all(f"(`{column.name}`)" in handbook for column in row.columns)
        assert all(f"(`{column.name}`)" in handbook for column in table.columns)
    assert all(f"(`{check.name}`)" in handbook for check in layout.template.checks)
    assert all(f"`{code.code}`" in handbook for codes in layout.template.code_lists for code in codes.codes)
    assert "(`danh_gia`): tối đa 50 ký tự, bắt buộc" in handbook


def test_the_handbook_in_words(handbook: str) -> None:
    lines = handbook.splitlines()
    assert "| 1=2+3 | Tiếp nhận › Tổng số (`tong`) | số nguyên (hồ sơ) |  | = (2) + (3) |" in handbook
    assert (
        "| 4 | Đã giải quyết (`xong`) | số nguyên (hồ sơ) | ≥ 0; < 1.000 | nhập | cộng các đơn vị" in handbook
    )
    assert "- «Hộ tịch», Lệ phí: không phải nhập, in dấu x" in lines
    assert "  - a\\. **Chi riêng** (`rieng`); trong đó của «Chi chung»" in lines
    assert (
        "- **Phải đúng**: Đã giải quyết không quá tiếp nhận (`xong_du`): (4) ≤ (1). "
        "Từng dòng: Đất đai, Hộ tịch, Tổng số." in lines
    )
    assert "Tối đa 3 dòng; không trùng nhau ở cột `ten`." in lines


def test_what_an_author_writes_is_no_markup(layout: Layout) -> None:
    evil = "# <script>alert(1)</script> | `x` [a](http://b) *c*\n\n## d"
    table = layout.template.tables[0]
    columns = tuple(column.model_copy(update={"label": evil, "note": evil}) for column in table.columns)
    rows = tuple(row.model_copy(update={"label": evil}) for row in table.rows)
    hostile = table.model_copy(update={"title": evil, "columns": columns, "rows": rows, "footnotes": (evil,)})
    template: Template = layout.template.model_copy(
        update={
            "title": evil,
            "tables": (hostile, *layout.template.tables[1:]),
            "notes": (evil,),
            "checks": tuple(check.model_copy(update={"message": evil}) for check in layout.template.checks),
        }
    )
    text = dictionary.render(Layout(template)).decode()
    assert "<script" not in text.replace("\\<", "")
    assert "](http" not in text.replace("\\]", "")
    assert not any(line.startswith("## d") for line in text.splitlines())
    rows_of_grid = [line for line in text.splitlines() if "script" in line and line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows_of_grid} == {7}


def test_handbook_says_what_an_indicator_means_and_where_it_stands() -> None:
    source = Path(__file__).parents[1] / "good" / "compiled" / "indicators.bieu"
    (regime,) = Library().load(source).compilation.regimes
    text = dictionary.render(regime.layout).decode()
    assert [line for line in text.splitlines() if "0501" in line or line.startswith("  - ")] == [
        "- **0501. Số hồ sơ tiếp nhận** (`a.tiep_nhan`): cột `t1.c1`, cột `t2.d1`, cột `t2.d2`",
        "  - Khái niệm: Hồ sơ đã có phiếu hẹn trả kết quả",
        "  - Phương pháp tính: Đếm số phiếu hẹn trong kỳ",
        "  - Đơn vị tính: hồ sơ",
        "  - Nguồn: Sổ theo dõi hồ sơ",
    ]
