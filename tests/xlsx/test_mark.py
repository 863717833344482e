"""The marked copy of a workbook: everything that is wrong stands in it, and it is still the same report."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from compiler.cells import Layout
from compiler.findings import Finding, Place, sentence
from compiler.values import Address, Values
from renderers.xlsx.mark import LIST, marked
from renderers.xlsx.read import read
from renderers.xlsx.sheets import Book
from renderers.xlsx.write import render

C2 = Address("ket_qua", "1.1", "c2")
SINCE = Address("ket_qua", "43_1", "tu_ngay")


@pytest.fixture(scope="module")
def wrong(layout: Layout) -> bytes:
    """A blank form with two mistakes and somebody's comment."""
    book = openpyxl.load_workbook(BytesIO(render(layout, None)))
    for address, value in ((C2, "=năm"), (SINCE, "31/2/2026")):
        spot = Book(layout).cells[address]
        cell = book[spot.sheet].cell(spot.row, spot.column)
        cell.value, cell.data_type = value, "s"
        if address == C2:
            cell.comment = openpyxl.comments.Comment("hỏi lại anh Ba", "chị Tư")
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_every_problem_is_listed_coloured_and_commented(layout: Layout, wrong: bytes) -> None:
    reading = read(layout, wrong)
    assert [finding.code for finding in reading.findings] == ["not_a_number", "not_a_date"]
    copy = marked(wrong, reading.findings)
    assert copy is not None
    book = openpyxl.load_workbook(BytesIO(copy))
    assert book.sheetnames[0] == LIST
    assert book.active is book[LIST]
    listed = [row[:6] for row in book[LIST].iter_rows(min_row=4, values_only=True)]
    for number, (row, finding) in enumerate(zip(listed, reading.findings, strict=True), start=1):
        place = finding.place
        assert row == (number, "Lỗi", place.sheet, place.cell, place.words, sentence(finding))
        cell = book[place.sheet or ""][place.cell or ""]
        assert sentence(finding) in cell.comment.text
        formats = book[place.sheet or ""].conditional_formatting
        rules = [rule for area in formats if cell.coordinate in area for rule in area.rules]
        assert min(rules, key=lambda rule: rule.priority).formula == ['N("bieu")=0']
    spot = Book(layout).cells[C2]
    assert "hỏi lại anh Ba" in book[spot.sheet][spot.cell].comment.text
    assert book[LIST]["F4"].data_type == "s"


def test_marked_again_it_is_the_same(layout: Layout, wrong: bytes) -> None:
    copy = marked(wrong, read(layout, wrong).findings)
    assert copy is not None
    again = read(layout, copy)
    assert again.values == read(layout, wrong).values
    assert marked(copy, again.findings) == copy


def test_what_was_put_right_is_no_longer_marked(kit: Any, layout: Layout, wrong: bytes) -> None:
    copy = marked(wrong, read(layout, wrong).findings)
    assert copy is not None
    book = openpyxl.load_workbook(BytesIO(copy))
    spot = Book(layout).cells[C2]
    book[spot.sheet][spot.cell].value = 5
    target = BytesIO()
    book.save(target)
    reading = read(layout, target.getvalue())
    assert reading.values.cells == {C2: 5}
    second = marked(target.getvalue(), reading.findings)
    assert second is not None
    found = openpyxl.load_workbook(BytesIO(second))
    assert found[spot.sheet][spot.cell].comment.text == "hỏi lại anh Ba"
    assert found[LIST].max_row == 4


def test_a_marked_copy_is_opened_and_computed_by_libreoffice(
    layout: Layout, wrong: bytes, office: Any
) -> None:
    copy = marked(wrong, read(layout, wrong).findings)
    assert copy is not None
    [saved] = office.saved(copy)
    reading = read(layout, saved)
    assert [finding.code for finding in reading.findings] == ["not_a_number", "not_a_date"]
    book = openpyxl.load_workbook(BytesIO(saved))
    assert all(book[each.place.sheet or ""][each.place.cell or ""].comment for each in reading.findings)


def test_no_copy_is_made_of_what_is_right_or_no_workbook(kit: Any, layout: Layout, wrong: bytes) -> None:
    right = render(layout, kit.filling(layout, Values(cells={C2: 5})))
    assert marked(right, ()) is None
    finding = Finding(code="workbook_broken", severity="error", place=Place())
    assert marked(b"PK", [finding]) is None
    notice = Finding(code="required", severity="notice", place=Place(sheet="Biểu 02", cell="E11"))
    assert marked(wrong, [notice]) is None


@pytest.mark.parametrize("cell", ["XFD1048576", "A1"])
def test_a_place_outside_of_the_form_can_be_marked_too(wrong: bytes, cell: str) -> None:
    finding = Finding(code="required", severity="warning", place=Place(sheet="Biểu 02", cell=cell))
    copy = marked(wrong, [finding])
    assert copy is not None
    assert openpyxl.load_workbook(BytesIO(copy))["Biểu 02"][cell].comment is not None
