"""Laws of merging, on generated reports: order, grouping and taking out; generated level code equals the reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.cells import Layout, address_of
from compiler.formula.evaluate import evaluate_report
from compiler.formula.expressions import Cell, calls, leaves
from compiler.formula.rounding import Overflow
from compiler.package import Library
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime import states
from runtime.level import Level, level_of
from runtime.rollup import RollUp
from runtime.states import Contribution, Plan, Standing
from runtime.units import Unit, UnitTree

PACKAGES = Path(__file__).parents[2] / "templates_library"
LARGE = st.integers(-(10**15) + 1, 10**15 - 1)
LIMITS = st.sampled_from(
    [
        sign * (2**bits + more)
        for bits in (18, 19, 20, 40, 41, 59, 60, 61)
        for more in (-1, 0, 1)
        for sign in (1, -1)
    ]
)


STANDINGS: tuple[Standing, ...] = ("approved", "approved", "approved", "sent", "draft")


@st.composite
def contributions(draw: st.DrawFn, layout: Layout, size: int, numbers: Any) -> list[Contribution]:
    made = []
    entered = [
        cell.address for cell in layout.cells if cell.kind in {"entered", "carried"} and cell.type.is_number
    ]
    keys = Plan(layout).slots.captures
    for number in range(size):
        # One seed a report: hundreds of draws would be slow, and shrink no better.
        held = draw(st.lists(numbers | st.none(), min_size=7, max_size=7))
        random = Random(draw(st.integers(0, 2**16)))
        cells: dict[Address, Scalar] = {}
        for address in entered:
            if (value := random.choice(held)) is not None:
                cells[address] = value
        captured: dict[CaptureKey, int | None] = {
            key: random.choice(held) for key in keys if random.random() < 0.7
        }
        added: dict[GroupKey, tuple[dict[str, Scalar], ...]] = {
            group.key: tuple(
                {"ten": random.choice("AB"), "nam": random.randrange(9)} for _ in range(random.randrange(3))
            )
            for group in layout.groups
            if {"ten", "nam"} <= {added.column.name for added in group.columns}
        }
        values = evaluate_report(layout, Values(cells, added, {}, captured)).values
        # A report that captured something keeps all of it, also what only rolling up reads.
        values = Values(values.cells, values.added, values.texts, captured)
        standing: Standing = draw(st.sampled_from(STANDINGS))
        day = date(2026, 1, draw(st.integers(1, 3)))
        made.append(
            Contribution(f"{number:02}", standing, values, 1, f"h{number}", day, draw(st.integers(0, 9)) == 0)
        )
    return made


def flat(size: int) -> UnitTree:
    return UnitTree(
        [Unit("T", None, "top", "", "T"), *(Unit(f"{n:02}", "T", "unit", "", "") for n in range(size))]
    )


# -- merging -------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=40)
def test_merging_is_associative_commutative_and_can_be_undone(layout, plan, data):
    packed = [
        plan.pack(each) for each in data.draw(contributions(layout, 6, LARGE | LIMITS | st.integers(-3, 3)))
    ]
    whole = plan.merge(packed)
    assert plan.merge(data.draw(st.permutations(packed))) == whole
    cut = data.draw(st.integers(0, 6))
    assert plan.merge([plan.merge(packed[:cut]), plan.merge(packed[cut:])]) == whole
    assert plan.merge([whole, plan.nothing]) == whole
    without = plan.merge(packed[1:])
    assert plan.exchange(whole, packed[0], plan.nothing, without.extremes) == without


@given(st.data())
@settings(max_examples=40)
def test_a_tally_is_what_was_packed(layout, plan, data):
    """Every limb and lane, from small numbers to products of the largest."""
    reports = data.draw(contributions(layout, 5, LARGE | LIMITS | st.integers(-3, 3)))
    tally = plan.tally(plan.merge([plan.pack(each) for each in reports]))
    found = [plan.found(each.values or Values()) for each in reports if each.included]
    for slot in plan.slots.all:
        held = [one[slot.index] for one in found if one[slot.index] is not None]
        assert tally.counts[slot.index] == len(held)
        if slot.rule in {"sum", "mean"}:
            assert tally.sums[slot.index] == sum(value for value in held if isinstance(value, int))
    for slot, (products, weights) in zip(plan.weighted, plan.weighted_sums(tally), strict=True):
        pairs = [(one[slot.index], one[slot.weight]) for one in found]
        whole = [(x, w) for x, w in pairs if isinstance(x, int) and isinstance(w, int)]
        assert (products, weights) == (sum(x * w for x, w in whole), sum(w for _, w in whole))


def test_sums_do_not_wrap(layout, plan):
    """More than any int64 holds, from numbers that each are allowed."""
    address = Address("so_lieu", "mot", "vao")
    largest = Values({address: 10**15 - 1})
    state = plan.pack(Contribution("a", "approved", largest))
    for _ in range(16):
        state = plan.merge([state, state])
    slot = plan.slots.of(address)
    assert plan.tally(state).sums[slot.index] == 2**16 * (10**15 - 1) > 2**63
    assert plan.tally(state).counts[slot.index] == 2**16


def test_as_many_reports_as_lanes_take_and_no_more(layout, plan):
    address = Address("so_lieu", "mot", "vao")
    for number in (2**19 - 1, 1 - 2**19, 2**59):
        state = plan.pack(Contribution("a", "approved", Values({address: number})))
        full = plan.nothing
        for bit in range(22):
            power = state
            for _ in range(bit):
                power = plan.merge([power, power])
            full = plan.merge([full, power])
        assert full.reports == states.MOST_REPORTS
        slot = plan.slots.of(address)
        tally = plan.tally(full)
        assert tally.sums[slot.index] == states.MOST_REPORTS * number
        assert tally.counts[slot.index] == states.MOST_REPORTS
        others = [index for index in range(len(plan.slots.all)) if index != slot.index]
        assert not any(tally.sums[index] or tally.counts[index] for index in others)
        coverage = plan.coverage(tally)
        assert (coverage.due, coverage.included, coverage.left_out) == (full.reports, full.reports, 0)
        with pytest.raises(Overflow):
            plan.merge([full, state])
        with pytest.raises(Overflow):
            plan.exchange(full, plan.nothing, state, full.extremes)


def test_a_number_no_cell_can_hold_is_refused(plan):
    with pytest.raises(Overflow):
        plan.pack(Contribution("a", "approved", Values({Address("so_lieu", "mot", "vao"): 2**400})))


# -- finishing -----------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=60)
def test_generated_code_finishes_a_level_as_the_reference_does(layout, plan, data):
    reports = data.draw(contributions(layout, 4, st.integers(-3, 30) | LARGE))
    rolled = RollUp.of(plan, flat(4), "T", reports)
    made = level_of(plan).finish(rolled.state("T"), {})
    reference = Level(plan)
    held, tally = reference._from_state(rolled.state("T"))
    expected = reference._one_by_one(held, tally, {})
    assert not made.too_large
    assert list(made.held) == list(expected.held)
    assert made.failed == expected.failed


def test_what_outgrows_128_bits_is_left_blank_and_listed(plan):
    """A product of two sums can; everything else on the level stays."""
    cells: dict[Address, Scalar] = {
        Address("so_lieu", "mot", "vao"): 2**80,
        Address("so_lieu", "mot", "ra"): 2**80,
    }
    report = Contribution("00", "approved", Values({**cells, Address("so_lieu", "mot", "cong"): 2**81}))
    total = RollUp.of(plan, flat(1), "T", [report]).total("T")
    assert Address("so_lieu", "mot", "tich") not in total.values.cells
    assert total.values.cells[Address("so_lieu", "mot", "cong")] == 2**81
    assert [each.finding.place.column for each in total.findings if each.finding.code == "overflow"] == [
        "tich"
    ]


# -- the compiler's word -------------------------------------------------------------------------------------


FOLDERS = sorted({path.parent for path in PACKAGES.glob("*/*/*.bieu")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_additive_cells_of_shipped_forms_sum_as_they_recompute(folder):
    compilation = Library((PACKAGES,)).load(folder).compilation
    assert not compilation.failed
    assert compilation.regimes or folder.name == "chung"  # that one has lists and measures for others
    for regime in compilation.regimes:
        additive_cells_sum_as_they_recompute(form=regime.layout)


@given(data=st.data())
@settings(max_examples=15)
def additive_cells_sum_as_they_recompute(form, data):
    """Evaluate, then roll up; or roll the inputs up, then evaluate: the same for what the compiler calls additive."""
    plan = Plan(form)
    reports = data.draw(contributions(form, 4, st.integers(0, 40)))
    compared = agree_on_additive(form, plan, reports)
    assert compared or form.template.regime in _NOTHING_SUMMED


@given(st.data())
@settings(max_examples=30)
def test_additive_cells_sum_as_they_recompute_with_every_rule(layout, plan, data):
    assert agree_on_additive(layout, plan, data.draw(contributions(layout, 4, st.integers(-3, 40) | LARGE)))


def years_to_date(layout: Layout) -> set[Address]:
    """Cells over a year to date. It is blank in a unit with a gap, and is there when the gap of one is filled by
    another: it is the units' own years that are added."""
    found: set[Address] = set()
    for cell in layout.order:
        assert cell.expression is not None
        read = {address_of(leaf) for leaf in leaves(cell.expression) if isinstance(leaf, Cell)}
        if read & found or any(call.operation == "cumulate" for call in calls(cell.expression)):
            found.add(cell.address)
    return found


_NOTHING_SUMMED = {"chung_thuc_17a", "pctn_02"}
"""Forms that compute no cell."""


def agree_on_additive(layout: Layout, plan: Plan, reports: Sequence[Contribution]) -> int:
    """How many cells were compared."""
    total = RollUp.of(plan, flat(len(reports)), "T", reports).total("T").values
    inputs = {
        cell.address: total.cells[cell.address]
        for cell in layout.cells
        if cell.kind == "entered" and cell.address in total.cells
    }
    again = evaluate_report(layout, Values(inputs, total.added, {}, total.captured)).values
    years = years_to_date(layout)
    compared = 0
    for cell in layout.cells:
        if cell.kind != "computed" or cell.formula is None or plan.slots.of(cell.address).rule != "sum":
            continue
        if cell.address in years:
            continue
        if cell.formula.additivity == "additive":
            assert total.cells.get(cell.address) == again.cells.get(cell.address), cell.address
            compared += 1
    return compared


@given(st.data())
@settings(max_examples=30)
def test_no_level_reads_what_another_rounded(layout, plan, data):
    """Means over a tree of three levels are the means over all its reports at once."""
    reports = data.draw(contributions(layout, 6, st.integers(-50, 50)))
    deep = UnitTree(
        [
            Unit("T", None, "top", "", ""),
            Unit("X", "T", "middle", "", ""),
            Unit("Y", "T", "middle", "", ""),
            *(Unit(f"{n:02}", "X" if n < 4 else "Y", "unit", "", "") for n in range(6)),
        ]
    )
    total = RollUp.of(plan, deep, "T", reports).total("T")
    assert total.held == RollUp.of(plan, flat(6), "T", reports).total("T").held
    address = Address("so_lieu", "mot", "trung_binh")
    given_values = [(each.values or Values()).cells.get(address) for each in reports if each.included]
    numbers = [value for value in given_values if isinstance(value, int)]
    if numbers:
        exact = Fraction(sum(numbers), len(numbers))
        held = total.values.cells[address]
        assert isinstance(held, int)
        assert abs(held - exact) <= Fraction(1, 2)
        assert abs(held - exact) < Fraction(1, 2) or abs(held) > abs(exact)  # a half goes away from zero
