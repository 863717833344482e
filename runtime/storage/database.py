"""Connections and transactions, on SQLite and PostgreSQL alike.

A transaction either reads or writes and says so beforehand. Reading sees one state of the database from its first
statement to its last, and never waits for writers. Writing commits all or nothing:

SQLite      WAL, durable (synchronous FULL). `BEGIN IMMEDIATE` takes the one writer's place at once, so that no
            transaction finds on its way that what it read has changed. Within a process writers queue for it in turn.
PostgreSQL  READ COMMITTED with row locks: each statement sees what was committed before it, and a row read
            `FOR UPDATE` stays as read. Reading is REPEATABLE READ, on a connection that may not write.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from runtime.models import Base, storable

_BUSY_SECONDS = 30
"""How long a writer waits for another process's transaction before it gives up."""

_CONNECTIONS = 16
"""Connections of one process, at most: more threads wait their turn."""


class Database:
    """An engine, and the two ways of using it."""

    def __init__(self, url: str) -> None:
        self.url: URL = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True}
        self._engine = create_engine(
            self.url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=4 * _BUSY_SECONDS, **arguments
        )
        self._writer = self._engine
        self._reader: Engine = self._engine
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
        else:
            self._reader = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._turn: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, all of one moment."""
        with self._reader.connect() as connection:
            self._begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends and rolled back when it raises."""
        with self._turn, self._writer.begin() as connection:
            self._begin(connection, "BEGIN IMMEDIATE")
            yield connection

    def _begin(self, connection: Connection, statement: str) -> None:
        # Said here and not by a listener, which every statement would then look for; and to the driver itself, for
        # every page begins several transactions.
        if self.is_sqlite:
            connection.connection.cursor().execute(statement)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def _with_driver(url: URL) -> URL:
    """`postgresql://` means psycopg; SQLAlchemy takes it for a driver that nobody installs any more."""
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(f"the database must be SQLite or PostgreSQL, not {url.drivername}")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ValueError("an SQLite database needs a file: sqlite:///path")
    return url


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    # Python's driver would begin transactions by itself, and never immediate ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        # Pages that are written with every report (totals, the log's ends) are copied back once in 16 MB, not in 4.
        "wal_autocheckpoint = 4000",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


# -- statements that both engines know under different names ---------------------------------------------------

_Item = TypeVar("_Item")


def insert_missing(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, but for those whose key is there already: somebody else was first."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def take_turns(connection: Connection, *names: str) -> None:
    """Let no other transaction that names one of these go on until this one ends. In SQLite writers do so anyway."""
    if connection.dialect.name == "postgresql":
        for name in sorted(names):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(storable(name), 0))))


def batched(items: Iterable[_Item], size: int = 500) -> Iterator[list[_Item]]:
    """The items, some at a time: a statement takes only so many values."""
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some
