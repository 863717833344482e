"""`bieu publish`: forms into force."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from compiler.proofs.limits import Proofs
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_regimes
from server.commands.opening import act_of_shell, opened, settings, with_store
from server.commands.reporting import print_findings
from server.words import day


@click.command()
@PACKAGE
@REGIME
@click.option(
    "--from",
    "starts",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Áp dụng cho số liệu chốt từ ngày này; không có thì theo gói.",
)
@with_store
@LANGUAGE
def command(
    package: Path,
    regime: str | None,
    starts: datetime | None,
    database: str | None,
    config_file: Path | None,
    language: Language,
) -> None:
    """Ban hành các chế độ báo cáo của một gói.

    \b
    Ví dụ:
      bieu publish templates_library/vpcp/kstt
    """
    from runtime.reports import Refusal

    store = opened(settings(config_file, database))
    regimes = load_regimes(package, language, needs_lock=True, proofs=Proofs())
    found = [each.whole for each in regimes if regime in {None, each.template.regime}]
    if not found:
        raise click.UsageError("Gói không có chế độ báo cáo như vậy.")
    failed = False
    for template in found:
        published = store.templates.publish(template, act_of_shell(), starts.date() if starts else None)
        if isinstance(published, Refusal):
            click.echo(f"{template.regime}: không ban hành được", err=True)
            print_findings(published.findings, language, err=True)
            failed = True
        else:
            force = day(published.in_force_from)
            click.echo(
                f"{published.regime} {published.version}: áp dụng từ {force}, mã {published.hash[:12]}."
            )
    sys.exit(1 if failed else 0)
