"""Rolled-up totals in the database: kept right by every act, read at any unit, rebuilt from nothing on demand.

A round has the states of `runtime.rollup` as rows, one per unit that owes a report or stands above one. An act
exchanges its report's part in the rows from its unit up to the top, which it locks in one order, deepest first and
then by code: two acts wait for each other at the first unit they share, and never in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select, update

from compiler.periods import Period
from runtime.lineage import Lineage, trace
from runtime.models import ReportRow, RollUpRow, RoundRow, VersionRow
from runtime.rollup import RollUp, Total
from runtime.slots import SlotKey
from runtime.states import Contribution, Extreme, Plan, State
from runtime.storage.database import Database, batched
from runtime.storage.packing import ValuesPacker, pack_state, unpack_state
from runtime.storage.prepared import Prepared
from runtime.storage.templates import TemplateShelf
from runtime.storage.units import UnitRegister
from runtime.units import Unit, UnitTree


@cache
def _on_path(units: int) -> Prepared:
    """The rows of that many units, in the order they are locked in: one statement for each height of the tree."""
    path: list[BindParameter[str]] = [bindparam(f"unit_{number}") for number in range(units)]
    return Prepared(
        select(RollUpRow.unit, RollUpRow.depth, RollUpRow.own, RollUpRow.merged)
        .where(RollUpRow.round_id == bindparam("round"), or_(*(RollUpRow.unit == each for each in path)))
        .order_by(RollUpRow.depth.desc(), RollUpRow.unit)
        .with_for_update(key_share=True)
    )


def exchange(connection: Connection, plan: Plan, round_id: int, path: Sequence[str], new: State) -> None:
    """Put what a report is to the totals now in the place of what it was, at its unit and all above.

    path: the report's unit and those above it, nearest first. Raises Overflow; the transaction is then to be given up.
    """
    wanted = {f"unit_{number}": unit for number, unit in enumerate(path)}
    rows = _on_path(len(path)).all(connection, {"round": round_id, **wanted})
    unit = path[0]
    own = next(row.own for row in rows if row.unit == unit)
    old = plan.nothing if own is None else unpack_state(own)
    parts = _parts_on(connection, round_id, path) if plan.extremes else {}
    changed: list[dict[str, object]] = []
    below: tuple[str, State] = (unit, new)
    for row in rows:
        extremes: tuple[Extreme, ...] = ()
        if plan.extremes:
            # The rows were read and locked before: what is changed on the way up replaces what was read.
            states = {**parts.get(row.unit, {}), below[0] if row.unit != unit else "": below[1]}
            extremes = plan.merged_extremes(list(states.values()))
        merged = plan.exchange(unpack_state(row.merged), old, new, extremes)
        data = pack_state(merged)
        changed.append(
            {"u": row.unit, "merged": data, "own": pack_state(new) if row.unit == unit else row.own}
        )
        below = (row.unit, merged)
    _EXCHANGED.run(connection, *({"r": round_id, **each} for each in changed))


_EXCHANGED = Prepared(
    update(RollUpRow).where(RollUpRow.round_id == bindparam("r"), RollUpRow.unit == bindparam("u")),
    "own",
    "merged",
)


def _parts_on(connection: Connection, round_id: int, path: Sequence[str]) -> dict[str, dict[str, State]]:
    """Per unit of a path, the states it is made of: its children's by code, its own under ""."""
    rows = connection.execute(
        select(RollUpRow.unit, RollUpRow.parent, RollUpRow.own, RollUpRow.merged).where(
            RollUpRow.round_id == round_id, or_(RollUpRow.parent.in_(path), RollUpRow.unit.in_(path))
        )
    )
    parts: dict[str, dict[str, State]] = {}
    for row in rows:
        if row.own is not None and row.unit in path:
            parts.setdefault(row.unit, {})[""] = unpack_state(row.own)
        if row.parent in path:
            parts.setdefault(row.parent, {})[row.unit] = unpack_state(row.merged)
    return parts


class Totals:
    """The roll-up states of every round."""

    def __init__(self, database: Database, templates: TemplateShelf, units: UnitRegister) -> None:
        self._database = database
        self._templates = templates
        self._units = units

    def total(self, regime: str, period: Period, unit: str) -> Total | None:
        """The total of all reports at and below a unit; None where no unit there owes a report."""
        with self._database.read() as connection:
            rolled = self._rolled(connection, regime, period, unit)
            return None if rolled is None else rolled.total(unit)

    def by_child(self, regime: str, period: Period, unit: str) -> Mapping[str, Total]:
        """The totals of the units right below a unit that have any, by code."""
        with self._database.read() as connection:
            rolled = self._rolled(connection, regime, period, unit)
            if rolled is None:
                return {}
            return {child: rolled.total(child) for child in rolled.tree.children(unit)}

    def lineage(self, regime: str, period: Period, unit: str, key: SlotKey) -> Lineage | None:
        """What a cell of a total is made of: the reports behind it, and its parts right below (`runtime.lineage`).

        None where no unit there owes a report, and for a cell that the form lacks.
        """
        with self._database.read() as connection:
            rolled = self._rolled(connection, regime, period, unit)
            if rolled is None:
                return None
            try:
                return trace(rolled, unit, key)
            except KeyError:
                return None

    def rebuild(self, regime: str, period: Period) -> tuple[str, ...]:
        """Build all states of a round from its reports; the units whose kept state was another, none as a rule."""
        with self._database.write() as connection:
            found = _round(connection, regime, period)
            if found is None:
                return ()
            round_id, hash = found
            made, packer = self._templates.known(connection, hash)
            # Locked like an act's, all of them: acts wait, and come after.
            rows = connection.execute(
                select(RollUpRow.unit, RollUpRow.parent, RollUpRow.own, RollUpRow.merged)
                .where(RollUpRow.round_id == round_id)
                .order_by(RollUpRow.depth.desc(), RollUpRow.unit)
                .with_for_update(key_share=True)
            ).all()
            tree = self._tree(connection, {row.unit: row.parent for row in rows})
            own: dict[str, bytes] = {}
            wrong: list[str] = []
            contributions = contributions_of(connection, packer, round_id)
            for contribution in contributions:
                own[contribution.unit] = pack_state(made.plan.pack(contribution))
            for top in tree.roots:
                inside = set(tree.subtree(top))
                rolled = RollUp.of(made.plan, tree, top, (c for c in contributions if c.unit in inside))
                for row in rows:
                    if row.unit in inside:
                        merged = pack_state(rolled.state(row.unit))
                        if (row.own, row.merged) != (own.get(row.unit), merged):
                            wrong.append(row.unit)
                            values = {"r": round_id, "u": row.unit, "own": own.get(row.unit)}
                            _EXCHANGED.run(connection, {**values, "merged": merged})
            return tuple(sorted(wrong))

    def _rolled(self, connection: Connection, regime: str, period: Period, unit: str) -> RollUp | None:
        found = _round(connection, regime, period)
        if found is None:
            return None
        round_id, hash = found
        made, packer = self._templates.known(connection, hash)
        parents = dict(
            connection.execute(
                select(RollUpRow.unit, RollUpRow.parent).where(RollUpRow.round_id == round_id)
            ).all()
        )
        if unit not in parents:
            return None
        tree = self._tree(connection, parents)
        codes = set(tree.subtree(unit))
        wanted = None if len(codes) == len(parents) else codes
        shown = [unit, *tree.children(unit)]
        states: dict[str, State] = {}
        for some in batched(shown):
            rows = connection.execute(
                select(RollUpRow.unit, RollUpRow.merged).where(
                    RollUpRow.round_id == round_id, RollUpRow.unit.in_(some)
                )
            )
            states.update((code, unpack_state(merged)) for code, merged in rows)
        contributions = contributions_of(connection, packer, round_id, wanted)
        return RollUp.kept(made.plan, tree, unit, contributions, states)

    def _tree(self, connection: Connection, parents: Mapping[str, str | None]) -> UnitTree:
        """The tree of a round, as it was handed out, under the names that its units have now."""
        units = self._units.tree(connection)
        named = ((units[code], parent) for code, parent in parents.items())
        return UnitTree(Unit(unit.code, parent, unit.level, unit.kind, unit.name) for unit, parent in named)


def contributions_of(
    connection: Connection, packer: ValuesPacker, round_id: int, units: Iterable[str] | None = None
) -> list[Contribution]:
    """What the reports of a round are to the roll-up, by unit code; of some units only, where any are given."""
    query = (
        select(
            ReportRow.unit,
            ReportRow.state,
            ReportRow.left_out,
            VersionRow.number,
            VersionRow.hash,
            VersionRow.as_of,
            VersionRow.content,
        )
        .outerjoin(
            VersionRow, and_(VersionRow.report_id == ReportRow.id, VersionRow.number == ReportRow.newest)
        )
        .where(ReportRow.round_id == round_id)
    )
    if units is None:
        rows = list(connection.execute(query))
    else:
        rows = [
            row
            for some in batched(sorted(units))
            for row in connection.execute(query.where(ReportRow.unit.in_(some)))
        ]
    found: list[Contribution] = []
    for row in sorted(rows, key=lambda row: row.unit):
        left_out = bool(row.left_out)
        if row.number is None:
            found.append(Contribution(row.unit, row.state, left_out=left_out))
        else:
            values = packer.unpack(row.content)
            found.append(Contribution(row.unit, row.state, values, row.number, row.hash, row.as_of, left_out))
    return found


def _round(connection: Connection, regime: str, period: Period) -> tuple[int, str] | None:
    row = connection.execute(
        select(RoundRow.id, RoundRow.template).where(
            RoundRow.regime == regime, RoundRow.period == period.code
        )
    ).one_or_none()
    return None if row is None else (row.id, row.template)
