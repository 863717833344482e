"""`bieu sign`: a signature on a PDF."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp PKCS#12 (.p12, .pfx) chứa khóa và chứng thư.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp chứa mật khẩu của khóa; không có thì hỏi.",
)
@click.option("--reason", default="", help="Lý do ký, ghi vào chữ ký.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tệp PDF đã ký.",
)
def command(pdf: Path, key: Path, passphrase_file: Path | None, reason: str, output: Path) -> None:
    """Ký số một báo cáo PDF (PAdES B-B).

    Mật khẩu không bao giờ nằm trên dòng lệnh: hỏi khi chạy, hoặc đọc từ tệp.

    \b
    Ví dụ:
      bieu sign bao-cao.pdf --key can-bo.p12 -o bao-cao-da-ky.pdf
    """
    from runtime.signing import SigningFailed, read_identity, sign_pdf

    if passphrase_file is not None:
        passphrase = passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
    else:
        passphrase = click.prompt("Mật khẩu của khóa", hide_input=True)
    try:
        identity = read_identity(key.read_bytes(), passphrase.encode())
        output.write_bytes(sign_pdf(pdf.read_bytes(), identity, reason=reason))
    except SigningFailed as problem:
        click.echo(f"Không ký được: {problem}", err=True)
        sys.exit(1)
    click.echo(f"{identity.name} đã ký {output}")
