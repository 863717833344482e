"""The shipped forms on paper, blank and filled: every heading, code and number is there, on the page and readable."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.cells import Layout
from compiler.numbers import format_number
from compiler.package import Library, find_packages
from compiler.template import ColumnGroup
from compiler.values import Values
from renderers.filling import Filling
from renderers.pdf.compare import compare_paper
from renderers.pdf.read import read_paper
from renderers.pdf.report import render

LIBRARY = Path(__file__).parents[2] / "templates_library"
MM = 25.4 / 72


def regimes() -> Iterator[tuple[str, Layout]]:
    library = Library((LIBRARY,))
    for folder in find_packages(LIBRARY):
        for regime in library.load(folder).compilation.regimes:
            yield regime.template.regime, regime.layout


REGIMES = dict(regimes())


def folded(pdf: bytes) -> str:
    """All text without white space: a heading may be broken anywhere."""
    found = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(found.stdout.decode().split())


def group_labels(members: tuple[ColumnGroup | str, ...]) -> Iterator[str]:
    for member in members:
        if isinstance(member, ColumnGroup):
            yield member.label
            yield from group_labels(member.members)


def outside_margins(pdf: bytes) -> list[str]:
    """Words that leave the text area; page numbers stand above it."""
    found: list[str] = []
    size = (0.0, 0.0)
    said = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    for line in said.splitlines():
        if page := re.search(r'<page width="(.+?)" height="(.+?)"', line):
            size = (float(page[1]) * MM, float(page[2]) * MM)
        elif word := re.search(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.+)</word>', line):
            left, _, right, bottom = (float(edge) * MM for edge in word.groups()[:4])
            if bottom > 20 and (left < 29.9 or right > size[0] - 14.9 or bottom > size[1] - 19):
                found.append(word[5])
    return found


def test_there_are_shipped_forms() -> None:
    assert {"kstt_quy", "ho_tich_13a", "xld_01"} <= set(REGIMES)


@pytest.mark.parametrize("name", REGIMES)
def test_a_shipped_form_is_printed_blank_and_filled(name: str, fill: Callable[..., Filling]) -> None:
    layout = REGIMES[name]
    numbers = {
        cell.address: 7 * (cell.slot + 1_011)
        for cell in layout.cells
        if cell.kind == "entered" and cell.type.is_number
    }
    filling = fill(layout, Values(cells=numbers))
    blank, filled = (render(layout, filling_or_none) for filling_or_none in (None, filling))
    for pdf in (blank, filled):
        text = folded(pdf)
        assert outside_margins(pdf) == []
        for table in layout.template.tables:
            assert "".join(table.title.upper().split()) in text
            headings = [*group_labels(table.headings), *(column.label for column in table.columns)]
            for words in (
                *headings,
                # Self-added rows are printed as the unit names them.
                *(row.label for row in table.rows if row.kind != "added"),
                *(column.code_text for column in table.columns),
            ):
                assert "".join(words.split()) in text, words
    compared = compare_paper(layout, filling, read_paper(filled))
    assert compared.differences == ()
    assert compared.cells >= sum(len(table.columns) for table in layout.template.tables)
    text = folded(filled)
    for address, value in filling.values.cells.items():
        type = layout.by_address[address].type
        if type.is_number and isinstance(value, int):
            assert format_number(value, type) in text, address
    for note in layout.template.notes:
        assert "".join(note.split()) in folded(blank)
