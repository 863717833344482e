"""`bieu check`: everything the compiler has to say about packages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from dsl.diagnostics import Diagnostic, Language
from dsl.render import to_json, to_sarif
from dsl.span import Source
from server.commands.loading import LANGUAGE, load_packages, print_diagnostics


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="text cho người đọc, json và sarif cho máy.",
)
@LANGUAGE
def command(paths: tuple[Path, ...], output: Literal["text", "json", "sarif"], language: Language) -> None:
    """Kiểm tra gói biểu mẫu và in mọi lỗi tìm thấy.

    \b
    Ví dụ:
      bieu check templates_library
      bieu check bieu_moi.bieu --format json
    """
    packages = load_packages(paths)
    failed = any(package.compilation.failed for package in packages)
    if output == "text":
        for package in packages:
            print_diagnostics(package, language, err=False)
        if not failed:
            regimes = sum(len(package.compilation.regimes) for package in packages)
            click.echo(f"Đạt: {len(packages)} gói, {regimes} chế độ báo cáo.")
    else:
        found: list[Diagnostic] = []
        sources: dict[str, Source] = {}
        for package in packages:
            found += [item for item in package.diagnostics if item not in found]
            sources |= package.sources
        click.echo((to_json if output == "json" else to_sarif)(found, sources, language), nl=False)
    sys.exit(1 if failed else 0)
