"""`bieu editions`: the versions of regimes in time, which of them holds for a period, and where they clash."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from compiler.package import LoadedPackage
from compiler.periods import DECREE_09_2019, Period, parse_period
from compiler.shelf import ARCHIVE, find_packages
from compiler.template import template_hash
from compiler.timeline import InForce, clashes, holding, timelines
from dsl.diagnostics import Language
from dsl.render import to_text
from dsl.span import Source
from server.commands.loading import LANGUAGE, LIBRARY, library, print_diagnostics
from server.words import day


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--period", "period_code", help="Nói biểu nào dùng cho kỳ này, theo ngày chốt số liệu.")
@LIBRARY
@LANGUAGE
def command(paths: tuple[Path, ...], period_code: str | None, language: Language) -> None:
    """Liệt kê các phiên bản có hiệu lực theo thời gian, chỗ chồng và chỗ hở.

    Tìm các gói trong thư mục, kể cả tệp nén .zip. Kết thúc với mã 1 khi hai phiên bản cùng nhận một ngày, hoặc không
    phiên bản nào có hiệu lực cho kỳ được hỏi.

    \b
    Ví dụ:
      bieu editions templates_library
      bieu editions thu_vien --period 2026-Q3
    """
    period = None if period_code is None else parse_period(period_code)
    if period_code is not None and not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    packages = _packages(paths)
    if any(package.compilation.failed for package in packages):
        for package in packages:
            print_diagnostics(package, language)
        sys.exit(1)
    found = timelines(regime for package in packages for regime in package.compilation.regimes)
    missing = False
    for name, versions in found.items():
        click.echo(f"{name}: {versions[-1].template.title}")
        if isinstance(period, Period):
            missing = not _print_holding(versions, period) or missing
        else:
            for version in versions:
                click.echo(f"  {_words(version)}")
    wrong = clashes(found)
    sources: dict[str, Source] = {}
    for package in packages:
        sources |= package.sources
    click.echo(to_text(wrong, sources, language, sys.stderr.isatty()), err=True, nl=False)
    sys.exit(1 if missing or any(each.severity == "error" for each in wrong) else 0)


def _packages(paths: tuple[Path, ...]) -> list[LoadedPackage]:
    """The packages at or below the paths, folders and archives."""
    places: dict[Path, None] = {}
    for path in paths:
        archives = sorted(path.rglob(f"*{ARCHIVE}")) if path.is_dir() else []
        places |= dict.fromkeys([*find_packages(path), *archives])
    if not places:
        raise click.UsageError(f"Không có gói nào trong {', '.join(map(str, paths))}.")
    loaded = library()
    return [loaded.load(place) for place in places]


def _print_holding(versions: tuple[InForce, ...], period: Period) -> bool:
    """Which version is for a period; whether there is one, or the regime has no such period."""
    if period.type not in versions[-1].template.period_types:
        click.echo(f"  {period.code}: chế độ không có kỳ này")
        return True
    closes = DECREE_09_2019.window(period).end
    found = holding(versions, closes)
    head = f"  {period.code}, chốt số liệu {day(closes)}:"
    if found is None:
        click.echo(f"{head} không phiên bản nào có hiệu lực")
        return False
    template = found.regime.on(closes).template
    click.echo(f"{head} {template.package} {template.version}, mã {template_hash(template)[:12]}")
    return True


def _words(version: InForce) -> str:
    template = version.template
    start = "từ đầu" if version.start == date.min else f"từ {day(version.start)}"
    end = "" if version.end is None else f" đến {day(version.end)}"
    changes = [edition.start for edition in version.regime.editions[1:] if edition.start is not None]
    within = f", biểu đổi ngày {', '.join(map(day, changes))}" if changes else ""
    return f"{template.package} {template.version}: {start}{end}{within}"
