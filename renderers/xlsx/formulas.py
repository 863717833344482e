"""The report's formulas as native ones of the workbook, and the hidden sheet of their intermediate results.

What a formula becomes is `compiler/formula/emit/excel.py`'s matter; here it is told where each value stands. A code, a
truth or a date stands in its cell as a person reads it: formulas read it from a hidden cell that says it as they
compare it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import AddedGroup, Layout, address_of
from compiler.formula.emit.excel import LONGEST_TEXT, BeyondExcel, formula
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, Text, calls, leaves
from compiler.formula.grain import TypeOf, cell_types
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, GroupKey
from renderers.xlsx.look import Look
from renderers.xlsx.names import Block, Spot
from renderers.xlsx.sheets import EARLIER, HELPERS
from renderers.xlsx.workbook import NO, YES, Drawing, cell, protect

TRUTH = ValueType(kind="boolean")
ALWAYS_BLANK = Spot(EARLIER, 1, 6)
"""A cell that never holds anything: what formulas read where there can be nothing."""

BLANK = '=""'
"""The formula of a blank."""

_SOME = 15
"""Formulas of fewer operations on fewer cells are short enough for Excel."""

_PLAIN = Look(wrap=False)


_MOST_REMEMBERED = 20_000
"""Formulas of one form that are kept: a table of ten thousand rows with two formulas each."""

_Written = dict[tuple[int, str, int, str, int], tuple[Expression, str]]


@lru_cache(maxsize=16)
def _written(layout: Layout, shape: tuple[tuple[int, int], ...]) -> _Written:
    """The formulas of a form written so far, by the expression itself, which is kept with them."""
    return {}


def _shape(drawing: Drawing) -> tuple[tuple[int, int], ...]:
    """What of a plan depends on the report in it: where bands begin and how long they are."""
    return tuple((band.top, band.size) for plan in drawing.plan.tables.values() for band in plan.bands)


class Formulas:
    """Writes formulas into one workbook; hidden results go to the helper sheet, one under the other."""

    def __init__(self, drawing: Drawing, sheet: Worksheet) -> None:
        self._drawing = drawing
        self._sheet = sheet
        self._row = 1
        self._translated: dict[Spot, Spot] = {}
        self._types: dict[GroupKey | None, TypeOf] = {}
        self._compared = False
        self._written = _written(drawing.layout, _shape(drawing))
        self.beyond: set[Address | tuple[GroupKey, str]] = set()
        """Computed cells and columns of self-added rows that stay blank: Excel can't hold their formula, or one that
        they need. A sum that leaves out what it doesn't know would be a wrong number."""
        self._find_beyond()

    def text(
        self,
        expression: Expression,
        type: ValueType,
        sheet: str,
        group: AddedGroup | None = None,
        index: int = 0,
    ) -> str:
        """The formula, starting with `=`, for a cell on `sheet`; in a group for its row `index`, counted from 0.

        Where Excel can't hold the formula it gives a blank: the value is then computed when the report arrives.
        A form's formulas are the same in each of its workbooks, as long as everything stands where it did: what was
        written once is remembered, but for formulas that need hidden cells made.
        """
        place = (id(expression), type.kind, type.scale, sheet, -1 if group is None else index)
        known = self._written.get(place)
        if known is not None and known[0] is expression:
            return known[1]
        self._compared = False
        text = self._new(expression, type, sheet, group, index)
        if not self._compared and len(self._written) < _MOST_REMEMBERED:
            self._written[place] = (expression, text)
        return text

    def _new(
        self, expression: Expression, type: ValueType, sheet: str, group: AddedGroup | None, index: int
    ) -> str:
        key = None if group is None else group.key
        types = self._types.get(key)
        if types is None:
            types = self._types[key] = cell_types(self._drawing.layout, group)
        try:
            return formula(expression, type, self._place(sheet, group, index), types)
        except BeyondExcel:
            return BLANK

    def cannot(
        self, expression: Expression, type: ValueType, sheet: str, group: AddedGroup | None = None
    ) -> bool:
        """Whether Excel can't hold a formula, looked at closely only where that can be."""
        read = list(leaves(expression))
        long = any(isinstance(leaf, Text) and len(leaf.value) > LONGEST_TEXT for leaf in read)
        large = len(read) >= _SOME or sum(1 for _ in calls(expression)) >= _SOME
        if long or large or any(self._is_beyond(leaf, group) for leaf in read):
            return self.text(expression, type, sheet, group) == BLANK
        return False

    def _find_beyond(self) -> None:
        layout, tables = self._drawing.layout, self._drawing.plan.tables
        for group in layout.groups:
            for added in group.order:
                assert added.expression is not None  # a computed column has a formula
                if self.cannot(added.expression, added.type, tables[group.key.table].title, group):
                    self.beyond.add((group.key, added.column.name))
        for placed in layout.order:
            assert placed.expression is not None  # a computed cell has a formula
            if self.cannot(placed.expression, placed.type, tables[placed.address.table].title):
                self.beyond.add(placed.address)

    def _is_beyond(self, reading: Expression, group: AddedGroup | None) -> bool:
        match reading:
            case AddedRows():
                return (GroupKey(reading.table, reading.group), reading.column or "") in self.beyond
            case Cell(row=None):
                return group is not None and (group.key, reading.column or "") in self.beyond
            case Cell():
                return address_of(reading) in self.beyond
            case _:
                return False

    def helper(self, title: str, texts: Sequence[str]) -> Block:
        """Hidden cells for formulas written as on the helper sheet, in one block."""
        block = Block(HELPERS, 2, self._row, self._row + len(texts) - 1)
        self._drawing.text(self._sheet, self._row, 1, title, _PLAIN)
        for text in texts:
            target = cell(self._sheet, self._row, 2)
            target.value = text
            target.data_type = "f"
            self._row += 1
        return block

    def words(self, text: str) -> Spot:
        """A hidden cell that holds a text."""
        spot = Spot(HELPERS, self._row, 2)
        self._drawing.text(self._sheet, self._row, 2, text, _PLAIN)
        self._row += 1
        return spot

    def _place(
        self, sheet: str, group: AddedGroup | None, index: int
    ) -> Callable[[Cell | Captured | AddedRows], str]:
        plan = self._drawing.plan

        def place(reading: Cell | Captured | AddedRows) -> str:
            if self._is_beyond(reading, group):
                raise BeyondExcel("a cell that it reads is")
            match reading:
                case AddedRows():
                    key = GroupKey(reading.table, reading.group)
                    return plan.blocks[key, reading.column or ""].seen_from(sheet)
                case Captured():
                    if reading.cell.row is None:
                        return ALWAYS_BLANK.seen_from(sheet)
                    return plan.captures[CaptureKey(reading.function, address_of(reading.cell))].seen_from(
                        sheet
                    )
                case Cell(row=None):
                    assert group is not None  # only formulas of self-added rows have an open row
                    spot = plan.blocks[group.key, reading.column or ""].spot(index)
                    type = next(a.type for a in group.columns if a.column.name == reading.column)
                    return self._as_compared(spot, type).seen_from(sheet)
                case Cell():
                    address = address_of(reading)
                    placed = self._drawing.layout.by_address[address]
                    if placed.kind == "not_applicable":
                        return ALWAYS_BLANK.seen_from(sheet)
                    return self._as_compared(plan.cells[address], placed.type).seen_from(sheet)

        return place

    def _as_compared(self, spot: Spot, type: ValueType) -> Spot:
        """Where formulas read a cell: itself, or the hidden cell that says a code, a truth or a date for it."""
        if type.kind not in {"choice", "boolean", "date"}:
            return spot
        self._compared = True
        if spot not in self._translated:
            here = spot.seen_from(HELPERS)
            match type.kind:
                case "choice":
                    codes = self._drawing.plan.codes.get(type.code_list or "")
                    said = (
                        '=""'
                        if codes is None
                        # LOOKUP works through the array everywhere; EXACT minds the case, which MATCH doesn't.
                        else f'=IFERROR(LOOKUP(2,1/EXACT({codes.labels.absolute},{here}),{codes.codes.absolute}),"")'
                    )
                case "boolean":
                    said = f'=IF({here}="{YES}",TRUE,IF({here}="{NO}",FALSE,""))'
                case _:
                    said = (
                        f'=IF(ISNUMBER({here}),YEAR({here})&"-"&RIGHT("0"&MONTH({here}),2)'
                        f'&"-"&RIGHT("0"&DAY({here}),2),"")'
                    )
            self._translated[spot] = self.helper(spot.absolute, [said]).spot(0)
        return self._translated[spot]

    def close(self) -> None:
        """Hide and lock the helper sheet: all results are there."""
        protect(self._sheet)
        self._sheet.sheet_state = "hidden"
