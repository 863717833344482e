"""Formulas over columns: SQL queries that compute the cells and checks of many reports at once.

One text for several engines: what they write differently is a `Dialect`. Numbers are scaled integers, blank is NULL. A
result beyond 128 bits raises the engine's error, in DuckDB an intermediate step too: such reports are computed by the
reference. Who fills the tables keeps the input limits, and puts what was captured into carried cells
(`emit/python.py` shows how); `runtime/agreement/columns.py` does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.formula.emit.spelling import Names, Spelling, overalls, shared
from compiler.formula.expressions import AddedRows, Cell, Text
from compiler.formula.kernel import (
    Comparison,
    Extreme,
    Node,
    Overall,
    Present,
    Quantity,
    Reading,
    Rounded,
    SameText,
    Source,
    Ticked,
    parts,
)
from compiler.formula.lowering import Textual
from compiler.formula.magnitude import magnitude
from compiler.formula.program import Assigned, GroupProgram, ReportProgram
from compiler.formula.rounding import INPUT_LIMIT, RESULT_LIMIT
from compiler.template import ValueType


class OutgrowsColumns(ValueError):
    """A constant of the formula is beyond 128 bits: its cell is computed by the reference alone."""


@dataclass(frozen=True)
class Dialect:
    """What engines write differently.

    whole: the type of scaled integers. narrow: a faster one for those that 64 bits hold, "" for none. quotient: of two
    whole numbers that are not negative, cut to a whole one. step: how a named step of the query is opened, for it to be
    computed once. within: a result that must fit 128 bits, an error where it doesn't; "" where the type sees to it.
    """

    name: str
    whole: str
    quotient: str
    narrow: str = ""
    step: str = "AS"
    within: str = ""


NARROW_LIMIT = 2**63 - 1
"""The largest magnitude of a number in 64 bits."""

DUCKDB = Dialect("duckdb", whole="HUGEINT", quotient="({0} // {1})", narrow="BIGINT")
# NUMERIC has no limit of its own, so one is made: nothing is divided by zero but what is too large. PostgreSQL would
# write a step out again at each place that reads it.
POSTGRESQL = Dialect(
    "postgresql",
    whole="NUMERIC",
    quotient="div({0}, {1})",
    step="AS MATERIALIZED",
    within=f"{{0}} + div(0, CASE WHEN abs({{0}}) <= {RESULT_LIMIT} THEN 1 ELSE 0 END)",
)


def select(layout: Layout, dialect: Dialect = DUCKDB, limit: int = INPUT_LIMIT) -> str:
    """The query. It reads `report` and, for group number g of the layout, `rows_<g>`.

    `report` has a column `id` and a column `c<slot>` for every cell that isn't computed and every capture; `rows_<g>`
    has the `id` of the report, the number `n` of the row, and `r<index>` for every column of the group that isn't
    computed. Types: `column_type`. The result has `id`, `c<slot>` for every computed cell and `o<number>` (true, false,
    or NULL for not evaluated) for every check but those over self-added rows. Raises OutgrowsColumns.

    limit: no number in the tables is larger. Where it is small, most is computed in 64 bits; what could outgrow them
    isn't. DuckDB raises its error all the same where the limit isn't kept: nothing is ever wrapped.
    """
    return "\n".join(_query(ReportProgram(layout), dialect, limit))


def select_rows(layout: Layout, group: int, dialect: Dialect = DUCKDB, limit: int = INPUT_LIMIT) -> str:
    """The query of the self-added rows of one group, reading the same tables as `select`.

    The result has `id`, `n`, `r<index>` for every column and `o<number>` for every check over the group.
    """
    return "\n".join(_query(ReportProgram(layout), dialect, limit, group))


def column_type(type: ValueType, dialect: Dialect = DUCKDB, limit: int = INPUT_LIMIT) -> str:
    """The SQL type of a column that holds cells of that type, numbers of at most `limit`."""
    if type.is_number:
        return dialect.narrow if dialect.narrow and limit <= NARROW_LIMIT else dialect.whole
    return "BOOLEAN" if type.kind == "boolean" else "VARCHAR"


class ColumnSpelling(Spelling):
    """Kernel nodes as SQL expressions that are never NULL, except where a cell is sure to be present and isn't."""

    conjunction, disjunction, negation = " AND ", " OR ", "NOT "

    def __init__(self, names: Names, dialect: Dialect = DUCKDB) -> None:
        super().__init__(names)
        self._dialect = dialect
        self.whole = dialect.whole
        """The type that numbers are computed in: every cell is taken to it, so that no step is in a narrower one."""
        self.doubled = False
        """Whether twice the terms of every rounding have room in it too."""

    def constant(self, value: int) -> str:
        """A literal with its type, so that nothing is computed in narrower integers."""
        if not -RESULT_LIMIT <= value <= RESULT_LIMIT:
            raise OutgrowsColumns(str(value))
        return f"({value})::{self.whole}"

    def quantity(self, node: Quantity) -> str:
        """A cell is read in the type of the formula."""
        if isinstance(node, Reading) and node not in self.bound and self.whole != self._dialect.narrow:
            name = f"{self.names(node.source)}::{self.whole}"
            return name if node.sure else self.or_zero(name)
        return super().quantity(node)

    def or_zero(self, name: str) -> str:
        """The standard function."""
        return f"coalesce({name}, 0)"

    def select(self, condition: str, then: str, otherwise: str) -> str:
        """CASE."""
        return f"(CASE WHEN {condition} THEN {then} ELSE {otherwise} END)"

    def extreme(self, node: Extreme) -> str:
        """LEAST and GREATEST skip NULLs."""
        name = "least" if node.how == "min" else "greatest"
        items = [
            f"CASE WHEN {self.truth(condition)} THEN {self.quantity(item)} END"
            for condition, item in node.items
        ]
        return f"coalesce({name}({', '.join(items)}), 0)"

    def rounded(self, numerator: str, denominator: str, positive: bool) -> str:
        """By one division where twice the terms have room too, else by quotient and remainder.

        A shared term has a step of its own, computed also where nothing is assigned: there the denominator may be zero,
        and engines refuse to divide by it.
        """
        top = f"abs({numerator})"
        bottom = f"abs({denominator})" if positive else f"nullif(abs({denominator}), 0)"
        if self.doubled:
            nearest = self._dialect.quotient.format(f"(2 * {top} + {bottom})", f"(2 * {bottom})")
        else:
            rest = f"{top} % {bottom}"
            quotient = self._dialect.quotient.format(top, bottom)
            nearest = f"({quotient} + CASE WHEN {rest} >= {bottom} - {rest} THEN 1 ELSE 0 END)"
        same = f"{numerator} >= 0" if positive else f"({numerator} < 0) = ({denominator} < 0)"
        return f"(CASE WHEN {same} THEN {nearest} ELSE -{nearest} END)"

    def present(self, name: str, holds: bool) -> str:
        """IS NULL, or not."""
        return f"{name} IS NOT NULL" if holds else f"{name} IS NULL"

    def ticked(self, name: str) -> str:
        """IS TRUE."""
        return f"{name} IS TRUE"

    def same_text(self, left: str, right: str) -> str:
        """Equality that takes NULL for different."""
        return f"coalesce({left} = {right}, FALSE)"

    def text(self, value: str) -> str:
        """A literal; its only special letter is doubled."""
        return "'" + value.replace("'", "''") + "'"

    def comparison(self, sign: Comparison) -> str:
        """SQL writes them as the kernel does."""
        return sign

    def known(self, holds: bool) -> str:
        """The literals."""
        return "TRUE" if holds else "FALSE"


class _Steps:
    """Named expressions, each in the first step in which all that it reads is there."""

    def __init__(
        self, report: ReportProgram, group: GroupProgram | None, dialect: Dialect, limit: int
    ) -> None:
        self._report = report
        self._dialect = dialect
        self._limit = limit
        self._bounds: dict[str, int] = {}
        computed = {f"c{cell.slot}" for cell, _ in report.cells}
        if group is not None:
            computed |= {f"r{added.index}" for added, _ in group.columns}
        self._computed = frozenset(computed)
        self._own = (
            {} if group is None else {column.column.name: column.index for column in group.group.columns}
        )
        self._spelling = ColumnSpelling(self._name, dialect)
        self._level: dict[str, int] = {}
        self._steps: list[list[str]] = []

    def add(self, name: str, assigned: Assigned, type: ValueType) -> None:
        """`name` gets what is assigned, or NULL."""
        given = column_type(type, self._dialect)
        if isinstance(assigned.value, Textual):
            level = self._level_of(assigned.nodes)
            if not isinstance(assigned.value.text, Text):
                level = max(level, self._level.get(self._name(assigned.value.text), 0))
            value = self._spelling.textual(assigned.value.text)
        else:
            widest, doubled = self._widest(assigned.nodes)
            narrow = self._dialect.narrow if widest <= NARROW_LIMIT else ""
            self._spelling.whole = narrow or self._dialect.whole
            room = NARROW_LIMIT if narrow else RESULT_LIMIT
            self._spelling.doubled = doubled <= room or not self._dialect.narrow
            if type.is_number:
                given = self._spelling.whole
            if isinstance(assigned.value, Quantity):
                self._bounds[name] = magnitude(assigned.value, self._bound)
            self._bind(assigned.nodes, name)
            level = self._level_of(assigned.nodes)
            value = self._spelling.node(assigned.value)
            if assigned.checked and self._dialect.within:
                value = self._dialect.within.format(f"({value})")
        condition = self._spelling.truth(assigned.present)
        self._place(name, f"CAST(CASE WHEN {condition} THEN {value} END AS {given})", level)
        self._spelling.bound.clear()

    def _widest(self, roots: Iterable[Node]) -> tuple[int, int]:
        """What no number on the way to the roots exceeds, and what twice the terms of no rounding do, added up."""
        widest = doubled = 0
        stack, seen = list(roots), set[Node]()
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, Quantity):
                widest = max(widest, magnitude(node, self._bound))
            if isinstance(node, Rounded):
                terms = (magnitude(term, self._bound) for term in (node.numerator, node.denominator))
                doubled = max(doubled, 2 * sum(terms))
            stack += parts(node)
        return widest, doubled

    def _bound(self, read: Source | AddedRows) -> int:
        """What a cell or a column of self-added rows holds at most."""
        if isinstance(read, AddedRows):
            return RESULT_LIMIT
        name = self._name(read)
        return self._bounds.get(name, RESULT_LIMIT if name in self._computed else self._limit)

    def lines(self, start: str, columns: str) -> Iterator[str]:
        """Common table expressions, the first reading `columns` from `start`; the last is called `<start>_done`."""
        stem, opened = start.split()[0], self._dialect.step
        yield f"{stem}_0 {opened} (SELECT {columns} FROM {start})"
        for number, step in enumerate(self._steps):
            yield f"{stem}_{number + 1} {opened} (SELECT *, {', '.join(step)} FROM {stem}_{number})"
        yield f"{stem}_done AS (SELECT * FROM {stem}_{len(self._steps)})"

    def _bind(self, roots: Iterable[Node], name: str) -> None:
        for number, node in enumerate(shared(roots)):
            level = self._level_of(parts(node))
            text = self._spelling.node(node)
            self._spelling.bound[node] = f"{name}t{number}"
            self._place(f"{name}t{number}", text, level)

    def _place(self, name: str, text: str, level: int) -> None:
        while len(self._steps) <= level:
            self._steps.append([])
        self._steps[level].append(f"{text} AS {name}")
        self._level[name] = level + 1

    def _level_of(self, roots: Iterable[Node]) -> int:
        level = 0
        seen: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self._spelling.bound:
                level = max(level, self._level[self._spelling.bound[node]])
                continue
            for source in _sources(node):
                level = max(level, self._level.get(self._name(source), 0))
            stack += parts(node)
        return level

    def _name(self, read: Source | Overall) -> str:
        if isinstance(read, Overall):
            number, column = self._report.column_of(read.rows)
            return f"{read.how}{number}_{column}"
        if isinstance(read, Cell) and read.row is None:
            return f"r{self._own[read.column or '']}"
        return f"c{self._report.slots[read]}"


def _sources(node: Node) -> Iterator[Source]:
    match node:
        case Reading() | Present() | Ticked():
            yield node.source
        case SameText():
            yield from (side for side in (node.left, node.right) if not isinstance(side, Text))
        case _:
            return


def _query(report: ReportProgram, dialect: Dialect, limit: int, wanted: int | None = None) -> Iterator[str]:
    """The query of the reports, or of the rows of the group that is wanted."""
    layout = report.layout
    truth = ValueType(kind="boolean")
    cells = _Steps(report, None, dialect, limit)
    for cell, assigned in report.cells:
        cells.add(f"c{cell.slot}", assigned, cell.type)
    checks = [
        (number, check)
        for number, check in enumerate(report.checks)
        if (None if check.group is None else check.group.number) == wanted
    ]
    over = cells if wanted is None else _Steps(report, report.groups[wanted], dialect, limit)
    for number, check in checks:
        over.add(f"o{number}", check.outcome, truth)

    assignments = [assigned for _, assigned in report.cells] + [check.outcome for _, check in checks]
    read = overalls(node for assigned in assignments for node in assigned.nodes)
    expressions: list[str] = []
    joins = ""
    for program in report.groups:
        found = [node for node in read if report.column_of(node.rows)[0] == program.number]
        if found or program.number == wanted:
            expressions += _group_lines(report, program, dialect, limit)
        if found:
            expressions.append(_overall_line(report, program, found, dialect))
            joins += f" LEFT JOIN overall_{program.number} USING (id)"
    columns = ["id"]
    columns += [f"c{cell.slot}" for cell in layout.cells if cell.kind != "computed"]
    columns += [f"c{slot}" for slot in range(len(layout.cells), len(layout.cells) + len(layout.captures))]
    for node in read:
        name = "{}{}_{}".format(node.how, *report.column_of(node.rows))
        columns.append(f"coalesce({name}, 0) AS {name}")
    expressions += cells.lines(f"report{joins}", ", ".join(columns))
    results = [f"o{number}" for number, _ in checks]
    if wanted is None:
        results = ["id", *(f"c{cell.slot}" for cell, _ in report.cells), *results]
        source = "report_done"
    else:
        expressions += over.lines(f"rows_{wanted}_done JOIN report_done USING (id)", "*")
        columns = [f"r{added.index}" for added in report.groups[wanted].group.columns]
        results = ["id", "n", *columns, *results]
        source = f"rows_{wanted}_done_done"
    yield "WITH " + ",\n".join(expressions)
    yield f"SELECT {', '.join(results)} FROM {source}"


def _group_lines(report: ReportProgram, program: GroupProgram, dialect: Dialect, limit: int) -> Iterator[str]:
    """The rows of a group computed."""
    steps = _Steps(report, program, dialect, limit)
    for added, assigned in program.columns:
        steps.add(f"r{added.index}", assigned, added.type)
    given = [f"r{column.index}" for column in program.group.columns if column.kind != "computed"]
    yield from steps.lines(f"rows_{program.number}", ", ".join(("id", "n", *given)))


def _overall_line(report: ReportProgram, program: GroupProgram, read: list[Overall], dialect: Dialect) -> str:
    """The rows of a group aggregated per report."""
    aggregates: list[str] = []
    for node in read:
        number, index = report.column_of(node.rows)
        aggregates.append(f"CAST({node.how}(r{index}) AS {dialect.whole}) AS {node.how}{number}_{index}")
    table = f"rows_{program.number}_done"
    return f"overall_{program.number} AS (SELECT id, {', '.join(aggregates)} FROM {table} GROUP BY id)"
