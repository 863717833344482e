"""`bieu lock`: the lock files of packages, chosen anew or only compared."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compiler.lock import lock_of, lock_text, read_lock
from compiler.package import LoadedPackage
from compiler.shelf import find_packages
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, LIBRARY, library, print_diagnostics


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Chỉ nói tệp khóa nào không còn đúng, không ghi.")
@LIBRARY
@LANGUAGE
def command(paths: tuple[Path, ...], only_check: bool, language: Language) -> None:
    """Khóa phiên bản các gói được dùng.

    Ghi tệp khóa cạnh mỗi gói có dùng gói khác: phiên bản mới nhất hợp mọi yêu cầu, cùng mã băm nội dung. Cùng các gói
    thì luôn ra cùng tệp khóa, ở máy nào cũng vậy.

    \b
    Ví dụ:
      bieu lock templates_library
      bieu lock templates_library/vpcp/kstt --check
    """
    folders = dict.fromkeys(folder for path in paths for folder in find_packages(path))
    if not folders:
        raise click.UsageError(f"Không có tệp .bieu nào trong {', '.join(map(str, paths))}.")
    loaded = library(reads_lock=False)
    failed = False
    for folder in folders:
        package = loaded.load(folder)
        if package.compilation.failed:
            print_diagnostics(package, language)
            failed = True
        elif package.lock is not None:
            failed = not _settle(package, package.lock, only_check) or failed
    sys.exit(1 if failed else 0)


def _settle(package: LoadedPackage, path: Path, only_check: bool) -> bool:
    """Whether the lock is, or now is made, as it should be."""
    wanted = lock_text(lock_of(package.used)).encode() if package.used else None
    there = path.read_bytes() if path.is_file() else None
    if wanted == there:
        return True
    if only_check:
        click.echo(f"{path}: không còn đúng; chạy `bieu lock {package.path}`")
        return False
    before = read_lock(there) if there is not None else None
    for each in package.used:
        known = before.get(each.name) if before is not None and not isinstance(before, str) else None
        if known != each:
            was = "" if known is None else f" (trước: {known.version}, {known.sha256[:12]})"
            click.echo(f"{path}: {each.name} {each.version}, {each.sha256[:12]}{was}")
    if wanted is None:
        path.unlink()
        click.echo(f"{path}: không còn dùng gói nào, đã xóa")
    else:
        path.write_bytes(wanted)
    return True
