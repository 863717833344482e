"""Reports over time in single stories: each rule about captures and corrections once, told by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from compiler.findings import Finding, sentence
from compiler.formula.evaluate import evaluate_report
from compiler.periods import Period
from compiler.values import Address, CaptureKey, Values
from renderers.validators import Validator
from runtime.lineage import trace
from runtime.reports import Act, Refusal, Regime, Report, ReportKey, Reports
from runtime.rollup import RollUp
from runtime.units import Unit, UnitTree
from runtime.workflow import TRANSITIONS, allowed, transition

Q1, Q2 = Period("quarter", 2026, 1), Period("quarter", 2026, 2)
DUE = date(2026, 6, 16)
ON_TIME = Act("cán bộ", datetime(2026, 6, 15, tzinfo=UTC))
LATE = Act("cán bộ", datetime(2026, 6, 17, tzinfo=UTC))
WHY = replace(ON_TIME, reason="sai số")
VAO, RA, DAU, CUOI = (Address("so_lieu", "mot", name) for name in ("vao", "ra", "dau", "cuoi"))


@pytest.fixture
def reports(layout, plan) -> Reports:
    regime = Regime(layout, plan, lambda values: (evaluate_report(layout, values), ()))
    return Reports({"thu_nghiem": regime})


def key(period: Period, unit: str = "a") -> ReportKey:
    return ReportKey("thu_nghiem", unit, period)


def done(result: Report | Refusal) -> Report:
    assert isinstance(result, Report), [sentence(each) for each in result.findings]
    return result


def refused(result: Report | Refusal) -> list[str]:
    assert isinstance(result, Refusal)
    assert all(sentence(each, "vi") and sentence(each, "en") for each in result.findings)
    return [each.code for each in result.findings]


def sent(
    reports: Reports, period: Period, vao: int, ra: int = 0, unit: str = "a", approve: bool = True
) -> Report:
    """Assigned where it wasn't, entered, sent and as a rule approved."""
    if reports.get(key(period, unit)) is None:
        done(reports.assign(key(period, unit), DUE, date(2026, 6, 14), ON_TIME))
    done(reports.enter(key(period, unit), Values({VAO: vao, RA: ra}), ON_TIME))
    report = done(reports.send(key(period, unit), ON_TIME))
    return done(reports.act(key(period, unit), "approve", ON_TIME)) if approve else report


def carried(report: Report) -> object:
    assert report.newest is not None
    return report.newest.values.cells.get(DAU)


def told(reports: Reports, period: Period) -> dict[str | None, str]:
    """Code of the finding on each captured column of row `mot`."""
    found = reports.carried_over(key(period))
    return {each.place.column: each.code for each in found if each.place.row == "mot"}


def test_closing_becomes_opening(reports):
    sent(reports, Q1, 10, 3)
    report = sent(reports, Q2, 5, 1)
    assert carried(report) == 7
    assert report.newest is not None
    assert report.newest.values.cells[CUOI] == 11
    capture = report.newest.captures[CaptureKey("prior", CUOI)]
    assert (capture.version, capture.provisional) == (1, False)
    assert told(reports, Q2) == {}


def test_a_draft_sees_its_captures_live(reports):
    sent(reports, Q1, 10)
    done(reports.assign(key(Q2), DUE, date(2026, 6, 14), ON_TIME))
    assert reports.live(key(Q2))[0].values.cells[DAU] == 10
    done(reports.act(key(Q1), "refuse", WHY))
    sent(reports, Q1, 12)
    assert reports.live(key(Q2))[0].values.cells[DAU] == 12


def test_a_correction_makes_what_was_carried_stale_and_changes_nothing(reports):
    sent(reports, Q1, 10)
    before = sent(reports, Q2, 5)
    done(reports.act(key(Q1), "refuse", WHY))
    assert told(reports, Q2)["cuoi"] == "carry_over_provisional"
    sent(reports, Q1, 12)
    assert told(reports, Q2)["cuoi"] == "carry_over_stale"
    assert reports.get(key(Q2)) == before
    assert carried(before) == 10
    finding = next(each for each in reports.carried_over(key(Q2)) if each.place.column == "cuoi")
    assert sentence(finding) == "Số chuyển sang là 10, nhưng báo cáo kỳ 2026-Q1 (phiên bản 2) nay là 12"
    # Only sending again takes the new value over.
    done(reports.act(key(Q2), "refuse", WHY))
    assert carried(sent(reports, Q2, 5)) == 12
    assert told(reports, Q2) == {}
    report = reports.get(key(Q2))
    assert report is not None
    assert [carried(replace(report, versions=report.versions[:n])) for n in (1, 2)] == [10, 12]


def test_an_unapproved_source_is_used_and_marked_until_it_is_approved(reports):
    sent(reports, Q1, 10, approve=False)
    report = sent(reports, Q2, 5)
    assert carried(report) == 10
    assert report.newest is not None
    assert report.newest.captures[CaptureKey("prior", CUOI)].provisional
    assert told(reports, Q2)["cuoi"] == "carry_over_provisional"
    done(reports.act(key(Q1), "approve", LATE))  # late, and nothing changes
    assert told(reports, Q2) == {}
    assert reports.get(key(Q2)) == report


def test_a_source_never_sent_is_blank_not_zero(reports):
    done(reports.assign(key(Q1), DUE, date(2026, 3, 14), ON_TIME))
    report = sent(reports, Q2, 5)
    assert carried(report) is None
    assert report.newest is not None
    assert report.newest.values.captured[CaptureKey("prior", CUOI)] is None
    assert refused(reports.enter(key(Q1, "b"), Values(), ON_TIME)) == ["not_assigned"]


def test_an_opening_value_only_where_no_report_was_assigned(reports):
    done(reports.assign(key(Q2), DUE, date(2026, 6, 14), ON_TIME))
    done(reports.enter(key(Q2), Values({VAO: 1, DAU: 9}), ON_TIME))
    assert carried(done(reports.send(key(Q2), ON_TIME))) == 9

    sent(reports, Q1, 4)  # assigned afterwards after all, and it says otherwise
    assert told(reports, Q2)["cuoi"] == "carry_over_stale"
    done(reports.act(key(Q2), "recall", ON_TIME))
    assert refused(reports.send(key(Q2), ON_TIME)) == ["carried_differs"]
    assert refused(reports.enter(key(Q2), Values({VAO: 1, DAU: 9}), ON_TIME)) == ["carried_differs"]
    done(reports.enter(key(Q2), Values({VAO: 1, DAU: 4}), ON_TIME))
    assert carried(done(reports.send(key(Q2), ON_TIME))) == 4


def test_computed_cells_are_not_taken_from_the_unit(reports):
    done(reports.assign(key(Q1), DUE, date(2026, 3, 14), ON_TIME))
    report = done(reports.enter(key(Q1), Values({VAO: 1, CUOI: 99}), ON_TIME))
    assert report.draft.cells == {VAO: 1}


def test_a_failed_check_blocks_sending_and_a_warning_does_not(layout, plan):
    reports = Reports({"thu_nghiem": Regime.of(layout)})
    sent(reports, Q1, 10)
    done(reports.assign(key(Q2), DUE, date(2026, 6, 14), ON_TIME))
    done(reports.enter(key(Q2), Values({VAO: 1, RA: 99}), ON_TIME))
    assert set(refused(reports.send(key(Q2), ON_TIME))) <= {"check_failed", "check_not_met"}
    assert (
        reports.live(key(Q2))[1]
        == Validator(layout).validate(
            Values({VAO: 1, RA: 99}, captured={k: c.value for k, c in reports.captures(key(Q2)).items()})
        )[1]
    )
    done(reports.enter(key(Q2), Values({VAO: 1, RA: 0}), ON_TIME))  # half of last quarter's: only a warning
    assert done(reports.send(key(Q2), ON_TIME)).state == "sent"


def test_late_is_after_the_due_day(reports):
    for unit, act, late in (("a", ON_TIME, False), ("b", LATE, True)):
        done(reports.assign(key(Q1, unit), DUE, date(2026, 3, 14), ON_TIME))
        newest = done(reports.send(key(Q1, unit), act)).newest
        assert newest is not None
        assert newest.late == late


def test_every_act_is_in_the_history_with_its_reason(reports):
    sent(reports, Q1, 1)
    done(reports.act(key(Q1), "ask", WHY))
    done(reports.act(key(Q1), "refuse", WHY))
    sent(reports, Q1, 2)
    report = done(reports.act(key(Q1), "leave_out", WHY))
    assert [(event.action, event.state, event.version) for event in report.history] == [
        ("assign", "draft", 0),
        ("enter", "draft", 0),
        ("send", "sent", 1),
        ("approve", "approved", 1),
        ("ask", "approved", 1),
        ("refuse", "returned", 1),
        ("enter", "returned", 1),
        ("send", "sent", 2),
        ("approve", "approved", 2),
        ("leave_out", "approved", 2),
    ]
    assert report.left_out == "sai số"
    assert not report.contribution.included
    assert done(reports.act(key(Q1), "take_in", ON_TIME)).contribution.included


def test_what_the_table_does_not_allow_is_refused_and_leaves_no_trace(reports):
    report = sent(reports, Q1, 1)
    assert refused(reports.enter(key(Q1), Values(), ON_TIME)) == ["not_allowed_now"]
    assert refused(reports.send(key(Q1), ON_TIME)) == ["not_allowed_now"]
    assert refused(reports.act(key(Q1), "recall", ON_TIME)) == ["not_allowed_now"]
    assert refused(reports.act(key(Q1), "refuse", ON_TIME)) == ["reason_required"]
    assert refused(reports.assign(key(Q1), DUE, DUE, ON_TIME)) == ["already_assigned"]
    assert refused(reports.assign(key(Period("year", 2026)), DUE, DUE, ON_TIME)) == ["wrong_period"]
    assert reports.get(key(Q1)) == report


def test_the_table_has_each_step_once_and_every_state_a_way_on():
    steps = [(row.source, row.action) for row in TRANSITIONS]
    assert len(steps) == len(set(steps))
    assert all(transition(row.source, row.action) is row for row in TRANSITIONS)
    assert transition("draft", "approve") is None
    assert {row.source for row in TRANSITIONS} == {row.target for row in TRANSITIONS}
    assert allowed("sent", "receiver") == ("return", "approve", "leave_out", "take_in")
    assert allowed("sent", "sender") == ("recall",)


def test_the_hash_of_a_version_covers_what_it_says(reports):
    one, other = sent(reports, Q1, 1).newest, sent(reports, Q1, 1, unit="b").newest
    assert one is not None
    assert other is not None
    assert one.hash != other.hash  # the unit
    done(reports.act(key(Q1), "refuse", WHY))
    again = sent(reports, Q1, 2).newest
    assert again is not None
    assert again.hash not in (one.hash, other.hash)


# -- from a total back to its reports ------------------------------------------------------------------------


def test_a_total_is_traced_to_versions_and_hashes(layout, plan, reports):
    tree = UnitTree(
        [
            Unit("T", None, "top", "", "T"),
            Unit("P", "T", "middle", "", "P"),
            *(Unit(code, "P", "unit", "", code) for code in "abcd"),
        ]
    )
    for unit, vao in (("b", 5), ("a", 3)):
        sent(reports, Q1, vao, unit=unit)
    sent(reports, Q1, 9, unit="c", approve=False)
    done(reports.assign(key(Q1, "d"), DUE, DUE, ON_TIME))
    done(reports.act(key(Q1), "refuse", WHY))
    corrected = sent(reports, Q1, 4).newest
    assert corrected is not None
    rolled = RollUp.of(plan, tree, "T", [report.contribution for report in reports.of("thu_nghiem", Q1)])

    found = trace(rolled, "T", VAO)
    assert found.value == 9
    assert [(each.unit, each.version, each.value) for each in found.sources] == [("a", 2, 4), ("b", 1, 5)]
    assert found.sources[0].hash == corrected.hash
    assert sum(each.value for each in found.sources if isinstance(each.value, int)) == found.value
    assert [(each.unit, each.standing) for each in found.not_included] == [("c", "sent"), ("d", "draft")]
    assert [(part.unit, part.value, part.answers) for part in found.parts] == [("P", 9, 2)]
    assert [part.value for part in trace(rolled, "P", VAO).parts] == [4, 5, None, None]

    ratio = trace(rolled, "T", Address("so_lieu", "mot", "ty_le"))
    assert ratio.rule == "recompute"
    assert ratio.reads == (VAO, Address("so_lieu", "mot", "cong"))
    age = trace(rolled, "T", Address("so_lieu", "mot", "tuoi"))
    assert (age.sources, age.blank) == ((), ("a", "b"))
    added = trace(rolled, "T", Address("danh_sach", "cong_du_an", "nam"))
    assert added.added_rows == ((("danh_sach", "du_an"), "nam"),)
    with pytest.raises(KeyError):
        trace(rolled, "T", Address("so_lieu", "mot", "khong_co"))


def test_a_failed_check_of_a_total_names_who_it_is_owed_to(layout, plan, reports):
    """Each unit passes or is unknown by itself; the total fails."""
    tree = UnitTree(
        [Unit("T", None, "top", "", "T"), *(Unit(code, "T", "unit", "", f"Xã {code}") for code in "abc")]
    )
    for unit, before, now in (("a", 4, 2), ("b", 90, 1), ("c", 2, 2)):
        sent(reports, Q1, before, unit=unit)
        sent(reports, Q2, now, unit=unit)
    rolled = RollUp.of(plan, tree, "T", [report.contribution for report in reports.of("thu_nghiem", Q2)])
    failed = [
        each
        for each in rolled.total("T").findings
        if each.finding.code == "rollup_check_failed" and row(each.finding)
    ]
    assert [each.units for each in failed] == [("b",)]
    assert "b Xã b" in sentence(failed[0].finding)
    assert failed[0].finding.place.words == "Một"
    assert rolled.total("a").findings == () or all(
        each.finding.code != "rollup_check_failed" for each in rolled.total("a").findings
    )


def test_a_check_at_entry_is_not_made_on_totals(layout, plan, reports):
    tree = UnitTree([Unit("T", None, "top", "", "T"), *(Unit(code, "T", "unit", "", code) for code in "ab")])
    for unit in "ab":
        sent(reports, Q1, 10, 4, unit=unit)
    rolled = RollUp.of(plan, tree, "T", [report.contribution for report in reports.of("thu_nghiem", Q1)])
    assert rolled.total("T").values.cells[RA] == 8
    assert [each.finding.check for each in rolled.total("T").findings if each.finding.check] == []
    reports.act(key(Q1), "refuse", WHY)
    done(reports.enter(key(Q1), Values({RA: 6}), ON_TIME))
    failed = [
        outcome.placed.check.name for outcome in reports.live(key(Q1))[0].outcomes if outcome.holds is False
    ]
    assert "nhap_it" in failed


def row(finding: Finding) -> bool:
    return finding.place.row == "mot"


def test_a_unit_outside_is_refused_and_one_unit_has_one_report(plan, reports):
    tree = UnitTree(
        [Unit("T", None, "top", "", ""), Unit("a", "T", "unit", "", ""), Unit("x", None, "top", "", "")]
    )
    report = sent(reports, Q1, 1).contribution
    rolled = RollUp(plan, tree, "T")
    with pytest.raises(KeyError):
        rolled.put(replace(report, unit="x"))
    with pytest.raises(KeyError):
        RollUp.of(plan, tree, "T", [replace(report, unit="x")])
    with pytest.raises(ValueError, match="two reports of a"):
        RollUp.of(plan, tree, "T", [report, report])
