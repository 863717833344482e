"""Lists as files: whatever a person typed, a text stays a text, and a number keeps every digit."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from renderers.csv_listing import Writing, harmless, write_csv
from renderers.listing import Heading, Item, Listing, Percent
from renderers.xlsx import listing as xlsx_listing
from renderers.xlsx.listing import write_xlsx

DANGEROUS = (
    "=1+1",
    "+84 255",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠1",
    "\n=1",
)


def listing(*rows: tuple[Item, ...], width: int | None = None) -> Listing:
    headings = tuple(Heading(f"Cột {index}") for index in range(width or len(rows[0])))
    return Listing("danh-sach", "Danh sách: thử/lại", headings, rows)


def as_csv(made: Listing, writing: Writing = "vietnamese") -> str:
    out = io.BytesIO()
    write_csv(made, out, writing)
    return out.getvalue().decode()


def cells(made: Listing) -> list[list[object]]:
    out = io.BytesIO()
    write_xlsx([made], out)
    sheet = load_workbook(out).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


def test_csv_as_excel_in_vietnamese_reads_it() -> None:
    at = datetime(2026, 9, 15, 8, 5, tzinfo=UTC)
    made = listing(
        ("Đặng Thị Ơn", 1234567, Decimal("-0.50"), Percent(Decimal("0.9550")), date(2026, 9, 1), at, None)
    )
    text = as_csv(made)
    assert text.startswith("\ufeff")
    assert text.endswith('\r\n"Đặng Thị Ơn";1234567;-0,50;95,50%;01/09/2026;15/09/2026 08:05;\r\n')
    assert "sep=" not in text
    plain = as_csv(made, "plain")
    assert plain.endswith('"Đặng Thị Ơn",1234567,-0.50,0.9550,2026-09-01,2026-09-15T08:05:00+00:00,\r\n')


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_becomes_a_formula(text: str) -> None:
    (row,) = list(csv.reader(io.StringIO(as_csv(listing((text,), width=1))), delimiter=";"))[1:]
    assert row[0].startswith("'")
    assert row[0].replace("'", "") == text
    out = io.BytesIO()
    write_xlsx([listing((text, "#N/A", "=A1"))], out)
    for cell in load_workbook(out).worksheets[0][2]:
        assert cell.data_type == "s"
    if text[0] in "=+-@":
        assert load_workbook(out).worksheets[0]["A2"].quotePrefix


@given(st.text())
def test_a_text_in_csv_starts_nowhere_a_formula_whatever_the_separator(text: str) -> None:
    made = harmless(text)
    for separator in ";,\t":
        for line in made.splitlines():
            for field in line.split(separator):
                stripped = field.strip(" \"'")
                assert (
                    field[:1] == "'" or stripped[:1] not in tuple("=@+-") or field.lstrip(' "')[:1] == "'"
                ), field


@given(st.text().filter(lambda text: "\x00" not in text and not text.startswith("'")))
def test_a_text_in_csv_comes_back_but_for_apostrophes(text: str) -> None:
    encoded = text.encode("utf-8", "replace").decode()
    read = list(csv.reader(io.StringIO(as_csv(listing((text, 1))), newline=""), delimiter=";"))
    assert read[1][0].replace("'", "") == encoded.replace("'", "")
    assert read[1][1] == "1"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
def test_numbers_keep_every_digit(number: Decimal) -> None:
    (row,) = cells(listing((number, 7)))
    value = row[0]
    if isinstance(value, str):
        assert len(number.normalize().as_tuple().digits) > 15
        assert Decimal(value.replace(",", ".")) == number
    else:
        assert float(number) == value
        assert Decimal(f"{value:.15g}") == number
    assert f"{number:f}".replace(".", ",") in as_csv(listing((number, 7)))


def test_types_in_a_workbook() -> None:
    at = datetime(2026, 9, 15, 8, 5, tzinfo=UTC)
    out = io.BytesIO()
    write_xlsx([listing((1, Decimal("1.50"), Percent(Decimal("0.955")), date(2026, 9, 1), at, "00123"))], out)
    book = load_workbook(out)
    assert book.sheetnames == ["Danh sách  thử lại"]
    row = book.worksheets[0][2]
    assert [cell.data_type for cell in row] == ["n", "n", "n", "d", "d", "s"]
    assert [cell.number_format for cell in row[:4]] == ["#,##0", "#,##0.00", "0.0%", "dd/mm/yyyy"]
    assert row[4].value == datetime(2026, 9, 15, 8, 5)  # noqa: DTZ001 - a workbook knows no zones
    assert row[5].value == "00123"


def test_the_same_list_gives_the_same_bytes() -> None:
    made = []
    for _ in range(2):
        out = io.BytesIO()
        write_xlsx([listing(("a", 1), ("b", 2))], out)
        made.append(out.getvalue())
    assert made[0] == made[1]


def test_a_wide_list_prints_over_several_pages_with_whole_headings() -> None:
    sheets = []
    for count in (3, 30):
        headings = tuple(Heading("Số vụ việc tiếp nhận lần đầu " * 3, 18) for _ in range(count))
        out = io.BytesIO()
        write_xlsx([Listing("a", "A", headings, [(1,) * count])], out)
        sheets.append(load_workbook(out).worksheets[0])
    narrow, wide = sheets
    assert (narrow.page_setup.fitToWidth, narrow.print_title_cols) == (1, None)
    assert (wide.page_setup.fitToWidth, wide.print_title_cols) == (3, "$A:$B")
    assert wide.row_dimensions[1].height >= 5 * 15


def test_what_no_longer_fits_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_listing, "ROWS_OF_A_SHEET", 2)
    out = io.BytesIO()
    write_xlsx([listing(*((number,) for number in range(5)), width=1)], out)
    book = load_workbook(out)
    assert [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book] == [
        ["Cột 0", 0, 1],
        ["Cột 0", 2, 3],
        ["Cột 0", 4],
    ]
    assert len({name.casefold() for name in book.sheetnames}) == 3


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_long_list_never_stands_in_memory(tmp_path: Path, kind: str) -> None:
    def rows() -> Iterator[tuple[Item, ...]]:
        for number in range(20_000):
            yield f"Đơn vị số {number}", number, "x" * 200

    made = Listing("dai", "Dài", (Heading("a"), Heading("b"), Heading("c")), rows())
    tracemalloc.start()
    with (tmp_path / "dai").open("wb") as out:
        if kind == "csv":
            write_csv(made, out)
        else:
            write_xlsx([made], out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "dai").stat().st_size > 100_000
    assert peak < 3_000_000  # the texts alone are more
