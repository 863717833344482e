"""`bieu validate`: a report in JSON or Excel, and all that is wrong with it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.pipeline import Regime
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout, load_regimes
from server.commands.reporting import findings_json, print_findings, print_outcomes

if TYPE_CHECKING:
    from runtime.bulk import Outcome
    from runtime.intake import CheckedReport, RefusedFile


@click.command()
@PACKAGE
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
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
    type=click.Path(path_type=Path),
    help="Ghi bản sao của tệp Excel có đánh dấu và chú thích từng chỗ sai; khi có nhiều tệp, đây là thư mục.",
)
@click.option(
    "--from",
    "others",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Báo cáo khác của đơn vị (kỳ trước, chế độ khác trong gói) để lấy số liệu; có thể nhắc lại.",
)
@click.option("--notices", is_flag=True, help="In cả những kiểm tra chưa thực hiện được.")
@LANGUAGE
def command(
    package: Path,
    data: tuple[Path, ...],
    regime: str | None,
    output: Literal["text", "json"],
    marked: Path | None,
    others: tuple[Path, ...],
    notices: bool,
    language: Language,
) -> None:
    """Kiểm tra báo cáo JSON hoặc Excel.

    Nhiều tệp, một thư mục hay một tệp ZIP thì in thêm một bảng kết quả.

    \b
    Ví dụ:
      bieu validate templates_library/vpcp/kstt bao-cao.json
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx --format json
      bieu validate templates_library/vpcp/kstt bao-cao.xlsx --marked bao-cao-danh-dau.xlsx
      bieu validate templates_library/vpcp/kstt bao-cao-xa.zip --marked danh-dau/
      bieu validate templates_library/vpcp/kstt quy-3.json --from quy-2.json
    """
    from runtime.intake import CheckedReport, read_report

    layout = load_layout(package, regime, language)
    if len(data) > 1 or data[0].is_dir() or data[0].suffix.lower() == ".zip":
        if others:
            raise click.UsageError("--from chỉ dùng khi kiểm tra một báo cáo.")
        sys.exit(_many(layout, data, output, marked, notices, language))
    content = data[0].read_bytes()
    outcome = read_report(layout, content, data[0].name)
    if others:
        outcome = _with_others(
            layout, load_regimes(package, language), outcome, content, data[0].name, others, language
        )
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


def _many(
    layout: Layout,
    paths: tuple[Path, ...],
    output: Literal["text", "json"],
    marked: Path | None,
    notices: bool,
    language: Language,
) -> int:
    """Many files, on all cores, and what became of each. The exit code."""
    from runtime.bulk import incoming, one_each, readers

    files = list(incoming(paths))
    with readers(layout, min(os.cpu_count() or 1, len(files))) as ready:
        outcomes = one_each(tuple(ready.read(files)))
    if marked is not None:
        marked.mkdir(parents=True, exist_ok=True)
        contents = {file.name: file.data for file in files}
        for each in outcomes:
            if each.count("error") + each.count("warning"):
                name = each.name.replace("/", "-")
                _write_marked(marked / name, contents[each.name], each.result.findings, language)
    if output == "json":
        told = [_as_json(each, language) for each in outcomes]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for each in outcomes:
            shown = [one for one in each.result.findings if notices or one.severity != "notice"]
            if shown:
                click.echo(f"{each.name}:")
                print_findings(shown, language, notices=notices)
        rows = [
            (
                each.name,
                each.result.unit,
                "đạt" if each.taken else "có lỗi",
                each.count("error"),
                each.count("warning"),
            )
            for each in outcomes
        ]
        print_outcomes(rows, sum(each.taken for each in outcomes))
    return 0 if outcomes and all(each.taken for each in outcomes) else 1


def _as_json(outcome: Outcome, language: Language) -> dict[str, object]:
    findings = json.loads(findings_json(outcome.result.findings, language))
    head = {"file": outcome.name, "unit": outcome.result.unit, "period": outcome.period}
    return {**head, "taken": outcome.taken, "findings": findings}


def _with_others(
    layout: Layout,
    regimes: Sequence[Regime],
    outcome: CheckedReport | RefusedFile,
    content: bytes,
    name: str,
    others: Sequence[Path],
    language: Language,
) -> CheckedReport | RefusedFile:
    """The report read again, with what it takes over from the others. Exits with 1 where one of those is refused."""
    from compiler.periods import Period, parse_period
    from runtime.given import read_given, taken_over
    from runtime.intake import CheckedReport, Expected, read_report

    files = ((str(path), path.read_bytes()) for path in others)
    given = read_given((each for regime in regimes for each in regime.layouts), files)
    for refused, findings in given.rejected:
        click.echo(f"{refused}: không nhận", err=True)
        print_findings(findings, language, err=True)
    if given.rejected:
        sys.exit(1)
    period = outcome.period if isinstance(outcome, CheckedReport) else parse_period(outcome.period)
    if not outcome.unit or not isinstance(period, Period):
        return outcome
    captured = taken_over(layout, outcome.unit, period, given)
    return read_report(layout, content, name, Expected(captured=captured, partly=True))
