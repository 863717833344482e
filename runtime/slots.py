"""Which values of a report roll up, and by which rule: every static cell and every captured value is a slot.

A rule is *effective*: a formula that the compiler proved additive, over cells that are summed themselves, is summed
too. That gives what recomputing would give, which tests prove as a law, and costs an addition. A captured value is
ruled as its source is, so what a unit above had in the earlier period is the roll-up of what its units captured.

States and their merging are `states.py`'s matter; rows that units add and texts are `gathering.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from compiler.cells import Layout, PlacedCell, address_of
from compiler.formula.evaluate import carried_key
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, leaves, transform
from compiler.formula.rounding import round_half_away
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, GroupKey, Values

Rule = Literal[
    "sum", "recompute", "min", "max", "mean", "weighted_mean", "count", "last", "concat", "none", "carried"
]
"""A slot's effective rule. carried: the cell takes over what its capture's slot rolled up to."""

SlotKey = Address | CaptureKey


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of a report that rolls up.

    `expression` is set where the rule is recompute; `weight` is the slot of a weighted mean's weight.
    """

    index: int
    key: SlotKey
    type: ValueType
    rule: Rule
    expression: Expression | None = None
    weight: int | None = None


class Slots:
    """The slots of a layout: its cells in their order, then the captured values in theirs."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._summed = _summed_cells(layout)
        self.captures: tuple[CaptureKey, ...] = self._needed_captures()
        """What a report must capture when sent: what its own formulas read, then what rolling those up needs (the
        weights of a captured mean, the terms of a captured ratio)."""
        keys: list[SlotKey] = [*(cell.address for cell in layout.cells), *self.captures]
        self._index: Mapping[SlotKey, int] = {key: index for index, key in enumerate(keys)}
        self.all: tuple[Slot, ...] = tuple(self._slot(index, key) for index, key in enumerate(keys))

    def index(self, key: SlotKey) -> int:
        """The index of a cell's or captured value's slot; KeyError for one that the layout lacks."""
        return self._index[key]

    def of(self, key: SlotKey) -> Slot:
        """The slot of a cell or captured value; KeyError for one that the layout lacks."""
        return self.all[self._index[key]]

    def expression_of(self, slot: Slot) -> Expression | None:
        """The formula behind a slot's value, also where that is summed because it is additive; None for an input."""
        if slot.expression is not None:
            return slot.expression
        if isinstance(slot.key, CaptureKey):
            return None
        return self.layout.by_address[slot.key].expression

    def read_by(self, expression: Expression) -> list[int | AddedRows]:
        """What an expression reads: slots, and columns of self-added rows, which have no slot."""
        read: list[int | AddedRows] = []
        for leaf in leaves(expression):
            match leaf:
                case Cell():
                    read.append(self._index[address_of(leaf)])
                case Captured():
                    read.append(self._index[CaptureKey(leaf.function, address_of(leaf.cell))])
                case AddedRows():
                    read.append(leaf)
                case _:
                    pass
        return read

    def _slot(self, index: int, key: SlotKey) -> Slot:
        if isinstance(key, CaptureKey):
            source = self._source(key)
            rule = self._rule_of_captured(key)
            weight = CaptureKey(key.function, _weight(source)) if rule == "weighted_mean" else None
            expression = _as_captured(source, key) if rule == "recompute" else None
            weight_index = None if weight is None else self._index.get(weight)
            return Slot(index, key, source.type, rule, expression, weight_index)
        cell = self.layout.by_address[key]
        rule = self._rule_of_cell(cell)
        weight_index = self._index.get(_weight(cell)) if rule == "weighted_mean" else None
        return Slot(
            index, key, cell.type, rule, cell.expression if rule == "recompute" else None, weight_index
        )

    def _rule_of_cell(self, cell: PlacedCell) -> Rule:
        rule = cell.over_units.rule
        if cell.kind == "not_applicable" or rule == "union" or rule == "group":
            return "none"
        if rule != "recompute":
            return rule
        match cell.kind:
            case "carried":
                return "carried"
            case "computed":
                return "sum" if cell.address in self._summed else "recompute"
            case "entered":
                return "none"

    def _rule_of_captured(self, key: CaptureKey) -> Rule:
        """The rule of the captured cell; of one that was itself carried over, that of the cell it came from."""
        cell, seen = self._source(key), {key.address}
        while (rule := self._rule_of_cell(cell)) == "carried":
            further = carried_key(cell)
            if further is None or further.address in seen:
                return "sum"  # a number carried on for ever: somebody entered it once
            seen.add(further.address)
            cell = self._source(further)
        if rule == "recompute" and _as_captured(cell, key) is None:
            return "none"
        carried_on = len(seen) > 1
        return "none" if carried_on and rule in ("recompute", "weighted_mean") else rule

    def _source(self, key: CaptureKey) -> PlacedCell:
        return self.layout.source_of(key)

    def _needed_captures(self) -> tuple[CaptureKey, ...]:
        needed: dict[CaptureKey, None] = dict.fromkeys(self.layout.captures)
        waiting = list(needed)
        for key in waiting:
            source = self._source(key)
            further: list[Address] = []
            match self._rule_of_captured(key):
                case "weighted_mean":
                    further = [_weight(source)]
                case "recompute" if source.expression is not None:
                    further = [
                        address_of(leaf) for leaf in leaves(source.expression) if isinstance(leaf, Cell)
                    ]
                case _:
                    pass
            for address in further:
                new = CaptureKey(key.function, address)
                if new not in needed:
                    needed[new] = None
                    waiting.append(new)
        return tuple(needed)


def _weight(cell: PlacedCell) -> Address:
    """The cell in the same row that holds the weight."""
    return cell.address._replace(column=cell.over_units.weight or "")


def _as_captured(cell: PlacedCell, key: CaptureKey) -> Expression | None:
    """The formula of an earlier report's cell, reading what was captured of that report.

    None where it reads what no capture can name: that report's own captures, or the rows units added to it.
    """
    expression = cell.expression
    if expression is None or any(isinstance(leaf, Captured | AddedRows) for leaf in leaves(expression)):
        return None

    def captured(leaf: Expression) -> Expression:
        return Captured(function=key.function, cell=leaf) if isinstance(leaf, Cell) else leaf

    return transform(expression, captured)


# -- what is summed ------------------------------------------------------------------------------------------


def _summed_cells(layout: Layout) -> frozenset[Address]:
    """The cells whose value above is the sum of the units' values: declared so, or additive over such cells only.

    The largest such set: a stock (closing = opening + in - out, opening = prior(closing)) is additive through its own
    past, so nothing is taken out but what reads something that is out.
    """
    out: list[Address] = []
    readers: dict[Address, list[Address]] = {}
    for cell in layout.cells:
        reads = _reads_of_additive(layout, cell)
        if reads is None:
            if cell.kind == "not_applicable" or cell.over_units.rule != "sum":
                out.append(cell.address)
            continue
        for read in reads:
            readers.setdefault(read, []).append(cell.address)
        if not _added_rows_are_summed(layout, cell):
            out.append(cell.address)
    taken_out = set(out)
    for address in out:
        for reader in readers.get(address, ()):
            if reader not in taken_out:
                taken_out.add(reader)
                out.append(reader)
    return frozenset(cell.address for cell in layout.cells) - taken_out


def _reads_of_additive(layout: Layout, cell: PlacedCell) -> list[Address] | None:
    """The cells that an additive or carried, recomputed cell reads, in this report or an earlier one; else None."""
    if cell.over_units.rule != "recompute" or cell.expression is None or cell.formula is None:
        return None
    if cell.kind != "carried" and not (cell.kind == "computed" and cell.formula.additivity == "additive"):
        return None
    reads: list[Address] = []
    for leaf in leaves(cell.expression):
        if isinstance(leaf, Cell):
            reads.append(address_of(leaf))
        elif isinstance(leaf, Captured):
            reads.append(address_of(leaf.cell))
    return reads


def _added_rows_are_summed(layout: Layout, cell: PlacedCell) -> bool:
    """Whether every column of self-added rows that the cell reads is kept and summed above."""
    for leaf in leaves(cell.expression) if cell.expression is not None else ():
        if isinstance(leaf, AddedRows):
            group = layout.group_of[GroupKey(leaf.table, leaf.group)]
            if group.row.over_units is not None and group.row.over_units.rule not in {"union", "group"}:
                return False
            rules = [
                added.column.over_units.rule for added in group.columns if added.column.name == leaf.column
            ]
            if any(rule not in {"sum", "recompute"} for rule in rules):
                return False
    return True


# -- opening values ------------------------------------------------------------------------------------------


def opening_values(layout: Layout) -> Mapping[CaptureKey, Callable[[Values], int | None]]:
    """Per captured value: how to read the opening value a unit entered for want of an earlier report.

    It is read at the scale of the capture's source, where the carried cell has another.
    """
    openings: dict[CaptureKey, Callable[[Values], int | None]] = {}
    for cell in layout.cells:
        key = carried_key(cell)
        if key is not None and key not in openings:
            openings[key] = _opening(cell.address, layout.source_of(key).type.scale - cell.type.scale)
    return openings


def _opening(address: Address, finer: int) -> Callable[[Values], int | None]:
    def read(values: Values) -> int | None:
        held = values.cells.get(address)
        if not isinstance(held, int):
            return None
        return held if finer == 0 else round_half_away(Fraction(held), finer)

    return read
