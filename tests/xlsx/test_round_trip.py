"""Reading a written workbook gives the report back, for any report and any form."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.template import template_hash
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.xlsx.gate import Examined, examine
from renderers.xlsx.read import read, read_workbook
from renderers.xlsx.strings import CELL_CAPACITY, cut_length, fitting, pieces, stored, unstored
from renderers.xlsx.write import render


@settings(max_examples=25)
@given(data=st.data())
def test_a_written_report_is_read_back(kit: Any, layout: Layout, data: st.DataObject) -> None:
    values = data.draw(kit.reports(layout))
    filling = kit.filling(layout, values)
    read_back, identity, findings = read_workbook(layout, render(layout, filling))
    assert findings == ()
    assert read_back == kit.entered(layout, filling.values)
    assert identity is not None
    assert (identity.unit, identity.unit_name, identity.period) == ("21025", "Xã Sơn Hà", "2026-Q3")
    assert identity.template_hash == template_hash(layout.template)


def commented(data: bytes) -> bytes:
    """The same workbook with a comment in every sheet's part: no program writes one, so openpyxl reads it."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<sheetData>", b"<!-- --><sheetData>"))
    return target.getvalue()


@settings(max_examples=10)
@given(data=st.data())
def test_both_libraries_read_the_same(kit: Any, layout: Layout, data: st.DataObject) -> None:
    written = render(layout, kit.filling(layout, data.draw(kit.reports(layout))))
    fast, slow = examine(written), examine(commented(written))
    assert isinstance(fast, Examined)
    assert isinstance(slow, Examined)
    assert all(traits.plain for traits in fast.sheets.values())
    assert not any(traits.plain for traits in slow.sheets.values())
    for name, traits in fast.sheets.items():
        assert traits.formulas() == slow.sheets[name].formulas()
        assert traits.merges == slow.sheets[name].merges
    assert read_workbook(layout, written) == read_workbook(layout, commented(written))


@settings(max_examples=5)
@given(data=st.data())
def test_every_shipped_form_reads_back(kit: Any, data: st.DataObject) -> None:
    for layout in kit.layouts.values():
        filling = kit.filling(layout, data.draw(kit.reports(layout)))
        read_back, _, findings = read_workbook(layout, render(layout, filling))
        assert findings == ()
        assert read_back == kit.entered(layout, filling.values)


def test_a_blank_form_reads_as_nothing(kit: Any) -> None:
    for layout in kit.layouts.values():
        values, identity, findings = read_workbook(layout, render(layout, None))
        assert values == Values()
        assert findings == ()
        assert identity is not None
        assert (identity.unit, identity.unit_name, identity.period) == ("", "", "")


def test_zero_is_not_blank(kit: Any, layout: Layout) -> None:
    zero = Address("ket_qua", "1.1", "c2")
    filling = kit.filling(layout, Values(cells={zero: 0}))
    values, _, _ = read_workbook(layout, render(layout, filling))
    assert values.cells == {zero: 0}


def test_the_same_report_gives_the_same_bytes(kit: Any, layout: Layout) -> None:
    filling = kit.filling(layout, Values(texts={"danh_gia": "Ổn định"}))
    assert render(layout, filling) == render(layout, filling)
    assert render(layout, None) == render(Layout(layout.template), None)
    assert render(layout, None) != render(layout, filling)


def test_more_rows_than_are_spare_are_written_and_read(kit: Any, layout: Layout) -> None:
    key = GroupKey("du_an", "muc")
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {"ten": f"Dự án {number}", "von": number}
        for number in range(1, 61)  # the form allows 40
    )
    values, _, findings = read_workbook(
        layout, render(layout, kit.filling(layout, Values(added={key: rows})))
    )
    assert findings == ()  # that there are too many is for the validator to say
    assert [row["ten"] for row in values.added[key]] == [row["ten"] for row in rows]


def test_rows_are_located_where_they_stand(kit: Any, layout: Layout) -> None:
    """A finding on a row counts the rows that are there, its cell is the one in the workbook."""
    key = GroupKey("du_an", "muc")
    filling = kit.filling(layout, Values(added={key: ({"ten": "A"}, {"ten": "B", "von": 7})}))
    reading = read(layout, render(layout, filling))
    assert len(reading.rows[key]) == 2
    assert reading.rows[key][1]["von"].row == reading.rows[key][0]["von"].row + 1


@given(text=st.text(max_size=200))
def test_texts_survive_a_cell(text: str) -> None:
    clean = unstored(stored(text))
    assert unstored(stored(clean)) == clean
    if not any(character in text for character in "\r") and text.isprintable():
        assert clean == text


@given(text=st.text(st.sampled_from("aă_x0041\U0001f600"), max_size=120), times=st.integers(1, 900))
@example(text="a", times=CELL_CAPACITY)
@example(text="a", times=CELL_CAPACITY + 1)
@example(text="_x0041_", times=6000)
def test_pieces_fit_and_join(text: str, times: int) -> None:
    whole = text * times
    parts = list(pieces(whole))
    assert "".join(parts) == whole
    assert all(len(stored(part).encode("utf-16-le")) <= 2 * CELL_CAPACITY for part in parts)
    cell = fitting(whole)
    assert len(cell.encode("utf-16-le")) <= 2 * CELL_CAPACITY
    assert cut_length(unstored(cell)) == (None if len(parts) == 1 else len(whole))


def test_a_text_that_no_cell_holds_is_reported_as_cut(kit: Any, layout: Layout) -> None:
    address = Address("ket_qua", "1.1", "ghi_chu")
    filling = kit.filling(layout, Values(cells={address: "x" * 40_000}))
    values, _, findings = read_workbook(layout, render(layout, filling))
    assert address not in values.cells
    assert [(finding.code, finding.values["length"]) for finding in findings] == [("text_too_long", "40000")]


def test_a_long_narrative_takes_several_cells(kit: Any, layout: Layout) -> None:
    text = "Dài lắm. " * 4000
    filling = kit.filling(layout, Values(texts={"dai": text}))
    values, _, findings = read_workbook(layout, render(layout, filling))
    assert (values.texts["dai"], findings) == (text, ())


@pytest.mark.parametrize("size", [1, 28])
@settings(max_examples=5)
@given(data=st.data())
def test_captured_values_keep_every_digit(kit: Any, layout: Layout, size: int, data: st.DataObject) -> None:
    captured = {key: data.draw(st.integers(-(10**size) + 1, 10**size - 1)) for key in layout.captures}
    # Cells that take them over compute with them; only what is captured is looked at here.
    filling = kit.filling(layout, Values(captured=captured))
    values, _, findings = read_workbook(layout, render(layout, filling))
    assert findings == ()
    assert values.captured == captured


def test_a_captured_value_that_a_double_rounds_up_is_no_problem(kit: Any, layout: Layout) -> None:
    """28 nines become 10**28 in the locked cell that shows them; what counts stands beside it, digit for digit."""
    captured = dict.fromkeys(layout.captures, 10**28 - 1)
    values, _, findings = read_workbook(
        layout, render(layout, kit.filling(layout, Values(captured=captured)))
    )
    assert (values.captured, findings) == (captured, ())
