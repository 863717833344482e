"""Signing PDFs: PAdES B-B, B-T, B-LT and B-LTA, with a key that is at hand or one that stays elsewhere.

A signature is appended as an incremental update, so every byte of what was signed stays as it was. B-B states the
signer's own time; B-T adds a time stamp; B-LT embeds what the authorities say of the certificates, for judging them
years later offline; B-LTA puts a time stamp over it all. Only what the caller names is asked: the time stamp
authority by its address, and the responders that the certificates of trusted authorities name.

Deferred signing never sees the key: `prepare` makes the file with room for the signature and the bytes to be signed,
any program signs them, and `complete` puts the signature in.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pydantic import TypeAdapter
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession, PdfTBSDocument
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from compiler.frozen import canonical_bytes
from runtime.identities import (
    DemoIdentity,
    Identity,
    SigningFailed,
    common_name,
    make_demo_identity,
    read_identity,
    token_identity,
)
from runtime.responders import responders
from runtime.signatures import Level, in_a_thread
from runtime.statements import short

_FIELD = "ChuKySo"
_DIGEST = "sha256"
_RESERVED = 16_384
"""Bytes for a deferred signature with its certificates and time stamp."""


@dataclass(frozen=True)
class Services:
    """Who is asked while signing: the time stamp authority's address, and whose certificates are believed."""

    time_stamps: str = ""
    authorities: tuple[bytes, ...] = ()


class _TimedSigner(signers.PdfSigner):
    """A signer that states a given time instead of the clock's."""

    signed_at: datetime | None = None

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.signed_at or session.system_time
        return session


def sign_pdf(
    pdf: bytes,
    identity: Identity,
    *,
    signed_at: datetime | None = None,
    reason: str = "",
    level: Level = "B-B",
    services: Services = Services(),
) -> bytes:
    """The PDF with one more signature of `identity` appended.

    `signed_at` is stated as the signing time (default: now); it needs a time zone. Raises SigningFailed where the
    bytes are no PDF that can be signed, where the token can't be used, and, above B-B, where no time stamp is had or
    an authority refuses the certificate: then nothing is signed.
    """
    if level != "B-B" and not services.time_stamps:
        raise SigningFailed(f"level {level} needs the address of a time stamp authority")
    writer, field = _opened(pdf)
    context = None
    if level in {"B-LT", "B-LTA"}:
        context = ValidationContext(
            trust_roots=_certificates(services.authorities),
            allow_fetching=True,
            fetcher_backend=responders(),
            revocation_mode="require",
        )
    signed = BytesIO()
    with identity.signer() as key:
        signer = _TimedSigner(
            _metadata(field, identity.name, reason, level, context),
            signer=key,
            timestamper=HTTPTimeStamper(services.time_stamps, timeout=10) if level != "B-B" else None,
            new_field_spec=_field(field, identity.name),
        )
        signer.signed_at = signed_at
        try:
            in_a_thread(lambda: signer.sign_pdf(writer, output=signed))
        except Exception as problem:
            # The library, the token and the authorities each have errors of their own.
            raise SigningFailed(f"the document can't be signed: {short(problem)}") from problem
    return signed.getvalue()


def _opened(pdf: bytes) -> tuple[IncrementalPdfFileWriter, str]:
    """The file to append to, and a name for the new field."""
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        taken = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    except Exception as problem:
        # pyHanko meets strange bytes with asserts and failed look-ups of its own: any error means the same.
        raise SigningFailed(f"the document can't be signed: {short(problem)}") from problem
    return writer, next(
        name for number in range(1, len(taken) + 2) if (name := f"{_FIELD}{number}") not in taken
    )


def _metadata(
    field: str, name: str, reason: str, level: Level, context: ValidationContext | None
) -> signers.PdfSignatureMetadata:
    return signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        name=name,
        reason=reason or None,
        validation_context=context,
        embed_validation_info=context is not None,
        use_pades_lta=level == "B-LTA",
    )


def _field(field: str, name: str) -> SigFieldSpec:
    return SigFieldSpec(
        field,
        readable_field_name=f"Chữ ký số của {name}",
        # Outside the page: PDF/UA asks visible boxes to be tagged, PDF/A forbids hidden ones.
        invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
    )


def _certificates(data: Iterable[bytes]) -> list[Any]:
    return [each for one in data for each in load_certs_from_pemder_data(one)]


# -- deferred ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """A file that waits for its signature. `attributes` are the bytes to sign; `digest` is their SHA-256."""

    document: bytes
    attributes: bytes
    document_digest: bytes
    start: int
    end: int
    certificates: tuple[bytes, ...]
    """The signer's first, then its chain (DER)."""

    @property
    def digest(self) -> bytes:
        """What a token that signs digests is given."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.attributes)
        return digest.finalize()

    @property
    def signer(self) -> str:
        """Who is to sign."""
        return common_name(_certificates(self.certificates)[0].subject)


def prepare(
    pdf: bytes, certificates: bytes, *, signed_at: datetime | None = None, reason: str = ""
) -> Prepared:
    """The file with room for a signature, and what is to be signed. certificates: PEM or DER, the signer's first.

    Raises SigningFailed where the file or the certificates can't be used.
    """
    try:
        chain = _certificates([certificates])
    except ValueError as problem:
        raise SigningFailed(f"the certificate can't be read: {short(problem)}") from problem
    if not chain:
        raise SigningFailed("there is no certificate in the file")
    name = common_name(chain[0].subject)
    writer, field = _opened(pdf)
    external = _external(chain, 512)
    signer = _TimedSigner(
        _metadata(field, name, reason, "B-B", None), signer=external, new_field_spec=_field(field, name)
    )
    signer.signed_at = signed_at
    out = BytesIO()

    async def digested() -> tuple[PreparedByteRangeDigest, bytes]:
        prepared, _, _ = await signer.async_digest_doc_for_signing(
            writer, bytes_reserved=_RESERVED, output=out
        )
        attributes = await external.signed_attrs(prepared.document_digest, _DIGEST, use_pades=True)
        return prepared, attributes.dump()

    prepared, attributes = in_a_thread(lambda: asyncio.run(digested()))
    return Prepared(
        document=out.getvalue(),
        attributes=attributes,
        document_digest=prepared.document_digest,
        start=prepared.reserved_region_start,
        end=prepared.reserved_region_end,
        certificates=tuple(each.dump() for each in chain),
    )


def complete(prepared: Prepared, signature: bytes, *, time_stamps: str = "") -> bytes:
    """The signed file: PAdES B-B, or B-T where a time stamp authority is named.

    signature: over `attributes`, with SHA-256: RSA PKCS#1 v1.5, or ECDSA as DER. Raises SigningFailed where it is not
    the certificate's, or no time stamp is had.
    """
    chain = _certificates(prepared.certificates)
    _check(prepared, signature)
    external = _external(chain, signature)
    out = BytesIO(prepared.document)
    region = PreparedByteRangeDigest(prepared.document_digest, prepared.start, prepared.end)
    stamper = HTTPTimeStamper(time_stamps, timeout=10) if time_stamps else None

    async def finished() -> None:
        attributes = await external.signed_attrs(prepared.document_digest, _DIGEST, use_pades=True)
        if attributes.dump() != prepared.attributes:
            raise SigningFailed("what was signed does not belong to this document")
        content = await external.async_sign_prescribed_attributes(_DIGEST, attributes, timestamper=stamper)
        await PdfTBSDocument.async_finish_signing(out, region, content)

    try:
        in_a_thread(lambda: asyncio.run(finished()))
    except Exception as problem:
        raise SigningFailed(f"the document can't be signed: {short(problem)}") from problem
    return out.getvalue()


def _external(chain: list[Any], signature: bytes | int) -> ExternalSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(chain[1:])
    return ExternalSigner(chain[0], store, signature_value=signature)


def _check(prepared: Prepared, signature: bytes) -> None:
    key = x509.load_der_x509_certificate(prepared.certificates[0]).public_key()
    try:
        match key:
            case rsa.RSAPublicKey():
                key.verify(signature, prepared.attributes, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePublicKey():
                key.verify(signature, prepared.attributes, ec.ECDSA(hashes.SHA256()))
            case _:
                raise SigningFailed("the certificate's key is of a kind that is not used here")
    except InvalidSignature as problem:
        raise SigningFailed(
            "the signature was not made with the certificate's key over these bytes"
        ) from problem


@dataclass(frozen=True)
class _Kept:
    """`Prepared` as JSON keeps it."""

    kind: Literal["bieu-deferred-1"]
    document: str
    attributes: str
    document_digest: str
    start: int
    end: int
    certificates: tuple[str, ...]


_KEPT = TypeAdapter(_Kept)


def prepared_bytes(prepared: Prepared) -> bytes:
    """A prepared signature as a file, to be completed later or elsewhere."""

    def text(data: bytes) -> str:
        return b64encode(data).decode("ascii")

    return canonical_bytes(
        _KEPT.dump_python(
            _Kept(
                "bieu-deferred-1",
                text(prepared.document),
                text(prepared.attributes),
                text(prepared.document_digest),
                prepared.start,
                prepared.end,
                tuple(text(each) for each in prepared.certificates),
            ),
            mode="json",
        )
    )


def read_prepared(data: bytes) -> Prepared:
    """The prepared signature in a file. Raises SigningFailed where it is none."""
    try:
        kept = _KEPT.validate_json(data)
        prepared = Prepared(
            document=b64decode(kept.document, validate=True),
            attributes=b64decode(kept.attributes, validate=True),
            document_digest=b64decode(kept.document_digest, validate=True),
            start=kept.start,
            end=kept.end,
            certificates=tuple(b64decode(each, validate=True) for each in kept.certificates),
        )
    except ValueError as problem:
        raise SigningFailed(f"this is no prepared signature: {short(problem)}") from problem
    if not prepared.certificates or not 0 < prepared.start < prepared.end <= len(prepared.document):
        raise SigningFailed("this is no prepared signature: its places are wrong")
    return prepared


__all__ = [
    "DemoIdentity",
    "Identity",
    "Prepared",
    "Services",
    "SigningFailed",
    "complete",
    "make_demo_identity",
    "prepare",
    "prepared_bytes",
    "read_identity",
    "read_prepared",
    "sign_pdf",
    "token_identity",
]
