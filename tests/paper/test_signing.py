"""Signing and verifying: what is said of a sound report, and of every way to spoil one."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import subprocess
import tomllib
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import get_args

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import NameObject, TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from compiler.cells import Layout
from compiler.template import template_hash
from renderers.filling import Filling
from renderers.pdf.report import render
from runtime.signatures import Trust as TrustWord
from runtime.signatures import UnreadableSignature, read_signatures
from runtime.signing import (
    DemoIdentity,
    Identity,
    SigningFailed,
    make_demo_identity,
    read_identity,
    sign_pdf,
)
from runtime.statements import Statement
from runtime.verification import MAX_ATTACHMENT, MAX_BYTES, Trust, Verification, verify_pdf

MADE = datetime(2026, 9, 1, tzinfo=UTC)
SIGNED = datetime(2026, 9, 16, 8, 5, tzinfo=UTC)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def demo(name: str = "Nguyễn Văn Đức", *, made: datetime = MADE, days: int = 365) -> tuple[Identity, bytes]:
    """An identity and the certificate of the authority to trust."""
    made_now = make_demo_identity(name, passphrase=b"thu", made=made, days=days)
    return read_identity(made_now.pkcs12, b"thu"), made_now.authority


@pytest.fixture(scope="module")
def signer() -> tuple[Identity, bytes]:
    return demo()


@pytest.fixture(scope="module")
def trust(signer: tuple[Identity, bytes], procedures: Layout) -> Trust:
    return Trust((signer[1],), frozenset({template_hash(procedures.template)}))


@pytest.fixture(scope="module")
def unsigned(procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report)


@pytest.fixture(scope="module")
def signed(unsigned: bytes, signer: tuple[Identity, bytes]) -> bytes:
    return sign_pdf(unsigned, signer[0], signed_at=SIGNED, reason="Gửi báo cáo")


def codes(found: Verification, severity: str = "error") -> list[str]:
    return [statement.code for statement in found.statements if statement.severity == severity]


def pdfsig(data: bytes, tmp_path: Path) -> str:
    """What poppler says; it ends with 1 where there is no signature."""
    path = tmp_path / "signed.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdfsig", path], capture_output=True, check=False).stdout.decode()


def gap(data: bytes) -> range:
    """Where the signature's own bytes lie: the one part of the file that no signature covers."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", data)
    assert found is not None
    _, first, second, _ = (int(number) for number in found.groups())
    return range(first, second)


# -- a sound report ----------------------------------------------------------------------------------------------------


def test_signing_works_where_an_event_loop_is_running(
    signer: tuple[Identity, bytes], trust: Trust, unsigned: bytes
) -> None:
    """An asynchronous server, and a test that drives a browser, have a loop in the thread that signs."""

    async def sign() -> Verification:
        return verify_pdf(sign_pdf(unsigned, signer[0], signed_at=SIGNED), trust, now=NOW)

    # In a thread of its own: the tests that drive a browser leave a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        assert thread.submit(lambda: asyncio.run(sign())).result().signatures[0].intact


def test_a_signed_report_is_sound_and_says_by_whom_and_when(
    signed: bytes, trust: Trust, procedures: Layout
) -> None:
    found = verify_pdf(signed, trust, now=NOW)
    assert found.sound
    assert codes(found) == codes(found, "warning") == []
    (facts,) = found.signatures
    assert (facts.signer, facts.signed_at, facts.intact, facts.coverage, facts.trust) == (
        "Nguyễn Văn Đức",
        SIGNED,
        True,
        "file",
        "trusted",
    )
    texts = [statement.text() for statement in found.statements]
    assert "Nguyễn Văn Đức ký lúc 15:05:00 16/9/2026 +07:00 (thời điểm do máy của người ký ghi)" in texts
    assert "Nội dung nguyên vẹn từ khi Nguyễn Văn Đức ký" in texts
    assert "Biểu mẫu kèm theo đúng là biểu mẫu đã ban hành" in texts
    english = [statement.text("en") for statement in found.statements]
    assert "The content is unchanged since Nguyễn Văn Đức signed it" in english
    assert found.template == procedures.template


def test_the_data_inside_is_handed_out_and_was_computed_again(
    signed: bytes, trust: Trust, report: Filling, procedures: Layout
) -> None:
    found = verify_pdf(signed, trust, now=NOW)
    assert found.submission == report.submission
    (said,) = [statement for statement in found.statements if statement.code == "recomputed"]
    computed = sum(cell.address in report.values.cells for cell in procedures.order)
    assert computed > 20
    assert said.values["count"] == str(computed)


def test_poppler_agrees(signed: bytes, tmp_path: Path) -> None:
    said = pdfsig(signed, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Nguyễn Văn Đức" in said
    assert "ETSI.CAdES.detached" in said


def test_signing_appends_and_keeps_every_byte_and_both_standards(unsigned: bytes, signed: bytes) -> None:
    assert signed.startswith(unsigned)
    with pikepdf.open(BytesIO(signed)) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert field.F == 4 | 128, "printed and locked, which PDF/A asks for; not hidden"
        left, bottom, right, top = (float(edge) for edge in field.Rect)
        assert (right - left, top - bottom) == (0, 0)
        assert right < 0, "outside the page: PDF/UA asks no tag of it"
        assert "Nguyễn Văn Đức" in str(field.TU)
        assert field.V.SubFilter == "/ETSI.CAdES.detached"
        assert str(field.V.Reason) == "Gửi báo cáo"
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfuaid:part"]) == ("3", "1")


def test_verifying_asks_nothing_of_the_network(
    signed: bytes, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("something went online")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    found = verify_pdf(signed, trust, now=NOW)
    assert found.sound
    assert "revocation_not_checked" in codes(found, "notice")


def test_a_second_signature_is_named_and_leaves_the_first_one_sound(signed: bytes, trust: Trust) -> None:
    other, authority = demo("Văn thư UBND xã Tịnh Khê")
    twice = sign_pdf(signed, other, signed_at=SIGNED + timedelta(hours=1))
    found = verify_pdf(twice, replace(trust, authorities=(*trust.authorities, authority)), now=NOW)
    assert found.sound
    assert [(facts.signer, facts.coverage, facts.later) for facts in found.signatures] == [
        ("Nguyễn Văn Đức", "revision", "signatures"),
        ("Văn thư UBND xã Tịnh Khê", "file", "nothing"),
    ]
    assert codes(found, "notice").count("signed_again") == 1


# -- spoiled reports ---------------------------------------------------------------------------------------------------


def test_one_changed_byte_anywhere_is_reported(signed: bytes, trust: Trust) -> None:
    free = gap(signed)
    places = random.Random(20260916).sample([place for place in range(len(signed)) if place not in free], 40)
    for place in places:
        spoiled = bytearray(signed)
        spoiled[place] ^= 0x01
        found = verify_pdf(bytes(spoiled), trust, now=NOW)
        assert not found.sound, place
        assert set(codes(found)) & {"changed", "not_a_pdf", "unsigned", "signature_unreadable", "partial"}, (
            place
        )


def test_one_changed_letter_is_a_changed_content_for_poppler_too(
    signed: bytes, trust: Trust, tmp_path: Path
) -> None:
    place = signed.index(b"PDF/UA identification schema") + 5
    spoiled = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert codes(verify_pdf(spoiled, trust, now=NOW)) == ["changed"]
    assert "Digest Mismatch" in pdfsig(spoiled, tmp_path)


def test_a_byte_of_the_signature_itself_gives_findings(signed: bytes, trust: Trust) -> None:
    free = gap(signed)
    for place in range(free.start + 1, free.start + 4000, 97):
        spoiled = bytearray(signed)
        spoiled[place] = ord("0") if spoiled[place] != ord("0") else ord("1")
        assert verify_pdf(bytes(spoiled), trust, now=NOW).statements


def test_a_revision_added_after_signing_is_reported(signed: bytes, trust: Trust) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Note")] = TextStringObject("thêm vào")
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    found = verify_pdf(out.getvalue(), trust, now=NOW)
    assert not found.sound
    assert "changed_later" in codes(found)
    # Bytes that belong to no revision were signed by nobody either.
    assert "changed_later" in codes(verify_pdf(signed + b"\n% more\n", trust, now=NOW))


def test_an_unknown_issuer_is_reported(signed: bytes, trust: Trust) -> None:
    for authorities in ((), (demo()[1],)):
        found = verify_pdf(signed, replace(trust, authorities=authorities), now=NOW)
        assert codes(found) == ["unknown_issuer"]
        assert any("Không biết nơi cấp chứng thư số" in statement.text() for statement in found.statements)


def test_certificates_out_of_time_are_reported(unsigned: bytes, trust: Trust) -> None:
    identity, authority = demo(days=30)
    ours = replace(trust, authorities=(authority,))
    late = sign_pdf(unsigned, identity, signed_at=MADE + timedelta(days=31))
    assert codes(verify_pdf(late, ours, now=MADE + timedelta(days=32))) == ["expired_then"]
    early = sign_pdf(unsigned, identity, signed_at=MADE - timedelta(days=1))
    assert codes(verify_pdf(early, ours, now=NOW)) == ["not_yet_valid"]
    in_time = sign_pdf(unsigned, identity, signed_at=MADE + timedelta(days=3))
    later = verify_pdf(in_time, ours, now=MADE + timedelta(days=400))
    assert later.sound
    assert codes(later, "warning") == ["expired"]
    assert "signed_in_future" in codes(verify_pdf(in_time, ours, now=MADE + timedelta(days=1)))


def test_an_unsigned_report_is_not_sound(unsigned: bytes, trust: Trust) -> None:
    assert codes(verify_pdf(unsigned, trust, now=NOW)) == ["unsigned"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"PK\x03\x04", b"{}" * 1000, "báo cáo".encode()],
)
def test_what_is_no_pdf_is_said_to_be_none(data: bytes, trust: Trust) -> None:
    assert codes(verify_pdf(data, trust, now=NOW)) == ["not_a_pdf"]


@given(st.binary(max_size=300), st.integers(0, 60_000), st.integers(0, 60_000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_statements(signed: bytes, trust: Trust, junk: bytes, first: int, second: int) -> None:
    for data in (junk, b"%PDF-1.7\n" + junk, signed[:first] + junk + signed[second:]):
        found = verify_pdf(data, trust, now=NOW)
        assert found.statements
        assert all(statement.text() and statement.text("en") for statement in found.statements)


def test_a_file_too_large_is_not_looked_at(trust: Trust) -> None:
    assert codes(verify_pdf(bytes(MAX_BYTES + 1), trust, now=NOW)) == ["file_too_large"]


# -- the form and the data inside --------------------------------------------------------------------------------------


def with_files(pdf: bytes, **files: bytes) -> bytes:
    """The file with its attachments replaced; an empty one is taken out."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        for name, content in files.items():
            full = f"{name}.json"
            del opened.attachments[full]
            if content:
                opened.attachments[full] = pikepdf.AttachedFileSpec(opened, content, filename=full)
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def test_a_wrong_total_inside_a_signed_report_is_found(
    unsigned: bytes, report: Filling, signer: tuple[Identity, bytes], trust: Trust
) -> None:
    document = json.loads(report.submission)
    document["data"]["b06a"]["tong"]["c3"] += 1
    forged = sign_pdf(
        with_files(unsigned, submission=json.dumps(document).encode()), signer[0], signed_at=SIGNED
    )
    found = verify_pdf(forged, trust, now=NOW)
    assert codes(found) == ["data_wrong", "paper_differs"]
    wrong, in_text, in_table = found.findings
    assert "5.378" in in_text.values["found"]
    assert dict(in_table.values) == {"found": "5.378", "expected": "5.379"}
    place = wrong.place
    assert (wrong.code, place.table, place.row, place.column) == ("computed_differs", "b06a", "tong", "c3")
    assert dict(wrong.values) == {"found": "5.379", "expected": "5.378"}


def test_wrong_entries_inside_are_found_too(
    unsigned: bytes, report: Filling, signer: tuple[Identity, bytes], trust: Trust
) -> None:
    document = json.loads(report.submission)
    document["data"]["b06a"]["dat_dai"]["c99"] = 1
    forged = sign_pdf(
        with_files(unsigned, submission=json.dumps(document).encode()), signer[0], signed_at=SIGNED
    )
    found = verify_pdf(forged, trust, now=NOW)
    assert [finding.code for finding in found.findings] == ["unknown_column"]


def test_a_form_that_was_never_published_is_found(signed: bytes, trust: Trust) -> None:
    assert codes(verify_pdf(signed, replace(trust, templates=frozenset({"0" * 64})), now=NOW)) == [
        "template_unknown"
    ]
    assert verify_pdf(signed, replace(trust, templates=None), now=NOW).sound


@pytest.mark.parametrize(
    ("files", "error", "warning"),
    [
        ({"template": b""}, [], ["no_template"]),
        ({"submission": b""}, [], ["no_submission"]),
        ({"template": b"{}"}, ["template_unreadable"], []),
        ({"template": b"[" * 100_000}, ["template_unreadable"], []),
        ({"submission": b"not json"}, ["data_wrong"], []),
        ({"submission": b"x" * (MAX_ATTACHMENT + 1)}, ["attachment_too_large"], []),
    ],
    ids=["no form", "no data", "another form", "endless form", "no json", "bomb"],
)
def test_strange_attachments_give_statements(
    files: dict[str, bytes],
    error: list[str],
    warning: list[str],
    unsigned: bytes,
    signer: tuple[Identity, bytes],
    trust: Trust,
) -> None:
    found = verify_pdf(sign_pdf(with_files(unsigned, **files), signer[0], signed_at=SIGNED), trust, now=NOW)
    assert codes(found) == error
    assert codes(found, "warning") == warning


def test_a_small_file_can_t_fill_the_memory(unsigned: bytes, trust: Trust) -> None:
    """64 MB of zeros pack into 64 KB; unpacking stops at the limit."""
    packed = zlib.compress(bytes(64 * 1024 * 1024), 9)
    with pikepdf.open(BytesIO(unsigned)) as opened:
        stream = opened.attachments["template.json"].obj.EF.F
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        out = BytesIO()
        opened.save(out, compress_streams=False)
    assert len(out.getvalue()) < 400_000
    assert "attachment_too_large" in codes(verify_pdf(out.getvalue(), trust, now=NOW))


# -- identities and words ----------------------------------------------------------------------------------------------


def test_identities_are_read_with_the_right_passphrase_only() -> None:
    archive = make_demo_identity("Nguyễn Văn Đức", passphrase=b"thu", made=MADE).pkcs12
    identity = read_identity(archive, b"thu")
    assert repr(identity) == "Identity('Nguyễn Văn Đức')"
    for data, passphrase in ((archive, b"sai"), (archive, None), (b"", b"thu"), (b"rac", None)):
        with pytest.raises(SigningFailed):
            read_identity(data, passphrase)


def test_long_names_fit_a_certificate() -> None:
    identity, _ = demo("Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính tỉnh Quảng Ngãi")
    assert "Trung tâm Phục vụ hành chính công".startswith(identity.name[:20])
    assert len(identity.name.encode()) <= 64


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 rac", b"PK"])
def test_what_is_no_pdf_can_t_be_signed(data: bytes, signer: tuple[Identity, bytes]) -> None:
    with pytest.raises(SigningFailed):
        sign_pdf(data, signer[0])


def test_a_signature_that_can_t_be_understood_is_one_finding(signed: bytes) -> None:
    free = gap(signed)
    zeros = signed[: free.start + 1] + b"0" * (len(free) - 2) + signed[free.stop - 1 :]
    facts = read_signatures(zeros, (), now=NOW)
    assert not isinstance(facts, tuple) or all(isinstance(fact, UnreadableSignature) for fact in facts)


def test_two_demo_identities_share_nothing() -> None:
    made = [make_demo_identity("A", passphrase=b"x", made=MADE) for _ in range(2)]
    assert isinstance(made[0], DemoIdentity)
    assert made[0].authority != made[1].authority


def test_the_catalogue_has_words_for_every_code_and_no_others() -> None:
    catalogue = tomllib.loads((ROOT / "runtime" / "verification.toml").read_text(encoding="utf-8"))
    speakers = ("verification", "contents", "succession")
    source = "".join((ROOT / "runtime" / f"{name}.py").read_text(encoding="utf-8") for name in speakers)
    used = {code for code in catalogue if f'"{code}"' in source}
    spoken_by_trust = {*get_args(TrustWord)} - {"not_judged"}
    assert used | spoken_by_trust == set(catalogue)
    assert set(re.findall(r'said\(\s*"(\w+)"', source)) <= set(catalogue)
    for code, entry in catalogue.items():
        assert set(entry) == {"severity", "vi", "en"}, code
        assert set(re.findall(r"{(\w+)}", entry["vi"])) == set(re.findall(r"{(\w+)}", entry["en"])), code
        assert Statement(code, dict.fromkeys(re.findall(r"{(\w+)}", entry["vi"]), "x")).text()
