"""One level of the tree finished: from a merged state to the cells of a total, and which checks they fail.

A total is computed by the same generated code as a report, from a layout of its own: what states give (sums, means,
minima, what was carried over) is entered there, and only formulas that must be recomputed are computed. Should a
result outgrow 128 bits, the level is computed cell by cell by the reference evaluator instead, and what is too large
is left blank and listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from compiler.cells import AddedGroup, CellKind, Layout, PlacedCell, PlacedCheck
from compiler.formula.emit.python import program
from compiler.formula.evaluate import ReportReader, assign, carried_key, evaluate
from compiler.formula.rounding import INPUT_LIMIT, RESULT_LIMIT, Overflow, round_half_away
from compiler.values import Address, CaptureKey, GroupKey, Scalar
from runtime.slots import Slot, Slots
from runtime.states import Latest, Plan, State, Tally

Rows = Mapping[GroupKey, Sequence[Mapping[str, Scalar]]]


@dataclass(frozen=True)
class Finished:
    """A level: what each slot holds and how many reports gave a value, which checks fail, what grew too large.

    A check over self-added rows fails at the rows whose numbers, counted from 1, it comes with; else at None.
    """

    held: Sequence[Scalar | None]
    tally: Tally
    failed: tuple[tuple[PlacedCheck, int | None], ...]
    too_large: tuple[Slot, ...]


class Level:
    """Finishes the totals of one plan. Made once: it generates and loads code."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        slots = plan.slots
        self.layout = _LevelLayout(slots)
        self._other = tuple(slot for slot in slots.all if slot.rule not in {"sum", "recompute", "carried"})
        self._computed = tuple(
            slots.of(cell.address)
            for cell in slots.layout.order
            if slots.of(cell.address).rule == "recompute"
        )
        captured = [slot for slot in slots.all[len(slots.layout.cells) :] if slot.rule == "recompute"]
        self._captured = _in_reading_order(captured, slots)
        self._carried = tuple(
            (slots.of(cell.address), slots.index(key), slots.of(key).type.scale)
            for cell in slots.layout.cells
            if slots.of(cell.address).rule == "carried" and (key := carried_key(cell)) is not None
        )
        self._columns = [[added.column.name for added in group.columns] for group in slots.layout.groups]

    @cached_property
    def _program(self) -> Any:
        return program(self.layout)

    def finish(self, state: State, rows: Rows) -> Finished:
        """The level of a state; `rows` are the self-added rows gathered for it."""
        held, tally = self._from_state(state)
        small = not state.middle and not state.high
        if not small and any(_beyond(value, INPUT_LIMIT) for value in held):
            # Generated code leaves out checks that no sum of entered numbers needs.
            return self._one_by_one(held, tally, rows)
        if self._captured:
            self._fill_captured(held, rows, [])
        self._carry_over(held)
        added = [
            [[row.get(name) for name in columns] for row in rows.get(group.key, ())]
            for group, columns in zip(self.layout.groups, self._columns, strict=True)
        ]
        computed = list(held)
        try:
            self._program.compute(computed, added)
            outcomes = self._program.checks(computed, added)
        except (Overflow, OverflowError):
            return self._one_by_one(held, tally, rows)
        failed: tuple[tuple[PlacedCheck, int | None], ...] = ()
        if not all(outcome is True or outcome is None for outcome in outcomes):
            failed = tuple(self._failed(outcomes))
        return Finished(computed, tally, failed, ())

    def _failed(self, outcomes: Sequence[Any]) -> list[tuple[PlacedCheck, int | None]]:
        failed: list[tuple[PlacedCheck, int | None]] = []
        for placed, outcome in zip(self.layout.checks, outcomes, strict=True):
            if outcome is False:
                failed.append((placed, None))
            elif isinstance(outcome, list):
                failed += [(placed, index) for index, one in enumerate(outcome, start=1) if one is False]
        return failed

    def _from_state(self, state: State) -> tuple[list[Scalar | None], Tally]:
        """Every slot that its state alone gives; recomputed and carried ones are still to be overwritten."""
        plan = self.plan
        tally = plan.tally(state)
        size = len(plan.slots.all)
        held: list[Scalar | None] = [
            number if count else None for number, count in zip(tally.sums, tally.counts, strict=True)
        ]
        del held[size:]
        for slot in self._other:
            count = tally.counts[slot.index]
            match slot.rule:
                case "mean":
                    held[slot.index] = _mean(tally.sums[slot.index], count)
                case "count":
                    held[slot.index] = count * 10**slot.type.scale
                case _:
                    held[slot.index] = None
        for slot, (products, weights) in zip(plan.weighted, plan.weighted_sums(tally), strict=True):
            held[slot.index] = _mean(products, weights)
        for slot, extreme in zip(plan.extremes, state.extremes, strict=True):
            held[slot.index] = extreme.value if isinstance(extreme, Latest) else extreme
        return held, tally

    def _carry_over(self, held: list[Scalar | None]) -> None:
        for slot, source, scale in self._carried:
            value = held[source]
            if isinstance(value, int) and scale != slot.type.scale:
                value = round_half_away(Fraction(value, 10**scale), slot.type.scale)
            held[slot.index] = value

    def _fill_captured(self, held: list[Scalar | None], rows: Rows, too_large: list[Slot]) -> None:
        """Captured ratios, from the captured terms."""
        captured: dict[CaptureKey, int | None] = {}
        reader = ReportReader(self.plan.layout, {}, rows, captured)
        for slot in self.plan.slots.all[len(self.plan.layout.cells) :]:
            value = held[slot.index]
            if isinstance(slot.key, CaptureKey) and slot.rule != "recompute":
                captured[slot.key] = value if isinstance(value, int) else None
        for slot in self._captured:
            value = _evaluated(slot, reader, too_large)
            held[slot.index] = value
            if isinstance(slot.key, CaptureKey):
                captured[slot.key] = value if isinstance(value, int) else None

    def _one_by_one(self, held: list[Scalar | None], tally: Tally, rows: Rows) -> Finished:
        """The same by the reference evaluator, where something is too large."""
        too_large: list[Slot] = []
        for slot in self.plan.slots.all:
            if _beyond(held[slot.index], RESULT_LIMIT):
                held[slot.index] = None
                too_large.append(slot)
        self._fill_captured(held, rows, too_large)
        self._carry_over(held)
        size = len(self.plan.layout.cells)
        cells: dict[Address, Scalar | None] = {}
        captured: dict[CaptureKey, int | None] = {}
        for slot in self.plan.slots.all:
            value = held[slot.index]
            if isinstance(slot.key, CaptureKey):
                captured[slot.key] = value if isinstance(value, int) else None
            else:
                cells[slot.key] = value
        reader = ReportReader(self.plan.layout, cells, rows, captured)
        for slot in self._computed:
            assert isinstance(slot.key, Address)
            cells[slot.key] = held[slot.index] = _evaluated(slot, reader, too_large)
        assert len(cells) == size
        failed: list[tuple[PlacedCheck, int | None]] = []
        for placed in self.layout.checks:
            if placed.group is None:
                if evaluate(placed.condition, reader) is False:
                    failed.append((placed, None))
                continue
            group = self.layout.group_of[placed.group]
            for index, row in enumerate(rows.get(group.key, ()), start=1):
                if evaluate(placed.condition, reader.in_row(group, row)) is False:
                    failed.append((placed, index))
        return Finished(held, tally, tuple(failed), tuple(too_large))


@lru_cache(maxsize=64)
def level_of(plan: Plan) -> Level:
    """The level of a plan, made once."""
    return Level(plan)


class _LevelLayout(Layout):
    """The layout as a level computes it: recomputed cells are computed, all others given, checks at entry left out."""

    def __init__(self, slots: Slots) -> None:
        layout = slots.layout
        super().__init__(layout.template)
        self.cells = tuple(
            cell if slots.of(cell.address).rule == "recompute" else _given(cell) for cell in layout.cells
        )
        self.by_address = {cell.address: cell for cell in self.cells}
        self.groups = tuple(_given_rows(group) for group in layout.groups)
        self.group_of = {group.key: group for group in self.groups}
        self.checks = tuple(placed for placed in layout.checks if not placed.check.at_entry)
        self.captures = slots.captures


def _given(cell: PlacedCell) -> PlacedCell:
    kind: CellKind = "not_applicable" if cell.kind == "not_applicable" else "entered"
    return replace(cell, kind=kind, formula=None, expression=None)


def _given_rows(group: AddedGroup) -> AddedGroup:
    """Rows come gathered, with what is computed in them."""
    columns = tuple(replace(added, kind="entered", expression=None) for added in group.columns)
    return replace(group, columns=columns, order=())


def _in_reading_order(slots: Sequence[Slot], all_slots: Slots) -> tuple[Slot, ...]:
    """Captured ratios, each after those it reads. The cells of a layout have no circles, nor have their likenesses."""
    indexes = {slot.index: slot for slot in slots}
    done: dict[int, Slot] = {}
    waiting = list(reversed(slots))
    while waiting:
        slot = waiting[-1]
        reads = all_slots.read_by(slot.expression) if slot.expression is not None else []
        missing = [
            indexes[read] for read in reads if isinstance(read, int) and read in indexes and read not in done
        ]
        if missing:
            waiting.extend(missing)
        else:
            done[slot.index] = slot
            waiting.pop()
    return tuple(done.values())


def _mean(total: int, weight: int) -> int | None:
    """Divided and rounded once, half away from zero; blank over nothing."""
    return round_half_away(Fraction(total, weight), 0) if weight else None


def _beyond(value: Scalar | None, limit: int) -> bool:
    return isinstance(value, int) and not -limit <= value <= limit


def _evaluated(slot: Slot, reader: ReportReader, too_large: list[Slot]) -> Scalar | None:
    assert slot.expression is not None  # a recomputed slot has a formula
    try:
        return assign(evaluate(slot.expression, reader), slot.type)
    except Overflow:
        too_large.append(slot)
        return None
