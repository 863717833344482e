"""Whether bytes are a workbook that is safe to open, found out before any library builds anything from them.

Every part of the archive is unpacked piece by piece and counted: what is too large, too deep, has too many elements,
or declares a document type is refused. No spreadsheet program writes a document type, and entities can only be declared
in one, so no bomb of entities and no reference to another file gets past here, whatever the XML libraries do with them.

Two libraries read cells afterwards. calamine is fast, and lays a sheet out as a full rectangle with every text in it
anew: one cell in the last corner, or a long text that many cells share, would take all memory. So it only gets sheets
written the way spreadsheet programs write them, within a rectangle, which a few scans over the bytes can tell
(`plain`). All other parts are run through expat, element by element, and such sheets are read by openpyxl, slower, as
far as the form reaches. The scans are strict, never clever: what they are not sure of is not plain.

On the way is noted what neither library tells: formulas, errors and merged ranges.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from compiler.findings import Finding
from renderers.xlsx.names import column_number

MAX_FILE = 20_000_000
"""Bytes of a workbook as it arrives."""

MAX_UNPACKED = 128_000_000
"""Bytes of all its parts: a sheet of a million formatted blank rows takes some 60 million."""

MAX_PARTS = 1_000
MAX_ELEMENTS = 2_500_000
"""XML elements in all parts: what is examined one by one takes about a second for a million."""

MAX_DEPTH = 60

MAX_SHARED = 200_000_000
"""Characters of the texts of all cells, as if each cell held the longest one: past it openpyxl reads, which shares."""

MAX_SMALL = 4_000_000
"""Bytes of a part that is no sheet and no list of texts, such as the styles or the list of sheets."""

_PIECE = 1 << 16
_TAIL = 4_096
_PROGRAM = re.compile(r"(?i)vbaproject[^/]*\.bin$|/macrosheets/|/activex/|/dialogsheets/")
"""Parts that a spreadsheet program would run: nothing here does, but the file is kept and handed on."""

_OLD_WORKBOOK = bytes.fromhex("D0CF11E0A1B11AE1")
"""How .xls files and workbooks with a password to open begin."""

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKSHEET = f"{_MAIN} worksheet"

RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")

_DECLARATION = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?(?:<\?xml version=["']1\.0["'](?P<rest>[^<>]*)\?>)?\s*<(?!\?)"""
)
_UTF8 = re.compile(
    rb"""\s*(?:encoding=["'](?:utf-8|us-ascii|ascii)["'])?\s*(?:standalone=["'](?:yes|no)["'])?\s*""", re.I
)
_OTHER_CELL = re.compile(rb"<c[\t\n\r/>]")
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
"""Cells that are not written `<c r="…`: without their place, or with another namespace prefix.

Two expressions and not one with a choice in it: each begins with letters that are found at the speed of memory.
"""

_FAR_CELL = re.compile(
    rb"""<c r="(?:[A-Za-z]{3}|[D-Zd-z][A-Za-z]|[A-Za-z]{1,2}(?:[0-9]{6}|[2-9][0-9]{4})|[^A-Za-z])"""
)
"""Cells beyond column CZ or row 19,999: 104 × 20,000 cells of calamine's are some 70 million bytes."""

_FORMULA = re.compile(rb"""<c r="([A-Z]{1,3}[0-9]{1,7})"(?: [a-z]+="[^"<>]*")*><f""")
_ERROR = re.compile(
    rb"""<c r="([A-Z]{1,3}[0-9]{1,7})"(?: [a-z]+="[^"<>]*")* t="e"[^<>]*>"""
    rb"""(?:<f[^<>]*>(?:[^<]*</f>)?)?(?:<v>([^<]{1,20})<)?"""
)
_MERGED = re.compile(rb"""<mergeCell ref="([A-Z0-9:]{5,30})\"""")
_LONG_TEXT = re.compile(rb"</si>")


@dataclass
class SheetTraits:
    """What a sheet's part says beside values: cells with formulas ("F12"), with errors, merged ranges ("C5:D6").

    `plain`: calamine may read it. Formulas and errors of a plain sheet are looked for when they are asked for.
    """

    merges: list[str] = field(default_factory=list)
    plain: bool = False
    xml: bytes = b""
    noted: set[str] = field(default_factory=set)

    def formulas(self) -> set[str]:
        """The cells with formulas."""
        return {found.decode() for found in _FORMULA.findall(self.xml)} if self.plain else self.noted

    def errors(self) -> Mapping[str, str]:
        """The cells of a plain sheet that show an error, and which; openpyxl tells them itself."""
        if not self.plain or b't="e"' not in self.xml:
            return {}
        return {cell.decode(): said.decode("utf-8", "replace") for cell, said in _ERROR.findall(self.xml)}


@dataclass(frozen=True)
class Examined:
    """A workbook that may be opened. `sheets` are by the name of their part; `small` are all other parts but texts.

    `elements`: how many there are in all parts. `links`: it refers to other workbooks. Nothing follows these, but what
    was taken from there may be old.
    """

    sheets: Mapping[str, SheetTraits]
    small: Mapping[str, bytes]
    elements: int
    links: bool = False

    @property
    def merged(self) -> int:
        """How many cells merged ranges swallow in all."""
        return sum(range_size(text) for traits in self.sheets.values() for text in traits.merges)


class _Refused(Exception):
    """The finding that stops the examination."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.finding = Finding(code=code, severity="error", values=values)


def examine(data: bytes) -> Examined | Finding:
    """What the archive holds, or why the bytes are refused."""
    if len(data) > MAX_FILE:
        return Finding(
            code="file_too_large", severity="error", values={"found": str(len(data)), "limit": str(MAX_FILE)}
        )
    if data.startswith(_OLD_WORKBOOK):
        return old_or_locked(data)
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


def old_or_locked(data: bytes) -> Finding:
    """Why a file is refused that is kept as such files were before .xlsx: an .xls, or a workbook with a password."""
    return Finding(code="workbook_locked" if _ENCRYPTED in data else "workbook_old", severity="error")


@dataclass
class _Budget:
    """What is still allowed, over all parts."""

    unpacked: int = MAX_UNPACKED
    elements: int = MAX_ELEMENTS


def _examined(archive: ZipFile) -> Examined:
    parts = archive.infolist()
    names = archive.namelist()
    if "[Content_Types].xml" not in names:
        raise _Refused("workbook_not_xlsx")
    if "xl/workbook.bin" in names:
        raise _Refused("workbook_not_xlsx")
    if any(_PROGRAM.search(name) for name in names):
        raise _Refused("workbook_with_macros")
    if len(parts) > MAX_PARTS:
        raise _Refused("workbook_too_large")
    if len(set(names)) < len(names):
        # Two parts of one name: which of them is read would depend on who reads.
        raise _Refused("workbook_broken")
    budget = _Budget()
    sheets: dict[str, SheetTraits] = {}
    small: dict[str, bytes] = {}
    texts = 0
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise _Refused("workbook_broken")
        if not part.filename.lower().endswith((".xml", ".rels")):
            _skim(archive, part, budget)
            continue
        xml = _unpacked(archive, part, budget)
        elements = xml.count(b"<") // 2
        if elements > budget.elements:
            raise _Refused("workbook_too_large")
        if _may_be_plain(xml):
            end = xml[-_TAIL:].rstrip()
            if end.endswith(b"</worksheet>"):
                sheets[part.filename] = _sheet(xml, elements, budget)
                continue
            if end.endswith(b"</sst>"):
                texts = max(texts, _longest(xml))
                budget.elements -= elements
                continue
        scan = _scanned(xml, budget)
        if scan.root == _WORKSHEET:
            sheets[part.filename] = scan.traits
        elif scan.root.endswith(" sst"):
            texts = MAX_SHARED
        elif len(xml) <= MAX_SMALL:
            small[part.filename] = xml
    for name, traits in sheets.items():
        if traits.plain and texts * traits.xml.count(b"<c ") > MAX_SHARED:
            sheets[name] = _scanned(traits.xml, budget).traits
    links = any(name.startswith("xl/externalLinks/") for name in names)
    return Examined(sheets, small, MAX_ELEMENTS - budget.elements, links)


def range_size(text: str) -> int:
    """How many cells a range such as "C5:D6" has; 0 for what is none."""
    match = RANGE.fullmatch(text)
    if match is None:
        return 0
    wide = column_number(match[3]) - column_number(match[1]) + 1
    return max(wide, 0) * max(int(match[4]) - int(match[2]) + 1, 0)


def _skim(archive: ZipFile, part: ZipInfo, budget: _Budget) -> None:
    """Count a picture or the like: nobody reads it, but an archive must not promise one size and unpack to another."""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            budget.unpacked -= len(piece)
            if budget.unpacked < 0:
                raise _Refused("workbook_too_large")


def _unpacked(archive: ZipFile, part: ZipInfo, budget: _Budget) -> bytes:
    pieces: list[bytes] = []
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            budget.unpacked -= len(piece)
            if budget.unpacked < 0:
                raise _Refused("workbook_too_large")
            pieces.append(piece)
    return b"".join(pieces)


# -- plain parts -------------------------------------------------------------------------------------------------


def _may_be_plain(xml: bytes) -> bool:
    """Whether it is UTF-8 without declarations, comments and sections of characters, so that scans may trust it."""
    start = _DECLARATION.match(xml)
    if start is None or not _UTF8.fullmatch(start["rest"] or b""):
        return False
    return b"\0" not in xml and b"<!" not in xml and xml.find(b"<?", start.end()) < 0


def _sheet(xml: bytes, elements: int, budget: _Budget) -> SheetTraits:
    plain = (
        b"<sheetData" in xml
        and xml.count(b"<c ") == xml.count(b'<c r="')
        and _OTHER_CELL.search(xml) is None
        and _PREFIXED_CELL.search(xml) is None
        and _FAR_CELL.search(xml) is None
    )
    if not plain:
        return _scanned(xml, budget).traits
    budget.elements -= elements
    merges = [found.decode() for found in _MERGED.findall(xml, xml.rfind(b"</sheetData>"))]
    return SheetTraits(merges=merges, plain=True, xml=xml)


def _longest(xml: bytes) -> int:
    """The most bytes of one text in a list of texts."""
    start = longest = 0
    for end in _LONG_TEXT.finditer(xml):
        longest = max(longest, end.start() - start)
        start = end.end()
    return longest


# -- all other parts ---------------------------------------------------------------------------------------------


def _scanned(xml: bytes, budget: _Budget) -> _Scan:
    scan = _Scan(budget)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = scan.doctype
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise _Refused("workbook_broken") from None
    return scan


class _Scan:
    """What expat tells of one part."""

    def __init__(self, budget: _Budget) -> None:
        self.traits = SheetTraits()
        self.root = ""
        self._budget = budget
        self._depth = 0
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
            self.root = name
        elif self.root == _WORKSHEET:
            self._note(name.rpartition(" ")[2], attributes)

    def _note(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._cell = attributes.get("r", "")
        elif element == "f":
            self.traits.noted.add(self._cell)
        elif element == "mergeCell":
            self.traits.merges.append(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        """Leave the element."""
        self._depth -= 1
