"""`bieu validate --from`: what a report takes over from files, where there is no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from server.cli import main

FORM = Path(__file__).parents[1] / "contract" / "forms" / "xu_ly_don.bieu"


def written(folder: Path, name: str, regime: str, period: str, data: dict[str, Any]) -> Path:
    head = {"regime": regime, "version": "1.0.0", "unit": "21025", "period": period}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(head | {"data": data}), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["validate", str(FORM), *map(str, arguments)])
    return result.exit_code, result.output


def test_cells_of_other_regimes_and_the_year_to_date_come_from_the_given_files(tmp_path: Path) -> None:
    complaints = written(tmp_path, "q2_02", "xld_02", "2026-Q2", {"b02": {"tong": {"c1": 12}}})
    charges = written(tmp_path, "q2_03", "xld_03", "2026-Q2", {"b03": {"tong": {"c1": 3}}})
    plan = written(tmp_path, "nam", "ke_hoach", "2026", {"kh": {"tong": {"c1": 40}}})
    first = written(tmp_path, "q1", "xld_01", "2026-Q1", {"b01": {"tong": {"c3": 6}}})
    right = {"c1": 15, "c3": 4, "c4": 10, "c5": 40, "c6": 0.25}
    report = written(tmp_path, "q2", "xld_01", "2026-Q2", {"b01": {"tong": right}})
    given = [part for path in (complaints, charges, plan, first) for part in ("--from", path)]
    code, said = run(report, "--regime", "xld_01", *given)
    assert (code, "Đạt" in said) == (0, True), said

    wrong = written(tmp_path, "sai", "xld_01", "2026-Q2", {"b01": {"tong": right | {"c1": 16, "c4": 4}}})
    code, said = run(wrong, "--regime", "xld_01", *given)
    assert code == 1
    assert "b01[tong].c1" in said
    assert "b01[tong].c4" in said


def test_of_a_year_to_date_a_period_without_a_file_is_missing(tmp_path: Path) -> None:
    first = written(tmp_path, "q1", "xld_01", "2026-Q1", {"b01": {"tong": {"c3": 6}}})
    report = written(tmp_path, "q3", "xld_01", "2026-Q3", {"b01": {"tong": {"c3": 4, "c4": 10}}})
    code, said = run(report, "--regime", "xld_01", "--from", first)
    assert code == 1
    assert "b01[tong].c4" in said


def test_a_given_file_that_no_regime_takes_is_refused(tmp_path: Path) -> None:
    other = written(tmp_path, "la", "khong_co", "2026-Q1", {})
    report = written(tmp_path, "q3", "xld_01", "2026-Q3", {"b01": {"tong": {"c3": 4}}})
    code, said = run(report, "--regime", "xld_01", "--from", other)
    assert code == 1
    assert "không nhận" in said
