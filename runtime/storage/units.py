"""Units in the database: loaded from CSV, read as the tree of a day."""

from __future__ import annotations

from datetime import date

from compiler.findings import Finding
from runtime.reports import Act
from runtime.storage.records import LoadedUnits
from runtime.units import UnitTree


class UnitRegister:
    """The units and their days of validity."""

    def load(self, data: bytes, act: Act) -> LoadedUnits | tuple[Finding, ...]:
        """Add and change units from a CSV file (`runtime.units.read_units`), or say everything that is wrong with it.

        Units that the file leaves out stay: a unit ends by its `valid_until`, never by silence.
        """
        raise NotImplementedError

    def all(self) -> UnitTree:
        """Every unit there ever was."""
        raise NotImplementedError

    def on(self, day: date) -> UnitTree:
        """The tree of the units in force on a day."""
        raise NotImplementedError
