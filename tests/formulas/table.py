"""Prints operations × engines × rows passed. `script/conformance` runs it.

A row of the data files counts for every operation in it. Exit 0 where every row passes in every engine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from compiler.formula.expressions import Call, Expression
from compiler.formula.operations import OPERATIONS
from tests.formulas import engines as running
from tests.formulas.completeness import missing
from tests.formulas.rows import ROWS, Suite


def main() -> int:
    """Run the rows and print the table."""
    parser = argparse.ArgumentParser(description="Operations × engines × conformance rows passed.")
    parser.add_argument(
        "--only", action="append", metavar="ENGINE", help="run this engine alone (repeatable)"
    )
    only: list[str] | None = parser.parse_args().only
    suite = Suite(tuple(ROWS))
    passed = dict(_passed(suite, only))
    table = Table(title=f"{len(OPERATIONS)} operations, {len(suite.rows)} rows", highlight=False)
    table.add_column("operation")
    table.add_column("rows", justify="right")
    for engine in passed:
        table.add_column(engine, justify="right")
    for operation in OPERATIONS:
        names = {row.name for row in suite.rows if operation in _operations(row.expression)}
        counts = [len(names & found) for found in passed.values()]
        table.add_row(
            operation,
            str(len(names)),
            *(f"{count}{'' if count == len(names) else ' ✗'}" for count in counts),
        )
    table.add_section()
    everything = [len(found) for found in passed.values()]
    table.add_row("all", str(len(suite.rows)), *map(str, everything))
    width = None if sys.stdout.isatty() else 140
    console = Console(width=width)
    console.print(table)
    for name, found in passed.items():
        differing = [row.name for row in suite.rows if row.name not in found]
        if differing:
            console.print(f"[red]✗[/red] {name}: {', '.join(differing)}", highlight=False)
    owed = missing(suite)
    for operation, lacks in owed.items():
        console.print(f"[red]✗[/red] {operation} lacks: {', '.join(lacks)}", highlight=False)
    return 0 if not owed and all(count == len(suite.rows) for count in everything) else 1


def _passed(suite: Suite, only: list[str] | None) -> Iterator[tuple[str, set[str]]]:
    """By engine, the names of the rows that give what they say."""
    names = [name for name in (*running.ENGINES, *running.SPREADSHEETS) if only is None or name in only]
    wanted = [name for name in names if name in running.ENGINES]
    with (
        Progress(console=Console(stderr=True), transient=True) as progress,
        running.engines(wanted) as engines,
    ):
        task = progress.add_task("", total=len(names))
        for name in names:
            progress.update(task, description=name)
            if name in engines:
                found = running.results(engines[name], suite)
                yield (
                    name,
                    {
                        row.name
                        for row in suite.rows
                        if (found[row.name], type(found[row.name])) == (row.expected, type(row.expected))
                    },
                )
            else:
                yield name, {row.name for row in suite.rows if running.spreadsheet_gives(name, suite, row)}
            progress.advance(task)


def _operations(expression: Expression) -> set[str]:
    if not isinstance(expression, Call):
        return set()
    return {expression.operation}.union(*map(_operations, expression.arguments))


if __name__ == "__main__":
    sys.exit(main())
