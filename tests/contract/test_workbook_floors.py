"""The floors of workbooks do the same work: the same cells written, the same values read."""

from __future__ import annotations

from bench import workbook_floors
from bench.form import form_layout
from compiler.values import Address, Values
from renderers.xlsx.read import read
from renderers.xlsx.sheets import Book
from renderers.xlsx.write import render


def test_openpyxl_alone_writes_the_same_cells_and_all_around_them() -> None:
    layout = form_layout()
    data = render(layout, None)
    found = workbook_floors.content(data)
    written = workbook_floors.write(found)
    assert workbook_floors.cells_of(written) == workbook_floors.cells_of(data)
    again = workbook_floors.content(written)
    assert [page.merged for page in again.pages] == [page.merged for page in found.pages]
    assert [len(page.rules) for page in again.pages] == [len(page.rules) for page in found.pages]
    assert [len(page.formats) for page in again.pages] == [len(page.formats) for page in found.pages]
    assert again.names == found.names
    # Cells and their names, a hidden sheet among them, are all that reading needs.
    assert read(layout, written) == read(layout, data)


def test_calamine_alone_finds_what_was_filled_in() -> None:
    layout = form_layout()
    spot = Book(layout).cells[Address("b06a", layout.cells[0].address.row, "c4")]
    book = workbook_floors.content(render(layout, None))
    number = next(index for index, page in enumerate(book.pages) if page.title == spot.sheet)
    book.pages[number].cells.append((spot.row, spot.column, 77, "n", book.pages[number].cells[0][4]))
    assert workbook_floors.read(workbook_floors.write(book))[number][spot.row - 1][spot.column - 1] == 77
    assert Values() == read(layout, b"").values
