"""Writes the kernel's nodes as terms of z3: quantities as integers at their scale, truths as booleans.

Nothing is approximated: rounding becomes its definition, a whole number q with 2d·q ≤ 2n + d < 2d·(q + 1), told to the
solver beside the term. What a cell, a text or an aggregate of self-added rows is, the caller says; so does it say what
to do with those definitions. This is the only file that makes z3's terms from formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import z3

from compiler.formula.expressions import AddedRows, Text
from compiler.formula.kernel import (
    And,
    Compare,
    Constant,
    Extreme,
    Known,
    Negative,
    Not,
    Or,
    Overall,
    OverallKind,
    Present,
    Product,
    Quantity,
    Reading,
    Rescaled,
    Rounded,
    SameText,
    Select,
    Source,
    Sum,
    Ticked,
    Truth,
)
from compiler.formula.lowering import Textual

Term = Any
"""A term of z3, which carries no types."""


class Reader(Protocol):
    """What formulas read, as terms."""

    def number(self, source: Source) -> Term:
        """The scaled integer of a cell, 0 where it is blank."""

    def present(self, source: Source) -> Term:
        """Whether the cell is not blank."""

    def ticked(self, source: Source) -> Term:
        """Whether the boolean cell is present and true."""

    def text(self, source: Source | Text) -> Term:
        """An integer that stands for a text."""

    def overall(self, how: OverallKind, rows: AddedRows) -> Term:
        """An aggregate of self-added rows, 0 where none has a value."""


class SmtEmitter:
    """Terms of one z3 context for what one reader reads. `define` takes what must hold of the terms it made."""

    def __init__(self, context: z3.Context, reader: Reader, define: Callable[[Term], None]) -> None:
        self._context = context
        self._reader = reader
        self._define = define
        self.false = z3.BoolVal(False, context)
        self.zero = z3.IntVal(0, context)
        """What blank cells are best told as: these two are left out of sums and alternatives as they are written."""
        # By identity: nodes of a kernel are made once. The node is kept, so that its identity stays its own.
        self._made: dict[int, tuple[Quantity | Truth, Term]] = {}

    def quantity(self, node: Quantity) -> Term:
        """The scaled integer."""
        return self._once(node, lambda: self._quantity(node))

    def truth(self, node: Truth) -> Term:
        """The boolean."""
        return self._once(node, lambda: self._truth(node))

    def meet(self, source: Source) -> None:
        """Have the reader see a cell that is not written."""
        self._reader.present(source)

    def value(self, value: Quantity | Truth | Textual) -> Term:
        """What a cell is assigned: an integer or a boolean."""
        if isinstance(value, Textual):
            return self._reader.text(value.text)
        if isinstance(value, Known | Present | Ticked | SameText | Compare | And | Or | Not):
            return self.truth(value)
        return self.quantity(value)

    def _once(self, node: Quantity | Truth, make: Callable[[], Term]) -> Term:
        found = self._made.get(id(node))
        if found is None:
            found = self._made[id(node)] = (node, make())
        return found[1]

    def _integer(self, value: int) -> Term:
        return z3.IntVal(value, self._context)

    def _quantity(self, node: Quantity) -> Term:
        match node:
            case Constant():
                return self._integer(node.value)
            case Reading():
                return self._reader.number(node.source)
            case Overall():
                return self._reader.overall(node.how, node.rows)
            case Sum():
                terms = [term for part in node.terms if (term := self.quantity(part)) is not self.zero]
                return z3.Sum(terms) if terms else self.zero
            case Negative():
                return -self.quantity(node.term)
            case Product():
                return self.quantity(node.left) * self.quantity(node.right)
            case Rescaled():
                return self.quantity(node.term) * self._integer(10 ** (node.scale - node.term.scale))
            case Select():
                return z3.If(
                    self.truth(node.condition),
                    self.quantity(node.then),
                    self.quantity(node.otherwise),
                    self._context,
                )
            case Extreme():
                items = [(self.truth(condition), self.quantity(item)) for condition, item in node.items]
                return self.extreme(node.how == "min", items)
            case Rounded():
                return self._rounded(self.quantity(node.numerator), self.quantity(node.denominator))

    def extreme(self, least: bool, items: list[tuple[Term, Term]]) -> Term:
        """The least or greatest of the items whose condition is true; 0 where none is."""
        found, best = z3.BoolVal(False, self._context), self._integer(0)
        for condition, item in items:
            better = item < best if least else item > best
            best = z3.If(z3.And(condition, z3.Or(z3.Not(found), better)), item, best, self._context)
            found = z3.Or(found, condition)
        return best

    def _rounded(self, numerator: Term, denominator: Term) -> Term:
        above, below = self._absolute(numerator), self._absolute(denominator)
        magnitude = z3.FreshInt("rounded", self._context)
        # Under a guard that was simplified away the denominator may be 0 where nobody looks at the result.
        self._define(
            z3.Implies(
                below > 0,
                z3.And(
                    magnitude >= 0,
                    2 * below * magnitude <= 2 * above + below,
                    2 * above + below < 2 * below * (magnitude + 1),
                ),
            )
        )
        negative = (numerator < 0) != (denominator < 0)
        return z3.If(negative, -magnitude, magnitude, self._context)

    def _absolute(self, term: Term) -> Term:
        return z3.If(term < 0, -term, term, self._context)

    def _truth(self, node: Truth) -> Term:
        match node:
            case Known():
                return z3.BoolVal(node.holds, self._context)
            case Present():
                return self._reader.present(node.source)
            case Ticked():
                return self._reader.ticked(node.source)
            case SameText():
                return self._reader.text(node.left) == self._reader.text(node.right)
            case Compare():
                left, right = self.quantity(node.left), self.quantity(node.right)
                match node.comparison:
                    case "=":
                        return left == right
                    case "<>":
                        return left != right
                    case "<":
                        return left < right
                    case "<=":
                        return left <= right
            case And():
                return z3.And([self.truth(part) for part in node.parts])
            case Or():
                truths = [truth for part in node.parts if (truth := self.truth(part)) is not self.false]
                return z3.Or(truths) if truths else self.false
            case Not():
                return z3.Not(self.truth(node.part))
