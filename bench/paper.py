"""Printing and signing against the libraries' own calls: the same pages, the same file, the same key."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib import resources
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench import form
from bench.comparisons import Comparison, Disagreement
from compiler.formula.evaluate import evaluate_report
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.pdf.fonts import FontFetcher
from renderers.pdf.report import page, render
from runtime.signing import make_demo_identity, read_identity, sign_pdf

_PERIOD = ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14))
_HEAD = Letterhead("Ủy ban nhân dân tỉnh Quảng Ngãi", "Ủy ban nhân dân xã Tịnh Khê", "Quảng Ngãi", "Tỉnh")


def comparisons() -> Iterator[Comparison]:
    """A filled report of 3 pages printed, and signed."""
    layout = form.form_layout()
    values = evaluate_report(layout, form.reports(1)[0]).values
    filling = Filling(values, "21025", "UBND xã Tịnh Khê", _PERIOD, _HEAD, submission=b"{}")
    html = page(layout, filling)
    fonts = FontConfiguration()
    css = resources.files("renderers.pdf").joinpath("report.css").read_text(encoding="utf-8")
    sheet = CSS(string=css, font_config=fonts, url_fetcher=FontFetcher())

    def bare() -> bytes:
        document = HTML(string=html, url_fetcher=FontFetcher())
        pdf: bytes = document.write_pdf(stylesheets=[sheet], font_config=fonts)
        return pdf

    printed = render(layout, filling)
    pages = [_pages(each) for each in (bare(), printed)]
    if pages[0] != pages[1]:
        raise Disagreement(f"pages: {pages}")
    yield Comparison(
        f"Print a filled form of 40×12, {pages[0]} pages: tagged, with form and data inside",
        "bare WeasyPrint on the same HTML",
        bare,
        lambda: render(layout, filling),
        at_most=1.3,
    )

    archive = make_demo_identity("Bench", passphrase=b"x").pkcs12
    identity = read_identity(archive, b"x")
    key = signers.SimpleSigner.load_pkcs12_data(archive, [], b"x")
    settings = signers.PdfSignatureMetadata(
        field_name="Ky", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )

    def own() -> object:
        writer = IncrementalPdfFileWriter(BytesIO(printed))
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(signers.sign_pdf, writer, settings, signer=key).result()

    yield Comparison(
        "Sign it, PAdES B-B",
        "pyHanko's own call",
        own,
        lambda: sign_pdf(printed, identity),
        at_most=2,
    )


def _pages(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)
