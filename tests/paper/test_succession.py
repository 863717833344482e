"""Corrections: a corrected report names and hashes the one it replaces, and the chain is walked both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from compiler.cells import Layout
from compiler.frozen import sha256
from renderers.filling import Filling, Replaced
from renderers.pdf.report import render
from runtime.signing import Identity, make_demo_identity, read_identity, sign_pdf
from runtime.verification import Trust, Verification, verify_pdf
from server.cli import main

MADE = datetime(2026, 9, 1, tzinfo=UTC)
SIGNED = datetime(2026, 9, 16, 8, 5, tzinfo=UTC)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
OLDER = date(2026, 2, 5)


@pytest.fixture(scope="module")
def identity() -> tuple[Identity, bytes]:
    made = make_demo_identity("Nguyễn Văn Đức", passphrase=b"thu", made=MADE)
    return read_identity(made.pkcs12, b"thu"), made.authority


@pytest.fixture(scope="module")
def chain(procedures: Layout, report: Filling, identity: tuple[Identity, bytes]) -> list[bytes]:
    """A report and its two corrections, all signed."""
    made: list[bytes] = []
    for version in (1, 2, 3):
        before = Replaced("05/BC-UBND", OLDER, version - 1, file=sha256(made[-1])) if made else None
        pdf = render(procedures, replace(report, replaces=before))
        made.append(sign_pdf(pdf, identity[0], signed_at=SIGNED))
    return made


def said(data: bytes, others: list[bytes], identity: tuple[Identity, bytes]) -> Verification:
    return verify_pdf(data, Trust((identity[1],)), now=NOW, others=others)


CHAIN = {
    "superseded",
    "superseded_unproven",
    "replaced_sound",
    "replaced_unsound",
    "replaced_missing",
    "replaced_other",
    "replaced_in_circle",
}


def codes(found: Verification) -> list[str]:
    return [statement.code for statement in found.statements if statement.code in CHAIN]


def test_a_correction_is_walked_back_to_the_first_report(
    chain: list[bytes], identity: tuple[Identity, bytes]
) -> None:
    first, second, third = chain
    found = said(third, [first, second], identity)
    assert found.sound
    assert codes(found) == ["replaced_sound", "replaced_sound"]
    words = [statement.text() for statement in found.statements if statement.code == "replaced_sound"]
    assert sha256(second) in words[0]
    assert sha256(first) in words[1]
    assert "Báo cáo số 05/BC-UBND ngày 05 tháng 02 năm 2026" in words[0]


def test_what_is_not_at_hand_is_said_and_is_no_fault(
    chain: list[bytes], identity: tuple[Identity, bytes]
) -> None:
    found = said(chain[2], [], identity)
    assert found.sound
    assert codes(found) == ["replaced_missing"]
    assert codes(said(chain[2], [chain[1]], identity)) == ["replaced_sound", "replaced_missing"]


def test_a_replaced_report_is_said_to_be(chain: list[bytes], identity: tuple[Identity, bytes]) -> None:
    found = said(chain[0], chain[1:], identity)
    assert not found.sound
    assert codes(found) == ["superseded"]


def test_an_unsigned_file_can_t_replace_a_report(
    procedures: Layout, report: Filling, chain: list[bytes], identity: tuple[Identity, bytes]
) -> None:
    claim = render(procedures, replace(report, replaces=Replaced("05", OLDER, 1, file=sha256(chain[0]))))
    found = said(chain[0], [claim], identity)
    assert found.sound
    assert codes(found) == ["superseded_unproven"]


def test_a_replaced_report_that_is_not_sound_or_another_unit_s_is_said(
    procedures: Layout, report: Filling, identity: tuple[Identity, bytes]
) -> None:
    unsigned = render(procedures, report)
    foreign = sign_pdf(render(procedures, replace(report, unit_code="21028")), identity[0], signed_at=SIGNED)
    for before, code in ((unsigned, "replaced_unsound"), (foreign, "replaced_other")):
        after = render(procedures, replace(report, replaces=Replaced("", OLDER, 1, file=sha256(before))))
        assert codes(said(sign_pdf(after, identity[0], signed_at=SIGNED), [before], identity)) == [code]


def test_a_report_that_was_never_printed_is_known_by_its_data_and_circles_end(
    procedures: Layout, report: Filling, identity: tuple[Identity, bytes]
) -> None:
    by_data = Replaced("", OLDER, 1, submission=sha256(report.submission))
    one = sign_pdf(render(procedures, replace(report, replaces=by_data)), identity[0], signed_at=SIGNED)
    assert codes(said(one, [one], identity)) == ["superseded", "replaced_in_circle"]


def test_the_correction_says_on_paper_what_it_replaces(
    procedures: Layout, report: Filling, chain: list[bytes]
) -> None:
    from renderers.pdf.read import read_paper

    words = str(read_paper(chain[1]).parts[0])
    assert "(ThaythếBáocáosố05/BC-UBNDngày05tháng02năm2026)" in words
    assert sha256(chain[0]) in words


def test_the_command_looks_for_the_chain_in_a_folder(
    chain: list[bytes], identity: tuple[Identity, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ban")
    for number, data in enumerate(chain, start=1):
        (folder / f"v{number}.pdf").write_bytes(data)
    (folder / "ca.pem").write_bytes(identity[1])
    trust = ["--trust", str(folder / "ca.pem"), "--among", str(folder)]
    last = CliRunner().invoke(main, ["verify", str(folder / "v3.pdf"), *trust])
    assert last.output.count("bản bị thay thế có ở đây và nguyên vẹn") == 2
    first = CliRunner().invoke(main, ["verify", str(folder / "v1.pdf"), *trust])
    assert first.exit_code == 1
    assert "Báo cáo này đã được thay thế" in first.output
