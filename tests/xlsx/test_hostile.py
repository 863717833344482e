"""Files made to do harm, or grown beyond all measure: each is refused with its reason, or read, within hard limits.

All are read one after the other by one process that the system kills if it takes more (`reading_under_limits.py`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from compiler.cells import Layout
from compiler.values import Address, Values
from renderers.xlsx import gate
from renderers.xlsx.write import render
from runtime.intake import MOST_BYTES

MEGABYTES, SECONDS = 700, 20
"""What reading one file may take: `docs/workbooks.md` says so. Most take a tenth of it."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet2.xml"
WIDE = b"<a>%s</a>" % (b" " * 2_000_000)
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def zipped(parts: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    return zipped({**parts_of(data), name: content})


def in_sheet(data: bytes, more: bytes, before: bytes = b"</sheetData>") -> bytes:
    """The workbook with more in its second sheet."""
    xml = parts_of(data)[SHEET]
    return with_part(data, SHEET, xml.replace(before, more + before, 1))


def entities(levels: int) -> bytes:
    lines = [b'<!ENTITY a0 "aaaaaaaaaa">']
    lines += [b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, levels)]
    return b'<?xml version="1.0"?><!DOCTYPE w [%s]><w>&a%d;</w>' % (b"".join(lines), levels - 1)


def phantom_rows(cell: bytes) -> bytes:
    return b"".join(
        b'<row r="%d" s="3" customFormat="1">%s</row>' % (row, cell) for row in range(100, 1_048_577)
    )


def texts_shared_by_all(data: bytes) -> bytes:
    """One text of ten million characters, and a hundred thousand cells that hold it."""
    long = b"<si><t>%s</t></si>" % (b"x" * 10_000_000)
    list_ = f'<sst xmlns="{MAIN}" count="1" uniqueCount="1">'.encode() + long + b"</sst>"
    cells = b"".join(
        b'<row r="%d"><c r="E%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(60, 19_000)
    )
    found = parts_of(in_sheet(data, cells))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = (
        f'<Relationship Id="rIdS" Type="{kind}" Target="/xl/sharedStrings.xml"/></Relationships>'.encode()
    )
    rels = "xl/_rels/workbook.xml.rels"
    type_ = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{type_}"/></Types>'.encode()
    types = "[Content_Types].xml"
    return zipped(
        {
            **found,
            "xl/sharedStrings.xml": list_,
            rels: found[rels].replace(b"</Relationships>", relation),
            types: found[types].replace(b"</Types>", override),
        }
    )


CASES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "zip bomb": ("workbook_too_large", lambda data: with_part(data, SHEET, bytes(300_000_000))),
    "zip bomb in a picture": (
        "workbook_too_large",
        lambda data: with_part(data, "xl/media/image1.png", bytes(300_000_000)),
    ),
    "zip bomb of many parts": (
        "workbook_too_large",
        lambda data: zipped(
            {**parts_of(data), **{f"xl/{n}.xml": b"<a>%s</a>" % (b" " * 2_000_000) for n in range(80)}}
        ),
    ),
    "two parts of one name": ("workbook_broken", lambda data: twice(data)),
    "entity bomb": ("workbook_with_doctype", lambda data: with_part(data, SHEET, entities(12))),
    "entity bomb in the names": (
        "workbook_with_doctype",
        lambda data: with_part(data, "xl/workbook.xml", entities(12)),
    ),
    "entity that reads a file": (
        "workbook_with_doctype",
        lambda data: with_part(
            data, SHEET, b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'
        ),
    ),
    "macros": ("workbook_with_macros", lambda data: with_part(data, "xl/vbaProject.bin", b"x")),
    "old macros": (
        "workbook_with_macros",
        lambda data: with_part(data, "xl/macrosheets/sheet1.xml", b"<a/>"),
    ),
    "active controls": ("workbook_with_macros", lambda data: with_part(data, "xl/activeX/a.xml", b"<a/>")),
    "xls": ("workbook_old", lambda data: OLE + bytes(4_000)),
    "encrypted": (
        "workbook_locked",
        lambda data: OLE + bytes(1_000) + "EncryptedPackage".encode("utf-16-le") + bytes(2_000),
    ),
    "xlsb": ("workbook_not_xlsx", lambda data: with_part(data, "xl/workbook.bin", b"x")),
    "ods": (
        "workbook_not_xlsx",
        lambda data: zipped({"mimetype": b"application/vnd.oasis", "content.xml": b"<a/>"}),
    ),
    "truncated": ("workbook_broken", lambda data: data[: len(data) // 2]),
    "sheet truncated": (
        "workbook_broken",
        lambda data: with_part(data, SHEET, parts_of(data)[SHEET][:-2_000]),
    ),
    "csv": ("file_not_recognised", lambda data: "STT,Tên\n1,Đất đai\n".encode()),
    "csv of excel": ("file_not_recognised", lambda data: "STT\tTên\n".encode("utf-16")),
    "web page": ("file_not_recognised", lambda data: b"<html><table><tr><td>1</td></tr></table></html>"),
    "100 MB": ("file_too_large", lambda data: b"PK\x03\x04" + bytes(100_000_000)),
    "a million phantom rows": ("", lambda data: in_sheet(data, phantom_rows(b""))),
    "phantom cells to the last row": (
        "workbook_too_large",
        lambda data: in_sheet(data, phantom_rows(b'<c s="3"/>' * 6)),
    ),
    "one cell in the last corner": (
        "",
        lambda data: in_sheet(data, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    ),
    "a far cell with another prefix": (
        "workbook_broken",
        lambda data: in_sheet(data, b'<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'),
    ),
    "a far cell hidden in a comment": (
        "",
        lambda data: in_sheet(data, b'<!-- --><row r="1048576"><c s="1" r="XFD1048576"><v>1</v></c></row>'),
    ),
    "one long text in all cells": ("", texts_shared_by_all),
    "a text of 50 million letters": (
        "",
        lambda data: in_sheet(
            data,
            b'<row r="90"><c r="E90" t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * 50_000_000),
        ),
    ),
    "everything merged": (
        "",
        lambda data: in_sheet(
            data, b'<mergeCells count="1"><mergeCell ref="A30:XFD1048576"/></mergeCells>', b"<pageMargins"
        ),
    ),
    "names to the last corner": (
        "",
        lambda data: with_part(
            data,
            "xl/workbook.xml",
            re.sub(
                rb"(<definedName name=\"nhan_luc\.to\.ten\"[^>]*>[^<$]*\$[A-Z]+\$[0-9]+:\$[A-Z]+\$)[0-9]+",
                rb"\g<1>1048576",
                parts_of(data)["xl/workbook.xml"],
            ),
        ),
    ),
    "elements in elements": (
        "workbook_too_large",
        lambda data: with_part(data, "xl/styles.xml", b"<a>" * 100_000 + b"</a>" * 100_000),
    ),
    "a million styles": (
        "workbook_too_large",
        lambda data: with_part(data, "xl/styles.xml", b"<a>" + b"<b/>" * 3_000_000 + b"</a>"),
    ),
}


def twice(data: bytes) -> bytes:
    """A name of the same length, changed in the archive's directory afterwards."""
    return zipped({**parts_of(data), "xl/workbook.xmZ": b"<a/>"}).replace(
        b"xl/workbook.xmZ", b"xl/workbook.xml"
    )


@pytest.fixture(scope="module")
def told(kit: Any, layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the limited process says of each file."""
    folder = tmp_path_factory.mktemp("hostile")
    values = Values(
        cells={Address("ket_qua", row, "c2"): 5 for row in ("1.1", "43_1", "52A", "52a", "rieng")},
        texts={"danh_gia": "Ổn định."},
    )
    right = render(layout, kit.filling(layout, values))
    for name, (_, make) in CASES.items():
        (folder / f"{name}.xlsx").write_bytes(make(right))
    here = Path(__file__).parent
    command = [sys.executable, str(here / "reading_under_limits.py"), str(here / "forms" / "tong_hop.bieu")]
    done = subprocess.run(
        [*command, str(folder), str(MEGABYTES), str(SECONDS)],
        capture_output=True,
        text=True,
        cwd=here.parents[1],
        env={**os.environ, "PYTHONPATH": str(here.parents[1])},
        timeout=300,
        check=False,
    )
    for path in folder.iterdir():
        path.unlink()
    assert done.returncode == 0, (done.stdout[-300:], done.stderr[-2_000:])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["name"].removesuffix(".xlsx"): each for each in found}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused_or_read_within_limits(told: dict[str, dict[str, Any]], name: str) -> None:
    expected = CASES[name][0]
    assert told[name]["codes"] == ([expected] if expected else []), told[name]
    assert told[name]["seconds"] < SECONDS
    assert told[name]["grown"] < MEGABYTES


def test_the_manual_tells_the_limits() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "workbooks.md").read_text(encoding="utf-8")
    for figure in (
        f"{MOST_BYTES // 2**20} MiB",
        f"{gate.MAX_UNPACKED // 10**6} MB",
        f"{gate.MAX_PARTS:,} parts",
        f"{gate.MAX_ELEMENTS:,} XML elements",
        f"{MEGABYTES} MB",
        f"{SECONDS} seconds",
    ):
        assert figure in manual, figure
