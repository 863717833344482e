"""`bieu check`: everything the compiler has to say about packages."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from compiler.memory import Memory
from compiler.package import LoadedPackage, asked_between, in_force_between
from compiler.proofs.limits import ProofLimits, Proofs
from dsl.diagnostics import Diagnostic, Language
from dsl.render import to_text
from dsl.span import Source
from server.commands.loading import (
    FORMAT,
    LANGUAGE,
    LIBRARY,
    PROOF_STEPS,
    Output,
    load_packages,
    print_diagnostics,
    print_for_machines,
)
from server.watching import fingerprint

LOOK_EVERY = 0.3
"""Seconds between two looks at the files under `--watch`."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--proofs/--no-proofs",
    default=True,
    show_default=True,
    help="Chứng minh các kiểm tra không mâu thuẫn và không thừa; bỏ đi thì nhanh hơn.",
)
@click.option("--watch", is_flag=True, help="Kiểm tra lại mỗi khi lưu tệp, cho đến khi bấm Ctrl-C.")
@LIBRARY
@PROOF_STEPS
@FORMAT
@LANGUAGE
def command(
    paths: tuple[Path, ...],
    proofs: bool,
    watch: bool,
    proof_steps: int,
    output: Output,
    language: Language,
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
    wanted = Proofs(limits=ProofLimits(steps=proof_steps)) if proofs else None
    if watch:
        _watch(paths, wanted, language)
    packages = load_packages(paths, proofs=wanted)
    if output == "text":
        _print(packages, language)
    else:
        print_for_machines(packages, output, language, _between(packages))
    sys.exit(1 if _failed(packages) else 0)


def _failed(packages: Sequence[LoadedPackage]) -> bool:
    failed = any(package.compilation.failed for package in packages)
    return failed or any(each.severity == "error" for each in _between(packages))


def _between(packages: Sequence[LoadedPackage]) -> list[Diagnostic]:
    """What only several packages together show."""
    return [*asked_between(packages), *in_force_between(packages)]


def _print(packages: Sequence[LoadedPackage], language: Language) -> None:
    for package in packages:
        print_diagnostics(package, language, err=False)
    sources: dict[str, Source] = {}
    for package in packages:
        sources |= package.sources
    click.echo(to_text(_between(packages), sources, language, sys.stdout.isatty()), nl=False)
    if not _failed(packages):
        regimes = sum(len(package.compilation.regimes) for package in packages)
        click.echo(f"Đạt: {len(packages)} gói, {regimes} chế độ báo cáo.")


def _watch(paths: tuple[Path, ...], proofs: Proofs | None, language: Language) -> None:
    """Checks after every change until interrupted; then ends as the last check did."""
    memory = Memory()
    packages = load_packages(paths, memory, proofs=proofs)
    seen = ""
    try:
        while True:
            now = fingerprint(paths)
            if now != seen:
                memory.begin()
                try:
                    packages = load_packages(paths, memory, proofs=proofs)
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
