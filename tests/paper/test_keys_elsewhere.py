"""Keys that do not lie in a file here: on a PKCS#11 token (SoftHSM), and with somebody who signs elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from compiler.cells import Layout
from renderers.filling import Filling
from renderers.pdf.report import render
from runtime.signing import (
    SigningFailed,
    complete,
    make_demo_identity,
    prepare,
    prepared_bytes,
    read_prepared,
)
from runtime.verification import Trust, verify_pdf
from server.cli import main

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "1234"


class Holder:
    """A key, its certificate and whom to trust."""

    def __init__(self, name: str) -> None:
        made = make_demo_identity(name, passphrase=b"x")
        key, certificate, _ = pkcs12.load_key_and_certificates(made.pkcs12, b"x")
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert certificate is not None
        self.key: ec.EllipticCurvePrivateKey = key
        self.certificate: x509.Certificate = certificate
        self.trust = Trust((made.authority,))

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@pytest.fixture(scope="module")
def holder() -> Holder:
    return Holder("Nguyễn Văn Đức")


@pytest.fixture(scope="module")
def unsigned(procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report)


# -- on a token --------------------------------------------------------------------------------------------------------

_STORE = """
import sys
import pkcs11
from pkcs11.util.x509 import decode_x509_certificate

module, pin, path = sys.argv[1:]
token = pkcs11.lib(module).get_token(token_label="ubnd")
with token.open(rw=True, user_pin=pin) as session, open(path, "rb") as file:
    attributes = decode_x509_certificate(file.read())
    attributes[pkcs11.Attribute.TOKEN] = True
    attributes[pkcs11.Attribute.LABEL] = "ky"
    attributes[pkcs11.Attribute.ID] = bytes([1])
    session.create_object(attributes)
"""


@pytest.fixture(scope="module")
def token(holder: Holder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A software token with the key and the certificate; the environment in which it is found."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n", encoding="utf-8")
    environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    tool = shutil.which("softhsm2-util")
    assert tool, "softhsm2 is missing"
    pem = holder.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    (folder / "cert.der").write_bytes(holder.certificate.public_bytes(serialization.Encoding.DER))
    place = ["--token", "ubnd", "--label", "ky", "--id", "01", "--pin", PIN]
    for command in (
        [tool, "--init-token", "--free", "--label", "ubnd", "--pin", PIN, "--so-pin", PIN],
        [tool, "--import", str(folder / "key.pem"), *place],
        [sys.executable, "-c", _STORE, str(MODULE), PIN, str(folder / "cert.der")],
    ):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    (folder / "key.pem").unlink()
    (folder / "pin.txt").write_text(PIN, encoding="utf-8")
    return {**environment, "PIN_FILE": str(folder / "pin.txt")}


def on_token(
    environment: dict[str, str], pdf: Path, out: Path, **other: str
) -> subprocess.CompletedProcess[bytes]:
    """`bieu sign` in a process of its own: a module stays in the one that loaded it."""
    given = {"token": "ubnd", "key-label": "ky", "passphrase-file": environment["PIN_FILE"], **other}
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    code = "from server.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "sign",
        str(pdf),
        "--pkcs11",
        str(MODULE),
        *options,
        "-o",
        str(out),
    ]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


def test_a_key_on_a_token_signs_and_never_leaves_it(
    token: dict[str, str], holder: Holder, unsigned: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(unsigned)
    done = on_token(token, tmp_path / "a.pdf", tmp_path / "b.pdf")
    assert done.returncode == 0, done.stderr.decode()
    assert "Nguyễn Văn Đức đã ký" in done.stdout.decode()
    found = verify_pdf((tmp_path / "b.pdf").read_bytes(), holder.trust)
    assert found.sound, found.statements
    assert [facts.signer for facts in found.signatures] == ["Nguyễn Văn Đức"]


@pytest.mark.parametrize("wrong", ["token", "key-label", "passphrase-file"])
def test_a_wrong_token_label_or_pin_is_said(
    wrong: str, token: dict[str, str], unsigned: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(unsigned)
    (tmp_path / "sai").write_text("9999", encoding="utf-8")
    value = str(tmp_path / "sai") if wrong == "passphrase-file" else "khong-co"
    done = on_token(token, tmp_path / "a.pdf", tmp_path / "b.pdf", **{wrong: value})
    assert done.returncode == 1
    assert "Không ký được" in done.stderr.decode()
    assert not (tmp_path / "b.pdf").exists()


# -- with somebody else ------------------------------------------------------------------------------------------------


def test_a_signature_made_elsewhere_is_put_in(holder: Holder, unsigned: bytes) -> None:
    prepared = read_prepared(prepared_bytes(prepare(unsigned, holder.pem, reason="Gửi báo cáo")))
    signed = complete(prepared, holder.sign(prepared.attributes))
    assert signed.startswith(unsigned)
    found = verify_pdf(signed, holder.trust)
    assert found.sound, found.statements
    assert found.signatures[0].coverage == "file"
    assert "reprinted" in {statement.code for statement in found.statements}


def test_another_key_other_bytes_or_another_document_are_refused(holder: Holder, unsigned: bytes) -> None:
    prepared = prepare(unsigned, holder.pem)
    other = Holder("Người khác")
    with pytest.raises(SigningFailed, match="certificate's key"):
        complete(prepared, other.sign(prepared.attributes))
    with pytest.raises(SigningFailed, match="certificate's key"):
        complete(prepared, holder.sign(b"khac"))
    # Signed rightly, but over what belongs to another file.
    moved = replace(prepared, document_digest=bytes(32))
    with pytest.raises(SigningFailed, match="does not belong"):
        complete(moved, holder.sign(moved.attributes))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"kind":"bieu-deferred-1"}'])
def test_what_is_no_prepared_signature_is_refused(data: bytes) -> None:
    with pytest.raises(SigningFailed):
        read_prepared(data)


def test_the_command_prepares_and_completes(holder: Holder, unsigned: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(unsigned)
    (tmp_path / "c.pem").write_bytes(holder.pem)
    waiting, bytes_to_sign, out = tmp_path / "cho.json", tmp_path / "can-ky.bin", tmp_path / "b.pdf"
    made = ["deferred", "prepare", str(tmp_path / "a.pdf"), "--certificate", str(tmp_path / "c.pem")]
    run = CliRunner().invoke(main, [*made, "--to-sign", str(bytes_to_sign), "-o", str(waiting)])
    assert run.exit_code == 0, run.output
    (tmp_path / "s.bin").write_bytes(holder.sign(bytes_to_sign.read_bytes()))
    done = ["deferred", "complete", str(waiting), "--signature", str(tmp_path / "s.bin"), "-o", str(out)]
    assert CliRunner().invoke(main, done).exit_code == 0
    assert verify_pdf(out.read_bytes(), holder.trust).sound
    (tmp_path / "s.bin").write_bytes(b"sai")
    wrong = CliRunner().invoke(main, done)
    assert wrong.exit_code == 1
    assert "Không ký được" in wrong.output
