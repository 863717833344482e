"""The compiled draft held against the original, cell by cell: headings with their spans, codes, rows, what surrounds.

The draft is read from its template, as every form and print is, not from what the importer believed: what differs here
would differ on paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from compiler.cells import heading_grid
from compiler.template import Row, Table, Template
from renderers.importing.anatomy import Found, Leaf
from renderers.importing.codes import spelled_out
from renderers.importing.draft import Draft, DraftAdded, columns_of
from renderers.importing.facts import Facts, read_facts

What = Literal[
    "title", "form", "basis", "measure", "heading", "code", "stub", "row", "row_code", "question", "list"
]


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing of the form: where it stands on the original ("Biểu 1!C7"), what is there and in the draft."""

    what: What
    place: str
    original: str
    draft: str
    same: bool


def compare(template: Template, tables: Sequence[Found]) -> tuple[Compared, ...]:
    """Everything compared, in reading order. `tables` are those that the template's were drafted from."""
    found: list[Compared] = []
    for table, original in zip(template.tables, tables, strict=True):
        facts = read_facts(original.above, original.below)
        found += _around(template, table, original, facts)
        found += _headings(template, table, original)
        found += _codes(table, original)
        found += _rows(table, original)
    return tuple(found)


def compare_questions(template: Template, draft: Draft) -> tuple[Compared, ...]:
    """A form that was a list of questions: each of the draft's columns and lists as the template has it."""
    found: list[Compared] = []
    for table, drafted in zip(template.tables, draft.tables, strict=True):
        made = {column.name: column for row in table.rows for column in (*table.columns, *row.columns)}
        own = [each for row in drafted.rows if isinstance(row, DraftAdded) for each in row.columns]
        for column in (*columns_of(drafted.members), *own):
            compiled = made.get(column.name)
            label = compiled.label if compiled is not None else ""
            found.append(_compared("question", f"{table.name}.{column.name}", column.label, label))
    lists = {codes.name: len(codes.codes) for codes in template.code_lists}
    for codes in draft.lists:
        count, kept = len(codes.codes), lists.get(codes.name, 0)
        found.append(Compared("list", codes.title, str(count), str(kept), count == kept))
    return tuple(found)


def _around(template: Template, table: Table, original: Found, facts: Facts) -> Iterator[Compared]:
    place = original.sheet
    measures = {measure.name: measure.label for measure in template.measures}
    yield _compared("title", place, facts.title or table.title, table.title)
    yield _compared("form", place, facts.form, table.form)
    for basis in facts.basis:
        yield _compared("basis", place, basis, basis if basis in template.basis else "")
    if table.measure is not None:
        yield _compared("measure", place, facts.measure, measures[table.measure])


def _data_leaves(table: Table, original: Found) -> list[Leaf]:
    """The original's columns that became columns of the draft: the last ones."""
    leaves = [leaf for leaf in original.leaves if "(không in)" not in leaf.label]
    return leaves[len(leaves) - len(table.columns) :]


def _headings(template: Template, table: Table, original: Found) -> Iterator[Compared]:
    """Each heading over data, with the columns it covers, then each that only the draft has."""
    leaves = _data_leaves(table, original)
    place_of = {leaf.left: index for index, leaf in enumerate(leaves)}
    measures = {measure.name: measure.label for measure in template.measures}
    drawn: dict[tuple[int, int, str], str] = {}
    for level in _placed(table):
        for start, width, label, column in level:
            measure = next((each.measure for each in table.columns if each.name == column), None)
            shown = label
            if measure is not None and measure != table.measure:
                shown = f"{label} ({measures[measure]})"
            drawn[start, width, _folded(label)] = shown
            drawn[start, width, _folded(shown)] = shown
    met: set[str] = set()
    for cell in original.heading:
        covered = [
            place_of[column] for column in range(cell.column, cell.last_column + 1) if column in place_of
        ]
        if not covered or "(không in)" in cell.text:
            continue
        key = (covered[0], len(covered), _folded(cell.text))
        match = drawn.get(key)
        if match is not None:
            met.add(match)
        yield Compared(
            "heading",
            f"{original.sheet}!{_column_name(cell.column)}{cell.row}",
            f"{cell.text} [{len(covered)}]",
            f"{match} [{len(covered)}]" if match is not None else "",
            match is not None,
        )
    for (_, width, _), shown in drawn.items():
        if shown not in met:
            met.add(shown)
            yield Compared("heading", original.sheet, "", f"{shown} [{width}]", False)


def _placed(table: Table) -> Iterator[list[tuple[int, int, str, str | None]]]:
    """Each level of the draft's heading: the first column, how many, the label, the leaf's name."""
    grid = heading_grid(table)
    taken: set[tuple[int, int]] = set()
    for level, cells in enumerate(grid):
        placed, position = [], 0
        for cell in cells:
            while (level, position) in taken:
                position += 1
            placed.append((position, cell.colspan, cell.label, cell.column))
            for row in range(level, level + cell.rowspan):
                taken |= {(row, column) for column in range(position, position + cell.colspan)}
            position += cell.colspan
        yield placed


def _codes(table: Table, original: Found) -> Iterator[Compared]:
    if original.code_row is None:
        return
    for column, leaf in zip(table.columns, _data_leaves(table, original), strict=True):
        place = f"{original.sheet}!{_column_name(leaf.left)}{original.code_row}"
        original_code, code = spelled_out(leaf.code_text), spelled_out(column.code_text)
        yield Compared("code", place, leaf.code_text, column.code_text, original_code == code)


def _rows(table: Table, original: Found) -> Iterator[Compared]:
    fixed = [row for row in table.rows if row.kind != "added"]
    stubs = len([leaf for leaf in original.leaves if "(không in)" not in leaf.label]) - len(table.columns)
    waiting = list(fixed)
    for body in original.body:
        texts = [text for text in (*body.texts[:stubs], body.whole_width) if text]
        if not any(re.search(r"\w", text) for text in texts):
            continue
        row = next((row for row in waiting if _names(row, texts)), None)
        if row is not None:
            waiting.remove(row)
        yield Compared(
            "row",
            f"{original.sheet}!{body.row}",
            " | ".join(texts),
            " | ".join(text for text in (row.code, row.label) if text) if row is not None else "",
            row is not None,
        )
    if len(fixed) > 1:
        for row in waiting:
            yield Compared("row", original.sheet, "", row.label, False)


def _names(row: Row, texts: Iterable[str]) -> bool:
    label = _folded(row.label)
    return any(label.startswith(said) or said.endswith(label) for text in texts if (said := _folded(text)))


def _compared(what: What, place: str, original: str, draft: str) -> Compared:
    return Compared(what, place, original, draft, _folded(original) == _folded(draft))


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def _column_name(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
