"""Proof 3: measures. Like is added to and compared with like; a scaled measure converts; anything else is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from compiler.formula.expressions import Number, call
from compiler.formula.operations import Operation
from compiler.formula.rounding import power_of_ten
from compiler.measures import PURE, Dimension, in_words, product
from compiler.passes.context import Diagnostics
from compiler.passes.operand import Operand
from compiler.template import Measure
from dsl.diagnostics import Label
from dsl.span import Span


def unify(
    operation: Operation,
    operands: Sequence[Operand],
    measures: Mapping[str, Measure],
    diagnostics: Diagnostics,
) -> tuple[tuple[Operand, ...], Dimension | None]:
    """The operands in one measure where the operation wants that, and the measure of its result.

    Notes BIEU0220, pointing at both places, where two measures don't meet.
    """
    match operation.measure:
        case "same":
            first = 1 if operation.name == "if" else 0
            alike, found = _alike(operands[first:], measures, diagnostics)
            return (*operands[:first], *alike), PURE if operation.gives == "truth" else found
        case "product" | "quotient":
            left, right = operands[0].dimension, operands[1].dimension
            if left is None or right is None:
                return tuple(operands), None
            sign = 1 if operation.measure == "product" else -1
            return _without_factor(operands, product(left, right, sign))
        case "first":
            return tuple(operands), operands[0].dimension
        case "none":
            return tuple(operands), PURE


def _alike(
    operands: Sequence[Operand], measures: Mapping[str, Measure], diagnostics: Diagnostics
) -> tuple[tuple[Operand, ...], Dimension | None]:
    lead = next((o for o in operands if _has_measure(o)), None)
    if lead is None or lead.dimension is None:
        known = [operand.dimension for operand in operands if operand.dimension is not None]
        return tuple(operands), known[0] if len(known) == len(operands) and known else None
    alike: list[Operand] = []
    for operand in operands:
        if not _has_measure(operand) or operand.dimension is None or operand.kind != "number":
            alike.append(operand)
        elif operand.dimension.base != lead.dimension.base:
            diagnostics.add(
                "BIEU0220",
                operand.span,
                {"right": in_words(operand.dimension, measures), "left": in_words(lead.dimension, measures)},
                labels=(Label(lead.span, "left", {"left": in_words(lead.dimension, measures)}),),
            )
            alike.append(operand)
        else:
            alike.append(converted(operand, lead.dimension))
    return tuple(alike), lead.dimension


def _has_measure(operand: Operand) -> bool:
    """A constant takes the measure of what it stands beside, so that `c3 <= 100` needs no unit."""
    return operand.dimension is not None and operand.additivity != "constant"


def converted(operand: Operand, target: Dimension) -> Operand:
    """The operand in the target's scaled measure: 3 triệu đồng becomes 3_000_000 đồng."""
    if operand.dimension is None or operand.dimension.factor == target.factor:
        return operand
    ratio = operand.dimension.factor / target.factor
    expression, scale = operand.expression, operand.scale
    digits = power_of_ten(ratio)
    if digits is not None:
        expression = call("convert", expression, Number(value=Decimal(1).scaleb(digits)))
        scale = None if scale is None else max(0, scale - digits)
    else:
        # Hours in minutes and the like: a factor that may have no last decimal stays a fraction.
        if ratio.numerator != 1:
            expression = call("multiply", expression, Number(value=Decimal(ratio.numerator)))
        if ratio.denominator != 1:
            expression = call("divide", expression, Number(value=Decimal(ratio.denominator)))
            scale = None
    return replace(operand, expression=expression, scale=scale, dimension=target)


def _without_factor(
    operands: Sequence[Operand], dimension: Dimension
) -> tuple[tuple[Operand, ...], Dimension]:
    """A ratio of triệu đồng to đồng is a pure number: the factor goes into the formula, not into the reader's head."""
    if dimension.powers or dimension.factor == 1:
        return tuple(operands), dimension
    whole = Dimension((), dimension.factor)
    first = converted(replace(operands[0], dimension=whole), PURE)
    return (replace(first, dimension=operands[0].dimension), *operands[1:]), PURE


def assigned(
    operand: Operand,
    cell: Dimension | None,
    span: Span,
    measures: Mapping[str, Measure],
    diagnostics: Diagnostics,
) -> Operand:
    """The formula of a cell, converted into the cell's measure. Notes BIEU0221 where it can't be."""
    if cell is None or not _has_measure(operand) or operand.dimension is None or operand.kind != "number":
        return operand
    if operand.dimension.base != cell.base:
        diagnostics.add(
            "BIEU0221",
            operand.span,
            {"found": in_words(operand.dimension, measures), "cell": in_words(cell, measures)},
            labels=(Label(span, "cell", {"cell": in_words(cell, measures)}),),
        )
        return operand
    return converted(operand, cell)


def is_compound(dimension: Dimension | None) -> bool:
    """Whether a dimension is a product or quotient of measures, such as đồng per person."""
    return (
        dimension is not None
        and bool(dimension.powers)
        and dimension.powers != ((dimension.powers[0][0], 1),)
    )
