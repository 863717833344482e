"""What the signatures of a PDF say, as facts: who, when, by what proof, whether it holds, whose word it rests on.

`read_signatures` turns any bytes into facts. Whether a report with such signatures is acceptable, and what a person is
told, is `verification.py`'s matter. Nothing goes online unless the caller asks for it: a signature with validation
data (PAdES B-LT and B-LTA) carries what its authority said, and revocation lists may be given beside.

The moment at which a certificate is judged is the time stamp's, where a trusted one proves it. Without a stamp the
signer's own clock is all there is: the certificate is judged at that time, and its revocation today as well, since
whoever stole a key would state an earlier day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Literal, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    validate_pdf_signature,
    validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from runtime.identities import common_name
from runtime.responders import responders

# What the library finds is told in facts; it would print a traceback for every unknown issuer besides.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).addHandler(logging.NullHandler())

Result = TypeVar("Result")

Coverage = Literal["file", "revision", "partial"]
"""file: every byte of the file; revision: all that was there at signing; partial: less, which no honest tool makes."""

Later = Literal["nothing", "signatures", "changes"]
"""What came after the signature: nothing, further signatures and what belongs to them, or changes."""

Trust = Literal[
    "trusted",
    "unknown_issuer",
    "revoked",
    "expired_then",
    "not_yet_valid",
    "wrong_use",
    "untrusted",
    "not_judged",
]
"""expired_then, not_yet_valid: at the moment of signing. wrong_use: the certificate is not one for signatures.
not_judged: the signature does not hold, so it does not matter whose it is."""

Stamp = Literal["none", "trusted", "untrusted", "broken"]
"""The time stamp: untrusted by an authority that nobody vouches for; broken: it does not fit the signature."""

Revocation = Literal["good", "revoked", "unknown"]
"""What the certificate's authority says; unknown: nobody asked, and the file does not say."""

Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]
"""The PAdES level that was reached and holds: with a time stamp, with validation data, with an archive time stamp."""


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
    stamp: Stamp = "none"
    stamped_at: datetime | None = None
    stamped_by: str = ""
    revocation: Revocation = "unknown"
    level: Level = "B-B"


@dataclass(frozen=True)
class UnreadableSignature:
    """A signature that can't be understood."""

    field: str
    reason: str


@dataclass(frozen=True)
class NoPdf:
    """Bytes that can't be read as a PDF."""

    reason: str


@dataclass(frozen=True)
class Sources:
    """What certificates are judged by: the authorities' own, revocation lists at hand, and whether to go online."""

    roots: tuple[Any, ...]
    lists: tuple[bytes, ...] = ()
    online: bool = False


def read_signatures(
    data: bytes,
    authorities: Iterable[bytes],
    *,
    now: datetime,
    revocations: Iterable[bytes] = (),
    online: bool = False,
) -> tuple[SignatureFacts | UnreadableSignature, ...] | NoPdf:
    """The facts of every signature of a PDF, in the order they were made. Any bytes of `data` will do.

    authorities: certificates (PEM or DER) whose issued certificates are trusted; revocations: their lists (CRL, PEM or
    DER). Both are the operator's, so one that can't be read raises ValueError. online: ask the authorities for what
    the file does not carry. now: nothing is judged at a time later than this.
    """
    sources = Sources(
        tuple(root for authority in authorities for root in load_certs_from_pemder_data(authority)),
        tuple(_list(each) for each in revocations),
        online,
    )
    try:
        # Not strict: a file that some tool wrote sloppily is still worth an answer.
        reader = PdfFileReader(BytesIO(data), strict=False)
        signatures = list(reader.embedded_regular_signatures)
    except Exception as problem:  # noqa: BLE001 hostile bytes: any error means that they are no readable PDF
        return NoPdf(_short(problem))
    return tuple(_read_signature(signature, sources, now) for signature in signatures)


def _list(data: bytes) -> bytes:
    """A revocation list as DER. Raises ValueError."""
    load = x509.load_pem_x509_crl if data.lstrip().startswith(b"-----BEGIN") else x509.load_der_x509_crl
    return load(data).public_bytes(Encoding.DER)


def in_a_thread(work: Callable[[], Result]) -> Result:
    """pyHanko runs an event loop of its own for each call, which a thread that already has one refuses."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def _read_signature(
    signature: EmbeddedPdfSignature, sources: Sources, now: datetime
) -> SignatureFacts | UnreadableSignature:
    try:
        return _facts(signature, sources, now)
    except Exception as problem:  # noqa: BLE001 as above, for one signature
        return UnreadableSignature(str(signature.field_name), _short(problem))


_USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)


def _facts(signature: EmbeddedPdfSignature, sources: Sources, now: datetime) -> SignatureFacts:
    certificate = signature.signer_cert
    validity = certificate["tbs_certificate"]["validity"]
    valid_from, valid_until = (
        validity[bound].native.astimezone(UTC) for bound in ("not_before", "not_after")
    )
    stated = signature.self_reported_timestamp
    signed_at = (
        None if stated is None else (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).astimezone(UTC)
    )
    store = _security_store(signature.reader)
    stamp, stamped_at, stamped_by = _stamp(signature, store, sources, now)
    proven = stamped_at if stamp == "trusted" and stamped_at is not None and stamped_at <= now else None
    moment = proven or (now if signed_at is None else min(signed_at, now))
    status = _status(signature, _context(store, sources, moment))
    facts = SignatureFacts(
        field=str(signature.field_name),
        signer=common_name(certificate.subject),
        issuer=common_name(certificate.issuer),
        signed_at=signed_at,
        valid_from=valid_from,
        valid_until=valid_until,
        intact=bool(status.intact),
        valid=bool(status.valid),
        coverage=_coverage(status),
        later=_later(status),
        trust=_trust(status, certificate, moment, valid_from, valid_until),
        stamp=stamp,
        stamped_at=stamped_at,
        stamped_by=stamped_by,
    )
    if facts.trust == "revoked":
        return replace(facts, revocation="revoked", level="B-T" if stamp == "trusted" else "B-B")
    if facts.trust != "trusted":
        return facts
    revocation = _revocation(signature, store, sources, moment, None if proven else now)
    archived = revocation == "good" and proven is not None and _archived(signature, store, sources, now)
    return replace(
        facts,
        revocation=revocation,
        trust="revoked" if revocation == "revoked" else "trusted",
        level=_level(stamp, store, revocation, archived),
    )


def _level(
    stamp: Stamp, store: DocumentSecurityStore | None, revocation: Revocation, archived: bool
) -> Level:
    if stamp != "trusted":
        return "B-B"
    if store is None or revocation != "good":
        return "B-T"
    return "B-LTA" if archived else "B-LT"


# -- what a certificate is judged by -----------------------------------------------------------------------------------


def _security_store(reader: PdfFileReader) -> DocumentSecurityStore | None:
    """The certificates and revocation data that the file carries."""
    try:
        return DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return None


def _context(
    store: DocumentSecurityStore | None, sources: Sources, moment: datetime, *, require: bool = False
) -> ValidationContext:
    """What pyHanko judges a certificate by at a moment. require: no word about revocation is a refusal."""
    online = sources.online
    settings: dict[str, Any] = {
        "trust_roots": list(sources.roots),
        "crls": list(sources.lists),
        "allow_fetching": online,
        "fetcher_backend": responders() if online else None,
        "revocation_mode": "require" if require else "soft-fail",
        "moment": None if online and require else moment,
        # What the authority said shortly after a signature was made speaks of it too.
        "retroactive_revinfo": True,
    }
    return ValidationContext(**settings) if store is None else store.as_validation_context(settings)


def _status(signature: EmbeddedPdfSignature, context: ValidationContext) -> PdfSignatureStatus:
    found: PdfSignatureStatus = in_a_thread(
        lambda: validate_pdf_signature(signature, context, key_usage_settings=_USAGE)
    )
    return found


def _stamp(
    signature: EmbeddedPdfSignature, store: DocumentSecurityStore | None, sources: Sources, now: datetime
) -> tuple[Stamp, datetime | None, str]:
    """The time stamp in a signature: whether it holds, the time it gives and by whom."""
    token = next(extract_tst_data_iter(signature.signer_info, signed=False), None)
    if token is None:
        return "none", None, ""
    try:
        stamped_at = token["encap_content_info"]["content"].parsed["gen_time"].native.astimezone(UTC)
        context = _context(store, replace(sources, online=False), min(stamped_at, now))
        status = in_a_thread(
            lambda: validate_pdf_signature(signature, context, context, key_usage_settings=_USAGE)
        ).timestamp_validity
    except Exception:  # noqa: BLE001 a token that can't be understood proves nothing
        return "broken", None, ""
    if status is None or not (status.intact and status.valid):
        return "broken", None, ""
    return (
        ("trusted" if status.trusted else "untrusted"),
        stamped_at,
        common_name(status.signing_cert.subject),
    )


def _revocation(
    signature: EmbeddedPdfSignature,
    store: DocumentSecurityStore | None,
    sources: Sources,
    moment: datetime,
    today: datetime | None,
) -> Revocation:
    """What is known of the revocation of a certificate that is trusted otherwise.

    today: the day to judge it at besides, where nothing proves the moment.
    """
    if today is not None and today > moment:
        status = _status(signature, _context(store, sources, today))
        if _is_revoked(status):
            return "revoked"
    status = _status(signature, _context(store, sources, moment, require=True))
    if _is_revoked(status):
        return "revoked"
    return "good" if status.trusted else "unknown"


def _archived(
    signature: EmbeddedPdfSignature, store: DocumentSecurityStore | None, sources: Sources, now: datetime
) -> bool:
    """Whether a later time stamp over the whole file holds, with the validation data under it."""
    for stamp in signature.reader.embedded_timestamp_signatures:
        if stamp.signed_revision < signature.signed_revision:
            continue
        given = stamp.signed_data["encap_content_info"]["content"].parsed["gen_time"].native.astimezone(UTC)
        context = _context(store, replace(sources, online=False), min(given, now))
        status = in_a_thread(lambda one=stamp, by=context: validate_pdf_timestamp(one, by))  # type: ignore[misc]
        if status.intact and status.valid and status.trusted:
            return True
    return False


# -- from the library's words to ours ----------------------------------------------------------------------------------


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


def _is_revoked(status: PdfSignatureStatus) -> bool:
    return status.trust_problem_indic in {
        AdESFailure.REVOKED,
        AdESIndeterminate.REVOKED_NO_POE,
        AdESIndeterminate.REVOKED_CA_NO_POE,
    }


def _trust(
    status: PdfSignatureStatus, certificate: Any, moment: datetime, start: datetime, end: datetime
) -> Trust:
    if not (status.intact and status.valid):
        return "not_judged"
    if status.trusted:
        return "trusted"
    if _is_revoked(status):
        return "revoked"
    if status.trust_problem_indic == AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
        return "unknown_issuer"
    if moment < start:
        return "not_yet_valid"
    if moment > end:
        return "expired_then"
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & usage.native:
        return "wrong_use"
    return "untrusted"


def _short(problem: Exception) -> str:
    """An error of the library in a few words, fit for one line."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text if len(text) <= 120 else text[:119] + "…"


__all__ = [
    "NoPdf",
    "SignatureFacts",
    "UnreadableSignature",
    "in_a_thread",
    "read_signatures",
]
