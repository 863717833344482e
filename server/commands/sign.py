"""`bieu sign`: a signature on a PDF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from runtime.identities import Identity
    from runtime.signatures import Level

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("pdf", type=_FILE)
@click.option("--key", type=_FILE, help="Tệp PKCS#12 (.p12, .pfx) chứa khóa và chứng thư.")
@click.option("--passphrase-file", type=_FILE, help="Tệp chứa mật khẩu hoặc mã PIN; không có thì hỏi.")
@click.option("--pkcs11", type=_FILE, help="Thư viện PKCS#11 của thiết bị giữ khóa, thay cho --key.")
@click.option("--token", help="Nhãn của thiết bị PKCS#11.")
@click.option("--key-label", help="Nhãn của khóa và chứng thư trên thiết bị.")
@click.option(
    "--level",
    type=click.Choice(["B-B", "B-T", "B-LT", "B-LTA"]),
    default="B-B",
    show_default=True,
    help="Mức PAdES: B-T có dấu thời gian, B-LT kèm bằng chứng chưa bị thu hồi, B-LTA đóng dấu thời gian lên tất cả.",
)
@click.option("--tsa", default="", help="Địa chỉ nơi cấp dấu thời gian, cần cho các mức trên B-B.")
@click.option(
    "--trust",
    "authorities",
    multiple=True,
    type=_FILE,
    help="Chứng thư (PEM hoặc DER) của tổ chức chứng thực được tin, cần cho B-LT và B-LTA.",
)
@click.option("--reason", default="", help="Lý do ký, ghi vào chữ ký.")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp PDF đã ký."
)
def command(
    pdf: Path,
    key: Path | None,
    passphrase_file: Path | None,
    pkcs11: Path | None,
    token: str | None,
    key_label: str | None,
    level: Level,
    tsa: str,
    authorities: tuple[Path, ...],
    reason: str,
    output: Path,
) -> None:
    """Ký số một báo cáo PDF (PAdES B-B, B-T, B-LT, B-LTA).

    Mật khẩu và mã PIN không bao giờ nằm trên dòng lệnh: hỏi khi chạy, hoặc đọc từ tệp.

    \b
    Ví dụ:
      bieu sign bao-cao.pdf --key can-bo.p12 -o bao-cao-da-ky.pdf
      bieu sign bao-cao.pdf --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token ubnd --key-label ky -o da-ky.pdf
      bieu sign bao-cao.pdf --key can-bo.p12 --level B-LTA --tsa http://tsa.vi-du.vn --trust goc.pem -o da-ky.pdf
    """
    from runtime.signing import Services, SigningFailed, sign_pdf

    try:
        identity = _identity(key, pkcs11, token, key_label, passphrase_file)
        services = Services(tsa, tuple(path.read_bytes() for path in authorities))
        signed = sign_pdf(pdf.read_bytes(), identity, reason=reason, level=level, services=services)
        output.write_bytes(signed)
    except SigningFailed as problem:
        click.echo(f"Không ký được: {problem}", err=True)
        sys.exit(1)
    click.echo(f"{identity.name} đã ký {output}")


def _identity(
    key: Path | None, module: Path | None, token: str | None, label: str | None, secret_file: Path | None
) -> Identity:
    """The key that is meant. Wrong use (exit 2) where that isn't clear."""
    from runtime.signing import read_identity, token_identity

    if (key is None) == (module is None):
        raise click.UsageError("Chọn một trong hai: --key, hoặc --pkcs11 với --token và --key-label.")
    if key is not None:
        return read_identity(key.read_bytes(), _secret(secret_file, "Mật khẩu của khóa").encode())
    if module is None or not token or not label:
        raise click.UsageError("--pkcs11 cần --token và --key-label.")
    return token_identity(module, token, _secret(secret_file, "Mã PIN của thiết bị"), label)


def _secret(file: Path | None, question: str) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    answer: str = click.prompt(question, hide_input=True)
    return answer
