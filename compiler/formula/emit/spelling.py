"""How kernel nodes are written in a language of integers: what Python, JavaScript and SQL have in common.

A quantity is spelled as an integer expression, its value × 10**scale. Each language says how it writes the dozen
things in which they differ. Names come from slots alone and texts are escaped letter by letter, so that nothing an
author wrote can act as code.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable

from compiler.formula.expressions import Text
from compiler.formula.kernel import (
    And,
    Compare,
    Comparison,
    Constant,
    Extreme,
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

Names = Callable[[Source | Overall], str]
"""The variable that holds a cell, a capture or an aggregate of self-added rows."""

_ATOM = re.compile(r"\w+|\([^()]*\)|[a-z_]+\([^()]*\)")


class Spelling(ABC):
    """Writes nodes. A node found in `bound` is written as the variable named there."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.bound: dict[Node, str] = {}

    @abstractmethod
    def constant(self, value: int) -> str:
        """An integer."""

    @abstractmethod
    def or_zero(self, name: str) -> str:
        """The number in a variable, 0 where it is blank; bracketed."""

    @abstractmethod
    def select(self, condition: str, then: str, otherwise: str) -> str:
        """One of two integers; bracketed."""

    @abstractmethod
    def extreme(self, node: Extreme) -> str:
        """The least or greatest of some integers; bracketed."""

    @abstractmethod
    def rounded(self, numerator: str, denominator: str, positive: bool) -> str:
        """The nearest integer to the quotient of two atoms, a half away from zero; bracketed.

        `positive`: the denominator is a positive constant.
        """

    @abstractmethod
    def present(self, name: str, holds: bool) -> str:
        """Whether a variable is not blank (or is, where `holds` is false)."""

    @abstractmethod
    def ticked(self, name: str) -> str:
        """Whether a variable is true."""

    @abstractmethod
    def same_text(self, left: str, right: str) -> str:
        """Whether two texts are equal; never unknown."""

    @abstractmethod
    def text(self, value: str) -> str:
        """A text literal."""

    @abstractmethod
    def comparison(self, sign: Comparison) -> str:
        """The operator of a comparison."""

    @abstractmethod
    def known(self, holds: bool) -> str:
        """True or false."""

    conjunction: str
    disjunction: str
    negation: str

    def node(self, node: Node) -> str:
        """A quantity or a truth."""
        if isinstance(node, Quantity):
            return self.quantity(node)
        return self.truth(node)

    def quantity(self, node: Quantity) -> str:
        """A quantity as an integer expression."""
        if node in self.bound:
            return self.bound[node]
        match node:
            case Constant():
                return self.constant(node.value)
            case Reading():
                name = self.names(node.source)
                return name if node.sure else self.or_zero(name)
            case Overall():
                return self.names(node)
            case Sum():
                return self._sum(node)
            case Negative():
                return "-" + self.operand(node.term)
            case Product(left=factor, right=Constant(value=1)):
                return self.quantity(factor)
            case Product():
                return f"{self.operand(node.left)} * {self.operand(node.right)}"
            case Rescaled():
                return f"{self.operand(node.term)} * {self.constant(10 ** (node.scale - node.term.scale))}"
            case Select():
                return self.select(
                    self.truth(node.condition), self.quantity(node.then), self.quantity(node.otherwise)
                )
            case Extreme():
                return self.extreme(node)
            case Rounded():
                return self._rounded(node)

    def truth(self, node: Truth) -> str:
        """A truth as a boolean expression."""
        if node in self.bound:
            return self.bound[node]
        match node:
            case Known():
                return self.known(node.holds)
            case Present():
                return self.present(self.names(node.source), True)
            case Ticked():
                return self.ticked(self.names(node.source))
            case SameText():
                return self.same_text(self.textual(node.left), self.textual(node.right))
            case Compare():
                left, right = self.operand(node.left), self.operand(node.right)
                return f"{left} {self.comparison(node.comparison)} {right}"
            case And():
                return self.conjunction.join(self.condition(part) for part in node.parts)
            case Or():
                return self.disjunction.join(self.condition(part) for part in node.parts)
            case Not(part=Present(source=source)):
                return self.present(self.names(source), False)
            case Not():
                return f"{self.negation}({self.truth(node.part)})"

    def textual(self, text: Source | Text) -> str:
        """A text: a literal or the variable that holds it."""
        return self.text(text.value) if isinstance(text, Text) else self.names(text)

    def operand(self, node: Quantity) -> str:
        """A quantity that can stand beside any operator."""
        return bracketed(self.quantity(node))

    def condition(self, node: Truth) -> str:
        """A part of a conjunction or disjunction."""
        text = self.truth(node)
        return f"({text})" if isinstance(node, And | Or) and node not in self.bound else text

    def _sum(self, node: Sum) -> str:
        text = self._term(node.terms[0])
        for term in node.terms[1:]:
            if isinstance(term, Negative) and term not in self.bound:
                text += f" - {self.operand(term.term)}"
            elif isinstance(term, Constant) and term.value < 0:
                text += f" - {self.constant(-term.value)}"
            else:
                text += f" + {self._term(term)}"
        return text

    def _term(self, node: Quantity) -> str:
        # A product binds more tightly than the sum around it.
        return self.quantity(node) if isinstance(node, Product | Rescaled) else self.operand(node)

    def _rounded(self, node: Rounded) -> str:
        positive = isinstance(node.denominator, Constant) and node.denominator.value > 0
        return self.rounded(self.operand(node.numerator), self.operand(node.denominator), positive)


def bracketed(text: str) -> str:
    """The text in brackets, unless it can stand beside any operator as it is."""
    return text if _ATOM.fullmatch(text) else f"({text})"


def shared(roots: Iterable[Node]) -> list[Node]:
    """The nodes worth a variable of their own, each after those it is made of.

    They are what is written more than once: in several places, or because rounding names its terms twice. All nodes
    are total, so computing one early never fails.
    """
    uses: Counter[Node] = Counter()
    order: dict[Node, None] = {}

    def visit(node: Node) -> None:
        uses[node] += 1
        if isinstance(node, Rounded):
            uses[node.numerator] += 1
            uses[node.denominator] += 1
        if node not in order:
            for part in parts(node):
                visit(part)
            order[node] = None

    for root in roots:
        visit(root)
    return [node for node in order if uses[node] > 1 and not isinstance(node, _CHEAP)]


def overalls(roots: Iterable[Node]) -> list[Overall]:
    """The aggregates of self-added rows that the roots read, each once, in order."""
    found: dict[Overall, None] = {}
    seen: set[Node] = set()
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Overall):
            found[node] = None
        stack += list(parts(node))[::-1]
    return list(found)


_CHEAP = (Constant, Reading, Overall, Known, Present, Ticked, SameText)
