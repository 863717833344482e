"""`bieu users`: accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.commands.opening import act_of_shell, opened, settings, with_store
from server.commands.reporting import print_findings


@click.group()
def command() -> None:
    """Tài khoản.

    \b
    Ví dụ:
      bieu users add ba.to --name "Nguyễn Văn An" --role officer --unit 21484
    """


@command.command()
@click.argument("name")
@click.option("--name", "display_name", required=True, help="Họ tên.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["officer", "leader", "receiver", "operator", "reader"]),
    help="Vai trò; nêu nhiều lần được.",
)
@click.option("--unit", required=True, help="Mã đơn vị; quyền gồm cả các đơn vị bên dưới.")
@click.option("--regime", help="Chỉ cho một chế độ báo cáo.")
@with_store
def add(
    name: str,
    display_name: str,
    roles: tuple[str, ...],
    unit: str,
    regime: str | None,
    database: str | None,
    config_file: Path | None,
) -> None:
    """Thêm một tài khoản; in mật khẩu ban đầu, chỉ một lần này."""
    from runtime.accounts import ROLES, Grant
    from runtime.reports import Refusal

    store = opened(settings(config_file, database))
    grants = tuple(Grant(role, unit, regime) for role in ROLES if role in roles)
    made = store.people.add_user(name, display_name, act_of_shell(), grants)
    if isinstance(made, Refusal):
        print_findings(made.findings, "vi", err=True)
        sys.exit(1)
    click.echo(f"Tài khoản {made.user.name}, mật khẩu ban đầu: {made.password}")
