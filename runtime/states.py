"""Exact states of rolled-up cells that merge: what each rule over units keeps of one report, and of many.

`slots.py` says which values a report has and by which rule each rolls up. `Plan.pack` makes the state of one report,
`Plan.merge` puts states together, in any order and grouping with the same result. A state never holds a mean, a ratio
or a rounded number, so no level of the tree reads what another rounded:

    sum, mean       Σ, n                            weighted_mean   Σwx, Σw, n of complete pairs
    min, max, last  the one that counts             count           n
    recompute       nothing: `rollup.py` evaluates the formula over the slots it reads

Sums are kept in limbs, each one whole number in which every slot has a lane. Merging all cells of two reports is then
one addition of whole numbers for each limb that is in use, and taking a report out again is exact subtraction. The
first limb carries n beside the lowest bits of Σ, so that a form of everyday numbers needs no other. Lanes cannot run
into each other: each takes 2**22 reports, and together they hold any product of two 128-bit numbers.

Rows that units add and texts have no state: they are gathered from the reports themselves (`gathering.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from compiler.cells import Layout
from compiler.formula.expressions import AddedRows, Call, Expression
from compiler.formula.rounding import Overflow
from compiler.values import GroupKey, Scalar, Values
from runtime.slots import Rule, Slots, opening_values

MOST_REPORTS = 2**22 - 1
"""Reports that one state may hold: far above every village and school of the country."""

_COUNT_BITS = 22
_SUM_BITS = 64 - _COUNT_BITS
_LOW, _MIDDLE = 19, 60
"""Limbs: bits 0 to 18 of a number, 19 to 59, and the rest. A number below 2**19 lies in the first limb alone."""

_ONE = 1 << _SUM_BITS
"""What a value that is there adds to its first lane beside itself."""

_HALF = _ONE >> 1
_HIGH_LANE = 256

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


class State(NamedTuple):
    """The mergeable state of some reports. Equal reports give equal states, whatever the order of merging.

    low, middle, high: the limbs of Σ and n by lane: all slots, then wx and w of each weighted slot, the one-sided
    ratios, coverage. extremes: one for each slot ruled by min, max or last.
    """

    low: int
    middle: int
    high: int
    extremes: tuple[Extreme, ...]
    reports: int


class Tally(NamedTuple):
    """A state read out by lane: Σ and n. `Plan` says which lane is what."""

    sums: Sequence[int]
    counts: Sequence[int]


class Plan:
    """How the reports of one layout are packed. Derived from the layout alone."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.slots = Slots(layout)
        slots = self.slots.all
        self.weighted = tuple(slot for slot in slots if slot.rule == "weighted_mean")
        self.extremes = tuple(slot for slot in slots if slot.rule in {"min", "max", "last"})
        terms = {slot: _divisions(slot.expression, self.slots) for slot in slots if slot.rule == "recompute"}
        self.one_sided = tuple(slot for slot, divisions in terms.items() if divisions)
        """Recomputed slots with a division whose terms may come from different units."""
        self._terms = [terms[slot] for slot in self.one_sided]

        self._size = len(slots)
        self._addresses = [cell.address for cell in layout.cells]
        self._openings = opening_values(layout)
        self._summed = [slot.rule in {"sum", "mean"} for slot in slots]
        self._all_summed = all(self._summed)
        self._ones = self._size + 2 * len(self.weighted)
        self._coverage = self._ones + len(self.one_sided)
        self._lanes = self._coverage + 5
        self._words = struct.Struct(f"<{self._lanes}Q")
        self._signed_words = struct.Struct(f"<{self._lanes}q")
        # Biases and masks for all lanes at once.
        self._sum_bias = _repeat(_HALF, 64, self._lanes)
        self._sum_mask = _repeat(_ONE - 1, 64, self._lanes)
        self._count_mask = _repeat((1 << _COUNT_BITS) - 1, 64, self._lanes)
        self._sign_bits = _repeat(1 << 63, 64, self._lanes)
        self._high_bias = _repeat(1 << (_HIGH_LANE - 1), _HIGH_LANE, self._lanes)
        self.nothing = State(0, 0, 0, (None,) * len(self.extremes), 0)
        """The state of no report, which changes nothing it is merged with."""
        self._counting: dict[tuple[Standing, bool], State] = {}

    # -- packing ---------------------------------------------------------------------------------------------

    def pack(self, contribution: Contribution) -> State:
        """The state of one report. Raises Overflow for a number that no cell can hold."""
        values = contribution.values
        if values is None or not contribution.included:
            return self._counted(contribution.standing, contribution.left_out)
        coverage = [True, True, True, False, True]  # due, received, approved, not left out, included
        found = self.found(values)
        present = [value is not None for value in found]
        if self._all_summed:
            numbers = [0 if value is None else value for value in found]
        else:
            numbers = [
                value if summed and value is not None else 0
                for value, summed in zip(found, self._summed, strict=True)
            ]
        for slot in self.weighted:
            value, weight = found[slot.index], None if slot.weight is None else found[slot.weight]
            if isinstance(value, int) and isinstance(weight, int):
                numbers += (value * weight, weight)
                present += (True, True)
            else:
                numbers += (0, 0)
                present += (False, False)
        if self._terms:
            there = int.from_bytes(bytes(present), "little")
            present += [any(division.one_sided(there, values) for division in one) for one in self._terms]
        extremes = tuple(
            value
            if (value := found[slot.index]) is None or slot.rule != "last"
            else Latest(contribution.as_of, contribution.unit, value)
            for slot in self.extremes
        )
        return State(*self._packed(numbers, present + coverage), extremes, 1)  # type: ignore[arg-type]

    def _counted(self, standing: Standing, left_out: bool) -> State:
        """The state of a report that is counted and not summed: there are only some, and every act asks for one."""
        state = self._counting.get((standing, left_out))
        if state is None:
            coverage = [True, standing in {"sent", "approved"}, standing == "approved", left_out, False]
            limbs = self._packed([], [False] * self._coverage + coverage)
            state = self._counting[standing, left_out] = State(*limbs, self.nothing.extremes, 1)
        return state

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

    def _packed(self, numbers: list[int], present: Sequence[bool]) -> tuple[int, int, int]:
        """The limbs of the numbers, as many as come before the lanes that only count, and of who is there."""
        middle = high = 0
        if max(numbers, default=0) >> _LOW or min(numbers, default=0) <= -(1 << _LOW):
            numbers, rest = _split(numbers, _LOW)
            rest, rests = _split(rest, _MIDDLE - _LOW)
            middle = self._signed(rest)
            high = self._signed_high(rests)
        counting = [
            number + _ONE if there else number for number, there in zip(numbers, present, strict=False)
        ]
        counting += [_ONE if there else 0 for there in present[len(numbers) :]]
        # Lanes of the first limb are signed: the number in them may be negative. Subtracting the bias that was added
        # to each lane gives the sum of the lanes as they are.
        biased = [count + _HALF for count in counting]
        return int.from_bytes(self._words.pack(*biased), "little") - self._sum_bias, middle, high

    def _signed(self, numbers: Sequence[int]) -> int:
        """Two's complement lanes with their sign bit turned are unsigned lanes with a bias: no lane borrows."""
        if not any(numbers):
            return 0
        padded = (*numbers, *[0] * (self._lanes - len(numbers)))
        return (
            int.from_bytes(self._signed_words.pack(*padded), "little") ^ self._sign_bits
        ) - self._sign_bits

    def _signed_high(self, numbers: Sequence[int]) -> int:
        if not any(numbers):
            return 0
        if any(abs(number) >> (_HIGH_LANE - _COUNT_BITS - 2) for number in numbers):
            raise Overflow("a number that no cell can hold")
        width = _HIGH_LANE // 8
        data = b"".join(number.to_bytes(width, "little", signed=True) for number in numbers)
        data += bytes(width * (self._lanes - len(numbers)))
        return (int.from_bytes(data, "little") ^ self._high_bias) - self._high_bias

    # -- reading states --------------------------------------------------------------------------------------

    def tally(self, state: State) -> Tally:
        """Σ and n of every lane."""
        biased = state.low + self._sum_bias
        size = self._words.size
        counts = self._words.unpack((biased >> _SUM_BITS & self._count_mask).to_bytes(size, "little"))
        lanes = ((biased & self._sum_mask) - self._sum_bias + self._sign_bits) ^ self._sign_bits
        sums: Sequence[int] = self._signed_words.unpack(lanes.to_bytes(size, "little"))
        if state.middle or state.high:
            lanes = (state.middle + self._sign_bits) ^ self._sign_bits
            middle = self._signed_words.unpack(lanes.to_bytes(size, "little"))
            lanes = (state.high + self._high_bias) ^ self._high_bias
            width = _HIGH_LANE // 8
            data = lanes.to_bytes(width * self._lanes, "little")
            high = (
                int.from_bytes(data[start : start + width], "little", signed=True)
                for start in range(0, len(data), width)
            )
            sums = [
                first + (second << _LOW) + (third << _MIDDLE)
                for first, second, third in zip(sums, middle, high, strict=True)
            ]
        return Tally(sums, counts)

    def weighted_sums(self, tally: Tally) -> Sequence[tuple[int, int]]:
        """Σwx and Σw of each weighted slot."""
        return list(
            zip(
                tally.sums[self._size : self._ones : 2],
                tally.sums[self._size + 1 : self._ones : 2],
                strict=True,
            )
        )

    def one_sided_units(self, tally: Tally) -> Sequence[int]:
        """For each of `one_sided`: the reports that have one term of a division and lack the other."""
        return tally.counts[self._ones : self._coverage]

    def coverage(self, tally: Tally) -> Coverage:
        """The reports behind a state."""
        return Coverage(*tally.counts[self._coverage :])

    # -- merging ---------------------------------------------------------------------------------------------

    def merge(self, states: Sequence[State]) -> State:
        """The state of all their reports together. Associative and commutative; `nothing` is its neutral element."""
        if not states:
            return self.nothing
        low, middle, high, extremes, reports = zip(*states, strict=True)
        count = sum(reports)
        if count > MOST_REPORTS:
            raise Overflow(f"more than {MOST_REPORTS} reports")
        merged = self._merged(extremes) if self.extremes else ()
        return State(sum(low), sum(middle), sum(high), merged, count)

    def merged_extremes(self, states: Sequence[State]) -> tuple[Extreme, ...]:
        """Per extreme slot, the one that counts among all states: nothing to subtract, so rebuilt from the children."""
        return self._merged([state.extremes for state in states]) if self.extremes else ()

    def _merged(self, extremes: Sequence[tuple[Extreme, ...]]) -> tuple[Extreme, ...]:
        if not extremes:
            return self.nothing.extremes
        return tuple(
            _best(slot.rule, [extreme for extreme in column if extreme is not None])
            for slot, column in zip(self.extremes, zip(*extremes, strict=True), strict=True)
        )

    def exchange(self, state: State, old: State, new: State, extremes: tuple[Extreme, ...]) -> State:
        """`state` with the sums of one part exchanged exactly; its extremes are given, rebuilt by the caller."""
        reports = state.reports - old.reports + new.reports
        if reports > MOST_REPORTS:
            raise Overflow(f"more than {MOST_REPORTS} reports")
        return State(
            state.low - old.low + new.low,
            state.middle - old.middle + new.middle,
            state.high - old.high + new.high,
            extremes,
            reports,
        )


@dataclass(frozen=True)
class _Division:
    """The two terms of a division: which slots each reads, as a mask over bytes, and which columns of added rows."""

    left: int
    right: int
    left_rows: tuple[AddedRows, ...]
    right_rows: tuple[AddedRows, ...]

    def one_sided(self, there: int, values: Values) -> bool:
        """Whether a report has one term and lacks the other; `there` has a byte 1 for each slot with a value."""
        left = bool(there & self.left) or _any_row(self.left_rows, values)
        right = bool(there & self.right) or _any_row(self.right_rows, values)
        return left != right


def _divisions(expression: Expression | None, slots: Slots) -> list[_Division]:
    """The divisions in a formula both of whose terms read something."""
    found: list[_Division] = []
    waiting = [] if expression is None else [expression]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Call):
            waiting.extend(current.arguments)
            if current.operation == "divide":
                left, right = (slots.read_by(argument) for argument in current.arguments)
                if left and right:
                    found.append(_Division(_mask(left), _mask(right), _rows(left), _rows(right)))
    return found


def _mask(reads: Sequence[int | AddedRows]) -> int:
    mask = 0
    for read in reads:
        if isinstance(read, int):
            mask |= 1 << 8 * read
    return mask


def _rows(reads: Sequence[int | AddedRows]) -> tuple[AddedRows, ...]:
    return tuple(read for read in reads if isinstance(read, AddedRows))


def _any_row(reads: Sequence[AddedRows], values: Values) -> bool:
    return any(
        (read.column or "") in row
        for read in reads
        for row in values.added.get(GroupKey(read.table, read.group), ())
    )


def _split(numbers: Sequence[int], bits: int) -> tuple[list[int], list[int]]:
    """Each number as its lowest bits and the rest; one that is small enough is left whole, sign and all."""
    limit = 1 << bits
    rest = [number >> bits if abs(number) >= limit else 0 for number in numbers]
    return [number - (above << bits) for number, above in zip(numbers, rest, strict=True)], rest


def _best(rule: Rule, extremes: list[Extreme]) -> Extreme:
    if not extremes:
        return None
    # All extremes of a slot are of one kind: numbers, dates as text, or Latest.
    choose: Callable[[list[Extreme]], Extreme] = min if rule == "min" else max  # type: ignore[assignment]
    return choose(extremes)


def _repeat(value: int, bits: int, times: int) -> int:
    """`value` in every lane of a whole number."""
    return int.from_bytes(value.to_bytes(bits // 8, "little") * times, "little")
