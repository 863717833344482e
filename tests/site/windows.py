"""Windows of a real Chromium on a site under test, and the fields in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.site.conftest import PASSWORD, Site

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def a_chromium() -> Iterator[Browser]:
    """Debian's Chromium; a machine without it fails."""
    path = os.environ.get("BIEU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None, "Chromium is needed: script/test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def signed_in(chromium: Browser, site: Site, account: str) -> Page:
    """A window in which somebody has signed in; any script error fails the test."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    sign_in(page, site, account)
    return page


def sign_in(page: Page, site: Site, account: str) -> None:
    """Sign in on the page for it."""
    page.goto(f"{site.base}/dang-nhap")
    page.fill('input[name="ten"]', account)
    page.fill('input[name="mat_khau"]', PASSWORD)
    page.click('main button[type="submit"]')
    page.wait_for_url(lambda address: "dang-nhap" not in address)


def cell(page: Page, column: str) -> Locator:
    """The field of a column of the petitions form's one row."""
    return page.locator(f'[name="b01xld[so_lieu].{column}"]')
