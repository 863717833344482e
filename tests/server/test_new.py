"""`bieu new`: what it makes compiles without a word, its examples come true, and it is laid out as fmt would."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("period", ["month", "year"])
@pytest.mark.parametrize("level", ["commune", "province"])
def test_a_new_package_compiles_and_its_examples_come_true(
    tmp_path: Path, language: str, period: str, level: str
) -> None:
    folder = tmp_path / "goi"
    options = ["--title", "Thống kê cán bộ", "--period", period, "--filled-by", level, "--language", language]
    made = CliRunner().invoke(main, ["new", "so_noi_vu.can_bo", *options, "-o", str(folder)])
    assert made.exit_code == 0, made.output
    text = (folder / "can_bo.bieu").read_text(encoding="utf-8")
    assert text.startswith(f"# ngôn ngữ: {language}\n")
    assert "Thống kê cán bộ" in text
    checked = CliRunner().invoke(main, ["check", str(folder)])
    assert checked.output == "Đạt: 1 gói, 1 chế độ báo cáo.\n"
    assert CliRunner().invoke(main, ["test", str(folder)]).output == "2 ví dụ đạt, 0 không đạt.\n"
    assert CliRunner().invoke(main, ["fmt", "--check", str(folder)]).exit_code == 0


def test_the_folder_is_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["new", "a.b"]).exit_code == 0
    assert (tmp_path / "a" / "b" / "b.bieu").is_file()
    again = CliRunner().invoke(main, ["new", "a.b"])
    assert again.exit_code == 2
    assert "đã có tệp" in again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Có dấu"], "chữ thường không dấu"),
        (["a..b"], "chữ thường không dấu"),
        (["a.table"], "là từ khóa"),
        (["a", "--title", 'x"y'], "dấu ngoặc kép"),
        (["a", "--title", "  "], "không được trống"),
    ],
)
def test_a_wrong_name_or_title_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["new", *arguments])
    assert result.exit_code == 2
    assert said in result.output
    assert list(tmp_path.iterdir()) == []
