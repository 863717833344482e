"""`bieu validate`: a report in JSON or Excel, and all that is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout
from server.commands.reporting import findings_json, print_findings


@click.command()
@PACKAGE
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@REGIME
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--notices", is_flag=True, help="In cả những kiểm tra chưa thực hiện được.")
@LANGUAGE
def command(
    package: Path,
    data: Path,
    regime: str | None,
    output: Literal["text", "json"],
    notices: bool,
    language: Language,
) -> None:
    """Kiểm tra một báo cáo JSON hoặc Excel.

    \b
    Ví dụ:
      bieu validate templates_library/vpcp/kstt bao-cao.json
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx --format json
    """
    from runtime.intake import CheckedReport, read_report

    layout = load_layout(package, regime, language)
    outcome = read_report(layout, data.read_bytes(), data.name)
    if output == "json":
        click.echo(findings_json(outcome.findings, language))
    else:
        print_findings(outcome.findings, language, notices=notices)
        if isinstance(outcome, CheckedReport):
            click.echo(f"Đạt: {layout.template.regime} của {outcome.unit}, kỳ {outcome.period}.")
    sys.exit(0 if isinstance(outcome, CheckedReport) else 1)
