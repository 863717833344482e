"""Rolls the reports of one regime and period up the unit tree, level by level, and keeps up with corrections.

Only approved reports that nobody left out are summed; the others are counted and listed. The state of every unit is
the merged state of its own report and of its children (`states.py`), so a correction changes the sums above it by an
exact exchange and looks at children only for minima, maxima and lasts. `RollUp.of` builds the same from nothing.

A total is finished from its state alone: means and ratios are divided and rounded here, once, at the level that is
read, and no level reads another's result. The checks of the form are made on totals as on reports; what fails is a
finding that names units. Where a number comes from is `lineage.py`'s matter, who may read it the server's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from compiler.cells import PlacedCheck
from compiler.findings import Finding, Place
from compiler.formula.evaluate import ReportReader, assign, evaluate, report_reader
from compiler.formula.expressions import AddedRows
from compiler.formula.rounding import Overflow, round_half_away, within
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime.gathering import Gathered, UnitText, gather, gathers_anything
from runtime.slots import Slot
from runtime.states import Contribution, Coverage, Latest, Plan, State
from runtime.units import UnitTree

_MOST_NAMED = 10
"""Units that a finding names in its sentence; the finding itself carries all."""


@dataclass(frozen=True, slots=True)
class RolledFinding:
    """A finding about a total and the units it comes from, by code."""

    finding: Finding
    units: tuple[str, ...]


@dataclass(frozen=True)
class Total:
    """The roll-up of all reports at and below one unit.

    `values` is a report like any other: renderers print it. `counts` has, per static cell, the included reports that
    are not blank there. `uneven` are ratios whose terms do not come from the same units: to be flagged, not ranked.
    """

    unit: str
    values: Values
    coverage: Coverage
    counts: Mapping[Address, int]
    uneven: frozenset[Address]
    gathered: Gathered
    not_included: tuple[Contribution, ...]
    findings: tuple[RolledFinding, ...]


@dataclass
class _Frame:
    """The slots of a total being finished."""

    values: list[Scalar | None]
    counts: Sequence[int]
    overflowed: list[Slot] = field(default_factory=list)


class RollUp:
    """The roll-up of one regime and period over the subtree of `top`. `put` keeps every level right."""

    def __init__(self, plan: Plan, tree: UnitTree, top: str) -> None:
        self.plan = plan
        self.tree = tree
        self.top = top
        self._contributions: dict[str, Contribution] = {}
        self._own: dict[str, State] = {}
        self._states: dict[str, State] = {}
        self._inside = frozenset(tree.subtree(top))

    @classmethod
    def of(cls, plan: Plan, tree: UnitTree, top: str, contributions: Iterable[Contribution]) -> RollUp:
        """Built from nothing, level by level. Raises KeyError for a unit outside, ValueError for one met twice."""
        made = cls(plan, tree, top)
        for contribution in contributions:
            if contribution.unit not in made._inside:
                raise KeyError(contribution.unit)
            if contribution.unit in made._contributions:
                raise ValueError(f"two reports of {contribution.unit}")
            made._contributions[contribution.unit] = contribution
            made._own[contribution.unit] = plan.pack(contribution)
        for unit in tree.bottom_up(top):
            parts = made._parts(unit)
            if parts:
                made._states[unit] = parts[0] if len(parts) == 1 else plan.merge(parts)
        return made

    def put(self, contribution: Contribution) -> None:
        """Take in a unit's report, or what has become of it, in the place of what was known of that unit.

        Raises KeyError for a unit outside the subtree, and Overflow; then nothing has changed.
        """
        unit = contribution.unit
        if unit not in self._inside:
            raise KeyError(unit)
        new = self.plan.pack(contribution)
        old = self._own.get(unit, self.plan.nothing)
        self._contributions[unit] = contribution
        self._own[unit] = new
        for above in self._upwards(unit):
            state = self._states.get(above, self.plan.nothing)
            extremes = self.plan.merged_extremes(self._parts(above)) if self.plan.extremes else ()
            self._states[above] = self.plan.exchange(state, old, new, extremes)

    def state(self, unit: str) -> State:
        """The merged state of the reports at and below a unit."""
        return self._states.get(unit, self.plan.nothing)

    def contributions(self, unit: str) -> tuple[Contribution, ...]:
        """The known reports at and below a unit, by unit code."""
        below = (self._contributions.get(code) for code in sorted(self.tree.subtree(unit)))
        return tuple(each for each in below if each is not None)

    def total(self, unit: str) -> Total:
        """The finished total of a unit, with the checks made on it."""
        state = self.state(unit)
        contributions = self.contributions(unit)
        if gathers_anything(self.plan.layout):
            gathered = gather(self.plan.layout, contributions)
        else:
            gathered = Gathered({}, {}, ())
        values, frame = finish(self.plan, state, gathered)
        values = Values(values.cells, values.added, self._joined(gathered), values.captured)
        one_sided = self.plan.one_sided_units(frame.counts)
        uneven = frozenset(
            slot.key
            for slot, units in zip(self.plan.one_sided, one_sided, strict=True)
            if units and isinstance(slot.key, Address)
        )
        included = tuple(each for each in contributions if each.included)
        findings = [RolledFinding(finding, units) for finding, units in gathered.findings]
        findings += self._uneven_findings(one_sided)
        findings += self._weights_of_nothing(included)
        findings += [_overflow(slot) for slot in frame.overflowed]
        findings += self._failed_checks(values, included)
        addresses = (cell.address for cell in self.plan.layout.cells)
        return Total(
            unit=unit,
            values=values,
            coverage=self.plan.coverage(frame.counts),
            counts=dict(zip(addresses, frame.counts, strict=False)),
            uneven=uneven,
            gathered=gathered,
            not_included=tuple(each for each in contributions if not each.included),
            findings=tuple(findings),
        )

    # -- the tree --------------------------------------------------------------------------------------------

    def _parts(self, unit: str) -> list[State]:
        """The states that make up a unit's: its own report's and its children's."""
        parts = [self._own[unit]] if unit in self._own else []
        parts += [self._states[child] for child in self.tree.children(unit) if child in self._states]
        return parts

    def _upwards(self, unit: str) -> Iterator[str]:
        yield unit
        if unit == self.top:
            return
        for above in self.tree.ancestors(unit):
            yield above
            if above == self.top:
                return

    # -- findings --------------------------------------------------------------------------------------------

    def _joined(self, gathered: Gathered) -> Mapping[str, str]:
        """Narratives as one text: each unit's under its name, to be edited by whoever reports upward."""
        return {
            name: "\n\n".join(f"{self.tree[unit].name}: {text}" for unit, text in texts)
            for name, texts in gathered.texts.items()
            if isinstance(name, str) and texts
        }

    def _uneven_findings(self, one_sided: Sequence[int]) -> Iterator[RolledFinding]:
        for slot, units in zip(self.plan.one_sided, one_sided, strict=True):
            if units and isinstance(slot.key, Address):
                yield RolledFinding(
                    Finding(
                        code="uneven_coverage",
                        severity="notice",
                        place=_place(slot.key),
                        values={"count": str(units)},
                    ),
                    (),
                )

    def _weights_of_nothing(self, included: Sequence[Contribution]) -> Iterator[RolledFinding]:
        """Values that come with a weight of zero: they count for nothing, and somebody should know."""
        for slot in self.plan.weighted:
            if slot.weight is None or not isinstance(slot.key, Address):
                continue
            for each in included:
                found = self.plan.found(each.values) if each.values is not None else []
                if found and found[slot.index] is not None and found[slot.weight] == 0:
                    yield RolledFinding(
                        Finding(
                            code="weight_zero",
                            severity="warning",
                            place=_place(slot.key),
                            values={"unit": self._named([each.unit])},
                        ),
                        (each.unit,),
                    )

    def _failed_checks(self, values: Values, included: Sequence[Contribution]) -> Iterator[RolledFinding]:
        layout = self.plan.layout
        reader = report_reader(layout, values)
        for placed in layout.checks:
            if placed.check.at_entry:
                continue
            failed: list[int | None]
            if placed.group is None:
                failed = [None] if evaluate(placed.condition, reader) is False else []
            else:
                group = layout.group_of[placed.group]
                failed = [
                    index
                    for index, row in enumerate(reader.added_rows(group))
                    if evaluate(placed.condition, reader.in_row(group, row)) is False
                ]
            for index in failed:
                units = self._behind(placed, index, values, included)
                yield RolledFinding(
                    Finding(
                        code="rollup_check_failed",
                        severity=placed.check.severity,
                        place=_place_of_check(placed, index),
                        check=placed.check.name,
                        values={"message": placed.check.message, "units": self._named(units)},
                    ),
                    tuple(units),
                )

    def _behind(
        self, placed: PlacedCheck, index: int | None, values: Values, included: Sequence[Contribution]
    ) -> list[str]:
        """The units a failed check is owed to: those whose own report does not pass it, else all that gave a value."""
        layout = self.plan.layout
        if index is not None and placed.group is not None:
            return [each.unit for each in included if placed.group in (each.values or Values()).added]
        readers = [(each, report_reader(layout, each.values)) for each in included if each.values is not None]
        own = [each.unit for each, reader in readers if evaluate(placed.condition, reader) is not True]
        if own:
            return own
        slots = [
            read for read in self.plan.slots.read_by(placed.condition) if not isinstance(read, AddedRows)
        ]
        return [
            each.unit
            for each, _ in readers
            if each.values is not None
            and any(found is not None for found in map(self.plan.found(each.values).__getitem__, slots))
        ]

    def _named(self, units: Sequence[str]) -> str:
        """Units by code and name, the first few of many."""
        named = ", ".join(f"{unit} {self.tree[unit].name}" for unit in units[:_MOST_NAMED])
        return named if len(units) <= _MOST_NAMED else f"{named} … (+{len(units) - _MOST_NAMED})"


def finish(plan: Plan, state: State, gathered: Gathered) -> tuple[Values, _Frame]:
    """The values of a state: sums as they are, means divided and rounded, formulas evaluated at this level.

    A number beyond 128 bits is blank and listed as overflowed.
    """
    frame = _finished_states(plan, state)
    layout, size = plan.layout, len(plan.layout.cells)
    cells: dict[Address, Scalar | None] = {
        cell.address: value for cell, value in zip(layout.cells, frame.values, strict=False)
    }
    captured: dict[CaptureKey, int | None] = {}
    added = {key: [row.values for row in rows] for key, rows in gathered.rows.items()}
    reader = ReportReader(layout, cells, added, captured)

    for slot in plan.slots.all[size:]:
        held = frame.values[slot.index]
        assert isinstance(slot.key, CaptureKey)
        captured[slot.key] = held if isinstance(held, int) else None
    for slot in plan.recomputed_captures:
        assert isinstance(slot.key, CaptureKey)
        held = _recomputed(slot, reader, frame)
        captured[slot.key] = held if isinstance(held, int) else None
    for cell, key in plan.carried:
        source = layout.by_address[key.address].type
        cells[cell.address] = _assigned(plan.slots.of(cell.address), captured[key], source, frame)
    for slot in plan.recomputed_cells:
        assert isinstance(slot.key, Address)
        cells[slot.key] = _recomputed(slot, reader, frame)
    for address, texts in gathered.texts.items():
        if isinstance(address, Address) and texts:
            cells[address] = "; ".join(text for _, text in texts)
    filled = {address: value for address, value in cells.items() if value is not None}
    rows = {key: tuple(row.values for row in found) for key, found in gathered.rows.items()}
    return Values(cells=filled, added=rows, captured=captured), frame


def _finished_states(plan: Plan, state: State) -> _Frame:
    """Every slot that its state alone gives; the recomputed and carried ones blank."""
    sums, counts = plan.sums(state), plan.counts(state)
    size = len(plan.slots.all)
    values: list[Scalar | None] = [
        number if count else None for number, count in zip(sums[:size], counts, strict=False)
    ]
    frame = _Frame(values, counts)
    for slot in plan.not_summed:
        values[slot.index] = _mean(sums[slot.index], counts[slot.index]) if slot.rule == "mean" else None
        if slot.rule == "count":
            values[slot.index] = counts[slot.index] * 10**slot.type.scale
    for place, slot in enumerate(plan.weighted):
        products, weights = sums[size + 2 * place], sums[size + 2 * place + 1]
        values[slot.index] = _mean(products, weights)
    for slot, extreme in zip(plan.extremes, state.extremes, strict=True):
        values[slot.index] = extreme.value if isinstance(extreme, Latest) else extreme
    if state.high:
        for slot in plan.slots.all:
            held = values[slot.index]
            if isinstance(held, int) and not isinstance(held, bool):
                try:
                    within(held)
                except Overflow:
                    values[slot.index] = None
                    frame.overflowed.append(slot)
    return frame


def _mean(total: int, weight: int) -> int | None:
    """Rounded once, half away from zero; blank over nothing."""
    return round_half_away(Fraction(total, weight), 0) if weight else None


def _recomputed(slot: Slot, reader: ReportReader, frame: _Frame) -> Scalar | None:
    assert slot.expression is not None
    try:
        return assign(evaluate(slot.expression, reader), slot.type)
    except Overflow:
        frame.overflowed.append(slot)
        return None


def _assigned(slot: Slot, value: int | None, source: ValueType, frame: _Frame) -> Scalar | None:
    if value is None or source.scale == slot.type.scale:
        return value
    try:
        return assign(Fraction(value, 10**source.scale), slot.type)
    except Overflow:
        frame.overflowed.append(slot)
        return None


def _overflow(slot: Slot) -> RolledFinding:
    address = slot.key if isinstance(slot.key, Address) else slot.key.address
    return RolledFinding(Finding(code="overflow", severity="error", place=_place(address)), ())


def _place(address: Address) -> Place:
    return Place(table=address.table, row=address.row, column=address.column)


def _place_of_check(placed: PlacedCheck, index: int | None) -> Place:
    if placed.group is not None:
        return Place(
            table=placed.group.table, row=placed.group.group, index=None if index is None else index + 1
        )
    return Place(table=placed.check.table, row=placed.row, column=placed.column)


__all__ = ["GroupKey", "RollUp", "RolledFinding", "Total", "UnitText", "finish"]
