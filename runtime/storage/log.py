"""The append-only log in the database: entries chained by hash (`runtime.audit`), sealed together by checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from compiler.frozen import canonical_bytes
from runtime.audit import (
    NO_HASH,
    Checkpoint,
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
from runtime.models import ChainRow, CheckpointRow, EntryRow, storable
from runtime.storage.database import Database, batched, insert_missing
from runtime.storage.prepared import Prepared

_SEALED_AT_ONCE = 10_000
"""Chains that one checkpoint takes in: those left over are the next one's."""


class Chain(NamedTuple):
    """A chain as it stands, its row locked by the transaction that writes to it."""

    id: int
    length: int
    head: str


class LogEntry(NamedTuple):
    """An entry as it is read: of which chain, its number there, what it says, its hash."""

    chain: str
    number: int
    body: Mapping[str, Any]
    hash: str


def open_chain(connection: Connection, name: str) -> Chain:
    """The chain of that name, locked; begun where there is none."""
    query = (
        select(ChainRow.id, ChainRow.length, ChainRow.head)
        .where(ChainRow.name == name)
        .with_for_update(key_share=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        empty = {"name": name, "length": 0, "head": NO_HASH, "sealed": 0}
        insert_missing(connection, ChainRow, [empty])
        row = connection.execute(query).one()
    return Chain(*row)


_NEW_ENTRY = Prepared(insert(EntryRow))
_GROWN = Prepared(update(ChainRow).where(ChainRow.id == bindparam("chain")), "length", "head")


def append(connection: Connection, chain: Chain, body: Mapping[str, Any]) -> Chain:
    """Add an entry to a chain, which is then one longer."""
    data = _bytes(body)
    grown = Chain(chain.id, chain.length + 1, entry_hash(chain.head, data))
    _NEW_ENTRY.run(
        connection, {"chain_id": chain.id, "number": grown.length, "body": data, "hash": grown.head}
    )
    _GROWN.run(connection, {"chain": chain.id, "length": grown.length, "head": grown.head})
    return grown


def begin_chains(connection: Connection, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """New chains by name, each with its first entry; their ids."""
    ids: dict[str, int] = {}
    for names in batched(bodies):
        data = {name: _bytes(bodies[name]) for name in names}
        heads = {name: entry_hash(NO_HASH, body) for name, body in data.items()}
        connection.execute(
            insert(ChainRow),
            [{"name": name, "length": 1, "head": heads[name], "sealed": 0} for name in names],
        )
        rows = connection.execute(select(ChainRow.name, ChainRow.id).where(ChainRow.name.in_(names)))
        found = dict(rows.all())
        connection.execute(
            insert(EntryRow),
            [
                {"chain_id": found[name], "number": 1, "body": data[name], "hash": heads[name]}
                for name in names
            ],
        )
        ids |= found
    return ids


def _bytes(body: Mapping[str, Any]) -> bytes:
    """The canonical JSON of an entry, whatever a person typed as a reason."""
    try:
        return canonical_bytes(body)
    except UnicodeEncodeError:
        return canonical_bytes(json.loads(storable(json.dumps(body, ensure_ascii=False))))


def moment(at: datetime) -> str:
    """A time as log entries write it: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat()


class AuditLog:
    """Seals and verifies the log. Entries are appended by the rooms that do what they tell of."""

    def __init__(self, database: Database, seal_key: bytes) -> None:
        self._database = database
        self._key = seal_key

    def seal(self, at: datetime) -> Checkpoint | None:
        """Seal the heads of all chains that grew since the last checkpoint; None where none did."""
        with self._database.write() as connection:
            last = connection.execute(
                select(CheckpointRow.number, CheckpointRow.body, CheckpointRow.seal)
                .order_by(CheckpointRow.number.desc())
                .limit(1)
                .with_for_update(key_share=True)
            ).one_or_none()
            # A chain that is being written to now is the next checkpoint's: nobody waits for a seal.
            grown = connection.execute(
                select(ChainRow.id, ChainRow.name, ChainRow.length, ChainRow.head)
                .where(ChainRow.length > ChainRow.sealed)
                .order_by(ChainRow.id)
                .limit(_SEALED_AT_ONCE)
                .with_for_update(key_share=True, skip_locked=True)
            ).all()
            if not grown:
                return None
            heads = tuple(
                sorted((Head(row.name, row.length, row.head) for row in grown), key=lambda h: h.chain)
            )
            number = 1 if last is None else last.number + 1
            previous = NO_HASH if last is None else entry_hash(last.seal, last.body)
            body = checkpoint_body(number, at, previous, heads)
            seal = sealed(self._key, body)
            connection.execute(insert(CheckpointRow).values(number=number, body=body, seal=seal))
            for row in grown:
                connection.execute(update(ChainRow).where(ChainRow.id == row.id).values(sealed=row.length))
            return Checkpoint(number, at, heads, body, seal)

    def verify(self) -> tuple[Fault, ...]:
        """Read every chain and every checkpoint; all that was changed, taken away, put in or reordered."""
        with self._database.read() as connection:
            checkpoints = [
                read_checkpoint(row.number, row.body, row.seal)
                for row in connection.execute(
                    select(CheckpointRow.number, CheckpointRow.body, CheckpointRow.seal).order_by(
                        CheckpointRow.number
                    )
                )
            ]
            faults = list(faults_of_checkpoints(checkpoints, self._key))
            sealed_heads: dict[str, dict[int, str]] = {}
            for checkpoint in checkpoints:
                for head in checkpoint.heads:
                    sealed_heads.setdefault(head.chain, {})[head.length] = head.hash
            for name, length, hash, links in self._chains(connection):
                faults += faults_of_chain(Head(name, length, hash), links, sealed_heads.pop(name, {}))
            for name, heads in sealed_heads.items():
                faults.append(Fault("missing", name, max(heads)))
        return tuple(sorted(faults, key=lambda fault: (fault.chain, fault.number, fault.kind)))

    def entries(self, chains: str = "") -> Iterator[LogEntry]:
        """Every entry of the chains whose names begin so, chain by chain, oldest first.

        A transaction stays open until the last is taken: take them fast.
        """
        query = (
            select(ChainRow.name, EntryRow.number, EntryRow.body, EntryRow.hash)
            .join(ChainRow, ChainRow.id == EntryRow.chain_id)
            .where(ChainRow.name.startswith(chains, autoescape=True))
            .order_by(ChainRow.name, EntryRow.number)
            .execution_options(yield_per=500)
        )
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield LogEntry(row.name, row.number, json.loads(row.body), row.hash)

    def _chains(self, connection: Connection) -> Iterator[tuple[str, int, str, list[Link]]]:
        """Every chain with its entries, one chain in memory at a time."""
        chains = connection.execute(
            select(ChainRow.id, ChainRow.name, ChainRow.length, ChainRow.head).order_by(ChainRow.id)
        ).all()
        for chain in chains:
            entries = connection.execute(
                select(EntryRow.number, EntryRow.body, EntryRow.hash)
                .where(EntryRow.chain_id == chain.id)
                .order_by(EntryRow.number)
            )
            yield chain.name, chain.length, chain.head, [Link(*row) for row in entries]


def entries_of(connection: Connection, chain: int) -> list[dict[str, Any]]:
    """The entries of one chain, oldest first."""
    rows = connection.execute(
        select(EntryRow.body).where(EntryRow.chain_id == chain).order_by(EntryRow.number)
    )
    return [json.loads(body) for body in rows.scalars()]
