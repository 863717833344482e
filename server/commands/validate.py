"""`bieu validate`: a report in JSON or Excel, and all that is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from compiler.findings import Finding
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout
from server.commands.reporting import findings_json, print_findings


@click.command()
@PACKAGE
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@REGIME
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text cho người đọc, json cho máy.",
)
@click.option(
    "--marked",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ghi bản sao của tệp Excel có đánh dấu và chú thích từng chỗ sai.",
)
@click.option("--notices", is_flag=True, help="In cả những kiểm tra chưa thực hiện được.")
@LANGUAGE
def command(
    package: Path,
    data: Path,
    regime: str | None,
    output: Literal["text", "json"],
    marked: Path | None,
    notices: bool,
    language: Language,
) -> None:
    """Kiểm tra một báo cáo JSON hoặc Excel.

    \b
    Ví dụ:
      bieu validate templates_library/vpcp/kstt bao-cao.json
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx --format json
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx --marked bao-cao-danh-dau.xlsx
    """
    from runtime.intake import CheckedReport, read_report

    layout = load_layout(package, regime, language)
    content = data.read_bytes()
    outcome = read_report(layout, content, data.name)
    if marked is not None:
        _write_marked(marked, content, outcome.findings, language)
    if output == "json":
        click.echo(findings_json(outcome.findings, language))
    else:
        print_findings(outcome.findings, language, notices=notices)
        if isinstance(outcome, CheckedReport):
            click.echo(f"Đạt: {layout.template.regime} của {outcome.unit}, kỳ {outcome.period}.")
    sys.exit(0 if isinstance(outcome, CheckedReport) else 1)


def _write_marked(target: Path, content: bytes, findings: Sequence[Finding], language: Language) -> None:
    """The marked copy, where there is something to mark."""
    from renderers.xlsx.mark import marked

    copy = marked(content, findings, language)
    if copy is None:
        click.echo("Không có bản đánh dấu: tệp không có lỗi, không phải tệp Excel, hoặc quá lớn.", err=True)
    else:
        target.write_bytes(copy)
        click.echo(f"Bản đánh dấu: {target}", err=True)
