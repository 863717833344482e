"""Kinds and scales: a sum takes numbers, a check is a truth, and a product has the decimals of both its factors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from compiler.formula.expressions import Number
from compiler.formula.operations import Operation
from compiler.formula.rounding import power_of_ten
from compiler.passes.context import Diagnostics
from compiler.passes.operand import Kind, Operand
from compiler.template import ValueType
from dsl.span import Span


def expect(operand: Operand, kind: Kind, diagnostics: Diagnostics) -> bool:
    """Whether the operand is of that kind; notes BIEU0211 where it isn't."""
    if operand.kind == kind:
        return True
    diagnostics.add("BIEU0211", operand.span, {"expected": kind, "found": operand.kind})
    return False


def result_kind(operation: Operation, operands: Sequence[Operand], diagnostics: Diagnostics) -> Kind | None:
    """The kind an operation gives, or None after noting each argument that doesn't fit."""
    alike: Kind | None = None
    sound = True
    for index, operand in enumerate(operands):
        match operation.kind_of_argument(index):
            case "number" | "digits" | "factor":
                sound = expect(operand, "number", diagnostics) and sound
            case "truth":
                sound = expect(operand, "truth", diagnostics) and sound
            case "any" | "branch":
                # Arguments of this kind must only be alike; the first decides.
                alike = alike or operand.kind
                sound = expect(operand, alike, diagnostics) and sound
    if not sound:
        return None
    if operation.gives == "branch":
        return alike
    return operation.gives


def result_scale(operation: Operation, operands: Sequence[Operand]) -> int | None:
    """The decimals that hold an operation's result exactly; None where none do.

    Not the grain of `rounding.Grain`, which decides comparisons: here a product has a scale, the sum of its factors'.
    """
    numbers = [operand for operand in operands if operand.kind == "number"]
    scales = [operand.scale for operand in numbers]
    match operation.scale:
        case "finest":
            return None if None in scales else max((scale or 0 for scale in scales), default=0)
        case "digits":
            digits = operands[1].expression
            return max(0, int(digits.value)) if isinstance(digits, Number) else 0
        case "shifted":
            return _converted_scale(operands)
        case "unbounded":
            return _quotient_scale(operands) if operation.name == "divide" else None
        case "exact":
            # Counts and truths are whole.
            if operation.measure != "product":
                return 0
            return None if None in scales else sum(scale or 0 for scale in scales)


def _quotient_scale(operands: Sequence[Operand]) -> int | None:
    """Dividing by 10, 100, … only moves the point; any other divisor has no last digit in general."""
    divisor = operands[1].expression
    if operands[0].scale is None or not isinstance(divisor, Number):
        return None
    digits = power_of_ten(Fraction(divisor.value))
    return None if digits is None else max(0, operands[0].scale + digits)


def _converted_scale(operands: Sequence[Operand]) -> int | None:
    factor = operands[1].expression
    digits = power_of_ten(Fraction(factor.value)) if isinstance(factor, Number) else None
    return None if digits is None or operands[0].scale is None else max(0, operands[0].scale - digits)


def inferred(operand: Operand, span: Span, diagnostics: Diagnostics) -> ValueType:
    """The type of a computed cell whose author gave none: as exact as its formula. BIEU0219 where nothing is exact."""
    if operand.kind == "truth":
        return ValueType(kind="boolean")
    if operand.kind == "text":
        return ValueType(kind="text", max_length=255)
    if operand.scale is None:
        diagnostics.add("BIEU0219", span)
        return ValueType(kind="decimal", scale=2)
    return ValueType(kind="integer") if operand.scale == 0 else ValueType(kind="decimal", scale=operand.scale)
