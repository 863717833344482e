"""One question to the solver: within the steps that are left, with the least set of facts where the answer is no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import z3

from compiler.formula.emit.smt import Term
from compiler.proofs.facts import Fact
from compiler.proofs.limits import Budget
from compiler.proofs.reports import entered, report
from compiler.proofs.scene import Scene
from compiler.proofs.terms import Held, PlacedOutcome
from compiler.values import Values

_PLEASANT = ((True, 3), (True, 10), (True, 100), (False, 10), (False, 1000))
"""Reports that are good to read, the best first: whether every cell is answered, and the largest number."""

_SHARE = 10
"""What makes an answer better to read may take this part of what the answer itself may."""


class Search:
    """Asks one scene."""

    def __init__(self, scene: Scene, budget: Budget) -> None:
        self.scene, self.budget = scene, budget

    def solve(
        self, goal: Term, facts: Sequence[Fact], *, pleasant: bool, wanted: bool = True
    ) -> Values | tuple[Fact, ...] | None:
        """A report that meets the goal under the facts, or the facts that are against it; None: not decided.

        pleasant: with small numbers and few blanks, where such a report is found at once. wanted: else the report is
        left blank, for whoever only asks whether there is one.
        """
        solver = self.scene.solver
        solver.push()
        try:
            solver.add(goal)
            result = self._check(facts)
            if result == z3.sat and not wanted:
                return Values()
            if result == z3.sat:
                found = report(self.scene, solver.model())
                return self._pleasant(facts, found) if pleasant else found
            return self._against(facts) if result == z3.unsat else None
        finally:
            solver.pop()

    def clash(self, names: Sequence[str]) -> tuple[Fact, ...] | None:
        """The facts by which these checks don't all hold at every place where they can, with every cell answered; none
        where they do, None where it isn't decided."""
        self.scene.solver.push()
        try:
            self.scene.solver.add(*(cell.present for cell in entered(self.scene)))
            return self._clash_of_answers(names)
        finally:
            self.scene.solver.pop()

    def _clash_of_answers(self, names: Sequence[str]) -> tuple[Fact, ...] | None:
        facts = [fact for fact in self.scene.facts if fact.kind != "check"]
        places = [(name, each) for name in names for each in self.scene.outcomes(name)]
        found = self._clash(facts, places)
        if not found:
            return found
        # Where a value is never there to be compared, a check has nothing to say.
        return self._clash(facts, [(name, each) for name, each in places if self._can_hold(each, facts)])

    def _clash(
        self, facts: list[Fact], places: Iterable[tuple[str, PlacedOutcome]]
    ) -> tuple[Fact, ...] | None:
        solver, scene = self.scene.solver, self.scene
        checks: dict[Fact, None] = {}
        solver.push()
        try:
            for name, each in places:
                fact = Fact("check", check=name)
                checks[fact] = None
                solver.add(z3.Implies(scene.fact(fact), z3.And(each.known, each.holds)))
            every = (*facts, *checks)
            result = self._check(every)
            if result == z3.unknown:
                return None
            return self._against(every) if result == z3.unsat else ()
        finally:
            solver.pop()

    def _can_hold(self, outcome: PlacedOutcome, facts: Sequence[Fact]) -> bool:
        solver = self.scene.solver
        solver.push()
        try:
            solver.add(outcome.known, outcome.holds)
            return bool(self._check(facts) == z3.sat)
        finally:
            solver.pop()

    def _check(self, facts: Sequence[Fact], share: int = 1) -> Any:
        """sat, unsat or unknown, within what is left of the budget, or a share of what one proof may take."""
        solver, steps = self.scene.solver, self.budget.next // share
        if not steps:
            return z3.unknown
        solver.set("rlimit", steps)
        before = self._steps()
        try:
            result = solver.check(*(self.scene.fact(fact) for fact in facts))
        except z3.Z3Exception:
            # Out of memory.
            result = z3.unknown
        self.budget.spend(self._steps() - before)
        return result

    def _steps(self) -> int:
        """The steps that the solver has taken in all."""
        statistics = self.scene.solver.statistics()
        name = "rlimit count"
        return int(statistics.get_key_value(name)) if name in list(statistics.keys()) else 0

    def _core(self) -> list[Fact]:
        """The facts that the last answer rests on, in the scene's order."""
        used = {term.get_id() for term in self.scene.solver.unsat_core()}
        return [fact for fact in self.scene.facts if self.scene.fact(fact).get_id() in used]

    def _against(self, facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """The facts behind a no; all that the solver used where the answer isn't the last word anyway."""
        core = self._core()
        return self._least(core, facts) if self.scene.complete else tuple(core)

    def _least(self, core: list[Fact], facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """Facts none of which can be spared: no check, whatever else of `facts` is taken for it, and then nothing."""
        others = [fact for fact in facts if fact.kind != "check"]
        for fact in [fact for fact in core if fact.kind == "check"]:
            if fact in core:
                checks = [each for each in core if each.kind == "check" and each != fact]
                core = self._without([*others, *checks], core)
        for fact in [fact for fact in core if fact.kind != "check"]:
            if fact in core:
                core = self._without([each for each in core if each != fact], core)
        return tuple(core)

    def _without(self, fewer: list[Fact], core: list[Fact]) -> list[Fact]:
        """Those that are needed of fewer facts; the core as it was where these don't suffice."""
        return self._core() if self._check(fewer, share=_SHARE) == z3.unsat else core

    def _pleasant(self, facts: Sequence[Fact], found: Values) -> Values:
        solver = self.scene.solver
        cells = list(entered(self.scene))
        for answered, most in _PLEASANT:
            solver.push()
            try:
                for cell in cells:
                    solver.add(*_wishes(cell, answered, most))
                if self._check(facts, share=_SHARE) == z3.sat:
                    return report(self.scene, solver.model())
            finally:
                solver.pop()
        return found


def _wishes(cell: Held, answered: bool, most: int) -> list[Term]:
    wishes = [cell.present] if answered else []
    if cell.type.is_number:
        limit = most * 10**cell.type.scale
        wishes += [cell.value <= limit, cell.value >= -limit]
    return wishes
