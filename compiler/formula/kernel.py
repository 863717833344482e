"""The kernel: the small total language that formulas lower to, and the only one the emitters see.

A *quantity* is a real number with a static decimal scale: back ends that work on integers hold it × 10**scale, a
spreadsheet holds it as it is. A *truth* is true or false. Nothing here is ever blank, unknown or undefined: reading a
blank cell gives 0, `Present` tells it from a zero, and a `Rounded` has a denominator that can't be zero. What
blanks, Kleene logic and division by zero mean is written once, in `lowering.py`, in terms of these nodes.

Nodes are made by a `Kernel` alone. It simplifies as it builds and gives equal nodes one identity, so that an emitter
can see a term that is used twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeVar

from compiler.formula.expressions import AddedRows, Captured, Cell, Text
from compiler.formula.rounding import round_half_away

Source = Cell | Captured
"""Where a single value is read."""

ExtremeKind = Literal["min", "max"]
OverallKind = Literal["sum", "count", "min", "max"]
Comparison = Literal["=", "<>", "<", "<="]


@dataclass(frozen=True, eq=False, slots=True)
class Constant:
    """`value` / 10**scale."""

    value: int
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """The number in a cell; 0 where it is blank. `sure`: it can't be blank where this is computed."""

    source: Source
    scale: int
    sure: bool


@dataclass(frozen=True, eq=False, slots=True)
class Overall:
    """Sum, count of non-blank, least or greatest of self-added rows; 0 where none has a value."""

    how: OverallKind
    rows: AddedRows
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Sum:
    """Terms of one scale added up; at least two."""

    terms: tuple[Quantity, ...]
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Negative:
    """−term."""

    term: Quantity
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Product:
    """left × right; the scales add up."""

    left: Quantity
    right: Quantity
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Rescaled:
    """The same number at a finer scale."""

    term: Quantity
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Select:
    """`then` where the condition is true, else `otherwise`; all of one scale. Both are defined either way."""

    condition: Truth
    then: Quantity
    otherwise: Quantity
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Extreme:
    """The least or greatest of the items whose condition is true, 0 where none is; items of one scale."""

    how: ExtremeKind
    items: tuple[tuple[Truth, Quantity], ...]
    scale: int


@dataclass(frozen=True, eq=False, slots=True)
class Rounded:
    """numerator / denominator at `scale`, an exact half away from zero. The denominator is never zero.

    The scales agree: what the numerator holds over what the denominator holds is what this holds, rounded.
    """

    numerator: Quantity
    denominator: Quantity
    scale: int


Quantity = Constant | Reading | Overall | Sum | Negative | Product | Rescaled | Select | Extreme | Rounded


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """True or false."""

    holds: bool


@dataclass(frozen=True, eq=False, slots=True)
class Present:
    """The cell is not blank."""

    source: Source


@dataclass(frozen=True, eq=False, slots=True)
class Ticked:
    """The boolean cell is present and true."""

    source: Source


@dataclass(frozen=True, eq=False, slots=True)
class SameText:
    """Two texts are equal; where one is a blank cell it may say either."""

    left: Source | Text
    right: Source | Text


@dataclass(frozen=True, eq=False, slots=True)
class Compare:
    """Two quantities of one scale compared."""

    comparison: Comparison
    left: Quantity
    right: Quantity


@dataclass(frozen=True, eq=False, slots=True)
class And:
    """All of the parts, at least two."""

    parts: tuple[Truth, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Or:
    """Any of the parts, at least two."""

    parts: tuple[Truth, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Not:
    """The opposite."""

    part: Truth


Truth = Known | Present | Ticked | SameText | Compare | And | Or | Not
Node = Quantity | Truth

_N = TypeVar("_N", bound=Node)


class Kernel:
    """Makes nodes: simplified, and each only once."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Any, ...], Node] = {}
        self.true = self._node(Known, True)
        self.false = self._node(Known, False)
        self.zero = self.constant(0)
        self.one = self.constant(1)

    def _node(self, kind: type[_N], *fields: Any) -> _N:
        # Nodes compare by identity, so a key that holds nodes is small however deep they are.
        key = (kind, *fields)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = kind(*fields)
        assert isinstance(found, kind)
        return found

    # Quantities

    def constant(self, value: int, scale: int = 0) -> Constant:
        """`value` / 10**scale."""
        return self._node(Constant, value, scale)

    def literal(self, value: Fraction) -> Constant:
        """A decimal literal, at the smallest scale (not below 0) that holds it."""
        scale = 0
        while value.denominator != 1:
            value, scale = value * 10, scale + 1
        return self.constant(value.numerator, scale)

    def reading(self, source: Source, scale: int, sure: bool = False) -> Reading:
        """The number in a cell."""
        return self._node(Reading, source, scale, sure)

    def overall(self, how: OverallKind, rows: AddedRows, scale: int) -> Overall:
        """An aggregate of self-added rows."""
        return self._node(Overall, how, rows, scale)

    def sum(self, terms: Iterable[Quantity]) -> Quantity:
        """The terms, of any scales, added up at the finest of them."""
        flat: list[Quantity] = []
        fixed = Fraction(0)
        for term in terms:
            for part in term.terms if isinstance(term, Sum) else (term,):
                if isinstance(part, Constant):
                    fixed += Fraction(part.value) / Fraction(10) ** part.scale
                else:
                    flat.append(part)
        if fixed or not flat:
            flat.append(self.literal(fixed))
        scale = max(term.scale for term in flat)
        if len(flat) == 1:
            return flat[0]
        return self._node(Sum, tuple(self.rescaled(term, scale) for term in flat), scale)

    def negative(self, term: Quantity) -> Quantity:
        """−term."""
        match term:
            case Constant():
                return self.constant(-term.value, term.scale)
            case Negative():
                return term.term
            case _:
                return self._node(Negative, term, term.scale)

    def product(self, left: Quantity, right: Quantity) -> Quantity:
        """left × right."""
        if isinstance(left, Constant):
            left, right = right, left
        if isinstance(right, Constant):
            if isinstance(left, Constant):
                return self.constant(left.value * right.value, left.scale + right.scale)
            if right.value == 0:
                return self.zero
            if right is self.one:
                return left
        return self._node(Product, left, right, left.scale + right.scale)

    def rescaled(self, term: Quantity, scale: int) -> Quantity:
        """The same number at `scale`, which is not coarser than the term's."""
        if term.scale == scale:
            return term
        match term:
            case Constant():
                return self.constant(term.value * 10 ** (scale - term.scale), scale)
            case Rescaled():
                return self._node(Rescaled, term.term, scale)
            case _:
                return self._node(Rescaled, term, scale)

    def select(self, condition: Truth, then: Quantity, otherwise: Quantity) -> Quantity:
        """`then` where the condition is true, else `otherwise`."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        scale = max(then.scale, otherwise.scale)
        return self._node(
            Select, condition, self.rescaled(then, scale), self.rescaled(otherwise, scale), scale
        )

    def extreme(self, how: ExtremeKind, items: Iterable[tuple[Truth, Quantity]]) -> Quantity:
        """The least or greatest of the items whose condition is true; 0 where none is."""
        possible = [(condition, item) for condition, item in items if condition is not self.false]
        if not possible:
            return self.zero
        if len(possible) == 1:
            return self.select(possible[0][0], possible[0][1], self.zero)
        scale = max(item.scale for _, item in possible)
        chosen = tuple((condition, self.rescaled(item, scale)) for condition, item in possible)
        return self._node(Extreme, how, chosen, scale)

    def rounded(self, numerator: Quantity, denominator: Quantity, scale: int) -> Quantity:
        """numerator / denominator, rounded to `scale` where it is finer. The denominator is never zero."""
        if denominator is self.one and numerator.scale <= scale:
            return numerator
        if isinstance(numerator, Constant) and isinstance(denominator, Constant):
            exact = Fraction(numerator.value, denominator.value)
            exact *= Fraction(10) ** (denominator.scale - numerator.scale)
            return self.constant(round_half_away(exact, scale), scale)
        # The scales are settled here, so that the held integers divide as they are.
        shift = scale + denominator.scale - numerator.scale
        numerator = self.rescaled(numerator, numerator.scale + max(shift, 0))
        denominator = self.rescaled(denominator, denominator.scale + max(-shift, 0))
        return self._node(Rounded, numerator, denominator, scale)

    # Truths

    def known(self, holds: bool) -> Truth:
        """True or false."""
        return self.true if holds else self.false

    def present(self, source: Source) -> Truth:
        """The cell is not blank."""
        return self._node(Present, source)

    def ticked(self, source: Source) -> Truth:
        """The boolean cell is present and true."""
        return self._node(Ticked, source)

    def same_text(self, left: Source | Text, right: Source | Text) -> Truth:
        """Two texts are equal."""
        if left == right:
            return self.true
        if isinstance(left, Text) and isinstance(right, Text):
            return self.false
        return self._node(SameText, left, right)

    def compare(self, comparison: Comparison, left: Quantity, right: Quantity) -> Truth:
        """Two quantities of any scales compared at the finer one, where both are exact."""
        scale = max(left.scale, right.scale)
        left, right = self.rescaled(left, scale), self.rescaled(right, scale)
        if left is right:
            return self.known(comparison in {"=", "<="})
        if isinstance(left, Constant) and isinstance(right, Constant):
            return self.known(
                {
                    "=": left.value == right.value,
                    "<>": left.value != right.value,
                    "<": left.value < right.value,
                    "<=": left.value <= right.value,
                }[comparison]
            )
        return self._node(Compare, comparison, left, right)

    def all(self, parts: Iterable[Truth]) -> Truth:
        """True where every part is."""
        flat = list(_flat(parts, And))
        # A blank reads 0: where a cell is known to differ from 0, that it is present says nothing more.
        nonzero = {nonzero_source(part) for part in flat}
        kept = dict.fromkeys(
            part
            for part in flat
            if part is not self.true and not (isinstance(part, Present) and part.source in nonzero)
        )
        if self.false in kept or any(self.negation(part) in kept for part in kept):
            return self.false
        # (a or b) says nothing beside a.
        parts = [part for part in kept if not (isinstance(part, Or) and any(it in kept for it in part.parts))]
        return self.true if not parts else parts[0] if len(parts) == 1 else self._node(And, tuple(parts))

    def any(self, parts: Iterable[Truth]) -> Truth:
        """True where some part is."""
        kept = dict.fromkeys(part for part in _flat(parts, Or) if part is not self.false)
        if self.true in kept or any(self.negation(part) in kept for part in kept):
            return self.true
        # (a and b) adds nothing to a.
        parts = [
            part for part in kept if not (isinstance(part, And) and any(it in kept for it in part.parts))
        ]
        return self.false if not parts else parts[0] if len(parts) == 1 else self._node(Or, tuple(parts))

    def negation(self, part: Truth) -> Truth:
        """True where the part is false."""
        match part:
            case Known(holds=holds):
                return self.known(not holds)
            case Not():
                return part.part
            case Compare(comparison="="):
                return self._node(Compare, "<>", part.left, part.right)
            case Compare(comparison="<>"):
                return self._node(Compare, "=", part.left, part.right)
            case Compare(comparison="<"):
                return self._node(Compare, "<=", part.right, part.left)
            case Compare(comparison="<="):
                return self._node(Compare, "<", part.right, part.left)
            case _:
                return self._node(Not, part)


def _flat(parts: Iterable[Truth], kind: type[And] | type[Or]) -> Iterator[Truth]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def nonzero_source(part: Truth) -> Source | None:
    """The cell whose number the truth says to differ from 0, which is therefore present; None for other truths."""
    match part:
        case Compare(comparison="<>", left=Reading(source=source), right=Constant(value=0)):
            return source
        case _:
            return None


def parts(node: Node) -> Iterator[Node]:
    """The nodes that a node is made of."""
    match node:
        case Sum():
            yield from node.terms
        case Negative() | Rescaled():
            yield node.term
        case Product() | Compare():
            yield node.left
            yield node.right
        case Select():
            yield node.condition
            yield node.then
            yield node.otherwise
        case Extreme():
            for condition, item in node.items:
                yield condition
                yield item
        case Rounded():
            yield node.numerator
            yield node.denominator
        case And() | Or():
            yield from node.parts
        case Not():
            yield node.part
        case Constant() | Reading() | Overall() | Known() | Present() | Ticked() | SameText():
            return
