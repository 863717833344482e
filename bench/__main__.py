"""Runs all comparisons, shows them as a table and writes them to `build/bench.json`.

Exit 0 where both sides of every comparison agree and every ratio asked for is met, 1 otherwise.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bench.comparisons import Comparison, Disagreement, comparisons
from bench.measure import Measured, measure, rounds

RESULT = Path("build/bench.json")


def main() -> int:
    """Measure everything."""
    console = Console()
    found: list[tuple[Comparison, Measured]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for comparison in comparisons():
                task = progress.add_task(comparison.name, total=rounds())
                measured = measure(comparison.base, comparison.subject, partial(progress.advance, task))
                found.append((comparison, measured))
                progress.remove_task(task)
    except Disagreement as disagreement:
        console.print(f"[red]✗[/red] the sides do not agree: {disagreement}", highlight=False)
        return 1
    console.print(_table(found))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(_plain(found), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if all(_met(*one) for one in found) else 1


def _met(comparison: Comparison, measured: Measured) -> bool:
    return comparison.at_most is None or measured.ratio <= comparison.at_most


def _table(found: list[tuple[Comparison, Measured]]) -> Table:
    table = Table(title="Ratios to the floors, medians of one run")
    for heading in ("work", "against", "floor", "bieu", "ratio", "asked"):
        table.add_column(heading, justify="left" if heading in {"work", "against"} else "right")
    for comparison, measured in found:
        asked = "–" if comparison.at_most is None else f"≤ {comparison.at_most:g}"
        mark = "" if comparison.at_most is None else " ✓" if _met(comparison, measured) else " ✗"
        table.add_row(
            comparison.name,
            comparison.base_name,
            _time(measured.base),
            _time(measured.subject),
            f"{measured.ratio:.3g}",
            asked + mark,
        )
    return table


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"


def _plain(found: list[tuple[Comparison, Measured]]) -> object:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "results": [
            {
                "work": comparison.name,
                "against": comparison.base_name,
                "floor_seconds": measured.base,
                "bieu_seconds": measured.subject,
                "ratio": round(measured.ratio, 3),
                "at_most": comparison.at_most,
                "met": _met(comparison, measured),
            }
            for comparison, measured in found
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
