"""Reports of many units over many periods: each follows from its unit's earlier one; some are late, some missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from compiler.cells import AddedColumn, Layout, PlacedCell
from compiler.formula.evaluate import carried_key
from compiler.periods import DECREE_09_2019, Period, WindowTable
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.places import narratives
from runtime.calendar import WorkingDays, due_date, working_days_2026
from runtime.captures import ReportKey, Source, Sources, captured_from, source_keys
from runtime.reports import Check
from runtime.samples.balance import Room, balance
from runtime.samples.draws import Sizes, generator, limits, narrative, other, season
from runtime.samples.relations import Readable, Relation, Relations, Variable
from runtime.states import Plan
from runtime.units import Unit

MISSING, LATE = 0.03, 0.07
"""How many reports are never sent, and how many come after the day they were due."""

_TRIES = 12
_MOST_ADDED = 6
_SMALLEST, _LARGEST = 0.45, 2.4


class NoSample(ValueError):
    """No numbers were found that the form takes. `findings` are what stood in the way at the last try."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Sample:
    """A report that is owed. sent None: it never came, and its values are none."""

    unit: Unit
    period: Period
    due: date
    sent: date | None
    values: Values

    @property
    def late(self) -> bool:
        """Whether it came after the day it was due."""
        return self.sent is not None and self.sent > self.due


class Sampler:
    """Makes the reports of one form. `check`: what a report is checked with; it must find no error."""

    def __init__(
        self,
        layout: Layout,
        check: Check,
        seed: int,
        windows: WindowTable = DECREE_09_2019,
        working_days: WorkingDays | None = None,
    ) -> None:
        self._layout = layout
        self._check = check
        self._seed = seed
        self._windows = windows
        self._working_days = working_days or working_days_2026()
        self._sizes = Sizes(layout.template, seed)
        self._plan = Plan(layout)
        self._relations: dict[object, tuple[Relation, ...]] = {}
        self._measures = {table.name: table.measure for table in layout.template.tables}

    def samples(
        self, units: Sequence[Unit], periods: Sequence[Period], *, gaps: bool = True
    ) -> Iterator[Sample]:
        """Unit by unit, each over the periods in their order. gaps: some are missing and some late.

        Raises NoSample where the form's checks let no numbers through that could be found.
        """
        for unit in units:
            done: dict[Period, Values | None] = {}
            for period in periods:
                due = self._due(unit, period)
                sent = self._sent(unit, period, due) if gaps else due
                values = Values() if sent is None else self._report(unit, period, done)
                done[period] = None if sent is None else values
                yield Sample(unit, period, due, sent, values)

    # -- days ------------------------------------------------------------------------------------------------

    def _due(self, unit: Unit, period: Period) -> date:
        closes = self._windows.window(period).end
        for deadline in self._layout.template.deadlines:
            if deadline.level == unit.level:
                return due_date(closes, deadline, self._working_days)
        return closes

    def _sent(self, unit: Unit, period: Period, due: date) -> date | None:
        random = generator(self._seed, "day", unit.code, period.code)
        chance = random.random()
        if chance < MISSING:
            return None
        if chance < MISSING + LATE:
            return due + timedelta(days=random.randint(1, 6))
        # Most come on the last day.
        return max(
            self._windows.window(period).end, due - timedelta(days=min(3, int(random.expovariate(1.2))))
        )

    def relations(
        self, rows: Mapping[GroupKey, int], captured: Collection[CaptureKey]
    ) -> tuple[Relation, ...]:
        """What the form says of reports with so many self-added rows that take over these values: found out once."""
        key = (tuple(rows.items()), frozenset(captured))
        if key not in self._relations:
            self._relations[key] = Relations(self._layout, rows, captured).all()
        return self._relations[key]

    # -- one report ------------------------------------------------------------------------------------------

    def _report(self, unit: Unit, period: Period, done: Mapping[Period, Values | None]) -> Values:
        captured = self._captured(unit, period, done)
        last: list[str] = []
        for attempt in range(_TRIES):
            drawn = _Draw(self, unit, period, captured, attempt)
            evaluation, findings = self._check(drawn.values())
            wrong = [finding for finding in findings if finding.severity == "error"]
            if not wrong:
                return evaluation.values
            last = [
                f"{finding.place.words}: {finding.values.get('message', finding.code)}" for finding in wrong
            ]
        raise NoSample(list(dict.fromkeys(last)))

    def _captured(
        self, unit: Unit, period: Period, done: Mapping[Period, Values | None]
    ) -> dict[CaptureKey, int | None]:
        """What it takes over from the unit's reports made before; one that never came was blank."""
        key = ReportKey(self._layout.template.regime, unit.code, period)
        found: dict[str, tuple[Source, ...]] = {}
        for origin, wanted in source_keys(key, self._plan).items():
            there = [each for each in wanted if each.regime == key.regime and each.period in done]
            if there:
                found[origin] = tuple(_source(each, done[each.period]) for each in there)
        return {
            taken: capture.value for taken, capture in captured_from(self._plan, Sources(key, found)).items()
        }


def _source(key: ReportKey, values: Values | None) -> Source:
    """A report as later ones read it; one that never came holds nothing."""
    return Source(key, "draft") if values is None else Source(key, "approved", 1, "", values.cells)


class _Draw:
    """One try at one report."""

    def __init__(
        self,
        sampler: Sampler,
        unit: Unit,
        period: Period,
        captured: Mapping[CaptureKey, int | None],
        attempt: int,
    ) -> None:
        self._of = sampler
        self._layout = sampler._layout
        self._window = sampler._windows.window(period)
        self._captured = captured
        self._random = generator(sampler._seed, "report", unit.code, period.code, attempt)
        size = generator(sampler._seed, "unit", unit.code).uniform(_SMALLEST, 1) ** 2 * _LARGEST
        self._size = size * season(self._window) * (2 if unit.kind == "Phường" else 1)
        self._rooms: dict[Readable, Room] = {}
        self._numbers: dict[Readable, int] = {key: value or 0 for key, value in captured.items()}
        self._rows: dict[GroupKey, list[dict[str, Scalar]]] = {}
        self._cells: dict[Address, Scalar] = {}

    def values(self) -> Values:
        """The report as a unit would enter it."""
        for cell in self._layout.cells:
            if cell.kind == "entered" or (cell.kind == "carried" and carried_key(cell) not in self._captured):
                self._enter(cell)
        for group in self._layout.groups:
            most = min(_MOST_ADDED, group.row.max_rows or _MOST_ADDED)
            rows = self._rows.setdefault(group.key, [])
            for index in range(self._random.randint(1, most)):
                rows.append({})
                for added in group.columns:
                    if added.kind != "computed":
                        self._enter_added(group.key, index, added, group.row.label)
        counts = {key: len(rows) for key, rows in self._rows.items()}
        balance(self._of.relations(counts, self._captured), self._numbers, self._rooms, self._random)
        return self._entered()

    def _enter(self, cell: PlacedCell) -> None:
        if not cell.type.is_number:
            self._text(cell)
            return
        measure = cell.column.measure or cell.row.measure or self._of._measures[cell.address.table]
        variable = Variable(cell.address)
        usual = self._of._sizes.usual(cell.address.table, cell.address.row, cell.column, measure)
        self._number(variable, cell, usual)

    def _number(self, variable: Variable, of: PlacedCell | AddedColumn, usual: float) -> None:
        self._rooms[variable] = Room(*limits(of.column))
        self._numbers[variable] = self._of._sizes.number(self._random, of.column, usual * self._size)

    def _text(self, cell: PlacedCell) -> None:
        lists = self._layout.template.code_lists
        made = other(self._random, cell.type, cell.column.label, lists, self._window, 1)
        if made is not None:
            self._cells[cell.address] = made

    def _enter_added(self, key: GroupKey, index: int, added: AddedColumn, label: str) -> None:
        name = added.column.name
        if added.type.is_number:
            measure = added.column.measure or self._of._measures[key.table]
            usual = self._of._sizes.usual(key.table, key.group, added.column, measure)
            self._number(Variable(Address(key.table, key.group, name), index), added, usual)
            return
        lists = self._layout.template.code_lists
        words = label if name == self._layout.group_of[key].row.key else added.column.label
        made = other(self._random, added.type, words, lists, self._window, index + 1)
        if made is not None:
            self._rows[key][index][name] = made

    def _entered(self) -> Values:
        cells = dict(self._cells)
        for source, number in self._numbers.items():
            table, row, column = source.address
            if isinstance(source, CaptureKey):
                continue
            if source.place is None:
                cells[source.address] = number
            else:
                self._rows[GroupKey(table, row)][source.place][column] = number
        for cell in self._layout.cells:
            weight = cell.over_units.weight
            # A mean of nothing is no number.
            if weight is not None and cells.get(Address(cell.address.table, cell.address.row, weight)) == 0:
                cells.pop(cell.address, None)
        texts = {
            text.name: narrative(self._random, text.max_length)
            for text in narratives(self._layout.template)
            if text.required or self._random.random() < 0.6
        }
        added = {key: tuple(rows) for key, rows in self._rows.items()}
        return Values(cells, added, texts, self._captured)
