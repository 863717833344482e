"""What the commands that work on a store share: which settings and database, and who is taken for the doer."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from runtime.reports import Act
    from runtime.store import Store
    from server.config import Config

_Command = TypeVar("_Command", bound=Callable[..., Any])


def with_store(command: _Command) -> _Command:
    """The options `--db` and `--config`."""
    database = click.option("--db", "database", help="Cơ sở dữ liệu: sqlite:///đường-dẫn hoặc postgresql://…")
    config = click.option(
        "--config",
        "config_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="BIEU_CONFIG",
        help="Tệp thiết lập TOML.",
    )
    return database(config(command))


def settings(config_file: Path | None, database: str | None, **given: Any) -> Config:
    """The settings. Wrong use (exit 2) where they can't be used."""
    from server.config import ConfigProblem, read_config

    try:
        return read_config(config_file, database=database, **given)
    except ConfigProblem as problem:
        raise click.UsageError(f"{str(problem)[:1].upper()}{str(problem)[1:]}.") from problem


def opened(config: Config) -> Store:
    """The store, with tables of this version. Wrong use (exit 2) where it can't be opened or isn't set up."""
    from server.app import open_store
    from server.config import ConfigProblem

    try:
        store = open_store(config)
    except (ConfigProblem, ValueError) as problem:
        raise click.UsageError(f"Không mở được cơ sở dữ liệu: {problem}.") from problem
    if not store.is_current():
        raise click.UsageError(
            "Cơ sở dữ liệu chưa được lập hoặc thuộc phiên bản khác: chạy `bieu db upgrade`."
        )
    return store


def act_of_shell(reason: str = "") -> Act:
    """What is done from the command line, by whoever is signed in to the machine."""
    from runtime.reports import Act

    return Act(f"lệnh/{getpass.getuser()}", datetime.now(UTC), reason)
