"""What a scene is made of: how much it looks at, the terms of a cell, and a check at one place."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from compiler.cells import PlacedCheck
from compiler.formula.emit.smt import Term
from compiler.template import Bound, ValueType

Others = Literal["blank", "free", "none"]
"""What becomes of rows that are not looked at: left blank, or free to hold anything; none: every row is looked at."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a report a scene looks at.

    rows: how many of the rows that are alike, and of self-added ones. products: also cells that multiply or divide by
    what isn't known, which are hard to reason about.
    """

    rows: int
    others: Others
    products: bool


_ROWS: tuple[tuple[int, Others], ...] = ((1, "blank"), (1, "free"), (2, "blank"), (1, "none"))

SIZES: tuple[Size, ...] = tuple(
    Size(rows, others, products) for rows, others in _ROWS for products in (False, True)
)
"""The easiest first."""


class TooLarge(Exception):
    """More cells than a proof may look at."""


@dataclass(frozen=True, slots=True)
class Held:
    """The terms of one cell: whether it is answered, and what it holds: an integer, or a truth for a boolean."""

    present: Term
    value: Term
    type: ValueType


@dataclass(frozen=True, slots=True)
class PlacedOutcome:
    """A check at one place: whether it is decided, and whether it then holds. `index` counts self-added rows from 1."""

    placed: PlacedCheck
    index: int | None
    known: Term
    holds: Term


def within(held: Held, bound: Bound, least: bool) -> Term:
    """Whether a number keeps to a bound, both as integers."""
    exact = Fraction(bound.value) * 10**held.type.scale
    left, right = held.value * exact.denominator, exact.numerator
    if least:
        return left >= right if bound.inclusive else left > right
    return left <= right if bound.inclusive else left < right
