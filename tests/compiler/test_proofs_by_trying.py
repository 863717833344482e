"""The solver against trying every report there is: small forms whose cells hold a handful of values.

The reference evaluator computes each report, so that what the solver says of blanks, rounding, ratios, total rows and
self-added rows is held to the one meaning. A solver may not decide; it may not be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.pipeline import compile_package
from compiler.proofs.facts import Reading
from compiler.proofs.goals import Answered, Fails, Goal, Holds
from compiler.proofs.limits import Budget, ProofLimits
from compiler.proofs.questions import No, Part, Yes, prove
from compiler.proofs.witness import Witness
from compiler.values import Address, GroupKey, Values
from dsl.parse import parse
from dsl.span import Source

HOLDS = (None, 0, 1, 2)
"""What a cell may hold."""

_ROWS = {
    "one": 'row x "X"',
    "list": 'each l from l\nrow tong "T" = sum(l) last',
    "added": 'many m "M" max 2\nrow tong "T" = sum(m) last',
}
_COMPUTED = ("a + b", "a - b", "a * b", "a / b", "max(a, b)", "if a > b then a else 0", "round(a / 3, 1) + b")


@dataclass(frozen=True)
class Form:
    """A form to be tried: its source, and how its rows are."""

    rows: str
    computed: str
    required: bool
    checks: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether the solver looks at the whole form at once: one row, nothing multiplied."""
        return self.rows == "one" and not any(
            sign in " ".join((self.computed, *self.checks)) for sign in "*/"
        )

    @property
    def text(self) -> str:
        checks = "\n".join(f"check k{number}: {check}" for number, check in enumerate(self.checks))
        required = " required" if self.required else ""
        return (
            'package g 1.0.0 "G"\nlist l "L" {\nm1 "M"\nm2 "M"\n}\nregime r "R" {\nperiod year\nfilled by commune\n'
            f'goes to province\ntable t "T" {{\ncolumns {{\na "A" integer >= 0 <= 2{required}\n'
            f'b "B" integer >= 0 <= 2\nc "C" decimal(1) = {self.computed} rollup recompute\n}}\n'
            f"rows {{\n{_ROWS[self.rows]}\n}}\n{checks}\n}}\n}}\n"
        )


def _numbers(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(("a", "b", "c", "a", "b", "0", "1", "2", "3"))
    if depth == 0:
        return leaf
    inner = _numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{}({}, {})".format, st.sampled_from(("min", "max", "mean", "sum", "count")), inner, inner),
    )


def _conditions(depth: int) -> st.SearchStrategy[str]:
    number = _numbers(1)
    compared = st.builds(
        "({} {} {})".format, number, st.sampled_from(("=", "<>", "<", "<=", ">", ">=")), number
    )
    leaf = compared | compared | st.builds("blank({})".format, st.sampled_from("abc"))
    if depth == 0:
        return leaf
    inner = _conditions(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from(("and", "or")), inner),
        st.builds("(not {})".format, inner),
    )


_FORMS = st.builds(
    Form,
    rows=st.sampled_from(("one", "one", "list", "added")),
    computed=st.sampled_from(_COMPUTED),
    required=st.booleans(),
    checks=st.lists(_conditions(1), min_size=1, max_size=3, unique=True).map(tuple),
)


def _layout(form: Form) -> Layout:
    file, found = parse(Source("vi_du.bieu", form.text))
    compiled = compile_package([file], {}, [], found)
    # A check between a text of constants alone, a range that is empty: another test's matter.
    assume(not compiled.failed)
    return compiled.regimes[0].layout


def _reports(form: Form) -> Iterator[Values]:
    """Every report within its bounds, and with what is required."""
    held = HOLDS[1:] if form.required else HOLDS
    row = list(product(held, HOLDS))
    if form.rows == "added":
        for count in range(3):
            for rows in product(row, repeat=count):
                yield Values(added={GroupKey("t", "m"): tuple(_row(a, b) for a, b in rows)})
        return
    names = ("x",) if form.rows == "one" else ("m1", "m2")
    for rows in product(row, repeat=len(names)):
        cells = {
            Address("t", name, column): value
            for name, values in zip(names, rows, strict=True)
            for column, value in _row(*values).items()
        }
        yield Values(cells=cells)


def _row(a: int | None, b: int | None) -> dict[str, int]:
    return {name: value for name, value in (("a", a), ("b", b)) if value is not None}


def _witness(evaluation: Evaluation) -> Witness:
    return Witness(evaluation.values, evaluation.outcomes)


@settings(max_examples=60)
@given(_FORMS)
def test_solver_says_what_trying_every_report_says(form: Form) -> None:
    layout = _layout(form)
    tried = [_witness(evaluate_report(layout, values)) for values in _reports(form)]
    budget = Budget(ProofLimits(steps=200_000))
    with closing(Part(layout, Reading(layout), layout.template.checks, budget, show=False)) as part:
        _compare(part, form, tried)


def _compare(part: Part, form: Form, tried: list[Witness]) -> None:
    names = [check.name for check in part.checks]
    asked: list[tuple[Goal, list[str]]] = [(Answered("t", "c"), names)]
    for name in names:
        others = [other for other in names if other != name]
        asked += [(Holds(name), others), (Fails(name), others), (Fails(name), [])]
    for goal, others in asked:
        there_is = any(goal.met(report) and not any(map(report.fails, others)) for report in tried)
        answer = part.ask(goal, others, show=True)
        assert not (there_is and isinstance(answer, No)), (goal, others, form.text)
        assert not (not there_is and isinstance(answer, Yes)), (goal, others, form.text)
        if isinstance(answer, No) and form.is_plain:
            _assert_needed(part, goal, answer, tried)
        elif isinstance(answer, Yes):
            assert answer.witness is not None
            assert goal.met(answer.witness)
            assert not any(map(answer.witness.fails, others))


def _assert_needed(part: Part, goal: Goal, answer: No, tried: list[Witness]) -> None:
    """The checks that are named suffice, and none of them can be spared."""
    checks = [fact.check for fact in answer.facts if fact.kind == "check"]
    assert not any(goal.met(report) and not any(map(report.fails, checks)) for report in tried)
    for spared in checks:
        fewer = [check for check in checks if check != spared]
        # Without it the solver finds a report, or cannot tell; bounds and formulas stay.
        assert not isinstance(part.ask(goal, fewer), No)


@settings(max_examples=25)
@given(_FORMS)
def test_checks_that_are_said_to_clash_never_hold_together(form: Form) -> None:
    layout = _layout(form)
    tried = [_witness(evaluate_report(layout, values)) for values in _reports(form)]
    for verdict in prove(layout, Budget(ProofLimits(steps=200_000))):
        if verdict.kind != "contradiction":
            continue
        checks = [fact.check for fact in verdict.facts if fact.kind == "check"]
        full = [report for report in tried if _is_full(report, form)]
        assert full
        for report in full:
            decided = [
                outcome
                for outcome in report.outcomes
                if outcome.placed.check.name in checks and outcome.holds is not None
            ]
            assert not decided or not all(outcome.holds for outcome in decided)


def _is_full(report: Witness, form: Form) -> bool:
    values = report.values
    if form.rows == "added":
        return bool(values.added) and all({"a", "b"} <= set(row) for row in values.added[GroupKey("t", "m")])
    rows = ("x",) if form.rows == "one" else ("m1", "m2")
    return all(Address("t", row, column) in values.cells for row in rows for column in "ab")
