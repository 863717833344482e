"""`bieu assign`: a period of a regime, handed out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.commands.opening import act_of_shell, opened, settings, with_store
from server.commands.reporting import print_findings


@click.command()
@click.argument("regime")
@click.argument("period_code", metavar="PERIOD")
@click.option("--unit", "units", multiple=True, help="Chỉ giao cho đơn vị này và các đơn vị bên dưới.")
@with_store
def command(
    regime: str, period_code: str, units: tuple[str, ...], database: str | None, config_file: Path | None
) -> None:
    """Giao một kỳ báo cáo cho các đơn vị mà chế độ báo cáo nêu.

    Giao lại chỉ thêm những đơn vị chưa được giao.

    \b
    Ví dụ:
      bieu assign kstt_quy 2026-Q3 --unit 51
    """
    from compiler.periods import Period, parse_period
    from runtime.reports import Refusal

    period = parse_period(period_code)
    if not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    store = opened(settings(config_file, database))
    tree = store.units.all()
    for unit in units:
        if unit not in tree:
            raise click.UsageError(f"Không có đơn vị «{unit}».")
    only = {code for unit in units for code in tree.subtree(unit)} if units else None
    done = store.rounds.assign(regime, period, act_of_shell(), only)
    if isinstance(done, Refusal):
        print_findings(done.findings, "vi", err=True)
        sys.exit(1)
    click.echo(f"{regime} {period.code}: giao mới cho {done.new} đơn vị, tất cả {done.round.units} đơn vị.")
