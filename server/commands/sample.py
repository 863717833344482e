"""`bieu sample`: made-up reports of a form, plausible and valid, for training, demonstrations and benches."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout

_COLUMNS = ("unit", "name", "period", "file", "due", "sent", "state")


@click.command()
@PACKAGE
@click.option(
    "--units", "count", type=click.IntRange(1, 4_000), default=3, show_default=True, help="Số đơn vị."
)
@click.option("--periods", type=click.IntRange(1, 120), default=1, show_default=True, help="Số kỳ liên tiếp.")
@click.option("--from", "first", help="Mã kỳ đầu, như 2025-Q1; không có thì là kỳ đầu năm 2025.")
@click.option("--seed", type=int, default=1, show_default=True, help="Cùng một số thì ra cùng số liệu.")
@click.option("--complete", is_flag=True, help="Mọi đơn vị đều gửi, đúng hạn.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục kết quả; phải chưa có hoặc rỗng.",
)
@REGIME
@LANGUAGE
def command(
    package: Path,
    count: int,
    periods: int,
    first: str | None,
    seed: int,
    complete: bool,
    output: Path,
    regime: str | None,
    language: Language,
) -> None:
    """Tạo số liệu mẫu hợp lệ cho một biểu: nhiều đơn vị, nhiều kỳ, có đơn vị gửi muộn và không gửi.

    Mỗi báo cáo là một tệp JSON trong thư mục của kỳ; danh_sach.csv ghi hạn nộp, ngày gửi và tình trạng.

    \b
    Ví dụ:
      bieu sample templates_library/vpcp/kstt --units 96 --periods 8 --seed 1 -o mau
    """
    from rich.console import Console
    from rich.progress import track

    from compiler.periods import Period, parse_period, periods_of_year
    from compiler.template import template_hash
    from renderers.document import Submission, submission_bytes
    from runtime.demonstration import PROVINCE
    from runtime.reports import Regime
    from runtime.samples.series import NoSample, Sampler
    from runtime.units import units_of_vietnam

    if output.exists() and any(output.iterdir()):
        raise click.UsageError(f"{output} đã có tệp: chọn thư mục khác.")
    layout = load_layout(package, regime, language)
    template = layout.template
    found = parse_period(first) if first else periods_of_year(template.period_types[0], 2025)[0]
    if not isinstance(found, Period):
        raise click.UsageError(f"«{first}» không phải là mã kỳ.")
    if found.type not in template.period_types:
        raise click.UsageError(f"Biểu này không báo cáo theo kỳ {found.code}.")
    series = [found]
    while len(series) < periods:
        year = series[-1].year
        later = [*periods_of_year(found.type, year), *periods_of_year(found.type, year + 1)]
        series.append(later[later.index(series[-1]) + 1])
    tree = units_of_vietnam()
    own = [unit for level in template.filled_by for unit in tree.of_level(level)]
    # Those of Quảng Ngãi first.
    own.sort(key=lambda unit: (PROVINCE not in (unit.code, *tree.ancestors(unit.code)), unit.code))
    if len(own) < count:
        raise click.UsageError(f"Chỉ có {len(own)} đơn vị lập biểu này.")
    sampler = Sampler(layout, Regime.of(layout).check, seed)
    console = Console(stderr=True)
    made = track(
        sampler.samples(own[:count], series, gaps=not complete),
        description="Đang tạo số liệu",
        total=count * periods,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    head = {"regime": template.regime, "version": template.version, "template": template_hash(template)}
    rows: list[tuple[str, ...]] = []
    try:
        for sample in made:
            file = f"{sample.period.code}/{sample.unit.code}.json"
            if sample.sent is not None:
                submission = Submission(unit=sample.unit.code, period=sample.period.code, **head)
                path = output / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(submission_bytes(layout, submission, sample.values) + b"\n")
            sent = "" if sample.sent is None else sample.sent.isoformat()
            state = "chưa gửi" if sample.sent is None else "muộn" if sample.late else "đúng hạn"
            file = file if sent else ""
            rows.append(
                (
                    sample.unit.code,
                    sample.unit.name,
                    sample.period.code,
                    file,
                    sample.due.isoformat(),
                    sent,
                    state,
                )
            )
    except NoSample as problem:
        click.echo("Không tìm được số liệu thỏa mọi kiểm tra của biểu. Lần thử cuối vướng:", err=True)
        for line in problem.findings:
            click.echo(f"  {line}", err=True)
        sys.exit(1)
    output.mkdir(parents=True, exist_ok=True)
    with (output / "danh_sach.csv").open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([_COLUMNS, *rows])
    click.echo(
        f"Đã tạo {sum(bool(row[3]) for row in rows)} báo cáo, {sum(not row[3] for row in rows)} chưa gửi: {output}"
    )
