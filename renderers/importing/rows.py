"""The body of a form as rows of the language: the tree that their codes draw, totals, parts, rows that units add.

A code's kind tells its level: I, II below nothing; 1, 2 below them; 1.1 below 1; a, b and dashes below whatever stands
before. "Trong đó" opens the parts of the row above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from renderers.importing.codes import Between, Printed, Reference, read_code, references
from renderers.importing.doubts import Doubt, doubt
from renderers.importing.draft import DraftAdded, DraftColumn, DraftRow
from renderers.importing.naming import Names

_DOTS = re.compile(r"[.…\s_-]*(?:v\.?v\.?)?[.…\s_-]*")
_TOTAL = re.compile(r"(?i)^(tổng (số|cộng)|cộng|tổng)\b(?!.*\btrong đó\b)")
_PARTS = re.compile(r"(?i)^[-–+*\s]*trong đó\s*:?\s*")
_ROMAN = re.compile(r"[IVXLC]+[.)]?")
_IN_LABEL = re.compile(r"\(\s*([0-9IVXa-z.]+\s*=\s*[^()]*)\)\s*$")
_LEADING = re.compile(r"^((?:[IVX]+|\d+(?:\.\d+)*|[a-zđ]|[A-ZĐ])[.)]|\d+(?:\.\d+)+)\s+(?=\S)")


@dataclass(frozen=True)
class Line:
    """A row of the body as it stands: its code, its label, its measure where rows have one."""

    code: str
    label: str
    measure: str = ""
    bold: bool = False
    whole_width: bool = False
    """It crosses the table: a heading over the rows that follow."""


@dataclass
class _Node:
    line: Line
    code: Printed | None
    level: int
    name: str = ""
    part: bool = False
    below: list[_Node] = field(default_factory=list)


def draft_rows(
    lines: Sequence[Line], names: Names, label_heading: str
) -> tuple[tuple[DraftRow | DraftAdded, ...], tuple[Doubt, ...], dict[int, str]]:
    """The rows of a table, the doubts about all of them, and the name of each line by its place."""
    if not lines or all(_DOTS.fullmatch(line.label) and _DOTS.fullmatch(line.code) for line in lines):
        name = names.of_words("Số liệu", "d")
        return (
            (DraftRow(name, "Số liệu trong kỳ"),),
            (doubt("one_row"),),
            dict.fromkeys(range(len(lines)), name),
        )
    nodes, named, dots = _nodes(lines, names)
    by_code = {node.code.code: node for node in _all(nodes) if node.code is not None}
    totals = [
        node
        for node in nodes
        if _TOTAL.match(node.line.label) and not node.below and not node.line.whole_width
    ]
    counted = {
        code for node in nodes if node.code for side in node.code.sides[:1] for code in references(side)
    }
    tops = [
        node for node in nodes if node not in totals and (node.code is None or node.code.code not in counted)
    ]
    made: list[DraftRow | DraftAdded] = []
    added = names.of_words(label_heading or "Dòng thêm", "d") if dots else ""
    for node in nodes:
        if node in totals:
            made.append(_total(node, tops, by_code, added, first=node is nodes[0], counted=bool(counted)))
        else:
            made.append(_row(node, by_code))
    if dots:
        column = DraftColumn("ten", label_heading or "Tên", "text(200)", attributes="required")
        place = len(made) - sum(isinstance(row, DraftRow) and row.place == "last" for row in made[-1:])
        made.insert(
            place, DraftAdded(added, label_heading or "Dòng thêm", "ten", (column,), 100, (doubt("added"),))
        )
    doubts: list[Doubt] = []
    if len(tops) >= 6 and not any(node.below for node in tops):
        doubts.append(doubt("listed"))
    return tuple(made), tuple(doubts), named


def _nodes(lines: Sequence[Line], names: Names) -> tuple[list[_Node], dict[int, str], bool]:
    """The tree of the lines, their names, and whether dots stand for more."""
    roots: list[_Node] = []
    path: list[_Node] = []
    named: dict[int, str] = {}
    dots, part = False, False
    for index, line in enumerate(lines):
        if _DOTS.fullmatch(line.label):
            dots = dots or bool(line.label or line.code)
            continue
        line = _split(line)
        opens = _PARTS.match(line.label)
        if opens is not None:
            rest = line.label[opens.end() :].strip()
            part = True
            if not rest:
                continue
            line = replace(line, label=rest[:1].upper() + rest[1:])
        level = _level(line, path)
        if part and path:
            level = max(level, path[0].level + 1) if not path[-1].part else path[-1].level
            if not path[-1].part:
                level = path[-1].level + 1
        if opens is None and _is_higher(line, path):
            part = False
            level = _level(line, path)
        while path and path[-1].level >= level:
            path.pop()
        node = _Node(line, _code(line), level, part=part)
        node.name = _name(node, path, names)
        named[index] = node.name
        (path[-1].below if path else roots).append(node)
        path.append(node)
    return roots, named, dots


def _is_higher(line: Line, path: list[_Node]) -> bool:
    """Whether a line that follows parts is no part any more: it has a code of its own kind, or is a total."""
    return bool(re.match(r"[IVX\d]", line.code)) or bool(_TOTAL.match(line.label))


def _split(line: Line) -> Line:
    """The code that stands before the label, where it has no column of its own."""
    found = _LEADING.match(line.label) if not line.code else None
    if found is None:
        return line
    return replace(line, code=found[1].rstrip(".)"), label=line.label[found.end() :])


def _level(line: Line, path: list[_Node]) -> int:
    code = line.code.strip(" .()")
    if line.whole_width:
        return 0
    if _TOTAL.match(line.label) and not code:
        return 0
    if _ROMAN.fullmatch(code) or re.fullmatch(r"[A-ZĐ]", code):
        return 0
    if re.fullmatch(r"\d+\w*", code):
        return 1
    if re.fullmatch(r"\d+(\.\d+)+", code):
        return 1 + code.count(".")
    if re.fullmatch(r"[a-zđ]", code) or code in {"-", "+", "–"} or re.match(r"[-–+] ", line.label):
        return 5 if code not in {"-", "+", "–"} and not re.match(r"[-–+] ", line.label) else 6
    # Without a code, bold lines head those that follow.
    return 1 if not line.bold else 0


def _code(line: Line) -> Printed | None:
    in_label = _IN_LABEL.search(line.label)
    if in_label is not None and (found := read_code(in_label[1])) is not None and found.sides:
        return found
    return read_code(line.code) if line.code else None


def _name(node: _Node, path: list[_Node], names: Names) -> str:
    code = node.code.code if node.code is not None else ""
    if _TOTAL.match(node.line.label) and not code:
        return names.of_words("Tổng" if not node.below else node.line.label, "d")
    if code and re.fullmatch(r"[IVXLC]+|\d+\w*(?:[._]\d+)*", code):
        return names.of_code(code, "r")
    return names.of_words(node.line.label, "d")


def _row(node: _Node, by_code: dict[str, _Node]) -> DraftRow:
    formula, doubts = _formula(node, by_code)
    children = tuple(_row(each, by_code) for each in node.below)
    parts = bool(node.below) and node.below[0].part
    asked = list(doubts)
    if children and parts:
        asked.append(doubt("parts"))
    elif children and not formula and not node.line.whole_width:
        asked.append(doubt("whole_of_rows", "= " + " + ".join(each.name for each in children)))
    code = node.line.code if node.code is None or node.line.code else node.code.code
    printed = node.line.label if formula else ""
    return DraftRow(
        name=node.name,
        label=node.line.label,
        code=code,
        formula=formula,
        printed=printed,
        measure=node.line.measure,
        rows=children,
        parts=parts,
        section=node.line.whole_width,
        doubts=tuple(asked),
    )


def _total(
    node: _Node, tops: Sequence[_Node], by_code: dict[str, _Node], added: str, *, first: bool, counted: bool
) -> DraftRow:
    row = _row(node, by_code)
    place = "first" if first else "last"
    if row.formula:
        return replace(row, place=place)
    # A section has no cells of its own: its rows are what is added.
    terms = [part.name for each in tops for part in (each.below if each.line.whole_width else [each])]
    if len(terms) > 3 and not any(each.below for each in tops) and not counted:
        terms = [f"sum({terms[0]} .. {terms[-1]})"]
    if added:
        terms.append(f"sum({added})")
    if not terms:
        return replace(row, place=place)
    asked = (*row.doubts, doubt("total_row")) if any(each.below for each in tops) else row.doubts
    return replace(row, formula=" + ".join(terms), printed=node.line.label, place=place, doubts=asked)


def _formula(node: _Node, by_code: dict[str, _Node]) -> tuple[str, tuple[Doubt, ...]]:
    if node.code is None or not node.code.sides:
        return "", ()
    written: list[str] = []
    for part in node.code.sides[0]:
        match part:
            case Reference(code):
                wanted = [code]
            case Between(first, last):
                wanted = [first, last]
            case _:
                written.append(part)
                continue
        found = [by_code.get(code) for code in wanted]
        if any(each is None or each is node for each in found):
            return "", (doubt("unknown_code", text=node.line.label, codes=", ".join(wanted)),)
        ends = [each.name for each in found if each is not None]
        written.append(ends[0] if len(ends) == 1 else f"sum({ends[0]} .. {ends[1]})")
    return " ".join(written).replace("( ", "(").replace(" )", ")"), ()


def _all(nodes: Sequence[_Node]) -> list[_Node]:
    return [each for node in nodes for each in (node, *_all(node.below))]
