"""The one table of operations of the formula language.

A row says how an operation is written, what it takes and gives, what becomes of measures, whether it keeps a formula
additive, what it does to scales, what it means (`evaluate.py` calls `meaning`) and how it lowers to the kernel that the
emitters see. A new function is one row here, and its conformance rows in `tests/formulas/`.

The passes of the compiler read the rows; nothing here knows of templates or values of a report.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

from compiler.formula import lowering
from compiler.formula.kernel import Comparison, Kernel
from compiler.formula.lowering import Lowered
from compiler.formula.rounding import at_scale

Value = Fraction | bool | str | None
"""What an expression can be: a number, a truth, a text or date or code, or blank (of a truth: unknown)."""

ArgumentKind = Literal["number", "truth", "any", "branch", "digits", "factor"]
"""any: a number, truth or text, and all arguments of this kind alike. branch: a number or truth, all alike, and what
the operation gives. digits: a whole literal. factor: a positive literal."""

ResultKind = Literal["number", "truth", "branch"]

MeasureRule = Literal["same", "product", "quotient", "first", "none"]
"""same: arguments (but a condition) must share a measure, and a number given has it; first: it is the first argument's;
none: the arguments' measures don't matter and a number given has none."""

AdditivityRule = Literal["linear", "scaling", "ratio", "none"]
"""linear: additive when every argument is. scaling: additive when one argument is and the others are literals.
ratio: a ratio of additive terms when both are additive. none: neither."""

ScaleRule = Literal["finest", "digits", "unbounded", "shifted", "exact"]
"""The grain of what is given (`rounding.Grain`): that of the finest argument, the literal number of digits, infinitely
fine, the first argument's shifted by a factor that is a power of ten (else exact), or exact."""


Meaning = Callable[[Sequence[Value]], Value]
"""What the operation gives on exact values, blanks included."""

Lower = Callable[[Kernel, Sequence[Lowered]], Lowered]
"""The same in terms of the kernel."""


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    `takes` names the kind of each argument; its last kind holds for all further ones, of which there are at least
    `least` and at most `most` (None: any number). `spelling` is the surface form: an infix or prefix sign or word, or
    the name of a function; "" where authors don't write it. `compares`: both sides are brought to the coarser scale
    first. `aggregates`: self-added rows may stand for an argument, and mean all of their values.
    """

    name: str
    spelling: str
    takes: tuple[ArgumentKind, ...]
    gives: ResultKind
    least: int
    most: int | None
    measure: MeasureRule
    additivity: AdditivityRule
    scale: ScaleRule
    meaning: Meaning
    lower: Lower
    compares: bool = False
    aggregates: bool = False

    def kind_of_argument(self, index: int) -> ArgumentKind:
        """What the argument at `index` (from 0) must be."""
        return self.takes[min(index, len(self.takes) - 1)]

    def accepts(self, count: int) -> bool:
        """Whether the operation can have that many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


def numbers(arguments: Sequence[Value]) -> list[Fraction]:
    """The arguments that are not blank; every one is a number, as the compiler has made sure."""
    present: list[Fraction] = []
    for argument in arguments:
        if isinstance(argument, Fraction):
            present.append(argument)
        elif argument is not None:
            raise TypeError(f"a number is needed, not {argument!r}")
    return present


def _sum(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return sum(present, Fraction(0)) if present else None


def _cumulate(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return present[0] + present[1] if len(present) == 2 else None


def _subtract(arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return _sum([left, _negate([right])])


def _negate(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return -present[0] if present else None


def _multiply(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return present[0] * present[1] if len(present) == 2 else None


def _divide(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return present[0] / present[1] if len(present) == 2 and present[1] else None


def _minimum(arguments: Sequence[Value]) -> Value:
    return min(numbers(arguments), default=None)


def _maximum(arguments: Sequence[Value]) -> Value:
    return max(numbers(arguments), default=None)


def _mean(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return sum(present, Fraction(0)) / len(present) if present else None


def _count(arguments: Sequence[Value]) -> Value:
    return Fraction(sum(argument is not None for argument in arguments))


def _abs(arguments: Sequence[Value]) -> Value:
    present = numbers(arguments)
    return abs(present[0]) if present else None


def _round(arguments: Sequence[Value]) -> Value:
    value, digits = arguments
    if not isinstance(digits, Fraction):
        raise TypeError("round needs a literal number of digits")
    return at_scale(value, int(digits)) if isinstance(value, Fraction) else None


def _agrees(arguments: Sequence[Value]) -> Value:
    left, right = arguments
    return None if left is None and right is None else left == right


def _and(arguments: Sequence[Value]) -> Value:
    if any(argument is False for argument in arguments):
        return False
    return None if None in arguments else True


def _or(arguments: Sequence[Value]) -> Value:
    if any(argument is True for argument in arguments):
        return True
    return None if None in arguments else False


def _not(arguments: Sequence[Value]) -> Value:
    (argument,) = arguments
    return None if argument is None else argument is False


def _if(arguments: Sequence[Value]) -> Value:
    condition, then, otherwise = arguments
    return None if condition is None else then if condition else otherwise


def _blank(arguments: Sequence[Value]) -> Value:
    (argument,) = arguments
    return argument is None


def _comparison(
    name: str,
    spelling: str,
    kind: ArgumentKind,
    holds: Callable[[Any, Any], bool],
    comparison: Comparison,
    swapped: bool = False,
) -> Operation:
    def meaning(arguments: Sequence[Value]) -> Value:
        left, right = arguments
        return None if left is None or right is None else holds(left, right)

    def lower(kernel: Kernel, arguments: Sequence[Lowered]) -> Lowered:
        return lowering.compared(kernel, arguments[::-1] if swapped else arguments, comparison)

    return Operation(
        name, spelling, (kind,), "truth", 2, 2, "same", "none", "exact", meaning, lower, compares=True
    )


def _aggregate(
    name: str, additivity: AdditivityRule, scale: ScaleRule, meaning: Meaning, lower: Lower
) -> Operation:
    takes: tuple[ArgumentKind, ...] = ("number",)
    return Operation(
        name, name, takes, "number", 1, None, "same", additivity, scale, meaning, lower, aggregates=True
    )


_NUMBER: tuple[ArgumentKind, ...] = ("number",)
_TRUTH: tuple[ArgumentKind, ...] = ("truth",)

# fmt: off
_ROWS: tuple[Operation, ...] = (
    # name, spelling, takes, gives, least, most, measure, additivity, scale, meaning, lower
    Operation("add", "+", _NUMBER, "number", 2, 2, "same", "linear", "finest", _sum, lowering.sum_of),
    Operation("subtract", "-", _NUMBER, "number", 2, 2, "same", "linear", "finest", _subtract, lowering.subtract),
    Operation("negate", "-", _NUMBER, "number", 1, 1, "same", "linear", "finest", _negate, lowering.negate),
    Operation("multiply", "*", _NUMBER, "number", 2, 2, "product", "scaling", "exact", _multiply, lowering.multiply),
    Operation("divide", "/", _NUMBER, "number", 2, 2, "quotient", "ratio", "unbounded", _divide, lowering.divide),
    # Put in by the compiler where measures meet: convert(x, 0.000001) is x đồng in triệu đồng. It is a product that
    # keeps its scale, so that a cell in triệu đồng is compared with one in đồng at the coarser of the two.
    Operation(
        "convert", "", ("number", "factor"), "number", 2, 2, "first", "scaling", "shifted", _multiply, lowering.multiply
    ),
    # The year to date: this period's value and the sum of the earlier ones, blank unless every period has a value.
    Operation("cumulate", "", _NUMBER, "number", 2, 2, "same", "linear", "finest", _cumulate, lowering.cumulate),
    _aggregate("sum", "linear", "finest", _sum, lowering.sum_of),
    _aggregate("min", "none", "finest", _minimum, partial(lowering.extreme, how="min")),
    _aggregate("max", "none", "finest", _maximum, partial(lowering.extreme, how="max")),
    _aggregate("mean", "none", "unbounded", _mean, lowering.mean),
    Operation(
        "count", "count", ("any",), "number", 1, None, "none", "none", "exact", _count, lowering.count, aggregates=True
    ),
    Operation("abs", "abs", _NUMBER, "number", 1, 1, "same", "none", "finest", _abs, lowering.absolute),
    Operation(
        "round", "round", ("number", "digits"), "number", 2, 2, "first", "none", "digits", _round, lowering.round_to
    ),
    _comparison("equal", "=", "any", operator.eq, "="),
    _comparison("not_equal", "<>", "any", operator.ne, "<>"),
    _comparison("less", "<", "number", operator.lt, "<"),
    _comparison("less_equal", "<=", "number", operator.le, "<="),
    _comparison("greater", ">", "number", operator.gt, "<", swapped=True),
    _comparison("greater_equal", ">=", "number", operator.ge, "<=", swapped=True),
    # An equality that a chain a = b = c or an exhaustive `of which` states: it fails when exactly one side is blank.
    Operation(
        "agrees", "", _NUMBER, "truth", 2, 2, "same", "none", "exact", _agrees, lowering.agrees, compares=True
    ),
    Operation("and", "and", _TRUTH, "truth", 2, None, "none", "none", "exact", _and, lowering.conjunction),
    Operation("or", "or", _TRUTH, "truth", 2, None, "none", "none", "exact", _or, lowering.disjunction),
    Operation("not", "not", _TRUTH, "truth", 1, 1, "none", "none", "exact", _not, lowering.opposite),
    Operation("if", "if", ("truth", "branch"), "branch", 3, 3, "same", "none", "finest", _if, lowering.choose),
    Operation("blank", "blank", ("any",), "truth", 1, 1, "none", "none", "exact", _blank, lowering.is_blank),
)
# fmt: on

OPERATIONS: Mapping[str, Operation] = MappingProxyType({row.name: row for row in _ROWS})
"""Every operation by name."""
