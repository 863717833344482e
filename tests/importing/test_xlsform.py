"""XLSForms become drafts as far as the language can say them; the rest is told with sheet, row and reason."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.formula.evaluate import evaluate_report
from compiler.values import Address, GroupKey, Values
from dsl.diagnostics import Language
from dsl.format import format_file
from renderers.importing.importing import Imported, import_form
from renderers.importing.xpath import References, Unsaid, bounds, translate
from tests.server.test_commands import run

HEAD = (
    "type",
    "name",
    "label::Tiếng Việt (vi)",
    "label::English (en)",
    "required",
    "constraint",
    "constraint_message",
    "calculation",
    "relevant",
    "appearance",
    "hint",
    "default",
)

SURVEY: tuple[dict[str, str], ...] = (
    {"type": "start", "name": "start"},
    {"type": "note", "name": "dan", "label::Tiếng Việt (vi)": "Ghi số liệu đến ngày chốt."},
    {
        "type": "integer",
        "name": "so_ho",
        "label::Tiếng Việt (vi)": "Số hộ",
        "label::English (en)": "Households",
        "required": "yes",
        "constraint": ". >= 0 and . <= 5000",
    },
    {
        "type": "integer",
        "name": "ho_ngheo",
        "label::Tiếng Việt (vi)": "Số hộ nghèo",
        "constraint": ". <= ${so_ho}",
        "constraint_message": "Không nhiều hơn số hộ",
        "hint": "Theo chuẩn mới",
    },
    {"type": "calculate", "name": "ty_le", "calculation": "${ho_ngheo} div ${so_ho}"},
    {"type": "calculate", "name": "con_lai", "calculation": "${so_ho} - ${ho_ngheo}"},
    {"type": "select_one co_khong", "name": "co_cho", "label::Tiếng Việt (vi)": "Có chợ không?"},
    {"type": "begin group", "name": "truong", "label::Tiếng Việt (vi)": "Trường học"},
    {"type": "begin_group", "name": "mam_non", "label::Tiếng Việt (vi)": "Mầm non"},
    {"type": "integer", "name": "so_lop", "label::Tiếng Việt (vi)": "Số lớp"},
    {"type": "decimal", "name": "dien_tich", "label::Tiếng Việt (vi)": "Diện tích"},
    {"type": "end_group"},
    {"type": "calculate", "name": "lop_tren_ho", "calculation": "if(${so_ho} > 0, ${so_lop} * 100, 0)"},
    {"type": "text", "name": "nhan_xet", "label::Tiếng Việt (vi)": "Nhận xét", "appearance": "multiline"},
    {"type": "end group"},
    {"type": "begin repeat", "name": "du_an", "label::Tiếng Việt (vi)": "Dự án"},
    {"type": "text", "name": "ten", "label::Tiếng Việt (vi)": "Tên dự án", "required": "true()"},
    {"type": "integer", "name": "von", "label::Tiếng Việt (vi)": "Vốn", "relevant": "${ten} != ''"},
    {"type": "date", "name": "ngay", "label::Tiếng Việt (vi)": "Ngày khởi công"},
    {"type": "calculate", "name": "von_doi", "calculation": "${von} * 2"},
    {"type": "end repeat"},
    {"type": "calculate", "name": "tong_von", "calculation": "sum(${von})"},
    {"type": "select_multiple co_khong", "name": "nhieu", "label::Tiếng Việt (vi)": "Chọn nhiều"},
    {"type": "geopoint", "name": "vi_tri", "label::Tiếng Việt (vi)": "Vị trí"},
    {"type": "calculate", "name": "bay_gio", "calculation": "now()"},
    {"type": "text", "name": "chao", "label::Tiếng Việt (vi)": "Chào ${ten}", "default": "x"},
)

CHOICES: tuple[tuple[str, ...], ...] = (
    ("list_name", "name", "label::Tiếng Việt (vi)", "label::English (en)"),
    ("co_khong", "1", "Có", "Yes"),
    ("co_khong", "0", "Không", "No"),
    ("co_khong", "0", "Không nữa", "No again"),
    ("khong_dung", "a", "A", "A"),
)


def xlsform(
    survey: Sequence[dict[str, str]] = SURVEY,
    choices: Sequence[Sequence[str]] = CHOICES,
    head: Sequence[str] = HEAD,
) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "survey"
    sheet.append(list(head))
    for line in survey:
        sheet.append([line.get(name, "") or None for name in head])
    more = book.create_sheet("choices")
    for row in choices:
        more.append(list(row))
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["Điều tra hộ nghèo", "ho_ngheo_2026", "1"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def imported(data: bytes, language: Language = "vi") -> Imported:
    found = import_form(data, "dieu-tra.xlsx", language)
    assert not isinstance(found, Finding), found
    assert not found.compilation.failed, found.source.text
    assert format_file(found.source) == found.source.text
    assert not found.differences
    return found


def layout(found: Imported) -> Layout:
    return found.compilation.regimes[0].layout


def unsaid(found: Imported) -> list[tuple[str, str, str]]:
    return [
        (each.values["sheet"], each.values["row"], each.values["reason"])
        for each in found.doubts
        if each.code == "xls_unsaid"
    ]


def test_groups_repeats_and_lists_become_tables_rows_and_code_lists() -> None:
    made = imported(xlsform())
    template = layout(made).template
    assert (template.regime, template.title) == ("ho_ngheo_2026", "Điều tra hộ nghèo")
    assert [table.name for table in template.tables] == ["chung", "truong", "du_an"]
    general, school, projects = template.tables
    assert [column.name for column in general.columns] == [
        "so_ho",
        "ho_ngheo",
        "ty_le",
        "con_lai",
        "co_cho",
        "tong_von",
        "chao",
    ]
    assert [column.label for column in general.columns][:2] == ["Số hộ", "Số hộ nghèo"]
    assert general.columns[0].required
    assert general.columns[1].note == "Theo chuẩn mới"
    first = general.columns[0]
    assert first.minimum is not None
    assert first.maximum is not None
    assert (int(first.minimum.value), int(first.maximum.value)) == (0, 5000)
    assert school.headings[0].label == "Mầm non"  # type: ignore[union-attr]
    (row,) = projects.rows
    assert (row.kind, [column.name for column in row.columns]) == ("added", ["ten", "von", "ngay", "von_doi"])
    (codes,) = template.code_lists
    assert [(code.code, code.label) for code in codes.codes] == [("1", "Có"), ("0", "Không")]
    assert [item.item for section in template.outline for item in section.items] == [  # type: ignore[union-attr]
        "prompt",
        "table",
        "text",
        "table",
        "table",
    ]


def test_formulas_and_constraints_compute() -> None:
    made = layout(imported(xlsform()))
    values = Values(
        cells={
            Address("chung", "so_lieu", "so_ho"): 200,
            Address("chung", "so_lieu", "ho_ngheo"): 300,
            Address("truong", "so_lieu", "so_lop"): 4,
        },
        added={GroupKey("du_an", "du_an"): ({"ten": "A", "von": 5}, {"ten": "B", "von": 7})},
    )
    done = evaluate_report(made, values)
    cells = done.values.cells
    assert cells[Address("chung", "so_lieu", "ty_le")] == 150  # at two decimals
    assert cells[Address("chung", "so_lieu", "con_lai")] == -100
    assert cells[Address("truong", "so_lieu", "lop_tren_ho")] == 40000
    assert cells[Address("chung", "so_lieu", "tong_von")] in {12, 1200}
    assert [check.message for check in made.template.checks if check.origin == "written"] == [
        "Không nhiều hơn số hộ"
    ]


def test_what_can_not_be_said_is_told_with_its_place() -> None:
    found = unsaid(imported(xlsform()))
    assert ("choices", "4", "mã «0» có hai lần trong danh mục") in found
    assert ("survey", "24", "một ô không chứa được nhiều mã (select_multiple)") in found
    assert ("survey", "25", "không có kiểu «geopoint»") in found
    assert ("survey", "26", "không có hàm now như vậy: now()") in found
    assert ("survey", "27", "giá trị điền sẵn (default): x") in found
    assert ("survey", "27", "tiêu đề chứa giá trị của câu khác") in found
    assert len(found) == 6


def test_conditions_show_columns_and_sections() -> None:
    survey = [dict(line) for line in SURVEY]
    by_name = {line.get("name", ""): line for line in survey}
    by_name["truong"]["relevant"] = "${so_ho} > 10"
    by_name["mam_non"]["relevant"] = "${so_ho} > 20"
    by_name["so_lop"]["relevant"] = "${ho_ngheo} > 1"
    by_name["con_lai"]["relevant"] = "${khong_co} > 1"
    found = imported(xlsform(survey), "en")
    source = found.source.text
    assert "shown when (chung[so_lieu].so_ho > 10)" in source
    within = "(chung[so_lieu].so_ho > 20) and (chung[so_lieu].ho_ngheo > 1)"
    assert f'so_lop "Số lớp" integer shown when ({within})' in source
    assert 'dien_tich "Diện tích"' in source
    assert source.count("chung[so_lieu].so_ho > 20") == 2
    assert 'von "Vốn" integer shown when (' in source
    assert any("khong_co" in reason for _, _, reason in unsaid(found))


def test_the_command_lists_what_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "dieu-tra.xlsx"
    file.write_bytes(xlsform())
    result = run("import", file, "-o", tmp_path / "nhap")
    assert result.exit_code == 0, result.output
    assert "! survey, dòng 25: không có kiểu «geopoint»" in result.stderr.splitlines()
    assert run("check", tmp_path / "nhap").exit_code == 0


def test_labels_in_the_language_asked_for() -> None:
    made = imported(xlsform(), "en")
    general = layout(made).template.tables[0]
    assert [column.label for column in general.columns][:2] == ["Households", "Số hộ nghèo"]
    assert ("survey", "25", "there is no type “geopoint”") in unsaid(made)


@pytest.mark.parametrize(
    ("survey", "reason"),
    [
        ([{"type": "end group"}, {"type": "integer", "name": "a"}], "«end group» không đóng nhóm nào"),
        ([{"type": "begin group", "name": "g"}, {"type": "integer", "name": "a"}], "nhóm không được đóng"),
        ([{"type": "integer", "name": "a"}, {"type": "integer"}], "câu hỏi không có tên (name)"),
        (
            [{"type": "integer", "name": "a"}, {"type": "integer", "name": "a"}],
            "tên «a» đã có ở câu trước; công thức nhắc đến tên này được hiểu là câu trước",
        ),
        ([{"type": "integer", "name": "a", "required": "${a} > 1"}], "bắt buộc có điều kiện"),
        (
            [{"type": "integer", "name": "a", "constraint": "regex(., 'x')"}],
            "không có hàm regex như vậy: regex(., 'x')",
        ),
        ([{"type": "integer", "name": "a", "constraint": ". + 1"}], "ràng buộc không phải là điều kiện"),
        (
            [{"type": "integer", "name": "a"}, {"type": "select_one khong_co", "name": "b"}],
            "không có danh mục «khong_co»",
        ),
        (
            [{"type": "integer", "name": "a"}, {"type": "calculate", "name": "b", "calculation": "${z}"}],
            "không có câu «z»: ${z}",
        ),
        (
            [
                {"type": "begin repeat", "name": "r"},
                {"type": "integer", "name": "a"},
                {"type": "begin repeat", "name": "q"},
                {"type": "integer", "name": "b"},
                {"type": "end repeat"},
                {"type": "end repeat"},
            ],
            "nhóm lặp trong nhóm lặp",
        ),
    ],
)
def test_reasons(survey: list[dict[str, str]], reason: str) -> None:
    assert reason in [why for _, _, why in unsaid(imported(xlsform(survey)))]


def test_a_circle_of_calculations_is_taken_back() -> None:
    survey = [
        {"type": "integer", "name": "a"},
        {"type": "calculate", "name": "b", "calculation": "${c} + ${a}"},
        {"type": "calculate", "name": "c", "calculation": "${b} + ${a}"},
    ]
    assert "withdrawn" in [each.code for each in imported(xlsform(survey)).doubts]


HERE = References(lambda name: name, lambda name: f"t[r].{name}", "x")


@pytest.mark.parametrize(
    ("xpath", "source"),
    [
        ("${a} + ${b} * 2", "a + b * 2"),
        ("(${a} + ${b}) * 2", "(a + b) * 2"),
        ("${a} - (${b} - ${c})", "a - (b - c)"),
        ("${a} div ${b} div 2", "a / b / 2"),
        ("-${a} + 1", "-a + 1"),
        ("if(${a} > 0 and ${b} != '', 1, .5)", "if a > 0 and not blank(b) then 1 else 0.5"),
        ("not(${a} = 1 or ${b} = 2)", "not (a = 1 or b = 2)"),
        ("(${a} = 1 or ${b} = 2) and ${c} = ''", "(a = 1 or b = 2) and blank(c)"),
        ("selected(${k}, 'co')", 'k = "co"'),
        ("round(${a} div ${b}, 2)", "round(a / b, 2)"),
        ("sum(${v})", "sum(t[r].v)"),
        ("coalesce(${a}, 0) + 1", "(if blank(a) then 0 else a) + 1"),
        (". > 0", "x > 0"),
        ('${a} = "say ""', None),
        ("${a} mod 2", None),
        ("${a} + (${b} > 1)", None),
        ("today()", None),
        ("${a} +", None),
        ("${a} ${b}", None),
        ("(" * 100 + "1" + ")" * 100, None),
        ("/data/a", None),
        ("${a}[1]", None),
    ],
)
def test_expressions(xpath: str, source: str | None) -> None:
    try:
        said = translate(xpath, HERE).text
    except Unsaid:
        said = None
    assert said == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (". >= 0", ">= 0"),
        (". < 10 and . > -5", "> -5 < 10"),
        ("(. >= 0) and (. <= 1.5)", ">= 0 <= 1.5"),
        (". > 0 and . > 1", None),
        (". > ${a}", None),
        ("", None),
    ],
)
def test_limits(text: str, said: str | None) -> None:
    assert bounds(text) == said


@given(st.text(st.sampled_from("${ab}+-*/()<>=!.,'0 1orandivfif")))
def test_any_text_is_said_or_refused(text: str) -> None:
    try:
        translate(text, HERE)
    except Unsaid:
        return


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    [
                        "integer",
                        "decimal",
                        "text",
                        "begin group",
                        "end group",
                        "begin repeat",
                        "end repeat",
                        "calculate",
                        "select_one co_khong",
                        "note",
                        "date",
                        "acknowledge",
                        "range",
                        "xyz",
                        "",
                    ]
                ),
                "name": st.sampled_from(["a", "b", "tổng", "max", "1", "dòng", ""]),
                "label::Tiếng Việt (vi)": st.sampled_from(["", "A", 'x" {', "Số\n2"]),
                "calculation": st.sampled_from(
                    ["", "${a} + ${b}", "sum(${a})", "${a} * ${a}", "if(${a} = 1, 2, ${b})"]
                ),
                "constraint": st.sampled_from(["", ". > 0", "${a} = 'x'", ". <= ${b}"]),
                "required": st.sampled_from(["", "yes"]),
            }
        ),
        max_size=12,
    )
)
def test_any_survey_gives_a_draft_or_an_answer(survey: list[dict[str, str]]) -> None:
    found = import_form(xlsform(survey), "x", "vi")
    if not isinstance(found, Finding):
        assert not found.compilation.failed, found.source.text
