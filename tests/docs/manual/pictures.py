"""Makes the tutorial's pictures anew: the form in Chromium, the workbook through LibreOffice, the printed report.

    python -m tests.docs.manual.pictures

Chromium, LibreOffice and pdftoppm are what the tests need too. Pixels differ from machine to machine: no test compares
them, the tutorial's test only asks that each picture is there.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.periods import Period, parse_period
from renderers.document import read_submission
from renderers.filling import Filling
from renderers.registry import TARGETS
from runtime.units import units_of_vietnam
from server.printing import filling_of
from tests.docs.manual.words import ROOT

TUTORIAL = ROOT / "docs/tutorial"
LAST = TUTORIAL / "buoc_5.bieu"
REPORT = TUTORIAL / "bao_cao/xa_1.json"


def main() -> None:
    """Writes docs/tutorial/anh/*.png."""
    (regime,) = Library().load(LAST).compilation.regimes
    pictures = TUTORIAL / "anh"
    pictures.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        filling = _filling(regime.layout)
        for target in TARGETS:
            if target.name in ("html", "css", "javascript", "xlsx", "pdf"):
                (folder / target.filename).write_bytes(
                    target.render(regime.layout, filling if target.filled else None)
                )
        _form(folder, pictures / "web.png")
        _page(folder / "form.pdf", 1, pictures / "in.png")
        _page(folder / "form.pdf", 2, pictures / "in_bieu.png")
        _workbook(folder, pictures / "excel.png")


def _filling(layout: Layout) -> Filling:
    head, given, findings = read_submission(layout, REPORT.read_bytes())
    assert head is not None, findings
    values = evaluate_report(layout, given).values
    period = parse_period(head.period)
    assert isinstance(period, Period)
    return filling_of(layout, units_of_vietnam(), head.unit, period, values, dated=date(2026, 9, 15))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing of each request."""


def _form(folder: Path, picture: Path) -> None:
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="vi-VN", viewport={"width": 1440, "height": 900})
        page.goto(f"http://127.0.0.1:{server.server_port}/form.html")
        page.get_by_text("II. KIẾN NGHỊ").first.scroll_into_view_if_needed()
        page.screenshot(path=picture)
        browser.close()
        server.shutdown()
        thread.join()


def _page(pdf: Path, number: int, picture: Path) -> None:
    command = ["pdftoppm", "-png", "-singlefile", "-f", str(number), "-r", "80"]
    command += [str(pdf), str(picture.with_suffix(""))]
    subprocess.run(command, check=True)


def _workbook(folder: Path, picture: Path) -> None:
    program = shutil.which("soffice")
    assert program is not None, "LibreOffice is needed: apt-get install libreoffice-calc"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder / "excel")]
    subprocess.run([*command, str(folder / "form.xlsx")], check=True, capture_output=True, timeout=180)
    # The first page is the cover.
    _page(folder / "excel/form.pdf", 2, picture)


if __name__ == "__main__":
    main()
