"""docs/import.md is real: its commands are run and print what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.test_readme import _pattern, _steps

_ROOT = Path(__file__).parents[2]


def test_the_page_prints_what_it_says(tmp_path: Path) -> None:
    steps = _steps((_ROOT / "docs" / "import.md").read_text(encoding="utf-8"))
    assert len(steps) >= 4
    shutil.copytree(_ROOT / "templates_library", tmp_path / "templates_library")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "LC_ALL": "C.UTF-8",
    }
    for step in steps:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        printed = "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())
        assert re.fullmatch(_pattern(step.output), printed), f"$ {step.command}\n{printed}"
