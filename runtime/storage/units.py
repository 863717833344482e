"""Units in the database: loaded from CSV, read as the tree of a day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from compiler.findings import Finding, Place
from runtime.models import ChainRow, UnitAboveRow, UnitRow
from runtime.reports import Act
from runtime.storage.database import Database
from runtime.storage.log import append, moment, open_chain
from runtime.storage.prepared import Prepared
from runtime.storage.records import LoadedUnits
from runtime.units import Unit, UnitTree, read_units

CHAIN = "units"
"""The chain of the log that tells of every change of units. Its length is what a tree in memory is as new as."""


class UnitRegister:
    """The units and their days of validity."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[int, UnitTree] = (0, UnitTree(()))

    def load(self, data: bytes, act: Act) -> LoadedUnits | tuple[Finding, ...]:
        """Add and change units from a CSV file (`runtime.units.read_units`), or say everything that is wrong with it.

        Units that the file leaves out stay: a unit ends by its `valid_until`, never by silence.
        """
        read = read_units(data)
        if not isinstance(read, UnitTree):
            return read
        with self._database.write() as connection:
            chain = open_chain(connection, CHAIN)  # one load after the other
            there = {unit.code: unit for unit in _units(connection)}
            try:
                tree = UnitTree(({**there, **{unit.code: unit for unit in read.units}}).values())
            except ValueError:
                # The file is a tree, so is what was there: only moved units can close a circle between them.
                return (Finding(code="unit_circle", severity="error", values={"codes": ""}, place=Place()),)
            order = [code for root in tree.roots for code in tree.subtree(root)]
            added = [tree[code] for code in order if code not in there]
            changed = [tree[code] for code in order if code in there and tree[code] != there[code]]
            result = LoadedUnits(len(added), len(changed), len(read) - len(added) - len(changed))
            if not added and not changed:
                return result
            if added:
                connection.execute(insert(UnitRow), [asdict(unit) for unit in added])
            for unit in changed:
                connection.execute(update(UnitRow).where(UnitRow.code == unit.code).values(**asdict(unit)))
            connection.execute(delete(UnitAboveRow))
            above = [
                {"unit": unit.code, "above": code, "distance": distance}
                for unit in tree.units
                for distance, code in enumerate((unit.code, *tree.ancestors(unit.code)))
            ]
            connection.execute(insert(UnitAboveRow), above)
            append(
                connection,
                chain,
                {
                    "act": "load",
                    "by": act.by,
                    "at": moment(act.at),
                    "added": [_plain(unit) for unit in added],
                    "changed": [_plain(unit) for unit in changed],
                },
            )
            return result

    def all(self) -> UnitTree:
        """Every unit there ever was."""
        with self._database.read() as connection:
            return self.tree(connection)

    def on(self, day: date) -> UnitTree:
        """The tree of the units in force on a day."""
        return self.all().on(day)

    def tree(self, connection: Connection) -> UnitTree:
        """Every unit, as a transaction sees them; read anew only when they have changed."""
        found = _LENGTH.one_or_none(connection, {"chain": CHAIN})
        length = 0 if found is None else found.length
        known, tree = self._known
        if length != known:
            tree = UnitTree(_units(connection))
            self._known = (length, tree)
        return tree


_LENGTH = Prepared(select(ChainRow.length).where(ChainRow.name == bindparam("chain")))


def _units(connection: Connection) -> list[Unit]:
    rows = connection.execute(
        select(
            UnitRow.code,
            UnitRow.parent,
            UnitRow.level,
            UnitRow.kind,
            UnitRow.name,
            UnitRow.valid_from,
            UnitRow.valid_until,
        ).order_by(UnitRow.code)
    )
    return [Unit(*row) for row in rows]


def _plain(unit: Unit) -> dict[str, str | None]:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(unit).items()
    }
