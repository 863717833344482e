"""A filled workbook read back: the report it holds, what it was made from, and everything that is wrong with it.

The inverse of `write.py`. Bytes first pass the gate (`gate.py`); the workbook must then say which template it was made
from, or nothing in it is looked at. Cells are found by their names, wherever the sheets were moved or however they
were renamed, also after another program saved the file. All problems are named at once, each with sheet, cell and the
words of the form.

Numbers of computed cells are taken where a spreadsheet program left its results, so that whoever evaluates the report
can compare: a formula that someone wrote a number over shows up as a difference. A workbook that was never opened has
no results, and that is no error. What a value must be (required, bounds, checks) is `validators.py`'s matter, which of
the captured values are true the runtime's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.packaging.custom import CustomPropertyList
from openpyxl.workbook import Workbook

from compiler.cells import AddedColumn, AddedGroup, Layout, PlacedCell
from compiler.findings import Finding, Place
from compiler.formula.evaluate import carried_key
from compiler.numbers import CAPTURED_DIGITS, LIMIT, NumberProblem
from compiler.template import Template, TextInput, template_hash
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.places import Places
from renderers.scalars import read_text, shown
from renderers.xlsx.contents import Contents, Held, Problem, read_cell
from renderers.xlsx.gate import SheetTraits, examine
from renderers.xlsx.hidden import KNOWN
from renderers.xlsx.identity import PROPERTY_PREFIX, WorkbookIdentity, from_facts
from renderers.xlsx.names import (
    Block,
    Spot,
    block_name,
    capture_name,
    cell_name,
    identity_name,
    read_reference,
    text_name,
)
from renderers.xlsx.outline import text_inputs
from renderers.xlsx.sheets import IDENTITY, code_labels
from renderers.xlsx.strings import cells_for, cut_length
from renderers.xlsx.table import NOT_APPLICABLE

MAX_FINDINGS = 1_000
"""The most problems of one workbook that are listed; the rest is counted."""


@dataclass(frozen=True)
class Reading:
    """A workbook that was read. `spots` tell where each cell stands in it, `rows` where each self-added row does."""

    values: Values
    identity: WorkbookIdentity | None
    findings: tuple[Finding, ...]
    spots: Mapping[Address, Spot]
    rows: Mapping[GroupKey, tuple[Mapping[str, Spot], ...]]
    texts: Mapping[str, Spot]

    def located(self, finding: Finding) -> Finding:
        """A finding on the report, with the sheet and cell it stands at in this workbook."""
        place = finding.place
        spot = self._spot(place)
        if spot is None or place.cell is not None:
            return finding
        return finding.model_copy(
            update={"place": place.model_copy(update={"sheet": spot.sheet, "cell": spot.cell})}
        )

    def _spot(self, place: Place) -> Spot | None:
        if place.text is not None:
            return self.texts.get(place.text)
        if place.table is None or place.row is None:
            return None
        if place.index is not None:
            rows = self.rows.get(GroupKey(place.table, place.row), ())
            if not 0 < place.index <= len(rows):
                return None
            row = rows[place.index - 1]
            return row.get(place.column) if place.column is not None else next(iter(row.values()), None)
        if place.column is not None:
            return self.spots.get(Address(place.table, place.row, place.column))
        return next(
            (spot for address, spot in self.spots.items() if address[:2] == (place.table, place.row)), None
        )


def read_workbook(layout: Layout, data: bytes) -> tuple[Values, WorkbookIdentity | None, tuple[Finding, ...]]:
    """The values a workbook holds, which template, unit and period it says it is of, and what is wrong with it.

    What is wrong is left out of the values. The identity is None for what is no workbook of ours; for one of another
    template nothing but the identity is read.
    """
    reading = read(layout, data)
    return reading.values, reading.identity, reading.findings


def read(layout: Layout, data: bytes) -> Reading:
    """As `read_workbook`, and where everything stood."""
    traits = examine(data)
    if isinstance(traits, Finding):
        return _nothing(None, traits)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of everything it doesn't know; whatever matters here is looked at anyway.
            warnings.simplefilter("ignore")
            return _read(layout, data, traits)
    except Exception:  # noqa: BLE001
        # Well-formed XML can still be nonsense, and openpyxl then fails with whatever it stumbles over: a KeyError
        # for a style that is not there, a TypeError for a missing attribute … None of them is our own.
        return _nothing(None, Finding(code="workbook_broken", severity="error"))


def _read(layout: Layout, data: bytes, traits: Mapping[str, SheetTraits]) -> Reading:
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        identity = _identity(book)
        if identity is None:
            return _nothing(None, Finding(code="not_our_workbook", severity="error"))
        mismatch = _mismatch(layout.template, identity)
        names = _names(book)
        contents = Contents(book, traits, _reach(names))
        identity = _with_entered(identity, contents, names)
        if mismatch is not None:
            return _nothing(identity, mismatch)
        return _Reader(layout, contents, names).reading(identity)
    finally:
        book.close()


def _nothing(identity: WorkbookIdentity | None, finding: Finding) -> Reading:
    return Reading(Values(), identity, (finding,), {}, {}, {})


def _identity(book: Workbook) -> WorkbookIdentity | None:
    """From the document's properties, or from the hidden sheet where a program dropped them."""
    listed: CustomPropertyList[Any] = book.custom_doc_props  # type: ignore[attr-defined]
    properties = {
        item.name.removeprefix(PROPERTY_PREFIX): str(item.value or "")
        for item in listed
        if item.name.startswith(PROPERTY_PREFIX)
    }
    found = from_facts(properties)
    if found is None and IDENTITY in book.sheetnames:
        rows = book[IDENTITY].iter_rows(min_row=1, max_row=20, min_col=1, max_col=2, values_only=True)
        found = from_facts({str(row[0]): str(row[1] or "") for row in rows if len(row) == 2})
    return found


def _mismatch(template: Template, identity: WorkbookIdentity) -> Finding | None:
    """Why a workbook is not one of this template; None where it is."""

    def mismatch(code: str, found: str, expected: str) -> Finding:
        return Finding(code=code, severity="error", values={"found": shown(found), "expected": expected})

    expected = template_hash(template)
    if identity.template_hash == expected:
        return None
    if identity.regime != template.regime:
        return mismatch("wrong_regime", identity.regime, template.regime)
    if identity.version != template.version:
        return mismatch("wrong_version", identity.version, template.version)
    return mismatch("wrong_template", identity.template_hash[:12], expected[:12])


def _names(book: Workbook) -> Mapping[str, tuple[Spot, Spot]]:
    """What each defined name refers to, where it still refers to cells."""
    names = {}
    for name, definition in book.defined_names.items():
        found = read_reference(definition.attr_text or "")
        if found is not None:
            names[name.lower()] = found
    return names


def _reach(names: Mapping[str, tuple[Spot, Spot]]) -> Mapping[str, tuple[int, int]]:
    """The last row and column that names reach to, by sheet; beside a captured value stands one column more."""
    reach: dict[str, tuple[int, int]] = {}
    for _, last in names.values():
        row, column = reach.get(last.sheet, (0, 0))
        reach[last.sheet] = max(row, last.row), max(column, last.column + 1)
    return reach


def _with_entered(
    identity: WorkbookIdentity, contents: Contents, names: Mapping[str, tuple[Spot, Spot]]
) -> WorkbookIdentity:
    """The identity with what the unit entered on the cover of a blank workbook."""
    entered = {}
    for field in ("unit", "unit_name", "period"):
        place = names.get(identity_name(field))
        if place is not None and not getattr(identity, field):
            text = contents.at(place[0]).as_text()
            entered[field] = text.strip() if text is not None else ""
    return replace(identity, **entered)


class _Place(NamedTuple):
    """A place in the workbook before it is known what is wrong there."""

    place: Place
    spot: Spot

    @property
    def full(self) -> Place:
        return self.place.model_copy(update={"sheet": self.spot.sheet, "cell": self.spot.cell})


class _Reader:
    """Reads the cells of one workbook."""

    def __init__(self, layout: Layout, contents: Contents, names: Mapping[str, tuple[Spot, Spot]]) -> None:
        self._layout = layout
        self._contents = contents
        self._names = names
        self._places = Places(layout)
        self._findings: list[Finding] = []
        self._more = 0
        self._labels = {codes.name: code_labels(layout, codes.name) for codes in layout.template.code_lists}
        self._titles = {codes.name: codes.title for codes in layout.template.code_lists}

    def reading(self, identity: WorkbookIdentity) -> Reading:
        """Everything there is."""
        captured = dict(self._captured())
        spots = dict(self._spots())
        cells = dict(self._cells(spots, captured))
        added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
        rows: dict[GroupKey, tuple[Mapping[str, Spot], ...]] = {}
        for group in self._layout.groups:
            found = list(self._rows(group))
            if found:
                added[group.key] = tuple(values for values, _ in found)
                rows[group.key] = tuple(where for _, where in found)
        inputs = {item.name: item for item in text_inputs(self._layout.template.outline)}
        texts = {name: text for name, item in inputs.items() if (text := self._text(item)) is not None}
        text_spots = {
            name: self._names[text_name(name, 1)][0] for name in inputs if text_name(name, 1) in self._names
        }
        findings = tuple(self._findings)
        if self._more:
            more = Finding(code="too_many_findings", severity="error", values={"count": str(self._more)})
            findings = (*findings, more)
        values = Values(cells=cells, added=added, texts=texts, captured=captured)
        return Reading(values, identity, findings, spots, rows, text_spots)

    # Static cells

    def _spots(self) -> Iterator[tuple[Address, Spot]]:
        """Where the static cells stand; a table without any is named once."""
        lost: dict[str, list[PlacedCell]] = {}
        there: set[str] = set()
        for cell in self._layout.cells:
            found = self._names.get(cell_name(cell.address))
            if found is not None and self._contents.has(found[0].sheet):
                there.add(cell.address.table)
                yield cell.address, found[0]
            else:
                lost.setdefault(cell.address.table, []).append(cell)
        for table, cells in lost.items():
            if table not in there:
                self._add("table_missing", self._places.table(table))
                continue
            for cell in cells:
                if cell.kind != "not_applicable":
                    self._add("cell_missing", self._places.cell(cell.address))

    def _cells(
        self, spots: Mapping[Address, Spot], captured: Mapping[CaptureKey, int | None]
    ) -> Iterator[tuple[Address, Scalar]]:
        for cell in self._layout.cells:
            spot = spots.get(cell.address)
            if spot is None:
                continue
            place = _Place(self._places.cell(cell.address), spot)
            held = self._contents.at(spot)
            if cell.kind == "not_applicable":
                if not held.is_blank and held.as_text() != NOT_APPLICABLE:
                    self._add("not_applicable", place.full, found=held.shown)
                continue
            taken = cell.kind == "carried" and carried_key(cell) in captured
            value = self._value(held, cell, place, computed=cell.kind == "computed" or taken)
            if value is not None:
                yield cell.address, value

    def _value(
        self, held: Held, cell: PlacedCell | AddedColumn, place: _Place, computed: bool
    ) -> Scalar | None:
        """The value of a cell, or None for a blank and for what is wrong, which is then named.

        A computed number of more than 15 digits is left out: in a spreadsheet it is no longer the one that it was.
        """
        if computed:
            if held.error is not None:
                # The value is computed again anyway; that the workbook can't is still worth knowing.
                self._add("cell_error", place.full, "warning", found=held.error)
                return None
            if held.is_blank:
                return None
        elif held.merged:
            self._add("cell_merged", place.full, found=held.merged)
            return None
        elif held.formula and held.is_blank:
            self._add("cell_not_calculated", place.full)
            return None
        type = cell.type
        name = type.code_list or ""
        value = read_cell(
            held,
            type,
            self._labels.get(name, {}),
            self._titles.get(name, ""),
            CAPTURED_DIGITS if computed else None,
        )
        if computed and isinstance(value, NumberProblem) and value.code == "too_many_digits":
            return None
        if isinstance(value, Problem):
            self._findings_add(value.finding(place.full))
            return None
        if computed and isinstance(value, int) and abs(value) >= LIMIT:
            return None
        return value

    # Self-added rows

    def _rows(self, group: AddedGroup) -> Iterator[tuple[Mapping[str, Scalar], Mapping[str, Spot]]]:
        """The rows the unit filled, in their order; rows with nothing entered are not there."""
        blocks: dict[str, Block] = {}
        for added in group.columns:
            found = self._names.get(block_name(group.key, added.column.name))
            if found is not None and self._contents.has(found[0].sheet):
                blocks[added.column.name] = Block(found[0].sheet, found[0].column, found[0].row, found[1].row)
            elif added.kind != "computed":
                lost = self._places.row(*group.key)
                words = f"{lost.words} › {added.column.label}"
                self._add("cell_missing", lost.model_copy(update={"words": words}))
        if not blocks:
            return
        first = min(block.first for block in blocks.values())
        # Nothing stands under the last row that holds anything, however far down a name may reach.
        last = max(min(block.last, self._contents.last_row(block.sheet)) for block in blocks.values())
        index = 1
        for row in range(first, last + 1):
            where = {
                name: Spot(block.sheet, row, block.column)
                for name, block in blocks.items()
                if block.first <= row <= block.last
            }
            entered = [
                self._contents.at(where[added.column.name])
                for added in group.columns
                if added.kind != "computed" and added.column.name in where
            ]
            if all(held.is_blank and not held.formula for held in entered):
                continue
            values = {}
            for added in group.columns:
                spot = where.get(added.column.name)
                if spot is None:
                    continue
                place = _Place(self._places.added(group.key, index, added.column.name), spot)
                value = self._value(self._contents.at(spot), added, place, computed=added.kind == "computed")
                if value is not None:
                    values[added.column.name] = value
            yield values, where
            index += 1

    # Narratives and earlier periods

    def _text(self, item: TextInput) -> str | None:
        parts = []
        place: _Place | None = None
        for number in range(1, cells_for(item.max_length) + 1):
            found = self._names.get(text_name(item.name, number))
            if found is None or not self._contents.has(found[0].sheet):
                self._add("cell_missing", self._places.text(item.name))
                return None
            place = place or _Place(self._places.text(item.name), found[0])
            held = self._contents.at(found[0])
            if held.formula and held.is_blank:
                self._add("cell_not_calculated", place.full)
            if held.error is not None:
                self._add("cell_error", place.full, found=held.error)
            elif not held.is_blank:
                parts.append(held.as_text() or "")
        assert place is not None  # there is at least one cell
        length = cut_length("".join(parts))
        if length is not None:
            self._add("text_too_long", place.full, length=str(length), limit=str(item.max_length))
            return None
        text = read_text("".join(parts), item.max_length)
        if text is None or isinstance(text, str):
            return text
        self._findings_add(text.finding(place.full))
        return None

    def _captured(self) -> Iterator[tuple[CaptureKey, int | None]]:
        """Values of earlier periods as they were written beside the report, digit for digit."""
        for key in self._layout.captures:
            found = self._names.get(capture_name(key))
            if found is None or not self._contents.has(found[0].sheet):
                continue
            spot = found[0]
            if self._contents.at(spot._replace(column=spot.column - 1)).as_text() != KNOWN:
                continue
            digits = self._contents.at(spot._replace(column=spot.column + 1)).as_text() or ""
            if not digits:
                yield key, None
            elif (
                len(digits) <= CAPTURED_DIGITS + 1
                and digits.removeprefix("-").isdecimal()
                and digits.isascii()
            ):
                yield key, int(digits)

    # Findings

    def _add(self, code: str, place: Place, severity: str = "error", **values: str) -> None:
        if severity == "warning":
            self._findings_add(Finding(code=code, severity="warning", place=place, values=values))
        else:
            self._findings_add(Finding(code=code, severity="error", place=place, values=values))

    def _findings_add(self, finding: Finding) -> None:
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(finding)
        else:
            self._more += 1


__all__ = ["Reading", "WorkbookIdentity", "read", "read_workbook"]
