"""How large a quantity of the kernel can be, so that only what may outgrow 128 bits is checked when it is computed."""

from __future__ import annotations

from collections.abc import Callable

from compiler.formula.expressions import AddedRows
from compiler.formula.kernel import (
    Constant,
    Extreme,
    Negative,
    Overall,
    Product,
    Quantity,
    Reading,
    Rescaled,
    Rounded,
    Select,
    Source,
    Sum,
)

MOST_ROWS = 2**24
"""No group of self-added rows is longer than this."""


def magnitude(quantity: Quantity, limit: Callable[[Source | AddedRows], int]) -> int:
    """An upper bound of the held integer's magnitude, given one for each cell and for each value of added rows."""
    known: dict[Quantity, int] = {}

    def bound(node: Quantity) -> int:
        if node not in known:
            known[node] = reckon(node)
        return known[node]

    def reckon(node: Quantity) -> int:
        match node:
            case Constant():
                return abs(node.value)
            case Reading():
                return limit(node.source)
            case Overall(how="count"):
                return MOST_ROWS
            case Overall(how="sum"):
                return MOST_ROWS * limit(node.rows)
            case Overall():
                return limit(node.rows)
            case Sum():
                return sum(bound(term) for term in node.terms)
            case Negative():
                return bound(node.term)
            case Product():
                return bound(node.left) * bound(node.right)
            case Rescaled():
                return int(bound(node.term) * 10 ** (node.scale - node.term.scale))
            case Select():
                return max(bound(node.then), bound(node.otherwise))
            case Extreme():
                return max(bound(item) for _, item in node.items)
            case Rounded():
                # What the denominator holds is at least 1.
                return bound(node.numerator) + 1

    return bound(quantity)
