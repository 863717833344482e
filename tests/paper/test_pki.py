"""Signing under a real infrastructure: each PAdES level, and every way a certificate or a time stamp can be wrong."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps

from compiler.cells import Layout
from compiler.frozen import sha256
from renderers.filling import Filling, Replaced
from renderers.pdf.report import render
from runtime.signatures import Level
from runtime.signing import Services, SigningFailed, make_demo_identity, read_identity, sign_pdf
from runtime.verification import Trust, Verification, verify_pdf
from tests.paper.pki import Pki, running_pki

LEVELS: tuple[Level, ...] = ("B-B", "B-T", "B-LT", "B-LTA")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with running_pki(tmp_path_factory.mktemp("pki")) as running:
        yield running


@pytest.fixture(scope="module")
def unsigned(procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report)


@pytest.fixture(scope="module")
def sound(pki: Pki, unsigned: bytes) -> dict[Level, bytes]:
    """The report signed at every level by one whose certificate is in order."""
    return {level: signed(pki, unsigned, "tot", level) for level in LEVELS}


def signed(pki: Pki, pdf: bytes, holder: str, level: Level = "B-B") -> bytes:
    services = Services(pki.time_stamps, (pki.root,))
    return sign_pdf(pdf, read_identity(pki.archive(holder), b"thu"), level=level, services=services)


def codes(found: Verification, severity: str = "error") -> list[str]:
    return [statement.code for statement in found.statements if statement.severity == severity]


def later(**more: float) -> datetime:
    return datetime.now(UTC) + timedelta(**(more or {"seconds": 2}))


# -- levels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_reached_and_said_offline(
    level: Level, pki: Pki, sound: dict[Level, bytes], unsigned: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("something went online")

    root = pki.root
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    found = verify_pdf(sound[level], Trust((root,)), now=later())
    assert found.sound, found.statements
    assert sound[level].startswith(unsigned)
    (facts,) = found.signatures
    assert (facts.trust, facts.level) == ("trusted", level)
    assert facts.stamp == ("none" if level == "B-B" else "trusted")
    assert facts.revocation == ("good" if level in {"B-LT", "B-LTA"} else "unknown")
    assert facts.later == ("nothing" if level in {"B-B", "B-T"} else "signatures")
    assert {"paper_agrees", "reprinted"} <= set(codes(found, "notice"))


def test_what_the_file_does_not_carry_is_asked_for_or_given(pki: Pki, sound: dict[Level, bytes]) -> None:
    for trust in (Trust((pki.root,), online=True), Trust((pki.root,), revocations=pki.revocations())):
        (facts,) = verify_pdf(sound["B-T"], trust, now=later()).signatures
        assert (facts.trust, facts.revocation) == ("trusted", "good")


def test_years_later_validation_data_still_proves_the_signature(pki: Pki, sound: dict[Level, bytes]) -> None:
    in_years = later(days=3000)
    without = verify_pdf(sound["B-B"], Trust((pki.root,)), now=in_years)
    assert "expired" in codes(without, "warning")
    with_data = verify_pdf(sound["B-LTA"], Trust((pki.root,)), now=in_years)
    assert with_data.sound
    assert codes(with_data, "warning") == []
    assert with_data.signatures[0].level == "B-LTA"


def test_several_sign_in_order_and_each_is_named(pki: Pki, sound: dict[Level, bytes]) -> None:
    twice = signed(pki, sound["B-LT"], "van_thu", "B-LTA")
    found = verify_pdf(twice, Trust((pki.root,)), now=later())
    assert found.sound, found.statements
    assert [(facts.signer, facts.level) for facts in found.signatures] == [
        ("Nguyễn Văn Đức", "B-LTA"),
        ("Văn thư UBND xã Tịnh Khê", "B-LTA"),
    ]


# -- what can be wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "code"),
    [("het_han", "expired_then"), ("chua_den", "not_yet_valid"), ("sai_dung", "wrong_use")],
)
@pytest.mark.parametrize("level", ["B-B", "B-T"])
def test_a_wrong_certificate_has_its_own_answer(
    holder: str, code: str, level: Level, pki: Pki, unsigned: bytes
) -> None:
    found = verify_pdf(signed(pki, unsigned, holder, level), Trust((pki.root,)), now=later())
    assert codes(found) == [code]


@pytest.mark.parametrize("level", ["B-B", "B-T"])
def test_a_revoked_certificate_is_said_by_list_and_by_responder(
    level: Level, pki: Pki, unsigned: bytes
) -> None:
    pdf = signed(pki, unsigned, "thu_hoi", level)
    offline = verify_pdf(pdf, Trust((pki.root,)), now=later())
    assert offline.sound
    assert "revocation_not_checked" in codes(offline, "notice")
    for trust in (
        Trust((pki.root,), revocations=pki.revocations()),
        Trust((pki.root,), revocations=(pki.plain_list(),)),
        Trust((pki.root,), online=True),
    ):
        assert codes(verify_pdf(pdf, trust, now=later())) == ["revoked"]


def test_an_earlier_day_stated_by_a_thief_does_not_help(pki: Pki, unsigned: bytes) -> None:
    identity = read_identity(pki.archive("thu_hoi"), b"thu")
    pdf = sign_pdf(unsigned, identity, signed_at=datetime.now(UTC) - timedelta(days=20))
    trust = Trust((pki.root,), revocations=pki.revocations())
    assert codes(verify_pdf(pdf, trust, now=later())) == ["revoked"]


@pytest.mark.parametrize("holder", ["thu_hoi", "het_han", "chua_den", "sai_dung"])
def test_a_level_with_proof_is_refused_to_a_wrong_certificate(holder: str, pki: Pki, unsigned: bytes) -> None:
    with pytest.raises(SigningFailed):
        signed(pki, unsigned, holder, "B-LT")


def test_an_issuer_that_nobody_vouches_for(pki: Pki, sound: dict[Level, bytes]) -> None:
    other = make_demo_identity("A", passphrase=b"x").authority
    found = verify_pdf(sound["B-T"], Trust((other,)), now=later())
    assert codes(found) == ["unknown_issuer"]
    assert "stamp_untrusted" in codes(found, "warning")


class _OverOtherBytes(timestamps.HTTPTimeStamper):
    """A stamp for another signature, put into this one."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        return await super().async_timestamp(bytes(len(message_digest)), md_algorithm)


def test_a_broken_time_stamp_has_its_own_answer(pki: Pki, unsigned: bytes) -> None:
    key = signers.SimpleSigner.load_pkcs12_data(pki.archive("tot"), [], b"thu")
    settings = signers.PdfSignatureMetadata(
        field_name="Ky", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    out = BytesIO()
    with ThreadPoolExecutor(1) as thread:
        signer = signers.PdfSigner(settings, key, timestamper=_OverOtherBytes(pki.time_stamps))
        thread.submit(signer.sign_pdf, IncrementalPdfFileWriter(BytesIO(unsigned)), output=out).result()
    found = verify_pdf(out.getvalue(), Trust((pki.root,)), now=later())
    assert codes(found) == ["stamp_broken"]
    assert found.signatures[0].intact


def test_no_time_stamp_authority_is_no_signature(pki: Pki, unsigned: bytes) -> None:
    identity = read_identity(pki.archive("tot"), b"thu")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/tsa"
    for services in (Services(), Services(address, (pki.root,))):
        with pytest.raises(SigningFailed):
            sign_pdf(unsigned, identity, level="B-T", services=services)


def test_an_address_in_a_stranger_s_certificate_is_never_asked(pki: Pki, unsigned: bytes) -> None:
    """Its issuer's certificate, its responder and its list are said to be here; nobody here is asked."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = x509.load_pem_x509_certificate(pki.root)
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        here.listen()
        here.settimeout(0.2)
        place = x509.UniformResourceIdentifier(f"http://127.0.0.1:{here.getsockname()[1]}/")
        methods = (AuthorityInformationAccessOID.CA_ISSUERS, AuthorityInformationAccessOID.OCSP)
        access = [x509.AccessDescription(method, place) for method in methods]
        now = datetime.now(UTC)
        # It claims to be the trusted root's, and is its own.
        stranger = (
            x509.CertificateBuilder(root.subject, root.subject, key.public_key(), 7)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=9))
            .add_extension(x509.AuthorityInformationAccess(access), critical=False)
            .add_extension(
                x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        sealed = serialization.BestAvailableEncryption(b"thu")
        archive = pkcs12.serialize_key_and_certificates(b"a", key, stranger, None, sealed)
        identity = read_identity(archive, b"thu")
        services = Services(pki.time_stamps, (pki.root,))
        with pytest.raises(SigningFailed):
            sign_pdf(unsigned, identity, level="B-LT", services=services)
        found = verify_pdf(sign_pdf(unsigned, identity), Trust((pki.root,), online=True), now=later())
        assert not found.sound
        with pytest.raises(TimeoutError):
            here.accept()


# -- a second opinion --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate_store(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What poppler judges by: the root, the second authority and its revocation list."""
    folder = tmp_path_factory.mktemp("nss")
    store = f"sql:{folder}"
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    for name, data, trust in (
        ("root", pki.root, "CT,C,C"),
        ("interm", pki.certificate("interm"), ",,"),
    ):
        (folder / name).write_bytes(data)
        subprocess.run(
            ["certutil", "-A", "-d", store, "-n", name, "-t", trust, "-i", folder / name], check=True
        )
    (folder / "list").write_bytes(pki.plain_list())
    subprocess.run(["crlutil", "-I", "-d", store, "-i", folder / "list"], check=True)
    return folder


def test_poppler_agrees_on_a_table_of_files(
    pki: Pki,
    procedures: Layout,
    report: Filling,
    unsigned: bytes,
    sound: dict[Level, bytes],
    certificate_store: Path,
    tmp_path: Path,
) -> None:
    """Poppler 22.12 calls every certificate that it has nothing against "unknown": it reads a stale error of NSS."""
    place = sound["B-B"].index(b"PDF/UA identification schema") + 5
    altered = sound["B-B"][:place] + b"X" + sound["B-B"][place + 1 :]
    replacing = replace(
        report, replaces=Replaced("05/BC-UBND", date(2026, 2, 5), 1, file=sha256(sound["B-B"]))
    )
    correction = signed(pki, render(procedures, replacing), "tot")
    trust = Trust((pki.root,), revocations=(pki.plain_list(),))
    valid, mismatch = "Signature is Valid.", "Digest Mismatch."
    for name, data, others, ours, signature, certificate in (
        ("good", sound["B-B"], [], [], valid, None),
        ("good, B-LTA", sound["B-LTA"], [], [], valid, None),
        ("altered", altered, [], ["changed"], mismatch, None),
        (
            "revoked",
            signed(pki, unsigned, "thu_hoi"),
            [],
            ["revoked"],
            valid,
            "Certificate has been Revoked.",
        ),
        ("expired", signed(pki, unsigned, "het_han"), [], ["expired_then"], valid, "Certificate has Expired"),
        ("superseded", sound["B-B"], [correction], ["superseded"], valid, None),
        ("superseding", correction, [sound["B-B"]], [], valid, None),
    ):
        assert codes(verify_pdf(data, trust, now=later(), others=others)) == ours, name
        path = tmp_path / "table.pdf"
        path.write_bytes(data)
        command = ["pdfsig", "-no-ocsp", "-nssdir", str(certificate_store), str(path)]
        said = subprocess.run(command, capture_output=True, check=False).stdout.decode()
        assert f"Signature Validation: {signature}" in said, (name, said)
        if certificate is not None:
            assert f"Certificate Validation: {certificate}" in said, (name, said)
        elif signature == valid:
            assert not {"Revoked", "Expired"} & set(re.findall(r"\w+", said)), (name, said)
