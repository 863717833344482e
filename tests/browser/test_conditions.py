"""What is asked only on a condition: sections and fields come and go as one types, and are missed only when shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from compiler.package import Library
from compiler.values import Address, Values
from renderers.html.names import anchor

FORM = Path(__file__).parents[1] / "contract" / "forms" / "de_cuong.bieu"


def field(page: Page, name: str) -> Any:
    return page.locator(f'[id="{anchor(f"fields[report].{name}")}"]')


def test_sections_and_fields_follow_their_conditions(page: Page, server: Any, report: Any) -> None:
    layout = Library().load(FORM).compilation.regimes[-1].layout
    page.goto(server.publish(layout, report(Values({Address("fields", "report", "so_can_bo"): 3}))))
    projects = page.locator("section", has=page.get_by_role("heading", name="II. DỰ ÁN", exact=True)).first
    training = page.locator("section", has=page.get_by_role("heading", name="Huấn luyện", exact=True)).last
    expect(projects).to_be_hidden()
    expect(field(page, "hinh_thuc")).to_be_visible()
    field(page, "so_can_bo").fill("")
    expect(field(page, "hinh_thuc")).to_be_hidden()  # an unknown condition shows nothing
    field(page, "so_can_bo").fill("5")
    field(page, "co_du_an").select_option("true")
    expect(projects).to_be_visible()
    expect(training).to_be_hidden()
    field(page, "co_lop").select_option("true")
    expect(training).to_be_visible()
    expect(page.locator("output[data-sentence]").first).to_have_text("5")

    page.get_by_role("button", name="Gửi báo cáo").click()
    missing = page.locator("#bieu-summary .missing")
    expect(missing).to_contain_text("Khó khăn, vướng mắc")
    expect(missing).not_to_contain_text("Kiến nghị")
    field(page, "so_can_bo").fill("0")
    expect(missing).to_contain_text("Kiến nghị")
    field(page, "co_du_an").select_option("false")
    expect(projects).to_be_hidden()
    expect(missing).not_to_contain_text("Khó khăn, vướng mắc")


def test_what_was_answered_in_a_section_that_went_away_is_told(page: Page, server: Any, report: Any) -> None:
    layout = Library().load(FORM).compilation.regimes[-1].layout
    values = Values(
        {
            Address("fields", "report", "so_can_bo"): 3,
            Address("fields", "report", "co_du_an"): True,
            Address("da", "lon", "von"): 50,
        }
    )
    page.goto(server.publish(layout, report(values)))
    state = page.locator("#bieu-state")
    state.click()
    message = "«Vốn» chỉ nhập khi «Có dự án trong kỳ»"
    expect(page.locator("#bieu-summary .fail")).not_to_contain_text(message)
    field(page, "co_du_an").select_option("false")
    expect(page.locator("#bieu-summary .fail")).to_contain_text(message)


def test_fields_look_right_on_a_phone(page: Page, server: Any) -> None:
    layout = Library().load(FORM).compilation.regimes[-1].layout
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(server.publish(layout))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for name in ("so_can_bo", "ngay_hop", "co_du_an"):
        box = field(page, name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
