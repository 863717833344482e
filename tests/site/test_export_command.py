"""`bieu export`: the lists of a store without the site."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook

from tests.server.test_commands import run
from tests.site.conftest import PERIOD, REGIME, Site

Export = Callable[..., Result]


@pytest.fixture
def export(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run("export", *arguments, "--db", f"sqlite:///{tmp_path / 'site.db'}")


def read(path: Path) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


@pytest.mark.parametrize(
    ("what", "column", "found"),
    [
        ("reports", "Mã đơn vị", ["20194", "21025", "21034", "21040"]),
        ("units", "Mã đơn vị", ["VN", "48", "20194", "51", "21025", "21034", "21040"]),
        ("rounds", "Mã kỳ", [PERIOD.code]),
        ("forms", "Mã chế độ", [REGIME]),
        ("people", "Vai trò", None),
        ("log", "Chuỗi", None),
    ],
)
def test_every_list(export: Export, tmp_path: Path, what: str, column: str, found: list[str] | None) -> None:
    out = tmp_path / "out.csv"
    result = export(what, "-o", out)
    assert result.exit_code == 0, result.output
    rows = [row[column] for row in read(out)]
    assert rows == found if found is not None else rows


def test_a_total_and_its_coverage(export: Export, tmp_path: Path) -> None:
    place = ("--regime", REGIME, "--period", PERIOD.code, "--unit", "51")
    assert export("coverage", "-o", tmp_path / "a.csv", *place).exit_code == 0
    assert [row["Vào tổng hợp"] for row in read(tmp_path / "a.csv")] == ["Không"] * 3
    assert export("total", "-o", tmp_path / "b.xlsx", "--by-unit", *place).exit_code == 0
    rows = list(load_workbook(tmp_path / "b.xlsx")["01 XLD"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["21025", "21034", "21040"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("reports", "-o", "a.ods"),
        ("reports", "-o", "a.csv", "--period", "nope"),
        ("total", "-o", "a.csv", "--regime", REGIME),
        ("total", "-o", "a.csv", "--regime", "khac", "--period", PERIOD.code, "--unit", "51"),
    ],
)
def test_wrong_use(export: Export, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert export(*arguments).exit_code == 2
    assert not (tmp_path / "a.csv").exists()


def test_the_log_is_all_of_it(export: Export, site: Site, tmp_path: Path) -> None:
    assert export("log", "-o", tmp_path / "all.csv").exit_code == 0
    assert export("log", "-o", tmp_path / "users.csv", "--chain", "user/").exit_code == 0
    everything, users = read(tmp_path / "all.csv"), read(tmp_path / "users.csv")
    assert {row["Chuỗi"].partition("/")[0] for row in users} == {"user"}
    assert {row["Chuỗi"].partition("/")[0] for row in everything} == {"user", "units", "report", "template"}
    assert [row["Mã kiểm tra"] for row in users] == [
        row["Mã kiểm tra"] for row in everything if row["Chuỗi"].startswith("user/")
    ]
    assert all("mật khẩu dùng thử" not in row["Nội dung khác"] for row in everything)
