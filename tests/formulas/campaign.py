"""The long search for disagreements: random formulas on random inputs. `script/campaign` runs it.

Python, V8 and DuckDB are tried together, pair by pair; LibreOffice on workbooks of many pairs. Hypothesis shrinks what
it finds to the smallest formula and input, told as a row of the data files. Exit 0 where all was tried and nothing is
found; stopped before its end (Ctrl-C), it prints what was tried so far.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from compiler.formula.emit.excel import BeyondExcel, formula
from compiler.formula.grain import cell_types
from runtime.agreement.columns import duckdb_columns
from runtime.agreement.engines import EmbeddedV8, Engine, GeneratedPython, Reference
from runtime.agreement.office import NAME, Office
from tests.formulas.generator import Formula, Inputs, pairs
from tests.formulas.rows import Suite
from tests.formulas.sheets import BLANKS, gives, written
from tests.formulas.trials import Disagreement, allowed_in_doubles, row, tried

INPUTS = 20
"""Inputs on which each formula is tried: a query over that many reports costs little more than over one."""

ROWS = 50
"""Pairs in one workbook: as many as Hypothesis draws in one example with ease."""

ROUND = 500
"""Examples of one run of Hypothesis: it remembers them all, so a campaign is many runs."""

DIGITS = 7
"""Digits of numbers in workbooks: what a spreadsheet computes of longer ones outgrows its 15 too often to tell much."""


@dataclass
class Counts:
    """What was tried so far. refused: pairs too large for any engine. allowed: what a workbook isn't held to."""

    pairs: int = 0
    refused: int = 0
    allowed: int = 0
    formulas: set[str] = field(default_factory=set)


def main() -> int:
    """Run both campaigns and print their counts."""
    parser = argparse.ArgumentParser(description="Random formulas in every engine, against the reference.")
    parser.add_argument("--pairs", type=int, default=200_000, help="pairs of a formula and an input (200000)")
    parser.add_argument("--office", type=int, default=2_000, help="pairs in workbooks by LibreOffice (2000)")
    parser.add_argument("--seed", type=int, default=0, help="where the search begins (0)")
    given_arguments = parser.parse_args()
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}/{task.total:,}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    found: list[Disagreement] = []
    stopped = False
    with Progress(*columns, console=console, transient=True) as progress:
        for name, total, campaign in (
            ("Python, V8, DuckDB", given_arguments.pairs, _integers),
            (NAME, given_arguments.office, _office),
        ):
            counts, start = Counts(), time.monotonic()
            task = progress.add_task(name, total=total)
            try:
                campaign(counts, total, given_arguments.seed, progress, task)
            except Disagreement as disagreement:
                found.append(disagreement)
            except KeyboardInterrupt:
                stopped = True
            progress.remove_task(task)
            sys.stdout.write(
                f"{name}: {counts.pairs:,} pairs, {len(counts.formulas):,} different formulas, "
                f"{counts.refused:,} refused for their size by all, {counts.allowed:,} beyond what doubles hold, "
                f"{sum(one.engine in name for one in found)} disagreements, {time.monotonic() - start:,.0f} s\n"
            )
            sys.stdout.flush()
            if stopped:
                break
    for one in found:
        sys.stdout.write(f"✗ {one}\n")
    return 1 if found or stopped else 0


def _integers(counts: Counts, total: int, first: int, progress: Progress, task: TaskID) -> None:
    engines: list[Engine] = [GeneratedPython(), EmbeddedV8(), duckdb_columns()]
    number = 0
    while counts.pairs < total:
        examples = min(ROUND, -(-(total - counts.pairs) // INPUTS))

        @seed(first + number)
        @_settings(examples)
        @given(pair=pairs(INPUTS))
        def search(pair: tuple[Formula, list[Inputs]]) -> None:
            counts.refused += tried(engines, *pair)
            counts.pairs += len(pair[1])
            counts.formulas.add(" ".join(pair[0]))
            progress.update(task, completed=min(counts.pairs, total))

        search()
        number += 1


def _office(counts: Counts, total: int, first: int, progress: Progress, task: TaskID) -> None:
    number = 0
    with Office() as office:
        while counts.pairs < total:
            examples = min(ROUND, -(-(total - counts.pairs) // ROWS))

            @seed(first + number)
            @_settings(examples)
            @given(batch=st.lists(pairs(1, depth=2, longest=DIGITS), min_size=ROWS, max_size=ROWS))
            def search(batch: list[tuple[Formula, list[Inputs]]]) -> None:
                counts.allowed += tried_in_a_workbook(office, [(one, inputs[0]) for one, inputs in batch])
                counts.pairs += len(batch)
                counts.formulas.update(" ".join(one) for one, _ in batch)
                progress.update(task, completed=min(counts.pairs, total))

            search()
            number += 1


def tried_in_a_workbook(office: Office, batch: Sequence[tuple[Formula, Inputs]]) -> int:
    """Many pairs in one workbook; gives how many differ as doubles may. Raises Disagreement."""
    rows = [row(f"t{number}", *pair) for number, pair in enumerate(batch)]
    kept = []
    for one in rows:
        suite = Suite((one,))
        (right,) = Reference().evaluate(suite.layout, [suite.values])
        try:
            formula(one.expression, one.type, lambda _: "AA1000", cell_types(suite.layout))
        except BeyondExcel:
            continue
        if right is not None:
            kept.append((one, suite.results(right)[one.name]))
    if not kept:
        return 0
    book = written(Suite(tuple(one for one, _ in kept)))
    values = book.read(office.computed([book.data])[0])
    allowed = 0
    by_name = {one.name: pair for one, pair in zip(rows, batch, strict=True)}
    for one, expected in kept:
        for sheet in BLANKS:
            found = values[sheet][one.name]
            if gives(one, found, expected):
                continue
            if allowed_in_doubles(one, expected, found):
                allowed += 1
                continue
            raise Disagreement(NAME, *by_name[one.name], found, expected)
    return allowed


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


if __name__ == "__main__":
    sys.exit(main())
