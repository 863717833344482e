"""Whether a signed report can be relied on: its signatures in words, and the figures inside it computed again.

Any bytes give a `Verification`; nothing raises. What signatures say comes from `signing.py`. The report carries its
form and its data, so that the figures can be checked years later with nothing else at hand: the form is read, its
hash compared with the published ones where the caller knows them, the data is read as any submission is, and every
computed cell that is given is compared with what it should be. Words: `verification.toml`, Vietnamese and English.

That the printed page shows the attached figures is what the signer states by signing both; it is not checked here.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Literal

import pikepdf

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.formula.evaluate import evaluate_report
from compiler.numbers import format_number
from compiler.template import Template, ValueType, load_template, template_hash
from compiler.values import Address, Scalar, Values
from renderers.document import read_submission
from renderers.pdf.attachments import SUBMISSION_FILE, TEMPLATE_FILE
from renderers.sentences import printed_date
from runtime.signing import NoPdf, SignatureFacts, UnreadableSignature, read_signatures

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is looked at."""

MAX_ATTACHMENT = 16 * 1024 * 1024
"""The largest attachment that is unpacked."""

_VIETNAM = timezone(timedelta(hours=7))

Severity = Literal["error", "warning", "notice"]
Language = Literal["vi", "en"]


@dataclass(frozen=True)
class Statement:
    """One thing that was found. `values` fill the placeholders of the words for `code`."""

    code: str
    values: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        """How much it weighs: errors mean that the report is not to be relied on."""
        return _catalogue()[self.code].severity

    def text(self, language: Language = "vi") -> str:
        """The statement in words."""
        words = _catalogue()[self.code]
        return (words.vi if language == "vi" else words.en).format_map(dict(self.values))


@dataclass(frozen=True)
class Trust:
    """What the verifier relies on: authorities' certificates (PEM or DER), and the hashes of published forms.

    `templates` None: the caller does not know them, and the form's hash is told but not judged.
    """

    authorities: tuple[bytes, ...] = ()
    templates: frozenset[str] | None = None


@dataclass(frozen=True)
class Verification:
    """All that was found. `findings` are about the attached data, in the words of `compiler/findings.toml`."""

    statements: tuple[Statement, ...]
    signatures: tuple[SignatureFacts, ...] = ()
    template: Template | None = None
    submission: bytes | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against relying on the report."""
        return not any(statement.severity == "error" for statement in self.statements)


def verify_pdf(data: bytes, trust: Trust, *, now: datetime | None = None) -> Verification:
    """What there is to say about a signed report. Any bytes will do. `now` (default: the clock) judges validity."""
    if len(data) > MAX_BYTES:
        return Verification((_said("file_too_large", found=str(len(data)), limit=str(MAX_BYTES)),))
    moment = now or datetime.now(UTC)
    signatures = read_signatures(data, trust.authorities, now=moment)
    if isinstance(signatures, NoPdf):
        return Verification((_said("not_a_pdf", reason=signatures.reason),))
    statements = list(_signature_statements(signatures, moment))
    content = _read_content(data, trust)
    return Verification(
        statements=(*statements, *content.statements),
        signatures=tuple(found for found in signatures if isinstance(found, SignatureFacts)),
        template=content.template,
        submission=content.submission,
        findings=content.findings,
    )


# -- signatures --------------------------------------------------------------------------------------------------------


def _signature_statements(
    signatures: tuple[SignatureFacts | UnreadableSignature, ...], now: datetime
) -> Iterator[Statement]:
    if not signatures:
        yield _said("unsigned")
    for signature in signatures:
        match signature:
            case UnreadableSignature():
                yield _said("signature_unreadable", field=signature.field, reason=signature.reason)
            case SignatureFacts():
                yield from _facts_statements(signature, now)
    if any(isinstance(signature, SignatureFacts) for signature in signatures):
        yield _said("revocation_not_checked")


def _facts_statements(facts: SignatureFacts, now: datetime) -> Iterator[Statement]:
    who = {"signer": facts.signer, "issuer": facts.issuer}
    if facts.signed_at is None:
        yield _said("signed_without_time", **who)
    else:
        yield _said("signed_by", time=_moment(facts.signed_at), **who)
    if not facts.intact:
        yield _said("changed", **who)
    elif not facts.valid:
        yield _said("forged", **who)
    elif facts.coverage == "partial":
        yield _said("partial", **who)
    else:
        yield _said("intact", **who)
    match facts.later:
        case "signatures":
            yield _said("signed_again", **who)
        case "changes" if facts.coverage != "partial":
            yield _said("changed_later", **who)
        case _:
            pass
    yield from _certificate_statements(facts, who, now)


def _certificate_statements(
    facts: SignatureFacts, who: Mapping[str, str], now: datetime
) -> Iterator[Statement]:
    start, end = _day(facts.valid_from), _day(facts.valid_until)
    if facts.trust != "not_judged":
        yield _said(facts.trust, start=start, end=end, **who)
    if facts.signed_at is not None and facts.signed_at > now:
        yield _said("signed_in_future", time=_moment(facts.signed_at))
    if now > facts.valid_until and facts.trust == "trusted":
        yield _said("expired", end=end, **who)


def _moment(time: datetime) -> str:
    """A time as Vietnam's clocks show it: "08:05:00 16/9/2026 +07:00"."""
    local = time.astimezone(_VIETNAM)
    return f"{local:%H:%M:%S} {printed_date(local.date().isoformat())} +07:00"


def _day(time: datetime) -> str:
    return printed_date(time.astimezone(_VIETNAM).date().isoformat())


# -- what the file carries ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Content:
    """What is said about the attached form and data."""

    statements: tuple[Statement, ...]
    template: Template | None = None
    submission: bytes | None = None
    findings: tuple[Finding, ...] = ()


class _TooLarge(ValueError):
    """An attachment that would not fit."""


def _read_content(data: bytes, trust: Trust) -> _Content:
    """Unpacks, reads and recomputes."""
    files: dict[str, bytes] = {}
    for name in (TEMPLATE_FILE, SUBMISSION_FILE):
        try:
            attached = _attachment(data, name)
        except _TooLarge:
            return _Content((_said("attachment_too_large", name=name),))
        except Exception as problem:  # noqa: BLE001 hostile bytes: whatever goes wrong, they can't be read
            return _Content((_said("not_a_pdf", reason=_short(problem)),))
        if attached is not None:
            files[name] = attached
    submission = files.get(SUBMISSION_FILE)
    if TEMPLATE_FILE not in files:
        return _Content((_said("no_template"),), submission=submission)
    try:
        template = load_template(files[TEMPLATE_FILE])
        layout = Layout(template)
    except Exception as problem:  # noqa: BLE001 a form that somebody forged may break any rule
        return _Content((_said("template_unreadable", reason=_short(problem)),), submission=submission)
    statements = list(_template_statements(template, trust))
    if submission is None:
        return _Content((*statements, _said("no_submission")), template)
    try:
        findings, count = _recompute(layout, submission)
    except Exception as problem:  # noqa: BLE001 a forged form may name cells that are not there
        statements.append(_said("not_recomputed", reason=_short(problem)))
        return _Content(tuple(statements), template, submission)
    errors = sum(finding.severity == "error" for finding in findings)
    statements.append(
        _said("data_wrong", count=str(errors)) if errors else _said("recomputed", count=str(count))
    )
    return _Content(tuple(statements), template, submission, findings)


def _template_statements(template: Template, trust: Trust) -> Iterator[Statement]:
    digest = template_hash(template)
    yield _said("template_read", regime=template.title, version=template.version, hash=digest)
    if trust.templates is not None:
        yield _said("template_known" if digest in trust.templates else "template_unknown", hash=digest)


def _recompute(layout: Layout, submission: bytes) -> tuple[tuple[Finding, ...], int]:
    """What is wrong with the data, and how many given computed cells were compared. Raises Overflow."""
    _, given, findings = read_submission(layout, submission)
    evaluated = evaluate_report(layout, given).values
    compared = list(_compared(layout, given, evaluated))
    differing = [
        _differs(address, type, found, right) for address, type, found, right in compared if found != right
    ]
    return (*findings, *differing), len(compared)


def _compared(
    layout: Layout, given: Values, evaluated: Values
) -> Iterator[tuple[Place, ValueType, Scalar, Scalar | None]]:
    """Every computed cell that is given: its place and type, what it says, what is right."""
    for cell in layout.order:
        found = given.cells.get(cell.address)
        if found is not None:
            yield _place(cell.address), cell.type, found, evaluated.cells.get(cell.address)
    for group in layout.groups:
        rows = zip(given.added.get(group.key, ()), evaluated.added.get(group.key, ()), strict=True)
        for index, (row, right) in enumerate(rows, start=1):
            for column in group.order:
                name = column.column.name
                if name in row:
                    place = Place(table=group.key.table, row=group.key.group, column=name, index=index)
                    yield place, column.type, row[name], right.get(name)


def _place(address: Address) -> Place:
    return Place(table=address.table, row=address.row, column=address.column)


def _differs(place: Place, type: ValueType, found: Scalar, right: Scalar | None) -> Finding:
    def shown(value: Scalar | None) -> str:
        if value is None:
            return "…"
        return format_number(value, type) if isinstance(value, int) and type.is_number else str(value)

    return Finding(
        code="computed_differs",
        severity="error",
        place=place,
        values={"found": shown(found), "expected": shown(right)},
    )


def _attachment(data: bytes, name: str) -> bytes | None:
    """An embedded file, at most MAX_ATTACHMENT long; None where there is none. Raises _TooLarge, or anything."""
    with pikepdf.open(BytesIO(data)) as pdf:
        found = pdf.attachments.get(name)
        if found is None:
            return None
        stream = found.obj.EF.F
        raw = stream.read_raw_bytes()
        filters = stream.get("/Filter")
        if filters is None:
            content = raw
        elif filters == pikepdf.Name.FlateDecode:
            # Unpacked here, not by the library, so that a small file can't fill the memory.
            unpacker = zlib.decompressobj()
            content = unpacker.decompress(raw, MAX_ATTACHMENT + 1)
        else:
            raise _TooLarge(name)
    if len(content) > MAX_ATTACHMENT:
        raise _TooLarge(name)
    return content


# -- words -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Words:
    severity: Severity
    vi: str
    en: str


@cache
def _catalogue() -> Mapping[str, _Words]:
    text = resources.files("runtime").joinpath("verification.toml").read_text(encoding="utf-8")
    return {code: _Words(**entry) for code, entry in tomllib.loads(text).items()}


def _said(code: str, **values: str) -> Statement:
    return Statement(code, values)


def _short(problem: Exception) -> str:
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text if len(text) <= 120 else text[:119] + "…"
