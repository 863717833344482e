"""What the cells of a workbook hold of a report, once it is known where each stands, and what is wrong there.

Whether it is a workbook of this form at all is `read.py`'s matter, what one cell's contents mean `typed.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from compiler.cells import AddedColumn, AddedGroup, Layout, PlacedCell
from compiler.findings import Finding, Place
from compiler.formula.evaluate import carried_key
from compiler.numbers import CAPTURED_DIGITS, DIGITS, LIMIT, NumberProblem
from compiler.template import TextInput
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.places import Places
from renderers.scalars import PROBLEMS, read_text
from renderers.xlsx.contents import Contents, Held
from renderers.xlsx.hidden import KNOWN
from renderers.xlsx.identity import WorkbookIdentity
from renderers.xlsx.names import Block, Spot
from renderers.xlsx.outline import text_inputs
from renderers.xlsx.positions import Positions
from renderers.xlsx.reading import AddedSpots, Reading
from renderers.xlsx.sheets import code_labels
from renderers.xlsx.strays import strays
from renderers.xlsx.strings import cut_length
from renderers.xlsx.table import NOT_APPLICABLE
from renderers.xlsx.typed import Wanted, plain_values, read_cell

MAX_FINDINGS = 1_000
"""The most problems of one workbook that are listed; the rest is counted."""


_NOTHING = "\0"
"""In the place of a result that is not there: no text that is read holds this character."""


class _Place(NamedTuple):
    """A place in the workbook before it is known what is wrong there."""

    place: Place
    spot: Spot

    @property
    def full(self) -> Place:
        return self.place.model_copy(update={"sheet": self.spot.sheet, "cell": self.spot.cell})


class _Column(NamedTuple):
    """One column of a group's rows: where it stands, and what it holds."""

    added: AddedColumn
    block: Block
    wanted: Wanted
    computed: bool


class Harvest:
    """Reads the cells of one workbook."""

    def __init__(self, layout: Layout, contents: Contents, positions: Positions, links: bool) -> None:
        self._layout = layout
        self._contents = contents
        self._positions = positions
        self._places = Places(layout)
        self._findings: list[Finding] = []
        self._more = 0
        self._labels = {codes.name: code_labels(layout, codes.name) for codes in layout.template.code_lists}
        self._titles = {codes.name: codes.title for codes in layout.template.code_lists}
        if links:
            self._findings_add(Finding(code="workbook_with_links", severity="warning"))

    def reading(self, identity: WorkbookIdentity) -> Reading:
        """Everything there is."""
        for table in sorted(self._positions.moved):
            self._add("table_moved", self._places.table(table))
        captured = dict(self._captured())
        spots = dict(self._spots())
        cells = dict(self._cells(spots, captured))
        added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
        rows: dict[GroupKey, AddedSpots] = {}
        for group in self._layout.groups:
            if group.key.table not in self._positions.moved:
                values, where = self._rows(group)
                if values:
                    added[group.key] = tuple(values)
                    rows[group.key] = where
        inputs = {item.name: item for item in text_inputs(self._layout.template.outline)}
        texts = {name: text for name, item in inputs.items() if (text := self._text(item)) is not None}
        text_spots = {
            name: parts[0] for name, parts in self._positions.texts.items() if parts and parts[0] is not None
        }
        for finding in strays(self._layout, self._contents, self._positions):
            self._findings_add(finding)
        findings = tuple(self._findings)
        if self._more:
            more = Finding(code="too_many_findings", severity="error", values={"count": str(self._more)})
            findings = (*findings, more)
        report = Values(cells=cells, added=added, texts=texts, captured=captured)
        return Reading(report, identity, findings, spots, rows, text_spots, self._contents.has_formula)

    # Static cells

    def _spots(self) -> Iterator[tuple[Address, Spot]]:
        """Where the static cells stand; a table without any is named once."""
        lost: dict[str, list[PlacedCell]] = {}
        there: set[str] = set(self._positions.moved)
        for cell in self._layout.cells:
            spot = self._positions.cells.get(cell.address)
            if spot is not None and self._contents.has(spot.sheet):
                there.add(cell.address.table)
                yield cell.address, spot
            else:
                lost.setdefault(cell.address.table, []).append(cell)
        for table, cells in lost.items():
            if table not in there:
                self._add("table_missing", self._places.table(table))
            elif table not in self._positions.moved:
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
            held = self._contents.at(spot)
            if cell.kind == "not_applicable":
                if not held.is_blank and held.as_text() != NOT_APPLICABLE:
                    place = _Place(self._places.cell(cell.address), spot)
                    self._add("not_applicable", place.full, found=held.shown)
                continue
            taken = cell.kind == "carried" and carried_key(cell) in captured
            computed = cell.kind == "computed" or taken
            value = self._value(
                held,
                self._wanted(cell, computed),
                partial(self._cell_place, cell.address, spot),
                computed,
            )
            if value is not None:
                yield cell.address, value

    def _cell_place(self, address: Address, spot: Spot) -> _Place:
        return _Place(self._places.cell(address), spot)

    def _wanted(self, cell: PlacedCell | AddedColumn, computed: bool) -> Wanted:
        name = cell.type.code_list or ""
        digits = CAPTURED_DIGITS if computed else DIGITS
        return Wanted(cell.type, self._labels.get(name, {}), self._titles.get(name, ""), digits)

    def _value(
        self, held: Held, wanted: Wanted, place: Callable[[], _Place], computed: bool
    ) -> Scalar | None:
        """The value of a cell, or None for a blank and for what is wrong, which is then named.

        A computed number of more than 15 digits is left out: in a spreadsheet it is no longer the one that it was.
        """
        if computed:
            if held.error is not None:
                # The value is computed again anyway; that the workbook can't is still worth knowing.
                self._add("cell_error", place().full, "warning", found=held.error)
                return None
            if held.is_blank:
                return None
        elif held.merged:
            self._add("cell_merged", place().full, found=held.merged)
            return None
        elif held.is_blank:
            if self._contents.has_formula(place().spot):
                self._add("cell_not_calculated", place().full)
            return None
        value = read_cell(held, wanted)
        if computed and isinstance(value, NumberProblem) and value.code == "too_many_digits":
            return None
        if isinstance(value, PROBLEMS):
            self._findings_add(value.finding(place().full))
            return None
        if computed and isinstance(value, int) and abs(value) >= LIMIT:
            return None
        return value

    # Self-added rows

    def _rows(self, group: AddedGroup) -> tuple[list[Mapping[str, Scalar]], AddedSpots]:
        """The rows the unit filled, in their order, and where each stands; rows with nothing entered are not there."""
        columns = list(self._columns(group))
        blocks = {column.added.column.name: column.block for column in columns}
        found: list[Mapping[str, Scalar]] = []
        lines: list[int] = []
        if blocks:
            lengths = {block.sheet: len(self._contents.rows(block.sheet)) for block in blocks.values()}
            first = min(block.first for block in blocks.values())
            # Nothing stands under the last row that holds anything, however far down a name may reach.
            last = max(min(block.last, lengths[block.sheet]) for block in blocks.values())
            plain = self._plain_rows(columns, first, last)
            for row in range(first, last + 1):
                values = plain.get(row) or self._row(group, columns, row, len(found) + 1)
                if values is not None:
                    found.append(values)
                    lines.append(row)
        return found, AddedSpots(blocks, lines)

    def _plain_rows(
        self, columns: list[_Column], first: int, last: int
    ) -> Mapping[int, Mapping[str, Scalar]]:
        """The rows in which everything is as it should be, told column by column: a table may have thousands of them.

        None where the columns do not stand side by side as they were written.
        """
        block = columns[0].block
        wide = max(column.block.column for column in columns)
        lines = self._contents.rows(block.sheet)[first - 1 : last]
        if any(column.block._replace(column=block.column) != block for column in columns) or any(
            len(line) < wide for line in lines
        ):
            return {}
        told: list[list[Scalar | None]] = []
        for column in columns:
            held = [line[column.block.column - 1] for line in lines]
            values = plain_values(held, column.wanted.type)
            if column.computed:
                # A workbook that no program computed has no results.
                values = [_NOTHING if is_ == "" else value for is_, value in zip(held, values, strict=True)]
            told.append(values)
        odd = {row for row, _ in self._contents.odd(block.sheet)}
        names = [column.added.column.name for column in columns]
        rows: dict[int, Mapping[str, Scalar]] = {}
        for row, cells in enumerate(zip(*told, strict=True), start=first):
            if None in cells or row in odd:
                continue
            values_of = dict(zip(names, cells, strict=True))
            rows[row] = (
                {name: cell for name, cell in values_of.items() if cell is not _NOTHING}
                if _NOTHING in cells
                else values_of
            )
        return rows

    def _columns(self, group: AddedGroup) -> Iterator[_Column]:
        for added in group.columns:
            block = self._positions.blocks.get((group.key, added.column.name))
            computed = added.kind == "computed"
            if block is not None and self._contents.has(block.sheet):
                yield _Column(added, block, self._wanted(added, computed), computed)
            elif not computed:
                lost = self._places.row(*group.key)
                words = f"{lost.words} › {added.column.label}"
                self._add("cell_missing", lost.model_copy(update={"words": words}))

    def _row(
        self, group: AddedGroup, columns: list[_Column], row: int, index: int
    ) -> Mapping[str, Scalar] | None:
        """The values of one row, looked at cell by cell; None where nothing is entered."""
        looked = [
            (column, spot, self._contents.at(spot))
            for column in columns
            if column.block.first <= row <= column.block.last
            for spot in [Spot(column.block.sheet, row, column.block.column)]
        ]
        if all(
            column.computed or (held.is_blank and not self._contents.has_formula(spot))
            for column, spot, held in looked
        ):
            return None
        values = {}
        for column, _, held in looked:
            place = partial(self._added_place, group, column, row, index)
            value = self._value(held, column.wanted, place, column.computed)
            if value is not None:
                values[column.added.column.name] = value
        return values

    def _added_place(self, group: AddedGroup, column: _Column, row: int, index: int) -> _Place:
        block = column.block
        place = self._places.added(group.key, index, column.added.column.name)
        return _Place(place, Spot(block.sheet, row, block.column))

    # Narratives and earlier periods

    def _text(self, item: TextInput) -> str | None:
        spots = self._positions.texts[item.name]
        if not spots or any(spot is None or not self._contents.has(spot.sheet) for spot in spots):
            self._add("cell_missing", self._places.text(item.name))
            return None
        place = _Place(self._places.text(item.name), spots[0])  # type: ignore[arg-type]
        parts = []
        for spot in spots:
            assert spot is not None  # looked at above
            held = self._contents.at(spot)
            if held.is_blank and self._contents.has_formula(spot):
                self._add("cell_not_calculated", place.full)
            if held.error is not None:
                self._add("cell_error", place.full, found=held.error)
            elif not held.is_blank:
                parts.append(held.as_text() or "")
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
        for key, spot in self._positions.captures.items():
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
