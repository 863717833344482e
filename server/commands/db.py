"""`bieu db`: the database's tables."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands.opening import settings, with_store


@click.group()
def command() -> None:
    """Cơ sở dữ liệu.

    \b
    Ví dụ:
      bieu db upgrade --db sqlite:///bieu.db
    """


@command.command()
@with_store
def upgrade(database: str | None, config_file: Path | None) -> None:
    """Lập các bảng, hoặc đưa lên phiên bản này; tạo tệp bí mật nếu chưa có."""
    from server.app import open_store
    from server.config import ConfigProblem, make_secret

    config = settings(config_file, database)
    if make_secret(config.secret_file):
        click.echo(f"Đã tạo tệp bí mật {config.secret_file}: giữ kín và sao lưu riêng.")
    try:
        store = open_store(config)
    except (ConfigProblem, ValueError) as problem:
        raise click.UsageError(f"Không mở được cơ sở dữ liệu: {problem}.") from problem
    store.upgrade()
    store.close()
    click.echo("Cơ sở dữ liệu đã sẵn sàng.")
