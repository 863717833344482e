"""`bieu verify`: what a signed PDF's signatures and attached data are worth."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE
from server.commands.reporting import print_findings

_MARKS = {"error": ("✗", "red"), "warning": ("!", "yellow"), "notice": ("✓", "green")}


@click.command()
@click.argument("pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--trust",
    "authorities",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Chứng thư (PEM hoặc DER) của tổ chức chứng thực được tin; dùng nhiều lần được.",
)
@click.option(
    "--among",
    "others",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Tệp PDF hoặc thư mục có các bản trước, bản sau của báo cáo; dùng nhiều lần được.",
)
@click.option(
    "--crl",
    "lists",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Danh sách chứng thư bị thu hồi (CRL, PEM hoặc DER); dùng nhiều lần được.",
)
@click.option("--online", is_flag=True, help="Hỏi nơi cấp xem chứng thư có bị thu hồi không (OCSP, CRL).")
@LANGUAGE
def command(
    pdf: Path,
    authorities: tuple[Path, ...],
    others: tuple[Path, ...],
    lists: tuple[Path, ...],
    online: bool,
    language: Language,
) -> None:
    """Kiểm tra chữ ký, số liệu và trang in của một báo cáo PDF; không cần mạng, trừ --online.

    Số liệu kèm theo được tính lại bằng biểu mẫu kèm theo; mọi số và chữ đọc từ trang in được đối chiếu với số liệu;
    báo cáo bị thay thế hoặc đã được thay thế được tìm trong --among.

    \b
    Ví dụ:
      bieu verify bao-cao-da-ky.pdf --trust chung-thuc.pem
      bieu verify bao-cao-v2.pdf --trust chung-thuc.pem --among cac-ban-truoc/
    """
    from runtime.verification import Trust, verify_pdf

    trust = Trust(
        authorities=tuple(path.read_bytes() for path in authorities),
        revocations=tuple(path.read_bytes() for path in lists),
        online=online,
    )
    try:
        beside = [path.read_bytes() for path in _files(others) if not path.samefile(pdf)]
        verification = verify_pdf(pdf.read_bytes(), trust, others=beside)
    except ValueError as problem:
        raise click.UsageError(
            f"Không đọc được chứng thư được tin hoặc danh sách thu hồi: {problem}"
        ) from None
    for statement in verification.statements:
        mark, color = _MARKS[statement.severity]
        click.echo(f"{click.style(mark, fg=color)} {statement.text(language)}")
    print_findings(verification.findings, language)
    sys.exit(0 if verification.sound else 1)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """The files named, and the PDFs right in the folders named."""
    return [file for path in paths for file in (sorted(path.glob("*.pdf")) if path.is_dir() else [path])]
