"""What printed pages show: every word of the text and every cell of every table, read back from the drawn letters.

The inverse of `report.py` for files from anywhere. What counts is what is drawn: letters come from the content
streams, in the order of the structure tree, never from alternative texts. Text that no element owns, that is not
drawn in black, and whatever covers an area of the page, is told apart in `loose` and `covers`. Whether the
letters look like what the file says they are is asked of the fonts themselves (`letters.py`).

Any bytes may come in: whatever can't be read raises `PaperUnreadable`; unpacking stops at a limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf

from renderers.pdf.letters import Letters, LettersUnreadable
from renderers.pdf.streams import PaperUnreadable, unpacked

MAX_STREAM = 16 * 1024 * 1024
"""The most bytes that one stream may unpack to."""

MAX_PAGES = 2_000
_MAX_DEPTH = 60
_THIN = 3.0
"""Filled areas up to this height, in CSS pixels, are rules; a taller one covers something."""

_COVERS = frozenset({"Do", "sh", "INLINE IMAGE", "BI"})
_FILLS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*"})
_INVISIBLE = frozenset({3, 7})


@dataclass(frozen=True)
class Words:
    """A run of text between tables, without white space: a line may break anywhere."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table on one page: its repeated heading and its rows, each cell without white space."""

    head: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Paper:
    """What the pages show, in reading order."""

    parts: tuple[Words | Grid, ...]
    loose: tuple[str, ...]
    """Text that no element owns, but for each page's own number; and text that is not drawn in black."""
    covers: int
    """Pictures and areas drawn over a page, and annotations other than signatures."""
    forged: tuple[str, ...]
    """Characters whose drawn glyph is not the font's own."""


def read_paper(data: bytes) -> Paper:
    """All that the pages show. Raises PaperUnreadable."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            return _Reader(pdf).paper()
    except PaperUnreadable:
        raise
    except LettersUnreadable as problem:
        raise PaperUnreadable(str(problem)) from problem
    except Exception as problem:
        # Hostile bytes: whatever goes wrong, the pages can't be read.
        raise PaperUnreadable(" ".join(str(problem).split())[:120] or type(problem).__name__) from problem


@dataclass
class _Drawn:
    """What one page draws: text by the number of its mark, and what has none."""

    marked: dict[int, list[str]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    covers: int = 0


class _Reader:
    """Reads one open file."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.letters = Letters()
        self.pages: dict[tuple[int, int], _Drawn] = {}
        self.used: set[tuple[tuple[int, int], int]] = set()

    def paper(self) -> Paper:
        """Pages first, then the tree that orders their pieces."""
        if len(self.pdf.pages) > MAX_PAGES:
            raise PaperUnreadable("too many pages")
        covers = 0
        for number, page in enumerate(self.pdf.pages, start=1):
            drawn = self._draw(page, number)
            covers += drawn.covers + _foreign_annotations(page)
            self.pages[page.obj.objgen] = drawn
        root = self.pdf.Root.get("/StructTreeRoot")
        parts = [] if root is None else list(self._parts(root, 0))
        loose = [text for drawn in self.pages.values() for text in drawn.loose]
        loose += [
            "".join(pieces)
            for key, drawn in self.pages.items()
            for mark, pieces in drawn.marked.items()
            if (key, mark) not in self.used and "".join(pieces)
        ]
        return Paper(tuple(_joined(parts)), tuple(loose), covers, self.letters.forged())

    # -- pages -----------------------------------------------------------------------------------------------------

    def _draw(self, page: pikepdf.Page, number: int) -> _Drawn:
        """Runs through a page's content once, knowing of it what text needs: font, colour, mode and marks."""
        drawn = _Drawn()
        fonts: Any = page.obj.Resources.get("/Font", {}) if "/Resources" in page.obj else {}
        marks: list[int | None] = []
        font: Any = None
        black, mode = True, 0
        saved: list[tuple[Any, bool, int]] = []
        path: list[float] = []
        contents = page.obj.get("/Contents", pikepdf.Array())
        streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        content = b"\n".join(unpacked(stream, MAX_STREAM) for stream in streams)
        if len(content) > MAX_STREAM:
            raise PaperUnreadable("a page is too long")
        for instruction in pikepdf.parse_content_stream(self.pdf.make_stream(content)):
            operator, operands = str(instruction.operator), instruction.operands
            match operator:
                case "q":
                    saved.append((font, black, mode))
                case "Q" if saved:
                    font, black, mode = saved.pop()
                case "BDC":
                    properties = operands[1]
                    known = isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties
                    marks.append(int(properties["/MCID"]) if known else None)
                case "BMC":
                    marks.append(None)
                case "EMC" if marks:
                    marks.pop()
                case "Tf":
                    font = fonts[str(operands[0])]
                case "Tr":
                    mode = int(operands[0])
                case "rg" | "g" | "k" | "sc" | "scn" | "cs":
                    black = operator != "cs" and _is_black(operator, operands)
                case "Tj" | "TJ" | "'" | '"':
                    text = self._text(font, operands)
                    mark = next((mark for mark in reversed(marks) if mark is not None), None)
                    if not black or mode in _INVISIBLE:
                        drawn.loose.append(text)
                    elif mark is not None:
                        drawn.marked.setdefault(mark, []).append(text)
                    elif text != str(number):
                        drawn.loose.append(text)
                case "m" | "l":
                    path.append(float(operands[1]))
                case "re":
                    path += [float(operands[1]), float(operands[1]) + float(operands[3])]
                case "c" | "v" | "y":
                    path += [float(each) for each in list(operands)[1::2]]
                case _ if operator in _FILLS:
                    drawn.covers += bool(path) and max(path) - min(path) > _THIN
                    path = []
                case "S" | "s" | "n":
                    path = []
                case _ if operator in _COVERS:
                    drawn.covers += 1
                case _:
                    pass
        return drawn

    def _text(self, font: Any, operands: Any) -> str:
        """The characters that a text operator draws, without white space."""
        if font is None:
            raise PaperUnreadable("text without a font")
        strings: list[bytes] = []
        for operand in operands:
            for item in operand if isinstance(operand, pikepdf.Array) else [operand]:
                if isinstance(item, pikepdf.String | str | bytes):
                    strings.append(bytes(item) if not isinstance(item, str) else item.encode("latin-1"))
        return "".join(self.letters.read(font, b"".join(strings)).replace("\u200b", "").split())

    # -- the tree --------------------------------------------------------------------------------------------------

    def _parts(self, node: Any, depth: int) -> Iterator[Words | Grid]:
        if depth > _MAX_DEPTH:
            raise PaperUnreadable("the structure is too deep")
        if node.get("/S") == pikepdf.Name.Table:
            yield self._grid(node)
            return
        for kid in _kids(node):
            if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem":
                yield from self._parts(kid, depth + 1)
            elif (text := self._own(node, kid)) is not None:
                yield Words(text)

    def _own(self, node: Any, kid: Any) -> str | None:
        """The text of a marked piece of content that an element owns. None for a kid of another kind."""
        page = node.get("/Pg")
        if isinstance(kid, pikepdf.Dictionary):
            if "/MCID" not in kid:
                return None
            page, number = kid.get("/Pg", page), int(kid.MCID)
        elif isinstance(kid, int):
            number = int(kid)
        else:
            return None
        if page is None or page.objgen not in self.pages:
            raise PaperUnreadable("text on no page")
        key = (page.objgen, number)
        if key in self.used:
            raise PaperUnreadable("text is owned twice")
        self.used.add(key)
        return "".join(self.pages[page.objgen].marked.get(number, ()))

    def _grid(self, table: Any) -> Grid:
        head: list[tuple[str, ...]] = []
        rows: list[tuple[str, ...]] = []
        for group in _elements(table):
            into = head if group.get("/S") == pikepdf.Name.THead else rows
            for row in [group] if group.get("/S") == pikepdf.Name.TR else _elements(group):
                into.append(
                    tuple(
                        "".join(part.text for part in self._parts(cell, 0) if isinstance(part, Words))
                        for cell in _elements(row)
                    )
                )
        return Grid(tuple(head), tuple(rows))


def _kids(node: Any) -> list[Any]:
    kids = node.get("/K", pikepdf.Array())
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _elements(node: Any) -> list[Any]:
    return [
        kid
        for kid in _kids(node)
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem"
    ]


def _joined(parts: list[Words | Grid]) -> Iterator[Words | Grid]:
    """Neighbouring words as one run."""
    run: list[str] = []
    for part in parts:
        if isinstance(part, Words):
            run.append(part.text)
            continue
        if run:
            yield Words("".join(run))
            run = []
        yield part
    if run:
        yield Words("".join(run))


def _is_black(operator: str, operands: Any) -> bool:
    values = [float(each) for each in operands if not isinstance(each, pikepdf.Name)]
    return values == [0, 0, 0, 1] if operator == "k" else bool(values) and not any(values)


def _foreign_annotations(page: pikepdf.Page) -> int:
    """Annotations that are not fields of signatures: they could cover what is printed."""
    annotations: Any = page.obj.get("/Annots", [])
    return sum(
        annotation.get("/Subtype") != pikepdf.Name.Widget or annotation.get("/FT") != pikepdf.Name.Sig
        for annotation in annotations
    )


__all__ = ["Grid", "Paper", "PaperUnreadable", "Words", "read_paper"]
