"""`bieu merge`: a folder of workbooks in, the parent's workbook and its manifest out."""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest

import templates_library
from compiler.cells import Layout
from compiler.package import Library
from compiler.periods import Period
from renderers.xlsx.appendix import UNITS
from runtime.demonstration import made_reports
from runtime.units import units_of_vietnam
from server.commands.demo import filled_file
from tests.server.test_commands import run

KSTT = Path(templates_library.__path__[0]) / "vpcp" / "kstt"
Q3 = Period("quarter", 2026, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two communes' workbooks, one of them with a mistake, and what spreadsheet programs leave beside them."""
    made = tmp_path_factory.mktemp("xa") / "bao-cao"
    made.mkdir()
    layout: Layout = Library().load(KSTT).compilation.regimes[0].layout
    tree = units_of_vietnam()
    communes = tuple(tree[code] for code in tree.children("51"))
    reports = [each for each in made_reports(layout, communes, 1) if each.by_workbook][:2]
    reports += [each for each in made_reports(layout, communes, 1) if each.slip == "unbalanced"]
    for each in reports:
        (made / f"{each.unit.code}.xlsx").write_bytes(filled_file(layout, tree, Q3, each)[1])
    (made / "~$tam.xlsx").write_bytes(b"x")
    (made / "ghi chu.txt").write_text("x", encoding="utf-8")
    return made


def test_a_folder_becomes_the_parents_workbook(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "tong.xlsx"
    result = run("merge", folder, "-o", target)
    assert result.exit_code == 1  # a file was not taken, and is told
    assert "không nhận" in result.stderr
    assert "Nhận giải quyết phải bằng" in result.stderr
    assert "2/96" in result.stdout
    manifest = json.loads((tmp_path / "tong.manifest.json").read_bytes())
    hashes = {path.stem: sha256(path.read_bytes()).hexdigest() for path in folder.glob("2*.xlsx")}
    assert {each["unit"]: each["file_sha256"] for each in manifest["sources"]}.items() <= hashes.items()
    book = openpyxl.load_workbook(target)
    rows = list(book[UNITS].iter_rows(min_row=6, values_only=True))
    taken = [row for row in rows if row[3] == "Đã tổng hợp"]
    assert [(row[1], row[4], row[5]) for row in taken] == [
        (unit, f"bao-cao/{unit}.xlsx", hashes[str(unit)])
        for unit in sorted(each["unit"] for each in manifest["sources"])
    ]
    assert sum(row[3] == "Chưa có báo cáo" for row in rows) == 94


def test_an_archive_gives_the_same(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bao-cao.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in folder.iterdir():
            target.write(path, path.name)
        target.writestr("__MACOSX/._x.xlsx", b"x")
    assert run("merge", archive, "-o", tmp_path / "a.xlsx", "--period", "2026-Q3").exit_code == 1
    assert run("merge", folder, "-o", tmp_path / "b.xlsx", "--top", "51", "--package", KSTT).exit_code == 1
    one, two = (json.loads((tmp_path / f"{name}.manifest.json").read_bytes()) for name in ("a", "b"))
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--period", "2026-Q9"], "không phải là mã kỳ"),
        (["--top", "99999"], "Không có đơn vị"),
        (["--package", str(KSTT.parents[1] / "btp" / "ho_tich")], "không có chế độ báo cáo"),
    ],
)
def test_wrong_use_is_told(folder: Path, tmp_path: Path, arguments: list[str], says: str) -> None:
    result = run("merge", folder, "-o", tmp_path / "a.xlsx", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert not (tmp_path / "a.xlsx").exists()


def test_files_that_are_no_workbooks_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    result = run("merge", tmp_path / "a.xlsx", "-o", tmp_path / "b.xlsx")
    assert result.exit_code == 2
    assert "Không tệp nào" in result.stderr
