"""Files as they come: damaged, hostile, strange. Each gives a clear answer or a draft with questions, never a trace."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from compiler.findings import Finding, sentence
from renderers.importing.importing import Imported, import_form
from renderers.importing.sheets import MOST_ROWS
from renderers.xlsx.gate import MAX_FILE
from tests.importing.clerk import B01TCD, B01XLD, B06A, document, saved, workbook


def outcome(data: bytes) -> str:
    """The code of the finding; "draft" where one was made."""
    found = import_form(data, "bieu", "vi")
    if isinstance(found, Finding):
        assert sentence(found)
        assert sentence(found, "en")
        return found.code
    assert not found.compilation.failed, found.source.text
    return "draft"


def changed(data: bytes, name: str, change: object) -> bytes:
    """An archive with one part replaced by what `change` makes of it."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in archive.namelist():
            content = archive.read(part)
            target.writestr(part, change(content) if part == name else content)  # type: ignore[operator]
    return out.getvalue()


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<x>&b;</x>"
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "workbook_broken"),
        (b"PK\x03\x04", "workbook_broken"),
        (b"a,b,c\n1,2,3\n", "workbook_broken"),
        (b"%PDF-1.7", "workbook_broken"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "workbook_old"),
        (bytes(MAX_FILE + 1), "file_too_large"),
        (workbook(B01XLD)[:-200], "workbook_broken"),
        (document(B01XLD)[:-200], "workbook_broken"),
        (changed(workbook(B01XLD), "xl/workbook.xml", lambda _: BOMB), "workbook_with_doctype"),
        (changed(document(B01XLD), "word/document.xml", lambda _: BOMB), "document_with_doctype"),
        (changed(document(B01XLD), "word/document.xml", lambda _: b"<x/>"), "document_broken"),
        (changed(document(B01XLD), "word/document.xml", lambda data: data[:900]), "document_broken"),
        (
            changed(workbook(B01XLD), "xl/workbook.xml", lambda _: b"<x>" + b" " * 90_000_000 + b"</x>"),
            "workbook_broken",
        ),
        (
            changed(document(B01XLD), "word/document.xml", lambda _: b"<x>" + b" " * 90_000_000 + b"</x>"),
            "document_broken",
        ),
        (saved(Workbook()), "no_table_found"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_refused(data: bytes, code: str) -> None:
    assert outcome(data) == code


def test_an_empty_document_has_no_form() -> None:
    out = BytesIO()
    Document().save(out)
    assert outcome(out.getvalue()) == "no_table_found"


def test_a_document_of_deep_tables_is_refused() -> None:
    def nested(data: bytes) -> bytes:
        depth = 30
        table = b"<w:tbl><w:tr><w:tc>" * depth + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * depth
        return data.replace(b"<w:body>", b"<w:body>" + table)

    assert outcome(changed(document(B01XLD), "word/document.xml", nested)) == "document_too_large"


def test_merged_ranges_that_overlap_are_asked_about() -> None:
    def overlapping(data: bytes) -> bytes:
        more = b'<mergeCell ref="B9:D13"/><mergeCell ref="C9:E10"/><mergeCell ref="A1:XFD1048576"/>'
        return data.replace(b"</mergeCells>", more + b"</mergeCells>")

    found = import_form(changed(workbook(B01XLD), "xl/worksheets/sheet1.xml", overlapping), "bieu", "vi")
    assert isinstance(found, Imported)
    assert not found.compilation.failed
    assert "lost_cells" in {each.code for each in found.doubts}


def test_a_merged_range_that_is_none_is_refused() -> None:
    def nonsense(data: bytes) -> bytes:
        return data.replace(b"</mergeCells>", b'<mergeCell ref="ZZZZ"/></mergeCells>')

    assert outcome(changed(workbook(B01XLD), "xl/worksheets/sheet1.xml", nonsense)) == "workbook_broken"


def test_phantom_rows_and_columns_cost_nothing() -> None:
    book = load_workbook(BytesIO(workbook(B06A)))
    sheet = book.worksheets[0]
    for row in (5_000, 300_000, 1_048_576):
        sheet.cell(row, 16_384).fill = PatternFill("solid", fgColor="FFFF00")
    assert outcome(saved(book)) == "draft"


def test_more_rows_than_are_read() -> None:
    book = load_workbook(BytesIO(workbook(B06A)))
    sheet = book.worksheets[0]
    for row in range(30, MOST_ROWS + 50):
        sheet.cell(row, 2, f"Dòng {row}")
    assert outcome(saved(book)) == "draft"


def test_hidden_sheets_are_not_looked_at() -> None:
    book = load_workbook(BytesIO(workbook(B06A, B01TCD)))
    book.worksheets[1].sheet_state = "hidden"
    found = import_form(saved(book), "bieu", "vi")
    assert isinstance(found, Imported)
    assert [table.form for table in found.draft.tables] == ["II.06a/VPCP/KSTT"]


def test_letters_set_below_each_other() -> None:
    book = load_workbook(BytesIO(workbook(B01XLD)))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.value == "Khiếu nại":
                cell.value = "\n".join("Khiếu nại")
    found = import_form(saved(book), "bieu", "vi")
    assert isinstance(found, Imported)
    assert 'c8 "Khiếu nại"' in found.source.text


def test_texts_can_not_break_out_of_the_source() -> None:
    nasty = (
        'a" = c1\n}',
        "\\",
        '"',
        "# x",
        "{b06a[tong].c3}",
        "\u202eabc",
        "a\x00b"[:1],
        "`",
        "=1+1",
        "{CHECK}",
    )
    book = load_workbook(BytesIO(workbook(B01XLD)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if isinstance(cell.value, str)]
    for number, text in enumerate(nasty * 6):
        cell = cells[number % len(cells)]
        if not str(cell.value)[:1].isdigit():
            cell.value = text + str(cell.value)
    assert outcome(saved(book)) in {"draft", "no_table_found"}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_shuffling_of_a_form_gives_a_draft_or_an_answer(seed: int) -> None:
    choose = random.Random(seed)
    book = load_workbook(BytesIO(_SMALL))
    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    for _ in range(choose.randint(1, 25)):
        cell = choose.choice(cells)
        if type(cell).__name__ == "MergedCell":
            continue
        cell.value = choose.choice(
            [
                None,
                "x",
                "3=4+5",
                "1",
                "(2)",
                "…",
                "Trong đó:",
                "Tổng số",
                "I",
                "1.1",
                "=A1",
                -3,
                2.5,
                "Biểu số: 9",
            ]
        )
    if choose.random() < 0.5:
        sheet.delete_rows(choose.randint(1, 14), choose.randint(1, 2))
    assert outcome(saved(book)) in {"draft", "no_table_found"}


_SMALL = workbook(B06A)


def test_the_command_writes_the_draft_and_tells_what_differs(tmp_path: Path) -> None:
    import json

    from tests.server.test_commands import run

    file, folder = tmp_path / "01-xld.docx", tmp_path / "nhap"
    file.write_bytes(document(B01XLD))
    result = run("import", file, "-o", folder)
    assert result.exit_code == 0, result.output
    (source,) = folder.glob("*.bieu")
    assert source.name == "b01_xld.bieu"
    assert run("check", folder).exit_code == 0
    assert run("fmt", "--check", folder).exit_code == 0
    facts = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert facts["same"] is True
    assert {each["what"] for each in facts["compared"]} == {
        "title",
        "form",
        "basis",
        "measure",
        "heading",
        "code",
    }
    assert len([each for each in facts["compared"] if each["what"] == "code"]) == 22
    again = run("import", file, "-o", folder)
    assert again.exit_code == 2
    assert run("import", file, "-o", folder, "--force", "--language", "en").exit_code == 0
    assert source.read_text(encoding="utf-8").startswith("# ngôn ngữ: en")
    file.write_bytes(b"PK")
    refused = run("import", file, "-o", folder, "--force")
    assert refused.exit_code == 1
    assert "bị hỏng" in refused.stderr
