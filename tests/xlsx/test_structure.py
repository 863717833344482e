"""What a written workbook is made of: look of the printed form, inputs that refuse, formulas, protection, names."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import Layout, heading_grid
from compiler.template import Column, OverUnits, Row, StubColumn, Table, Template, ValueType
from compiler.values import Address, GroupKey, Values
from renderers.xlsx.names import Spot, cell_name, defined_name, read_reference, sheet_titles
from renderers.xlsx.read import read_workbook
from renderers.xlsx.sheets import CHECKS, COVER, OUTLINE, SHOWN_ROWS, Book
from renderers.xlsx.write import render

C2 = Address("ket_qua", "1.1", "c2")
PROJECTS = GroupKey("du_an", "muc")


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(data))


@pytest.fixture(scope="module")
def blank(layout: Layout) -> Workbook:
    return opened(render(layout, None))


def sheet_of(book: Workbook, title: str) -> Worksheet:
    sheet = book[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def rule_at(book: Workbook, spot: Spot) -> DataValidation:
    rules = [
        rule for rule in sheet_of(book, spot.sheet).data_validations.dataValidation if spot.cell in rule.sqref
    ]
    assert len(rules) == 1, spot
    found: DataValidation = rules[0]
    return found


def test_sheets_come_in_the_order_a_person_goes(blank: Workbook) -> None:
    visible = [sheet.title for sheet in blank if sheet.sheet_state == "visible"]
    assert visible == [COVER, "Biểu 02", "Danh sách dự án", "Nhân lực", OUTLINE, CHECKS]


def test_the_heading_spans_as_printed(blank: Workbook, layout: Layout) -> None:
    plan = Book(layout).tables["ket_qua"]
    sheet = sheet_of(blank, plan.title)
    found = {}
    for area in sheet.merged_cells.ranges:
        label = sheet.cell(area.min_row, area.min_col).value
        found[label] = (area.max_col - area.min_col + 1, area.max_row - area.min_row + 1)
    for row in heading_grid(plan.table):
        for cell in row:
            if (cell.colspan, cell.rowspan) != (1, 1):
                label = next(
                    text for text in found if text is not None and str(text).split("\n")[0] == cell.label
                )
                assert found[label] == (cell.colspan, cell.rowspan)
    assert found["STT"] == (1, len(heading_grid(plan.table)))


def test_the_form_says_what_it_is(blank: Workbook) -> None:
    sheet = sheet_of(blank, "Biểu 02")
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    for words in (
        "Biểu số: 02/KQ/THU",
        "(Ban hành kèm theo Thông tư số 00/2026/TT-THU)",
        "Đơn vị tính: người",
    ):
        assert any(text.startswith(words) for text in said), words
    for words in ("Người lập biểu", "Người kiểm tra", "Thủ trưởng đơn vị", "Số liệu tính đến hết ngày 14."):
        assert words in said
    assert any(text == "Kinh phí\n(triệu đồng)" for text in said)


def test_printing_is_set_up(blank: Workbook, layout: Layout) -> None:
    for plan in Book(layout).tables.values():
        sheet = sheet_of(blank, plan.title)
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == ("landscape" if plan.landscape else "portrait")
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == f"${plan.heading}:${plan.body - 1}"
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith(str(plan.body))
        assert not sheet.sheet_view.showGridLines


def test_only_inputs_are_open(blank: Workbook, layout: Layout) -> None:
    plan = Book(layout)
    for cell in layout.cells:
        spot = plan.cells[cell.address]
        locked = sheet_of(blank, spot.sheet).cell(spot.row, spot.column).protection.locked
        assert locked == (cell.kind not in {"entered", "carried"}), cell.address
    for (key, name), block in plan.blocks.items():
        kind = next(column.kind for column in layout.group_of[key].columns if column.column.name == name)
        assert sheet_of(blank, block.sheet).cell(block.last, block.column).protection.locked == (
            kind == "computed"
        )


def test_protection_keeps_a_sheet_usable(blank: Workbook) -> None:
    for sheet in blank.worksheets:
        protection = sheet.protection
        assert protection.sheet
        assert protection.password is None
        assert protection.hashValue is None
        allowed = {
            name
            for name in (
                "formatColumns",
                "formatRows",
                "selectLockedCells",
                "selectUnlockedCells",
                "insertRows",
                "deleteRows",
            )
            if not getattr(protection, name)
        }
        usual = {"formatColumns", "formatRows", "selectLockedCells", "selectUnlockedCells"}
        # Only where a unit adds rows itself; the names of its cells grow with them.
        grows = sheet.title in {"Danh sách dự án", "Nhân lực"}
        assert allowed == (usual | {"insertRows"} if grows else usual)


def test_a_carried_value_is_locked_where_it_is_known(kit: Any, layout: Layout) -> None:
    carried = [cell for cell in layout.cells if cell.kind == "carried"]
    known = next(key for key in layout.captures if key.function == "prior" and key.address.row == "1.1")
    book = opened(render(layout, kit.filling(layout, Values(captured={known: 12}))))
    for cell in carried:
        spot = Book(layout).cells[cell.address]
        found = sheet_of(book, spot.sheet).cell(spot.row, spot.column)
        assert (found.protection.locked, found.value) == (
            (True, 12) if cell.address.row == "1.1" else (False, None)
        )


def test_inputs_refuse_and_say_why(blank: Workbook, layout: Layout) -> None:
    plan = Book(layout)

    def rule(column: str) -> DataValidation:
        return rule_at(blank, plan.cells[Address("ket_qua", "1.1", column)])

    whole = rule("c2")
    assert (whole.type, whole.formula1, whole.formula2) == ("whole", "0", "999999999999999")
    assert whole.promptTitle == "Mới"
    assert whole.prompt == "Bắt buộc nhập. Số nguyên, ≥ 0. Không phát sinh thì ghi 0."
    assert whole.error == "Phải là số nguyên, ≥ 0, không quá 15 chữ số."
    assert whole.errorStyle in {None, "stop"}
    assert whole.allowBlank
    decimal = rule("cong")
    assert (decimal.type, decimal.formula1, decimal.formula2) == ("decimal", "0.1", "149.9")
    assert rule("kinh_phi").type == "whole"
    assert rule("dat").formula1 == '"Có,Không"'
    assert rule("tu_ngay").type == "date"
    text = rule("ghi_chu")
    assert (text.type, text.operator, text.formula1) == ("textLength", "lessThanOrEqual", "60")
    codes = rule("loai")
    assert codes.type == "list"
    block = plan.codes["loai"].labels
    assert codes.formula1 == block.absolute
    labels = [
        sheet_of(blank, block.sheet).cell(row, block.column).value
        for row in range(block.first, block.last + 1)
    ]
    assert labels == ["Đầu tư công", "Đầu tư tư nhân", "đầu tư TƯ nhân khác", "Loại cũ"]


def test_every_input_has_a_rule(kit: Any) -> None:
    for layout in kit.layouts.values():
        book, plan = opened(render(layout, None)), Book(layout)
        for cell in layout.cells:
            if cell.kind in {"entered", "carried"}:
                rule = rule_at(book, plan.cells[cell.address])
                assert rule.prompt
                assert len(rule.prompt) <= 255
                assert rule.error
                assert len(rule.error) <= 225
                assert len(rule.promptTitle or "") <= 32
        for (key, name), block in plan.blocks.items():
            if layout.group_of[key].row.columns[0].name == name:
                rule_at(book, block.spot(0))
                rule_at(book, block.spot(block.last - block.first))


def test_codes_out_of_force_are_not_offered(kit: Any, layout: Layout) -> None:
    """In a report for 2026 the code that ended in 2020 stands last on its sheet, outside the range to choose from."""
    book = opened(render(layout, kit.filling(layout, Values())))
    rule = rule_at(book, Book(layout).cells[Address("ket_qua", "1.1", "loai")])
    first, last = read_reference(rule.formula1 or "") or (None, None)
    assert first is not None
    assert last is not None
    sheet = sheet_of(book, first.sheet)
    assert [sheet.cell(row, first.column).value for row in range(first.row, last.row + 2)][-1] == "Loại cũ"
    assert last.row - first.row + 1 == 3


def test_no_text_becomes_a_formula(kit: Any, layout: Layout) -> None:
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "#REF!", "\t=1"]
    note = Address("ket_qua", "1.1", "ghi_chu")
    for text in nasty:
        values = Values(cells={note: text}, texts={"danh_gia": text}, added={PROJECTS: ({"ten": text},)})
        filling = kit.filling(layout, values, text)
        book = opened(render(layout, filling))
        plan = Book(layout, filling.values)
        spots = [plan.cells[note], plan.texts["danh_gia"][0], plan.blocks[PROJECTS, "ten"].spot(0)]
        for spot in spots:
            cell = sheet_of(book, spot.sheet).cell(spot.row, spot.column)
            assert (cell.data_type, cell.value) == ("s", text)
            assert cell.number_format == "@"  # so that it stays one when it is edited
        # Every formula is one of ours: what an author or a unit wrote is in it as a quoted text at most.
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        bare = re.sub(r'"(?:[^"]|"")*"', "", str(cell.value))
                        assert "HYPERLINK" not in bare
                        assert "thử" not in bare


def test_an_authors_text_is_no_formula(blank: Workbook) -> None:
    said = {
        str(cell.value): cell.data_type
        for sheet in blank.worksheets
        for row in sheet.iter_rows()
        for cell in row
    }
    for text in (
        "=Nêu khái quát.",
        "=BÁO CÁO \"THỬ\" & KIỂM <TRA> 'BẢNG' TÍNH",
        "- =1+1 là ghi chú, không phải công thức.",
    ):
        assert said[text] == "s"


def test_computed_cells_are_native_formulas(blank: Workbook, layout: Layout) -> None:
    plan = Book(layout)

    def at(spot: Spot) -> str:
        cell = sheet_of(blank, spot.sheet).cell(spot.row, spot.column)
        assert cell.data_type == "f"
        return str(cell.value)

    c1, c2, c3 = (plan.cells[Address("ket_qua", "1.1", name)].cell for name in ("c1", "c2", "c3"))
    assert at(plan.cells[Address("ket_qua", "1.1", "c1")]) == f'=IF(COUNT({c2},{c3})=0,"",SUM({c2},{c3}))'
    assert c1 != c2
    block = plan.blocks[PROJECTS, "con"]
    assert at(block.spot(0)).startswith("=IF(COUNTA(")
    assert plan.blocks[PROJECTS, "von"].fixed in at(plan.cells[Address("du_an", "tong", "von")])
    for cell in layout.cells:
        if cell.kind == "computed":
            assert at(plan.cells[cell.address])


def test_percent_and_numbers_are_shown_as_printed(blank: Workbook, layout: Layout) -> None:
    plan = Book(layout)
    formats = {
        column: sheet_of(blank, "Biểu 02").cell(spot.row, spot.column).number_format
        for column in ("c1", "ty_le", "cong", "tu_ngay", "ghi_chu")
        for spot in [plan.cells[Address("ket_qua", "1.1", column)]]
    }
    assert formats == {
        "c1": "#,##0",
        "ty_le": "0.00%",
        "cong": "#,##0.0",
        "tu_ngay": "dd/mm/yyyy",
        "ghi_chu": "@",
    }


def test_spare_rows_are_as_many_as_the_form_allows_and_the_rest_is_hidden(
    blank: Workbook, layout: Layout
) -> None:
    block = Book(layout).blocks[PROJECTS, "ten"]
    assert block.last - block.first + 1 == 40
    sheet = sheet_of(blank, block.sheet)
    hidden = [bool(sheet.row_dimensions[row].hidden) for row in range(block.first, block.last + 1)]
    assert hidden == [False] * SHOWN_ROWS + [True] * (40 - SHOWN_ROWS)
    few = Book(layout).blocks[GroupKey("nhan_luc", "to"), "ten"]
    assert few.last - few.first + 1 == 8


def test_failing_checks_colour_the_cells_they_read(blank: Workbook, layout: Layout) -> None:
    number = next(n for n, placed in enumerate(layout.checks) if placed.place == "ket_qua[1.1]")
    read = {Book(layout).cells[Address("ket_qua", "1.1", name)].cell for name in ("c4", "c1")}
    rules = sheet_of(blank, "Biểu 02").conditional_formatting
    marked = {
        str(area.sqref): [rule.formula for rule in area.rules]
        for area in rules
        if any(cell in area.sqref for cell in read)
    }
    assert [f'check.{number}="Không đạt"'] in [
        formula for formulas in marked.values() for formula in formulas
    ]


def test_everything_is_computed_when_it_is_opened(blank: Workbook) -> None:
    assert blank.calculation.fullCalcOnLoad


def test_nothing_in_the_archive_tells_the_time(layout: Layout) -> None:
    with zipfile.ZipFile(BytesIO(render(layout, None))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")
        assert b"202" not in archive.read("docProps/core.xml")


# -- names

PART = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(first=st.lists(PART, min_size=1, max_size=4), second=st.lists(PART, min_size=1, max_size=4))
def test_names_are_valid_and_told_apart_without_case(first: list[str], second: list[str]) -> None:
    one, other = defined_name(*first), defined_name(*second)
    assert re.fullmatch(r"[a-z_][a-z0-9_.]*", one)
    assert len(one) <= 255
    assert (one == other) == (first == second)


def test_names_read_like_addresses() -> None:
    assert cell_name(Address("b06a", "dat_dai", "c4")) == "b06a.dat_dai.c4"
    assert cell_name(Address("b", "1.1", "C4")) == "b.1..2e..1...43..4"
    assert len({defined_name("a" * 300 + end, "b") for end in "xyz"}) == 3


@given(wanted=st.lists(st.text(max_size=60), max_size=8))
def test_sheet_titles_are_valid_and_unique(wanted: list[str]) -> None:
    titles = sheet_titles(wanted, ("Hướng dẫn",))
    assert len({title.casefold() for title in (*titles, "Hướng dẫn")}) == len(wanted) + 1
    for title in titles:
        assert 1 <= len(title.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", title)
        assert not title.startswith("'")
        assert not title.endswith("'")


# -- odd forms


def odd_template(**changes: Any) -> Template:
    number = Column(name="so", label="Số", type=ValueType(kind="integer"), over_units=OverUnits(rule="sum"))
    own = Column(
        name="ten",
        label="Tên vụ",
        type=ValueType(kind="text", max_length=50),
        over_units=OverUnits(rule="none"),
    )
    table = Table(
        name="a1",
        title="History",
        stub=(StubColumn(label="STT", shows="ordinal"),),
        headings=("so",),
        columns=(number,),
        rows=(Row(name="vu", label="Vụ", kind="added", columns=(own,)),),
    )
    template = Template(
        package="thu.la",
        version="1.0.0",
        package_title="Lạ",
        regime="la",
        title="Lạ",
        kind="periodic",
        period_types=(),
        filled_by=(),
        goes_to="",
        tables=(table.model_copy(update=changes),),
    )
    return Template.model_validate(template.model_dump())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"columns": (), "headings": ()},
        {"stub": ()},
        {"stub": (StubColumn(label="Tên", shows="label"), StubColumn(label="Mã", shows="code"))},
        {"rows": (Row(name="r", label="", kind="fixed"),)},
        {"rows": (), "title": "x" * 400, "form": "/"},
        {"orientation": "landscape", "footnotes": ("=1", "x" * 5000)},
    ],
)
def test_odd_forms_are_written_and_read(kit: Any, changes: dict[str, Any]) -> None:
    layout = Layout(odd_template(**changes))
    filling = kit.filling(layout, Values())
    for made in (render(layout, None), render(layout, filling)):
        opened(made)
        values, identity, findings = read_workbook(layout, made)
        assert (values, findings) == (Values(), ())
        assert identity is not None


def hostile(layout: Layout) -> Layout:
    """The test's form after every text an author wrote became 50,000 characters, and its sentences as long."""
    long = "Dài" * 15_000 + " & \"'<>]]>_x0041_" + " từ" * 1_500

    def longer(data: Any) -> Any:
        if isinstance(data, list | tuple):
            return [longer(part) for part in data]
        if not isinstance(data, dict):
            return data
        words = {"label", "title", "message", "note", "text", "package_title", "form"}
        return {
            key: value + long
            if key in words and isinstance(value, str)
            else [f"{part}{long}" if isinstance(part, str) else longer(part) for part in value]
            if key in {"footnotes", "notes", "basis", "parts"}
            else longer(value)
            for key, value in data.items()
        }

    return Layout(Template.model_validate(longer(layout.template.model_dump())))


def test_texts_without_measure_stay_within_excels_limits(kit: Any, layout: Layout) -> None:
    """What goes beyond them Excel calls damaged, and offers to repair by throwing it away."""
    grown = hostile(layout)
    filling = kit.filling(grown, Values(cells={C2: 3}))
    made = render(grown, filling)
    book = opened(made)
    for sheet in book.worksheets:
        assert len(sheet.title.encode("utf-16-le")) <= 62
        assert all(row.height is None or row.height <= 409.5 for row in sheet.row_dimensions.values())
        assert all(column.width <= 255 for column in sheet.column_dimensions.values())
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert len(str(cell.value)) <= 8192
                    literals = re.findall(r'"((?:[^"]|"")*)"', str(cell.value))
                    assert all(len(text) <= 255 for text in literals)
                elif isinstance(cell.value, str):
                    assert len(cell.value.encode("utf-16-le")) <= 2 * 32_767
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.prompt or "") <= 255
            assert len(rule.error or "") <= 225
            assert len(rule.promptTitle or "") <= 32
    values, _, findings = read_workbook(grown, made)
    assert (values.cells, findings) == (kit.entered(grown, filling.values).cells, ())
