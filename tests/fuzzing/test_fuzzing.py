"""Every target takes its seeds and what campaigns have found before, and a short campaign finds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.targets import TARGETS, seeds

_HERE = Path(__file__).parent
_FOUND = sorted(path for path in (_HERE / "found").iterdir() if path.suffix != ".md")
RUNS = {"parser": 150, "compiler": 150, "formatter": 100, "prover": 60, "package": 2000, "archive": 300}
"""How many inputs a short campaign tries: some seconds."""


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_what_was_found_before_break_nothing(target: str) -> None:
    started = list(seeds(target))
    assert len(started) >= 4
    for data in (*started, *(path.read_bytes() for path in _FOUND)):
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_a_short_campaign_finds_nothing(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzzing.campaign", target, f"runs={RUNS[target]}", "-seed=239"]
    environment = {**os.environ, "BIEU_FUZZ_FOLDER": str(tmp_path)}
    root = str(_HERE.parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    assert list((tmp_path / "found").iterdir()) == []
    assert "stat::number_of_executed_units" in done.stderr


def test_a_broken_law_is_found(tmp_path: Path) -> None:
    """The campaign can fail: a target that refuses one of its seeds ends it, and the seed is left behind."""
    script = (
        "import sys; from tests.fuzzing import campaign, targets\n"
        "def picky(data):\n    assert b'regime' not in data\n"
        "targets.TARGETS = {**targets.TARGETS, 'parser': picky}\n"
        "campaign.main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", script, "parser", "runs=50"]
    root = str(_HERE.parents[1])
    environment = {
        **os.environ,
        "BIEU_FUZZ_FOLDER": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH")))),
    }
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
    assert done.returncode != 0
    assert len(list((tmp_path / "found").glob("parser-crash-*"))) == 1
