"""`bieu deferred`: a signature whose key stays elsewhere: prepare here, sign there, complete here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Ký ở nơi khác: chuẩn bị, ký bằng thiết bị riêng, rồi ghép chữ ký vào báo cáo.

    \b
    Ví dụ:
      bieu deferred prepare bao-cao.pdf --certificate can-bo.pem -o cho-ky.json --to-sign can-ky.bin
      openssl dgst -sha256 -sign khoa.pem -out chu-ky.bin can-ky.bin
      bieu deferred complete cho-ky.json --signature chu-ky.bin -o bao-cao-da-ky.pdf
    """


@command.command()
@click.argument("pdf", type=_FILE)
@click.option(
    "--certificate",
    required=True,
    type=_FILE,
    help="Chứng thư của người ký, rồi các cấp trên (PEM hoặc DER).",
)
@click.option("--reason", default="", help="Lý do ký, ghi vào chữ ký.")
@click.option("--to-sign", required=True, type=_NEW, help="Tệp ghi các byte phải ký (SHA-256).")
@click.option("-o", "--output", required=True, type=_NEW, help="Tệp chờ chữ ký.")
def prepare(pdf: Path, certificate: Path, reason: str, to_sign: Path, output: Path) -> None:
    """Chuẩn bị báo cáo và các byte phải ký."""
    from runtime import signing

    try:
        prepared = signing.prepare(pdf.read_bytes(), certificate.read_bytes(), reason=reason)
    except signing.SigningFailed as problem:
        _failed(problem)
    output.write_bytes(signing.prepared_bytes(prepared))
    to_sign.write_bytes(prepared.attributes)
    click.echo(f"{prepared.signer} cần ký {to_sign}, SHA-256 {prepared.digest.hex()}")


@command.command()
@click.argument("prepared", type=_FILE)
@click.option("--signature", required=True, type=_FILE, help="Chữ ký: RSA PKCS#1 v1.5 hoặc ECDSA dạng DER.")
@click.option("--tsa", default="", help="Địa chỉ nơi cấp dấu thời gian, để đạt mức B-T.")
@click.option("-o", "--output", required=True, type=_NEW, help="Tệp PDF đã ký.")
def complete(prepared: Path, signature: Path, tsa: str, output: Path) -> None:
    """Ghép chữ ký vào báo cáo; chữ ký không đúng khóa hoặc không đúng byte thì bị từ chối."""
    from runtime import signing

    try:
        waiting = signing.read_prepared(prepared.read_bytes())
        output.write_bytes(signing.complete(waiting, signature.read_bytes(), time_stamps=tsa))
    except signing.SigningFailed as problem:
        _failed(problem)
    click.echo(f"{waiting.signer} đã ký {output}")


def _failed(problem: Exception) -> NoReturn:
    click.echo(f"Không ký được: {problem}", err=True)
    sys.exit(1)
