"""A structural check of a workbook's package, after ECMA-376: what Excel calls damaged when it is not so.

Not the schemas themselves, which validate no reference from part to part; those are where a written workbook goes
wrong. Each complaint is a line of text; a sound workbook has none.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, KeysView
from io import BytesIO
from xml.etree.ElementTree import Element, fromstring

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"

_SHEET = """
sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios
autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations
hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches
ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls webPublishItems
tableParts extLst
"""
SEQUENCE = _SHEET.split()
"""The children of a worksheet, in the only order they may have (18.3.1.99)."""

_BOOK = """
fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences
definedNames calcPr oleSize customWorkbookViews pivotCaches extLst
"""
_LOOKS = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"

_CALLABLE = """
ABS AND COUNT COUNTA COUNTIF DAY EXACT FALSE FIXED IF IFERROR INT ISBLANK ISERROR ISLOGICAL ISNUMBER ISTEXT LEFT LEN
LOOKUP MAX MID MIN MOD MONTH N NOT OR RIGHT ROUND SIGN SUBSTITUTE SUM SUMPRODUCT TEXT TRIM TRUE TRUNC VALUE YEAR
"""
FUNCTIONS = frozenset(_CALLABLE.split())
"""What the formulas here may call: all are in Excel 2007 and since, and in LibreOffice, and none needs a prefix."""

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\(")
_NAME = re.compile(r"[A-Za-z_\\][A-Za-z0-9_.\\]{0,254}")


def complaints(data: bytes) -> list[str]:
    """Everything that is wrong with a package."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        if len(parts) != len(archive.namelist()):
            return ["a part is there twice"]
    xml = {name: fromstring(content) for name, content in parts.items() if name.endswith((".xml", ".rels"))}
    return [*_types(parts.keys(), xml), *_relations(parts.keys(), xml), *_book(xml)]


def functions(data: bytes) -> set[str]:
    """The functions that a workbook's formulas call, in cells, rules and names."""
    found: set[str] = set()
    for text in formulas(data):
        bare = re.sub(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'', "", text)
        found |= set(_CALL.findall(bare))
    return found


def formulas(data: bytes) -> Iterator[str]:
    """All formulas of a workbook."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                root = fromstring(archive.read(name))
                for tag in ("f", "formula", "formula1", "formula2"):
                    yield from (each.text or "" for each in root.iter(f"{S}{tag}"))


def _types(names: KeysView[str], xml: dict[str, Element]) -> Iterator[str]:
    root = xml["[Content_Types].xml"]
    defaults = {each.get("Extension", "").lower() for each in root.iter(f"{TYPES}Default")}
    overrides = [each.get("PartName", "") for each in root.iter(f"{TYPES}Override")]
    if len(set(overrides)) != len(overrides):
        yield "a content type is given twice"
    for part in overrides:
        if part.lstrip("/") not in names:
            yield f"a content type for {part}, which is not there"
    for name in names:
        known = f"/{name}" in overrides or name.rpartition(".")[2].lower() in defaults
        if not known and name != "[Content_Types].xml":
            yield f"no content type for {name}"


def _relations(names: KeysView[str], xml: dict[str, Element]) -> Iterator[str]:
    for name, root in xml.items():
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        ids = [each.get("Id") for each in root.iter(f"{RELS}Relationship")]
        if len(set(ids)) != len(ids):
            yield f"{name}: an id twice"
        for each in root.iter(f"{RELS}Relationship"):
            target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/")
            if each.get("TargetMode") != "External" and target not in names:
                yield f"{name}: {target} is not there"


def _book(xml: dict[str, Element]) -> Iterator[str]:
    book, styles = xml["xl/workbook.xml"], xml["xl/styles.xml"]
    yield from _ordered("workbook", book, _BOOK.split())
    yield from _ordered("styles", styles, _LOOKS.split())
    targets = {
        each.get("Id"): each.get("Target", "").removeprefix("/xl/")
        for each in xml["xl/_rels/workbook.xml.rels"].iter(f"{RELS}Relationship")
    }
    sheets = list(book.iter(f"{S}sheet"))
    titles = [sheet.get("name", "") for sheet in sheets]
    if len({title.casefold() for title in titles}) != len(titles):
        yield "two sheets of one name"
    if len({sheet.get("sheetId") for sheet in sheets}) != len(sheets):
        yield "two sheets of one id"
    if all(sheet.get("state") in {"hidden", "veryHidden"} for sheet in sheets):
        yield "no sheet to be seen"
    for title in titles:
        if not 0 < len(title.encode("utf-16-le")) <= 62 or re.search(r"[\[\]:*?/\\]|^'|'$", title):
            yield f"a bad sheet name: {title}"
    yield from _names(book, titles)
    counts = {
        tag: len(list(styles.find(f"{S}{tag}") or ()))
        for tag in ("fonts", "fills", "borders", "cellXfs", "cellStyleXfs", "dxfs")
    }
    yield from _looks(styles, counts)
    for sheet in sheets:
        part = posixpath.join("xl", targets[sheet.get(f"{R}id")])
        yield from (f"{sheet.get('name')}: {each}" for each in _sheet(xml[part], counts, titles))


def _ordered(what: str, root: Element, sequence: list[str]) -> Iterator[str]:
    places = [sequence.index(child.tag.removeprefix(S)) for child in root]
    if places != sorted(places):
        yield f"{what}: elements out of order"


def _names(book: Element, titles: list[str]) -> Iterator[str]:
    seen = set()
    for name in book.iter(f"{S}definedName"):
        key = (name.get("name", "").casefold(), name.get("localSheetId"))
        if key in seen:
            yield f"a name twice: {key}"
        seen.add(key)
        if not _NAME.fullmatch(key[0]) or re.fullmatch(r"[a-z]{1,3}[0-9]+|r[0-9]*c?[0-9]*|c[0-9]*", key[0]):
            yield f"a bad name: {key[0]}"
        if key[1] is not None and not int(key[1]) < len(titles):
            yield f"a name of a sheet that is not there: {key}"
        for title in re.findall(r"'((?:[^']|'')*)'!", name.text or ""):
            if title.replace("''", "'") not in titles:
                yield f"a name for a sheet that is not there: {title}"


def _looks(styles: Element, counts: dict[str, int]) -> Iterator[str]:
    formats = {int(each.get("numFmtId", "0")) for each in styles.iter(f"{S}numFmt")}
    for xf in (*(styles.find(f"{S}cellXfs") or ()), *(styles.find(f"{S}cellStyleXfs") or ())):
        for field, tag in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            if int(xf.get(field, "0")) >= counts[tag]:
                yield f"a look with {field} that is not there"
        if int(xf.get("xfId", "0")) >= counts["cellStyleXfs"]:
            yield "a look of a style that is not there"
        number = int(xf.get("numFmtId", "0"))
        if number >= 164 and number not in formats:
            yield f"a look with number format {number}, which is not there"
    if counts["cellXfs"] > 64_000:
        yield "too many looks"


def _sheet(root: Element, counts: dict[str, int], titles: list[str]) -> Iterator[str]:
    yield from _ordered("sheet", root, SEQUENCE)
    yield from _rows(root, counts, titles)
    yield from _ranges(root)
    priorities = [int(rule.get("priority", "0")) for rule in root.iter(f"{S}cfRule")]
    if len(set(priorities)) != len(priorities) or 0 in priorities:
        yield "conditional formats of one priority"
    for rule in root.iter(f"{S}cfRule"):
        if int(rule.get("dxfId", "0")) >= counts["dxfs"]:
            yield "a conditional format whose look is not there"
        for formula in rule.iter(f"{S}formula"):
            if "!" in (formula.text or ""):
                yield "a conditional format that looks at another sheet by address"
    for rule in root.iter(f"{S}dataValidation"):
        for tag in ("formula1", "formula2"):
            written = rule.find(f"{S}{tag}")
            if written is not None and len(written.text or "") > 255:
                yield "a rule of entry that is too long"
    for column in root.iter(f"{S}col"):
        if not 0 < float(column.get("width", "8")) <= 255:
            yield "a column too wide"


def _rows(root: Element, counts: dict[str, int], titles: list[str]) -> Iterator[str]:
    last_row = 0
    for row in root.iter(f"{S}row"):
        number = int(row.get("r", "0"))
        if not last_row < number <= 1_048_576:
            yield f"row {number} after row {last_row}"
        last_row = number
        if float(row.get("ht", "15")) > 409.5:
            yield f"row {number} is too high"
        last_column = 0
        for cell in row:
            match = _CELL.fullmatch(cell.get("r", ""))
            if match is None or int(match[2]) != number:
                yield f"cell {cell.get('r')} in row {number}"
                continue
            column = sum((ord(letter) - 64) * 26**place for place, letter in enumerate(reversed(match[1])))
            if not last_column < column <= 16_384:
                yield f"cell {cell.get('r')} out of order"
            last_column = column
            yield from _cell(cell, counts, titles)


def _cell(cell: Element, counts: dict[str, int], titles: list[str]) -> Iterator[str]:
    where, kind = cell.get("r"), cell.get("t", "n")
    if int(cell.get("s", "0")) >= counts["cellXfs"]:
        yield f"{where}: a look that is not there"
    if kind not in {"n", "s", "str", "inlineStr", "b", "e", "d"}:
        yield f"{where}: type {kind}"
    formula = cell.find(f"{S}f")
    if formula is not None:
        text = formula.text or ""
        if kind == "inlineStr" or not text or len(text) > 8_191:
            yield f"{where}: a bad formula"
        if text.count("(") != text.count(")") and '"' not in text:
            yield f"{where}: brackets"
        depth = deepest = 0
        for sign in re.sub(r'"(?:[^"]|"")*"', "", text):
            depth += (sign == "(") - (sign == ")")
            deepest = max(deepest, depth)
        if deepest > 64:
            yield f"{where}: nested {deepest} deep"
        for title in re.findall(r"'((?:[^']|'')*)'!", re.sub(r'"(?:[^"]|"")*"', "", text)):
            if title.replace("''", "'") not in titles:
                yield f"{where}: a formula for a sheet that is not there: {title}"
    value = cell.find(f"{S}v")
    if kind == "n" and value is not None and value.text:
        float(value.text)
    for text_element in cell.iter(f"{S}t"):
        if len((text_element.text or "").encode("utf-16-le")) > 2 * 32_767:
            yield f"{where}: a text too long"


def _ranges(root: Element) -> Iterator[str]:
    covered: set[tuple[int, int]] = set()
    for merged in root.iter(f"{S}mergeCell"):
        corners = [_CELL.fullmatch(part) for part in merged.get("ref", "").split(":")]
        if len(corners) != 2 or None in corners:
            yield f"a bad merged range: {merged.get('ref')}"
            continue
        (left, top), (right, bottom) = [
            (sum((ord(c) - 64) * 26**n for n, c in enumerate(reversed(corner[1]))), int(corner[2]))
            for corner in corners
            if corner is not None
        ]
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if len(cells) < 2 or cells & covered:
            yield f"a merged range over another: {merged.get('ref')}"
        covered |= cells
