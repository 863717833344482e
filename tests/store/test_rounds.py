"""Units, forms and handing out: what is loaded, published and owed."""

from dataclasses import replace
from datetime import date, timedelta

from compiler.findings import sentence
from compiler.periods import CALENDAR_YEAR, Period
from compiler.template import Template, template_hash
from compiler.values import Address, Values
from runtime.reports import Refusal
from runtime.storage.records import HandedOut, LoadedUnits, PublishedTemplate, Round
from runtime.store import Store
from runtime.units import read_units, units_of_vietnam
from tests.store.making import AT, Q2, Q3, REGIME, SEAL_KEY, UNITS, act, approved, form, key, sent


def edition(version: str, **changes: object) -> Template:
    return form().model_copy(update={"version": version, **changes})


def refused(result: object) -> list[str]:
    assert isinstance(result, Refusal), result
    assert all("{" not in sentence(finding) for finding in result.findings)
    return [finding.code for finding in result.findings]


# -- units -------------------------------------------------------------------------------------------------


def test_units_are_kept_as_they_were_read(empty: Store) -> None:
    assert empty.units.load(UNITS, act()) == LoadedUnits(added=7, changed=0, unchanged=0)
    tree = read_units(UNITS)
    assert not isinstance(tree, tuple)
    assert set(empty.units.all().units) == set(tree.units)
    assert empty.units.load(UNITS, act()) == LoadedUnits(added=0, changed=0, unchanged=7)


def test_a_later_file_adds_renames_moves_and_ends(empty: Store) -> None:
    empty.units.load(UNITS, act())
    later = """code,parent,level,kind,name,valid_from,valid_until
VN,,country,quốc gia,Việt Nam,,
48,VN,province,thành phố,Đà Nẵng,,
21025,48,commune,xã,Xã Một (mới),,2026-12-31
21099,48,commune,xã,Xã Mới,2027-01-01,
""".encode()
    assert empty.units.load(later, act()) == LoadedUnits(added=1, changed=1, unchanged=2)
    tree = empty.units.all()
    assert (tree["21025"].parent, tree["21025"].name) == ("48", "Xã Một (mới)")
    assert "21028" in tree
    assert "21025" in empty.units.on(date(2026, 12, 31))
    assert "21025" not in empty.units.on(date(2027, 1, 1))
    assert "21099" not in empty.units.on(date(2026, 12, 31))


def test_another_process_sees_new_units(empty: Store, url: str) -> None:
    other = Store.open(url, seal_key=SEAL_KEY)
    empty.units.load(UNITS, act())
    assert len(other.units.all()) == 7
    empty.units.load(UNITS + "21050,51,commune,xã,Xã Năm,,\n".encode(), act())
    assert "21050" in other.units.all()
    other.close()


def test_a_wrong_file_changes_nothing(empty: Store) -> None:
    findings = empty.units.load(b"code,parent,level,kind,name\n1,2,commune,xa,A\n", act())
    assert isinstance(findings, tuple)
    assert [finding.code for finding in findings] == ["unit_parent"]
    assert len(empty.units.all()) == 0


def test_two_files_that_make_a_circle_together_are_refused(empty: Store) -> None:
    head = "code,parent,level,kind,name\n"
    empty.units.load(f"{head}A,,x,x,A\nB,A,x,x,B\nC,B,x,x,C\n".encode(), act())
    findings = empty.units.load(f"{head}C,,x,x,C\nA,C,x,x,A\n".encode(), act())
    assert isinstance(findings, LoadedUnits), "A under C, C at the top: still a tree"
    findings = empty.units.load(f"{head}B,,x,x,B\nC,B,x,x,C\n".encode(), act())
    assert isinstance(findings, LoadedUnits)
    assert empty.units.all().ancestors("A") == ("C", "B")


def test_the_whole_country_is_loaded_and_handed_out(empty: Store) -> None:
    tree = units_of_vietnam()
    rows = "".join(f"{u.code},{u.parent or ''},{u.level},{u.kind},{u.name}\n" for u in tree.units)
    empty.units.load(f"code,parent,level,kind,name\n{rows}".encode(), act())
    empty.templates.publish(form(), act())
    result = empty.rounds.assign(REGIME, Q3, act())
    assert isinstance(result, HandedOut)
    assert result.new == 3321
    total = empty.totals.total(REGIME, Q3, "VN")
    assert total is not None
    assert total.coverage.due == 3321
    assert empty.totals.rebuild(REGIME, Q3) == ()
    assert empty.log.verify() == ()


# -- forms -------------------------------------------------------------------------------------------------


def test_the_form_in_force_is_the_one_of_the_closing_day(empty: Store) -> None:
    first = empty.templates.publish(form(), act(), date(2026, 1, 1))
    second = empty.templates.publish(edition("1.1.0"), act(), date(2026, 7, 1))
    assert isinstance(first, PublishedTemplate)
    assert isinstance(second, PublishedTemplate)
    assert empty.templates.in_force(REGIME, date(2025, 12, 31)) is None
    assert empty.templates.in_force(REGIME, date(2026, 6, 30)) == replace(
        first, in_force_until=date(2026, 6, 30)
    )
    assert empty.templates.in_force(REGIME, date(2026, 7, 1)) == second
    assert [each.version for each in empty.templates.published()] == ["1.0.0", "1.1.0"]
    assert empty.templates.regime(second.hash).layout.template == edition("1.1.0")


def test_publishing_again_changes_nothing_and_a_version_is_used_once(empty: Store) -> None:
    first = empty.templates.publish(form(), act(), date(2026, 1, 1))
    assert empty.templates.publish(form(), act(), date(2026, 5, 1)) == first
    changed = edition("1.0.0", title="Tên khác")
    assert refused(empty.templates.publish(changed, act(), date(2026, 5, 1))) == ["version_used"]
    assert refused(empty.templates.publish(edition("2.0.0"), act(), date(2025, 5, 1))) == ["later_in_force"]
    assert len(empty.templates.published()) == 1
    assert empty.log.verify() == ()


def test_a_form_ends_on_its_own_day(empty: Store) -> None:
    empty.templates.publish(edition("1.0.0", effective_until=date(2026, 6, 30)), act(), date(2026, 1, 1))
    assert empty.templates.in_force(REGIME, date(2026, 6, 30)) is not None
    assert empty.templates.in_force(REGIME, date(2026, 7, 1)) is None


# -- handing out -------------------------------------------------------------------------------------------


def test_handing_out_gives_each_unit_its_day(empty: Store) -> None:
    empty.units.load(UNITS, act())
    empty.templates.publish(form(), act(), date(2026, 1, 1))
    first = empty.rounds.assign(REGIME, Q3, act())
    assert first == HandedOut(Round(REGIME, Q3, template_hash(form()), date(2026, 9, 14), 4), new=4)
    assert empty.rounds.assign(REGIME, Q3, act()) == replace(first, new=0)
    line = empty.reports.line(key())
    assert line is not None
    # The 14th is a Monday; one working day later is Tuesday the 15th.
    assert (line.due, line.as_of) == (date(2026, 9, 15), date(2026, 9, 14))
    assert empty.rounds.opened() == (first.round,)
    assert empty.rounds.get(REGIME, Q2) is None


def test_what_can_t_be_handed_out(empty: Store) -> None:
    empty.units.load(UNITS, act())
    assert refused(empty.rounds.assign(REGIME, Q3, act())) == ["no_template_in_force"]
    empty.templates.publish(form(), act(), date(2026, 1, 1))
    assert refused(empty.rounds.assign(REGIME, Period("month", 2026, 9), act())) == ["wrong_period"]
    assert empty.rounds.opened() == ()


def test_a_new_unit_is_handed_its_report_and_totals_go_on(store: Store) -> None:
    approved(store, key())
    store.units.load(UNITS + "21050,51,commune,xã,Xã Năm,,\n21051,48,commune,xã,Xã Sáu,,\n".encode(), act())
    result = store.rounds.assign(REGIME, Q3, act())
    assert isinstance(result, HandedOut)
    assert (result.new, result.round.units) == (2, 6)
    total = store.totals.total(REGIME, Q3, "51")
    assert total is not None
    assert (total.coverage.due, total.coverage.included) == (4, 1)
    assert store.totals.rebuild(REGIME, Q3) == ()


def test_a_round_keeps_its_tree_and_its_form(store: Store) -> None:
    approved(store, key())
    moved = UNITS.replace(b"21025,51", b"21025,48")
    store.units.load(moved, act())
    store.templates.publish(edition("2.0.0"), act(), date(2026, 8, 1))
    assert isinstance(store.rounds.assign(REGIME, Q3, act()), HandedOut)
    sent(store, key("21028"))
    version = store.reports.version(key("21028"), 1)
    assert version is not None
    assert version.template == template_hash(form())
    for unit, included in (("51", 1), ("48", 0), ("VN", 1)):
        total = store.totals.total(REGIME, Q3, unit)
        assert total is not None
        assert total.coverage.included == included
    assert store.totals.rebuild(REGIME, Q3) == ()


def test_units_that_ended_owe_nothing(empty: Store) -> None:
    ended = UNITS.replace("Xã Một,,".encode(), "Xã Một,,2026-09-13".encode())
    empty.units.load(ended, act())
    empty.templates.publish(form(), act())
    result = empty.rounds.assign(REGIME, Q3, act())
    assert isinstance(result, HandedOut)
    assert result.new == 3
    assert empty.reports.line(key()) is None


def test_a_regime_may_close_on_other_days(url: str) -> None:
    store = Store.open(url, seal_key=SEAL_KEY, windows={REGIME: CALENDAR_YEAR})
    store.upgrade()
    store.units.load(UNITS, act())
    store.templates.publish(form(), act())
    store.rounds.assign(REGIME, Q3, act())
    line = store.reports.line(key())
    assert line is not None
    assert line.as_of == date(2026, 9, 30)
    store.close()


def test_a_capture_from_another_edition_is_read_at_this_one_s_scale(empty: Store) -> None:
    """Last quarter's form counted whole files; this quarter's counts them to one decimal."""
    table = form().table("b06a")
    finer = tuple(
        column.model_copy(update={"type": column.type.model_copy(update={"kind": "decimal", "scale": 1})})
        if column.name in {"c6", "c11"}
        else column
        for column in table.columns
    )
    tables = tuple(
        each.model_copy(update={"columns": finer}) if each.name == "b06a" else each for each in form().tables
    )
    empty.units.load(UNITS, act())
    empty.templates.publish(form(), act(), date(2026, 1, 1))
    published = empty.templates.publish(edition("2.0.0", tables=tables), act(), date(2026, 9, 1))
    assert isinstance(published, PublishedTemplate)
    for period in (Q2, Q3):
        assert isinstance(empty.rounds.assign(REGIME, period, act()), HandedOut)
    before = sent(empty, key(period=Q2)).version
    assert before is not None
    captured = empty.desk.captures(key(period=Q3))
    pending = [(c.address, capture.value) for c, capture in captured.items() if c.address.column == "c11"]
    assert pending
    for address, value in pending:
        whole = before.values.cells.get(address)
        assert value == (None if whole is None else 10 * int(whole))


# -- totals and files ---------------------------------------------------------------------------------------


def test_a_total_is_traced_to_its_reports(store: Store) -> None:
    done = approved(store, key("21025"))
    approved(store, key("21028"))
    place = Address("b06a", "tong", "c4")
    lineage = store.totals.lineage(REGIME, Q3, "51", place)
    assert lineage is not None
    version = store.reports.version(key("21025"), done.line.version)
    assert version is not None
    assert [(source.unit, source.value) for source in lineage.sources] == [
        ("21025", version.values.cells[place]),
        ("21028", version.values.cells[place]),
    ]
    assert lineage.sources[0].hash == version.hash
    assert [contribution.unit for contribution in lineage.not_included] == ["21034"]
    assert {part.unit: part.answers for part in lineage.parts} == {"21025": 1, "21028": 1, "21034": 0}
    top = store.totals.lineage(REGIME, Q3, "VN", place)
    assert top is not None
    assert top.value == lineage.value
    assert store.totals.lineage(REGIME, Q3, "51", Address("b06a", "khong_co", "c4")) is None
    assert store.totals.lineage(REGIME, Q2, "51", place) is None
    assert set(store.totals.by_child(REGIME, Q3, "VN")) == {"51", "48"}


def test_a_spoilt_state_is_found_and_mended(store: Store) -> None:
    from sqlalchemy import select, update

    from runtime.models import RollUpRow

    approved(store, key())
    before = store.totals.total(REGIME, Q3, "51")
    with store._database.write() as connection:
        other = connection.execute(select(RollUpRow.merged).where(RollUpRow.unit == "48")).scalar_one()
        connection.execute(update(RollUpRow).where(RollUpRow.unit == "51").values(merged=other))
    assert store.totals.total(REGIME, Q3, "51") != before
    assert store.totals.rebuild(REGIME, Q3) == ("51",)
    assert store.totals.total(REGIME, Q3, "51") == before
    assert store.totals.rebuild(REGIME, Q3) == ()


def test_files_are_kept_whole_and_once(store: Store) -> None:
    sent(store, key())
    first = store.files.attach(key(), "workbook", "báo cáo.xlsx", "x/y", b"abc", 0, act())
    second = store.files.attach(key("21028"), "workbook", "khác.xlsx", "x/y", b"abc", 0, act())
    pdf = store.files.attach(key(), "signed_pdf", "ký.pdf", "application/pdf", b"%PDF", 1, act())
    assert not isinstance(first, Refusal)
    assert not isinstance(second, Refusal)
    assert not isinstance(pdf, Refusal)
    assert first.sha256 == second.sha256
    assert store.files.of(key()) == (first, pdf)
    assert store.files.data(key(), first.sha256) == b"abc"
    assert store.files.data(key("21034"), first.sha256) is None
    assert store.files.data(key("99999"), first.sha256) is None
    view = store.reports.view(key())
    assert view is not None
    assert view.files == (first, pdf)
    assert [entry.action for entry in view.history].count("attach") == 2
    attach = store.files.attach
    assert refused(attach(key(), "workbook", "", "x/y", b"", 0, act())) == ["file_name_form"]
    assert refused(attach(key(), "workbook", "a", "x/y", b"", 2, act())) == ["no_such_version"]
    assert refused(attach(key("99999"), "workbook", "a", "x/y", b"", 0, act())) == ["not_assigned"]
    assert store.log.verify() == ()


def test_times_are_moments(store: Store) -> None:
    from datetime import timezone

    import pytest

    here = AT.astimezone(timezone(timedelta(hours=7)))
    draft = store.desk.save_draft(key(), Values(), 0, act(at=here))
    assert store.desk.draft(key()) == draft
    with pytest.raises(Exception, match="without a zone"):
        store.desk.save_draft(key(), Values(), 1, act(at=AT.replace(tzinfo=None)))


# -- editions in order -------------------------------------------------------------------------------------


def test_lineage_goes_from_one_edition_to_the_one_before_another(empty: Store) -> None:
    editions = [
        edition("0.9.0", regime="cu"),
        edition("1.0.0", renamed_from="cu"),
        edition("1.1.0"),
        edition("1.2.0"),
    ]
    for year, template in enumerate(editions, start=2026):
        assert isinstance(empty.templates.publish(template, act(), date(year, 1, 1)), PublishedTemplate)
    hashes = [template_hash(template) for template in editions]

    def versions(earlier: str, hash: str) -> list[str]:
        return [layout.template.version for layout in empty.templates.lineage(earlier, hash)]

    assert versions(hashes[0], hashes[3]) == ["0.9.0", "1.0.0", "1.1.0"]
    assert versions(hashes[2], hashes[3]) == ["1.1.0"]
    assert versions(hashes[3], hashes[3]) == []
    assert versions(hashes[3], hashes[1]) == []
    assert versions("0" * 64, hashes[3]) == []


def test_a_form_that_ends_before_it_would_start_is_refused(empty: Store) -> None:
    ended = edition("1.0.0", effective_until=date(2026, 6, 30))
    assert refused(empty.templates.publish(ended, act(), date(2026, 7, 1))) == ["ends_before_it_starts"]
    assert empty.templates.published() == ()
    assert isinstance(empty.templates.publish(ended, act(), date(2026, 6, 30)), PublishedTemplate)
