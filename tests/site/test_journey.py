"""The whole journey in a real browser: fill in, send, return, correct with a pasted block, approve, sign, verify."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from runtime.reports import ReportKey
from tests.site.conftest import HOME, PERIOD, PLACE, REGIME, RIGHT_FORM, Site
from tests.site.windows import a_chromium, cell, signed_in

KEY = ReportKey(REGIME, HOME, PERIOD)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with a_chromium() as browser:
        yield browser


def test_the_journey(served: Site, chromium: Browser, tmp_path: Path) -> None:
    served.clock.now = datetime.now(UTC) + timedelta(minutes=1)
    store = served.store

    # A commune finds its report, fills it in, and sees totals and checks as it types.
    commune = signed_in(chromium, served, "leader")
    commune.goto(f"{served.base}{PLACE}/nhap")
    for column, text in RIGHT_FORM.items():
        cell(commune, column).fill(text)
        cell(commune, column).blur()
    commune.wait_for_function(
        "() => document.querySelector('[data-draft-state], .draft-state, .saved, [role=status]') !== null"
    )
    commune.wait_for_timeout(1500)
    draft = store.desk.draft(KEY)
    assert draft is not None
    assert len(draft.values.cells) == len(RIGHT_FORM), "drafts are saved as one types"
    commune.get_by_role("button", name="Gửi báo cáo").click()
    commune.wait_for_url("**da=gui**")

    # The province returns it with a reason on one cell.
    province = signed_in(chromium, served, "receiver")
    province.goto(f"{served.base}{PLACE}/tra-lai")
    province.fill('textarea[name="ly_do"]', "Rà soát phân loại đơn")
    province.locator('input[name="o"]').first.fill("b01xld[so_lieu].c8")
    province.locator('input[name="ly_do_o"]').first.fill("Thiếu 1 đơn khiếu nại")
    province.get_by_role("button", name="Trả lại").click()
    province.wait_for_url("**da=lam**")

    # The commune reads why, and corrects with a block copied from Excel.
    commune.goto(f"{served.base}{PLACE}/nhap")
    assert "Thiếu 1 đơn khiếu nại" in commune.inner_text("body")
    first = cell(commune, "c8")
    first.focus()
    first.evaluate(
        """(field) => {
            const data = new DataTransfer();
            data.setData("text/plain", "7\\t2\\t11");
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert [cell(commune, name).input_value() for name in ("c8", "c9", "c10")] == ["7", "2", "11"]
    commune.get_by_role("button", name="Gửi báo cáo").click()
    commune.wait_for_url("**da=gui**")

    # Approved, rolled up, and from the total back to the unit.
    province.goto(f"{served.base}{PLACE}")
    province.get_by_role("button", name="Duyệt", exact=True).click()
    province.wait_for_url("**da=lam**")
    province.goto(f"{served.base}/tong-hop/{REGIME}/{PERIOD.code}/51")
    assert "1/3" in province.inner_text("body")
    province.locator('a[href*="/o/b01xld/so_lieu/c8"]').first.click()
    province.wait_for_url("**/o/b01xld/so_lieu/c8")
    assert "Phường Cẩm Thành" in province.inner_text("main")
    province.get_by_role("link", name="phiên bản 2").click()
    province.wait_for_url(lambda address: HOME in address)

    # The commune signs what it sent; the page says what the signature is worth.
    commune.goto(f"{served.base}{PLACE}")
    commune.get_by_role("button", name="Ký báo cáo").click()
    commune.wait_for_url("**/kiem-tra")
    assert "Báo cáo đáng tin cậy" in commune.inner_text("body")

    # Nothing sticks out at the width of a phone.
    commune.set_viewport_size({"width": 360, "height": 780})
    for address in ("/bao-cao", PLACE, f"{PLACE}/nhap"):
        commune.goto(f"{served.base}{address}")
        assert commune.evaluate("document.documentElement.scrollWidth") <= 360, address
