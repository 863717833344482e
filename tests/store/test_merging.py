"""A merge of workbooks without a server, and the same workbooks taken in, sent and approved: one result."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.frozen import sha256
from compiler.values import Address, Values
from renderers.xlsx.read import read
from renderers.xlsx.write import render
from runtime.bulk import Incoming, Outcome, readers
from runtime.intake import CheckedReport, Expected
from runtime.merging import Merged, appendix, common_period, merged
from runtime.offline import GatheredFiles
from runtime.store import Store
from runtime.units import UnitTree, read_units
from server.printing import filling_of
from tests.store.making import Q3, REGIME, UNITS, act, form, key, report
from tests.xlsx.ooxml import complaints

CHILDREN = ("21025", "21028")
ONLINE = Address("b06a", "dat_dai", "c4")


@cache
def layout() -> Layout:
    return Layout(form())


@cache
def tree() -> UnitTree:
    made = read_units(UNITS)
    assert isinstance(made, UnitTree)
    return made


@cache
def child(unit: str, seed: int = 1) -> bytes:
    """A unit's workbook, filled in right."""
    values = evaluate_report(layout(), report(seed)).values
    return render(layout(), filling_of(layout(), tree(), unit, Q3, values))


@cache
def outcomes() -> tuple[Outcome, ...]:
    files = [Incoming(f"{unit}.xlsx", child(unit, seed)) for seed, unit in enumerate(CHILDREN, start=1)]
    files.append(Incoming("hong.xlsx", b"PK\x03\x04"))
    with readers(layout(), 1) as ready:
        return tuple(ready.read(files))


def made(found: tuple[Outcome, ...] | list[Outcome]) -> Merged:
    done = merged(layout(), tree(), Q3, found)
    assert isinstance(done, Merged)
    return done


def test_syncing_later_gives_the_identical_result(store: Store) -> None:
    offline = made(outcomes())
    for outcome in outcomes()[:2]:
        assert isinstance(outcome.result, CheckedReport)
        which = key(outcome.result.unit)
        draft = store.desk.draft(which)
        assert draft is not None
        sent = store.desk.send(which, draft.revision, act(), "", outcome.result.entered)
        revision = sent.line.revision  # type: ignore[union-attr]
        store.desk.decide(which, "approve", revision, act("tinh"))
    online = store.totals.total(REGIME, Q3, "51")
    assert online is not None
    total = offline.total
    assert offline.unit == online.unit == "51"
    assert (total.held, total.answers, total.uneven) == (online.held, online.answers, online.uneven)
    assert (total.coverage, total.narratives, total.gathered) == (
        online.coverage,
        online.narratives,
        online.gathered,
    )
    assert total.findings == online.findings
    assert [each.unit for each in total.not_included] == [each.unit for each in online.not_included]
    assert total.values == online.values
    # And so the parent's workbook is the same, byte for byte.
    here, there = (
        render(layout(), filling_of(layout(), tree(), "51", Q3, each.values)) for each in (total, online)
    )
    assert here == there


def test_the_order_of_files_is_of_no_account() -> None:
    first = made(outcomes())
    for seed in range(4):
        shuffled = list(outcomes())
        random.Random(seed).shuffle(shuffled)
        again = made(shuffled)
        assert again.manifest == first.manifest
        assert appendix(again, tree(), "") == appendix(first, tree(), "")


def test_processes_read_what_one_reads() -> None:
    files = [Incoming(f"{unit}.xlsx", child(unit)) for unit in CHILDREN] + [Incoming("a.xlsx", b"PK\x03\x04")]
    with readers(layout(), 1) as one, readers(layout(), 2) as two:
        alone, shared = list(one.read(files)), list(two.read(files))
    assert [each.name for each in shared] == [each.name for each in alone]
    assert made(shared).manifest == made(alone).manifest
    assert shared[2].result == alone[2].result


def test_the_parents_workbook_tells_what_it_was_made_of() -> None:
    done = made(outcomes())
    told = appendix(done, tree(), "Tổng hợp từ 2/3 đơn vị.")
    assert [(line.code, line.file) for line in told.units] == [
        ("21025", "21025.xlsx"),
        ("21028", "21028.xlsx"),
        ("21034", ""),
    ]
    assert told.units[0].sha256 == sha256(child("21025", 1))
    assert [name for name, _ in told.refused] == ["hong.xlsx"]
    assert told.manifest == sha256(done.manifest)
    listed = json.loads(done.manifest)
    assert listed["sources"] == [
        {"unit": line.code, "file_sha256": line.sha256} for line in told.units if line.sha256
    ]
    assert listed["missing"] == ["21034"]
    book = render(layout(), filling_of(layout(), tree(), "51", Q3, done.values), told)
    assert complaints(book) == []
    reading = read(layout(), book)
    assert reading.identity is not None
    assert (reading.identity.unit, reading.identity.period) == ("51", "2026-Q3")
    one, two = (evaluate_report(layout(), report(seed)).values.cells[ONLINE] for seed in (1, 2))
    assert reading.values.cells[ONLINE] == one + two  # type: ignore[operator]
    assert reading.findings == ()


def test_two_files_of_one_unit_are_both_refused() -> None:
    files = [Incoming("a.xlsx", child("21025", 1)), Incoming("b.xlsx", child("21025", 2))]
    files.append(Incoming("c.xlsx", child("21028")))
    with readers(layout(), 1) as ready:
        done = made(list(ready.read(files)))
    assert [(name, found[0].code) for name, found in done.gathered.rejected] == [
        ("a.xlsx", "report_twice"),
        ("b.xlsx", "report_twice"),
    ]
    assert done.total.coverage.included == 1


def test_another_periods_report_is_not_counted() -> None:
    from dataclasses import replace

    from compiler.periods import Period

    found = list(outcomes())
    assert isinstance(found[1].result, CheckedReport)
    earlier = replace(found[1].result, period=Period("quarter", 2026, 2))
    found[1] = Outcome(found[1].name, earlier)
    assert common_period(found) is None  # one of each
    found.append(Outcome("khac.xlsx", replace(earlier, unit="21034", period=Q3)))
    assert common_period(found) == Q3
    done = made(found)
    assert ("21028.xlsx", "other_period") in [(name, why[0].code) for name, why in done.gathered.rejected]


def test_nothing_that_can_be_used_is_told() -> None:
    with readers(layout(), 1) as ready:
        found = list(ready.read([Incoming("a.xlsx", b"PK\x03\x04")], Expected()))
    assert common_period(found) is None
    done = merged(layout(), tree(), Q3, found)
    assert isinstance(done, GatheredFiles)
    assert [name for name, _ in done.rejected] == ["a.xlsx"]


def test_a_narrative_that_no_cell_holds_is_left_to_the_manifest(tmp_path: Path) -> None:
    long = {"danh_gia": "x" * 4_990}
    values = evaluate_report(layout(), report(1)).values
    name = next(iter(values.texts), "danh_gia")
    files = []
    for unit in CHILDREN:
        filled = Values(values.cells, values.added, {**values.texts, name: long["danh_gia"]}, values.captured)
        book = render(layout(), filling_of(layout(), tree(), unit, Q3, filled))
        files.append(Incoming(f"{unit}.xlsx", book))
    with readers(layout(), 1) as ready:
        done = made(list(ready.read(files)))
    assert name not in done.values.texts
    assert [each["unit"] for each in json.loads(done.manifest)["narratives"][name]] == list(CHILDREN)
