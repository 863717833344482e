"""What a report is asked for, once as a term for the solver and once as a question to a computed report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import z3

from compiler.formula.emit.smt import Term
from compiler.proofs.scene import Scene
from compiler.proofs.terms import PlacedOutcome
from compiler.proofs.witness import Witness


class Goal(Protocol):
    """Something that a report may do."""

    def term(self, scene: Scene) -> Term:
        """That it does, in this scene."""

    def met(self, witness: Witness) -> bool:
        """Whether this report does."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A check holds somewhere."""

    check: str

    def term(self, scene: Scene) -> Term:
        """See `Goal`."""
        return _any(scene, [z3.And(each.known, each.holds) for each in _places(scene, self.check)])

    def met(self, witness: Witness) -> bool:
        """See `Goal`."""
        return witness.holds(self.check)


@dataclass(frozen=True, slots=True)
class Fails:
    """A check fails somewhere."""

    check: str

    def term(self, scene: Scene) -> Term:
        """See `Goal`."""
        return _any(scene, [z3.And(each.known, z3.Not(each.holds)) for each in _places(scene, self.check)])

    def met(self, witness: Witness) -> bool:
        """See `Goal`."""
        return bool(witness.fails(self.check))


@dataclass(frozen=True, slots=True)
class Answered:
    """A column has a value somewhere, or a row has."""

    table: str
    column: str | None = None
    row: str | None = None

    def term(self, scene: Scene) -> Term:
        """See `Goal`."""
        if self.column is not None:
            cells = scene.reading.cells[self.table, self.column]
        else:
            cells = scene.reading.row_cells[self.table, self.row or ""]
        places = (cell.address for cell in cells if scene.is_open(self.table, cell.address.row))
        return _any(scene, [scene.answered(place) for place in places])

    def met(self, witness: Witness) -> bool:
        """See `Goal`."""
        return any(
            address.table == self.table
            and self.column in {None, address.column}
            and self.row in {None, address.row}
            for address in witness.values.cells
        )


@dataclass(frozen=True, slots=True)
class All:
    """Several goals at once."""

    goals: tuple[Goal, ...]

    def term(self, scene: Scene) -> Term:
        """See `Goal`."""
        return z3.And([goal.term(scene) for goal in self.goals])

    def met(self, witness: Witness) -> bool:
        """See `Goal`."""
        return all(goal.met(witness) for goal in self.goals)


def _places(scene: Scene, check: str) -> list[PlacedOutcome]:
    """Where a check is looked at: of places that are alike one is as good as all."""
    return [each for each in scene.outcomes(check) if scene.represents(each.placed)]


def _any(scene: Scene, terms: list[Term]) -> Term:
    return z3.Or(terms) if terms else z3.BoolVal(False, scene.context)
