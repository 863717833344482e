"""Titles, labels and texts are anybody's: they are printed as they are, and load or break nothing."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from weasyprint.urls import URLFetchingError, fetch

from compiler.cells import Layout
from compiler.values import Values
from renderers.filling import Filling
from renderers.pdf.fonts import FILES, FontFetcher, printable
from renderers.pdf.report import page, render

HOSTILE = (
    '<img src="file:///etc/passwd">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<object data="http://127.0.0.1:9/">',
    "<style>@import url(http://127.0.0.1:9/)</style>",
    "</p></body><script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "\" style=\"background:url('file:///etc/hostname')",
    "&#60;img src=x&#62;",
)


def text_of(pdf: bytes) -> str:
    found = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_in_texts_is_printed_not_obeyed(
    hostile: str, procedures: Layout, fill: Callable[..., Filling], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = FontFetcher.fetch

    def watched(self: FontFetcher, url: str, headers: object = None) -> object:
        asked.append(url)
        return original(self, url, headers)

    monkeypatch.setattr(FontFetcher, "fetch", watched)
    filling = fill(procedures, Values(texts={"danh_gia": f"Đầu {hostile} cuối"}))
    pdf = render(procedures, filling)
    assert "".join(f"Đầu {hostile} cuối".split()) in "".join(text_of(pdf).split())
    assert not [url for url in asked if not url.startswith("bieu-font:")]
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert set(opened.attachments) == {"submission.json", "template.json", "letterhead.json"}


def test_markup_in_an_author_s_words_and_a_letterhead_is_escaped(procedures: Layout, report: Filling) -> None:
    hostile = '<img src="file:///etc/passwd">'
    template = procedures.template.model_copy(
        update={"title": hostile, "basis": (hostile,), "notes": (hostile,)}
    )
    filling = replace(
        report,
        unit_name=hostile,
        coverage=hostile,
        letterhead=replace(
            report.letterhead, issuer=hostile, superior=hostile, receiver=hostile, signer_name=hostile
        ),
    )
    for html in (page(Layout(template), filling), page(Layout(template), None)):
        assert "<img" not in html
        assert html.count("&lt;") > 3


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.org/",
        "data:text/plain,x",
        "bieu-font:../filling.py",
        "bieu-font:/etc/passwd",
        "bieu-font:OFL.txt",
        "BIEU-FONT:Tinos-Regular.ttf",
    ],
)
def test_the_fetcher_refuses_everything_but_the_four_fonts(url: str) -> None:
    with pytest.raises(URLFetchingError, match="ResourceRefused"), fetch(FontFetcher(), url):
        pytest.fail("it was served")


def test_the_fetcher_serves_the_fonts() -> None:
    folder = Path(__file__).parents[2] / "renderers" / "fonts"
    for name in FILES:
        with fetch(FontFetcher(), f"bieu-font:{name}") as response:
            assert response.read() == (folder / name).read_bytes()


def test_letters_that_the_fonts_lack_never_bring_in_a_font_of_the_machine(
    procedures: Layout, report: Filling, tmp_path: Path
) -> None:
    odd = "chữ 漢字 \U0001f600 \x00\x07\x1b \ud800 e\u0302\u0323 hết"
    pdf = render(procedures, replace(report, values=replace(report.values, texts={"danh_gia": odd})))
    path = tmp_path / "odd.pdf"
    path.write_bytes(pdf)
    fonts = (
        subprocess.run(["pdffonts", path], capture_output=True, check=True).stdout.decode().splitlines()[2:]
    )
    assert fonts
    assert all("Bieu-Tinos" in font for font in fonts)
    assert "ệ hết" in text_of(pdf), "letters are composed first"


def test_printable_keeps_what_can_be_set_and_marks_the_rest() -> None:
    assert printable("Số ≤ 5 ₫\n") == "Số ≤ 5 ₫\n"
    assert printable("e\u0302\u0323\r\nx") == "ệ\nx"
    assert printable("a\x00漢\ud800b") == "a\ufffd\ufffd\ufffdb"


def test_one_endless_word_stays_on_the_page(procedures: Layout, fill: Callable[..., Filling]) -> None:
    pdf = render(procedures, fill(procedures, Values(texts={"danh_gia": "ư" * 3000})))
    assert text_of(pdf).count("ư") >= 3000
