"""`bieu check`: everything the compiler has to say about packages."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from compiler.memory import Memory
from compiler.package import LoadedPackage, asked_between
from dsl.diagnostics import Diagnostic, Language
from dsl.render import to_json, to_sarif, to_text
from dsl.span import Source
from server.commands.loading import LANGUAGE, LIBRARY, load_packages, print_diagnostics
from server.watching import fingerprint

LOOK_EVERY = 0.3
"""Seconds between two looks at the files under `--watch`."""


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
@click.option("--watch", is_flag=True, help="Kiểm tra lại mỗi khi lưu tệp, cho đến khi bấm Ctrl-C.")
@LIBRARY
@LANGUAGE
def command(
    paths: tuple[Path, ...], output: Literal["text", "json", "sarif"], watch: bool, language: Language
) -> None:
    """Kiểm tra gói biểu mẫu và in mọi lỗi tìm thấy.

    \b
    Ví dụ:
      bieu check templates_library
      bieu check bieu_moi.bieu --format json
      bieu check che_do_moi --watch
    """
    if watch and output != "text":
        raise click.UsageError("--watch chỉ in cho người đọc: bỏ --format.")
    if watch:
        _watch(paths, language)
    packages = load_packages(paths)
    if output == "text":
        _print(packages, language)
    else:
        found: list[Diagnostic] = []
        sources: dict[str, Source] = {}
        # Two paths may lead to one package.
        for package in {id(package): package for package in packages}.values():
            found += package.diagnostics
            sources |= package.sources
        found += asked_between(packages)
        click.echo((to_json if output == "json" else to_sarif)(found, sources, language), nl=False)
    sys.exit(1 if _failed(packages) else 0)


def _failed(packages: Sequence[LoadedPackage]) -> bool:
    return any(package.compilation.failed for package in packages)


def _print(packages: Sequence[LoadedPackage], language: Language) -> None:
    for package in packages:
        print_diagnostics(package, language, err=False)
    sources: dict[str, Source] = {}
    for package in packages:
        sources |= package.sources
    click.echo(to_text(asked_between(packages), sources, language, sys.stdout.isatty()), nl=False)
    if not _failed(packages):
        regimes = sum(len(package.compilation.regimes) for package in packages)
        click.echo(f"Đạt: {len(packages)} gói, {regimes} chế độ báo cáo.")


def _watch(paths: tuple[Path, ...], language: Language) -> None:
    """Checks after every change until interrupted; then ends as the last check did."""
    memory = Memory()
    packages = load_packages(paths, memory)
    seen = ""
    try:
        while True:
            now = fingerprint(paths)
            if now != seen:
                memory.begin()
                try:
                    packages = load_packages(paths, memory)
                except (OSError, click.UsageError):
                    # Editors replace a file by removing it first: the next look finds it.
                    time.sleep(LOOK_EVERY)
                    continue
                click.echo(time.strftime("── %H:%M:%S ──"))
                _print(packages, language)
                sys.stdout.flush()
                seen = now
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        sys.exit(1 if _failed(packages) else 0)
