"""The columns of an SQL engine: many reports in one query, and their self-added rows in one more each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from compiler.cells import Layout
from compiler.formula.emit.columns import (
    DUCKDB,
    ColumnSpelling,
    Dialect,
    OutgrowsColumns,
    column_type,
    select,
    select_rows,
)
from compiler.formula.emit.python import Frame, GroupRows, Program
from compiler.formula.evaluate import CheckOutcome, Evaluation
from compiler.formula.rounding import INPUT_LIMIT, Overflow
from compiler.values import Scalar, Values
from runtime.agreement.engines import Result, library, loaded

Execute = Callable[[str], Sequence[Sequence[Any]]]
"""Runs one statement and gives its rows."""


class RefusedByEngine(ArithmeticError):
    """A number outgrew the engine, on the way or as a result."""


@dataclass(frozen=True)
class Columns:
    """Columns of one engine. `execute` raises RefusedByEngine for what is too large.

    Columns also refuse what outgrows them on the way to a result that doesn't; who uses them then asks the reference.
    """

    name: str
    dialect: Dialect
    execute: Execute

    def evaluate(self, layout: Layout, reports: Sequence[Values]) -> list[Result]:
        """All reports in one query; where that is refused, one by one."""
        program = loaded(layout)
        frames: dict[int, tuple[Frame, GroupRows]] = {}
        for number, report in enumerate(reports):
            try:
                frames[number] = program.load(report)
            except Overflow:
                continue
        found = self._evaluate(program, frames)
        return [_evaluation(program, found.get(number), report) for number, report in enumerate(reports)]

    def _evaluate(
        self, program: Program, frames: Mapping[int, tuple[Frame, GroupRows]]
    ) -> dict[int, _Computed]:
        if not frames:
            return {}
        try:
            return self._queried(program, frames)
        except (RefusedByEngine, OutgrowsColumns):
            if len(frames) == 1:
                return {}
        found: dict[int, _Computed] = {}
        for number, frame in frames.items():
            found |= self._evaluate(program, {number: frame})
        return found

    def _queried(
        self, program: Program, frames: Mapping[int, tuple[Frame, GroupRows]]
    ) -> dict[int, _Computed]:
        layout, limit = program.layout, _limit(frames)
        cells, checks = layout.order, layout.checks
        static = [index for index, placed in enumerate(checks) if placed.group is None]
        with self._tables(layout, frames, limit):
            found = {
                row[0]: _Computed(
                    dict(zip((cell.slot for cell in cells), row[1:], strict=False)),
                    dict(zip(static, row[1 + len(cells) :], strict=True)),
                )
                for row in self.execute(select(layout, self.dialect, limit))
            }
            for number, group in enumerate(layout.groups):
                over = [index for index, placed in enumerate(checks) if placed.group == group.key]
                width = len(group.columns)
                rows = self.execute(select_rows(layout, number, self.dialect, limit))
                for row in sorted(rows, key=lambda row: (row[0], row[1])):
                    computed = found[row[0]]
                    values = [_whole(held) for held in row[2 : 2 + width]]
                    computed.rows.setdefault(number, []).append(values)
                    for index, holds in zip(over, row[2 + width :], strict=True):
                        computed.over.setdefault(index, []).append(holds)
        for number, (frame, _) in frames.items():
            found[number].frame = [
                _whole(found[number].cells.get(slot, held)) for slot, held in enumerate(frame)
            ]
        return found

    def _tables(self, layout: Layout, frames: Mapping[int, tuple[Frame, GroupRows]], limit: int) -> _Tables:
        types = [cell.type for cell in layout.cells]
        types += [layout.source_of(key).type for key in layout.captures]
        tables = [
            _Table(
                "report",
                {"id": "INTEGER"}
                | {f"c{slot}": column_type(t, self.dialect, limit) for slot, t in enumerate(types)},
                [[number, *frame] for number, (frame, _) in frames.items()],
            )
        ]
        for index, group in enumerate(layout.groups):
            columns = {"id": "INTEGER", "n": "INTEGER"}
            columns |= {f"r{c.index}": column_type(c.type, self.dialect, limit) for c in group.columns}
            rows = [
                [number, place, *row]
                for number, (_, groups) in frames.items()
                for place, row in enumerate(groups[index], start=1)
            ]
            tables.append(_Table(f"rows_{index}", columns, rows))
        return _Tables(self, tables)


@dataclass
class _Computed:
    """What the queries gave for one report: by slot, by check, and by group."""

    cells: dict[int, Any]
    static: dict[int, Any]
    frame: Frame = field(default_factory=list)
    rows: dict[int, list[Frame]] = field(default_factory=dict)
    over: dict[int, list[bool | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Table:
    name: str
    columns: Mapping[str, str]
    rows: list[list[Scalar | None]]


class _Tables:
    """Tables that are there while the queries run."""

    def __init__(self, engine: Columns, tables: list[_Table]) -> None:
        self._engine, self._tables = engine, tables
        self._spelling = ColumnSpelling(lambda _: "", engine.dialect)

    def __enter__(self) -> None:
        for table in self._tables:
            declared = ", ".join(f"{name} {type}" for name, type in table.columns.items())
            self._engine.execute(f"CREATE TEMPORARY TABLE {table.name} ({declared})")
            for rows in _chunks(table.rows):
                values = ", ".join(f"({', '.join(map(self._literal, row))})" for row in rows)
                self._engine.execute(f"INSERT INTO {table.name} VALUES {values}")

    def __exit__(self, *_: object) -> None:
        for table in self._tables:
            self._engine.execute(f"DROP TABLE IF EXISTS {table.name}")

    def _literal(self, held: Scalar | None) -> str:
        match held:
            case None:
                return "NULL"
            case bool():
                return self._spelling.known(held)
            case int():
                return str(held)
            case str():
                return self._spelling.text(held)


def _limit(frames: Mapping[int, tuple[Frame, GroupRows]]) -> int:
    """What no number in the reports is larger than: so many nines."""
    numbers = (
        abs(held)
        for frame, groups in frames.values()
        for held in chain(frame, *(row for rows in groups for row in rows))
        if isinstance(held, int)
    )
    limit: int = 10 ** len(str(max(numbers, default=0))) - 1
    return min(limit, INPUT_LIMIT)


def _chunks(rows: list[list[Scalar | None]]) -> Iterator[list[list[Scalar | None]]]:
    for start in range(0, len(rows), 500):
        yield rows[start : start + 500]


def _whole(held: Any) -> Any:
    """A number as Python's own: engines without 128 bits give a Decimal."""
    return held if held is None or isinstance(held, str | bool | int) else int(held)


def _evaluation(program: Program, computed: _Computed | None, report: Values) -> Result:
    if computed is None:
        return None
    layout = program.layout
    rows = [computed.rows.get(number, []) for number in range(len(layout.groups))]
    found: list[Any] = [
        computed.static[index] if placed.group is None else computed.over.get(index, [])
        for index, placed in enumerate(layout.checks)
    ]
    outcomes: Iterable[CheckOutcome] = program.outcomes(found)
    return Evaluation(program.unload(computed.frame, rows, report), tuple(outcomes))


def duckdb_columns() -> Columns:
    """DuckDB in memory. Raises EngineMissing."""
    duckdb = library("duckdb", "DuckDB", "pip install 'bieu[agree]'")
    connection = duckdb.connect()

    def execute(statement: str) -> Sequence[Sequence[Any]]:
        try:
            rows: list[tuple[Any, ...]] = connection.execute(statement).fetchall()
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as problem:
            raise RefusedByEngine(str(problem)) from problem
        return rows

    return Columns("DuckDB", DUCKDB, execute)
