"""What a reader sees of the constructs that no shipped package has, form by form in `forms/`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from compiler.cells import Layout
from compiler.package import Library
from renderers.registry import target


@cache
def layout_of(form: str) -> Layout:
    """The last regime of one of the test's own forms."""
    return Library().load(Path(__file__).parent / "forms" / f"{form}.bieu").compilation.regimes[-1].layout


def row_of(page: str, label: str) -> str:
    """The HTML of the table row that has this label."""
    found = next(row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if label in row)
    assert isinstance(found, str)
    return found


def test_a_section_of_rows_has_no_field_and_a_row_shows_its_own_measure() -> None:
    page = target("html").render(layout_of("kinh_te")).decode()
    section = row_of(page, "NÔNG NGHIỆP")
    assert 'class="depth-0 section"' in section
    assert "<input" not in section
    assert "<output" not in section
    row = row_of(page, "Thu xuất nhập khẩu")
    assert '<td class="stub measure at-2">đồng</td>' in row
    assert row.count("<input") == 3
