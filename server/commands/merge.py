"""`bieu merge`: the units' workbooks to the parent's, with no server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, load_regimes
from server.commands.reporting import print_findings

if TYPE_CHECKING:
    from compiler.cells import Layout
    from runtime.bulk import Incoming


@click.command()
@click.argument("children", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Sổ Excel của đơn vị cấp trên; bảng kê nguồn ghi cạnh đó, đuôi .manifest.json.",
)
@click.option(
    "--package",
    type=click.Path(exists=True, path_type=Path),
    help="Gói biểu mẫu; không có thì tìm trong thư mục hiện tại và các gói kèm theo phần mềm.",
)
@click.option(
    "--units",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp CSV của cây đơn vị; không có thì dùng danh mục đơn vị hành chính cả nước.",
)
@click.option("--period", "period_code", help="Mã kỳ, như 2026-Q3; không có thì lấy kỳ của các tệp.")
@click.option("--top", help="Mã đơn vị nhận; không có thì là đơn vị nhận báo cáo chứa mọi đơn vị gửi.")
@LANGUAGE
def command(
    children: tuple[Path, ...],
    output: Path,
    package: Path | None,
    units: Path | None,
    period_code: str | None,
    top: str | None,
    language: Language,
) -> None:
    """Tổng hợp sổ Excel của các đơn vị thành sổ của đơn vị cấp trên, không cần máy chủ.

    Nhận tệp, thư mục và tệp ZIP. Quy tắc như trên máy chủ: tệp có lỗi không được cộng và được nêu lý do; khi đó lệnh
    kết thúc với mã 1, kết quả vẫn được ghi. Sổ kết quả có phụ lục các đơn vị và mã băm của từng tệp nguồn.

    \b
    Ví dụ:
      bieu merge bao-cao-xa/*.xlsx -o tong-hop.xlsx
      bieu merge bao-cao-xa.zip -o tong-hop.xlsx --period 2026-Q3
    """
    from rich.console import Console
    from rich.progress import track

    from compiler.periods import Period, parse_period
    from renderers.xlsx.write import render
    from runtime.bulk import incoming, readers
    from runtime.merging import Merged, appendix, common_period, merged
    from runtime.units import UnitTree, read_units, units_of_vietnam
    from server.commands.tables import coverage_in_words, print_total
    from server.printing import filling_of

    period = parse_period(period_code) if period_code else None
    if period is not None and not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    tree = units_of_vietnam() if units is None else read_units(units.read_bytes())
    if not isinstance(tree, UnitTree):
        print_findings(tree, language, err=True)
        sys.exit(1)
    if top is not None and tree.find(top) is None:
        raise click.UsageError(f"Không có đơn vị «{top}» trong cây đơn vị.")
    files = list(incoming(children))
    layout = _layout(files, package, language)
    console = Console(stderr=True)
    with readers(layout, min(os.cpu_count() or 1, len(files))) as ready:
        outcomes = list(
            track(
                ready.read(files),
                description="Đang đọc",
                total=len(files),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            )
        )
    period = period or common_period(outcomes)
    if period is None:
        for each in outcomes:
            click.echo(f"{each.name}: không nhận", err=True)
            print_findings(each.result.findings, language, err=True)
        raise click.UsageError("Không rõ kỳ báo cáo: chỉ rõ bằng --period.")
    made = merged(layout, tree, period, outcomes, top)
    gathered = made.gathered if isinstance(made, Merged) else made
    for name, rejected in gathered.rejected:
        click.echo(f"{name}: không nhận", err=True)
        print_findings(rejected, language, err=True)
    if not isinstance(made, Merged):
        sys.exit(1)
    coverage = coverage_in_words(made.total)
    filling = filling_of(layout, tree, made.unit, period, made.values, coverage=coverage)
    output.write_bytes(render(layout, filling, appendix(made, tree, coverage)))
    output.with_suffix(".manifest.json").write_bytes(made.manifest)
    print_total(Console(), layout, made.total, f"{period.words}, {tree[made.unit].name}")
    sys.exit(1 if gathered.rejected else 0)


def _layout(files: list[Incoming], package: Path | None, language: Language) -> Layout:
    """The form that the first workbook which tells was made from. Wrong use (exit 2) where it isn't at hand."""
    from renderers.xlsx.identity import WorkbookIdentity
    from renderers.xlsx.read import identify

    found = (identify(file.data) for file in files if file.data.startswith(b"PK"))
    identity = next((each for each in found if isinstance(each, WorkbookIdentity)), None)
    if identity is None:
        raise click.UsageError("Không tệp nào là sổ Excel do phần mềm phát ra.")
    where = package or _find(identity.package)
    if where is None:
        raise click.UsageError(f"Không tìm thấy gói {identity.package}: chỉ rõ bằng --package.")
    for regime in load_regimes(where, language):
        if regime.template.regime == identity.regime:
            return regime.layout
    raise click.UsageError(f"{where} không có chế độ báo cáo {identity.regime}.")


def _find(name: str) -> Path | None:
    """A package by its dotted name, under the working folder or among those that come along."""
    import templates_library

    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    roots = [Path(), Path("templates_library"), *map(Path, templates_library.__path__)]
    return next((root.joinpath(*parts) for root in roots if any(root.joinpath(*parts).glob("*.bieu"))), None)
