"""What people and programs do to a workbook, and files that are none: everything is named, at its cell, all at once."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import Layout
from compiler.findings import Finding, sentence
from compiler.template import Template
from compiler.values import Address, GroupKey, Values
from renderers.validators import Validator
from renderers.xlsx import gate
from renderers.xlsx.read import read, read_workbook
from renderers.xlsx.sheets import CHECKS, CODES, EARLIER, HELPERS, IDENTITY, Book
from renderers.xlsx.write import render

C2 = Address("ket_qua", "1.1", "c2")
C4 = Address("ket_qua", "1.1", "c4")
MONEY = Address("ket_qua", "1.1", "kinh_phi")
RATIO = Address("ket_qua", "1.1", "ty_le")
TOTAL = Address("ket_qua", "tong", "c1")
TICK = Address("ket_qua", "1.1", "dat")
KIND = Address("ket_qua", "1.1", "loai")
SINCE = Address("ket_qua", "1.1", "tu_ngay")
NOTE = Address("ket_qua", "1.1", "ghi_chu")
CROSSED = Address("ket_qua", "rieng", "kinh_phi")
PROJECTS = GroupKey("du_an", "muc")


@pytest.fixture(scope="module")
def blank(layout: Layout) -> bytes:
    return render(layout, None)


def edited(data: bytes, edit: Callable[[Workbook], object]) -> bytes:
    """The workbook after somebody's program changed it."""
    book = openpyxl.load_workbook(BytesIO(data))
    edit(book)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def entering(layout: Layout, cells: dict[Address, object]) -> Callable[[Workbook], None]:
    """Write into cells, whatever it is."""

    def edit(book: Workbook) -> None:
        for address, value in cells.items():
            spot = Book(layout).cells[address]
            book[spot.sheet].cell(spot.row, spot.column).value = value  # type: ignore[assignment]

    return edit


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("address", "typed", "held"),
    [
        (C2, 5, 5),
        (C2, 0, 0),
        (C2, 5.0, 5),
        (C2, "1.234", 1234),
        (C2, " 1 234 ", 1234),
        (C2, "-7", -7),
        (MONEY, "1.234.567", 1234567),
        (Address("ket_qua", "1.1", "cong"), "12,5", 125),
        (Address("ket_qua", "1.1", "cong"), 0.1 + 0.2, 3),  # 15 digits of what a double holds
        (Address("ket_qua", "1.1", "cong"), 12.5, 125),
        (TICK, True, True),
        (TICK, "không", False),
        (TICK, "CÓ", True),
        (KIND, "Đầu tư tư nhân", "tu"),
        (KIND, "đầu tư  CÔNG", "cong"),
        (KIND, "TU2", "TU2"),
        (SINCE, "30/9/2026", "2026-09-30"),
        (SINCE, "2026-09-30", "2026-09-30"),
        (SINCE, 46295, "2026-09-30"),  # pasted without its format
        (C2, date(1900, 1, 5), 5),  # a date's format pasted over a number
        (C2, datetime(1900, 4, 9), 100),  # noqa: DTZ001  as in a sheet: no zone
        (C2, time(), 0),
        (C2, "1\xa0234", 1234),
        (C2, "１２", 12),
        (NOTE, 12, "12"),
        (NOTE, 1.5, "1,5"),
        (NOTE, "  ", None),
        (C2, "", None),
    ],
)
def test_what_can_mean_only_one_thing_is_taken(
    layout: Layout, blank: bytes, address: Address, typed: object, held: object
) -> None:
    values, _, findings = read_workbook(layout, edited(blank, entering(layout, {address: typed})))
    assert findings == ()
    assert values.cells == ({} if held is None else {address: held})


@pytest.mark.parametrize(
    ("address", "typed", "code", "says"),
    [
        (C2, "1.5", "unclear_number", "1.5"),
        (C2, "năm", "not_a_number", "năm"),
        (C2, 1.5, "too_many_decimals", "1,5"),
        (C2, True, "not_a_number", "TRUE"),
        (C2, date(2026, 2, 1), "number_as_date", "01/02/2026"),  # somebody typed 1/2
        (C2, "5 hồ sơ", "not_a_number", "5 hồ sơ"),
        (C2, "(5)", "not_a_number", "(5)"),
        (C2, "1,234,567.89", "unclear_number", "1.234.567,89"),
        (C2, 10**15, "too_many_digits", "1000000000000000"),
        (C2, "#REF!", "cell_error", "#REF!"),
        (TICK, "có lẽ", "not_a_boolean", "có lẽ"),
        (KIND, "Loại lạ", "not_in_list", "Loại lạ"),
        (SINCE, "31/2/2026", "not_a_date", "31/2/2026"),
        (NOTE, "x" * 61, "text_too_long", "61"),
        (CROSSED, 5, "not_applicable", "5"),
    ],
)
def test_what_is_wrong_is_named_at_its_cell(
    layout: Layout, blank: bytes, address: Address, typed: object, code: str, says: str
) -> None:
    values, _, findings = read_workbook(layout, edited(blank, entering(layout, {address: typed})))
    assert codes(findings) == [code]
    place, spot = findings[0].place, Book(layout).cells[address]
    assert (place.sheet, place.cell) == (spot.sheet, spot.cell)
    assert (place.table, place.row, place.column) == address
    assert " › " in place.words
    assert says in sentence(findings[0])
    assert address not in values.cells


def test_every_problem_is_named_at_once(layout: Layout, blank: bytes) -> None:
    wrong = entering(layout, {C2: "a", C4: "b", MONEY: "c", SINCE: "d"})
    _, _, findings = read_workbook(layout, edited(blank, wrong))
    assert codes(findings) == ["not_a_number", "not_a_number", "not_a_number", "not_a_date"]


def test_a_number_over_a_formula_is_given_to_compare(kit: Any, layout: Layout) -> None:
    written = render(layout, kit.filling(layout, Values(cells={C2: 5, C4: 2})))
    reading = read(layout, edited(written, entering(layout, {TOTAL: 99})))
    assert reading.values.cells[TOTAL] == 99
    _, findings = Validator(layout).validate(reading.values)
    wrong = [reading.located(finding) for finding in findings if finding.code == "computed_differs"]
    spot = Book(layout).cells[TOTAL]
    assert [(finding.place.sheet, finding.place.cell, finding.values["found"]) for finding in wrong] == [
        (spot.sheet, spot.cell, "99")
    ]


def test_a_formula_that_shows_an_error_is_a_warning(layout: Layout, blank: bytes) -> None:
    _, _, findings = read_workbook(layout, edited(blank, entering(layout, {RATIO: "#DIV/0!"})))
    assert [(finding.code, finding.severity) for finding in findings] == [("cell_error", "warning")]


def test_a_formula_typed_into_an_input_counts_by_its_result(layout: Layout, blank: bytes) -> None:
    """Without a result, from a program that computes nothing, it is no blank that could be overlooked."""
    _, _, findings = read_workbook(layout, edited(blank, entering(layout, {C2: "=2+3"})))
    assert codes(findings) == ["cell_not_calculated"]


def test_merged_inputs_are_named(layout: Layout, blank: bytes) -> None:
    left, right = (
        Book(layout).cells[Address("nhan_luc", "I", "nam")],
        Book(layout).cells[Address("nhan_luc", "I", "nu")],
    )
    merged = edited(blank, lambda book: book[left.sheet].merge_cells(f"{left.cell}:{right.cell}"))
    _, _, findings = read_workbook(layout, merged)
    assert [(finding.code, finding.place.cell) for finding in findings] == [("cell_merged", right.cell)]


def test_sheets_may_move_and_more_may_be_added(kit: Any, layout: Layout) -> None:
    filling = kit.filling(layout, Values(cells={C2: 5}, added={PROJECTS: ({"ten": "A", "von": 3},)}))

    def shuffle(book: Workbook) -> None:
        book.move_sheet(Book(layout).cells[C2].sheet, 3)
        book.create_sheet("Nháp của tôi", 0)["A1"] = "=1+1"

    values, identity, findings = read_workbook(layout, edited(render(layout, filling), shuffle))
    assert (values, findings) == (kit.entered(layout, filling.values), ())
    assert identity is not None


def test_a_renamed_sheet_is_found_by_the_names_of_its_cells(layout: Layout, blank: bytes) -> None:
    """As spreadsheet programs do it: the names follow the sheet."""
    title = Book(layout).cells[C2].sheet

    def rename(book: Workbook) -> None:
        entering(layout, {C2: 5})(book)
        for name in book.defined_names.values():
            name.attr_text = name.attr_text.replace(f"'{title}'!", "'Tên ''mới'''!")
        book[title].title = "Tên 'mới'"

    values, _, findings = read_workbook(layout, edited(blank, rename))
    assert (values.cells, findings) == ({C2: 5}, ())


def test_a_deleted_sheet_and_a_deleted_row_are_named(layout: Layout, blank: bytes) -> None:
    def delete(book: Workbook) -> None:
        del book[Book(layout).cells[Address("nhan_luc", "I", "nam")].sheet]
        for name, definition in book.defined_names.items():
            if name.startswith("ket_qua.rieng."):
                definition.attr_text = "#REF!"

    _, _, findings = read_workbook(layout, edited(blank, delete))
    assert "table_missing" in codes(findings)
    lost = [finding.place.row for finding in findings if finding.code == "cell_missing"]
    assert "rieng" in lost
    assert len(findings) < 30


def test_rows_below_others_left_blank_are_counted_without_them(layout: Layout, blank: bytes) -> None:
    block = Book(layout).blocks[PROJECTS, "ten"]

    def fill(book: Workbook) -> None:
        sheet = book[block.sheet]
        assert isinstance(sheet, Worksheet)
        sheet.cell(block.first + 3, block.column).value = "Thứ nhất"
        sheet.cell(block.first + 7, block.column).value = "Thứ hai"
        sheet.cell(block.first + 7, block.column + 1).value = "Loại lạ"

    values, _, findings = read_workbook(layout, edited(blank, fill))
    assert values.added == {PROJECTS: ({"ten": "Thứ nhất"}, {"ten": "Thứ hai"})}
    assert [(finding.code, finding.place.index, finding.place.words) for finding in findings] == [
        ("not_in_list", 2, "Dự án 2 › Loại")
    ]


def test_the_cover_of_a_blank_form_says_who_and_when(layout: Layout, blank: bytes) -> None:
    def sign(book: Workbook) -> None:
        for field, value in (("unit", "21025"), ("unit_name", "Xã Sơn Hà"), ("period", "2026-Q3")):
            found = book.defined_names[f"identity.{field}"].attr_text
            title, cell = found.rsplit("!", 1)
            book[title.strip("'")][cell.replace("$", "")] = value

    _, identity, findings = read_workbook(layout, edited(blank, sign))
    assert findings == ()
    assert identity is not None
    assert (identity.unit, identity.unit_name, identity.period) == ("21025", "Xã Sơn Hà", "2026-Q3")


# -- not this workbook


def other(layout: Layout, **changes: object) -> bytes:
    template = Template.model_validate(layout.template.model_dump() | changes)
    return render(Layout(template), None)


def test_other_workbooks_are_told_apart(kit: Any, layout: Layout) -> None:
    empty = BytesIO()
    openpyxl.Workbook().save(empty)
    cases = {
        "not_our_workbook": empty.getvalue(),
        "wrong_regime": render(kit.layouts["kstt_quy"], None),
        "wrong_version": other(layout, version="2.0.0"),
        "wrong_template": other(layout, title="Sửa tên"),
    }
    for code, data in cases.items():
        values, identity, findings = read_workbook(layout, data)
        assert (values, codes(findings)) == (Values(), [code])
        assert (identity is None) == (code == "not_our_workbook")


@pytest.mark.parametrize("kept", ["properties", "sheet"])
def test_either_mark_is_enough_to_recognise_a_workbook(layout: Layout, blank: bytes, kept: str) -> None:
    def strip(book: Workbook) -> None:
        if kept == "properties":
            del book[IDENTITY]
        else:
            book.custom_doc_props.props.clear()  # type: ignore[attr-defined]

    _, identity, findings = read_workbook(layout, edited(blank, strip))
    assert findings == ()
    assert identity is not None
    assert identity.regime == layout.template.regime


def zipped(parts: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_part(data: bytes, pattern: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one part changed."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if re.fullmatch(pattern, name))
    parts[name] = change(parts[name])
    return zipped(parts)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">%s]><b>&x9;</b>""" % b"".join(
    b'<!ENTITY x%d "%s">' % (level, (b"&x%d;" % (level - 1) if level else b"&a;") * 10) for level in range(10)
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><b>&x;</b>'
SHEET, STRINGS = r"xl/worksheets/sheet2\.xml", r"xl/styles\.xml"


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("workbook_broken", lambda data: b""),
        ("workbook_broken", lambda data: b"not a zip at all"),
        ("workbook_broken", lambda data: data[: len(data) // 2]),
        ("workbook_broken", lambda data: data[:-30]),
        ("workbook_old", lambda data: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)),
        ("workbook_not_xlsx", lambda data: zipped({"word/document.xml": b"<a/>"})),
        ("workbook_broken", lambda data: zipped({"[Content_Types].xml": b"<a/>"})),
        ("workbook_broken", lambda data: zipped({"[Content_Types].xml": b"<a>"})),
        ("workbook_broken", lambda data: with_part(data, SHEET, lambda xml: xml[: len(xml) // 2])),
        ("workbook_with_doctype", lambda data: with_part(data, SHEET, lambda xml: BOMB)),
        (
            "workbook_with_doctype",
            lambda data: with_part(data, SHEET, lambda xml: BOMB.decode().encode("utf-16")),
        ),
        ("workbook_with_doctype", lambda data: with_part(data, STRINGS, lambda xml: OUTSIDE)),
        (
            "workbook_too_large",
            lambda data: with_part(data, SHEET, lambda xml: b" " * (gate.MAX_UNPACKED + 1)),
        ),
        ("workbook_too_large", lambda data: with_part(data, SHEET, lambda xml: b"<a>" * 100 + b"</a>" * 100)),
        (
            "workbook_too_large",
            lambda data: with_part(data, SHEET, lambda xml: b"<a>" + b"<b/>" * gate.MAX_ELEMENTS + b"</a>"),
        ),
        (
            "workbook_too_large",
            lambda data: zipped({f"{n}": b"" for n in range(1001)} | {"[Content_Types].xml": b""}),
        ),
        ("file_too_large", lambda data: bytes(gate.MAX_FILE + 1)),
    ],
)
def test_files_that_are_no_workbook_are_refused(
    layout: Layout, blank: bytes, code: str, spoil: Callable[[bytes], bytes]
) -> None:
    values, identity, findings = read_workbook(layout, spoil(blank))
    assert (values, identity, codes(findings)) == (Values(), None, [code])
    assert sentence(findings[0], "vi") != sentence(findings[0], "en")


@pytest.mark.parametrize("nonsense", [b"nan", b"1e999", b"-", b""])
def test_a_number_that_is_none_never_gets_in(kit: Any, layout: Layout, nonsense: bytes) -> None:
    written = render(layout, kit.filling(layout, Values(cells={C2: 77})))
    spoilt = with_part(written, SHEET, lambda xml: xml.replace(b"<v>77</v>", b"<v>%s</v>" % nonsense))
    values, _, _ = read_workbook(layout, spoilt)
    assert values.cells.get(C2) is None


def test_a_zip_that_lies_about_its_sizes_is_refused(layout: Layout, blank: bytes) -> None:
    """A bomb whose directory says its parts are small: what is unpacked counts, not what is promised."""
    bomb = with_part(blank, SHEET, lambda xml: b" " * (gate.MAX_UNPACKED + 1))
    lying = bomb.replace(struct.pack("<I", gate.MAX_UNPACKED + 1), struct.pack("<I", 1000))
    assert lying != bomb
    _, _, findings = read_workbook(layout, lying)
    assert codes(findings)[0] in {"workbook_too_large", "workbook_broken"}


@settings(max_examples=40)
@given(at=st.integers(0, 10**6), with_bytes=st.binary(min_size=1, max_size=8))
def test_damage_anywhere_never_raises(layout: Layout, blank: bytes, at: int, with_bytes: bytes) -> None:
    position = at % len(blank)
    read_workbook(layout, blank[:position] + with_bytes + blank[position + len(with_bytes) :])


@settings(max_examples=40)
@given(data=st.data())
def test_nonsense_in_well_formed_parts_never_raises(
    layout: Layout, blank: bytes, data: st.DataObject
) -> None:
    """Attributes and texts of a part replaced by others: openpyxl may stumble, the reader says the file is broken."""

    def scramble(xml: bytes) -> bytes:
        found = list(re.finditer(rb'(?<==")[^"<>&]*(?=")|(?<=>)[^<>&]+(?=<)', xml))
        for match in sorted(data.draw(st.sets(st.sampled_from(found), max_size=3)), key=lambda m: -m.start()):
            nonsense = data.draw(
                st.sampled_from([b"", b"-1", b"x", b"99999999999", b"A1:XFD1048576", b"NaN", b"1e999"])
            )
            xml = xml[: match.start()] + nonsense + xml[match.end() :]
        return xml

    part = data.draw(
        st.sampled_from(
            [r"xl/workbook\.xml", SHEET, STRINGS, r"\[Content_Types\]\.xml", r"docProps/custom\.xml"]
        )
    )
    read_workbook(layout, with_part(blank, part, scramble))


def test_hidden_sheets_hold_nothing_that_a_sheet_title_could_clash_with(kit: Any) -> None:
    for layout in kit.layouts.values():
        titles = [plan.title.casefold() for plan in Book(layout).tables.values()]
        assert len(set(titles)) == len(titles)
        assert not {title.casefold() for title in (CHECKS, CODES, HELPERS, EARLIER, IDENTITY)} & set(titles)
