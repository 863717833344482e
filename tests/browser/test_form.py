"""The form in a real Chromium: typing, checks, keys, pasting, self-added rows, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.numbers import format_number
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.document import read_submission
from renderers.html.names import anchor
from renderers.sentences import sentence_text

Opened = Callable[..., Page]
FIELDS = ("dat_dai", "ho_tich", "chung_thuc")


def cell(page: Page, address: str) -> Any:
    return page.locator(f'[id="{anchor(address)}"]')


def shown(page: Page, address: str) -> str:
    found = cell(page, address)
    return str(found.evaluate("element => element.value ?? element.textContent"))


def fill(page: Page, **rows: dict[str, str]) -> None:
    for row, columns in rows.items():
        for column, text in columns.items():
            cell(page, f"hs[{row}].{column}").fill(text)


def paste(page: Page, address: str, text: str) -> None:
    """Paste as a spreadsheet would: the clipboard's text arrives in the focused cell."""
    cell(page, address).focus()
    cell(page, address).evaluate(
        """(element, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_typing_recomputes_totals_ratios_and_sentences(opened: Opened, layout: Layout) -> None:
    page = opened()
    fill(page, dat_dai={"c4": "1.200", "c5": "34", "c6": "6", "c8": "3"}, ho_tich={"c4": "10", "c9": "1"})
    assert shown(page, "hs[dat_dai].c3") == "1.240"
    assert shown(page, "hs[tong].c3") == "1.250"
    assert shown(page, "hs[tong].ty_le") == "75,00%"
    cell(page, "hs[dat_dai].c4").fill("0")
    assert shown(page, "hs[tong].c3") == "50"
    said = page.locator(".sentence").inner_text()
    assert said == "Trong kỳ tiếp nhận 50 hồ sơ, chưa có số liệu so với cùng kỳ năm trước; đúng hạn 75,00%."


def test_blank_is_not_zero(opened: Opened) -> None:
    page = opened()
    assert shown(page, "hs[dat_dai].c3") == ""
    assert shown(page, "hs[tong].c3") == ""
    cell(page, "hs[dat_dai].c4").fill("0")
    assert shown(page, "hs[dat_dai].c3") == "0"
    assert shown(page, "hs[tong].c3") == "0"
    assert shown(page, "hs[ho_tich].c3") == ""
    assert shown(page, "hs[tong].ty_le") == ""
    cell(page, "hs[dat_dai].c4").fill("")
    assert shown(page, "hs[tong].c3") == ""


def entered(report: Layout) -> st.SearchStrategy[Values]:
    """Entries of the form: blanks, zeros and numbers up to the limit, in any mixture."""
    number = st.none() | st.just(0) | st.integers(-999, 99_999) | st.integers(10**14, 10**15 - 1)
    cells = [c for c in report.cells if c.kind in {"entered", "carried"} and c.type.is_number]
    row = st.fixed_dictionaries({"ten": st.sampled_from("abcdefgh"), "nam": number, "nu": number})
    return st.builds(
        lambda numbers, rows: Values(
            cells={c.address: n for c, n in zip(cells, numbers, strict=True) if n is not None},
            added={
                GroupKey("lao_dong", "du_an"): tuple(
                    {k: v for k, v in r.items() if v is not None} for r in rows
                )
            }
            if rows
            else {},
        ),
        st.tuples(*(number for _ in cells)),
        st.lists(row, max_size=3),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_page_computes_what_the_reference_does(
    opened: Opened, layout: Layout, data: st.DataObject
) -> None:
    values = data.draw(entered(layout))
    evaluation = evaluate_report(layout, values)
    # Only what is entered reaches the page: it must come to the computed cells by itself.
    page = opened(values)
    expected: dict[str, Scalar] = {str(a): v for a, v in evaluation.values.cells.items()}
    for c in layout.cells:
        held = expected.get(str(c.address))
        text = "x" if c.kind == "not_applicable" else ""
        if held is not None:
            assert isinstance(held, int)
            text = format_number(held, c.type)
        assert shown(page, str(c.address)) == text, c.address
    for index, row in enumerate(evaluation.values.added.get(GroupKey("lao_dong", "du_an"), ()), start=1):
        total = row.get("cong")
        text = "" if total is None else format_number(int(total), layout.groups[0].columns[-2].type)
        assert shown(page, f"lao_dong[du_an][{index}].cong") == text
    said = page.locator(".sentence").inner_text()
    outline: Any = layout.template.outline[0]
    assert said == sentence_text(outline.items[2], layout, evaluation.values)
    outcomes = page.evaluate("bieu.form.report.outcomes.flat()")
    assert outcomes == [outcome.holds for outcome in evaluation.outcomes]


def test_a_failing_check_is_listed_marked_and_cleared(opened: Opened) -> None:
    page = opened()
    state = page.locator("#bieu-state")
    expect(state).to_have_text("Chưa nhập số liệu")
    fill(page, dat_dai={"c4": "5", "c8": "3", "c11": "1"})
    # The row's own check fails, and so does the total row's.
    expect(state).to_contain_text("2 lỗi")
    expect(state).to_have_attribute("data-state", "fail")
    state.click()
    failing = page.locator("#bieu-summary .fail > li")
    expect(failing.first).to_have_text(
        "Đất đai: Nhận giải quyết phải bằng đã giải quyết cộng đang giải quyết: 5 so với 4"
    )
    total = cell(page, "hs[dat_dai].c3")
    expect(total).to_have_attribute("aria-invalid", "true")
    described = total.get_attribute("aria-describedby")
    expect(page.locator(f'[id="{described}"]')).to_contain_text("Nhận giải quyết phải bằng")
    failing.first.locator("a").click()
    assert focused(page) == "hs[dat_dai].c11"
    page.keyboard.type("2")
    expect(failing).to_have_count(0)
    expect(total).not_to_have_attribute("aria-invalid", "true")
    expect(state).to_contain_text("Chưa thấy lỗi")


def test_not_evaluated_is_neither_pass_nor_fail(opened: Opened) -> None:
    page = opened()
    fill(page, dat_dai={"c4": "5"})
    state = page.locator("#bieu-state")
    expect(state).to_have_attribute("data-state", "wait")
    state.click()
    waiting = page.locator("#bieu-summary .wait > li")
    expect(waiting.first).to_contain_text("còn ô trống ở 4 nơi")
    expect(page.locator("#bieu-summary .fail")).to_be_hidden()
    expect(cell(page, "hs[dat_dai].c7")).to_have_attribute("data-state", "wait")
    expect(cell(page, "hs[ho_tich].c7")).not_to_have_attribute("data-state", "wait")


def test_a_warning_asks_for_an_explanation_and_keeps_it(opened: Opened, layout: Layout) -> None:
    received = Address("hs", "tong", "c3")
    values = Values(captured={CaptureKey("last_year", received): 10})
    page = opened(values)
    fill(page, dat_dai={"c4": "21"})
    page.locator("#bieu-state").click()
    warning = page.locator("#bieu-summary .warn > li")
    expect(warning).to_contain_text("Tăng trên 2 lần so với cùng kỳ")
    box = warning.locator("textarea")
    assert box.get_attribute("name") == "@explain(tang:)"
    box.fill("Sáp nhập hai xã.")
    cell(page, "hs[dat_dai].c4").fill("20")
    expect(warning).to_have_count(0)
    cell(page, "hs[dat_dai].c4").fill("30")
    expect(warning.locator("textarea")).to_have_value("Sáp nhập hai xã.")
    assert "tăng 200% so với cùng kỳ năm trước" in page.locator(".sentence").inner_text()


def test_carried_values_are_taken_over_and_locked(opened: Opened) -> None:
    source = Address("hs", "dat_dai", "c11")
    page = opened(Values(captured={CaptureKey("prior", source): 4}))
    carried = cell(page, "hs[dat_dai].c6")
    expect(carried).to_have_value("4")
    expect(carried).not_to_be_editable()
    assert carried.get_attribute("title") == "Lấy từ báo cáo kỳ trước: cột 11, biểu II.06a/VPCP/KSTT"
    opening = cell(page, "hs[ho_tich].c6")
    expect(opening).to_be_editable()
    assert opening.get_attribute("title") == "Chưa có báo cáo kỳ trước: nhập số đầu kỳ (cột 11 của kỳ trước)"
    opening.fill("3")
    assert shown(page, "hs[tong].c6") == "7"


@pytest.mark.parametrize(
    ("typed", "left", "edited"),
    [
        ("1234567,5", "1.234.567,50", "1234567,5"),
        ("1.234.567,89", "1.234.567,89", "1234567,89"),
        ("12", "12,00", "12"),
        ("-3,10", "-3,10", "-3,1"),
    ],
)
def test_numbers_are_shown_with_thousands_and_edited_without(
    opened: Opened, typed: str, left: str, edited: str
) -> None:
    page = opened()
    fee = cell(page, "hs[dat_dai].le_phi")
    fee.fill(typed)
    cell(page, "hs[dat_dai].c4").focus()
    expect(fee).to_have_value(left)
    fee.focus()
    expect(fee).to_have_value(edited)


@pytest.mark.parametrize("typed", ["95", "95%", "95,0 %"])
def test_a_percent_is_typed_with_or_without_its_sign(opened: Opened, typed: str) -> None:
    page = opened()
    trained = cell(page, "lao_dong[I].ty_le")
    trained.fill(typed)
    trained.blur()
    expect(trained).to_have_value("95,0%")
    assert page.evaluate(
        "bieu.form.report.cells.find(c => c.element.id === 'lao_dong[I].ty_le').value === 950n"
    )


def test_faults_stand_beside_the_cell(opened: Opened) -> None:
    page = opened()
    for address, text, words in (
        (
            "hs[dat_dai].c5",
            "1.5",
            "Không rõ «1.5» là số nào: dấu chấm ngăn hàng nghìn, dấu phẩy trước phần thập phân → 1,5?",
        ),
        ("hs[ho_tich].c5", "abc", "«abc» không phải là số"),
        ("hs[chung_thuc].c5", "-1", "-1 nhỏ hơn mức thấp nhất 0"),
        ("hs[dat_dai].c8", "1.000.000.000.000.000", "1.000.000.000.000.000 có quá 15 chữ số có nghĩa"),
        ("hs[dat_dai].c4", "", "Bắt buộc phải nhập"),
        ("lao_dong[I].ty_le", "101", "101,0% lớn hơn mức cao nhất 100%"),
    ):
        field = cell(page, address)
        field.fill(text)
        field.blur()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert field.locator("xpath=following-sibling::*").inner_text() == words
        assert field.input_value() == text or "%" in words
    cell(page, "hs[dat_dai].c5").fill("1500")
    expect(cell(page, "hs[dat_dai].c5")).not_to_have_attribute("aria-invalid", "true")


def test_keys_move_as_in_a_spreadsheet(opened: Opened) -> None:
    page = opened()
    cell(page, "hs[dat_dai].c4").focus()
    page.keyboard.type("12")
    for key, place in (
        ("ArrowDown", "hs[ho_tich].c4"),
        ("Enter", "hs[chung_thuc].c4"),
        ("Enter", "hs[chung_thuc].c4"),
        ("Shift+Enter", "hs[ho_tich].c4"),
        ("ArrowUp", "hs[dat_dai].c4"),
        ("ArrowRight", "hs[dat_dai].c5"),
        ("ArrowRight", "hs[dat_dai].c6"),
        # Past the computed total.
        ("ArrowRight", "hs[dat_dai].c8"),
        ("ArrowLeft", "hs[dat_dai].c6"),
        ("Tab", "hs[dat_dai].c8"),
        ("Shift+Tab", "hs[dat_dai].c6"),
    ):
        page.keyboard.press(key)
        assert focused(page) == place, key
    # Within a text the arrows move the cursor; only from its ends do they leave.
    cell(page, "hs[dat_dai].c4").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "hs[dat_dai].c4"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "hs[dat_dai].c5"
    # Escape takes back what was typed in the cell.
    cell(page, "hs[dat_dai].c4").focus()
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    assert shown(page, "hs[dat_dai].c4") == "12"
    assert shown(page, "hs[tong].c4") == "12"


def test_a_block_is_pasted_in_place_and_taken_back(opened: Opened) -> None:
    page = opened()
    cell(page, "hs[dat_dai].c5").fill("7")
    paste(page, "hs[dat_dai].c4", "1.000\t2\t3\t999\t4\t5\r\n10\t\t30\t999\t40\t50\r\n")
    assert page.locator("#bieu-message").inner_text() == "đã dán 10 ô, bỏ qua 2 ô tự tính"
    assert [shown(page, f"hs[dat_dai].{c}") for c in ("c3", "c4", "c5", "c6", "c7", "c8", "c9")] == [
        "1.005", "1000", "2", "3", "9", "4", "5",
    ]  # fmt: skip
    assert [shown(page, f"hs[ho_tich].{c}") for c in ("c4", "c5", "c6", "c7")] == ["10", "", "30", "90"]
    assert shown(page, "hs[tong].c3") == "1.045"
    page.keyboard.press("Control+z")
    assert shown(page, "hs[dat_dai].c5") == "7"
    assert shown(page, "hs[ho_tich].c4") == ""
    assert shown(page, "hs[tong].c3") == "7"
    expect(page.locator("#bieu-undo")).to_be_hidden()


def test_what_was_typed_since_a_paste_stays(opened: Opened) -> None:
    page = opened()
    paste(page, "hs[dat_dai].c4", "1\t2\n3\t4")
    cell(page, "hs[ho_tich].c5").fill("9")
    page.locator("#bieu-undo").click()
    assert [shown(page, f"hs[dat_dai].{c}") for c in ("c4", "c5")] == ["", ""]
    assert [shown(page, f"hs[ho_tich].{c}") for c in ("c4", "c5")] == ["", "9"]


def test_pasting_past_the_edge_and_nonsense_is_counted(opened: Opened) -> None:
    page = opened()
    paste(page, "hs[chung_thuc].c11", "1\t2\t3\t4\n5\tabc\nx\t9")
    # c11, ty_le (computed), le_phi (not applicable), outside; total row computed twice; below the table.
    assert page.locator("#bieu-message").inner_text() == "đã dán 1 ô, bỏ qua 4 ô tự tính, 3 ô nằm ngoài biểu"
    paste(page, "hs[dat_dai].c8", "1\tabc")
    assert page.locator("#bieu-message").inner_text() == "đã dán 1 ô, 1 ô không đọc được"
    expect(cell(page, "hs[dat_dai].c9")).to_have_attribute("aria-invalid", "true")
    assert shown(page, "hs[dat_dai].c9") == "abc"


def test_rows_are_added_filled_and_removed(opened: Opened) -> None:
    page = opened()
    add = page.locator("[data-add]")
    add.click()
    assert focused(page) == "lao_dong[du_an][1].ten"
    cell(page, "lao_dong[du_an][1].ten").fill("Cầu Ba Tơ")
    cell(page, "lao_dong[du_an][1].ngay").fill("2026-07-01")
    cell(page, "lao_dong[du_an][1].loai").select_option("cong")
    cell(page, "lao_dong[du_an][1].xong").select_option("false")
    cell(page, "lao_dong[du_an][1].nam").fill("3")
    add.click()
    cell(page, "lao_dong[du_an][2].ten").fill("Cầu  Ba Tơ ")
    cell(page, "lao_dong[du_an][2].nu").fill("4")
    assert shown(page, "lao_dong[du_an][1].cong") == "3"
    assert shown(page, "lao_dong[cong_da].cong") == "7"
    expect(cell(page, "lao_dong[du_an][2].ten")).to_have_attribute("aria-label", "Dự án 2 › Tên dự án")
    cell(page, "lao_dong[du_an][2].nu").focus()
    page.locator("#bieu-state").click()
    expect(page.locator("#bieu-summary .fail")).to_contain_text("«Cầu Ba Tơ» đã có ở dòng 1")
    page.locator("[data-remove]").first.click()
    assert shown(page, "lao_dong[du_an][1].nu") == "4"
    assert shown(page, "lao_dong[cong_da].cong") == "4"
    page.locator("#bieu-undo").click()
    assert shown(page, "lao_dong[du_an][1].ten") == "Cầu Ba Tơ"
    assert shown(page, "lao_dong[cong_da].cong") == "7"
    assert shown(page, "lao_dong[du_an][2].nu") == "4"
    for _ in range(6):
        add.click()
    expect(add).to_be_disabled()
    expect(page.locator(".count")).to_have_text("8 dòng (tối đa 8)")


def test_pasting_rows_adds_them(opened: Opened) -> None:
    page = opened()
    page.locator("[data-add]").click()
    rows = [
        "Cầu Ba Tơ\t01/7/2026\tĐầu tư công\tCó\t3\t1\t\t95%",
        '"Chợ\nBa Tơ"\t2026-02-30\tkhông rõ\tKhông\t5\t\t\t',
        "Trường\t5-8-2026\ttu\t\t1.000\t2\t\t50,5",
    ]
    paste(page, "lao_dong[du_an][1].ten", "\n".join(rows) + "\n")
    # Three computed sums are skipped; a day that doesn't exist and an unknown kind are not read.
    assert page.locator("#bieu-message").inner_text() == "đã dán 19 ô, bỏ qua 3 ô tự tính, 2 ô không đọc được"
    assert shown(page, "lao_dong[du_an][1].ngay") == "2026-07-01"
    assert shown(page, "lao_dong[du_an][1].loai") == "cong"
    assert shown(page, "lao_dong[du_an][1].xong") == "true"
    assert shown(page, "lao_dong[du_an][2].ten") in {"Chợ\nBa Tơ", "ChợBa Tơ"}
    assert shown(page, "lao_dong[du_an][3].ngay") == "2026-08-05"
    assert shown(page, "lao_dong[cong_da].cong") == "1.011"
    # Neighbours below stay what they are.
    expect(page.locator("tr.added")).to_have_count(3)
    page.locator("#bieu-undo").click()
    expect(page.locator("tr.added")).to_have_count(1)
    assert shown(page, "lao_dong[cong_da].cong") == ""


def test_the_document_is_saved_and_opened_again(opened: Opened, layout: Layout, tmp_path: Path) -> None:
    page = opened(Values(captured={CaptureKey("prior", Address("hs", "dat_dai", "c11")): 4}))
    fill(page, dat_dai={"c4": "5", "c8": "0", "le_phi": "1.234.567,5"}, ho_tich={"c4": "999.999.999.999.999"})
    page.locator("#text-danh_gia").fill("Tốt.\n<b>Không</b> phát sinh.")
    page.locator("[data-add]").click()
    cell(page, "lao_dong[du_an][1].ten").fill("Cầu Ba Tơ")
    cell(page, "lao_dong[du_an][1].xong").select_option("false")
    cell(page, "lao_dong[du_an][1].ty_le").fill("95,5")
    before = page.evaluate("bieu.form.report.frame.map(String)")
    with page.expect_download() as waiting:
        page.locator("#bieu-save").click()
    assert waiting.value.suggested_filename == "kstt_quy-21025-2026-Q3.json"
    file = tmp_path / "saved.json"
    waiting.value.save_as(file)
    head, values, findings = read_submission(layout, file.read_bytes())
    assert findings == ()
    assert head is not None
    assert (head.regime, head.version, head.unit, head.period) == ("kstt_quy", "1.2.0", "21025", "2026-Q3")
    assert values.cells == {
        Address("hs", "dat_dai", "c4"): 5,
        Address("hs", "dat_dai", "c8"): 0,
        Address("hs", "dat_dai", "le_phi"): 123456750,
        Address("hs", "ho_tich", "c4"): 999999999999999,
    }
    assert values.added == {
        GroupKey("lao_dong", "du_an"): ({"ten": "Cầu Ba Tơ", "xong": False, "ty_le": 955},)
    }
    assert values.texts == {"danh_gia": "Tốt.\n<b>Không</b> phát sinh."}
    assert values.captured == {CaptureKey("prior", Address("hs", "dat_dai", "c11")): 4}

    page.reload()
    cell(page, "hs[chung_thuc].c4").fill("77")
    page.locator("#bieu-load").set_input_files(file)
    expect(page.locator("#bieu-message")).to_have_text("Đã mở 8 giá trị.")
    assert page.evaluate("bieu.form.report.frame.map(String)") == before
    expect(page.locator("#text-danh_gia")).to_have_value("Tốt.\n<b>Không</b> phát sinh.")
    expect(cell(page, "lao_dong[du_an][1].ty_le")).to_have_value("95,5%")
    page.locator("#bieu-undo").click()
    assert shown(page, "hs[chung_thuc].c4") == "77"
    assert shown(page, "hs[dat_dai].c4") == ""
    expect(page.locator("tr.added")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "Tệp không phải là JSON."),
        ("[1]", "Tệp không phải là dữ liệu báo cáo."),
        (
            '{"regime": "khac", "version": "1.2.0", "data": {}}',
            "Đây là báo cáo «khac», không phải «kstt_quy».",
        ),
        (
            '{"regime": "kstt_quy", "version": "1.1.0", "data": {}}',
            "Báo cáo theo phiên bản 1.1.0, biểu mẫu đang dùng là 1.2.0.",
        ),
        (
            json.dumps(
                {
                    "regime": "kstt_quy",
                    "version": "1.2.0",
                    "data": {
                        "hs": {
                            "dat_dai": {
                                "c4": 5,
                                "c5": 1.5,
                                "c3": 99,
                                "c99": 1,
                                "c8": "4",
                                "__proto__": {"x": 1},
                            },
                            "la": {"c4": 1},
                            "tong": {"c3": 1},
                        },
                        "la": {"x": {}},
                        "lao_dong": {"du_an": [{"ten": "A", "nam": 1e300}, 7]},
                        "__proto__": {"polluted": True},
                    },
                }
            ),
            "Đã mở 2 giá trị, bỏ qua 9 giá trị không nhận được.",
        ),
    ],
)
def test_a_foreign_document_is_named_not_swallowed(opened: Opened, content: str, words: str) -> None:
    page = opened()
    page.locator("#bieu-load").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": content.encode()}
    )
    expect(page.locator("#bieu-message")).to_have_text(words)
    assert page.evaluate("({}).polluted === undefined")


def test_sending_with_faults_shows_them_instead(opened: Opened, server: Any) -> None:
    page = opened()
    fill(page, dat_dai={"c4": "5"})
    page.locator(".primary").click()
    expect(page.locator("#bieu-summary .missing > li")).to_have_count(3)
    assert page.evaluate("document.activeElement.id") == "bieu-summary"
    assert server.posted == []
    page.locator("#text-danh_gia").fill("Tốt")
    fill(page, ho_tich={"c4": "0"}, chung_thuc={"c4": "0"})
    page.locator("#text-danh_gia").focus()
    with page.expect_navigation():
        page.locator(".primary").click()
    assert ("hs[dat_dai].c4", "5") in server.posted[0]


def test_a_number_too_large_to_compute_is_refused(opened: Opened) -> None:
    largest = 2**96 - 1
    page = opened(Values(captured={CaptureKey("prior", Address("hs", "dat_dai", "c11")): largest}))
    assert shown(page, "hs[dat_dai].c6") == format_number(largest, ValueType(kind="integer"))
    expect(page.locator("#bieu-state")).not_to_contain_text("lỗi")
    # Beyond what may be taken over nothing is computed, and the page says so.
    page = opened(Values(captured={CaptureKey("prior", Address("hs", "dat_dai", "c11")): largest + 1}))
    fill(page, ho_tich={"c4": "1"})
    assert shown(page, "hs[ho_tich].c3") == ""
    expect(page.locator("#bieu-state")).to_contain_text("1 lỗi")
    page.locator("#bieu-state").click()
    expect(page.locator("#bieu-summary .fail > li")).to_have_text("Kết quả vượt quá giới hạn tính toán")
