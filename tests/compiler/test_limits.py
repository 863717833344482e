"""Limits are settings: their defaults, what the environment may say, and that no other limit hides in the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import compiler
import dsl
from compiler.package import Library
from compiler.template import load_template, template_bytes
from dsl.limits import LIMITS, WrongLimit, limit

_TESTS = Path(__file__).parents[1]


def test_the_environment_sets_a_limit() -> None:
    assert limit("BIEU_MAX_CELLS", {}) == LIMITS["BIEU_MAX_CELLS"].default
    assert limit("BIEU_MAX_CELLS", {"BIEU_MAX_CELLS": " 5000 "}) == 5000
    assert limit("BIEU_MAX_CELLS", {"BIEU_MAX_CELLS": ""}) == LIMITS["BIEU_MAX_CELLS"].default


@pytest.mark.parametrize("written", ["x", "-1", "1.5", "1e6", "٥٠٠٠", "1", "999999999999"])
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(WrongLimit, match="BIEU_MAX_CELLS"):
        limit("BIEU_MAX_CELLS", {"BIEU_MAX_CELLS": written})


@pytest.mark.parametrize("variable", LIMITS)
def test_defaults_are_in_their_own_range(variable: str) -> None:
    known = LIMITS[variable]
    assert known.variable == variable
    assert known.least <= known.default <= known.most


def test_no_limit_hides_in_the_code() -> None:
    for package in (dsl, compiler):
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            for name, value in re.findall(
                r"^(MAX\w*|\w*LIMIT\w*) = ([\d_]+)$", path.read_text(encoding="utf-8"), re.M
            ):
                pytest.fail(
                    f"{path.name}: give {name} = {value} a row in dsl/limits.py and read it with limit(…)"
                )


def test_a_command_runs_under_a_limit_or_says_that_it_is_none() -> None:
    def run(value: str) -> subprocess.CompletedProcess[str]:
        path = str(_TESTS / "good/compiled/rows.bieu")
        return subprocess.run(
            [sys.executable, "-c", "from server.cli import main; main()", "check", path],
            env={**os.environ, "BIEU_MAX_BLOCKS": value},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("64").returncode == 0
    refused = run("9000")
    assert refused.returncode == 2
    assert "BIEU_MAX_BLOCKS=9000" in refused.stderr


def test_a_template_with_more_cells_than_the_limit_is_no_template() -> None:
    (regime,) = Library().load(_TESTS / "good/compiled/rows.bieu").compilation.regimes
    (table, *_) = regime.template.tables
    rows = tuple(
        row.model_copy(update={"name": f"r{number}"}) for number in range(1000) for row in table.rows[:1]
    )
    columns = tuple(
        column.model_copy(update={"name": f"k{number}"})
        for number in range(200)
        for column in table.columns[:1]
    )
    large = table.model_copy(update={"rows": rows, "columns": columns})
    forged = regime.template.model_copy(update={"tables": (large,)})
    with pytest.raises(ValueError, match="cells"):
        load_template(template_bytes(forged))
