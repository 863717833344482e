"""`bieu import`: a form as a clerk laid it out to the draft of a source, held against the original cell by cell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsl.diagnostics import Language
from dsl.render import to_text
from server.commands.loading import LANGUAGE

if TYPE_CHECKING:
    from rich.console import Console

    from renderers.importing.importing import Imported

_WHAT = {
    "title": "tên biểu",
    "form": "số biểu",
    "basis": "căn cứ",
    "measure": "đơn vị tính",
    "heading": "tiêu đề",
    "code": "mã cột",
    "stub": "cột đầu",
    "row": "dòng",
    "row_code": "mã dòng",
    "question": "câu hỏi",
    "list": "danh mục",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục ghi bản nháp .bieu và comparison.json.",
)
@click.option("--force", is_flag=True, help="Ghi đè bản nháp đã có.")
@click.option("--differences", "only", is_flag=True, help="Chỉ in những chỗ khác với biểu gốc.")
@LANGUAGE
def command(file: Path, output: Path, force: bool, only: bool, language: Language) -> None:
    """Dựng bản nháp .bieu từ một biểu Excel, Word hoặc XLSForm có sẵn.

    Đọc tiêu đề nhiều tầng, hàng mã số và công thức (1=2+3=4+5), dòng và mã dòng, đơn vị tính, tên biểu, căn cứ. Chỗ nào
    tệp không nói rõ thì bản nháp ghi câu hỏi. Bản nháp được dịch thử và so từng ô với biểu gốc.

    \b
    Ví dụ:
      bieu import bieu-01-xld.xlsx -o nhap/xld
      bieu import thong-tu.docx -o nhap/moi --language en
    """
    from rich.console import Console

    from compiler.findings import Finding
    from renderers.importing.importing import comparison_json, import_form
    from renderers.xlsx.gate import MAX_FILE
    from server.commands.reporting import print_findings

    with file.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    imported = import_form(data, file.name, language)
    if isinstance(imported, Finding):
        print_findings((imported,), language, err=True)
        sys.exit(1)
    path = output / imported.source.name
    if path.exists() and not force:
        raise click.UsageError(f"{path} đã có: có thể đã được sửa. Dùng --force để ghi đè.")
    output.mkdir(parents=True, exist_ok=True)
    path.write_text(imported.source.text, encoding="utf-8", newline="\n")
    facts = json.dumps(comparison_json(imported, language), ensure_ascii=False, indent=2, sort_keys=True)
    (output / "comparison.json").write_text(facts + "\n", encoding="utf-8", newline="\n")
    _print_comparison(Console(), imported, only)
    if imported.compilation.diagnostics:
        # What the compiler thinks of the form itself: printed forms have slips.
        sources = {imported.source.name: imported.source}
        text = to_text(imported.compilation.diagnostics, sources, language, sys.stderr.isatty())
        click.echo(text, err=True, nl=False)
    unsaid = [each for each in imported.doubts if each.code == "xls_unsaid"]
    for each in unsaid:
        click.echo(f"! {each.words(language)}", err=True)
    click.echo(f"{path}: {len(imported.doubts)} câu hỏi, {len(imported.differences)} chỗ khác biểu gốc.")
    sys.exit(1 if imported.differences or imported.compilation.failed else 0)


def _print_comparison(console: Console, imported: Imported, only: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = imported.differences if only else imported.compared
    if not shown:
        return
    grid = Table(title="So với biểu gốc", title_justify="left", header_style="bold")
    for heading in ("", "Chỗ", "Là", "Biểu gốc", "Bản nháp"):
        grid.add_column(heading, overflow="fold")
    for each in shown:
        mark = Text("=" if each.same else "≠", style="" if each.same else "bold red")
        # Whatever a file holds is text here, never markup.
        grid.add_row(mark, Text(each.place), _WHAT[each.what], Text(each.original), Text(each.draft))
    console.print(grid)
