"""The fonts that set-up puts beside the renderers: whole, with every Vietnamese letter, and sound in a PDF."""

import subprocess
import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from weasyprint import HTML

FONTS = Path(__file__).parents[2] / "renderers" / "fonts"
STYLES = {
    "Tinos-Regular.ttf": ("normal", "normal"),
    "Tinos-Bold.ttf": ("bold", "normal"),
    "Tinos-Italic.ttf": ("normal", "italic"),
    "Tinos-BoldItalic.ttf": ("bold", "italic"),
}

TONES = ["", "\N{COMBINING GRAVE ACCENT}", "\N{COMBINING HOOK ABOVE}", "\N{COMBINING TILDE}",
         "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING DOT BELOW}"]  # fmt: skip
LOWER = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES] + list(
    "bcdđghklmnpqrstvxfjwz"
)
LETTERS = LOWER + [letter.upper() for letter in LOWER]
SIGNS = list("0123456789₫%‰§°²³½×÷−–—…·•“”‘’«»≤≥≠≈→←†/()[]{}+=<>\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}")


def output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("name", STYLES)
def test_a_font_has_every_letter_and_sign_of_a_report(name: str) -> None:
    assert len(set(LETTERS)) == 2 * (12 * 6 + 21)
    with TTFont(FONTS / name) as font:
        missing = [sign for sign in LETTERS + SIGNS if ord(sign) not in font.getBestCmap()]
        assert not missing
        assert font["OS/2"].fsType == 0, "the font forbids embedding"


def test_the_licence_of_the_fonts_goes_with_them() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8").upper()


def test_vietnamese_sets_in_one_font_and_can_be_read_out_again(tmp_path: Path) -> None:
    """A word takes letters from several blocks of Unicode; fonts cut into subsets mixed them up."""
    text = "Nghị định 30/2020/NĐ-CP: được, hưởng ≤ 1.234,5 ₫; Kỳ trước chuyển sang ≥ 0"
    faces = "".join(
        f"@font-face {{ font-family: 'Bieu Tinos'; src: url({(FONTS / name).as_uri()});"
        f" font-weight: {weight}; font-style: {style} }}"
        for name, (weight, style) in STYLES.items()
    )
    paragraphs = "".join(
        f"<p style='font: {style} {weight} 10pt \"Bieu Tinos\"'>{text}</p>"
        for weight, style in STYLES.values()
    )
    style = f"<style>{faces} body {{ font-family: 'Bieu Tinos' }}</style>"
    page = HTML(string=f"<html lang=vi>{style}{paragraphs}{' '.join(LETTERS)}")
    pdf = tmp_path / "fonts.pdf"
    pdf.write_bytes(page.write_pdf())

    # A header of two lines, then a font a line; a letter that Tinos lacked would bring another one in.
    fonts = output("pdffonts", pdf).splitlines()[2:]
    assert len(fonts) == len(STYLES)
    assert all("+Bieu-Tinos" in font for font in fonts)
    assert output("pdftotext", "-layout", pdf, "-").count(text) == len(STYLES)
