"""Pages read back: they say what the data says, and every way to make them say something else is found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.values import Values
from renderers.filling import Filling
from renderers.pdf.compare import compare_paper
from renderers.pdf.head import filling_from, head_bytes, read_head
from renderers.pdf.read import PaperUnreadable, read_paper
from renderers.pdf.report import render
from runtime.signing import Identity, make_demo_identity, read_identity, sign_pdf
from runtime.verification import Trust, Verification, verify_pdf

MADE = datetime(2026, 9, 1, tzinfo=UTC)
SIGNED = datetime(2026, 9, 16, 8, 5, tzinfo=UTC)
NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def printed(procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report)


@pytest.fixture(scope="module")
def identity() -> tuple[Identity, bytes]:
    made = make_demo_identity("Nguyễn Văn Đức", passphrase=b"thu", made=MADE)
    return read_identity(made.pkcs12, b"thu"), made.authority


def verified(pdf: bytes, identity: tuple[Identity, bytes]) -> Verification:
    signed = sign_pdf(pdf, identity[0], signed_at=SIGNED)
    return verify_pdf(signed, Trust((identity[1],)), now=NOW)


def codes(found: Verification, severity: str = "error") -> list[str]:
    return [statement.code for statement in found.statements if statement.severity == severity]


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """The file with something done to it, as a forger would before signing."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def rewrite(page: pikepdf.Page, pdf: pikepdf.Pdf, edit: Callable[[list[Any]], list[Any]]) -> None:
    instructions = edit(list(pikepdf.parse_content_stream(page)))
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))


def show(codes: bytes) -> pikepdf.ContentStreamInstruction:
    """The operator that draws codes."""
    return pikepdf.ContentStreamInstruction([pikepdf.Array([pikepdf.String(codes)])], pikepdf.Operator("TJ"))


def drawn(instruction: Any) -> bytes:
    """The codes that a text operator draws; nothing for any other operator."""
    if str(instruction.operator) != "TJ":
        return b""
    return b"".join(
        bytes(item)
        for operand in instruction.operands
        for item in (operand if isinstance(operand, pikepdf.Array) else [])
        if isinstance(item, pikepdf.String)
    )


def glyphs(text: str, face: str = "Tinos-Bold.ttf") -> bytes:
    """The codes of a text: Tinos's own glyph numbers."""
    from renderers.pdf.fonts import folder

    with TTFont(folder() / face) as font:
        names = font.getBestCmap()
        return b"".join(font.getGlyphID(names[ord(letter)]).to_bytes(2, "big") for letter in text)


# -- sound reports -----------------------------------------------------------------------------------------------------


def test_the_pages_of_a_report_agree_with_its_data_and_are_printed_again_to_the_byte(
    printed: bytes, identity: tuple[Identity, bytes]
) -> None:
    found = verified(printed, identity)
    assert found.sound
    assert {"paper_agrees", "reprinted"} <= set(codes(found, "notice"))
    (said,) = [statement for statement in found.statements if statement.code == "paper_agrees"]
    assert int(said.values["cells"]) > 100
    assert int(said.values["characters"]) > 1000


@pytest.mark.parametrize(("kind", "size"), [("long", 60), ("wide", 12), ("wide", 5)])
def test_tables_over_pages_and_in_parts_are_put_together_again(
    kind: str, size: int, layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of(kind, size)
    filling = fill(layout, coverage="tổng hợp từ 93/96 đơn vị")
    found = compare_paper(layout, filling, read_paper(render(layout, filling)))
    assert found.differences == ()
    assert found.cells > len(layout.cells)


@given(written=st.text(max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_person_writes_is_read_back(
    procedures: Layout, fill: Callable[..., Filling], written: str
) -> None:
    filling = fill(procedures, Values(texts={"danh_gia": f"a{written}b"}))
    paper = read_paper(render(procedures, filling))
    assert compare_paper(procedures, filling, paper).differences == ()
    assert (paper.loose, paper.covers, paper.forged) == ((), 0, ())


def test_signs_that_turn_the_direction_of_digits_are_not_printed(
    procedures: Layout, fill: Callable[..., Filling]
) -> None:
    """U+202E would show 321 where the text says 123."""
    filling = fill(procedures, Values(texts={"danh_gia": "\u202e123\u202c so\u00adft \u05d0"}))
    words = read_paper(render(procedures, filling)).parts[0]
    assert "Đánhgiáchung123soft\ufffdTrongkỳ" in str(words)


def test_the_head_inside_gives_the_filling_back(report: Filling) -> None:
    assert filling_from(read_head(head_bytes(report)), report.values, report.submission) == report


# -- forged pages ------------------------------------------------------------------------------------------------------


def test_a_number_changed_on_the_page_is_found_at_its_place(
    printed: bytes, identity: tuple[Identity, bytes]
) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        def edit(instructions: list[Any]) -> list[Any]:
            return [
                show(glyphs("9.378")) if drawn(instruction) == glyphs("5.378") else instruction
                for instruction in instructions
            ]

        rewrite(pdf.pages[-1], pdf, edit)

    found = verified(changed(printed, change), identity)
    assert codes(found) == ["paper_differs"]
    (wrong,) = found.findings
    assert wrong.code == "paper_differs"
    assert wrong.place.words.endswith("› Tổng số › Tổng số (3=4+5+6)")
    assert dict(wrong.values) == {"found": "9.378", "expected": "5.378"}


def test_the_data_changed_under_the_pages_is_found(
    printed: bytes, report: Filling, identity: tuple[Identity, bytes]
) -> None:
    other = report.submission.replace(
        "Đề nghị bổ sung máy quét.".encode(), "Đề nghị bổ sung máy in.".encode()
    )
    assert other != report.submission

    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.attachments["submission.json"]
        pdf.attachments["submission.json"] = pikepdf.AttachedFileSpec(pdf, other, filename="submission.json")

    found = verified(changed(printed, change), identity)
    assert codes(found) == ["paper_differs"]
    assert all("máyquét" in finding.values["found"] for finding in found.findings)


def test_digits_that_look_like_others_are_found(printed: bytes, identity: tuple[Identity, bytes]) -> None:
    """The drawn 3 and 9 change places, and the file says that each is the other: every reader is fooled but the eye."""
    three, nine = glyphs("3"), glyphs("9")

    def change(pdf: pikepdf.Pdf) -> None:
        swapped = {three: nine, nine: three}

        def edit(instructions: list[Any]) -> list[Any]:
            edited: list[Any] = []
            for instruction in instructions:
                text = drawn(instruction)
                pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
                codes = b"".join(swapped.get(pair, pair) for pair in pairs)
                edited.append(show(codes) if text else instruction)
            return edited

        for page in pdf.pages:
            rewrite(page, pdf, edit)
        for font in pdf.pages[0].obj.Resources.Font.values():
            text = font.ToUnicode.read_bytes()
            low, high = (b"<%04x> " % int.from_bytes(each, "big") for each in (three, nine))
            text = text.replace(low + b"<0033>", low + b"<0O39>").replace(high + b"<0039>", high + b"<0033>")
            font.ToUnicode.write(text.replace(b"<0O39>", b"<0039>"))

    found = verified(changed(printed, change), identity)
    assert "paper_letters_forged" in codes(found)
    (said,) = [statement for statement in found.statements if statement.code == "paper_letters_forged"]
    assert said.values["letters"] == "3 9"


def test_a_font_with_another_outline_is_found(printed: bytes, identity: tuple[Identity, bytes]) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[0].obj.Resources.Font.values():
            stream = font.DescendantFonts[0].FontDescriptor.FontFile2
            with TTFont(BytesIO(stream.read_bytes())) as embedded:
                order = embedded.getGlyphOrder()
                one, seven = (int.from_bytes(glyphs(digit), "big") for digit in "17")
                table = embedded["glyf"]
                table[order[one]], table[order[seven]] = table[order[seven]], table[order[one]]
                out = BytesIO()
                embedded.save(out)
            stream.write(out.getvalue())

    assert codes(verified(changed(printed, change), identity)) == ["paper_letters_forged"]


def overlay(content: bytes) -> Callable[[pikepdf.Pdf], None]:
    """Something more drawn on the first page."""
    return lambda pdf: pdf.pages[0].contents_add(pdf.make_stream(content))


def annotated(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 500, 500], Contents="che"
    )
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (overlay(b"q 1 1 1 rg 0 0 600 800 re f Q"), "paper_covered"),
        (overlay(b"q /Fm0 Do Q"), "paper_covered"),
        (annotated, "paper_covered"),
        (overlay(b"q BT /%s 20 Tf 0 0 0 rg 100 100 Td <00160016> Tj ET Q"), "paper_differs"),
    ],
    ids=["white area", "picture", "annotation", "untagged text"],
)
def test_whatever_else_is_drawn_on_a_page_is_found(
    change: Callable[[pikepdf.Pdf], None], code: str, printed: bytes, identity: tuple[Identity, bytes]
) -> None:
    def with_font(pdf: pikepdf.Pdf) -> None:
        change(pdf)
        fonts: Any = pdf.pages[0].obj.Resources.Font
        name = next(name for name in fonts if str(fonts[name].BaseFont).endswith("+Bieu-Tinos")).encode()
        contents = pdf.pages[0].obj.Contents
        for stream in contents if isinstance(contents, pikepdf.Array) else []:
            stream.write(stream.read_bytes().replace(b"/%s", name))

    assert codes(verified(changed(printed, with_font), identity)) == [code]


@pytest.mark.parametrize("before", [b"3 Tr ", b"1 1 1 rg "], ids=["invisible", "white"])
def test_words_that_nobody_sees_do_not_count(
    before: bytes, printed: bytes, identity: tuple[Identity, bytes]
) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        content = pdf.pages[0].Contents.read_bytes()
        place = re.search(rb"BT\s", content)
        assert place is not None
        pdf.pages[0].Contents.write(content[: place.end()] + before + content[place.end() :])

    assert codes(verified(changed(printed, change), identity)) == ["paper_differs"]


def test_a_page_taken_out_is_found(printed: bytes, identity: tuple[Identity, bytes]) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[-1]

    assert {"paper_differs", "paper_unreadable"} & set(codes(verified(changed(printed, change), identity)))


def test_a_file_without_its_head_is_not_said_to_agree(
    printed: bytes, identity: tuple[Identity, bytes]
) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.attachments["letterhead.json"]

    found = verified(changed(printed, change), identity)
    assert codes(found, "warning") == ["paper_not_compared"]
    assert "paper_agrees" not in codes(found, "notice")


def test_a_head_of_another_unit_is_found(
    procedures: Layout, report: Filling, identity: tuple[Identity, bytes]
) -> None:
    assert codes(verified(render(procedures, replace(report, unit_code="21028")), identity)) == [
        "head_differs"
    ]


def test_a_small_page_can_t_fill_the_memory(printed: bytes) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Contents.write(b"q Q " * 5_000_000)

    bomb = changed(printed, change)
    assert len(bomb) < 400_000
    with pytest.raises(PaperUnreadable):
        read_paper(bomb)
