"""What is asked of a regime's checks and formulas, and what the answers mean.

Of each check: can it hold where no other fails; can it fail where no other does. Of all together: can they hold in one
report. Of each column: can it be filled. A check that is not evaluated has not failed. "No" is an answer with the facts
it rests on, none of which can be spared; a "yes" that is shown is a report that the reference evaluator has confirmed.
Where the steps run out the answer is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import z3

from compiler.cells import Layout
from compiler.proofs.facts import ColumnKey, Fact, Reading, asks_for_blanks
from compiler.proofs.goals import All, Answered, Fails, Goal, Holds
from compiler.proofs.limits import Budget
from compiler.proofs.scene import Scene
from compiler.proofs.search import Search
from compiler.proofs.terms import SIZES, Size, TooLarge
from compiler.proofs.witness import Unconfirmed, Witness, computed
from compiler.template import Check

VerdictKind = Literal[
    "never_holds",
    "contradiction",
    "always_holds",
    "implied",
    "independent",
    "never_filled",
    "not_decided",
]
"""never_holds: no report has the check hold while no other fails. contradiction: the checks of `facts` can't all hold,
whatever is answered. always_holds: the formulas and bounds of `facts` see to it. implied: the checks of `facts` do.
independent: it says something of its own. never_filled: no report that passes has a value there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer. `check` or `place` is what it is about.

    facts: what a `no` rests on, in the template's order. witness: a report that shows it: for a check that is implied
    by nothing one in which it alone fails, for checks that clash one in which all hold but the last.
    """

    kind: VerdictKind
    check: str = ""
    place: Answered | None = None
    facts: tuple[Fact, ...] = ()
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class No:
    """There is no such report; the facts that see to it."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Yes:
    """There is such a report; it was made and confirmed if it is to be shown."""

    witness: Witness | None


Answer = No | Yes | None
"""None: not decided."""


def prove(layout: Layout, budget: Budget, *, show: bool = False) -> Iterator[Verdict]:
    """All that is found of a regime, in the template's order. `show`: also each check that is independent, with a
    report in which it fails. Spends from `budget` and says `not_decided` once that is used up."""
    reading = Reading(layout)
    told: set[ColumnKey] = set()
    for checks in reading.parts:
        part = Part(layout, reading, checks, budget, show)
        told |= part.keys.keys()
        yield from part.closing()
    rest = Part(layout, reading, (), budget, show)
    rest.keys = {
        (table.name, column.name): None
        for table in layout.template.tables
        for column in table.columns
        if column.formula is not None and (table.name, column.name) not in told
    }
    yield from rest.closing()


class Part:
    """Checks that share columns, and what is asked of them."""

    def __init__(
        self,
        layout: Layout,
        reading: Reading,
        checks: Sequence[Check],
        budget: Budget,
        show: bool,
        lean: bool = False,
    ) -> None:
        self.lean = lean
        self.layout, self.reading, self.checks = layout, reading, checks
        self.budget, self.show = budget, show
        self.binding = [check.name for check in checks if check.severity == "error"]
        self.keys = reading.all_below([key for check in checks for key in reading.of_check(check)])
        self._scenes: dict[Size, Scene | None] = {}
        self._undecided: dict[str, None] = {}

    def closing(self) -> Iterator[Verdict]:
        """Every verdict on this part, which then holds no memory of the solver's."""
        try:
            yield from self.verdicts()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the scenes."""
        for scene in self._scenes.values():
            if scene is not None:
                scene.close()

    def verdicts(self) -> Iterator[Verdict]:
        """Every verdict on this part."""
        dead = list(self._dead())
        # Checks that exclude each other are one finding, at the last of them.
        told = {frozenset((*_checks(verdict.facts), verdict.check)): verdict for verdict in dead}
        for verdict in told.values():
            others = _checks(verdict.facts)
            shown = All((Fails(verdict.check), *map(Holds, others)))
            yield replace(verdict, witness=self._wanted(shown, others))
        lost = {verdict.check for verdict in dead}
        yield from self._together([name for name in self.binding if name not in lost])
        yield from self._idle([check for check in self.checks if check.name not in lost])
        yield from self._fillable(lost)
        for name in self._undecided:
            yield Verdict("not_decided", name)

    # Asking

    def _scene(self, size: Size) -> Scene | None:
        """The scene of this part with all its checks in it; None where that is too large."""
        if size not in self._scenes:
            self._scenes[size] = None
            if size.others == "none" and self._cells > self.budget.limits.cells:
                return None
            if not self._has_memory():
                return None
            scene = self._scenes[size] = Scene(self.layout, self.reading, self.budget.limits, size, self.lean)
            try:
                for check in self.checks:
                    scene.outcomes(check.name)
            except (TooLarge, z3.Z3Exception):
                self._forget(scene)
        return self._scenes[size]

    def _forget(self, scene: Scene) -> None:
        self._scenes[scene.size] = None
        scene.close()

    def _has_memory(self) -> bool:
        """Whether the solver, which fails hard where it has none to begin with, has half of what it may take."""
        return bool(z3.Z3_get_estimated_alloc_size() < self.budget.limits.memory * 2**19)

    @cached_property
    def _cells(self) -> int:
        """How many cells this part has at most, however many of them are asked for."""
        return sum(len(self.reading.cells.get(key, ())) for key in self.reading.all_below(self.keys))

    def _each_scene(self) -> Iterator[Scene]:
        """The scenes to ask, the easiest first, without those that would be no different from one before."""
        easier: Scene | None = None
        for size in SIZES:
            # What is too large without products is so with them.
            if size.products and (easier is None or not easier.simplified):
                continue
            scene = self._scene(size)
            if scene is not None:
                yield scene
            if not size.products:
                easier = self._scenes[size]

    def ask(self, goal: Goal, checks: Sequence[str], *, show: bool = False) -> Answer:
        """Whether some report meets the goal while none of the checks fails."""
        for scene in self._each_scene():
            try:
                term = goal.term(scene)
                scene.settle()
            except (TooLarge, z3.Z3Exception):
                self._forget(scene)
                continue
            search = Search(scene, self.budget)
            wanted = show or not scene.exact
            found = search.solve(term, scene.assumed(checks), pleasant=show, wanted=wanted)
            if found is None:
                # What a small scene can't decide a larger one can't either.
                if scene.size.products:
                    return None
                continue
            if isinstance(found, tuple):
                if scene.complete:
                    return No(found)
                continue
            if not show and scene.exact:
                return Yes(None)
            witness = computed(self.layout, found)
            if witness is not None and goal.met(witness) and not any(map(witness.fails, checks)):
                return Yes(witness)
            if witness is not None and scene.exact:
                raise Unconfirmed(f"{goal} in {found}")
        return None

    def _wanted(self, goal: Goal, checks: Sequence[str]) -> Witness | None:
        """A report to show, if there is one."""
        answer = self.ask(goal, checks, show=True)
        return answer.witness if isinstance(answer, Yes) else None

    # Checks that clash

    def _dead(self) -> Iterator[Verdict]:
        """Checks that hold in no report that passes the others."""
        # Most forms have one report in which everything holds, and one question shows it.
        everything = All(tuple(Holds(check.name) for check in self.checks))
        if not self.checks or isinstance(self.ask(everything, self.binding), Yes):
            return
        for check in self.checks:
            name = check.name
            answer = self.ask(Holds(name), [other for other in self.binding if other != name])
            if isinstance(answer, No):
                yield Verdict("never_holds", name, facts=answer.facts)
            elif answer is None:
                self._undecided[name] = None

    def _together(self, names: list[str]) -> Iterator[Verdict]:
        """Checks that can each hold, but not all where every cell they read is answered."""
        while len(names) > 1:
            facts = self._clash(names)
            if facts is None:
                self._undecided[names[-1]] = None
            if not facts:
                return
            clashing = _checks(facts)
            *others, last = clashing
            names.remove(last)
            conditions = [check.condition for check in self.checks if check.name in clashing]
            # A form may well want one of two blocks answered and the other blank.
            if not any(asks_for_blanks(condition) for condition in conditions):
                shown = All((Fails(last), *map(Holds, others)))
                yield Verdict("contradiction", last, facts=facts, witness=self._wanted(shown, others))

    def _clash(self, names: list[str]) -> tuple[Fact, ...] | None:
        """The facts by which these checks don't all hold; none where they do, None where it isn't decided."""
        for scene in self._each_scene():
            facts = Search(scene, self.budget).clash(names)
            if (facts and scene.complete) or (facts == () and scene.exact):
                return facts
            if facts is None and scene.size.products:
                return None
        return None

    # Checks that say nothing

    def _idle(self, checks: list[Check]) -> Iterator[Verdict]:
        """Checks that can't fail, the later of two that say the same; and, if wanted, those that can."""
        left = [check.name for check in checks if check.severity == "error"]
        found: list[Verdict] = []
        for check in reversed(checks):
            name = check.name
            if check.origin in {"part", "disjoint"} or name in self._undecided:
                continue
            others = [other for other in left if other != name]
            # By itself first: products of other checks would only be in the way.
            alone = self._alone(check) if others else None
            if isinstance(alone, No):
                found.append(Verdict("always_holds", name, facts=alone.facts))
                left = others
                continue
            answer = self.ask(Fails(name), others, show=self.show)
            if isinstance(answer, No):
                kind: VerdictKind = "implied" if _checks(answer.facts) else "always_holds"
                found.append(Verdict(kind, name, facts=answer.facts))
                left = others
            elif answer is None:
                self._undecided[name] = None
            elif self.show:
                found.append(Verdict("independent", name, witness=answer.witness))
        yield from reversed(found)

    def _alone(self, check: Check) -> Answer:
        """Whether a check can fail by formulas and bounds alone."""
        part = Part(self.layout, self.reading, (check,), self.budget, show=False, lean=True)
        try:
            return part.ask(Fails(check.name), ())
        finally:
            part.close()

    # Columns and rows that nobody can fill

    def _fillable(self, lost: set[str]) -> Iterator[Verdict]:
        """Columns, and rows that a check names, without a value in any report that passes, but for those that a lost
        check alone keeps empty."""
        binding = [name for name in self.binding if name not in lost]
        columns = [
            (table.name, column.name)
            for table in self.layout.template.tables
            for column in table.columns
            if (table.name, column.name) in self.keys
        ]
        places = [Answered(table, column=column) for table, column in columns]
        places += [Answered(table, row=row) for table, row in self.reading.rows_named(self.checks)]
        # Most forms have one report with all of them in it.
        if not places or isinstance(self.ask(All(tuple(places)), binding), Yes):
            return
        for place in places:
            yield from self._never_filled(place, binding)

    def _never_filled(self, place: Answered, binding: list[str]) -> Iterator[Verdict]:
        answer = self.ask(place, binding)
        if answer is None:
            # Where a check isn't decided either, that says enough.
            if not self._undecided:
                yield Verdict("not_decided", place=place)
        # What is marked as not applicable needs no statement to be so.
        elif isinstance(answer, No) and answer.facts:
            yield Verdict("never_filled", place=place, facts=answer.facts)


def _checks(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(fact.check for fact in facts if fact.kind == "check")
