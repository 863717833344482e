"""A report that shows a verdict: computed by the reference evaluator, never taken from the solver.

The solver gives the entered values; everything else is computed as it would be for a unit. Where that disagrees with
what the solver said, the fault is ours, and it is not passed on as a fact about the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.cells import Layout
from compiler.formula.evaluate import CheckOutcome, evaluate_report
from compiler.formula.rounding import Overflow
from compiler.values import Values


class Unconfirmed(AssertionError):
    """A report of the solver's that the reference evaluator does not bear out: a bug of the proofs."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A report, computed, with what became of every check."""

    values: Values
    outcomes: tuple[CheckOutcome, ...]

    def fails(self, name: str) -> tuple[CheckOutcome, ...]:
        """Where a check fails."""
        return tuple(each for each in self.outcomes if each.placed.check.name == name and each.holds is False)

    def holds(self, name: str) -> bool:
        """Whether a check holds somewhere."""
        return any(each.placed.check.name == name and each.holds for each in self.outcomes)


def computed(layout: Layout, values: Values) -> Witness | None:
    """The report computed; None where a number outgrows what reports hold."""
    try:
        evaluation = evaluate_report(layout, values)
    except Overflow:
        return None
    return Witness(evaluation.values, evaluation.outcomes)
