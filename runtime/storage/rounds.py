"""Handing out: every unit that a regime names owes its report for a period, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, insert, select, update

from compiler.periods import DECREE_09_2019, Period, WindowTable
from compiler.template import Template
from runtime.calendar import WorkingDays, due_date
from runtime.models import ReportRow, RollUpRow, RoundRow
from runtime.reports import Act, Refusal
from runtime.states import Contribution, Plan, State
from runtime.storage.database import Database, batched, insert_missing
from runtime.storage.log import begin_chains, moment
from runtime.storage.packing import pack_state, stored_period, unpack_state
from runtime.storage.records import HandedOut, Round
from runtime.storage.templates import TemplateShelf, in_force
from runtime.storage.units import UnitRegister
from runtime.units import Unit, UnitTree


@dataclass(frozen=True)
class DataCalendar:
    """When data closes and when reports on it are due. `windows`: by regime, where it departs from the decree's."""

    working_days: WorkingDays
    windows: Mapping[str, WindowTable]

    def closes(self, regime: str, period: Period) -> date:
        """The last day of a period's data."""
        return self.windows.get(regime, DECREE_09_2019).window(period).end

    def due(self, template: Template, level: str, closes: date) -> date:
        """The last day for a unit of that level to send; where its form sets none, the closing day itself."""
        for deadline in template.deadlines:
            if deadline.level == level:
                return due_date(closes, deadline, self.working_days)
        return closes


class Rounds:
    """The periods of regimes that were handed out."""

    def __init__(
        self, database: Database, templates: TemplateShelf, units: UnitRegister, calendar: DataCalendar
    ) -> None:
        self._database = database
        self._templates = templates
        self._units = units
        self._calendar = calendar

    def assign(
        self, regime: str, period: Period, act: Act, only: Collection[str] | None = None
    ) -> HandedOut | Refusal:
        """Make every unit of the template's `filled_by` levels, at or below one of its `goes_to` level, owe the report.

        `only`: no more than these units. The template, the window and the units are those of the day the data closes.
        Doing it again hands out only to units that owe nothing yet, and keeps the template the round was opened with.
        """
        closes = self._calendar.closes(regime, period)
        with self._database.write() as connection:
            opened = _opened(connection, regime, period)
            if opened is None:
                published = in_force(connection, regime, closes)
                if published is None:
                    return Refusal.of("no_template_in_force", regime=regime, day=closes.isoformat())
                types = self._templates.known(connection, published.hash)[0].layout.template.period_types
                if period.type not in types:
                    return Refusal.of("wrong_period", found=period.code, expected=", ".join(types))
                row = {"regime": regime, "period": period.code, "template": published.hash, "closes": closes}
                insert_missing(connection, RoundRow, [row])
                opened = _opened(connection, regime, period)
                assert opened is not None
            round_id, hash = opened
            made, _ = self._templates.known(connection, hash)
            tree = self._units.tree(connection).on(closes)
            there = set(
                connection.execute(select(ReportRow.unit).where(ReportRow.round_id == round_id)).scalars()
            )
            owing = [
                unit
                for unit in _owing(made.layout.template, tree)
                if unit.code not in there and (only is None or unit.code in only)
            ]
            self._hand_out(connection, round_id, (regime, period, closes), made.plan, tree, owing, act)
            units = len(there) + len(owing)
            return HandedOut(Round(regime, period, hash, closes, units), len(owing))

    def opened(self, regime: str | None = None) -> tuple[Round, ...]:
        """The rounds, the one whose data closed last first, then by regime."""
        query = (
            select(RoundRow.regime, RoundRow.period, RoundRow.template, RoundRow.closes, func.count())
            .outerjoin(ReportRow, ReportRow.round_id == RoundRow.id)
            .group_by(RoundRow.id)
            .order_by(RoundRow.closes.desc(), RoundRow.regime, RoundRow.period)
        )
        if regime is not None:
            query = query.where(RoundRow.regime == regime)
        with self._database.read() as connection:
            return tuple(
                Round(name, stored_period(code), template, closes, units)
                for name, code, template, closes, units in connection.execute(query)
            )

    def get(self, regime: str, period: Period) -> Round | None:
        """One round."""
        return next((each for each in self.opened(regime) if each.period == period), None)

    def _hand_out(
        self,
        connection: Connection,
        round_id: int,
        which: tuple[str, Period, date],
        plan: Plan,
        tree: UnitTree,
        owing: list[Unit],
        act: Act,
    ) -> None:
        if not owing:
            return
        regime, period, closes = which
        template = plan.layout.template
        due = {unit.code: self._calendar.due(template, unit.level, closes) for unit in owing}
        names = {unit.code: f"report/{regime}/{unit.code}/{period.code}" for unit in owing}
        entry = {"act": "assign", "by": act.by, "at": moment(act.at), "state": "draft", "version": 0}
        if act.reason:
            entry["reason"] = act.reason
        chains = begin_chains(
            connection, {names[unit.code]: {**entry, "due": due[unit.code].isoformat()} for unit in owing}
        )
        paths = _add_states(connection, round_id, plan, tree, [unit.code for unit in owing])
        rows = [
            {
                "round_id": round_id,
                "unit": unit.code,
                "path": "/".join(paths[unit.code]),
                "due": due[unit.code],
                "as_of": closes,
                "state": "draft",
                "left_out": "",
                "newest": 0,
                "revision": 0,
                "chain_id": chains[names[unit.code]],
            }
            for unit in owing
        ]
        for some in batched(rows):
            connection.execute(insert(ReportRow), some)


def _opened(connection: Connection, regime: str, period: Period) -> tuple[int, str] | None:
    """The round, locked: one handing out after the other."""
    row = connection.execute(
        select(RoundRow.id, RoundRow.template)
        .where(RoundRow.regime == regime, RoundRow.period == period.code)
        .with_for_update(key_share=True)
    ).one_or_none()
    return None if row is None else (row.id, row.template)


def _owing(template: Template, tree: UnitTree) -> list[Unit]:
    """The units that fill the form in, by code."""
    return [
        unit
        for unit in sorted(tree.units, key=lambda unit: unit.code)
        if unit.level in template.filled_by
        and any(tree[code].level == template.goes_to for code in (unit.code, *tree.ancestors(unit.code)))
    ]


def _add_states(
    connection: Connection, round_id: int, plan: Plan, tree: UnitTree, codes: list[str]
) -> Mapping[str, tuple[str, ...]]:
    """Count new reports in at their units and all above; per unit, those above it, nearest first.

    Where a unit above is in the round already, the way up goes on as it did when that was handed out.
    """
    rows = connection.execute(
        select(RollUpRow.unit, RollUpRow.parent, RollUpRow.own, RollUpRow.merged)
        .where(RollUpRow.round_id == round_id)
        .order_by(RollUpRow.depth.desc(), RollUpRow.unit)
        .with_for_update(key_share=True)
    ).all()
    parents: dict[str, str | None] = {row.unit: row.parent for row in rows}
    states: dict[str, State] = {row.unit: unpack_state(row.merged) for row in rows}
    kept = frozenset(states)
    own: dict[str, bytes | None] = {row.unit: row.own for row in rows}
    touched: dict[str, None] = {}
    paths: dict[str, tuple[str, ...]] = {}
    for code in codes:
        new = plan.pack(Contribution(code, "draft"))
        own[code] = pack_state(new)
        path: list[str] = []
        current: str | None = code
        while current is not None:
            path.append(current)
            touched[current] = None
            state = states.get(current, plan.nothing)
            states[current] = plan.exchange(state, plan.nothing, new, state.extremes)
            current = parents.setdefault(current, tree[current].parent)
        paths[code] = tuple(path[1:])
    changes = [{"u": code, "own": own.get(code), "merged": pack_state(states[code])} for code in touched]
    changed = [{"r": round_id, **each} for each in changes if each["u"] in kept]
    if changed:
        connection.execute(
            update(RollUpRow)
            .where(RollUpRow.round_id == bindparam("r"), RollUpRow.unit == bindparam("u"))
            .values(own=bindparam("own"), merged=bindparam("merged")),
            changed,
        )
    depths = {code: len(_upwards(parents, code)) for code in touched}
    added = [
        {
            "round_id": round_id,
            "unit": each["u"],
            "parent": parents[str(each["u"])],
            "depth": depths[str(each["u"])],
            "own": each["own"],
            "merged": each["merged"],
        }
        for each in changes
        if each["u"] not in kept
    ]
    for some in batched(added):
        connection.execute(insert(RollUpRow), some)
    return paths


def _upwards(parents: Mapping[str, str | None], code: str) -> list[str]:
    above: list[str] = []
    parent = parents[code]
    while parent is not None:
        above.append(parent)
        parent = parents[parent]
    return above
