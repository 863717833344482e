"""Many at once, on both engines: nobody wins twice, nothing locks up, totals are right."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import text

from compiler.values import Address, Values
from runtime.reports import Refusal
from runtime.rollup import Total
from runtime.storage.records import Done, Draft, HandedOut, Sent, StaleDraft
from runtime.store import Store
from runtime.units import units_of_vietnam
from tests.store.making import AT, Q3, REGIME, act, form, key, open_round, report, saved, sent

Result = TypeVar("Result")
COMMUNES = [unit.code for unit in units_of_vietnam().of_level("commune") if unit.parent == "51"]


def at_once(acts: Sequence[Callable[[], Result]]) -> list[Result]:
    """All acts, each in a thread of its own, begun together."""
    barrier = threading.Barrier(len(acts))

    def begin(one: Callable[[], Result]) -> Result:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(begin, acts))


def deadlocks(store: Store) -> int:
    """Deadlocks that PostgreSQL has broken in this database; SQLite has no such thing."""
    with store._database.read() as connection:
        if connection.dialect.name == "sqlite":
            return 0
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.execute(text(query)).scalar_one())


@pytest.fixture
def province(empty: Store) -> Store:
    """Quảng Ngãi with its 96 communes."""
    tree = units_of_vietnam()
    units = [unit for unit in tree.units if unit.code in {"VN", "51"} or unit.parent == "51"]
    rows = "".join(f"{u.code},{u.parent or ''},{u.level},{u.kind},{u.name}\n" for u in units)
    open_round(empty, units=f"code,parent,level,kind,name\n{rows}".encode())
    return empty


def test_96_approvals_at_once(province: Store) -> None:
    assert len(COMMUNES) == 96
    drafts = [saved(province, key(unit), report()) for unit in COMMUNES]
    assert {draft.revision for draft in drafts} == {1}

    started = time.perf_counter()
    results = at_once(
        [partial(province.desk.send, key(unit), 1, act("lanh.dao"), "gui") for unit in COMMUNES]
    )
    sending = time.perf_counter() - started
    assert all(isinstance(result, Sent) for result in results)

    started = time.perf_counter()
    decided = at_once(
        [partial(province.desk.decide, key(unit), "approve", 1, act("tinh")) for unit in COMMUNES]
    )
    approving = time.perf_counter() - started
    assert all(isinstance(result, Done) for result in decided)
    print(f"96 sends {sending:.2f} s, 96 approvals {approving:.2f} s")

    assert deadlocks(province) == 0
    one = province.reports.version(key(COMMUNES[0]), 1)
    assert one is not None
    for unit in ("51", "VN"):
        total = province.totals.total(REGIME, Q3, unit)
        assert isinstance(total, Total)
        assert (total.coverage.due, total.coverage.included) == (96, 96)
        for column in ("c3", "c5", "c11"):
            address = Address("b06a", "tong", column)
            value = one.values.cells[address]
            assert isinstance(value, int)
            assert total.values.cells[address] == 96 * value
        assert total.not_included == ()
    assert province.totals.rebuild(REGIME, Q3) == ()
    assert province.log.seal(AT) is not None
    assert province.log.verify() == ()


def test_of_two_decisions_at_once_one_wins(store: Store) -> None:
    for unit in ("21025", "21028", "21034"):
        revision = sent(store, key(unit)).line.revision
        results = at_once(
            [
                partial(store.desk.decide, key(unit), "approve", revision, act("tinh")),
                partial(store.desk.decide, key(unit), "return", revision, act("tinh", "sai")),
                partial(store.desk.decide, key(unit), "recall", revision, act("lanh.dao")),
            ]
        )
        assert [isinstance(result, Done) for result in results].count(True) == 1
        for result in results:
            if isinstance(result, Refusal):
                assert [finding.code for finding in result.findings] == ["page_out_of_date"]
        view = store.reports.view(key(unit))
        assert view is not None
        assert view.line.revision == revision + 1
        assert len(view.history) == 4
    assert store.totals.rebuild(REGIME, Q3) == ()
    assert store.log.verify() == ()


def test_a_double_click_at_once_sends_once(store: Store) -> None:
    draft = saved(store, key(), report())
    results = at_once([lambda: store.desk.send(key(), draft.revision, act("lanh.dao"), "bam")] * 4)
    made = [result for result in results if isinstance(result, Sent)]
    assert len(made) == 4
    assert [result.repeated for result in made].count(False) == 1
    assert {result.version.hash for result in made if result.version is not None} == {
        made[0].version.hash if made[0].version is not None else ""
    }


def test_of_two_saves_at_once_one_is_kept_and_the_other_told(store: Store) -> None:
    place = Address("b06a", "chung_thuc", "c4")
    results = at_once(
        [
            partial(store.desk.save_draft, key(), Values({place: number}), 0, act(f"nguoi.{number}"))
            for number in range(6)
        ]
    )
    kept = [result for result in results if isinstance(result, Draft)]
    told = [result for result in results if isinstance(result, StaleDraft)]
    assert (len(kept), len(told)) == (1, 5)
    assert store.desk.draft(key()) == kept[0]
    assert all(result.current == kept[0] for result in told)


def test_handing_out_at_once_hands_out_once(empty: Store) -> None:
    from tests.store.making import UNITS

    empty.units.load(UNITS, act("quan.tri"))
    empty.templates.publish(form(), act("quan.tri"))
    results = at_once([lambda: empty.rounds.assign(REGIME, Q3, act("quan.tri"))] * 4)
    assert all(isinstance(result, HandedOut) for result in results)
    assert sorted(result.new for result in results if isinstance(result, HandedOut)) == [0, 0, 0, 4]
    total = empty.totals.total(REGIME, Q3, "VN")
    assert total is not None
    assert total.coverage.due == 4
    assert empty.totals.rebuild(REGIME, Q3) == ()


def test_rebuilding_amid_approvals_changes_nothing(store: Store) -> None:
    revisions = {unit: sent(store, key(unit)).line.revision for unit in ("21025", "21028", "21034", "20194")}
    acts: list[Callable[[], object]] = [
        partial(store.desk.decide, key(unit), "approve", revision, act("tinh"))
        for unit, revision in revisions.items()
    ]
    acts += [lambda: store.totals.rebuild(REGIME, Q3)] * 3
    results = at_once(acts)
    assert results[4:] == [(), (), ()]
    total = store.totals.total(REGIME, Q3, "VN")
    assert total is not None
    assert total.coverage.included == 4
    assert deadlocks(store) == 0
