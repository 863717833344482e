"""Proof 1: which formulas add up over units, and what a value's roll-up rule must be (`semantics.md`, over units).

Additive: linear, homogeneous and exact over additive inputs of the same report, so that summing the units' results and
recomputing from the units' sums give the same. A ratio of additive terms is recomputed. Anything else must say.
"""

from __future__ import annotations

from collections.abc import Sequence

from compiler.formula.operations import Operation
from compiler.passes.attributes import Attributes
from compiler.passes.context import Diagnostics
from compiler.passes.operand import Class, Operand
from compiler.template import Additivity, OverUnits, ValueType
from dsl.diagnostics import Label
from dsl.span import Span


def classify(operation: Operation, operands: Sequence[Operand]) -> Class:
    """The class of an operation's result."""
    classes = {operand.additivity for operand in operands}
    if classes == {"constant"}:
        return "constant"
    match operation.additivity:
        case "linear":
            return "additive" if classes == {"additive"} else "other"
        case "scaling":
            variable = classes - {"constant"}
            few = sum(operand.additivity != "constant" for operand in operands) == 1
            if few and variable == {"additive"}:
                return "additive"
            return "ratio" if few and variable == {"ratio"} else "other"
        case "ratio":
            above, below = operands
            if below.additivity == "constant":
                return above.additivity if above.additivity in {"additive", "ratio"} else "other"
            return "ratio" if above.additivity == below.additivity == "additive" else "other"
        case "none":
            return "other"


def of_formula(operand: Operand, cell_type: ValueType) -> Additivity:
    """The class of a formula in its cell: an additive one that the cell's scale would round is no longer additive."""
    if operand.additivity == "additive":
        exact = operand.scale is not None and operand.scale <= cell_type.scale
        return "additive" if exact else "other"
    return "ratio" if operand.additivity == "ratio" else "other"


def computed_rule(
    attributes: Attributes,
    additivity: Additivity,
    cell_type: ValueType,
    span: Span,
    carried: OverUnits | None,
    diagnostics: Diagnostics,
) -> OverUnits:
    """How a computed cell rolls up. `carried`: the rule of the cell it is carried over from, if it is.

    Notes BIEU0230 for the sum of a ratio, a percent, mean, minimum or maximum, BIEU0232 where the author must choose.
    """
    if carried is not None:
        return carried
    written = attributes.rollup
    if written is None:
        if additivity == "other" and cell_type.is_number:
            diagnostics.add("BIEU0232", span)
        return OverUnits(rule="recompute" if cell_type.is_number else "none")
    if written.rule == "sum" and (additivity == "ratio" or cell_type.kind == "percent"):
        diagnostics.add("BIEU0230", written.span, labels=(Label(span, "formula"),))
        return OverUnits(rule="recompute")
    if written.rule not in {"sum", "recompute", "none"}:
        diagnostics.add("BIEU0231", written.span, {"rule": written.rule})
        return OverUnits(rule="recompute")
    # An additive cell may say `sum`; recomputing gives the same and needs no state of its own.
    same = written.rule == "sum" and additivity == "additive"
    return OverUnits(rule="recompute" if same or written.rule == "recompute" else written.rule)


def entered_rule(
    attributes: Attributes, cell_type: ValueType, span: Span, diagnostics: Diagnostics
) -> OverUnits:
    """How an entered cell rolls up. Notes BIEU0236 for a percent that does not say, BIEU0230 for one that says sum."""
    written = attributes.rollup
    if written is None:
        if cell_type.kind == "percent":
            diagnostics.add("BIEU0236", span)
            return OverUnits(rule="none")
        return OverUnits(rule="sum" if cell_type.is_number else "none")
    if written.rule == "sum" and cell_type.kind == "percent":
        diagnostics.add("BIEU0230", written.span, labels=(Label(span, "formula"),))
        return OverUnits(rule="none")
    fits = cell_type.is_number or written.rule in {"none", "last", "count"}
    if not fits or written.rule in {"recompute", "concat", "union", "group"}:
        diagnostics.add("BIEU0231", written.span, {"rule": written.rule})
        return OverUnits(rule="none")
    if written.rule == "mean" and written.by is not None:
        return OverUnits(rule="weighted_mean", weight=written.by.text)
    return OverUnits(rule=written.rule)
