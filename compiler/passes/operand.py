"""An expression together with what the compiler knows of it, so that each pass adds one answer and keeps the span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compiler.formula.expressions import Expression
from compiler.measures import PURE, Dimension
from dsl.span import Span

Kind = Literal["number", "truth", "text"]

Class = Literal["constant", "additive", "ratio", "other"]
"""constant: the same in every report. additive: linear and homogeneous in additive cells, exact at its own scale.
ratio: an additive term over an additive term, times a constant. other: anything else."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A resolved expression.

    scale: decimals that hold it exactly, or None where no number of decimals does (a quotient).
    dimension: None where nothing is known of its measure.
    """

    expression: Expression
    span: Span
    kind: Kind
    scale: int | None = 0
    dimension: Dimension | None = PURE
    additivity: Class = "constant"
