"""What turns WeasyPrint's tagged pages into a file that is both PDF/A-3a and PDF/UA-1.

WeasyPrint writes either claim, not both, and leaves four things to mend, all done on its objects before they are
written, so that nothing needs a second pass over the file:

- metadata: one XMP packet with both claims, and the extension schema that PDF/A asks for the PDF/UA property;
- page numbers: tagged like text of the report and hung nowhere; they become artifacts, which readers leave out;
- tables: headings are linked to cells by counting columns past at most one spanning cell; the grid is walked again;
- associated files: listed twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pydyf
from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import Document

_REFERENCE = re.compile(rb"(\d+) 0 R")


def finish(document: Document, pdf: pydyf.PDF) -> None:
    """Mends the objects of a document that is about to be written. A finisher of WeasyPrint's `write_pdf`."""
    _write_metadata(document, pdf)
    _list_files_once(pdf)
    _mark_artifacts(pdf)
    for table in _structures(pdf, "/Table"):
        _link_headings(pdf, table)


def _object(pdf: pydyf.PDF, reference: Any) -> Any:
    """The object behind "12 0 R"; what is no reference is itself."""
    if isinstance(reference, bytes) and (match := _REFERENCE.fullmatch(reference)):
        return pdf.objects[int(match[1])]
    return reference


# -- metadata ----------------------------------------------------------------------------------------------------------


def _write_metadata(document: Document, pdf: pydyf.PDF) -> None:
    environment = Environment(
        loader=PackageLoader("renderers.pdf", "templates"), autoescape=True, undefined=StrictUndefined
    )
    packet = environment.get_template("metadata.xmp.jinja").render(
        title=document.metadata.title,
        authors=document.metadata.authors,
        producer=pdf.info["Producer"].string,
    )
    stream = _object(pdf, pdf.catalog["Metadata"])
    stream.stream = [packet.encode("utf-8")]
    # Not compressed, so that archives find it without reading the file's structure.
    stream.compress = False


def _list_files_once(pdf: pydyf.PDF) -> None:
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


# -- structure ---------------------------------------------------------------------------------------------------------


def _kids(pdf: pydyf.PDF, element: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
    """Structure elements right under one."""
    for kid in element.get("K", ()):
        found = _object(pdf, kid)
        if isinstance(found, pydyf.Dictionary) and found.get("Type") == "/StructElem":
            yield found


def _below(pdf: pydyf.PDF, element: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
    """The element and every structure element under it, in reading order."""
    yield element
    for kid in _kids(pdf, element):
        yield from _below(pdf, kid)


def _structures(pdf: pydyf.PDF, kind: str) -> list[pydyf.Dictionary]:
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    return [element for element in _below(pdf, root) if element.get("S") == kind]


def _mark_artifacts(pdf: pydyf.PDF) -> None:
    """Makes marked content that no element of the tree owns an artifact, page by page."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    owned = {element.reference for element in _below(pdf, root)}
    numbers = _object(pdf, root["ParentTree"])["Nums"]
    pages = [
        found for found in pdf.objects if isinstance(found, pydyf.Dictionary) and found.get("Type") == "/Page"
    ]
    for page in pages:
        owners = numbers[2 * page["StructParents"] + 1]
        loose = {index for index, owner in enumerate(owners) if owner not in owned}
        stream = _object(pdf, page["Contents"])
        # A mark is three items: "/Span", its MCID, BDC. That of an artifact is two.
        for place in [at for at, item in enumerate(stream.stream) if _mark(item) in loose][::-1]:
            stream.stream[place - 1 : place + 2] = ["/Artifact", b"BMC"]
        for index in loose:
            owners[index] = "null"
    for element in pdf.objects:
        if (
            isinstance(element, pydyf.Dictionary)
            and element.get("Type") == "/StructElem"
            and element.reference not in owned
        ):
            element.clear()


def _mark(item: object) -> int | None:
    """The number of a marked piece of content, where the item of a content stream is one."""
    return item.get("MCID") if isinstance(item, dict) else None


@dataclass(frozen=True, eq=False)
class _Cell:
    """A table cell on the grid: where it starts and how far it spans."""

    element: pydyf.Dictionary
    row: int
    column: int
    rows: int
    columns: int

    def overlaps_columns(self, other: _Cell) -> bool:
        """Whether the two share a column."""
        return self.column < other.column + other.columns and other.column < self.column + self.columns

    def overlaps_rows(self, other: _Cell) -> bool:
        """Whether the two share a row."""
        return self.row < other.row + other.rows and other.row < self.row + self.rows


def _link_headings(pdf: pydyf.PDF, table: pydyf.Dictionary) -> None:
    """Gives every cell of a table the headings above and left of it, from where they really stand on the grid.

    A row with one heading is headed by it. A row of several heads the columns under it; the first such rows head
    the whole table, one further down heads what follows it up to the next.
    """
    cells = list(_grid(pdf, table))
    heads = [cell for cell in cells if cell.element["S"] == "/TH"]
    data = [cell for cell in cells if cell.element["S"] == "/TD"]
    top = min((cell.row for cell in data), default=0)
    in_row = Counter(head.row for head in heads)
    inner = sorted(row for row, count in in_row.items() if row >= top and count > 1)
    identifiers = {}
    for head in heads:
        identifiers[head] = pydyf.String(f"h{table.number}-{head.row}-{head.column}")
        head.element["ID"] = identifiers[head]
        head.element["A"]["Scope"] = "/Column" if head.row < top or head.row in inner else "/Row"
    for cell in data:
        nearest = max((row for row in inner if row < cell.row), default=None)
        linked = pydyf.Array(
            identifiers[head]
            for head in heads
            if (
                head.overlaps_columns(cell)
                if head.row < top or head.row == nearest
                else head.row not in inner and head.overlaps_rows(cell)
            )
        )
        cell.element["A"].pop("Headers", None)
        if linked:
            cell.element["A"]["Headers"] = linked


def _grid(pdf: pydyf.PDF, table: pydyf.Dictionary) -> Iterator[_Cell]:
    taken: set[tuple[int, int]] = set()
    rows = [element for element in _below(pdf, table) if element.get("S") == "/TR"]
    for at, row in enumerate(rows):
        column = 0
        for element in _kids(pdf, row):
            if element["S"] not in {"/TH", "/TD"}:
                continue
            while (at, column) in taken:
                column += 1
            down = int(element["A"].get("RowSpan", 1))
            across = int(element["A"].get("ColSpan", 1))
            taken |= {(at + y, column + x) for y in range(down) for x in range(across)}
            yield _Cell(element, at, column, down, across)
            column += across
