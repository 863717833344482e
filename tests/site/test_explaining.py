"""Warnings that ask for an explanation: asked for beside the finding, kept with the version, shown to the receiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from compiler.periods import Period
from runtime.reports import Act, Refusal, ReportKey
from server.demonstration.browser import Browser, Page
from tests.site.conftest import HOME, Site
from tests.site.windows import a_chromium, signed_in
from tests.store.making import form

REGIME, THEN, NOW = "kstt_quy", Period("quarter", 2025, 3), Period("quarter", 2026, 3)
KEY = ReportKey(REGIME, HOME, NOW)
PLACE = f"/bao-cao/{REGIME}/{NOW.code}/{HOME}"
ROW, TOTAL = "@explain(tang:b06a[dat_dai])", "@explain(tang:b06a[tong])"


@pytest.fixture
def year_on(served: Site) -> Site:
    """A form that warns of what has more than doubled since last year, and last year's report, sent."""
    act = Act("thử", served.clock())
    assert not isinstance(served.store.templates.publish(form(), act, date(2025, 1, 1)), Refusal)
    for period in (THEN, NOW):
        assert not isinstance(served.store.rounds.assign(REGIME, period, act), Refusal)
    browser = served.browser("leader")
    before = f"/bao-cao/{REGIME}/{THEN.code}/{HOME}"
    assert fill(browser, browser.get(f"{before}/nhap"), 4).status == 200
    return served


def fill(browser: Browser, page: Page, files: int, more: dict[str, str] | None = None) -> Page:
    """Send a report in balance of so many files on land."""
    cells = {"b06a[dat_dai].c4": str(files), "b06a[dat_dai].c8": str(files), "danh_gia": "Ổn định."}
    return browser.post(page, "/gui", {**cells, **(more or {})})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with a_chromium() as browser:
        yield browser


def test_no_explanation_no_sending(year_on: Site) -> None:
    browser = year_on.browser("leader")
    page = fill(browser, browser.get(f"{PLACE}/nhap"), 9)
    assert page.status == 422
    assert "hãy giải trình" in page.text
    assert {ROW, TOTAL} <= {name for name, _ in page.form("/gui").fields}
    half = browser.post(page, "/gui", {ROW: "Nhận thêm địa bàn sáp nhập", TOTAL: "  "})
    assert half.status == 422
    assert dict(half.form("/gui").fields)[ROW].strip() == "Nhận thêm địa bàn sáp nhập"
    sent = browser.post(half, "/gui", {TOTAL: "Như trên <b>"})
    assert sent.status == 200, sent.notices()
    view = year_on.store.reports.view(KEY)
    assert view is not None
    assert view.line.state == "sent"
    shown = year_on.browser("receiver").get(PLACE).text
    assert "Giải trình: Nhận thêm địa bàn sáp nhập" in shown
    assert "Như trên &lt;b&gt;" in shown


def test_what_needs_no_explanation_is_sent_without(year_on: Site) -> None:
    browser = year_on.browser("leader")
    page = fill(browser, browser.get(f"{PLACE}/nhap"), 8, {})
    assert page.status == 200, page.notices()


def test_a_returned_report_brings_its_explanations_back(year_on: Site) -> None:
    browser, receiver = year_on.browser("leader"), year_on.browser("receiver")
    page = fill(browser, browser.get(f"{PLACE}/nhap"), 9)
    browser.post(page, "/gui", {ROW: "Nhận thêm địa bàn", TOTAL: "Như trên"})
    receiver.post(receiver.get(f"{PLACE}/tra-lai"), "/tra-lai", {"ly_do": "Nêu rõ hơn"})
    again = browser.get(f"{PLACE}/nhap")
    assert dict(again.form("/gui").fields)[ROW].strip() == "Nhận thêm địa bàn"


def test_the_page_asks_before_it_sends(year_on: Site, chromium: Chromium) -> None:
    page = signed_in(chromium, year_on, "leader")
    page.goto(f"{year_on.base}{PLACE}/nhap")
    page.fill('[name="danh_gia"]', "Ổn định.")
    for column in ("c4", "c8"):
        page.fill(f'[name="b06a[dat_dai].{column}"]', "9")
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.locator("#bieu-message")).to_have_text("chưa gửi được: còn cảnh báo chưa giải trình")
    for name in (ROW, TOTAL):
        page.fill(f'[name="{name}"]', "Nhận thêm địa bàn")
    page.get_by_role("button", name="Gửi báo cáo").click()
    page.wait_for_url("**da=gui**")
    expect(page.get_by_text("Giải trình: Nhận thêm địa bàn").first).to_be_visible()
    page.context.close()
