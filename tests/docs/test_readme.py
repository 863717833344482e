"""The tours of README and docs/packages.md are real: every command of their `console` blocks is run, in order, and
prints what the page says.

A line that is only "…" stands for any lines. Blocks marked `sh` are for the reader's own machine and are not run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One command and the output the page shows for it."""

    command: str
    output: tuple[str, ...]


def _steps(page: str) -> list[Step]:
    steps: list[Step] = []
    for block in _BLOCK.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            while command.endswith("\\"):
                command = command[:-1] + output.pop(0).strip()
            steps.append(Step(command, tuple(line.rstrip() for line in output)))
    return steps


def _pattern(output: tuple[str, ...]) -> str:
    lines = [r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in output]
    return "".join(lines)


@pytest.mark.parametrize(
    "page", ["README.md", "docs/import.md", "docs/packages.md", "docs/tutorial/README.md"]
)
def test_tour_prints_what_the_page_says(tmp_path: Path, page: str) -> None:
    steps = _steps((_ROOT / page).read_text(encoding="utf-8"))
    assert len(steps) >= 4
    for name in ("templates_library", "docs"):
        shutil.copytree(_ROOT / name, tmp_path / name)
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
        if not re.fullmatch(_pattern(step.output), printed):
            pytest.fail(
                f"$ {step.command}\n--- the page says\n{chr(10).join(step.output)}\n--- it prints\n{printed}"
            )
