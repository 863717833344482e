"""`bieu rollup`: reports from files to one total, with no server."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout
from server.commands.reporting import print_findings


@click.command()
@PACKAGE
@click.argument(
    "submissions", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--units",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp CSV của cây đơn vị; không có thì dùng danh mục đơn vị hành chính cả nước.",
)
@click.option("--period", "period_code", required=True, help="Mã kỳ, như 2026-Q3.")
@click.option("--top", help="Mã đơn vị nhận tổng hợp; không có thì là đơn vị trên cùng chứa mọi báo cáo.")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp JSON kết quả."
)
@click.option(
    "--sheet",
    "sheets",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ghi thêm bảng số ra tệp .xlsx hoặc .csv; nêu nhiều lần được.",
)
@REGIME
@LANGUAGE
def command(
    package: Path,
    submissions: tuple[Path, ...],
    units: Path | None,
    period_code: str,
    top: str | None,
    output: Path,
    sheets: tuple[Path, ...],
    regime: str | None,
    language: Language,
) -> None:
    """Tổng hợp các báo cáo JSON và Excel theo cây đơn vị.

    Báo cáo có lỗi được in ra và không được cộng; khi đó lệnh kết thúc với mã 1, kết quả vẫn được ghi.

    \b
    Ví dụ:
      bieu rollup templates_library/vpcp/kstt --period 2026-Q3 -o tong.json bao-cao/*.json bao-cao/*.xlsx
    """
    from rich.console import Console
    from rich.progress import track

    from compiler.periods import Period, parse_period
    from runtime.offline import gather_files, total_bytes
    from runtime.units import UnitTree, read_units, units_of_vietnam
    from server.commands.tables import print_total
    from server.commands.writing import kind_of, write_listings
    from server.total_listings import table_of_total

    for sheet in sheets:
        kind_of(sheet)
    period = parse_period(period_code)
    if not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    layout = load_layout(package, regime, language, period)
    tree = units_of_vietnam() if units is None else read_units(units.read_bytes())
    if not isinstance(tree, UnitTree):
        print_findings(tree, language, err=True)
        sys.exit(1)
    if top is not None and tree.find(top) is None:
        raise click.UsageError(f"Không có đơn vị «{top}» trong cây đơn vị.")
    console = Console(stderr=True)
    files = track(
        ((str(path), path.read_bytes()) for path in submissions),
        description="Đang đọc",
        total=len(submissions),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    gathered = gather_files(layout, tree, period, files, top)
    for name, rejected in gathered.rejected:
        click.echo(f"{name}: không nhận", err=True)
        print_findings(rejected, language, err=True)
    if gathered.rollup is None:
        sys.exit(1)
    total = gathered.rollup.total(gathered.rollup.top)
    output.write_bytes(total_bytes(layout, period, gathered, total))
    for sheet in sheets:
        listings = [
            table_of_total(layout, table.name, [total], period, tree, top=gathered.rollup.top)
            for table in layout.template.tables
        ]
        write_listings(listings, sheet)
    print_total(Console(), layout, total, f"{period.words}, {tree[gathered.rollup.top].name}")
    sys.exit(1 if gathered.rejected else 0)
