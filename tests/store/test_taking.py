"""Many files into the drafts of a round: one by one, or all or none."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.periods import Period
from compiler.values import Address, Values
from renderers.xlsx.write import render
from runtime import bulk
from runtime.bulk import Incoming, files_of_archive, incoming
from runtime.reports import ReportKey
from runtime.store import Store
from runtime.taking import take_in
from runtime.units import UnitTree, read_units
from server.printing import filling_of
from tests.store.making import Q2, Q3, REGIME, UNITS, act, approved, form, key, report, saved

ONLINE = Address("b06a", "dat_dai", "c4")
SOLVED = Address("b06a", "dat_dai", "c8")


def workbook(unit: str, seed: int = 1, period: Period = Q3, wrong: bool = False) -> Incoming:
    layout = Layout(form())
    tree = read_units(UNITS)
    assert isinstance(tree, UnitTree)
    values = evaluate_report(layout, report(seed)).values
    if wrong:
        cells = {**values.cells, SOLVED: values.cells[SOLVED] + 1}  # type: ignore[operator]
        values = evaluate_report(layout, Values(cells, values.added, values.texts)).values
    return Incoming(f"{unit}.xlsx", render(layout, filling_of(layout, tree, unit, period, values)))


def drafts(store: Store) -> list[str]:
    """The units with anything in their draft."""
    found = []
    for unit in ("21025", "21028", "21034"):
        draft = store.desk.draft(key(unit))
        assert draft is not None
        if draft.values.cells:
            found.append(unit)
    return found


def test_each_takes_what_is_right_and_names_the_rest(store: Store) -> None:
    files = [workbook("21025"), workbook("21028", 2, wrong=True), Incoming("x.xlsx", b"PK\x03\x04")]
    taken = take_in(store, REGIME, Q3, files, act(), "each")
    assert taken is not None
    assert [(each.name, each.unit, each.fate) for each in taken] == [
        ("21025.xlsx", "21025", "saved"),
        ("21028.xlsx", "21028", "refused"),
        ("x.xlsx", "", "refused"),
    ]
    assert "check_failed" in {finding.code for finding in taken[1].findings}
    assert taken[1].findings[-1].place.sheet is not None
    assert drafts(store) == ["21025"]
    draft = store.desk.draft(key("21025"))
    assert draft is not None
    assert draft.values.cells[ONLINE] == report(1).cells[ONLINE]
    assert [each.name for each in store.files.of(key("21025"))] == ["21025.xlsx"]


def test_all_takes_none_while_any_is_wrong(store: Store) -> None:
    files = [workbook("21025"), workbook("21028", 2, wrong=True)]
    taken = take_in(store, REGIME, Q3, files, act(), "all")
    assert taken is not None
    assert [each.fate for each in taken] == ["held_back", "refused"]
    assert taken[0].findings[0].code == "held_back"
    assert drafts(store) == []
    taken = take_in(store, REGIME, Q3, [files[0], workbook("21028", 2)], act(), "all")
    assert taken is not None
    assert [each.fate for each in taken] == ["saved", "saved"]
    assert drafts(store) == ["21025", "21028"]


def test_what_is_saved_is_put_back_where_a_later_one_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves the second unit's draft at the same moment."""
    earlier = saved(store, key("21025"), report(3)).values
    save = store.desk.save_draft

    def meddled(which: ReportKey, values: Values, revision: int, by: object) -> object:
        return save(which, values, revision - (which.unit == "21028"), by)  # type: ignore[arg-type]

    monkeypatch.setattr(store.desk, "save_draft", meddled)
    files = [workbook("21025"), workbook("21028", 2)]
    taken = take_in(store, REGIME, Q3, files, act("nguoi.khac"), "all")
    assert taken is not None
    assert [each.fate for each in taken] == ["held_back", "refused"]
    assert [finding.code for finding in taken[1].findings] == ["draft_out_of_date"]
    monkeypatch.undo()
    draft = store.desk.draft(key("21025"))
    assert draft is not None
    assert draft.values == earlier


def test_what_may_not_be_entered_is_refused_by_name(store: Store) -> None:
    approved(store, key("21034"), report(3))
    files = [workbook("21025"), workbook("21028", 2), workbook("21034", 3), workbook("51", 1)]
    taken = take_in(store, REGIME, Q3, files, act(), "each", lambda unit: unit != "21028")
    assert taken is not None
    codes = [
        next(iter({finding.code for finding in each.findings if finding.severity == "error"}), "")
        for each in taken
    ]
    assert codes == ["", "unit_not_yours", "not_allowed_now", "not_assigned"]
    assert drafts(store) == ["21025", "21034"]


def test_another_period_and_two_of_one_unit_are_refused(store: Store) -> None:
    twice = workbook("21025", 2)
    files = [workbook("21025"), Incoming("lai.xlsx", twice.data), workbook("21028", period=Q2)]
    taken = take_in(store, REGIME, Q3, files, act(), "each")
    assert taken is not None
    assert [each.findings[0].code for each in taken] == ["report_twice", "report_twice", "other_period"]
    assert drafts(store) == []


def test_a_round_not_handed_out_is_told(store: Store) -> None:
    assert take_in(store, REGIME, Q2, [workbook("21025")], act(), "each") is None


# -- which files there are


def zipped(parts: dict[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_folders_and_archives_are_walked(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/2.xlsx", "a/b/1.JSON", "a/~$2.xlsx", "a/.an.xlsx", "a/3.txt"):
        (tmp_path / name).write_bytes(name.encode())
    archive = {"x/4.xlsx": b"4", "5.json": b"5", "__MACOSX/._4.xlsx": b"", "../6.xlsx": b"6", "7.docx": b"7"}
    (tmp_path / "a.zip").write_bytes(zipped(archive))
    found = list(incoming([tmp_path / "a", tmp_path / "a.zip", tmp_path / "a" / "3.txt"]))
    assert [(each.name, each.data) for each in found] == [
        ("a/2.xlsx", b"a/2.xlsx"),
        ("a/b/1.JSON", b"a/b/1.JSON"),
        ("a.zip/../6.xlsx", b"6"),
        ("a.zip/5.json", b"5"),
        ("a.zip/x/4.xlsx", b"4"),
        ("3.txt", b"a/3.txt"),
    ]


def test_archives_are_read_within_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bulk, "MOST_BYTES", 1_000)
    monkeypatch.setattr(bulk, "MOST_UNPACKED", 2_500)
    monkeypatch.setattr(bulk, "MOST_FILES", 4)
    parts = {f"{number}.xlsx": bytes(size) for number, size in enumerate((900, 5_000, 900, 900, 10, 10))}
    found = files_of_archive(zipped(parts))
    assert found is not None
    codes = ["" if each.problem is None else each.problem.code for each in found]
    assert codes == ["", "file_too_large", "", "file_too_large", "", ""]
    (tmp_path / "a.zip").write_bytes(zipped(parts))
    many = list(incoming([tmp_path / "a.zip"]))
    assert [each.problem.code for each in many if each.problem][-1] == "too_many_files"
    assert len(many) == 5
    (tmp_path / "b.xlsx").write_bytes(bytes(2_000))
    [large] = incoming([tmp_path / "b.xlsx"])
    assert large.problem is not None
    assert large.problem.code == "file_too_large"


def test_a_workbook_and_a_broken_archive_are_files_themselves(tmp_path: Path) -> None:
    assert files_of_archive(workbook("21025").data) is None
    assert files_of_archive(b"PK\x03\x04 broken") is None
    spoilt = zipped({"1.xlsx": b"x" * 1_000})
    found = files_of_archive(spoilt.replace(b"x", b"y", 1)[:-60] + spoilt[-60:])
    assert found is None or all(each.problem is not None or each.data for each in found)
