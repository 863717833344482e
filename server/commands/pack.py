"""`bieu pack`: a package as one archive, to be carried to where nobody has its folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compiler.shelf import archive_bytes, archive_name
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, load_packages, print_diagnostics


@click.command()
@PACKAGE
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục ghi tệp nén.",
)
@LANGUAGE
def command(package: Path, output: Path, language: Language) -> None:
    """Đóng gói thành một tệp nén để chuyển đi.

    Tệp nén chứa mã nguồn, danh mục và tệp khóa; đặt vào một thư mục thư viện (--library) thì gói khác dùng được. Cùng
    một nguồn luôn cho ra đúng cùng các byte.

    \b
    Ví dụ:
      bieu pack templates_library/danh_muc/chung -o thu_vien
    """
    (loaded,) = load_packages([package], needs_lock=True)
    print_diagnostics(loaded, language)
    head = loaded.compilation.head
    if loaded.compilation.failed or head is None:
        sys.exit(1)
    output.mkdir(parents=True, exist_ok=True)
    path = output / archive_name(head.name, head.version)
    path.write_bytes(archive_bytes(loaded.contents))
    click.echo(path)
