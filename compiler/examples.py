"""Authors' own examples, `example … given … expect`, compiled and run on the reference evaluator.

They let a person who knows the law test a form without Python. They are no part of a template: what they prove was
proven when it was built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.formula.rounding import round_half_away
from compiler.numbers import format_number
from compiler.values import Address, CaptureKey, Scalar, Values
from dsl.span import Span


@dataclass(frozen=True)
class ExpectedCell:
    """A cell and what must stand in it; None: it must be blank."""

    address: Address
    value: Scalar | None
    span: Span


@dataclass(frozen=True)
class ExpectedCheck:
    """A check that must fail somewhere, or hold everywhere it can be evaluated."""

    name: str
    holds: bool
    span: Span


@dataclass(frozen=True)
class Example:
    """One example: a report and what must come of it."""

    title: str
    given: Mapping[Address, Scalar]
    captured: Mapping[CaptureKey, int | None]
    expected: tuple[ExpectedCell | ExpectedCheck, ...]
    span: Span


@dataclass(frozen=True)
class Disappointment:
    """An expectation that did not come true, in words ready to print."""

    span: Span
    expected: str
    found: str


def run(example: Example, layout: Layout) -> tuple[Disappointment, ...]:
    """Evaluate an example; what did not come out as expected."""
    evaluation = evaluate_report(layout, Values(cells=example.given, captured=example.captured))
    found: list[Disappointment] = []
    for expectation in example.expected:
        disappointment = (
            _cell(expectation, evaluation, layout)
            if isinstance(expectation, ExpectedCell)
            else _check(expectation, evaluation)
        )
        if disappointment is not None:
            found.append(disappointment)
    return tuple(found)


def _cell(expected: ExpectedCell, evaluation: Evaluation, layout: Layout) -> Disappointment | None:
    value = evaluation.values.cells.get(expected.address)
    if value == expected.value:
        return None
    placed = layout.by_address[expected.address]

    def words(scalar: Scalar | None) -> str:
        if scalar is None:
            return "trống"
        return format_number(scalar, placed.type) if isinstance(scalar, int) else str(scalar)

    return Disappointment(
        expected.span,
        f"{expected.address} = {words(expected.value)}",
        words(value),
    )


def _check(expected: ExpectedCheck, evaluation: Evaluation) -> Disappointment | None:
    outcomes = [outcome for outcome in evaluation.outcomes if outcome.placed.check.name == expected.name]
    failed = [outcome.placed.place for outcome in outcomes if outcome.holds is False]
    evaluated = any(outcome.holds is not None for outcome in outcomes)
    if expected.holds:
        if evaluated and not failed:
            return None
        found = f"không đạt tại {', '.join(failed)}" if failed else "không kiểm tra được"
        return Disappointment(expected.span, f"{expected.name} đạt", found)
    if failed:
        return None
    return Disappointment(
        expected.span, f"{expected.name} không đạt", "đạt" if evaluated else "không kiểm tra được"
    )


def at_scale(value: Fraction, scale: int) -> int | None:
    """A literal as the scaled integer of a cell, or None where it has more decimals than the cell."""
    scaled = round_half_away(value, scale)
    return scaled if Fraction(scaled, 10**scale) == value else None
