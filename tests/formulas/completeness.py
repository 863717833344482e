"""What the conformance rows of an operation must show, and what is still missing: for whoever adds one.

Each operation of the table needs `LEAST` rows in which it is the outermost, and among them every kind of value below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from compiler.formula.evaluate import ReportReader, evaluate
from compiler.formula.expressions import Call, Expression, Number, calls
from compiler.formula.grain import grain
from compiler.formula.operations import OPERATIONS
from compiler.formula.rounding import coarser
from tests.formulas.rows import ConformanceRow, Suite

LEAST = 10
FIFTEEN_DIGITS = 10**14
HALF_SCALES = 2
"""At how many different scales a rounding must meet an exact half."""


def missing(suite: Suite) -> dict[str, list[str]]:
    """By operation, what its rows don't show yet; operations that lack nothing are not in it."""
    reader = ReportReader(suite.layout, suite.values.cells, suite.values.added, {})
    found: dict[str, list[str]] = {}
    for name in OPERATIONS:
        rows = [row for row in suite.rows if _operation(row.expression) == name]
        lacks = [] if len(rows) >= LEAST else [f"{LEAST - len(rows)} more rows with it outermost"]
        lacks += [kind for kind, shows in KINDS.items() if not any(map(shows, rows))]
        scales = {scale for row in rows for scale in _halves(row, reader)}
        if len(scales) < HALF_SCALES:
            lacks.append(f"an exact half at {HALF_SCALES - len(scales)} more scales")
        if lacks:
            found[name] = lacks
    return found


def _numbers(row: ConformanceRow) -> Iterator[int]:
    for held in row.cells.values():
        if held.type.is_number:
            yield from (value for value in held.values if isinstance(value, int))


KINDS: dict[str, Callable[[ConformanceRow], bool]] = {
    "a blank": lambda row: any(None in held.values for held in row.cells.values()),
    "a zero": lambda row: 0 in _numbers(row),
    "a negative number": lambda row: any(value < 0 for value in _numbers(row)),
    "15 digits": lambda row: any(abs(value) >= FIFTEEN_DIGITS for value in _numbers(row)),
    "an operation within it": lambda row: any(isinstance(part, Call) for part in _arguments(row.expression)),
    "mixed measures (convert)": lambda row: "convert" in map(_operation, calls(row.expression)),
}
"""What some row must have in it."""


def _halves(row: ConformanceRow, reader: ReportReader) -> Iterator[int]:
    """The scales at which the row rounds a number that is exactly a half there."""
    for call in calls(row.expression):
        arguments = call.arguments
        if call.operation == "round":
            assert isinstance(arguments[1], Number)
            yield from _half(arguments[0], int(arguments[1].value), reader)
        elif OPERATIONS[call.operation].compares:
            scales = coarser(*(grain(argument, reader.type) for argument in arguments))
            for argument, scale in zip(arguments, scales, strict=True):
                if scale is not None:
                    yield from _half(argument, scale, reader)
    if row.type.is_number:
        yield from _half(row.expression, row.type.scale, reader)


def _half(expression: Expression, scale: int, reader: ReportReader) -> Iterator[int]:
    value = evaluate(expression, reader)
    if isinstance(value, Fraction) and (value * Fraction(10) ** scale).denominator == 2:
        yield scale


def _operation(expression: Expression) -> str:
    return expression.operation if isinstance(expression, Call) else ""


def _arguments(expression: Expression) -> tuple[Expression, ...]:
    return expression.arguments if isinstance(expression, Call) else ()
