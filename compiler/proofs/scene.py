"""A report as the solver sees it: a term for every cell that is asked for, and under which facts it is what it is.

Every value is an integer beside a truth for "answered"; a blank number is 0, as in the kernel. What the author stated
(formulas, bounds, required, checks) holds where its fact is assumed, so that an answer can name the facts it needed.

A scene may leave rows out: of the rows of a code list that are alike it looks at one or two and leaves the others
blank, and of self-added rows it takes no more. Whatever such a scene finds is a real report; that there is none needs a
`complete` one. A scene that lets the other rows hold anything, and knows self-added rows by their sums, counts and
extremes alone, is the other way round: what it finds may be no report, unless it is `exact`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import z3

from compiler.cells import Layout, PlacedCell, PlacedCheck, address_of
from compiler.formula.emit.smt import SmtEmitter, Term
from compiler.formula.evaluate import carried_key
from compiler.formula.expressions import Cell, Expression, leaves
from compiler.formula.program import Assigned
from compiler.numbers import LIMIT
from compiler.proofs.added import AddedTerms
from compiler.proofs.facts import Fact, Reading, blank_of_blanks, formula_fact, has_products, sources_of
from compiler.proofs.limits import ProofLimits
from compiler.proofs.readers import StaticReader
from compiler.proofs.terms import Held, PlacedOutcome, Size, TooLarge, within
from compiler.template import Column, ValueType
from compiler.values import Address, CaptureKey

_CODES = 64
"""Codes of a list that a cell may choose from beside those that are named: more than a proof compares cells."""

_LONG = 50
"""From so many cells on a total is long."""


class Scene:
    """One report in one solver. `size`: one of `SIZES`. `lean`: checks are looked at, of places that are alike, at one,
    which is enough where none is assumed."""

    def __init__(
        self, layout: Layout, reading: Reading, limits: ProofLimits, size: Size, lean: bool = False
    ) -> None:
        self.layout = layout
        self.reading = reading
        self.limits = limits
        # One setting for all contexts of the process: whoever makes one sets it anew.
        z3.set_param("memory_max_size", limits.memory)
        self.context = z3.Context()
        self.solver = z3.Solver(ctx=self.context)
        self.solver.set("random_seed", 0)
        self.complete = True
        """Whether no report was left out."""
        self.exact = True
        """Whether all that is found is a report."""
        self.size, self.lean = size, lean
        self.open_rows = None if size.others == "none" else _open_rows(layout, reading, size.rows)
        self.simplified = False
        """Whether a cell with a product was left free to hold anything."""
        self._facts: dict[Fact, Term] = {}
        self.texts: dict[str, int] = {text: number for number, text in enumerate(reading.texts)}
        self.blanks = self._left_blank()
        self.held: dict[Address, Held] = {}
        self.earlier: dict[CaptureKey, Held] = {}
        self.had: dict[CaptureKey, Term] = {}
        self.added = AddedTerms(self)
        self._variables = 0
        self._waiting: deque[Callable[[], None]] = deque()
        self._carriers: dict[CaptureKey, list[PlacedCell]] = {}
        for cell in layout.cells:
            if (key := carried_key(cell)) is not None:
                self._carriers.setdefault(key, []).append(cell)
        self.emitter = SmtEmitter(self.context, StaticReader(self), self.solver.add)
        self._outcomes: dict[str, list[PlacedOutcome]] = {}

    def close(self) -> None:
        """Let go of the solver and all of its terms, now and not when somebody looks for circles of garbage."""
        self.__dict__.clear()

    # What is asked

    def fact(self, fact: Fact) -> Term:
        """The truth that stands for a fact's being assumed."""
        if fact not in self._facts:
            self._facts[fact] = z3.Bool(f"fact {len(self._facts)}", self.context)
        return self._facts[fact]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts met so far, in a fixed order."""
        return tuple(self._facts)

    def assumed(self, checks: Sequence[str]) -> tuple[Fact, ...]:
        """The facts of a question: all but checks, and of these the ones named."""
        named = set(checks)
        return tuple(fact for fact in self._facts if fact.kind != "check" or fact.check in named)

    def outcomes(self, name: str) -> Sequence[PlacedOutcome]:
        """A check at every place it is made in this scene. Where its fact is assumed it fails nowhere."""
        if name not in self._outcomes:
            places = self.reading.placed[name]
            if self.lean:
                places = tuple(placed for placed in places if self.represents(placed))
            found = [each for placed in places for each in self._placed(placed)]
            self._outcomes[name] = found
            fact = self.fact(Fact("check", check=name))
            for each in found:
                self.solver.add(z3.Implies(z3.And(fact, each.known), each.holds))
            self.settle()
        return self._outcomes[name]

    def answered(self, address: Address) -> Term:
        """Whether a static cell is not blank."""
        present = self.static(address).present
        self.settle()
        return present

    def is_open(self, table: str, row: str) -> bool:
        """Whether the row is looked at, and not just left blank."""
        return self.open_rows is None or row in self.open_rows.get(table, frozenset((row,)))

    def represents(self, placed: PlacedCheck) -> bool:
        """Whether a check's place is the first of those that are alike."""
        table, row = placed.check.table or "", placed.row
        if row is None or (table, row) not in self.reading.alike:
            return True
        return self.reading.first_alike[table, row]

    def later(self, task: Callable[[], None]) -> None:
        """Something to say of a cell once the formula at hand is written: formulas may be long chains."""
        self._waiting.append(task)

    def settle(self) -> None:
        """Say what every cell is that was met."""
        while self._waiting:
            self._waiting.popleft()()

    def _left_blank(self) -> frozenset[Address]:
        """The cells of rows that are left out, and what is computed from these alone."""
        if not self.open_rows or self.size.others == "free":
            return frozenset()
        found: set[Address] = set()
        for cell in self.layout.cells:
            closed = not self.is_open(cell.address.table, cell.address.row)
            if closed and cell.kind in {"entered", "carried"}:
                found.add(cell.address)
        for cell in self.layout.order:
            table, row, _ = cell.address
            expression = cell.expression
            if expression is None or self.is_open(table, row) or not blank_of_blanks(expression):
                continue
            if all(isinstance(leaf, Cell) and address_of(leaf) in found for leaf in leaves(expression)):
                found.add(cell.address)
        return frozenset(found)

    def _placed(self, placed: PlacedCheck) -> Iterator[PlacedOutcome]:
        if placed.group is None:
            if placed.row is not None and not self._stands_for_others(placed.check.table or "", placed.row):
                self.complete = self.complete and self.size.others == "free"
                return
            assigned = self.reading.formulas.check(placed)
            yield PlacedOutcome(placed, None, *self._verdict(assigned, self.emitter))
            return
        group = self.layout.group_of[placed.group]
        for number in range(self.size.rows):
            emitter = self.added.emitter(group, number)
            assigned = self.reading.formulas.check(placed)
            known, holds = self._verdict(assigned, emitter)
            yield PlacedOutcome(placed, number + 1, z3.And(known, self.added.exists(group, number)), holds)

    def _stands_for_others(self, table: str, row: str) -> bool:
        """Of rows left blank one of each kind is enough: the first after those that are looked at."""
        if self.is_open(table, row):
            return True
        if self.size.others == "free":
            return False
        kind = self.reading.alike[(table, row)]
        for other in self.layout.tables[table].rows:
            if not self.is_open(table, other.name) and self.reading.alike.get((table, other.name)) == kind:
                return other.name == row
        return False

    def _verdict(self, assigned: Assigned, emitter: SmtEmitter) -> tuple[Term, Term]:
        return emitter.truth(assigned.present), emitter.value(assigned.value)

    # Cells

    def static(self, address: Address) -> Held:
        """The terms of a static cell."""
        if address not in self.held:
            self.held[address] = self._new(self.layout.by_address[address])
        return self.held[address]

    def _new(self, cell: PlacedCell) -> Held:
        table, row, column = cell.address
        if cell.kind == "not_applicable" or cell.address in self.blanks:
            self.complete = self.complete and cell.kind == "not_applicable"
            return self._blank(cell.type)
        held = self.variable(str(cell.address), cell.type)
        if not self.is_open(table, row):
            # Whatever its formula gives, and whatever a check makes of it.
            self.exact = self.exact and self.size.others != "free"
            if self.size.others == "free" and cell.kind == "computed":
                return held
        if cell.kind == "computed":
            self.later(lambda: self._compute(cell, held))
            return held
        self.bound(held, cell.column, table)
        if cell.kind == "entered" and cell.column.required:
            self.solver.add(z3.Implies(self.fact(Fact("required", table, column=column)), held.present))
        if (key := carried_key(cell)) is not None and key in self.earlier:
            self.later(lambda: self._carry(cell, key))
        return held

    def _compute(self, cell: PlacedCell, held: Held) -> None:
        expression = cell.expression
        if self.size.others == "free" and expression is not None and _is_long(expression):
            # A total of a long list: that a row holds for itself is proven without.
            self.exact = False
            return
        assigned = self.reading.formulas.cell(cell)
        self.assign(self.fact(formula_fact(cell)), held, assigned, self.emitter)

    def assign(self, fact: Term, held: Held, assigned: Assigned, emitter: SmtEmitter) -> None:
        """Where the fact is assumed the cell holds what its formula comes to.

        Of a product that this scene leaves out it is only said where there is one, which meets all cells that it reads.
        """
        if self.size.products or not has_products((assigned.present,)):
            self.solver.add(z3.Implies(fact, held.present == emitter.truth(assigned.present)))
        if self.size.products or not has_products(assigned.nodes):
            value = emitter.value(assigned.value)
            self.solver.add(z3.Implies(z3.And(fact, held.present), held.value == value))
        else:
            self.exact, self.simplified = False, True
            for source in sources_of(assigned.nodes):
                emitter.meet(source)

    def variable(self, name: str, type: ValueType) -> Held:
        """A cell that may hold anything of its type."""
        self._variables += 1
        if self._variables > self.limits.cells:
            raise TooLarge
        present = z3.Bool(f"{name} answered", self.context)
        if type.kind == "boolean":
            ticked = z3.Bool(name, self.context)
            self.solver.add(z3.Implies(ticked, present))
            return Held(present, ticked, type)
        value = z3.Int(name, self.context)
        if type.is_number:
            self.solver.add(z3.Or(present, value == 0))
        elif type.code_list is not None:
            self.solver.add(self._one_of(value, type.code_list))
        else:
            self.solver.add(value >= 0)
        return Held(present, value, type)

    def _blank(self, type: ValueType) -> Held:
        absent = self.emitter.false
        return Held(absent, absent if type.kind == "boolean" else self.emitter.zero, type)

    def bound(self, held: Held, column: Column, table: str) -> None:
        """The bounds of an entered number, and the digits that it may have."""
        if not held.type.is_number:
            return
        self.solver.add(held.value > -LIMIT, held.value < LIMIT)
        for kind, bound in (("minimum", column.minimum), ("maximum", column.maximum)):
            if bound is not None:
                fact = self.fact(
                    Fact("minimum" if kind == "minimum" else "maximum", table, column=column.name)
                )
                kept = within(held, bound, kind == "minimum")
                self.solver.add(z3.Implies(z3.And(fact, held.present), kept))

    def _one_of(self, value: Term, name: str) -> Term:
        codes = next((each.codes for each in self.layout.template.code_lists if each.name == name), ())
        named = [code.code for code in codes if code.code in self.texts]
        others = [code.code for code in codes if code.code not in self.texts][:_CODES]
        if not codes:
            return value >= 0
        return z3.Or([value == self.text_number(code) for code in (*named, *others)])

    def text_number(self, text: str) -> int:
        """The integer that stands for a text."""
        return self.texts.setdefault(text, len(self.texts))

    # Earlier reports

    def captured(self, key: CaptureKey) -> Held:
        """The terms of a value of an earlier report, which is taken to have been within its bounds."""
        if key not in self.earlier:
            source = self.layout.source_of(key)
            if self.size.others == "blank" and not self.is_open(key.address.table, key.address.row):
                self.complete = False
                self.earlier[key] = self._blank(source.type)
                return self.earlier[key]
            held = self.earlier[key] = self.variable(f"{key.function}({key.address})", source.type)
            if held.type.is_number:
                self.solver.add(held.value > -LIMIT, held.value < LIMIT)
                if key.function != "report" and key.address in self.reading.not_negative:
                    self.solver.add(held.value >= 0)
            for bound, least in ((source.column.minimum, True), (source.column.maximum, False)):
                # What several reports add up to may be more than one may hold.
                single = source.kind != "computed" and not key.function.startswith("ytd")
                if bound is not None and single:
                    self.solver.add(z3.Implies(held.present, within(held, bound, least)))
            had = self.had[key] = z3.Bool(f"{key.function}({key.address}) had", self.context)
            self.solver.add(z3.Implies(held.present, had))
            for cell in self._carriers.get(key, ()):
                self.later(lambda cell=cell: self._carry(cell, key))  # type: ignore[misc]
        return self.earlier[key]

    def _carry(self, cell: PlacedCell, key: CaptureKey) -> None:
        """A carried cell holds what was captured, where anything was; a formula needs to see that they are the same."""
        held = self.static(cell.address)
        if key not in self.had:
            return
        assigned = self.reading.formulas.cell(cell)
        fact = z3.And(self.fact(formula_fact(cell)), self.had[key])
        self.assign(fact, held, assigned, self.emitter)


def _is_long(expression: Expression) -> bool:
    return next(islice(leaves(expression), _LONG, None), None) is not None


def _open_rows(layout: Layout, reading: Reading, alike: int) -> Mapping[str, frozenset[str]]:
    """The rows that a small scene looks at; a table that isn't there is looked at as a whole."""
    found: dict[str, frozenset[str]] = {}
    for table in layout.tables.values():
        # A required cell can't be left blank.
        if any(column.required for column in table.columns):
            continue
        taken: dict[tuple[object, ...], int] = {}
        rows: set[str] = set()
        for row in table.rows:
            kind = reading.alike.get((table.name, row.name))
            if kind is None:
                rows.add(row.name)
                continue
            taken[kind] = taken.get(kind, 0) + 1
            if taken[kind] <= alike:
                rows.add(row.name)
        if len(rows) < len(table.rows):
            found[table.name] = frozenset(rows)
    return found
