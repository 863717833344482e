"""The tables: migrated to what the models say, on both engines, and some of them never changed."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from runtime.models import Base, CheckpointRow, EntryRow, FileRow, VersionRow
from runtime.storage import schema
from runtime.storage.database import Database
from runtime.store import Store
from tests.store.making import AT, SEAL_KEY, act, key, sent


def test_migrations_make_what_the_models_say(url: str) -> None:
    database = Database(url)
    with database.read() as connection:
        assert not schema.is_current(connection)
        assert schema.differences(connection) != []
    with database.write() as connection:
        schema.upgrade(connection)
    with database.read() as connection:
        assert schema.is_current(connection)
        assert schema.differences(connection) == []
    database.close()


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    assert store.is_current()
    store.upgrade()
    assert store.is_current()
    assert len(store.units.all()) == 7


def test_migrations_can_be_taken_back(url: str) -> None:
    from alembic import command

    database = Database(url)
    with database.write() as connection:
        schema.upgrade(connection)
        command.downgrade(schema._config(connection), "base")
    with database.read() as connection:
        found = [str(difference) for difference in schema.differences(connection)]
        assert len([line for line in found if "add_table" in line]) == len(Base.metadata.tables)
    database.close()


@pytest.mark.parametrize("table", [VersionRow, EntryRow, CheckpointRow, FileRow])
def test_what_was_written_is_never_changed(store: Store, table: type[Base]) -> None:
    sent(store, key())
    store.files.attach(key(), "workbook", "a.xlsx", "application/octet-stream", b"a", 1, act())
    store.log.seal(AT)
    first = next(iter(table.__table__.columns))
    for statement in (update(table).values({first.name: first}), delete(table)):
        with pytest.raises(DBAPIError, match="never changed"), store._database.write() as connection:
            connection.execute(statement)


def test_sqlite_keeps_what_it_acknowledged(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.write() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    database.close()


def test_reading_can_t_write(store: Store, url: str) -> None:
    if not url.startswith("sqlite"):
        with pytest.raises(DBAPIError, match="read-only"), store._database.read() as connection:
            connection.execute(text("DELETE FROM drafts"))


@pytest.mark.parametrize("url", ["mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        Store.open(url, seal_key=SEAL_KEY)


def test_a_short_seal_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Store.open("sqlite:///a.db", seal_key=b"short")
