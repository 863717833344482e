"""Digital signatures on PDFs: making a demonstration identity, signing, and reading what signatures say.

The only place that knows pyHanko. A signature is PAdES B-B: appended as an incremental update, so every byte of what
was signed stays as it was. It carries no appearance yet: the box lies outside the page, which is how PDF/A and PDF/UA
both stay kept. Its time is the signer's own statement; no time stamp authority is asked.

`read_signatures` turns any bytes into facts. Whether a report with such signatures is acceptable,
and what a person is told, is `verification.py`'s matter. Nothing here goes online: revocation is not looked up.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Literal, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

_DEMO_AUTHORITY = "bieu: chứng thực dùng thử"
_DEMO_ORGANISATION = "Dùng thử, không có giá trị pháp lý"
_FIELD = "ChuKySo"


# What the library finds is told in facts; it would print a traceback for every unknown issuer besides.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


Result = TypeVar("Result")


class SigningFailed(ValueError):
    """The document or the identity can't be used for signing; the message says why."""


@dataclass(frozen=True)
class Identity:
    """Who signs: a PKCS#12 archive with key, certificate and chain, and its passphrase. Kept out of every repr."""

    _signer: signers.SimpleSigner
    name: str

    def __repr__(self) -> str:
        return f"Identity({self.name!r})"


@dataclass(frozen=True)
class DemoIdentity:
    """What a demonstration signs with: the PKCS#12 archive, and the authority's certificate (PEM) to trust."""

    pkcs12: bytes
    authority: bytes


Coverage = Literal["file", "revision", "partial"]
"""file: every byte of the file; revision: all that was there at signing; partial: less, which no honest tool makes."""

Later = Literal["nothing", "signatures", "changes"]
"""What came after the signature: nothing, further signatures and what belongs to them, or changes."""

Trust = Literal["trusted", "unknown_issuer", "revoked", "not_valid_then", "untrusted", "not_judged"]
"""not_valid_then: the certificate was not valid at the stated signing time. not_judged: the signature does not hold,
so it does not matter whose it is."""


@dataclass(frozen=True)
class SignatureFacts:
    """What one signature says and whether it holds. `signed_at` is the signer's own statement, in UTC."""

    field: str
    signer: str
    issuer: str
    signed_at: datetime | None
    valid_from: datetime
    valid_until: datetime
    intact: bool
    """Whether the signed bytes are those that were signed."""
    valid: bool
    """Whether the signature was made with the certificate's key."""
    coverage: Coverage
    later: Later
    trust: Trust


@dataclass(frozen=True)
class UnreadableSignature:
    """A signature that can't be understood."""

    field: str
    reason: str


@dataclass(frozen=True)
class NoPdf:
    """Bytes that can't be read as a PDF."""

    reason: str


# -- identities --------------------------------------------------------------------------------------------------------


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
    return Identity(signer, _common_name(signer.signing_cert.subject))


# -- signing -----------------------------------------------------------------------------------------------------------


class _TimedSigner(signers.PdfSigner):
    """A signer that states a given time instead of the clock's."""

    signed_at: datetime | None = None

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.signed_at or session.system_time
        return session


def sign_pdf(pdf: bytes, identity: Identity, *, signed_at: datetime | None = None, reason: str = "") -> bytes:
    """The PDF with one more signature of `identity` appended (PAdES B-B).

    `signed_at` is stated as the signing time (default: now); it needs a time zone. Raises SigningFailed where the
    bytes are no PDF that can be signed.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        taken = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    except Exception as problem:
        # pyHanko meets strange bytes with asserts and failed look-ups of its own: any error means the same.
        raise SigningFailed(f"the document can't be signed: {_short(problem)}") from problem
    field = next(name for number in range(1, len(taken) + 2) if (name := f"{_FIELD}{number}") not in taken)
    signer = _TimedSigner(
        signers.PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            name=identity.name,
            reason=reason or None,
        ),
        signer=identity._signer,
        new_field_spec=SigFieldSpec(
            field,
            readable_field_name=f"Chữ ký số của {identity.name}",
            # Outside the page: PDF/UA asks visible boxes to be tagged, PDF/A forbids hidden ones.
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        ),
    )
    signer.signed_at = signed_at
    signed = BytesIO()
    _in_a_thread(lambda: signer.sign_pdf(writer, output=signed))
    return signed.getvalue()


# -- reading -----------------------------------------------------------------------------------------------------------


def read_signatures(
    data: bytes, authorities: Iterable[bytes], *, now: datetime
) -> tuple[SignatureFacts | UnreadableSignature, ...] | NoPdf:
    """The facts of every signature of a PDF, in the order they were made. Any bytes of `data` will do.

    authorities: certificates (PEM or DER) whose issued certificates are trusted; they are the operator's, so one that
    can't be read raises ValueError. now: a certificate's validity is
    judged at the stated signing time, but never at one later than this.
    """
    roots = [root for authority in authorities for root in load_certs_from_pemder_data(authority)]
    try:
        # Not strict: a file that some tool wrote sloppily is still worth an answer.
        reader = PdfFileReader(BytesIO(data), strict=False)
        signatures = list(reader.embedded_regular_signatures)
    except Exception as problem:  # noqa: BLE001 hostile bytes: any error means that they are no readable PDF
        return NoPdf(_short(problem))
    return tuple(_read_signature(signature, roots, now) for signature in signatures)


def _in_a_thread(work: Callable[[], Result]) -> Result:
    """pyHanko runs an event loop of its own for each call, which a thread that already has one refuses."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def _read_signature(
    signature: EmbeddedPdfSignature, roots: list[Any], now: datetime
) -> SignatureFacts | UnreadableSignature:
    try:
        return _facts(signature, roots, now)
    except Exception as problem:  # noqa: BLE001 as above, for one signature
        return UnreadableSignature(str(signature.field_name), _short(problem))


def _facts(signature: EmbeddedPdfSignature, roots: list[Any], now: datetime) -> SignatureFacts:
    certificate = signature.signer_cert
    validity = certificate["tbs_certificate"]["validity"]
    valid_from, valid_until = (
        validity[bound].native.astimezone(UTC) for bound in ("not_before", "not_after")
    )
    stated = signature.self_reported_timestamp
    signed_at = (
        None if stated is None else (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).astimezone(UTC)
    )
    moment = now if signed_at is None else min(signed_at, now)
    context = ValidationContext(
        trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail", moment=moment
    )
    usage = KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
    )
    status = _in_a_thread(lambda: validate_pdf_signature(signature, context, key_usage_settings=usage))
    return SignatureFacts(
        field=str(signature.field_name),
        signer=_common_name(certificate.subject),
        issuer=_common_name(certificate.issuer),
        signed_at=signed_at,
        valid_from=valid_from,
        valid_until=valid_until,
        intact=bool(status.intact),
        valid=bool(status.valid),
        coverage=_coverage(status),
        later=_later(status),
        trust=_trust(status, valid_then=valid_from <= moment <= valid_until),
    )


def _coverage(status: PdfSignatureStatus) -> Coverage:
    match status.coverage:
        case SignatureCoverageLevel.ENTIRE_FILE:
            return "file"
        case SignatureCoverageLevel.ENTIRE_REVISION:
            return "revision"
        case _:
            return "partial"


def _later(status: PdfSignatureStatus) -> Later:
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return "nothing"
    level = status.modification_level
    # Further signatures count as filling in fields. Bytes after the end that belong to no revision change nothing on
    # the page, and yet nobody signed them.
    signatures = level in {ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING} and status.docmdp_ok
    return "signatures" if signatures else "changes"


def _trust(status: PdfSignatureStatus, *, valid_then: bool) -> Trust:
    if not (status.intact and status.valid):
        return "not_judged"
    if status.trusted:
        return "trusted"
    match status.trust_problem_indic:
        case AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
            return "unknown_issuer"
        case AdESFailure.REVOKED | AdESIndeterminate.REVOKED_NO_POE | AdESIndeterminate.REVOKED_CA_NO_POE:
            return "revoked"
        case _:
            return "untrusted" if valid_then else "not_valid_then"


def _common_name(name: Any) -> str:
    """What an X.509 name calls itself."""
    found = name.native.get("common_name") or name.human_friendly
    return str(found[-1] if isinstance(found, list) else found)


def _short(problem: Exception) -> str:
    """An error of the library in a few words, fit for one line."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text if len(text) <= 120 else text[:119] + "…"


__all__ = [
    "DemoIdentity",
    "Identity",
    "NoPdf",
    "SignatureFacts",
    "SigningFailed",
    "UnreadableSignature",
    "make_demo_identity",
    "read_identity",
    "read_signatures",
    "sign_pdf",
]
