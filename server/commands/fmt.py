"""`bieu fmt`: sources in their one layout, or in the keywords of the other language."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from compiler.package import find_packages
from dsl.diagnostics import Language
from dsl.format import format_file
from dsl.render import to_text
from dsl.source import read_source


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--check", "only_check", is_flag=True, help="Chỉ nói tệp nào chưa đúng cách trình bày, không sửa."
)
@click.option(
    "--language", "keywords", type=click.Choice(["vi", "en"]), help="Viết lại bằng từ khóa của ngôn ngữ này."
)
def command(paths: tuple[Path, ...], only_check: bool, keywords: Literal["vi", "en"] | None) -> None:
    """Trình bày lại mã nguồn, hoặc chuyển giữa từ khóa Anh và Việt.

    \b
    Ví dụ:
      bieu fmt templates_library
      bieu fmt bieu_moi.bieu --language vi
    """
    messages: Language = keywords or "vi"
    failed = False
    for path in _sources(paths):
        source, unreadable = read_source(str(path), path.read_bytes())
        formatted = unreadable or format_file(source, keywords)
        if not isinstance(formatted, str):
            click.echo(
                to_text(formatted, {source.name: source}, messages, sys.stderr.isatty()), err=True, nl=False
            )
            failed = True
        elif formatted.encode() != path.read_bytes():
            click.echo(path)
            failed = failed or only_check
            if not only_check:
                path.write_text(formatted, encoding="utf-8", newline="\n")
    sys.exit(1 if failed else 0)


def _sources(paths: tuple[Path, ...]) -> list[Path]:
    files: dict[Path, None] = {}
    for path in paths:
        for package in find_packages(path):
            files.update(dict.fromkeys([package] if package.is_file() else sorted(package.glob("*.bieu"))))
    return list(files)
