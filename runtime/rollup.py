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
from dataclasses import dataclass, field, replace
from functools import cached_property

from compiler.cells import PlacedCheck
from compiler.findings import Finding
from compiler.formula.evaluate import evaluate, report_reader
from compiler.formula.expressions import AddedRows
from compiler.values import Address, CaptureKey, Scalar, Values
from renderers.places import Places
from runtime.gathering import Gathered, gather, gathers_anything
from runtime.level import Finished, level_of
from runtime.slots import Slot, Slots
from runtime.states import Contribution, Coverage, Plan, State
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

    `held` has what each slot holds and `answers` how many included reports are not blank there. `uneven` are ratios
    whose terms do not come from the same units: to be flagged, not ranked. Narratives stand in `values` under the names
    of their units, to be edited by whoever reports upward.
    """

    unit: str
    held: Sequence[Scalar | None]
    answers: Sequence[int]
    coverage: Coverage
    uneven: frozenset[Address]
    gathered: Gathered
    narratives: Mapping[str, str]
    not_included: tuple[Contribution, ...]
    findings: tuple[RolledFinding, ...]
    slots: Slots = field(repr=False)

    @cached_property
    def values(self) -> Values:
        """The total as a report like any other: renderers print it."""
        cells: dict[Address, Scalar] = {}
        captured: dict[CaptureKey, int | None] = {}
        for slot, value in zip(self.slots.all, self.held, strict=True):
            if isinstance(slot.key, CaptureKey):
                captured[slot.key] = value if isinstance(value, int) else None
            elif value is not None:
                cells[slot.key] = value
        for address, texts in self.gathered.texts.items():
            if isinstance(address, Address) and texts:
                cells[address] = "; ".join(text for _, text in texts)
        added = {key: tuple(row.values for row in rows) for key, rows in self.gathered.rows.items()}
        return Values(cells, added, self.narratives, captured)

    @cached_property
    def figures(self) -> Values:
        """The values as the unit above may sign them: without narratives, which are the units' own until somebody has
        edited them into one (`gathered.texts` has them)."""
        return replace(self.values, texts={})

    @cached_property
    def counts(self) -> Mapping[Address, int]:
        """Per static cell, the included reports that are not blank there."""
        cells = self.slots.layout.cells
        return {cell.address: count for cell, count in zip(cells, self.answers, strict=False)}


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
        self._gathers = gathers_anything(plan.layout)
        self._below: dict[str, tuple[Contribution, ...]] = {}
        """Contributions at and below a unit, kept until one of them changes."""

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

    @classmethod
    def kept(
        cls,
        plan: Plan,
        tree: UnitTree,
        top: str,
        contributions: Iterable[Contribution],
        states: Mapping[str, State],
    ) -> RollUp:
        """What was built before and kept, to be read: merged states by unit, and the reports they are of."""
        made = cls(plan, tree, top)
        made._contributions = {contribution.unit: contribution for contribution in contributions}
        made._states = dict(states)
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
            self._below.pop(above, None)
            state = self._states.get(above, self.plan.nothing)
            extremes = self.plan.merged_extremes(self._parts(above)) if self.plan.extremes else ()
            self._states[above] = self.plan.exchange(state, old, new, extremes)

    def state(self, unit: str) -> State:
        """The merged state of the reports at and below a unit."""
        return self._states.get(unit, self.plan.nothing)

    def contributions(self, unit: str) -> tuple[Contribution, ...]:
        """The known reports at and below a unit, by unit code."""
        found = self._below.get(unit)
        if found is None:
            below = (self._contributions.get(code) for code in sorted(self.tree.subtree(unit)))
            found = self._below[unit] = tuple(each for each in below if each is not None)
        return found

    def total(self, unit: str) -> Total:
        """The finished total of a unit, with the checks made on it."""
        plan = self.plan
        contributions = self.contributions(unit)
        gathered = gather(plan.layout, contributions) if self._gathers else Gathered({}, {}, ())
        rows = {key: [row.values for row in found] for key, found in gathered.rows.items()}
        finished = level_of(plan).finish(self.state(unit), rows)
        coverage = plan.coverage(finished.tally)
        one_sided = plan.one_sided_units(finished.tally)
        uneven = [
            (slot, units)
            for slot, units in zip(plan.one_sided, one_sided, strict=True)
            if units and isinstance(slot.key, Address)
        ]
        everything = coverage.included == len(contributions)
        included = contributions if everything else tuple(each for each in contributions if each.included)
        findings = [RolledFinding(finding, units) for finding, units in gathered.findings]
        findings += [self._uneven(slot, units) for slot, units in uneven]
        findings += [self._too_large(slot) for slot in finished.too_large]
        findings += self._weights_of_nothing(included)
        findings += self._failed_checks(finished, gathered, included)
        return Total(
            unit=unit,
            held=tuple(finished.held),
            answers=finished.tally.counts[: len(plan.slots.all)],
            coverage=coverage,
            uneven=frozenset(slot.key for slot, _ in uneven if isinstance(slot.key, Address)),
            gathered=gathered,
            narratives=self._joined(gathered),
            not_included=() if everything else tuple(each for each in contributions if not each.included),
            findings=tuple(findings),
            slots=plan.slots,
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

    @cached_property
    def _places(self) -> Places:
        return Places(self.plan.layout)

    def _joined(self, gathered: Gathered) -> Mapping[str, str]:
        return {
            name: "\n\n".join(f"{self.tree[unit].name}: {text}" for unit, text in texts)
            for name, texts in gathered.texts.items()
            if isinstance(name, str) and texts
        }

    def _weights_of_nothing(self, included: Sequence[Contribution]) -> Iterator[RolledFinding]:
        """Values that come with a weight of zero: they count for nothing, and somebody should know."""
        for slot in self.plan.weighted:
            if slot.weight is None or not isinstance(slot.key, Address):
                continue
            weight = self.plan.slots.all[slot.weight].key
            for each in included:
                cells = {} if each.values is None else each.values.cells
                if slot.key in cells and isinstance(weight, Address) and cells.get(weight) == 0:
                    finding = Finding(
                        code="weight_zero",
                        severity="warning",
                        place=self._places.cell(slot.key),
                        values={"unit": self._named([each.unit])},
                    )
                    yield RolledFinding(finding, (each.unit,))

    def _failed_checks(
        self, finished: Finished, gathered: Gathered, included: Sequence[Contribution]
    ) -> Iterator[RolledFinding]:
        for placed, index in finished.failed:
            if placed.group is not None and index is not None:
                units = gathered.rows[placed.group][index - 1].units
            else:
                units = self._behind(placed, included)
            place = self._places.check(placed, index)
            finding = Finding(
                code="rollup_check_failed",
                severity=placed.check.severity,
                place=place,
                check=placed.check.name,
                values={"message": placed.check.message, "units": self._named(units)},
            )
            yield RolledFinding(finding, units)

    def _behind(self, placed: PlacedCheck, included: Sequence[Contribution]) -> tuple[str, ...]:
        """The units a failed check is owed to: those whose own report does not pass it, else all that gave a value."""
        layout = self.plan.layout
        reports = [(each.unit, each.values) for each in included if each.values is not None]
        own = tuple(
            unit
            for unit, values in reports
            if evaluate(placed.condition, report_reader(layout, values)) is not True
        )
        if own:
            return own
        reads = [
            read for read in self.plan.slots.read_by(placed.condition) if not isinstance(read, AddedRows)
        ]
        found = ((unit, self.plan.found(values)) for unit, values in reports)
        return tuple(unit for unit, held in found if any(held[read] is not None for read in reads))

    def _named(self, units: Sequence[str]) -> str:
        """Units by code and name, the first few of many."""
        named = ", ".join(f"{unit} {self.tree[unit].name}" for unit in units[:_MOST_NAMED])
        return named if len(units) <= _MOST_NAMED else f"{named} … (+{len(units) - _MOST_NAMED})"

    def _uneven(self, slot: Slot, units: int) -> RolledFinding:
        place, values = self._places.cell(_address(slot)), {"count": str(units)}
        return RolledFinding(
            Finding(code="uneven_coverage", severity="notice", place=place, values=values), ()
        )

    def _too_large(self, slot: Slot) -> RolledFinding:
        place = self._places.cell(_address(slot))
        return RolledFinding(Finding(code="overflow", severity="error", place=place), ())


def _address(slot: Slot) -> Address:
    return slot.key.address if isinstance(slot.key, CaptureKey) else slot.key
