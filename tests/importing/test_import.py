"""Forms laid out by clerks come back as sources that say the same; what the paper doesn't say is asked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import templates_library
from compiler.cells import Layout, heading_grid
from compiler.findings import Finding
from compiler.package import Library
from compiler.template import Table, Template
from dsl.diagnostics import Language
from dsl.format import format_file
from renderers.importing.importing import Imported, import_form
from renderers.places import column_words
from renderers.registry import target
from tests.importing.clerk import B01TCD, B01XLD, B06A, B13A, FORMS, Form, document, with_code, workbook

_LIBRARY = Path(templates_library.__path__[0])


def imported(data: bytes, language: Language = "vi") -> Imported:
    found = import_form(data, "bieu.xlsx", language)
    assert not isinstance(found, Finding), found
    assert not found.compilation.failed, found.source.text
    assert format_file(found.source) == found.source.text
    return found


def template(found: Imported) -> Template:
    return found.compilation.regimes[0].template


def asked(found: Imported) -> list[str]:
    return [each.code for each in found.doubts]


def identities(table: Table) -> dict[str, str]:
    """What each column with a formula prints, by its code."""
    return {column.code: column.code_text for column in table.columns if "=" in column.code_text}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ["workbook", "shifted", "document"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.number)
def test_a_clerks_form_comes_back_as_it_was(form: Form, kind: str, language: Language) -> None:
    data = {
        "workbook": lambda: workbook(form),
        "shifted": lambda: workbook(form, left=3, blanks=2, typed=True),
        "document": lambda: document(form),
    }[kind]()
    found = imported(data, language)
    assert not found.differences
    made = template(found)
    (table,) = made.tables
    assert table.form == form.number
    assert made.title == " ".join(form.title)
    assert [column.code for column in table.columns] == [
        code.split("=")[0].strip("()")
        for code in form.codes
        if code not in {"A", "MS", "(1)", "(2)"} or form is not B06A
        if code not in {"A", "MS"}
    ]
    printed = {code.replace("(", "").replace(")", "") for code in form.codes if "=" in code}
    assert set(identities(table).values()) == printed
    assert (
        made.period_types
        == {
            B06A: ("quarter", "year"),
            B13A: ("half_year", "year"),
            B01XLD: ("quarter", "half_year", "nine_months", "year"),
            B01TCD: ("quarter", "half_year", "nine_months", "year"),
        }[form]
    )
    assert found.source.text.startswith(f"# ngôn ngữ: {language}\n")


@cache
def shipped() -> dict[str, Layout]:
    library = Library()
    folders = sorted({path.parent for path in _LIBRARY.glob("*/*/*.bieu")})
    return {
        regime.template.regime: regime.layout
        for folder in folders
        for regime in library.load(folder).compilation.regimes
    }


@pytest.mark.parametrize("regime", sorted(shipped()))
def test_a_shipped_form_comes_back_from_its_own_workbook(regime: str) -> None:
    layout = shipped()[regime]
    found = imported(target("xlsx").render(layout, None))
    assert not found.differences
    made = template(found)
    # A basis is known by its kind and number: "Quyết định 239/QĐ-UBND", whoever issued it.
    assert all(any(own.startswith(text) for own in layout.template.basis) for text in made.basis)
    for own, table in zip(layout.template.tables, made.tables, strict=True):
        assert (table.title, table.form) == (own.title, own.form)
        if all(row.kind == "added" for row in own.rows):
            # A blank form does not show how the rows look that a unit adds: the draft asks.
            assert "one_row" in asked(found)
            continue
        assert [cell.label for level in heading_grid(table) for cell in level] == [
            cell.label for level in heading_grid(own) for cell in level
        ]
        assert list(column_words(table).values()) == list(column_words(own).values())
        assert identities(table) == identities(own)
        assert [column.code for column in table.columns] == [column.code for column in own.columns]
        # Codes that stand in a label ("1.1. Phân theo …") are taken out of it; blank rows to be added have no label.
        fixed = [row.label for row in own.rows if row.kind != "added"]
        assert all(label.endswith(row.label) for label, row in zip(fixed, table.rows, strict=True))


def test_questions_are_asked_where_they_belong() -> None:
    found = imported(workbook(B13A))
    lines = found.source.text.splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.strip().startswith("c8 ")]
    assert lines[place - 1].strip() == "#   kiểm tra: c8 <= c7"
    assert "Hỏi: «Trong đó: trẻ sinh trong năm báo cáo»" in lines[place - 3]
    assert asked(found).count("mean") == 2
    assert "opening" in asked(imported(workbook(B01XLD)))
    assert "no_measure" in asked(imported(workbook(B01TCD)))


def test_a_group_of_parts_asks_against_its_likes() -> None:
    text = imported(workbook(B01TCD)).source.text
    for part, whole in ((9, 5), (10, 6), (11, 7), (18, 14), (19, 15), (27, 23), (29, 25)):
        assert f"#   kiểm tra: c{part} <= c{whole}\n" in text
    assert "c8 <=" not in text


def test_in_english_the_questions_are_english() -> None:
    text = imported(workbook(B13A), "en").source.text
    assert "# Ask: in force from which day?" in text
    assert "Hỏi:" not in text


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("6=8+9+10=11+12+13=14+18", "6=8+9+10=11+12+13=14+88", "unknown_code"),
        ("14=15+16+17", "14=15+tổng", "unread"),
        ("18=19+20+21", "18=18+20", "own_code"),
        ("22", "21", "same_code"),
    ],
)
def test_slips_of_the_code_row_become_questions(before: str, after: str, code: str) -> None:
    assert code in asked(imported(workbook(with_code(B01XLD, before, after))))


def test_a_formula_in_a_circle_is_taken_back_with_the_compilers_words() -> None:
    found = imported(workbook(with_code(B01XLD, "15", "15=14+16")))
    assert asked(found).count("withdrawn") == 1
    assert "nhưng bieu không nhận" in found.source.text
    assert found.differences
    assert {each.what for each in found.differences} == {"code"}


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("18=19+..+21", "18=19+20+21"),
        ("18 = 19 + … + 21", "18=19+20+21"),
        ("(18)=(19)+(20)-(21)", "18=19+20-21"),
    ],
)
def test_spellings_of_formulas(printed: str, expected: str) -> None:
    found = imported(workbook(with_code(B01XLD, "18=19+20+21", printed)))
    assert identities(template(found).tables[0])["18"] == expected
    assert not found.differences


def test_a_ratio_becomes_one_and_is_not_printed_as_on_the_form() -> None:
    found = imported(workbook(with_code(B01XLD, "22", "22=(19+20)/21*100%")))
    assert "phần trăm(2) = (c19 + c20) / c21\n" in found.source.text
    # bieu prints only sums in the code row; the comparison says so.
    assert [(each.original, each.draft) for each in found.differences] == [("22=(19+20)/21*100%", "22")]


def test_no_code_row_is_asked_about() -> None:
    found = imported(workbook(B01XLD, codes=False))
    assert asked(found)[0] == "no_code_row" or "no_code_row" in asked(found)
    (table,) = template(found).tables
    assert len(table.columns) == 22
    assert table.columns[0].name == "tong_so_don"
    assert table.columns[8].name == "to_cao"
    assert len({column.name for column in table.columns}) == 22


def test_rows_with_codes_become_a_tree() -> None:
    form = Form(
        number="03/LĐ",
        basis="Nghị định 39/2016/NĐ-CP",
        title=("BÁO CÁO LAO ĐỘNG",),
        period="Kỳ báo cáo: Tháng 9 năm 2026",
        measure="Người",
        heads=(
            ("STT", "A"),
            ("Chỉ tiêu", "B"),
            ("Nam", "1"),
            ("Nữ", "2"),
            ("Cộng", "3=1+2"),
            ("Ghi chú", "4"),
        ),
        rows=(
            ("I", "Tổng số lao động"),
            ("1", "Trong doanh nghiệp"),
            ("1.1", "Nhà nước"),
            ("1.2", "Tư nhân", "x"),
            ("2", "Ngoài doanh nghiệp"),
            ("", "Trong đó: dân tộc thiểu số"),
            ("", "Khuyết tật"),
            ("II", "Số người nghỉ việc (II = III + IV)"),
            ("III", "Nghỉ hưu"),
            ("IV", "Thôi việc"),
            ("", "Tổng cộng"),
        ),
    )
    found = imported(workbook(form))
    (table,) = template(found).tables
    rows = {row.name: row for row in table.rows}
    assert [(row.name, row.code, row.depth) for row in table.rows] == [
        ("I", "I", 0),
        ("r1", "1", 1),
        ("r1_1", "1.1", 2),
        ("r1_2", "1.2", 2),
        ("r2", "2", 1),
        ("dan_toc_thieu_so", "", 2),
        ("khuyet_tat", "", 2),
        ("II", "II", 0),
        ("III", "III", 0),
        ("IV", "IV", 0),
        ("tong", "", 0),
    ]
    assert rows["dan_toc_thieu_so"].whole == rows["khuyet_tat"].whole == "r2"
    assert rows["II"].formula is not None
    assert rows["tong"].total
    assert [(item.row, item.column) for item in table.exceptions if item.not_applicable] == [("r1_2", "c1")]
    assert table.columns[3].type.kind == "text"
    assert template(found).period_types == ("month",)
    assert {"whole_of_rows", "parts", "total_row"} <= set(asked(found))


def test_two_forms_on_a_sheet_and_forms_on_several() -> None:
    found = imported(document(B06A, B01XLD))
    assert [table.form for table in template(found).tables] == ["II.06a/VPCP/KSTT", "01/XLD"]
    assert not found.differences
    found = imported(workbook(B06A, B01XLD))
    assert [table.form for table in template(found).tables] == ["II.06a/VPCP/KSTT", "01/XLD"]


def test_measures_by_what_the_heading_says() -> None:
    form = Form(
        number="01/TTr",
        basis="Thông tư 02/2021/TT-TTCP",
        title=("TỔNG HỢP KẾT QUẢ THANH TRA HÀNH CHÍNH",),
        period="(Quý)",
        measure="Tiền (triệu đồng); đất (m²)",
        heads=(
            ("Đơn vị", "MS"),
            ("Số cuộc", "1"),
            ("Vi phạm", (("Tiền", "2"), ("Đất", "3"))),
            ("Tỷ lệ thu hồi (%)", "4"),
        ),
    )
    found = imported(workbook(form))
    (table,) = template(found).tables
    assert [column.measure for column in table.columns] == [None, "trieu_dong", "m2", None]
    assert [
        (each.label, each.base, int(each.factor))
        for each in template(found).measures
        if each.name == "trieu_dong"
    ] == [("triệu đồng", "dong", 1_000_000)]
    assert {"many_measures", "decimals", "ratio"} <= set(asked(found))


def test_fonts_from_before_unicode() -> None:
    from io import BytesIO

    from openpyxl import load_workbook
    from openpyxl.styles import Font

    from renderers.importing.sheets import _TCVN3
    from tests.importing.clerk import saved

    encoded = str.maketrans({letter: code for code, letter in _TCVN3.items()})
    book = load_workbook(BytesIO(workbook(B01XLD)))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.translate(encoded)
                cell.font = Font(name=".VnTime")
    found = imported(saved(book))
    labels = [column.label for column in template(found).tables[0].columns]
    assert labels[1:4] == ["Kỳ trước chuyển sang", "Tiếp nhận trong kỳ", "Đã xử lý"]
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            cell.font = Font(name="VNI-Times")
    assert "strange_font" in asked(imported(saved(book)))


def test_numbers_already_filled_in_are_left_out() -> None:
    found = imported(workbook(replace(B01XLD, rows=(("Xã A", "5", "3", "2"),))))
    assert "filled" in asked(found)


def test_a_slip_of_the_printed_form_is_pointed_at() -> None:
    """04/XLD as printed: 8=…=15+18 beside 16=17+18 takes the part 18 where the whole 16 belongs."""
    form = Form(
        number="04/XLD",
        basis="Thông tư 02/2021/TT-TTCP",
        title=("TỔNG HỢP KẾT QUẢ XỬ LÝ ĐƠN KIẾN NGHỊ, PHẢN ÁNH",),
        period="(Quý)",
        measure="Đơn",
        heads=(
            ("Đơn vị", "MS"),
            *((f"Cột {number}", str(number)) for number in range(1, 8)),
            ("Số vụ việc", "8=9+10+11+12=13+14=15+18"),
            *((f"Cột {number}", str(number)) for number in range(9, 16)),
            ("Không thuộc thẩm quyền", "16=17+18"),
            *((f"Cột {number}", str(number)) for number in range(17, 21)),
        ),
    )
    found = imported(workbook(form))
    assert not found.differences
    assert [each.severity for each in found.compilation.diagnostics] == ["warning"]
    (warning,) = found.compilation.diagnostics
    assert "c18" in found.source.text[warning.span.start : warning.span.end]


def test_a_measure_per_row_and_sections_across_the_table() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    from tests.importing.clerk import saved

    form = Form(
        number="01/KTXH",
        basis="Nghị định 09/2019/NĐ-CP",
        title=("CHỈ TIÊU KINH TẾ - XÃ HỘI",),
        period="(Tháng)",
        measure="",
        heads=(
            ("STT", "A"),
            ("Chỉ tiêu", "B"),
            ("Đơn vị tính", "C"),
            ("Tháng trước", "1"),
            ("Tháng này", "2"),
        ),
        rows=(
            ("I. KINH TẾ",),
            ("1", "Thu ngân sách", "triệu đồng"),
            ("2", "Diện tích gieo trồng", "ha"),
            ("II. XÃ HỘI",),
            ("1", "Số hộ nghèo", "hộ"),
        ),
    )
    book = load_workbook(BytesIO(workbook(form, blanks=0)))
    sheet = book.worksheets[0]
    for row in range(1, sheet.max_row + 1):
        if str(sheet.cell(row, 1).value).startswith("I") and sheet.cell(row, 2).value is None:
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
    found = imported(saved(book))
    assert not found.differences
    (table,) = template(found).tables
    assert [stub.shows for stub in table.stub] == ["code", "label", "measure"]
    assert [(row.label, row.code, row.measure) for row in table.rows] == [
        ("KINH TẾ", "I", None),
        ("Thu ngân sách", "1", "trieu_dong"),
        ("Diện tích gieo trồng", "2", "ha"),
        ("XÃ HỘI", "II", None),
        ("Số hộ nghèo", "1", "ho"),
    ]
