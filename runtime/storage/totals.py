"""Rolled-up totals in the database: kept right by every act, read at any unit, rebuilt from nothing on demand."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.periods import Period
from compiler.values import Address
from runtime.rollup import Total
from runtime.storage.records import Contributor


class Totals:
    """The roll-up states of every round."""

    def total(self, regime: str, period: Period, unit: str) -> Total | None:
        """The total of all reports at and below a unit; None where no unit there owes a report."""
        raise NotImplementedError

    def by_child(self, regime: str, period: Period, unit: str) -> Mapping[str, Total]:
        """The totals of the units right below a unit, and of its own report under its own code, by code."""
        raise NotImplementedError

    def contributors(
        self, regime: str, period: Period, unit: str, address: Address
    ) -> tuple[Contributor, ...]:
        """The included reports behind one cell of a total, blank ones too, by unit code."""
        raise NotImplementedError

    def rebuild(self, regime: str, period: Period) -> tuple[str, ...]:
        """Build all states of a round from its reports; the units whose kept state was another, none as a rule."""
        raise NotImplementedError
