"""What becomes of a kernel node where something is known to be true.

A cell is computed only where it is present and a check is decided only where it is known, so the value of either is
simplified under that condition before it is emitted: most guards fall away.
"""

from __future__ import annotations

from compiler.formula.kernel import (
    And,
    Compare,
    Constant,
    Extreme,
    Kernel,
    Known,
    Negative,
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
    nonzero_source,
)


class Assumption:
    """Simplifies nodes of one kernel where `condition` is true."""

    def __init__(self, kernel: Kernel, condition: Truth) -> None:
        self._kernel = kernel
        self._facts: dict[Truth, Truth] = {}
        self._present: set[Source] = set()
        self._quantities: dict[Quantity, Quantity] = {}
        self._truths: dict[Truth, Truth] = {}
        for part in condition.parts if isinstance(condition, And) else (condition,):
            self._facts[part] = kernel.true
            self._facts[kernel.negation(part)] = kernel.false
            source = part.source if isinstance(part, Present | Ticked) else nonzero_source(part)
            if source is not None:
                self._present.add(source)

    def quantity(self, node: Quantity) -> Quantity:
        """The quantity, simplified."""
        if node not in self._quantities:
            self._quantities[node] = self._quantity(node)
        return self._quantities[node]

    def truth(self, node: Truth) -> Truth:
        """The truth, simplified."""
        if node not in self._truths:
            self._truths[node] = self._facts.get(node) or self._truth(node)
        return self._truths[node]

    def _quantity(self, node: Quantity) -> Quantity:
        kernel = self._kernel
        match node:
            case Constant() | Overall():
                return node
            case Reading():
                return kernel.reading(node.source, node.scale, node.sure or node.source in self._present)
            case Sum():
                return kernel.sum(self.quantity(term) for term in node.terms)
            case Negative():
                return kernel.negative(self.quantity(node.term))
            case Product():
                return kernel.product(self.quantity(node.left), self.quantity(node.right))
            case Rescaled():
                return kernel.rescaled(self.quantity(node.term), node.scale)
            case Select():
                return kernel.select(
                    self.truth(node.condition), self.quantity(node.then), self.quantity(node.otherwise)
                )
            case Extreme():
                items = ((self.truth(condition), self.quantity(item)) for condition, item in node.items)
                return kernel.extreme(node.how, items)
            case Rounded():
                return kernel.rounded(
                    self.quantity(node.numerator), self.quantity(node.denominator), node.scale
                )

    def _truth(self, node: Truth) -> Truth:
        kernel = self._kernel
        match node:
            case Present():
                return kernel.true if node.source in self._present else node
            case Known() | Ticked() | SameText():
                return node
            case Compare():
                return kernel.compare(node.comparison, self.quantity(node.left), self.quantity(node.right))
            case And():
                return kernel.all(self.truth(part) for part in node.parts)
            case Or():
                return kernel.any(self.truth(part) for part in node.parts)
            case Not():
                return kernel.negation(self.truth(node.part))
