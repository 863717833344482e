"""Handing out: every unit that a regime names owes its report for a period, once."""

from __future__ import annotations

from compiler.periods import Period
from runtime.reports import Act, Refusal
from runtime.storage.records import HandedOut, Round


class Rounds:
    """The periods of regimes that were handed out."""

    def assign(self, regime: str, period: Period, act: Act) -> HandedOut | Refusal:
        """Make every unit of the template's `filled_by` levels, below a unit of its `goes_to` level, owe the report.

        The template, the window and the units are those of the day the data closes. Doing it again hands out only to
        units that owe nothing yet, and keeps the template that the round was opened with.
        """
        raise NotImplementedError

    def opened(self, regime: str | None = None) -> tuple[Round, ...]:
        """The rounds, newest period first."""
        raise NotImplementedError

    def get(self, regime: str, period: Period) -> Round | None:
        """One round."""
        raise NotImplementedError
