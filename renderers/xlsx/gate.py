"""Whether bytes are a workbook that is safe to open, found out before any library builds anything from them.

Every part of the archive is unpacked piece by piece and run through expat without keeping it: what is too large, too
deep, has too many elements, or declares a document type is refused. No spreadsheet program writes a document type, and
entities can only be declared in one, so no bomb of entities and no reference to another file gets past here, whatever
the XML library behind openpyxl does with them (lxml is told not to resolve them, the standard library's iterparse, with
which sheets are read, relies on expat's own limit). On the way the cells that hold formulas and the merged ranges are
noted for `read.py`, which openpyxl's read-only mode doesn't tell.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from compiler.findings import Finding

MAX_FILE = 20_000_000
"""Bytes of a workbook as it arrives."""

MAX_UNPACKED = 80_000_000
"""Bytes of all its parts."""

MAX_PARTS = 1_000
MAX_ELEMENTS = 1_000_000
"""XML elements in all parts: each costs openpyxl about a hundred bytes while it reads."""

MAX_DEPTH = 60

_PIECE = 1 << 16
_OLD_WORKBOOK = bytes.fromhex("D0CF11E0A1B11AE1")
"""How .xls files and workbooks with a password to open begin."""

_WORKSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main worksheet"


@dataclass
class SheetTraits:
    """What a sheet's part says beside values: cells with formulas ("F12") and merged ranges ("C5:D6")."""

    formulas: set[str] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)


class _Refused(Exception):
    """The finding that stops the examination."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.finding = Finding(code=code, severity="error", values=values)


def examine(data: bytes) -> Mapping[str, SheetTraits] | Finding:
    """The traits of every worksheet by the name of its part, or why the bytes are refused."""
    if len(data) > MAX_FILE:
        return Finding(
            code="file_too_large", severity="error", values={"found": str(len(data)), "limit": str(MAX_FILE)}
        )
    if data.startswith(_OLD_WORKBOOK):
        return Finding(code="workbook_old", severity="error")
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _examined(archive)
    except _Refused as refused:
        return refused.finding
    except (
        BadZipFile,
        LargeZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return Finding(code="workbook_broken", severity="error")


def _examined(archive: ZipFile) -> Mapping[str, SheetTraits]:
    parts = archive.infolist()
    if "[Content_Types].xml" not in archive.namelist():
        raise _Refused("workbook_not_xlsx")
    if len(parts) > MAX_PARTS:
        raise _Refused("workbook_too_large")
    budget = _Budget()
    traits: dict[str, SheetTraits] = {}
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise _Refused("workbook_broken")
        traits[part.filename] = _part(archive, part, budget)
    return traits


@dataclass
class _Budget:
    """What is still allowed, over all parts."""

    unpacked: int = MAX_UNPACKED
    elements: int = MAX_ELEMENTS


def _part(archive: ZipFile, part: ZipInfo, budget: _Budget) -> SheetTraits:
    scan = _Scan(budget)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = scan.doctype
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    well_formed = True
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            budget.unpacked -= len(piece)
            if budget.unpacked < 0:
                raise _Refused("workbook_too_large")
            if well_formed:
                well_formed = _parsed(parser, piece)
    # A part that is no XML up to its end can't be read as XML either: a picture, or a broken workbook.
    if well_formed:
        well_formed = _parsed(parser, b"", last=True)
    if not well_formed and PurePosixPath(part.filename).suffix.lower() in {".xml", ".rels"}:
        raise _Refused("workbook_broken")
    return scan.traits


def _parsed(parser: expat.XMLParserType, piece: bytes, last: bool = False) -> bool:
    try:
        parser.Parse(piece, last)
    except expat.ExpatError:
        return False
    return True


class _Scan:
    """What expat tells of one part."""

    def __init__(self, budget: _Budget) -> None:
        self.traits = SheetTraits()
        self._budget = budget
        self._depth = 0
        self._worksheet = False
        self._cell = ""

    def doctype(self, *_: object) -> None:
        """No spreadsheet program writes one."""
        raise _Refused("workbook_with_doctype")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count the element, and note what it tells of a cell."""
        self._depth += 1
        self._budget.elements -= 1
        if self._depth > MAX_DEPTH or self._budget.elements < 0:
            raise _Refused("workbook_too_large")
        if self._depth == 1:
            self._worksheet = name == _WORKSHEET
        elif self._worksheet:
            self._note(name.rpartition(" ")[2], attributes)

    def _note(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._cell = attributes.get("r", "")
        elif element == "f":
            self.traits.formulas.add(self._cell)
        elif element == "mergeCell":
            self.traits.merges.append(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        """Leave the element."""
        self._depth -= 1
