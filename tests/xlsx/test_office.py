"""A real LibreOffice opens, computes, saves and prints the workbooks: as the definition says, and nothing is lost."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

import openpyxl
import pikepdf
import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.values import Address, GroupKey, Values
from renderers.sentences import sentence_text
from renderers.validators import Validator
from renderers.xlsx.checks import FAILED, PASSED, UNKNOWN
from renderers.xlsx.outline import text_inputs
from renderers.xlsx.read import read_workbook
from renderers.xlsx.sheets import CHECKS, COVER, EARLIER, HELPERS, IDENTITY, OUTLINE, Book
from renderers.xlsx.write import render

EMPTY, FULL, PARTIAL = "nothing", "everything", "some"


def report(layout: Layout, how: str, seed: int) -> Values:
    """A plain report in the middle of what a form allows: totals stay within a spreadsheet's 15 digits."""
    chance = random.Random(f"{how} {seed}")
    present = {EMPTY: 0.0, FULL: 1.0, PARTIAL: 0.6}[how]

    def value(kind: str, scale: int, codes: tuple[str, ...]) -> int | str | bool:
        match kind:
            case "text":
                return chance.choice(["=1+1", "Ghi chú", "@x", "a\nb"]) + str(chance.randrange(100))
            case "date":
                return f"2026-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
            case "boolean":
                return chance.random() < 0.5
            case "choice":
                return chance.choice(codes)
            case _:
                return chance.randrange(0, 900 * 10**scale)

    lists = {codes.name: tuple(code.code for code in codes.codes) for codes in layout.template.code_lists}

    def any_value(type: Any) -> int | str | bool:
        return value(type.kind, type.scale, lists.get(type.code_list or "", ()))

    cells = {
        cell.address: any_value(cell.type)
        for cell in layout.cells
        if cell.kind in {"entered", "carried"} and chance.random() < present
    }
    added = {}
    for group in layout.groups:
        rows = [
            {
                column.column.name: any_value(column.type)
                for column in group.columns
                if column.kind != "computed" and chance.random() < present
            }
            for _ in range(5)
        ]
        added[group.key] = tuple(row for row in rows if row)
    captured = {key: chance.randrange(0, 900) for key in layout.captures if chance.random() < present}
    names = [item.name for item in text_inputs(layout.template.outline)]
    texts = {name: "Một.\nHai." for name in names if how != EMPTY}
    return Values(cells=cells, added=added, texts=texts, captured=captured)


@pytest.fixture(scope="module")
def computed(kit: Any, office: Any) -> list[tuple[Layout, Evaluation, bytes]]:
    """Reports of every form, each with its definition's evaluation and the workbook that LibreOffice computed."""
    cases = [
        (layout, report(layout, how, seed))
        for layout in kit.layouts.values()
        for how, seed in ((EMPTY, 0), (FULL, 1), (PARTIAL, 2), (PARTIAL, 3))
    ]
    books = office.saved(*(render(layout, kit.filling(layout, values)) for layout, values in cases))
    return [
        (layout, evaluate_report(layout, values), book)
        for (layout, values), book in zip(cases, books, strict=True)
    ]


def test_libreoffice_computes_what_the_definition_says(computed: Any) -> None:
    results = 0
    for layout, evaluation, data in computed:
        values, _, findings = read_workbook(layout, data)
        assert findings == ()
        expected = {
            address: value
            for address, value in evaluation.values.cells.items()
            if layout.by_address[address].kind == "computed"
        }
        found = {
            address: value
            for address, value in values.cells.items()
            if layout.by_address[address].kind == "computed"
        }
        assert found == expected
        results += len(found)
        assert values.added == {key: rows for key, rows in evaluation.values.added.items() if rows}
    assert results > 600  # or LibreOffice computed nothing at all


def test_a_workbook_saved_again_is_recognised_and_reads_the_same(computed: Any) -> None:
    for layout, evaluation, data in computed:
        values, identity, findings = read_workbook(layout, data)
        assert (findings, values) == (
            (),
            Values(
                cells=evaluation.values.cells,
                added={key: rows for key, rows in evaluation.values.added.items() if rows},
                texts=evaluation.values.texts,
                captured=evaluation.values.captured,
            ),
        )
        assert identity is not None
        assert (identity.regime, identity.unit, identity.period) == (
            layout.template.regime,
            "21025",
            "2026-Q3",
        )
        # Nothing differs from what the server computes again.
        _, wrong = Validator(layout).validate(values)
        assert [finding for finding in wrong if finding.code in {"computed_differs", "carried_differs"}] == []


def test_checks_show_the_state_the_definition_gives(computed: Any) -> None:
    states = set()
    for layout, evaluation, data in computed:
        sheet = openpyxl.load_workbook(BytesIO(data), data_only=True)[CHECKS]
        for number, (placed, spot) in enumerate(zip(layout.checks, Book(layout).checks, strict=True)):
            outcomes = [outcome.holds for outcome in evaluation.outcomes if outcome.placed == placed]
            expected = FAILED if False in outcomes else PASSED if True in outcomes else UNKNOWN
            assert sheet.cell(spot.row, spot.column).value == expected, (
                number,
                placed.check.name,
                placed.place,
            )
            states.add(expected)
    assert states == {FAILED, PASSED, UNKNOWN}


def test_sentences_say_what_the_report_says(computed: Any) -> None:
    said = 0
    for layout, evaluation, data in computed:
        book = openpyxl.load_workbook(BytesIO(data), data_only=True)
        for line in Book(layout).outline:
            if line.item.item == "sentence":
                expected = sentence_text(line.item, layout, evaluation.values)
                assert book[OUTLINE].cell(line.row, 1).value == expected
                said += 1
    assert said >= 8


def test_sheets_stay_hidden_and_protected(computed: Any) -> None:
    _, _, data = computed[0]
    book = openpyxl.load_workbook(BytesIO(data))
    assert {sheet.title for sheet in book if sheet.sheet_state != "visible"} >= {HELPERS, EARLIER, IDENTITY}
    for sheet in book:
        assert sheet.protection.sheet
        # In a protected sheet the widths of columns and heights of rows can still be changed.
        assert not sheet.protection.formatColumns
        assert not sheet.protection.formatRows


def test_completeness_is_counted(kit: Any, office: Any, layout: Layout) -> None:
    values = Values(
        cells={Address("ket_qua", "1.1", "c2"): 3, Address("ket_qua", "1.1", "c4"): 9},
        added={GroupKey("du_an", "muc"): ({"ten": "A"}, {"von": 7, "chi": 8})},
    )
    blank, some = office.saved(render(layout, None), render(layout, kit.filling(layout, values)))

    def state(data: bytes) -> tuple[dict[str, tuple[object, ...]], str]:
        rows = list(openpyxl.load_workbook(BytesIO(data), data_only=True)[COVER].iter_rows(values_only=True))
        start = next(number for number, row in enumerate(rows) if row[0] == "Phần")
        end = next(number for number, row in enumerate(rows) if row[0] == "Cộng")
        return {str(row[0]): row[1:] for row in rows[start + 1 : end + 1]}, str(rows[end + 1][0])

    found, verdict = state(blank)
    assert found["Biểu 02"] == ("0 / 44", 5, 0, 0)
    assert found["Danh sách dự án"] == ("0 dòng", 0, 0, 0)
    assert found["Thuyết minh"] == ("0 / 2", 1, 0, 0)
    assert verdict == "Chưa nhập số liệu. Chưa ghi mã đơn vị hoặc kỳ báo cáo. Còn thiếu 6 ô bắt buộc. "
    found, verdict = state(some)
    assert found["Biểu 02"] == ("2 / 44", 4, 2, 0)  # in the field's row and in the total
    assert found["Danh sách dự án"] == ("2 dòng", 2, 2, 0)  # row A has no vốn, the other no name
    assert verdict.startswith("Còn thiếu 7 ô bắt buộc. Còn 4 lỗi phải sửa. ")


def test_the_workbook_prints(kit: Any, office: Any) -> None:
    """Every printed page is A4, the wide tables lie, and no table is cut in its width."""
    layouts = list(kit.layouts.values())
    pdfs = office.saved(*(render(layout, None) for layout in layouts), to="pdf")
    for layout, data in zip(layouts, pdfs, strict=True):
        pages = pikepdf.open(BytesIO(data)).pages
        sizes = [tuple(sorted(round(float(side)) for side in page.mediabox[2:])) for page in pages]
        assert set(sizes) == {(595, 842)}
        plans = Book(layout).tables.values()
        lying = [page for page in pages if float(page.mediabox[2]) > float(page.mediabox[3])]
        assert len(lying) >= sum(plan.landscape for plan in plans)
        assert len(pages) <= 6 + 2 * len(plans)
