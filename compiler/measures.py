"""Measures as products of base measures with a rational factor, so that đồng + hồ sơ is refused and triệu đồng + đồng
converts. Where a number has no measure at all nothing is claimed of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.template import Measure


@dataclass(frozen=True, slots=True)
class Dimension:
    """`factor` × the product of base measures to their powers, e.g. triệu đồng/người: 10**6, dong^1, nguoi^-1."""

    powers: tuple[tuple[str, int], ...]
    factor: Fraction

    @property
    def base(self) -> Dimension:
        """The same dimension without its factor: equal for measures that convert into each other."""
        return Dimension(self.powers, Fraction(1))


PURE = Dimension((), Fraction(1))
"""A pure number: a literal's, a percent's, a ratio of like to like."""


def dimension(measure: Measure) -> Dimension:
    """The dimension of a declared measure."""
    return Dimension(((measure.base, 1),), Fraction(measure.factor))


PURE_NUMBER = "pure_number"
"""The catalogue's term for a number without a measure (`dsl/messages/meaning.toml`)."""


def product(left: Dimension, right: Dimension, sign: int = 1) -> Dimension:
    """left × right, or left / right with sign -1."""
    powers = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, 0) + sign * power
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Dimension(kept, left.factor * right.factor if sign == 1 else left.factor / right.factor)


def in_words(value: Dimension, measures: Mapping[str, Measure]) -> str:
    """A dimension as an author would say it: the label of a declared measure where one fits, else base labels;
    `PURE_NUMBER` where there is no measure, for the catalogue to put into words."""
    if not value.powers:
        return PURE_NUMBER
    for measure in measures.values():
        if dimension(measure) == value:
            return measure.label

    def label(name: str, power: int) -> str:
        base = measures[name].label if name in measures else name
        return base if abs(power) == 1 else f"{base}^{abs(power)}"

    above = "·".join(label(name, power) for name, power in value.powers if power > 0) or "1"
    below = "·".join(label(name, power) for name, power in value.powers if power < 0)
    factor = "" if value.factor == 1 else f"{value.factor} "
    return f"{factor}{above}/{below}" if below else f"{factor}{above}"
