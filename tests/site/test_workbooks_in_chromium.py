"""A person with a workbook and a browser: refused with every reason, the marked copy kept, corrected, taken."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from compiler.values import Address, Values
from renderers.xlsx.mark import LIST
from renderers.xlsx.sheets import Book
from renderers.xlsx.write import render
from runtime.reports import ReportKey
from server.printing import filling_of
from tests.site.conftest import HOME, PERIOD, PLACE, REGIME, RIGHT_FORM, Site
from tests.site.windows import a_chromium, signed_in

KEY = ReportKey(REGIME, HOME, PERIOD)
RIGHT = {name: int(text) for name, text in RIGHT_FORM.items()}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with a_chromium() as browser:
        yield browser


def workbook(site: Site, cells: dict[str, int], unit: str = HOME) -> bytes:
    values = Values(cells={Address("b01xld", "so_lieu", name): number for name, number in cells.items()})
    return render(site.layout, filling_of(site.layout, site.store.units.all(), unit, PERIOD, values))


def corrected(site: Site, marked: bytes) -> bytes:
    """The marked copy with the wrong cell put right."""
    book = openpyxl.load_workbook(BytesIO(marked))
    assert book.sheetnames[0] == LIST
    spot = Book(site.layout).cells[Address("b01xld", "so_lieu", "c13")]
    book[spot.sheet].cell(spot.row, spot.column).value = RIGHT["c13"]
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def shown(page: Page, name: str) -> None:
    """No page is wider than the window, at either width; a picture of it where one is asked for."""
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        folder = os.environ.get("BIEU_PICTURES")
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def test_a_wrong_workbook_comes_back_marked_and_is_taken_when_put_right(
    served: Site, chromium: Browser, tmp_path: Path
) -> None:
    page = signed_in(chromium, served, "leader")
    wrong = tmp_path / "báo cáo.xlsx"
    wrong.write_bytes(workbook(served, {**RIGHT, "c13": 9}))
    page.goto(f"{served.base}{PLACE}/nhap")
    page.click('details:has(input[name="tep"]) > summary')
    page.set_input_files('input[name="tep"]', str(wrong))
    page.click('form:has(input[name="tep"]) button[type="submit"]')
    page.wait_for_selector("text=Chưa nhận tệp")
    shown(page, "upload")
    with page.expect_download() as download:
        page.click("text=Tải bản đánh dấu lỗi")
    marked = tmp_path / "danh-dau.xlsx"
    download.value.save_as(marked)
    assert download.value.suggested_filename == "báo cáo-danh-dau.xlsx"
    right = tmp_path / "sua.xlsx"
    right.write_bytes(corrected(served, marked.read_bytes()))
    page.set_input_files('input[name="tep"]', str(right))
    page.click('form:has(input[name="tep"]) button[type="submit"]')
    page.wait_for_url("**/nhap?da=tep")
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert draft.values.cells[Address("b01xld", "so_lieu", "c13")] == RIGHT["c13"]


def test_many_workbooks_at_once(served: Site, chromium: Browser, tmp_path: Path) -> None:
    page = signed_in(chromium, served, "leader")
    archive = tmp_path / "xa.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("xã nhà.xlsx", workbook(served, RIGHT))
        target.writestr("xã khác.xlsx", workbook(served, RIGHT, unit="21034"))
    lone = tmp_path / "hỏng.xlsx"
    lone.write_bytes(b"PK\x03\x04")
    page.goto(f"{served.base}/bao-cao/{REGIME}/{PERIOD.code}/nhieu-tep")
    shown(page, "many-before")
    page.set_input_files('input[name="tep"]', [str(archive), str(lone)])
    page.click("text=Đọc các tệp")
    page.wait_for_selector("text=Đã lưu 1/3 tệp")
    for summary in page.locator("details summary").all():
        summary.click()
    shown(page, "many")
    rows = page.locator("table.stacked tbody tr")
    fates = {
        rows.nth(n).locator("th").inner_text(): rows.nth(n).locator(".badge").inner_text() for n in range(3)
    }
    assert fates == {"xã nhà.xlsx": "Đã lưu nháp", "xã khác.xlsx": "Không nhận", "hỏng.xlsx": "Không nhận"}
