"""What blanks, Kleene logic, division by zero and the one rounding mean in terms of the kernel: one function per
operation, named in its row of the table of operations.

An expression lowers to what can be told of it apart: a number to whether it is present and one exact fraction, a truth
to whether it is known and whether it holds. Two invariants carry the rules: where a number is not present its numerator
is 0 and its denominator is not, so that it can be added as it is; where a truth is not known it doesn't hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.formula.expressions import AddedRows, Text
from compiler.formula.kernel import (
    Comparison,
    Constant,
    ExtremeKind,
    Kernel,
    OverallKind,
    Quantity,
    Source,
    Truth,
)
from compiler.template import ValueType


@dataclass(frozen=True, slots=True)
class Number:
    """numerator / denominator where present. `denominator` may be negative where it isn't a constant."""

    present: Truth
    numerator: Quantity
    denominator: Quantity


@dataclass(frozen=True, slots=True)
class Verdict:
    """A truth of three values."""

    known: Truth
    holds: Truth


@dataclass(frozen=True, slots=True)
class Textual:
    """A text, date or code: a literal or a cell."""

    present: Truth
    text: Source | Text


@dataclass(frozen=True, slots=True)
class Rows:
    """One column of self-added rows, as an argument of an aggregate."""

    rows: AddedRows
    type: ValueType


Lowered = Number | Verdict | Textual | Rows


def presence(lowered: Lowered, kernel: Kernel) -> Truth:
    """Whether there is a value."""
    match lowered:
        case Number() | Textual():
            return lowered.present
        case Verdict():
            return lowered.known
        case Rows():
            return kernel.compare("<", kernel.zero, kernel.overall("count", lowered.rows, 0))


def rounded(kernel: Kernel, number: Number, scale: int) -> Quantity:
    """The one rounding: what a cell of that scale holds where the number is present, else 0."""
    return kernel.rounded(number.numerator, number.denominator, scale)


def sum_of(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """Blanks are skipped; blank only when every argument is."""
    numbers = [_number(argument, kernel) for argument in arguments]
    present = kernel.any(number.present for number in numbers)
    whole = [number.numerator for number in numbers if number.denominator is kernel.one]
    numerator = kernel.sum(whole)
    denominator: Quantity | None = kernel.one if whole else None
    for number in numbers:
        if number.denominator is kernel.one:
            continue
        if denominator is None:
            numerator, denominator = number.numerator, number.denominator
        elif denominator is number.denominator:
            numerator = kernel.sum((numerator, number.numerator))
        else:
            numerator = kernel.sum(
                (
                    kernel.product(numerator, number.denominator),
                    kernel.product(number.numerator, denominator),
                )
            )
            denominator = kernel.product(denominator, number.denominator)
    return Number(present, numerator, denominator or kernel.one)


def cumulate(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """A sum that is blank if either argument is."""
    left, right = (_number(argument, kernel) for argument in arguments)
    total = sum_of(kernel, (left, right))
    present = kernel.all((left.present, right.present))
    return Number(present, kernel.select(present, total.numerator, kernel.zero), total.denominator)


def subtract(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """As a sum with the second argument negated."""
    left, right = arguments
    return sum_of(kernel, (left, negate(kernel, (right,))))


def negate(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """Blank if the argument is."""
    (number,) = (_number(argument, kernel) for argument in arguments)
    return Number(number.present, kernel.negative(number.numerator), number.denominator)


def multiply(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """Blank if either argument is. A blank factor counts 0, so the product keeps the invariant."""
    left, right = (_number(argument, kernel) for argument in arguments)
    return Number(
        kernel.all((left.present, right.present)),
        kernel.product(left.numerator, right.numerator),
        kernel.product(left.denominator, right.denominator),
    )


def divide(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """Blank if either argument is, or the divisor is zero."""
    left, right = (_number(argument, kernel) for argument in arguments)
    present = kernel.all(
        (left.present, right.present, kernel.compare("<>", right.numerator, kernel.zero)),
    )
    numerator = kernel.product(left.numerator, right.denominator)
    denominator = kernel.product(left.denominator, right.numerator)
    if present is kernel.false:
        return Number(present, kernel.zero, kernel.one)
    if isinstance(denominator, Constant):
        # By a literal there is nothing to guard; the sign moves up, so that a constant denominator is positive.
        if denominator.value < 0:
            numerator, denominator = kernel.negative(numerator), kernel.negative(denominator)
        return Number(present, numerator, denominator)
    return Number(
        present,
        kernel.select(present, numerator, kernel.zero),
        kernel.select(present, denominator, kernel.one),
    )


def extreme(kernel: Kernel, arguments: Sequence[Lowered], how: ExtremeKind) -> Number:
    """The least or greatest of what is not blank."""
    numbers = [_positive(_number(argument, kernel, how), kernel) for argument in arguments]
    present = kernel.any(number.present for number in numbers)
    # Brought to one denominator, fractions compare by their numerators.
    denominator: Quantity = kernel.one
    for other in dict.fromkeys(number.denominator for number in numbers):
        denominator = kernel.product(denominator, other)
    items: list[tuple[Truth, Quantity]] = []
    for number in numbers:
        numerator = number.numerator
        for other in dict.fromkeys(it.denominator for it in numbers):
            if other is not number.denominator:
                numerator = kernel.product(numerator, other)
        items.append((number.present, numerator))
    return Number(present, kernel.extreme(how, items), denominator)


def mean(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """The sum over the count of what is not blank; there is one exactly where the sum is."""
    total, counted = sum_of(kernel, arguments), count(kernel, arguments)
    number = kernel.select(total.present, counted.numerator, kernel.one)
    return Number(total.present, total.numerator, kernel.product(total.denominator, number))


def count(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """How many are not blank: never blank itself."""
    terms = [
        kernel.overall("count", argument.rows, 0)
        if isinstance(argument, Rows)
        else kernel.select(presence(argument, kernel), kernel.one, kernel.zero)
        for argument in arguments
    ]
    return Number(kernel.true, kernel.sum(terms), kernel.one)


def absolute(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """The number without its sign."""
    (argument,) = arguments
    number = _positive(_number(argument, kernel), kernel)
    return Number(number.present, _absolute(kernel, number.numerator), number.denominator)


def round_to(kernel: Kernel, arguments: Sequence[Lowered]) -> Number:
    """The number at as many decimals as the second argument, a literal, says."""
    exact, digits = (_number(argument, kernel) for argument in arguments)
    if not isinstance(digits.numerator, Constant):
        raise TypeError("round needs a literal number of digits")
    return at_scale(kernel, exact, digits.numerator.value)


def at_scale(kernel: Kernel, number: Number, scale: int) -> Number:
    """The number rounded to `scale`."""
    return Number(number.present, rounded(kernel, number, scale), kernel.one)


def compared(kernel: Kernel, arguments: Sequence[Lowered], comparison: Comparison) -> Verdict:
    """Unknown where a side is blank."""
    left, right = arguments
    known = kernel.all((presence(left, kernel), presence(right, kernel)))
    return Verdict(known, kernel.all((known, _holds(kernel, left, right, comparison))))


def agrees(kernel: Kernel, arguments: Sequence[Lowered]) -> Verdict:
    """An equality that fails where exactly one side is blank, and is unknown where both are."""
    left, right = arguments
    sides = (presence(left, kernel), presence(right, kernel))
    return Verdict(kernel.any(sides), kernel.all((*sides, _holds(kernel, left, right, "="))))


def conjunction(kernel: Kernel, arguments: Sequence[Lowered]) -> Verdict:
    """Kleene's and: false where any part is, whatever the others are."""
    parts = [_verdict(argument) for argument in arguments]
    fails = kernel.any(kernel.all((part.known, kernel.negation(part.holds))) for part in parts)
    known = kernel.any((kernel.all(part.known for part in parts), fails))
    return Verdict(known, kernel.all(part.holds for part in parts))


def disjunction(kernel: Kernel, arguments: Sequence[Lowered]) -> Verdict:
    """Kleene's or: true where any part is, whatever the others are."""
    parts = [_verdict(argument) for argument in arguments]
    holds = kernel.any(part.holds for part in parts)
    return Verdict(kernel.any((kernel.all(part.known for part in parts), holds)), holds)


def opposite(kernel: Kernel, arguments: Sequence[Lowered]) -> Verdict:
    """Unknown stays unknown."""
    (part,) = (_verdict(argument) for argument in arguments)
    return Verdict(part.known, kernel.all((part.known, kernel.negation(part.holds))))


def choose(kernel: Kernel, arguments: Sequence[Lowered]) -> Lowered:
    """One of two numbers or truths; blank on an unknown condition."""
    condition = _verdict(arguments[0])
    then, otherwise = arguments[1:]
    fails = kernel.all((condition.known, kernel.negation(condition.holds)))
    if isinstance(then, Number) and isinstance(otherwise, Number):
        # The branch not taken may be present, so an unknown condition takes neither.
        return Number(
            _either(kernel, condition, fails, then.present, otherwise.present),
            _taken(kernel, condition, fails, then.numerator, otherwise.numerator, kernel.zero),
            _taken(kernel, condition, fails, then.denominator, otherwise.denominator, kernel.one),
        )
    left, right = _verdict(then), _verdict(otherwise)
    return Verdict(
        _either(kernel, condition, fails, left.known, right.known),
        _either(kernel, condition, fails, left.holds, right.holds),
    )


def is_blank(kernel: Kernel, arguments: Sequence[Lowered]) -> Verdict:
    """Always known."""
    (argument,) = arguments
    return Verdict(kernel.true, kernel.negation(presence(argument, kernel)))


def _number(lowered: Lowered, kernel: Kernel, how: OverallKind = "sum") -> Number:
    """An argument as a number; self-added rows as their sum, least or greatest value."""
    match lowered:
        case Number():
            return lowered
        case Rows(rows=rows, type=type):
            return Number(presence(lowered, kernel), kernel.overall(how, rows, type.scale), kernel.one)
        case _:
            raise TypeError("a number is needed")


def _verdict(lowered: Lowered) -> Verdict:
    if isinstance(lowered, Verdict):
        return lowered
    raise TypeError("a truth is needed")


def _positive(number: Number, kernel: Kernel) -> Number:
    """The same fraction with a positive denominator."""
    if isinstance(number.denominator, Constant):
        return number
    negative = kernel.compare("<", number.denominator, kernel.zero)
    numerator = kernel.select(negative, kernel.negative(number.numerator), number.numerator)
    return Number(number.present, numerator, _absolute(kernel, number.denominator))


def _absolute(kernel: Kernel, quantity: Quantity) -> Quantity:
    return kernel.select(kernel.compare("<", quantity, kernel.zero), kernel.negative(quantity), quantity)


def _holds(kernel: Kernel, left: Lowered, right: Lowered, comparison: Comparison) -> Truth:
    match left, right:
        case Number(), Number():
            if left.denominator is not right.denominator:
                left, right = _positive(left, kernel), _positive(right, kernel)
                return kernel.compare(
                    comparison,
                    kernel.product(left.numerator, right.denominator),
                    kernel.product(right.numerator, left.denominator),
                )
            if left.denominator is not kernel.one:
                left, right = _positive(left, kernel), _positive(right, kernel)
            return kernel.compare(comparison, left.numerator, right.numerator)
        case Textual(), Textual():
            same = kernel.same_text(left.text, right.text)
        case Verdict(), Verdict():
            both = kernel.all((left.holds, right.holds))
            neither = kernel.all((kernel.negation(left.holds), kernel.negation(right.holds)))
            same = kernel.any((both, neither))
        case _:
            raise TypeError("only values of one kind are compared")
    return same if comparison == "=" else kernel.negation(same)


def _either(kernel: Kernel, condition: Verdict, fails: Truth, then: Truth, otherwise: Truth) -> Truth:
    return kernel.any((kernel.all((condition.holds, then)), kernel.all((fails, otherwise))))


def _taken(
    kernel: Kernel, condition: Verdict, fails: Truth, then: Quantity, otherwise: Quantity, neither: Quantity
) -> Quantity:
    if then is otherwise and then is neither:
        return then
    return kernel.select(condition.holds, then, kernel.select(fails, otherwise, neither))
