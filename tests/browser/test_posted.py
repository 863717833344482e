"""What the page posts is read back: filled forms come through unharmed, and what is wrong is named at its place."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.values import Address, CaptureKey, GroupKey, Values
from renderers.html.posted import read_posted

ENTERED = Values(
    cells={
        Address("hs", "dat_dai", "c4"): 1500,
        Address("hs", "ho_tich", "c4"): 0,
        Address("hs", "chung_thuc", "c4"): 7,
        Address("hs", "ho_tich", "c6"): 4,
        Address("hs", "dat_dai", "le_phi"): 999_999_999_999_999,
        Address("lao_dong", "I", "ty_le"): 955,
    },
    added={
        GroupKey("lao_dong", "du_an"): (
            {"ten": "Cầu “Ba Tơ” <1>", "ngay": "2026-07-01", "loai": "tu", "xong": False, "nam": 3},
            {"ten": "Chợ", "xong": True},
        )
    },
    texts={"danh_gia": "\n Dòng một.\nDòng hai & ba."},
    captured={CaptureKey("prior", Address("hs", "dat_dai", "c11")): 10**20},
)


def test_a_filled_form_is_posted_and_read_back(
    browser: Browser, server: Any, layout: Layout, report: Any
) -> None:
    evaluated = evaluate_report(layout, ENTERED).values
    for javascript in (True, False):
        context = browser.new_context(java_script_enabled=javascript, locale="vi-VN")
        page = context.new_page()
        page.goto(server.publish(layout, report(evaluated)))
        page.locator(".primary").click()
        expect(page.locator("body")).to_have_text("đã nhận")
        context.close()
        posted, findings = read_posted(layout, server.posted[0])
        assert findings == ()
        assert posted.values.cells == ENTERED.cells
        assert posted.values.added == ENTERED.added
        assert posted.values.texts == ENTERED.texts
        assert posted.head["unit"] == "21025"
        assert posted.head["period"] == "2026-Q3"
        assert posted.explanations == {}


def test_an_explanation_is_posted_with_its_check_and_place(
    page: Page, server: Any, layout: Layout, report: Any
) -> None:
    received = Address("hs", "tong", "c3")
    values = Values(
        cells={Address("hs", row, "c4"): 50 for row in ("dat_dai", "ho_tich", "chung_thuc")},
        texts={"danh_gia": "Tốt"},
        captured={CaptureKey("last_year", received): 10},
    )
    page.goto(server.publish(layout, report(values)))
    page.locator("#bieu-state").click()
    page.locator("#bieu-summary .warn textarea").fill("Sáp nhập hai xã.")
    page.locator(".primary").click()
    expect(page.locator("body")).to_have_text("đã nhận")
    posted, findings = read_posted(layout, server.posted[0])
    assert findings == ()
    assert posted.explanations == {"tang:": "Sáp nhập hai xã."}


def test_every_problem_is_named_at_its_place(layout: Layout) -> None:
    posted, findings = read_posted(
        layout,
        [
            ("hs[dat_dai].c4", "1.5"),
            ("hs[dat_dai].c5", " "),
            ("hs[dat_dai].c3", "9"),
            ("hs[la].c4", "1"),
            ("hs[ho_tich].c4", "1"),
            ("hs[ho_tich].c4", "2"),
            ("danh_gia", "x" * 201),
            ("lao_dong[du_an][2].ngay", "2026-02-30"),
            ("lao_dong[du_an][2].loai", "khong_co"),
            ("lao_dong[du_an][2].xong", "có lẽ"),
            ("lao_dong[du_an][3].ten", "Chợ"),
            ("lao_dong[du_an][3].cong", "5"),
            ("lao_dong[du_an][0].ten", "x"),
            ("@khac", ""),
            ("regime", "x"),
        ],
    )
    assert [(finding.code, finding.place.words) for finding in findings] == [
        ("unclear_number", "Đất đai › Số hồ sơ nhận giải quyết › Trong kỳ › Trực tuyến"),
        ("unknown_field", ""),
        ("unknown_field", ""),
        ("repeated_name", ""),
        ("text_too_long", "Đánh giá chung"),
        ("not_a_date", "Dự án 2 › Ngày bắt đầu"),
        ("not_in_list", "Dự án 2 › Loại"),
        ("not_a_boolean", "Dự án 2 › Đã xong"),
        ("unknown_field", ""),
        ("unknown_field", ""),
        ("unknown_field", ""),
        ("unknown_field", ""),
    ]
    assert posted.values.cells == {Address("hs", "ho_tich", "c4"): 1}
    assert posted.values.added == {GroupKey("lao_dong", "du_an"): ({"ten": "Chợ"},)}
    assert posted.values.texts == {}
