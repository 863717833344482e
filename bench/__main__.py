"""Runs all comparisons, shows them as a table and writes them to `build/bench.json`.

Exit 0 where both sides of every comparison agree and everything asked for is met, 1 otherwise.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bench import columns as wide
from bench import live, paper, site, workbooks
from bench.comparisons import Comparison, Disagreement, Duration, Size, comparisons
from bench.measure import Measured, measure, rounds

RESULT = Path("build/bench.json")


@dataclass(frozen=True)
class Ratio:
    """A comparison and what came of it."""

    comparison: Comparison
    measured: Measured

    @property
    def met(self) -> bool:
        """Whether it is what was asked for, if anything was."""
        return self.comparison.at_most is None or self.measured.ratio <= self.comparison.at_most

    def row(self) -> tuple[str, ...]:
        """As a line of the table."""
        asked = "–" if self.comparison.at_most is None else f"≤ {self.comparison.at_most:g} {_mark(self.met)}"
        times = (_time(self.measured.base), _time(self.measured.subject))
        return (self.comparison.name, self.comparison.base_name, *times, f"{self.measured.ratio:.3g}", asked)

    def plain(self) -> dict[str, object]:
        """As an item of the file."""
        return {
            "work": self.comparison.name,
            "against": self.comparison.base_name,
            "floor_seconds": self.measured.base,
            "bieu_seconds": self.measured.subject,
            "ratio": round(self.measured.ratio, 3),
            "at_most": self.comparison.at_most,
            "met": self.met,
        }


@dataclass(frozen=True)
class Weight:
    """A size beside what was asked for."""

    size: Size

    @property
    def met(self) -> bool:
        """Whether it is small enough."""
        return self.size.bytes < self.size.under

    def row(self) -> tuple[str, ...]:
        """As a line of the table."""
        asked = f"< {_kilobytes(self.size.under)} {_mark(self.met)}"
        return (self.size.name, "–", "–", _kilobytes(self.size.bytes), "–", asked)

    def plain(self) -> dict[str, object]:
        """As an item of the file."""
        size = self.size
        return {"work": size.name, "bytes": size.bytes, "under_bytes": size.under, "met": self.met}


@dataclass(frozen=True)
class Time:
    """A duration beside what was asked for: the median of as many pieces as a ratio has pairs."""

    duration: Duration
    seconds: float

    @property
    def met(self) -> bool:
        """Whether it is short enough."""
        return self.seconds < self.duration.under

    def row(self) -> tuple[str, ...]:
        """As a line of the table."""
        asked = f"< {_time(self.duration.under)} {_mark(self.met)}"
        return (self.duration.name, "–", "–", _time(self.seconds), "–", asked)

    def plain(self) -> dict[str, object]:
        """As an item of the file."""
        duration = self.duration
        return {
            "work": duration.name,
            "seconds": self.seconds,
            "under_seconds": duration.under,
            "met": self.met,
        }


Result = Ratio | Weight | Time


def main() -> int:
    """Measure everything."""
    console = Console()
    try:
        found = list(_results())
    except Disagreement as disagreement:
        console.print(f"[red]✗[/red] the sides do not agree: {disagreement}", highlight=False)
        return 1
    console.print(_table(found))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(_plain(found), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if all(one.met for one in found) else 1


def _results() -> Iterator[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        everything = chain(
            comparisons(),
            wide.comparisons(),
            live.comparisons(),
            workbooks.comparisons(),
            paper.comparisons(),
            site.comparisons(),
        )
        for one in everything:
            if isinstance(one, Size):
                yield Weight(one)
                continue
            if isinstance(one, Duration):
                yield Time(one, median(one.work() for _ in range(rounds())))
                continue
            task = progress.add_task(one.name, total=rounds())
            yield Ratio(one, measure(one.base, one.subject, partial(progress.advance, task), one.batch))
            progress.remove_task(task)


def _table(found: list[Result]) -> Table:
    table = Table(title="Ratios to the floors, medians of one run")
    for heading in ("work", "against", "floor", "bieu", "ratio", "asked"):
        table.add_column(heading, justify="left" if heading in {"work", "against"} else "right")
    for one in found:
        table.add_row(*one.row())
    return table


def _mark(met: bool) -> str:
    return "✓" if met else "✗"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.0f} kB"


def _plain(found: list[Result]) -> object:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "results": [one.plain() for one in found],
    }


if __name__ == "__main__":
    sys.exit(main())
