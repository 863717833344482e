"""Who signs: keys in PKCS#12 archives and on PKCS#11 tokens, and identities made for demonstrations.

An `Identity` gives a signer for one signature at a time. A token's session is opened for that signature and closed
after it, under a lock: the standard's modules are not made for threads, and a token that is pulled out and put back
is found again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign import signers
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

_DEMO_AUTHORITY = "bieu: chứng thực dùng thử"
_DEMO_ORGANISATION = "Dùng thử, không có giá trị pháp lý"

_token = Lock()


class SigningFailed(ValueError):
    """The document or the identity can't be used for signing; the message says why."""


@dataclass(frozen=True)
class Identity:
    """Who signs. The key stays where it is, and out of every repr."""

    _open: Callable[[], AbstractContextManager[signers.Signer]]
    name: str

    def signer(self) -> AbstractContextManager[signers.Signer]:
        """The signer for one signature. Entering it raises SigningFailed where a token can't be used."""
        return self._open()

    def __repr__(self) -> str:
        return f"Identity({self.name!r})"


@dataclass(frozen=True)
class DemoIdentity:
    """What a demonstration signs with: the PKCS#12 archive, and the authority's certificate (PEM) to trust."""

    pkcs12: bytes
    authority: bytes


def make_demo_identity(
    common_name: str, *, passphrase: bytes, made: datetime | None = None, days: int = 365
) -> DemoIdentity:
    """A fresh authority and a certificate it issued to `common_name`, valid for `days` from `made` (default: now).

    For demonstrations and tests only: nobody but who is given its `authority` trusts it, and the authority's own key
    is thrown away.
    """
    start = (made or datetime.now(UTC)).replace(microsecond=0)
    end = start + timedelta(days=days)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    # Authorities of one name would be taken for one another, and their certificates for forged ones.
    authority_name = _name(f"{_DEMO_AUTHORITY} {secrets.token_hex(4)}")
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        x509.CertificateBuilder()
        .subject_name(authority_name)
        .issuer_name(authority_name)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(authority_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    archive = pkcs12.serialize_key_and_certificates(
        common_name.encode("utf-8"), key, certificate, [authority], BestAvailableEncryption(passphrase)
    )
    return DemoIdentity(archive, authority.public_bytes(Encoding.PEM))


def _name(common_name: str) -> x509.Name:
    # The library takes X.520's limit of 64 for one of bytes; a letter cut in two is left out.
    fitting = common_name.encode("utf-8")[:64].decode("utf-8", errors="ignore")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _DEMO_ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, fitting),
        ]
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def read_identity(archive: bytes, passphrase: bytes | None) -> Identity:
    """The identity in a PKCS#12 archive. Raises SigningFailed where archive or passphrase is wrong."""
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(archive, [], passphrase)
    except (ValueError, AttributeError, TypeError) as problem:
        # An archive without key or certificate ends in an attribute of None.
        raise SigningFailed("the PKCS#12 archive or its passphrase is wrong") from problem
    certificate = signer.signing_cert
    if certificate is None:
        raise SigningFailed("the PKCS#12 archive has no certificate")
    return Identity(lambda: nullcontext(signer), common_name(certificate.subject))


def token_identity(module: Path, token: str, pin: str, label: str) -> Identity:
    """The key and certificate named `label` on a PKCS#11 token. The key never leaves the token.

    module: the token maker's library. Raises SigningFailed where module, token, PIN or label is wrong.
    """

    @contextmanager
    def opened() -> Iterator[signers.Signer]:
        with _token:
            try:
                session = open_pkcs11_session(
                    str(module), token_criteria=TokenCriteria(label=token), user_pin=pin
                )
            except Exception as problem:
                # A module answers with errors of a dozen classes.
                raise SigningFailed(f"the PKCS#11 token can't be opened: {_named(problem)}") from problem
            try:
                signer = PKCS11Signer(session, cert_label=label, key_label=label, other_certs_to_pull=None)
                try:
                    certificate = _certificate(signer)
                except Exception as problem:
                    raise SigningFailed(f"the token has no key {label!r}: {_named(problem)}") from problem
                # Not every token digests before it signs with ECDSA; all of them sign a digest.
                signer.use_raw_mechanism = certificate.public_key.algorithm == "ec"
                yield signer
            finally:
                session.close()

    with opened() as signer:
        name = common_name(_certificate(signer).subject)
    return Identity(opened, name)


def _certificate(signer: signers.Signer) -> Any:
    certificate = signer.signing_cert
    if certificate is None:
        raise SigningFailed("there is no certificate")
    return certificate


def common_name(name: Any) -> str:
    """What an X.509 name calls itself."""
    found = name.native.get("common_name") or name.human_friendly
    return str(found[-1] if isinstance(found, list) else found)


def _named(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
