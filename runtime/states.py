"""Exact states of rolled-up cells that merge: what each rule over units keeps of one report, and of many.

`slots.py` says which values a report has and by which rule each rolls up. `Plan.pack` makes the state of one report,
`Plan.merge` puts states together, in any order and grouping with the same result. A state never holds a mean, a ratio
or a rounded number, so no level of the tree reads what another rounded:

    sum, mean       Σ, n                            weighted_mean   Σwx, Σw, n of complete pairs
    min, max, last  the one that counts             count           n
    recompute       nothing: `rollup.py` evaluates the formula over the slots it reads

Sums are kept in two limbs, each one whole number in which every slot has a lane. Merging all cells of two reports is
then two additions of whole numbers, and taking a report out again is exact subtraction. Lanes cannot run into each
other: a low lane of 64 bits takes 2**22 reports, a high one of 256 bits any product of two 128-bit numbers.

Rows that units add and texts have no state: they are gathered from the reports themselves (`gathering.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from compiler.cells import Layout
from compiler.formula.evaluate import carried_key
from compiler.formula.expressions import AddedRows, Call, Expression
from compiler.formula.rounding import Overflow
from compiler.values import CaptureKey, GroupKey, Scalar, Values
from runtime.slots import Rule, Slot, Slots, opening_values

MOST_REPORTS = 2**22
"""Reports that one state may hold: far above every village of the country."""

_LOW_BITS = 40
_LOW_LIMIT = 1 << _LOW_BITS
_HIGH_LANE = 256
_DUE, _RECEIVED, _APPROVED, _LEFT_OUT, _INCLUDED = range(5)

Standing = Literal["draft", "sent", "returned", "approved"]


@dataclass(frozen=True)
class Contribution:
    """What one unit's report is to the units above: due, and summed only when approved and not left out.

    `version` and `hash` name the submission the values stand in; `as_of` is the day its data is of, not of its arrival.
    A unit with nothing sent has no values.
    """

    unit: str
    standing: Standing
    values: Values | None = None
    version: int = 0
    hash: str = ""
    as_of: date = date.min
    left_out: bool = False

    @property
    def included(self) -> bool:
        """Whether its values are summed."""
        return self.standing == "approved" and not self.left_out and self.values is not None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many reports stand behind a total. received: sent and not returned since. included: summed."""

    due: int
    received: int
    approved: int
    left_out: int
    included: int


class Latest(NamedTuple):
    """The value of the greatest (as-of day, unit code)."""

    as_of: date
    unit: str
    value: Scalar


Extreme = Scalar | Latest | None


@dataclass(frozen=True, slots=True)
class State:
    """The mergeable state of some reports. Equal reports give equal states, whatever the order of merging.

    low, high: lanes of Σ (all slots, then wx and w of each weighted slot). counts: lanes of n (all slots, then pairs,
    then the one-sided ratios, then coverage). extremes: one for each slot ruled by min, max or last.
    """

    low: int
    high: int
    counts: int
    extremes: tuple[Extreme, ...]
    reports: int


class Plan:
    """How the reports of one layout are packed. Derived from the layout alone."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.slots = Slots(layout)
        slots = self.slots.all
        self.weighted = tuple(slot for slot in slots if slot.rule == "weighted_mean")
        self.extremes = tuple(slot for slot in slots if slot.rule in {"min", "max", "last"})
        self.one_sided = tuple(
            slot for slot in slots if slot.rule == "recompute" and self._divisions(slot.expression)
        )
        """Recomputed slots with a division whose terms may come from different units."""
        self._terms = [self._divisions(slot.expression) for slot in self.one_sided]

        self.not_summed = tuple(slot for slot in slots if slot.rule != "sum")
        """Slots whose value is not simply Σ."""
        captured = [slot for slot in slots if slot.rule == "recompute" and isinstance(slot.key, CaptureKey)]
        self.recomputed_captures = _in_reading_order(captured, self.slots)
        self.recomputed_cells = tuple(
            slot for cell in layout.order if (slot := self.slots.of(cell.address)).rule == "recompute"
        )
        """Computed cells that a total evaluates anew, each after the cells it reads."""
        self.carried = tuple(
            (cell, key)
            for cell in layout.cells
            if self.slots.of(cell.address).rule == "carried" and (key := carried_key(cell)) is not None
        )
        """Cells that take over what their capture rolled up to."""

        size = len(slots)
        self._addresses = [cell.address for cell in layout.cells]
        self._openings = opening_values(layout)
        self._summed = [slot.rule in {"sum", "mean"} for slot in slots]
        self._all_summed = all(self._summed)
        lanes = size + 2 * len(self.weighted)
        self._numbers = struct.Struct(f"<{lanes}q")
        self._sign_bits = _repeat(1 << 63, 64, lanes)
        self._high_size = lanes
        self._high_bias = _repeat(1 << (_HIGH_LANE - 1), _HIGH_LANE, lanes)
        self._pairs = size
        self._ones = size + len(self.weighted)
        self._coverage = self._ones + len(self.one_sided)
        self._counters = struct.Struct(f"<{self._coverage + 5}I")
        self.nothing = State(0, 0, 0, (None,) * len(self.extremes), 0)
        """The state of no report, which changes nothing it is merged with."""

    # -- packing ---------------------------------------------------------------------------------------------

    def pack(self, contribution: Contribution) -> State:
        """The state of one report. Raises Overflow for a number beyond 128 bits."""
        counts = [0] * (self._coverage + 5)
        counts[self._coverage + _DUE] = 1
        counts[self._coverage + _RECEIVED] = contribution.standing in {"sent", "approved"}
        counts[self._coverage + _APPROVED] = contribution.standing == "approved"
        counts[self._coverage + _LEFT_OUT] = contribution.left_out
        values = contribution.values
        if values is None or not contribution.included:
            return State(0, 0, self._packed_counts(counts), self.nothing.extremes, 1)
        counts[self._coverage + _INCLUDED] = 1
        found = self.found(values)
        counts[: len(found)] = [value is not None for value in found]
        if self._all_summed:
            numbers = [0 if value is None else value for value in found]
        else:
            numbers = [
                value if summed and value is not None else 0
                for value, summed in zip(found, self._summed, strict=True)
            ]
        for place, slot in enumerate(self.weighted):
            value, weight = found[slot.index], found[slot.weight] if slot.weight is not None else None
            if isinstance(value, int) and isinstance(weight, int):
                numbers += (value * weight, weight)
                counts[self._pairs + place] = 1
            else:
                numbers += (0, 0)
        for place, divisions in enumerate(self._terms):
            counts[self._ones + place] = any(
                _present(left, found, values) != _present(right, found, values) for left, right in divisions
            )
        extremes = tuple(
            value
            if (value := found[slot.index]) is None or slot.rule != "last"
            else Latest(contribution.as_of, contribution.unit, value)
            for slot in self.extremes
        )
        low, high = self._packed_numbers(numbers)  # type: ignore[arg-type]  # texts are not summed
        return State(low, high, self._packed_counts(counts), extremes, 1)

    def found(self, values: Values) -> list[Scalar | None]:
        """What a report holds in each slot. An opening value stands in for the captured one where there was none."""
        found: list[Scalar | None] = list(map(values.cells.get, self._addresses))
        captured = values.captured
        for key in self.slots.captures:
            if key in captured:
                found.append(captured[key])
            else:
                opening = self._openings.get(key)
                found.append(None if opening is None else opening(values))
        return found

    def _packed_numbers(self, numbers: Sequence[int]) -> tuple[int, int]:
        high = 0
        if max(numbers, default=0) >= _LOW_LIMIT or min(numbers, default=0) <= -_LOW_LIMIT:
            if any(abs(number) >> 254 for number in numbers):
                raise Overflow("beyond 254 bits")
            tops = [number >> _LOW_BITS if abs(number) >= _LOW_LIMIT else 0 for number in numbers]
            numbers = [number - (top << _LOW_BITS) for number, top in zip(numbers, tops, strict=True)]
            width = _HIGH_LANE // 8
            tops_bytes = b"".join(top.to_bytes(width, "little", signed=True) for top in tops)
            high = (int.from_bytes(tops_bytes, "little") ^ self._high_bias) - self._high_bias
        # Two's complement lanes with their sign bit turned are unsigned lanes with a bias: no lane borrows.
        lanes = int.from_bytes(self._numbers.pack(*numbers), "little")
        return (lanes ^ self._sign_bits) - self._sign_bits, high

    def _packed_counts(self, counts: Sequence[int]) -> int:
        return int.from_bytes(self._counters.pack(*counts), "little")

    # -- reading states --------------------------------------------------------------------------------------

    def sums(self, state: State) -> list[int]:
        """Σ of every slot, then wx and w of each weighted one."""
        lanes = (state.low + self._sign_bits) ^ self._sign_bits
        numbers = list(self._numbers.unpack(lanes.to_bytes(self._numbers.size, "little")))
        if state.high:
            width = _HIGH_LANE // 8
            lanes = (state.high + self._high_bias) ^ self._high_bias
            data = lanes.to_bytes(width * self._high_size, "little")
            for lane in range(self._high_size):
                top = int.from_bytes(data[lane * width : (lane + 1) * width], "little", signed=True)
                numbers[lane] += top << _LOW_BITS
        return numbers

    def counts(self, state: State) -> tuple[int, ...]:
        """n of every slot; what follows is read by `pairs`, `one_sided_units` and `coverage`."""
        return self._counters.unpack(state.counts.to_bytes(self._counters.size, "little"))

    def pairs(self, counts: Sequence[int]) -> Sequence[int]:
        """Complete pairs of value and weight of each weighted slot."""
        return counts[self._pairs : self._ones]

    def one_sided_units(self, counts: Sequence[int]) -> Sequence[int]:
        """For each of `one_sided`: the reports that have one term of a division and lack the other."""
        return counts[self._ones : self._coverage]

    def coverage(self, counts: Sequence[int]) -> Coverage:
        """The reports behind a state."""
        return Coverage(*counts[self._coverage :])

    # -- merging ---------------------------------------------------------------------------------------------

    def merge(self, states: Iterable[State]) -> State:
        """The state of all their reports together. Associative and commutative; `nothing` is its neutral element."""
        states = list(states)
        reports = sum(state.reports for state in states)
        if reports > MOST_REPORTS:
            raise Overflow(f"more than {MOST_REPORTS} reports")
        return State(
            sum(state.low for state in states),
            sum(state.high for state in states),
            sum(state.counts for state in states),
            self.merged_extremes(states) if self.extremes else (),
            reports,
        )

    def merged_extremes(self, states: Iterable[State]) -> tuple[Extreme, ...]:
        """Per extreme slot, the one that counts among all states: nothing to subtract, so rebuilt from the children."""
        columns = zip(*(state.extremes for state in states), strict=True)
        merged = [
            _best(slot.rule, [extreme for extreme in column if extreme is not None])
            for slot, column in zip(self.extremes, columns, strict=False)
        ]
        return tuple(merged) if merged else self.nothing.extremes

    def exchange(self, state: State, old: State, new: State, extremes: tuple[Extreme, ...]) -> State:
        """`state` with the sums of one part exchanged exactly; its extremes are given, rebuilt by the caller."""
        reports = state.reports - old.reports + new.reports
        if reports > MOST_REPORTS:
            raise Overflow(f"more than {MOST_REPORTS} reports")
        return State(
            state.low - old.low + new.low,
            state.high - old.high + new.high,
            state.counts - old.counts + new.counts,
            extremes,
            reports,
        )

    def _divisions(self, expression: Expression | None) -> list[tuple[_Terms, _Terms]]:
        """The terms of each division both of whose sides read something."""
        found: list[tuple[_Terms, _Terms]] = []
        waiting = [] if expression is None else [expression]
        while waiting:
            current = waiting.pop()
            if isinstance(current, Call):
                waiting.extend(current.arguments)
                if current.operation == "divide":
                    left, right = (self.slots.read_by(argument) for argument in current.arguments)
                    if left and right:
                        found.append((left, right))
        return found


_Terms = list[int | AddedRows]


def _present(terms: _Terms, found: Sequence[Scalar | None], values: Values) -> bool:
    """Whether a term of a division has any value in a report."""
    for term in terms:
        if isinstance(term, AddedRows):
            rows = values.added.get(GroupKey(term.table, term.group), ())
            if any((term.column or "") in row for row in rows):
                return True
        elif found[term] is not None:
            return True
    return False


def _best(rule: Rule, extremes: list[Extreme]) -> Extreme:
    if not extremes:
        return None
    # All extremes of a slot are of one kind: numbers, dates as text, or Latest.
    choose: Callable[[list[Extreme]], Extreme] = min if rule == "min" else max  # type: ignore[assignment]
    return choose(extremes)


def _in_reading_order(slots: Sequence[Slot], all_slots: Slots) -> tuple[Slot, ...]:
    """Captured ratios, each after those it reads."""
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
            # The cells of a layout have no circles, so neither have their captured likenesses.
            waiting.extend(missing)
        else:
            done[slot.index] = slot
            waiting.pop()
    return tuple(done.values())


def _repeat(value: int, bits: int, times: int) -> int:
    """`value` in every lane of a whole number."""
    return int.from_bytes(value.to_bytes(bits // 8, "little") * times, "little")
