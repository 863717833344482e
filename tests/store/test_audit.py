"""The log as evidence: whatever is done to it behind the store's back is found, and where."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, text, update

from compiler.frozen import canonical_bytes
from runtime.audit import (
    NO_HASH,
    Fault,
    Head,
    Link,
    checkpoint_body,
    entry_hash,
    faults_of_chain,
    faults_of_checkpoints,
    read_checkpoint,
    sealed,
)
from runtime.models import ChainRow, CheckpointRow, EntryRow
from runtime.store import Store
from tests.store.making import AT, SEAL_KEY, act, approved, key, saved, sent

CHAIN = "report/kstt_quy/21025/2026-Q3"


@pytest.fixture
def written(store: Store) -> Store:
    """Two reports with some history each, sealed twice, and an entry after the last seal."""
    approved(store, key("21025"))
    sent(store, key("21028"))
    assert store.log.seal(AT) is not None
    line = store.reports.line(key("21025"))
    assert line is not None
    store.desk.decide(key("21025"), "ask", line.revision, act(reason="xin sửa"))
    assert store.log.seal(AT + timedelta(days=1)) is not None
    line = store.reports.line(key("21025"))
    assert line is not None
    store.desk.decide(key("21025"), "refuse", line.revision, act(reason="đồng ý"))
    assert store.log.verify() == ()
    return store


def tamper(store: Store, change: Callable[[Connection], object]) -> tuple[Fault, ...]:
    """Do what the triggers forbid, as one who owns the database can, and verify."""
    with store._database.write() as connection:
        for table in ("entries", "checkpoints"):
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
                connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
            else:
                connection.execute(text(f"DROP TRIGGER {table}_as_written ON {table}"))
        change(connection)
    return store.log.verify()


def of_chain(connection: Connection) -> int:
    return connection.execute(select(ChainRow.id).where(ChainRow.name == CHAIN)).scalar_one()


def entry(connection: Connection, number: int):
    return (EntryRow.chain_id == of_chain(connection)) & (EntryRow.number == number)


def test_seals_follow_each_other_and_take_in_what_grew(written: Store) -> None:
    last = written.log.seal(AT + timedelta(days=2))
    assert last is not None
    assert last.number == 3
    assert [head.chain for head in last.heads] == [CHAIN]
    assert written.log.seal(AT + timedelta(days=3)) is None


def test_a_changed_entry_is_found(written: Store) -> None:
    def change(connection: Connection) -> None:
        where = entry(connection, 3)
        body = connection.execute(select(EntryRow.body).where(where)).scalar_one()
        connection.execute(update(EntryRow).where(where).values(body=body.replace(b"lanh.dao", b"ke.khac")))

    assert tamper(written, change) == (Fault("changed", CHAIN, 3),)


def test_a_chain_written_anew_is_not_the_one_that_was_sealed(written: Store) -> None:
    def change(connection: Connection) -> None:
        chain, head = of_chain(connection), NO_HASH
        rows = connection.execute(
            select(EntryRow.number, EntryRow.body).where(EntryRow.chain_id == chain).order_by(EntryRow.number)
        ).all()
        for number, body in rows:
            body = body.replace(b"lanh.dao", b"ke.khac")
            head = entry_hash(head, body)
            where = (EntryRow.chain_id == chain) & (EntryRow.number == number)
            connection.execute(update(EntryRow).where(where).values(body=body, hash=head))
        connection.execute(update(ChainRow).where(ChainRow.id == chain).values(head=head))

    assert tamper(written, change) == (Fault("forked", CHAIN, 4), Fault("forked", CHAIN, 5))


def test_a_missing_entry_is_found(written: Store) -> None:
    faults = tamper(written, lambda c: c.execute(delete(EntryRow).where(entry(c, 2))))
    assert Fault("missing", CHAIN, 2) in faults


def test_a_chain_cut_short_is_found(written: Store) -> None:
    def change(connection: Connection) -> None:
        chain = of_chain(connection)
        connection.execute(delete(EntryRow).where((EntryRow.chain_id == chain) & (EntryRow.number > 3)))
        head = connection.execute(select(EntryRow.hash).where(entry(connection, 3))).scalar_one()
        connection.execute(update(ChainRow).where(ChainRow.id == chain).values(length=3, head=head))

    assert tamper(written, change) == (Fault("missing", CHAIN, 4),)


def test_a_chain_taken_away_is_found(written: Store) -> None:
    def change(connection: Connection) -> None:
        chain = of_chain(connection)
        connection.execute(delete(EntryRow).where(EntryRow.chain_id == chain))
        connection.execute(update(ChainRow).where(ChainRow.id == chain).values(name="report/khac"))

    assert Fault("missing", CHAIN, 5) in tamper(written, change)


def test_entries_in_another_order_are_found(written: Store) -> None:
    def change(connection: Connection) -> None:
        chain = of_chain(connection)
        for was, now in ((2, 99), (3, 2), (99, 3)):
            where = (EntryRow.chain_id == chain) & (EntryRow.number == was)
            connection.execute(update(EntryRow).where(where).values(number=now))

    faults = tamper(written, change)
    assert {Fault("changed", CHAIN, 2), Fault("changed", CHAIN, 3)} <= set(faults)


def test_a_changed_checkpoint_is_found(written: Store) -> None:
    def change(connection: Connection) -> None:
        body = connection.execute(select(CheckpointRow.body).where(CheckpointRow.number == 1)).scalar_one()
        body = body.replace(b'"number":1', b'"number":7')
        connection.execute(update(CheckpointRow).where(CheckpointRow.number == 1).values(body=body))

    assert Fault("unsealed", "", 1) in tamper(written, change)


@pytest.mark.parametrize("number", [1])
def test_a_checkpoint_taken_away_is_found(written: Store, number: int) -> None:
    faults = tamper(written, lambda c: c.execute(delete(CheckpointRow).where(CheckpointRow.number == number)))
    assert faults == (Fault("missing", "", number),)


def test_another_key_seals_otherwise(written: Store, url: str) -> None:
    other = Store.open(url, seal_key=b"another secret of the tests, 32 b")
    assert {fault.kind for fault in other.log.verify()} == {"unsealed"}
    other.close()


def test_accounts_units_and_forms_have_chains_too(store: Store) -> None:
    store.people.add_user("can.bo", "Cán bộ", act())
    saved(store, key(), sent(store, key("21028")).version.values)  # type: ignore[union-attr]
    checkpoint = store.log.seal(AT)
    assert checkpoint is not None
    assert {head.chain for head in checkpoint.heads} >= {"units", "template/kstt_quy", "user/can.bo", CHAIN}


# -- without a database ------------------------------------------------------------------------------------

BODIES = st.lists(
    st.dictionaries(st.text(max_size=3), st.integers()).map(canonical_bytes), min_size=1, max_size=6
)


def chained(bodies: list[bytes]) -> list[Link]:
    links: list[Link] = []
    head = NO_HASH
    for number, body in enumerate(bodies, start=1):
        head = entry_hash(head, body)
        links.append(Link(number, body, head))
    return links


@given(BODIES, st.data())
def test_any_one_change_to_a_chain_is_found(bodies: list[bytes], data: st.DataObject) -> None:
    links = chained(bodies)
    head = Head("a", len(links), links[-1].hash)
    assert list(faults_of_chain(head, links, {head.length: head.hash})) == []
    place = data.draw(st.integers(0, len(links) - 1))
    ways = ["change", "drop", "double"] + (
        ["swap"] if place and links[place - 1].body != links[place].body else []
    )
    changed = list(links)
    match data.draw(st.sampled_from(ways)):
        case "change":
            changed[place] = links[place]._replace(body=links[place].body + b" ")
        case "drop":
            del changed[place]
        case "double":
            changed.insert(place, links[place])
        case "swap":
            first, second = links[place - 1], links[place]
            changed[place - 1] = first._replace(body=second.body, hash=second.hash)
            changed[place] = second._replace(body=first.body, hash=first.hash)
        case way:
            raise AssertionError(way)
    assert list(faults_of_chain(head, changed, {})) != []


def test_checkpoints_without_their_first_are_found() -> None:
    bodies: list[tuple[bytes, str]] = []
    previous = NO_HASH
    for number in (1, 2, 3):
        body = checkpoint_body(number, AT, previous, (Head("a", number, "0"),))
        bodies.append((body, sealed(SEAL_KEY, body)))
        previous = entry_hash(bodies[-1][1], body)
    made = [read_checkpoint(number, *each) for number, each in enumerate(bodies, start=1)]
    assert list(faults_of_checkpoints(made, SEAL_KEY)) == []
    assert list(faults_of_checkpoints(made[1:], SEAL_KEY)) == [Fault("missing", "", 1)]
    assert list(faults_of_checkpoints([made[0], made[2]], SEAL_KEY)) == [Fault("missing", "", 2)]
    assert list(faults_of_checkpoints([read_checkpoint(1, b"{", "")], SEAL_KEY)) == [Fault("unsealed", "", 1)]
