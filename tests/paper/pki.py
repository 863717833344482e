"""A public key infrastructure to sign under: certomancer in a process of its own on loopback; OCSP, CRL and TSA."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_NAME = "bieu-thu"
_DAY = timedelta(days=1)

_HOLDERS = {
    "root": "Gốc chứng thực thử",
    "interm": "Chứng thực thử cấp 2",
    "ocsp": "Trả lời OCSP thử",
    "tsa": "Cấp dấu thời gian thử",
    "tot": "Nguyễn Văn Đức",
    "van_thu": "Văn thư UBND xã Tịnh Khê",
    "thu_hoi": "Người bị thu hồi",
    "het_han": "Người hết hạn",
    "chua_den": "Người chưa đến hạn",
    "sai_dung": "Chứng thư mã hóa",
}


@dataclass(frozen=True)
class Pki:
    """Where it is served, and its certificates."""

    address: str
    folder: Path

    @property
    def time_stamps(self) -> str:
        """The address of the time stamp authority."""
        return f"{self.address}/{_NAME}/tsa/tsa"

    @property
    def root(self) -> bytes:
        """The certificate to trust (PEM)."""
        return self._summoned("root", "cert")

    def archive(self, holder: str) -> bytes:
        """Key, certificate and chain of a holder as PKCS#12, under the passphrase "thu"."""
        return self._summoned(holder, "p12")

    def certificate(self, holder: str) -> bytes:
        """A holder's certificate (PEM)."""
        return self._summoned(holder, "cert")

    def key(self, holder: str) -> rsa.RSAPrivateKey:
        """A holder's own key."""
        data = (self.folder / f"{holder}.pem").read_bytes()
        found = serialization.load_pem_private_key(data, None)
        assert isinstance(found, rsa.RSAPrivateKey)
        return found

    def revocations(self) -> tuple[bytes, ...]:
        """The revocation lists of both authorities, fetched (DER)."""
        return tuple(
            self._fetched(f"{self.address}/{_NAME}/crls/{name}/latest.crl") for name in ("root", "interm")
        )

    def plain_list(self) -> bytes:
        """A revocation list of the second authority without critical extensions, which NSS does not know (DER)."""
        issuer = x509.load_pem_x509_certificate(self.certificate("interm"))
        revoked = x509.load_pem_x509_certificate(self.certificate("thu_hoi"))
        now = datetime.now(UTC)
        entry = x509.RevokedCertificateBuilder(revoked.serial_number, now - 10 * _DAY).build()
        builder = x509.CertificateRevocationListBuilder(
            issuer.subject, now - _DAY, now + 5 * _DAY, [], [entry]
        )
        return builder.sign(self.key("interm"), hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _fetched(self, address: str) -> bytes:
        with urllib.request.urlopen(address, timeout=10) as answer:
            data: bytes = answer.read()
        return data

    def _summoned(self, holder: str, kind: str) -> bytes:
        out = self.folder / f"{holder}.{kind}"
        if not out.exists():
            more = ["--as-pfx", "--pfx-pass", "thu"] if kind == "p12" else []
            config = str(self.folder / "certomancer.yml")
            command = ["--config", config, "summon", *more, _NAME, holder, str(out)]
            subprocess.run([sys.executable, "-m", "certomancer", *command], check=True, capture_output=True)
        return out.read_bytes()


@contextmanager
def running_pki(folder: Path) -> Iterator[Pki]:
    """Writes keys and configuration into a folder and serves them until the end."""
    for holder in _HOLDERS:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{holder}.pem").write_bytes(pem)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    # JSON is YAML too.
    text = json.dumps(_configuration(address, datetime.now(UTC)), ensure_ascii=False)
    (folder / "certomancer.yml").write_text(text, encoding="utf-8")
    command = ["--config", str(folder / "certomancer.yml"), "animate", "--port", str(port), "--no-web-ui"]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "certomancer", *command], stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield Pki(address, folder)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise AssertionError("certomancer ended at once")
        with socket.socket() as door:
            door.settimeout(0.2)
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("certomancer does not answer")


def _configuration(address: str, now: datetime) -> dict[str, object]:
    def usage(*names: str) -> dict[str, object]:
        smart = {"schema": "key-usage", "params": list(names)}
        return {"id": "key_usage", "critical": True, "smart-value": smart}

    def validity(start: datetime, end: datetime) -> dict[str, str]:
        form = "%Y-%m-%dT%H:%M:%S+0000"
        return {"valid-from": start.strftime(form), "valid-to": end.strftime(form)}

    lists = {"id": "crl_distribution_points"}
    of_root = {**lists, "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": ["root"]}}}
    of_interm = {**lists, "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": ["interm"]}}}
    asked = {
        "id": "authority_information_access",
        "smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": ["interm"]}},
    }
    authority = {"id": "basic_constraints", "critical": True, "value": {"ca": True}}
    long = validity(now - 400 * _DAY, now + 4000 * _DAY)
    signing = [usage("digital_signature", "non_repudiation"), of_interm, asked]

    def holder(start: int, end: int, **more: object) -> dict[str, object]:
        given = {"issuer": "interm", "validity": validity(now + start * _DAY, now + end * _DAY)}
        return {**given, "extensions": signing, **more}

    certificates: dict[str, object] = {
        "root": {
            "subject": "root",
            "issuer": "root",
            "validity": long,
            "extensions": [authority, usage("key_cert_sign", "crl_sign")],
        },
        "interm": {
            "issuer": "root",
            "validity": long,
            "extensions": [authority, usage("digital_signature", "key_cert_sign", "crl_sign"), of_root],
        },
        "ocsp": {
            "issuer": "interm",
            "validity": long,
            "extensions": [
                usage("digital_signature"),
                {"id": "extended_key_usage", "critical": True, "value": ["ocsp_signing"]},
                {"id": "ocsp_no_check"},
            ],
        },
        "tsa": {
            "issuer": "root",
            "validity": long,
            "extensions": [
                usage("digital_signature"),
                {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]},
                of_root,
            ],
        },
        "tot": holder(-30, 300),
        "van_thu": holder(-30, 300),
        "thu_hoi": holder(
            -30,
            300,
            revocation={
                "revoked-since": (now - 10 * _DAY).strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "reason": "key_compromise",
            },
        ),
        "het_han": holder(-300, -3),
        "chua_den": holder(3, 300),
        "sai_dung": holder(-30, 300, extensions=[usage("key_encipherment"), of_interm, asked]),
    }
    issuers = ("root", "interm")
    return {
        "external-url-prefix": address,
        "keysets": {_NAME: {"keys": {name: {"path": f"{name}.pem"} for name in _HOLDERS}}},
        "pki-architectures": {
            _NAME: {
                "keyset": _NAME,
                "entity-defaults": {"country-name": "VN", "organization-name": "bieu"},
                "entities": {name: {"common-name": words} for name, words in _HOLDERS.items()},
                "certs": certificates,
                "services": {
                    "ocsp": {
                        "interm": {"for-issuer": "interm", "responder-cert": "ocsp", "signing-key": "ocsp"}
                    },
                    "crl-repo": {
                        name: {"for-issuer": name, "signing-key": name, "simulated-update-schedule": "P5D"}
                        for name in issuers
                    },
                    "time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}},
                },
            }
        },
    }
