"""What a spreadsheet can't be held to: it computes in binary doubles, shows 15 digits, and knows no exact half.

Two things are told here. Before any value is known, which cells have a rounding that can meet an exact half
(`meets_exact_half`): there a double may round the other way, by one in the last place. And for given values, which
formulas need more digits on the way than a spreadsheet tells apart (`outgrows_doubles`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd

from compiler.formula.expressions import Expression, Text
from compiler.formula.grain import TypeOf
from compiler.formula.kernel import (
    And,
    Compare,
    Constant,
    Extreme,
    Kernel,
    Known,
    Negative,
    Node,
    Not,
    Or,
    Overall,
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
    parts,
)
from compiler.formula.program import Assigned, assign, lower
from compiler.formula.rounding import round_half_away
from compiler.template import ValueType
from compiler.values import Scalar

DIGITS = 15
"""The significant digits that a spreadsheet shows and saves."""

DECIMAL_DIGITS = 14
"""The same of numbers that are not whole: LibreOffice takes two of them for equal where they differ by less than
2^-48 of their size."""


def meets_exact_half(expression: Expression, type: ValueType, types: TypeOf) -> bool:
    """Whether some rounding in the formula can meet an exact half, where doubles may round the other way.

    It errs on the side of yes: any division by a cell can.
    """
    stack: list[Node] = list(_assigned(expression, type, types).nodes)
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Rounded) and _can_be_half(node):
            return True
        stack += parts(node)
    return False


def outgrows_doubles(
    expression: Expression,
    type: ValueType,
    types: TypeOf,
    value: Callable[[Source], Scalar | None],
    overall: Callable[[Overall], int],
) -> bool:
    """Whether a number on the way, or the result, has more digits than a spreadsheet tells apart.

    `value` gives what a cell or capture holds, as scaled integers; `overall` an aggregate of self-added rows.
    """
    assigned = _assigned(expression, type, types)
    steps = _Steps(value, overall)
    for node in assigned.nodes:
        steps.node(node)
    return steps.outgrown


def _can_be_half(node: Rounded) -> bool:
    """Whether the quotient of the held integers can be a whole number and a half."""
    if not isinstance(node.denominator, Constant):
        return True
    numerator, factor = node.numerator, 1
    if isinstance(numerator, Rescaled):
        factor = 10 ** (numerator.scale - numerator.term.scale)
    # Over an odd number, once what the numerator surely holds is cancelled, nothing is a half.
    return node.denominator.value // gcd(node.denominator.value, factor) % 2 == 0


def _assigned(expression: Expression, type: ValueType, types: TypeOf) -> Assigned:
    kernel = Kernel()
    return assign(lower(expression, types, kernel), type, kernel, {})


class _Steps:
    """The numbers of a formula as they are computed, and whether one of them was too long."""

    def __init__(self, value: Callable[[Source], Scalar | None], overall: Callable[[Overall], int]) -> None:
        self._value = value
        self._overall = overall
        self._numbers: dict[Quantity, int] = {}
        self.outgrown = False

    def node(self, node: Node) -> None:
        """Compute a node."""
        if isinstance(node, Quantity):
            self._number(node)
        else:
            self._truth(node)

    def _number(self, node: Quantity) -> int:
        if node not in self._numbers:
            held = self._numbers[node] = self._computed(node)
            # The same number at a finer scale is no step of a spreadsheet, which holds numbers as they are.
            if not isinstance(node, Rescaled):
                digits = str(abs(held)).rstrip("0") if node.scale > 0 else str(abs(held))
                whole = held % 10**node.scale == 0 if node.scale > 0 else True
                self.outgrown |= len(digits) > (DIGITS if whole else DECIMAL_DIGITS)
        return self._numbers[node]

    def _computed(self, node: Quantity) -> int:
        match node:
            case Constant():
                return node.value
            case Reading():
                held = self._value(node.source)
                return held if isinstance(held, int) else 0
            case Overall():
                return self._overall(node)
            case Sum():
                return sum(self._number(term) for term in node.terms)
            case Negative():
                return -self._number(node.term)
            case Product():
                return self._number(node.left) * self._number(node.right)
            case Rescaled():
                held = self._number(node.term)
                return int(held * 10 ** (node.scale - node.term.scale))
            case Select():
                return self._number(node.then if self._truth(node.condition) else node.otherwise)
            case Extreme():
                found = [self._number(item) for condition, item in node.items if self._truth(condition)]
                return (min if node.how == "min" else max)(found, default=0)
            case Rounded():
                return round_half_away(
                    Fraction(self._number(node.numerator), self._number(node.denominator)), 0
                )

    def _truth(self, node: Truth) -> bool:
        match node:
            case Known():
                return node.holds
            case Present():
                return self._value(node.source) is not None
            case Ticked():
                return self._value(node.source) is True
            case SameText():
                return self._text(node.left) == self._text(node.right)
            case Compare():
                left, right = self._number(node.left), self._number(node.right)
                return {"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right}[
                    node.comparison
                ]
            case And():
                return all(self._truths(node.parts))
            case Or():
                return any(self._truths(node.parts))
            case Not():
                return not self._truth(node.part)

    def _truths(self, nodes: Iterable[Truth]) -> list[bool]:
        # Every part: a spreadsheet computes them all.
        return [self._truth(node) for node in nodes]

    def _text(self, text: Source | Text) -> Scalar | None:
        return text.value if isinstance(text, Text) else self._value(text)
