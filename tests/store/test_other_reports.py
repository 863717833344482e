"""The year to date and other regimes' cells, read from the database as they are in memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from compiler.package import Library
from compiler.periods import Period
from compiler.template import template_hash
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.reports import ReportKey, Version
from runtime.storage.records import Done, Draft, HandedOut, LoadedUnits, PublishedTemplate, Sent
from runtime.store import Store
from tests.store.making import ROOT, UNITS, act

FORM: Path = ROOT / "tests" / "contract" / "forms" / "xu_ly_don.bieu"
QUARTERS = [Period("quarter", 2026, number) for number in range(1, 4)]
UNIT = "21025"


def b01(column: str) -> Address:
    return Address("b01", "tong", column)


def sent(store: Store, regime: str, period: Period, cells: dict[Address, Scalar]) -> Version:
    """Handed out where it wasn't, filled, sent and approved; the version that was sent."""
    key = ReportKey(regime, UNIT, period)
    if store.desk.draft(key) is None:
        assert isinstance(store.rounds.assign(regime, period, act("quan.tri")), HandedOut)
    draft = store.desk.draft(key)
    assert draft is not None
    saved = store.desk.save_draft(key, Values(cells), draft.revision, act())
    assert isinstance(saved, Draft), saved
    made = store.desk.send(key, saved.revision, act("lanh.dao"), "")
    assert isinstance(made, Sent), made
    assert made.version is not None
    assert isinstance(store.desk.decide(key, "approve", made.line.revision, act("tinh")), Done)
    return made.version


def test_a_form_with_dated_columns_is_in_force_edition_by_edition(store: Store) -> None:
    (regime,) = Library().load(FORM.with_name("thu_tuc.bieu")).compilation.regimes
    assert isinstance(store.units.load(UNITS, act("quan.tri")), LoadedUnits)
    first = store.templates.publish(regime.whole, act("quan.tri"), date(2025, 1, 1))
    assert isinstance(first, PublishedTemplate)
    assert (first.in_force_from, first.in_force_until) == (date(2025, 1, 1), date(2025, 6, 30))
    assert store.templates.publish(regime.whole, act("quan.tri"), date(2025, 1, 1)) == first
    hashes = [template_hash(edition.template) for edition in regime.editions]
    published = [each for each in store.templates.published() if each.regime == "kstt_tthc"]
    assert [each.hash for each in published] == hashes
    for day, hash in ((date(2025, 6, 14), hashes[0]), (date(2025, 9, 14), hashes[1])):
        found = store.templates.in_force("kstt_tthc", day)
        assert found is not None
        assert found.hash == hash
    # The quarter that closes on 14/6 is on the first edition; the next one carries over what both have.
    for number, hash in ((2, hashes[0]), (3, hashes[1])):
        handed_out = store.rounds.assign("kstt_tthc", Period("quarter", 2025, number), act("quan.tri"))
        assert isinstance(handed_out, HandedOut)
        assert handed_out.round.template == hash


def test_a_form_published_after_its_first_edition_starts_with_the_next(store: Store) -> None:
    (regime,) = Library().load(FORM.with_name("thu_tuc.bieu")).compilation.regimes
    made = store.templates.publish(regime.whole, act("quan.tri"), date(2026, 1, 1))
    assert isinstance(made, PublishedTemplate)
    assert made.hash == template_hash(regime.template)
    assert made.in_force_from == date(2026, 1, 1)


def test_a_report_takes_over_from_the_year_and_from_other_regimes(store: Store) -> None:
    assert isinstance(store.units.load(UNITS, act("quan.tri")), LoadedUnits)
    for regime in Library().load(FORM).compilation.regimes:
        made = store.templates.publish(regime.template, act("quan.tri"), date(2026, 1, 1))
        assert isinstance(made, PublishedTemplate), made
    sent(store, "ke_hoach", Period("year", 2026), {Address("kh", "tong", "c1"): 40})
    versions: list[Version] = []
    for number, period in enumerate(QUARTERS, start=1):
        sent(store, "xld_02", period, {Address("b02", "tong", "c1"): 10 * number})
        sent(store, "xld_03", period, {Address("b03", "tong", "c1"): number})
        versions.append(sent(store, "xld_01", period, {b01("c3"): 4}))
    version = versions[-1]
    held = {column: version.values.cells.get(b01(column)) for column in ("c1", "c2", "c4", "c5", "c6")}
    assert held == {"c1": 33, "c2": None, "c4": 12, "c5": 40, "c6": 300}
    capture = version.captures[CaptureKey("ytd", b01("c3"))]
    assert capture.value == 8
    assert capture.source.period == QUARTERS[1]
    assert [taken.source.period for taken in capture.before] == [QUARTERS[0]]
    stored = store.reports.version(ReportKey("xld_01", UNIT, QUARTERS[2]), 1)
    assert stored is not None
    assert stored.captures == version.captures
    assert store.desk.carried_over(ReportKey("xld_01", UNIT, QUARTERS[2])) == ()
