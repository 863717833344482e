"""`bieu preview`: every target in the browser, up to date with the sources."""

from __future__ import annotations

from pathlib import Path

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE


@click.command()
@PACKAGE
@click.option(
    "--port", default=8100, show_default=True, type=click.IntRange(0, 65535), help="Cổng trên máy này."
)
@LANGUAGE
def command(package: Path, port: int, language: Language) -> None:
    """Xem thử mọi sản phẩm trên trình duyệt, tự cập nhật khi lưu tệp.

    \b
    Ví dụ:
      bieu preview templates_library/vpcp/kstt
    """
    from server.preview import create_preview
    from server.serving import serve

    serve(create_preview(package, language), port)
