"""Drafts saved as one types, in a real browser: lost lines, other people, ended sessions, impatient fingers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from compiler.values import Address, Scalar, Values
from runtime.reports import Act, ReportKey
from runtime.storage.records import Draft
from tests.site.conftest import HOME, PERIOD, PLACE, REGIME, RIGHT_FORM, Site
from tests.site.windows import a_chromium, cell, sign_in, signed_in

KEY = ReportKey(REGIME, HOME, PERIOD)
PATIENCE = 20_000
"""Milliseconds within which a save goes on, on a machine that has other things to do."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with a_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, served: Site) -> Iterator[Page]:
    """The form, open in the window of the unit's leader."""
    opened = signed_in(chromium, served, "leader")
    opened.goto(f"{served.base}{PLACE}/nhap")
    yield opened
    opened.context.close()


def kept(site: Site) -> dict[str, Scalar]:
    """What the server has of the draft, by column."""
    draft = site.store.desk.draft(KEY)
    assert draft is not None
    return {address.column: value for address, value in draft.values.cells.items()}


def says(page: Page, words: str) -> None:
    """The page says so beside the state of its checks."""
    expect(page.locator("#bieu-draft")).to_contain_text(words, timeout=PATIENCE)


def test_what_is_typed_is_saved_and_told(served: Site, page: Page) -> None:
    cell(page, "c3").fill("11")
    says(page, "Đã lưu 09:00")
    assert kept(served) == {"c3": 11}
    cell(page, "c4").fill("1.234")
    page.wait_for_function("() => document.querySelector('[name=\"@revision\"]').value === '2'")
    assert kept(served) == {"c3": 11, "c4": 1234}


def test_a_lost_line_loses_nothing(served: Site, page: Page) -> None:
    page.route("**/ban-nhap", lambda route: route.abort())
    cell(page, "c3").fill("11")
    says(page, "Mất kết nối")
    assert kept(served) == {}
    # Even the page may go: this browser still has it.
    page.reload()
    assert cell(page, "c3").input_value() == "11"
    says(page, "Mất kết nối")
    page.unroute("**/ban-nhap")
    says(page, "Đã lưu")
    assert kept(served) == {"c3": 11}
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_server_that_is_being_restarted_is_waited_for(served: Site, page: Page) -> None:
    page.route("**/ban-nhap", lambda route: route.fulfill(status=503, body="<html>bảo trì</html>"))
    cell(page, "c3").fill("11")
    says(page, "số liệu giữ trên máy này")
    page.unroute("**/ban-nhap")
    says(page, "Đã lưu")
    assert kept(served) == {"c3": 11}


def test_somebody_elses_draft_is_told_and_not_overwritten(served: Site, page: Page) -> None:
    other = Values({Address("b01xld", "so_lieu", "c3"): 99})
    assert isinstance(served.store.desk.save_draft(KEY, other, 0, Act("officer", served.clock())), Draft)
    cell(page, "c4").fill("5")
    says(page, "officer đã lưu bản nháp lúc 09:00 15/09/2026")
    page.wait_for_timeout(2500)
    assert kept(served) == {"c3": 99}
    page.get_by_role("button", name="Lưu bản của tôi, thay bản kia").click()
    says(page, "Đã lưu 09:00")
    assert kept(served) == {"c4": 5}


def test_the_other_draft_can_be_taken_instead(served: Site, page: Page) -> None:
    other = Values({Address("b01xld", "so_lieu", "c3"): 99})
    served.store.desk.save_draft(KEY, other, 0, Act("officer", served.clock()))
    cell(page, "c4").fill("5")
    page.get_by_role("button", name="Mở bản kia").click()
    expect(cell(page, "c3")).to_have_value("99", timeout=PATIENCE)
    assert cell(page, "c4").input_value() == ""


def test_an_ended_session_goes_on_from_another_tab(served: Site, page: Page) -> None:
    served.clock.now += timedelta(hours=1)
    cell(page, "c3").fill("11")
    says(page, "Phiên đã hết")
    assert kept(served) == {}
    other = page.context.new_page()
    sign_in(other, served, "leader")
    says(page, "Đã lưu 10:00")
    assert kept(served) == {"c3": 11}


def test_another_person_in_another_tab_changes_nothing(served: Site, page: Page) -> None:
    """The page was opened by the leader: what it says is not put down to whoever signed in meanwhile."""
    sign_in(page.context.new_page(), served, "officer")
    cell(page, "c3").fill("11")
    says(page, "bằng tài khoản khác")
    assert kept(served) == {}


def test_a_double_click_and_the_back_button_send_once(served: Site, page: Page) -> None:
    for column, text in RIGHT_FORM.items():
        cell(page, column).fill(text)
    page.get_by_role("button", name="Gửi báo cáo").dblclick()
    page.wait_for_url("**da=gui**")
    page.go_back()
    page.wait_for_load_state()
    assert page.get_by_role("button", name="Gửi báo cáo").count() == 0, (
        "what was sent is not there to be sent again"
    )
    view = served.store.reports.view(KEY)
    assert view is not None
    assert [entry.action for entry in view.history].count("send") == 1
    assert len(view.versions) == 1


def test_a_forms_program_is_fetched_once(served: Site, page: Page) -> None:
    address = page.locator('script[src*="/forms/"]').get_attribute("src")
    assert address is not None
    answer = page.request.get(f"{served.base}{address}")
    assert "immutable" in answer.headers["cache-control"]
    assert f"/forms/{served.store.templates.published()[0].hash}/form.js?v=" in address
