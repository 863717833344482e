"""Whether a signed report can be relied on: its signatures, the figures inside it, its pages, and what replaces it.

Any bytes give a `Verification`; nothing raises. What signatures say comes from `signing.py`. The report carries its
form, its data and its head, so that it can be checked years later with nothing else at hand: `contents.py` computes
the figures again and reads the pages, `succession.py` walks from a correction to what it replaces. Words:
`verification.toml`, Vietnamese and English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from compiler.findings import Finding
from compiler.template import Template
from renderers.pdf.head import Head
from runtime.contents import MAX_ATTACHMENT, NOTHING, Content, read_content
from runtime.signatures import NoPdf, SignatureFacts, UnreadableSignature, read_signatures
from runtime.statements import Statement, day_words, moment_words, said
from runtime.succession import Carrier, succession

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is looked at."""


@dataclass(frozen=True)
class Trust:
    """What the verifier relies on: authorities' certificates (PEM or DER), and the hashes of published forms.

    `templates` None: the caller does not know them, and the form's hash is told but not judged. `revocations`: lists
    of revoked certificates (CRL, PEM or DER); `online`: ask the authorities themselves.
    """

    authorities: tuple[bytes, ...] = ()
    templates: frozenset[str] | None = None
    revocations: tuple[bytes, ...] = ()
    online: bool = False


@dataclass(frozen=True)
class Verification:
    """All that was found. `findings` are about the attached data, in the words of `compiler/findings.toml`."""

    statements: tuple[Statement, ...]
    signatures: tuple[SignatureFacts, ...] = ()
    content: Content = NOTHING

    @property
    def template(self) -> Template | None:
        """The form inside, where it can be read."""
        return self.content.template

    @property
    def submission(self) -> bytes | None:
        """The data inside."""
        return self.content.submission

    @property
    def head(self) -> Head | None:
        """Who reports to whom, and what the report replaces."""
        return self.content.head

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the data, and where the pages show something else."""
        return self.content.findings

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against relying on the report."""
        return not any(statement.severity == "error" for statement in self.statements)


def verify_pdf(
    data: bytes, trust: Trust, *, now: datetime | None = None, others: Sequence[bytes] = ()
) -> Verification:
    """What there is to say about a signed report. Any bytes will do. `now` (default: the clock) judges validity.

    others: further reports, among which what this one replaces, and what replaces this one, are looked for.
    """
    moment = now or datetime.now(UTC)
    found = _verify_alone(data, trust, moment)
    if found.head is None and not others:
        return found
    carriers = [
        Carrier(other, read_content(other, trust.templates)) for other in others if len(other) <= MAX_BYTES
    ]
    chain = succession(
        Carrier(data, found.content), carriers, lambda other: _verify_alone(other, trust, moment).sound
    )
    return replace(found, statements=(*found.statements, *chain))


def _verify_alone(data: bytes, trust: Trust, moment: datetime) -> Verification:
    if len(data) > MAX_BYTES:
        return Verification((said("file_too_large", found=str(len(data)), limit=str(MAX_BYTES)),))
    signatures = read_signatures(
        data, trust.authorities, now=moment, revocations=trust.revocations, online=trust.online
    )
    if isinstance(signatures, NoPdf):
        return Verification((said("not_a_pdf", reason=signatures.reason),))
    content = read_content(data, trust.templates)
    return Verification(
        statements=(*_signature_statements(signatures, moment), *content.statements),
        signatures=tuple(found for found in signatures if isinstance(found, SignatureFacts)),
        content=content,
    )


# -- signatures --------------------------------------------------------------------------------------------------------


def _signature_statements(
    signatures: tuple[SignatureFacts | UnreadableSignature, ...], now: datetime
) -> Iterator[Statement]:
    if not signatures:
        yield said("unsigned")
    for signature in signatures:
        match signature:
            case UnreadableSignature():
                yield said("signature_unreadable", field=signature.field, reason=signature.reason)
            case SignatureFacts():
                yield from _facts_statements(signature, now)


def _facts_statements(facts: SignatureFacts, now: datetime) -> Iterator[Statement]:
    who = {"signer": facts.signer, "issuer": facts.issuer}
    if facts.signed_at is None:
        yield said("signed_without_time", **who)
    else:
        yield said("signed_by", time=moment_words(facts.signed_at), **who)
    if not facts.intact:
        yield said("changed", **who)
    elif not facts.valid:
        yield said("forged", **who)
    elif facts.coverage == "partial":
        yield said("partial", **who)
    else:
        yield said("intact", **who)
    match facts.later:
        case "signatures":
            yield said("signed_again", **who)
        case "changes" if facts.coverage != "partial":
            yield said("changed_later", **who)
        case _:
            pass
    yield from _certificate_statements(facts, who, now)


def _certificate_statements(
    facts: SignatureFacts, who: Mapping[str, str], now: datetime
) -> Iterator[Statement]:
    start, end = day_words(facts.valid_from), day_words(facts.valid_until)
    stamped = "" if facts.stamped_at is None else moment_words(facts.stamped_at)
    match facts.stamp:
        case "trusted":
            yield said("stamped", time=stamped, authority=facts.stamped_by, **who)
        case "untrusted":
            yield said("stamp_untrusted", time=stamped, authority=facts.stamped_by, **who)
        case "broken":
            yield said("stamp_broken", **who)
        case "none":
            pass
    if facts.trust == "not_judged":
        return
    yield said(facts.trust, start=start, end=end, **who)
    if facts.signed_at is not None and facts.signed_at > now:
        yield said("signed_in_future", time=moment_words(facts.signed_at))
    if facts.trust != "trusted":
        return
    if now > facts.valid_until and facts.stamp != "trusted":
        yield said("expired", end=end, **who)
    yield said("not_revoked" if facts.revocation == "good" else "revocation_not_checked", **who)
    yield said("level", level=facts.level, **who)


__all__ = ["MAX_ATTACHMENT", "MAX_BYTES", "Statement", "Trust", "Verification", "verify_pdf"]
