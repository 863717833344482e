"""The commands on packages that use others: lock, pack, and what needs a lock."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

import templates_library
from server.cli import main

_LIBRARY = Path(templates_library.__path__[0])


def run(*arguments: str | Path) -> Result:
    """`bieu` with these arguments."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def copy(folder: Path) -> Path:
    """The shipped packages, where they may be changed."""
    return shutil.copytree(_LIBRARY, folder / "goi")


def test_shipped_locks_are_what_lock_writes() -> None:
    result = run("lock", "--check", _LIBRARY)
    assert (result.exit_code, result.output) == (0, "")


def test_lock_says_what_changed_and_a_second_run_nothing(tmp_path: Path) -> None:
    packages = copy(tmp_path)
    source = packages / "danh_muc" / "chung" / "chung.bieu"
    source.write_text(source.read_text(encoding="utf-8").replace("chung 1.0.0", "chung 1.1.0"), "utf-8")
    kstt = packages / "vpcp" / "kstt"
    checked = run("lock", kstt, "--check")
    assert checked.exit_code == 1
    assert "không còn đúng" in checked.output
    locked = run("lock", kstt)
    assert locked.exit_code == 0
    assert "danh_muc.chung 1.1.0" in locked.output
    assert "trước: 1.0.0" in locked.output
    assert run("lock", kstt).output == ""
    assert run("check", kstt).exit_code == 0


def test_lock_is_taken_away_with_the_last_use(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    path.write_text('package a 1.0.0 "A"\n', encoding="utf-8")
    path.with_suffix(".lock").write_text("format = 1\n", encoding="utf-8")
    assert run("lock", path).exit_code == 0
    assert not path.with_suffix(".lock").exists()


def test_lock_prints_what_is_wrong_with_a_package(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    path.write_text('package a 1.0.0 "A"\nuse khong_co ^1.0\n', encoding="utf-8")
    result = run("lock", path)
    assert result.exit_code == 1
    assert "BIEU0207" in result.output
    assert not path.with_suffix(".lock").exists()


def test_build_without_a_lock_is_refused(tmp_path: Path) -> None:
    packages = copy(tmp_path)
    kstt = packages / "vpcp" / "kstt"
    (kstt / "bieu.lock").unlink()
    assert run("check", kstt).exit_code == 0
    result = run("build", kstt, "-o", tmp_path / "ra")
    assert result.exit_code == 1
    assert "BIEU0321" in result.output
    assert f"bieu lock {kstt}" in result.output
    assert not (tmp_path / "ra").exists()


def test_packed_package_serves_in_a_library(tmp_path: Path) -> None:
    library = tmp_path / "kho"
    packed = run("pack", _LIBRARY / "danh_muc" / "chung", "-o", library)
    assert packed.output == f"{library / 'danh_muc.chung-1.0.0.zip'}\n"
    first = (library / "danh_muc.chung-1.0.0.zip").read_bytes()
    assert run("pack", _LIBRARY / "danh_muc" / "chung", "-o", library).exit_code == 0
    assert (library / "danh_muc.chung-1.0.0.zip").read_bytes() == first
    alone = shutil.copytree(_LIBRARY / "vpcp" / "kstt", tmp_path / "rieng" / "vpcp" / "kstt")
    assert run("check", alone).exit_code == 1
    # The archive has the hash of the folder that the shipped lock was made with.
    assert run("check", alone, "--library", library).output == "Đạt: 1 gói, 1 chế độ báo cáo.\n"
    archived = run("pack", alone, "-o", library, "--library", library)
    assert archived.exit_code == 0
    assert run("check", library / "vpcp.kstt-1.0.0.zip").output == "Đạt: 1 gói, 1 chế độ báo cáo.\n"


_CATALOGUE = """package danh_muc 1.0.0 "Danh mục"
measure ho_so "hồ sơ"
indicator tiep_nhan "Số hồ sơ tiếp nhận" {
  measure ho_so
}
"""
_ASKING = """package NAME 1.0.0 "X"
use danh_muc ^1.0
regime NAME_quy "X" {
  period quarter
  filled by commune
  goes to province
  table t "T" {
    columns {
      c1 "Tiếp nhận" integer indicator tiep_nhanMORE
    }
    rows {
      row x "X"
    }
  }
}
"""


def _asking(folder: Path, name: str, more: str = "") -> None:
    (folder / name).mkdir()
    text = _ASKING.replace("NAME", name).replace("MORE", more)
    (folder / name / "goi.bieu").write_text(text, encoding="utf-8")


def test_two_packages_that_ask_for_one_indicator_are_shown_together(tmp_path: Path) -> None:
    (tmp_path / "danh_muc").mkdir()
    (tmp_path / "danh_muc" / "goi.bieu").write_text(_CATALOGUE, encoding="utf-8")
    _asking(tmp_path, "mot")
    _asking(tmp_path, "hai")
    result = run("check", tmp_path, "--language", "en")
    assert result.exit_code == 0
    assert "in hai_quy.t (c1) and in mot_quy.t (c1)" in result.output
    assert "hai/goi.bieu:9:30: asked here already" in result.output
    assert run("check", tmp_path / "mot").output == "Đạt: 1 gói, 1 chế độ báo cáo.\n"
    found = json.loads(run("check", tmp_path, "--format", "json").output)
    assert [each["code"] for each in found] == ["BIEU0334"]


def test_place_that_is_said_to_be_the_same_in_another_package_is_not_asked_twice(tmp_path: Path) -> None:
    (tmp_path / "danh_muc").mkdir()
    (tmp_path / "danh_muc" / "goi.bieu").write_text(_CATALOGUE, encoding="utf-8")
    _asking(tmp_path, "mot")
    _asking(tmp_path, "hai", " same as mot_quy.t")
    assert run("check", tmp_path).output == "Đạt: 3 gói, 2 chế độ báo cáo.\n"


def _version(folder: Path, version: str, force: str) -> None:
    (folder / version).mkdir(parents=True)
    text = f'package a {version} "A"\neffective {force}\n' + _ASKING.partition("\n\n")[0].split("\n", 2)[2]
    text = text.replace("NAME", "a").replace(" indicator tiep_nhanMORE", "")
    (folder / version / "goi.bieu").write_text(text, encoding="utf-8")


def test_editions_are_listed_in_time_from_folders_and_archives(tmp_path: Path) -> None:
    _version(tmp_path / "moi", "2.0.0", "from 2026-01-01")
    _version(tmp_path / "cu", "1.0.0", "from 2025-01-01 until 2025-12-31")
    assert run("pack", tmp_path / "cu" / "1.0.0", "-o", tmp_path / "moi").exit_code == 0
    result = run("editions", tmp_path / "moi")
    assert result.exit_code == 0
    assert result.output.splitlines()[1:] == [
        "  a 1.0.0: từ 01/01/2025 đến 31/12/2025",
        "  a 2.0.0: từ 01/01/2026",
    ]
    held = run("editions", tmp_path / "moi", "--period", "2025-Q4").output
    assert "2025-Q4, chốt số liệu 14/12/2025: a 1.0.0, mã" in held
    assert "không phiên bản nào" in run("editions", tmp_path / "moi", "--period", "2024-Q4").output
    assert run("editions", tmp_path / "moi", "--period", "2024-Q4").exit_code == 1
    assert "chế độ không có kỳ này" in run("editions", tmp_path / "moi", "--period", "2025").output
    assert run("editions", tmp_path / "moi", "--period", "quý 4").exit_code == 2


def test_check_and_editions_refuse_two_that_claim_a_day(tmp_path: Path) -> None:
    _version(tmp_path, "2.0.0", "from 2026-01-01")
    _version(tmp_path, "1.0.0", "from 2025-01-01 until 2026-01-01")
    for name in ("check", "editions"):
        result = run(name, tmp_path, "--language", "en")
        assert result.exit_code == 1
        assert "versions 1.0.0 and 2.0.0 of regime `a_quy` are both in force from 2026-01-01" in result.output
