"""The tables of a database brought up to this version's, by the migrations that come with it."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from runtime.models import Base


def upgrade(connection: Connection) -> None:
    """Run what is missing, in the connection's transaction."""
    command.upgrade(_config(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether every migration has been run."""
    done = MigrationContext.configure(connection).get_current_heads()
    return set(done) == set(ScriptDirectory.from_config(_config(connection)).get_heads())


def differences(connection: Connection) -> list[object]:
    """What the tables lack to be what the models say; for tests."""
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("runtime").joinpath("migrations")))
    config.attributes["connection"] = connection
    return config
