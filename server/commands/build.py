"""`bieu build`: a package into every target, beside a manifest of what was made."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compiler.changes.release import FILENAME, release_bytes, release_of
from compiler.proofs.limits import Proofs
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, load_packages, print_diagnostics
from server.words import day


@click.command()
@PACKAGE
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục ghi kết quả.",
)
@click.option(
    "--agree",
    "must_agree",
    is_flag=True,
    help="Chỉ dịch khi mọi cách tính (Python, JavaScript, Excel, SQL) cho cùng kết quả; xem `bieu agree`.",
)
@LANGUAGE
def command(package: Path, output: Path, must_agree: bool, language: Language) -> None:
    """Dịch gói thành mọi sản phẩm: web, Excel, PDF, JSON Schema…

    Cùng một nguồn luôn cho ra đúng cùng các byte.

    \b
    Ví dụ:
      bieu build templates_library/vpcp/kstt -o build/kstt
    """
    from rich.console import Console
    from rich.progress import Progress

    from renderers.building import build_regime
    from renderers.registry import TARGETS
    from renderers.xlsx.results import server_alone
    from server.commands.agree import alone_in_words

    packages = load_packages([package], needs_lock=True, proofs=Proofs())
    for loaded in packages:
        print_diagnostics(loaded, language)
    releases = [release_of(loaded.compilation) for loaded in packages]
    regimes = [regime for loaded in packages for regime in loaded.compilation.regimes]
    if any(release is None for release in releases):
        sys.exit(1)
    if must_agree:
        from server.commands.agree import require

        require(regimes, language)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Đang dịch", total=len(regimes) * len(TARGETS))
        for regime in regimes:
            folder = output / regime.template.regime
            for name in build_regime(regime.layout, folder):
                progress.update(task, advance=1, description=f"{regime.template.regime}/{name}")
            click.echo(f"{folder}: {regime.template.title}")
            if beyond := server_alone(regime.layout).places(regime.layout):
                click.echo("  " + alone_in_words(beyond, language), err=True)
            for edition, layout in zip(regime.editions[:-1], regime.layouts, strict=False):
                assert edition.end is not None  # only the latest has no end
                earlier = folder / f"den-{edition.end.isoformat()}"
                for name in build_regime(layout, earlier):
                    progress.update(task, description=f"{regime.template.regime}/{earlier.name}/{name}")
                click.echo(f"{earlier}: {regime.template.title}, số liệu đến {day(edition.end)}")
    for release in releases:
        assert release is not None
        # Of several packages each has its own folder; the one there mostly is stands beside its regimes.
        place = output if len(releases) == 1 else output / release.package
        place.mkdir(parents=True, exist_ok=True)
        (place / FILENAME).write_bytes(release_bytes(release))
