"""Authors' own examples, `example … given … expect`, compiled and run on the reference evaluator.

They let a person who knows the law test a form without Python. They are no part of a template: what they prove was
proven when it was built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.formula.rounding import round_half_away
from compiler.numbers import format_number
from compiler.values import Address, CaptureKey, Scalar, Values
from dsl.diagnostics import Language
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


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "vi": {"blank": "trống", "holds": "đạt", "fails": "không đạt", "unknown": "không kiểm tra được"},
    "en": {"blank": "blank", "holds": "holds", "fails": "fails", "unknown": "could not be checked"},
}


def edition_for(example: Example, layouts: Sequence[Layout]) -> Layout:
    """The latest edition of a form that has all that an example names; the latest one where none has."""
    for layout in reversed(layouts):
        checks = {check.name for check in layout.template.checks}
        named = [
            *example.given,
            *(each.address for each in example.expected if isinstance(each, ExpectedCell)),
        ]
        if all(address in layout.by_address for address in named) and all(
            each.name in checks for each in example.expected if isinstance(each, ExpectedCheck)
        ):
            return layout
    return layouts[-1]


def run(example: Example, layout: Layout, language: Language = "vi") -> tuple[Disappointment, ...]:
    """Evaluate an example; what did not come out as expected, in words of that language."""
    words = _WORDS[language]
    evaluation = evaluate_report(layout, Values(cells=example.given, captured=example.captured))
    found: list[Disappointment] = []
    for expectation in example.expected:
        disappointment = (
            _cell(expectation, evaluation, layout, words)
            if isinstance(expectation, ExpectedCell)
            else _check(expectation, evaluation, words)
        )
        if disappointment is not None:
            found.append(disappointment)
    return tuple(found)


def _cell(
    expected: ExpectedCell, evaluation: Evaluation, layout: Layout, words: Mapping[str, str]
) -> Disappointment | None:
    value = evaluation.values.cells.get(expected.address)
    if value == expected.value:
        return None
    placed = layout.by_address.get(expected.address)

    def shown(scalar: Scalar | None) -> str:
        if scalar is None or placed is None:
            return words["blank"]
        return format_number(scalar, placed.type) if isinstance(scalar, int) else str(scalar)

    return Disappointment(
        expected.span,
        f"{expected.address} = {shown(expected.value)}",
        shown(value),
    )


def _check(
    expected: ExpectedCheck, evaluation: Evaluation, words: Mapping[str, str]
) -> Disappointment | None:
    outcomes = [outcome for outcome in evaluation.outcomes if outcome.placed.check.name == expected.name]
    failed = [outcome.placed.place for outcome in outcomes if outcome.holds is False]
    evaluated = any(outcome.holds is not None for outcome in outcomes)
    if expected.holds:
        if evaluated and not failed:
            return None
        found = f"{words['fails']}: {', '.join(failed)}" if failed else words["unknown"]
        return Disappointment(expected.span, f"{expected.name}: {words['holds']}", found)
    if failed:
        return None
    found = words["holds"] if evaluated else words["unknown"]
    return Disappointment(expected.span, f"{expected.name}: {words['fails']}", found)


def at_scale(value: Fraction, scale: int) -> int | None:
    """A literal as the scaled integer of a cell, or None where it has more decimals than the cell."""
    scaled = round_half_away(value, scale)
    return scaled if Fraction(scaled, 10**scale) == value else None
