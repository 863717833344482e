"""The commands that take reports: evaluate, validate, rollup, sign, verify, and the demonstration as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import templates_library
from compiler.package import Library
from compiler.periods import Period
from runtime.signing import make_demo_identity
from tests.server.test_commands import run

_LIBRARY = Path(templates_library.__path__[0])
_KSTT = _LIBRARY / "vpcp" / "kstt"
_HO_TICH = _LIBRARY / "btp" / "ho_tich"


def test_evaluate_fills_computed_cells() -> None:
    result = run("evaluate", _KSTT, _KSTT / "cases" / "dung.json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["data"]["b06a"]["tong"]["c3"] == 637


def test_evaluate_of_a_wrong_report_says_so_beside_the_values() -> None:
    result = run("evaluate", _HO_TICH, _HO_TICH / "cases" / "trong.json")
    assert result.exit_code == 1
    assert "(1) = (4) + (5)" in result.stderr
    assert json.loads(result.stdout)["data"]["b13a"]["so_lieu"]["c1"] == 0


def test_validate_names_every_problem_once_in_text_and_json() -> None:
    wrong = _HO_TICH / "cases" / "sai.json"
    text = run("validate", _HO_TICH, wrong)
    assert text.exit_code == 1
    assert len(text.stdout.splitlines()) == 5
    found = json.loads(run("validate", _HO_TICH, wrong, "--format", "json").stdout)
    assert [each["code"] for each in found] == ["too_many_decimals", *["check_failed"] * 4]


def test_validate_of_a_workbook_names_sheet_and_cell(tmp_path: Path) -> None:
    from runtime.demonstration import made_reports
    from runtime.units import units_of_vietnam
    from server.commands.demo import filled_file

    layout = Library().load(_KSTT).compilation.regimes[0].layout
    tree = units_of_vietnam()
    communes = tuple(tree[code] for code in tree.children("51"))
    wrong = next(made for made in made_reports(layout, communes, 1) if made.slip == "unbalanced")
    path = tmp_path / "bao-cao.xlsx"
    path.write_bytes(filled_file(layout, tree, Period("quarter", 2026, 3), wrong)[1])
    result = run("validate", _KSTT, path)
    assert result.exit_code == 1
    assert "'Biểu II.06a'!C14 (Chứng thực)" in result.stdout


@pytest.mark.parametrize("content", [b"", b"{", b"%PDF-1.7", b"PK\x03\x04", b"\xff\xfe\x00", b"[]"])
def test_validate_of_anything_else_is_a_clear_answer(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bao-cao.bin"
    path.write_bytes(content)
    result = run("validate", _KSTT, path)
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ ")


def test_rollup_is_the_same_whatever_the_order_and_names_what_is_missing(tmp_path: Path) -> None:
    files = sorted((_HO_TICH / "cases" / "tong_hop").glob("*.json"))
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    assert run("rollup", _HO_TICH, "--period", "2026", "-o", first, *files).exit_code == 0
    assert run("rollup", _HO_TICH, "--period", "2026", "-o", second, *reversed(files)).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    total = json.loads(first.read_bytes())
    assert (total["unit"], total["coverage"]["included"], total["coverage"]["due"]) == ("51", 3, 96)
    assert len(total["missing"]) == 93
    assert total["data"]["b13a"]["so_lieu"]["c20"] == 25.9
    assert total["reports_per_cell"]["b13a[so_lieu].c20"] == 2


def test_rollup_refuses_what_has_no_place_in_it(tmp_path: Path) -> None:
    files = sorted((_HO_TICH / "cases" / "tong_hop").glob("*.json"))
    document = json.loads(files[0].read_bytes())
    stranger, later, twice = tmp_path / "la.json", tmp_path / "ky.json", tmp_path / "hai.json"
    stranger.write_text(json.dumps({**document, "unit": "99999"}), encoding="utf-8")
    later.write_text(json.dumps({**document, "unit": "21043", "period": "2027"}), encoding="utf-8")
    twice.write_text(json.dumps(document), encoding="utf-8")
    output = tmp_path / "tong.json"
    result = run("rollup", _HO_TICH, "--period", "2026", "-o", output, *files, stranger, later, twice)
    assert result.exit_code == 1
    assert "Không có đơn vị «99999»" in result.stderr
    assert "đã có báo cáo trong tệp" in result.stderr
    assert f"{later}: không nhận" in result.stderr
    assert json.loads(output.read_bytes())["coverage"]["included"] == 3


def test_rollup_with_a_wrong_unit_file_lists_its_errors(tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text(
        "code,parent,level,kind,name\n51,,province,Tỉnh,A\n51,x,commune,Xã,B\n", encoding="utf-8"
    )
    case = _HO_TICH / "cases" / "dung.json"
    result = run("rollup", _HO_TICH, "--units", units, "--period", "2026", "-o", tmp_path / "t.json", case)
    assert result.exit_code == 1
    assert result.stderr.count("✗") == 2
    assert not (tmp_path / "t.json").exists()


def test_sign_then_verify_then_change_a_byte(tmp_path: Path) -> None:
    assert run("build", _HO_TICH, "-o", tmp_path).exit_code == 0
    pdf, key, secret = tmp_path / "ho_tich_13a" / "form.pdf", tmp_path / "key.p12", tmp_path / "secret"
    identity = make_demo_identity("Người ký dùng thử", passphrase=b"mat khau")
    key.write_bytes(identity.pkcs12)
    (tmp_path / "ca.pem").write_bytes(identity.authority)
    secret.write_text("mat khau\n", encoding="utf-8")
    signed = tmp_path / "signed.pdf"
    done = run("sign", pdf, "--key", key, "--passphrase-file", secret, "-o", signed)
    assert done.exit_code == 0, done.output
    sound = run("verify", signed, "--trust", tmp_path / "ca.pem")
    assert sound.exit_code == 0, sound.output
    assert "nguyên vẹn" in sound.output
    assert run("verify", signed).exit_code == 1
    data = bytearray(signed.read_bytes())
    data[len(data) // 3] ^= 1
    signed.write_bytes(data)
    assert run("verify", signed, "--trust", tmp_path / "ca.pem").exit_code == 1


def test_sign_with_a_wrong_passphrase_is_told(tmp_path: Path) -> None:
    key, secret, pdf = tmp_path / "key.p12", tmp_path / "secret", tmp_path / "a.pdf"
    key.write_bytes(make_demo_identity("A", passphrase=b"dung").pkcs12)
    secret.write_text("sai", encoding="utf-8")
    pdf.write_bytes(b"%PDF-1.7\n")
    result = run("sign", pdf, "--key", key, "--passphrase-file", secret, "-o", tmp_path / "b.pdf")
    assert result.exit_code == 1
    assert "Không ký được" in result.output
    assert not (tmp_path / "b.pdf").exists()


def test_the_demonstration_on_files_plays_the_whole_quarter(tmp_path: Path) -> None:
    result = run("demo", "--offline", "--no-serve", "-o", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert "94/96 đơn vị gửi báo cáo" in result.output
    assert "Nhận 89 báo cáo, không nhận 5" in result.output
    assert "Tổng hợp từ 89/96 đơn vị" in result.output
    assert "khớp với số liệu kèm theo" in result.output
    total = json.loads((tmp_path / "demo" / "total.json").read_bytes())
    row = total["data"]["b06a"]["tong"]
    assert row["c3"] == row["c7"] + row["c11"]
    assert row["c3"] == sum(cells["c3"] for name, cells in total["data"]["b06a"].items() if name != "tong")
    assert set(total["missing"]).isdisjoint(source["unit"] for source in total["sources"])


def test_the_demonstration_leaves_other_peoples_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "quan_trong.txt").write_text("giữ lại", encoding="utf-8")
    result = run("demo", "--offline", "--no-serve", "-o", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "quan_trong.txt").exists()


def test_rollup_writes_its_tables_as_sheets(tmp_path: Path) -> None:
    import csv

    from openpyxl import load_workbook

    cases = sorted((_HO_TICH / "cases" / "tong_hop").glob("*.json"))
    csv_file, workbook = tmp_path / "tong.csv", tmp_path / "tong.xlsx"
    arguments: list[str | Path] = [
        "rollup",
        _HO_TICH,
        "--period",
        "2026",
        "-o",
        tmp_path / "tong.json",
        *cases,
    ]
    result = run(*arguments, "--sheet", csv_file, "--sheet", workbook)
    assert result.exit_code == 0, result.stderr
    heading, row = csv.reader(csv_file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    assert dict(zip(heading, row, strict=True))["(20) " + _AGE + " (tuổi)"] == "25,9"
    cells = list(load_workbook(workbook)["13a BTP HTQTCT HT"].iter_rows(values_only=True))
    assert dict(zip(cells[0], cells[1], strict=True))["(20) " + _AGE + " (tuổi)"] == 25.9
    refused = run(*arguments, "--sheet", tmp_path / "tong.ods")
    assert refused.exit_code == 2


_AGE = "Kết hôn › Đăng ký mới › Tuổi kết hôn trung bình lần đầu › Nam"
