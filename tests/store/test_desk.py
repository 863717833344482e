"""Acts on one report: drafts, sending once, deciding on what was seen, what is carried over."""

from datetime import timedelta

import pytest

from compiler.findings import sentence
from compiler.values import Address, CaptureKey, Values
from runtime.reports import Refusal
from runtime.storage.records import Difference, Done, Draft, Sent, StaleDraft
from runtime.store import Store
from tests.store.making import AT, Q2, Q3, REGIME, act, approved, key, report, saved, sent

PLACE = Address("b06a", "chung_thuc", "c4")


def codes(result: object) -> list[str]:
    assert isinstance(result, Refusal), result
    for finding in result.findings:
        assert "{" not in sentence(finding, "vi")
        assert "{" not in sentence(finding, "en")
    return [finding.code for finding in result.findings]


# -- drafts --------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_counts_its_saves(store: Store) -> None:
    assert store.desk.draft(key()) == Draft(Values(), 0)
    first = saved(store, key(), Values({PLACE: 5}))
    second = saved(store, key(), Values({PLACE: 6}, texts={"danh_gia": "Tốt"}))
    assert (first.revision, second.revision) == (1, 2)
    assert store.desk.draft(key()) == second
    assert second.values == Values({PLACE: 6}, texts={"danh_gia": "Tốt"})


def test_a_stale_save_is_refused_and_told_who_saved(store: Store) -> None:
    saved(store, key(), Values({PLACE: 5}), by="chi.hai")
    result = store.desk.save_draft(key(), Values({PLACE: 7}), 0, act("anh.ba"))
    assert codes(result) == ["draft_out_of_date"]
    assert isinstance(result, StaleDraft)
    assert result.current.values == Values({PLACE: 5})
    assert result.findings[0].values["by"] == "chi.hai"
    again = store.desk.save_draft(key(), Values({PLACE: 7}), result.current.revision, act("anh.ba"))
    assert isinstance(again, Draft)


def test_only_entered_cells_are_taken_into_a_draft(store: Store) -> None:
    total = Address("b06a", "tong", "c4")
    assert saved(store, key(), Values({PLACE: 5, total: 99})).values.cells == {PLACE: 5}


def test_saves_are_logged_once_per_person_in_turn(store: Store) -> None:
    for by in ("a", "a", "b", "a"):
        saved(store, key(), Values({PLACE: 5}), by=by)
    view = store.reports.view(key())
    assert view is not None
    assert [(entry.action, entry.act.by) for entry in view.history] == [
        ("assign", "quan.tri"),
        ("enter", "a"),
        ("enter", "b"),
        ("enter", "a"),
    ]


def test_nothing_can_be_done_with_a_report_nobody_owes(store: Store) -> None:
    unknown = key("99999")
    assert store.desk.draft(unknown) is None
    assert store.desk.live(unknown) is None
    assert store.desk.captures(unknown) == {}
    assert store.desk.carried_over(unknown) == ()
    assert store.reports.view(unknown) is None
    assert codes(store.desk.save_draft(unknown, Values(), 0, act())) == ["not_assigned"]
    assert codes(store.desk.send(unknown, 0, act(), "a")) == ["not_assigned"]
    assert codes(store.desk.decide(unknown, "approve", 0, act())) == ["not_assigned"]


# -- sending -------------------------------------------------------------------------------------------------


def test_errors_keep_a_report_from_being_sent(store: Store) -> None:
    draft = saved(store, key(), Values({PLACE: -1}))
    result = store.desk.send(key(), draft.revision, act(), "a")
    assert {"below_minimum", "required"} <= set(codes(result))
    line = store.reports.line(key())
    assert line is not None
    assert (line.state, line.version, line.revision) == ("draft", 0, 0)


def test_sending_evaluates_and_freezes(store: Store) -> None:
    made = sent(store, key())
    assert made.version is not None
    assert made.version == store.reports.version(key(), 1)
    assert made.version.values.cells[Address("b06a", "tong", "c3")] == sum(
        value
        for address, value in made.version.values.cells.items()
        if address.column == "c3" and address.row != "tong" and isinstance(value, int)
    )
    assert made.line.state == "sent"
    assert [finding for finding in made.findings if finding.severity == "error"] == []
    assert (made.line.late, made.line.sent_by) == (False, "lanh.dao")


def test_the_day_after_it_is_late(store: Store) -> None:
    draft = saved(store, key(), report())
    made = store.desk.send(key(), draft.revision, act(at=AT + timedelta(days=1)), "a")
    assert isinstance(made, Sent)
    assert made.line.late


def test_a_page_is_sent_with_what_stands_on_it(store: Store) -> None:
    saved(store, key(), Values({PLACE: 5}))
    wrong = store.desk.send(key(), 1, act(), "a", Values({PLACE: -1}))
    assert "below_minimum" in codes(wrong)
    draft = store.desk.draft(key())
    assert draft is not None
    assert (draft.revision, draft.values) == (1, Values({PLACE: 5}))
    assert codes(store.desk.send(key(), 0, act(), "a", report())) == ["draft_out_of_date"]
    made = store.desk.send(key(), 1, act("lanh.dao"), "a", report())
    assert isinstance(made, Sent)
    assert made.version == store.reports.version(key(), 1)
    draft = store.desk.draft(key())
    assert draft is not None
    assert (draft.revision, draft.values, draft.saved_by) == (2, report(), "lanh.dao")


def test_a_second_click_finds_the_first_one_s_result(store: Store) -> None:
    first = sent(store, key(), request="bam-1")
    again = store.desk.send(key(), 1, act("lanh.dao"), "bam-1")
    assert isinstance(again, Sent)
    assert again.repeated
    assert again.version == first.version
    view = store.reports.view(key())
    assert view is not None
    assert len(view.versions) == 1
    assert codes(store.desk.send(key(), 1, act("lanh.dao"), "bam-2")) == ["not_allowed_now"]
    assert codes(store.desk.decide(key(), "approve", 1, act(), request="bam-1")) == ["request_reused"]
    assert codes(store.desk.send(key(), 1, act("lanh.dao"), "x" * 65)) == ["request_reused"]


def test_a_second_click_on_a_decision_decides_once(store: Store) -> None:
    revision = sent(store, key()).line.revision
    first = store.desk.decide(key(), "return", revision, act(reason="sai"), request="tra-1")
    again = store.desk.decide(key(), "return", revision, act(reason="sai"), request="tra-1")
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert (first.repeated, again.repeated) == (False, True)
    view = store.reports.view(key())
    assert view is not None
    assert [entry.action for entry in view.history].count("return") == 1


def test_what_was_not_seen_is_not_sent(store: Store) -> None:
    saved(store, key(), report())
    saved(store, key(), Values({PLACE: 5}), by="chi.hai")
    assert codes(store.desk.send(key(), 1, act(), "a")) == ["draft_out_of_date"]


# -- deciding ------------------------------------------------------------------------------------------------


def test_a_page_that_is_out_of_date_is_told(store: Store) -> None:
    revision = sent(store, key()).line.revision
    assert isinstance(store.desk.decide(key(), "recall", revision, act()), Done)
    result = store.desk.decide(key(), "approve", revision, act("tinh"))
    assert codes(result) == ["page_out_of_date"]
    assert isinstance(result, Refusal)
    assert result.findings[0].values["state"] == "draft"


def test_returning_needs_a_reason_for_the_whole_or_for_cells(store: Store) -> None:
    revision = sent(store, key()).line.revision
    assert codes(store.desk.decide(key(), "return", revision, act(reason=" "))) == ["reason_required"]
    unknown = {Address("b06a", "khong_co", "c4"): "?"}
    assert codes(store.desk.decide(key(), "return", revision, act(), unknown)) == ["unknown_column"]
    made = store.desk.decide(key(), "return", revision, act("tinh"), {PLACE: "Xem lại số trực tuyến"})
    assert isinstance(made, Done)
    view = store.reports.view(key())
    assert view is not None
    assert view.history[-1].cell_reasons == {PLACE: "Xem lại số trực tuyến"}
    assert codes(store.desk.decide(key(), "leave_out", made.line.revision, act(), {PLACE: "?"})) == [
        "reason_required"
    ]


def test_correcting_makes_a_new_version_and_the_draft_is_still_there(store: Store) -> None:
    done = approved(store, key())
    refused = store.desk.decide(key(), "refuse", done.line.revision, act(reason="sai"))
    assert isinstance(refused, Done)
    draft = store.desk.draft(key())
    assert draft is not None
    assert draft.values == report()
    busy = Address("b06a", "chung_thuc", "c5")
    cells = dict(report().cells)
    assert isinstance(cells[PLACE], int)
    assert isinstance(cells[busy], int)
    cells[PLACE], cells[busy] = cells[PLACE] + 1, cells[busy] - 1  # type: ignore[operator]
    texts = {"danh_gia": "Đã sửa"}
    second = sent(store, key(), Values(cells, {}, texts))
    assert second.line.version == 2
    found = store.reports.compare(key(), 1, 2)
    assert isinstance(found, tuple)
    assert Difference(PLACE, report().cells[PLACE], cells[PLACE]) in found
    assert Difference("danh_gia", report().texts["danh_gia"], "Đã sửa") in found
    assert {each.place.row for each in found if isinstance(each.place, Address)} == {"chung_thuc", "tong"}
    assert store.reports.compare(key(), 2, 2) == ()
    assert codes(store.reports.compare(key(), 1, 3)) == ["no_such_version"]


def test_several_are_decided_each_by_itself(store: Store) -> None:
    one, two = sent(store, key("21025")).line.revision, sent(store, key("21028")).line.revision
    results = store.desk.decide_all(
        [(key("21025"), one), (key("21034"), 0), (key("21028"), two)], "approve", act("tinh")
    )
    assert isinstance(results[0], Done)
    assert codes(results[1]) == ["not_allowed_now"]
    assert isinstance(results[2], Done)
    total = store.totals.total(REGIME, Q3, "51")
    assert total is not None
    assert (total.coverage.due, total.coverage.approved) == (3, 2)


# -- over time -----------------------------------------------------------------------------------------------


@pytest.fixture
def past(store: Store) -> Store:
    """The second quarter handed out too."""
    store.rounds.assign(REGIME, Q2, act("quan.tri"))
    return store


def test_captures_are_fixed_when_sent_and_told_when_stale(past: Store) -> None:
    first = sent(past, key(period=Q2))
    assert first.version is not None
    capture = CaptureKey("prior", Address("b06a", "chung_thuc", "c11"))
    pending = first.version.values.cells[capture.address]
    assert past.desk.captures(key())[capture].value == pending
    assert past.desk.captures(key())[capture].provisional
    live = past.desk.live(key())
    assert live is not None
    assert live[0].values.cells[Address("b06a", "chung_thuc", "c6")] == pending

    cells = {address: value for address, value in report().cells.items() if address.column != "c6"}
    opening = Values({Address("b06a", "chung_thuc", "c6"): 12345})
    draft = past.desk.draft(key())
    assert draft is not None
    assert codes(past.desk.save_draft(key(), opening, draft.revision, act())) == ["carried_differs"]

    # What came in and what is left differ from last quarter by what was carried over: put the difference in c8.
    values = dict(cells)
    for row in {address.row for address in cells}:
        carried = first.version.values.cells.get(Address("b06a", row, "c11"), 0)
        had = report().cells.get(Address("b06a", row, "c6"), 0)
        place = Address("b06a", row, "c5")
        values[place] = int(values.get(place, 0)) - int(carried) + int(had)
        if int(values[place]) < 0:
            values[place], place_solved = 0, Address("b06a", row, "c9")
            received = int(values[Address("b06a", row, "c4")]) + int(carried)
            rest = sum(int(values.get(Address("b06a", row, c), 0)) for c in ("c8", "c10", "c12", "c13"))
            values[place_solved] = received - rest
    second = sent(past, key(), Values(values, {}, report().texts))
    assert second.version is not None
    taken = second.version.captures[capture]
    assert (taken.value, taken.version, taken.provisional) == (pending, 1, True)
    assert {finding.code for finding in past.desk.carried_over(key())} == {"carry_over_provisional"}

    line = past.reports.line(key(period=Q2))
    assert line is not None
    assert isinstance(past.desk.decide(key(period=Q2), "recall", line.revision, act()), Done)
    late, early = Address("b06a", "chung_thuc", "c12"), Address("b06a", "chung_thuc", "c8")
    corrected = dict(report().cells)
    corrected[late], corrected[early] = int(corrected[late]) + 1, int(corrected[early]) - 1
    sent(past, key(period=Q2), Values(corrected, {}, report().texts))
    stale = [finding for finding in past.desk.carried_over(key()) if finding.code == "carry_over_stale"]
    assert [finding.place.row for finding in stale] == ["chung_thuc"]
    assert past.reports.version(key(), 1) == second.version
