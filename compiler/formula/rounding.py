"""The one rounding of the formula language, its limits, and the scale at which two sides are compared.

Everything here is part of the meaning (`semantics.md`, numbers) and shared by the reference evaluator and the
lowering: a rule about scales is written once. What each operation does to scales is a column of `operations.py`.
"""

from __future__ import annotations

import math
from fractions import Fraction

RESULT_LIMIT = 2**127 - 1
"""The largest magnitude of a computed scaled integer: what a signed 128-bit column holds. Beyond it: `Overflow`."""

INPUT_LIMIT = 2**96 - 1
"""The largest magnitude of an entered or captured scaled integer, 28 digits: a leaf report has at most 15, and the
sum of 15 digits over every unit of the country is far below. Knowing it lets generated code leave out most checks."""

Grain = int | float | None
"""How fine an expression is: the number of decimals of its finest cell, `math.inf` after a division, None where it is
exact (literals and products), so that it takes no part in deciding a scale."""

UNBOUNDED = math.inf
"""The grain of a quotient."""


class Overflow(OverflowError):
    """A number is too large to be computed with: refused, never wrapped."""


def round_half_away(value: Fraction, scale: int) -> int:
    """`value` × 10**scale as the nearest integer, an exact half away from zero (as Excel's ROUND)."""
    numerator, denominator = value.numerator, value.denominator
    if scale >= 0:
        numerator *= 10**scale
    else:
        denominator *= 10**-scale
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def at_scale(value: Fraction, scale: int) -> Fraction:
    """`value` rounded to `scale` decimals; a negative scale rounds to tens, hundreds …"""
    return round_half_away(value, scale) * Fraction(10) ** -scale


def within(value: int, limit: int = RESULT_LIMIT) -> int:
    """The value itself. Raises Overflow beyond the limit."""
    if -limit <= value <= limit:
        return value
    raise Overflow(f"beyond {limit.bit_length() + 1} bits")


def coarser(left: Grain, right: Grain) -> tuple[int | None, int | None]:
    """The scales to which the left and right side are rounded before they are compared; None: taken as it is.

    Only the finer side is rounded, to the scale of the coarser one. An exact side asks for an exact comparison, as do
    two sides equally fine.
    """
    if left is None or right is None or left == right:
        return None, None
    # The smaller of two different grains is finite.
    return (int(right), None) if left > right else (None, int(left))


def power_of_ten(value: Fraction) -> int | None:
    """k where `value` is 10**k, else None."""
    if value <= 0 or 1 not in (value.numerator, value.denominator):
        return None
    large = max(value.numerator, value.denominator)
    exponent = len(str(large)) - 1
    if large != 10**exponent:
        return None
    return exponent if value.denominator == 1 else -exponent
