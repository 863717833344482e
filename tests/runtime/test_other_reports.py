"""The year to date, and cells of other regimes' reports: each rule once, told by hand on a form that has both."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.periods import Period, covering_period, parse_period
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.agreement.submissions import submissions
from runtime.reports import Act, Regime, Report, ReportKey, Reports
from runtime.rollup import RollUp
from runtime.states import Plan
from runtime.storage.packing import pack_sources, unpack_captures
from runtime.units import Unit, UnitTree

FORM = Path(__file__).parents[1] / "contract" / "forms" / "xu_ly_don.bieu"
ACT = Act("cán bộ", datetime(2026, 6, 15, tzinfo=UTC))
QUARTERS = [Period("quarter", 2026, number) for number in range(1, 5)]
YEAR = Period("year", 2026)


def b01(column: str) -> Address:
    return Address("b01", "tong", column)


@cache
def layouts() -> dict[str, Layout]:
    regimes = Library().load(FORM).compilation.regimes
    return {regime.template.regime: regime.layout for regime in regimes}


@pytest.fixture
def reports() -> Reports:
    def regime(layout: Layout) -> Regime:
        return Regime(layout, Plan(layout), lambda values: (evaluate_report(layout, values), ()))

    return Reports({name: regime(layout) for name, layout in layouts().items()})


def send(
    reports: Reports,
    regime: str,
    period: Period,
    cells: dict[Address, Scalar],
    approve: bool = True,
    unit: str = "a",
) -> Report:
    key = ReportKey(regime, unit, period)
    if reports.get(key) is None:
        assert isinstance(reports.assign(key, date(2026, 6, 16), date(2026, 6, 14), ACT), Report)
    assert isinstance(reports.enter(key, Values(cells), ACT), Report)
    report = reports.send(key, ACT)
    if approve:
        report = reports.act(key, "approve", ACT)
    assert isinstance(report, Report), report
    return report


def value(report: Report, column: str) -> Scalar | None:
    assert report.newest is not None
    return report.newest.values.cells.get(b01(column))


def test_the_year_to_date_adds_up_the_periods_of_the_year_and_begins_anew(reports: Reports) -> None:
    assert value(send(reports, "xld_01", Period("quarter", 2025, 4), {b01("c3"): 90}), "c4") == 90
    found = [send(reports, "xld_01", period, {b01("c3"): 10}) for period in QUARTERS]
    assert [value(report, "c4") for report in found] == [10, 20, 30, 40]
    assert found[-1].newest is not None
    capture = found[-1].newest.captures[CaptureKey("ytd", b01("c3"))]
    assert capture.value == 30
    assert capture.source.period == QUARTERS[2]
    assert [(taken.source.period, taken.version) for taken in capture.before] == [
        (QUARTERS[0], 1),
        (QUARTERS[1], 1),
    ]


def test_the_year_to_date_is_blank_while_a_period_that_was_due_has_no_value(reports: Reports) -> None:
    send(reports, "xld_01", QUARTERS[0], {b01("c3"): 10})
    reports.assign(ReportKey("xld_01", "a", QUARTERS[1]), date(2026, 6, 16), date(2026, 6, 14), ACT)
    report = send(reports, "xld_01", QUARTERS[2], {b01("c3"): 10})
    assert value(report, "c4") is None
    send(reports, "xld_01", QUARTERS[1], {b01("c3"): 5})
    findings = reports.carried_over(report.key)
    assert [(each.code, each.values["expected"]) for each in findings if each.place.column == "c3"] == [
        ("carry_over_stale", "15")
    ]
    assert value(report, "c4") is None  # what was sent stays as it was


def test_a_period_that_was_never_due_is_not_waited_for(reports: Reports) -> None:
    assert value(send(reports, "xld_01", QUARTERS[2], {b01("c3"): 7}), "c4") == 7


def test_cells_of_other_regimes_come_from_the_units_reports_of_the_same_period(reports: Reports) -> None:
    send(reports, "xld_02", QUARTERS[0], {Address("b02", "tong", "c1"): 12, Address("b02", "tong", "c2"): 45})
    send(reports, "xld_02", QUARTERS[1], {Address("b02", "tong", "c1"): 99})
    send(reports, "xld_03", QUARTERS[0], {Address("b03", "tong", "c1"): 3}, approve=False)
    send(reports, "xld_03", QUARTERS[0], {Address("b03", "tong", "c1"): 4}, approve=False, unit="b")
    send(reports, "ke_hoach", YEAR, {Address("kh", "tong", "c1"): 40})
    report = send(reports, "xld_01", QUARTERS[0], {b01("c3"): 10})
    assert [value(report, column) for column in ("c1", "c2", "c5", "c6")] == [15, 45, 40, 250]
    assert report.newest is not None
    captures = report.newest.captures
    assert {key.origin: capture.provisional for key, capture in captures.items() if key.regime} == {
        "report:xld_02": False,
        "report:xld_03": True,
        "report:ke_hoach": False,
    }
    assert [each.code for each in reports.carried_over(report.key)] == ["carry_over_provisional"]


def test_without_the_other_report_a_carried_cell_is_entered_and_a_sum_takes_what_there_is(
    reports: Reports,
) -> None:
    send(reports, "xld_03", QUARTERS[0], {Address("b03", "tong", "c1"): 3})
    report = send(reports, "xld_01", QUARTERS[0], {b01("c3"): 1, b01("c5"): 8})
    assert [value(report, column) for column in ("c1", "c2", "c5", "c6")] == [3, None, 8, 125]


def test_what_was_read_comes_back_from_the_store(reports: Reports) -> None:
    send(reports, "xld_02", QUARTERS[1], {Address("b02", "tong", "c1"): 12, Address("b02", "tong", "c2"): 45})
    send(reports, "xld_01", QUARTERS[0], {b01("c3"): 10})
    report = send(reports, "xld_01", QUARTERS[1], {b01("c3"): 10})
    assert report.newest is not None
    version = report.newest
    assert unpack_captures(version.values, pack_sources(version.captures)) == version.captures


@pytest.mark.parametrize(
    ("period", "types", "found"),
    [
        ("2026-M05", ("month", "year"), "2026-M05"),
        ("2026-M05", ("quarter", "year"), "2026-Q2"),
        ("2026-M07", ("half_year",), "2026-S2"),
        ("2026-Q3", ("half_year", "year"), "2026-S2"),
        ("2026-N9", ("half_year", "year"), "2026"),
        ("2026", ("quarter",), None),
    ],
)
def test_the_shortest_period_that_holds_one(period: str, types: tuple[str, ...], found: str | None) -> None:
    parsed = parse_period(period)
    assert isinstance(parsed, Period)
    covering = covering_period(parsed, types)  # type: ignore[arg-type]
    assert (None if covering is None else covering.code) == found


def test_a_total_adds_up_what_units_took_over(reports: Reports) -> None:
    for unit, number in (("a", 12), ("b", 30)):
        send(
            reports,
            "xld_02",
            QUARTERS[1],
            {Address("b02", "tong", "c1"): number, Address("b02", "tong", "c2"): number * 10},
            unit=unit,
        )
        for period in QUARTERS[:2]:
            send(reports, "xld_01", period, {b01("c3"): 10, b01("c5"): 100}, unit=unit)
    tree = UnitTree(
        [Unit("top", None, "province", "tỉnh", "T")]
        + [Unit(code, "top", "commune", "xã", code) for code in ("a", "b")]
    )
    contributions = [report.contribution for report in reports.of("xld_01", QUARTERS[1])]
    total = RollUp.of(reports.regimes["xld_01"].plan, tree, "top", contributions).total("top")
    # The mean of 12 complaints of 12,0 days and 30 of 30,0 is weighted by them: 24,857…
    found = {column: total.values.cells.get(b01(column)) for column in ("c1", "c2", "c4", "c5", "c6")}
    assert found == {"c1": 42, "c2": 249, "c4": 40, "c5": 200, "c6": 200}


def test_boundary_reports_hold_what_is_read_elsewhere() -> None:
    tried = {each.name: each.values for each in submissions(layouts()["xld_01"])}
    key = CaptureKey("report", Address("xld_02.b02", "tong", "c1"))
    assert tried["zero"].captured[key] == 0
    assert tried["blank captured"].captured[key] is None
