"""The package of every workbook that is written, against the structure of ECMA-376, and the functions it calls."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.values import Address, GroupKey, Values
from renderers.xlsx.mark import marked
from renderers.xlsx.write import render
from tests.xlsx.ooxml import FUNCTIONS, complaints, functions

VALUES = Values(
    cells={Address("ket_qua", "1.1", "c2"): 3, Address("ket_qua", "1.1", "ghi_chu"): "=1+1"},
    added={GroupKey("du_an", "muc"): ({"ten": "A"}, {"von": 7, "chi": 8})},
    texts={"danh_gia": "Ổn định.\nTốt."},
)


def test_every_workbook_is_sound(kit: Any) -> None:
    for layout in kit.layouts.values():
        assert complaints(render(layout, None)) == []
        assert complaints(render(layout, kit.filling(layout, Values()))) == []
    assert complaints(render(kit.layout, kit.filling(kit.layout, VALUES))) == []


def test_a_marked_copy_is_sound(kit: Any, layout: Layout) -> None:
    first = Place(sheet="Biểu 02", cell="E11", words="Đất đai")
    findings = [
        Finding(code="required", severity="error", place=first),
        Finding(code="cell_missing", severity="error", place=first),
        Finding(code="required", severity="warning", place=Place(sheet="Biểu 02", cell="F12")),
    ]
    copy = marked(render(layout, kit.filling(layout, VALUES)), findings)
    assert copy is not None
    assert complaints(copy) == []


def test_only_functions_of_excel_2016_are_called(kit: Any) -> None:
    called: set[str] = set()
    for layout in kit.layouts.values():
        called |= functions(render(layout, None))
    assert called <= FUNCTIONS, called - FUNCTIONS
    assert {"IF", "SUM", "COUNT", "ROUND"} <= called


@pytest.mark.parametrize(
    ("part", "old", "new", "says"),
    [
        ("xl/worksheets/sheet2.xml", b"<mergeCells", b"<pageSetup/><mergeCells", "out of order"),
        ("xl/worksheets/sheet2.xml", b'<c r="B7"', b'<c r="A1"', "in row 7"),
        ("xl/worksheets/sheet2.xml", b' s="3"', b' s="9999"', "a look that is not there"),
        ("xl/workbook.xml", b"'Bi", b"'Lo", "a sheet that is not there"),
        ("[Content_Types].xml", b"/xl/styles.xml", b"/xl/other.xml", "which is not there"),
        ("xl/_rels/workbook.xml.rels", b"theme1.xml", b"theme9.xml", "is not there"),
    ],
)
def test_the_check_finds_what_is_broken(layout: Layout, part: str, old: bytes, new: bytes, says: str) -> None:
    from tests.xlsx.test_hostile import parts_of, with_part

    data = render(layout, None)
    spoilt = parts_of(data)[part].replace(old, new, 1)
    assert spoilt != parts_of(data)[part]
    assert any(says in each for each in complaints(with_part(data, part, spoilt)))
