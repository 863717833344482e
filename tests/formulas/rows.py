"""Conformance rows: read from the data files beside this one, and laid out as one template.

Each row is a table of its own with its cells, its self-added rows and either a computed cell or a check; so what is
tested are the programs of a real layout, each generated and run once for all rows.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation
from compiler.formula.expressions import AddedRows, Call, Cell, Expression, Text, number
from compiler.formula.rounding import round_half_away
from compiler.template import Check, Column, Formula, OverUnits, Row, Table, Template, ValueType
from compiler.values import Address, GroupKey, Scalar, Values

HERE = Path(__file__).parent
TRUTH = ValueType(kind="boolean")
Results = dict[str, Scalar | None]
"""What each row came to, by its name."""


@dataclass(frozen=True)
class Held:
    """A cell of a conformance row: its type and value, or the values of self-added rows."""

    type: ValueType
    values: tuple[Scalar | None, ...]
    added: bool

    @classmethod
    def read(cls, text: str) -> Held:
        words = text.split()
        added = words[0] == "rows"
        type = value_type(words[added])
        values = tuple(scalar(word, type) for word in words[added + 1 :])
        return cls(type, values if added else (values or (None,)), added)


@dataclass(frozen=True)
class ConformanceRow:
    """One row: an expression, the cells it reads, and what it gives in a cell of `type`, or as a check."""

    name: str
    table: str
    expression: Expression
    cells: dict[str, Held]
    type: ValueType
    is_check: bool
    expected: Scalar | None
    doubles: Scalar | None
    """What doubles give where they miss it; else the same."""


def value_type(text: str) -> ValueType:
    kind, _, scale = text.rstrip(")").partition("(")
    decimals = int(scale or 0)
    return ValueType.model_validate(
        {
            "kind": kind,
            "scale": decimals + 2 if kind == "percent" else decimals,
            "code_list": "codes" if kind == "choice" else None,
        }
    )


def scalar(word: str, type: ValueType) -> Scalar | None:
    if word == "_":
        return None
    if type.is_number:
        return round_half_away(Fraction(word), type.scale)
    return word == "true" if type.kind == "boolean" else word


def parse(text: str, cells: dict[str, Held], table: str) -> Expression:
    """An expression in brackets: names of cells, decimal literals, texts in single quotes."""
    tokens = re.findall(r"'[^']*'|[()]|[^\s()]+", text)

    def expression() -> Expression:
        token = tokens.pop(0)
        if token == "(":
            operation = tokens.pop(0)
            arguments = []
            while tokens[0] != ")":
                arguments.append(expression())
            tokens.pop(0)
            return Call(operation=operation, arguments=tuple(arguments))
        if token.startswith("'"):
            return Text(value=token[1:-1])
        if token in cells:
            if cells[token].added:
                return AddedRows(table=f"{table}_added", group="g", column=token)
            return Cell(table=table, row="r", column=token)
        return number(token)

    found = expression()
    assert not tokens, f"left over in {text}: {tokens}"
    return found


def read_rows() -> list[ConformanceRow]:
    rows: list[ConformanceRow] = []
    for path in sorted(HERE.glob("*.toml")):
        for given in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            table = f"t{len(rows)}"
            cells = {name: Held.read(text) for name, text in given["cells"].items()}
            words = given["gives"].split()
            is_check = words[0] == "truth"
            type = TRUTH if is_check else value_type(words[0])
            expected = scalar(words[1], type) if len(words) > 1 and words[1] != "unknown" else None
            doubles = scalar(given["doubles"], type) if "doubles" in given else expected
            expression = parse(given["formula"], cells, table)
            rows.append(
                ConformanceRow(given["name"], table, expression, cells, type, is_check, expected, doubles)
            )
    return rows


ROWS = read_rows()


@dataclass(frozen=True, eq=False)
class Suite:
    """Rows laid out as one template, and the report that holds their cells."""

    rows: tuple[ConformanceRow, ...]

    @cached_property
    def layout(self) -> Layout:
        tables: list[Table] = []
        checks: list[Check] = []
        for row in self.rows:
            columns = [_column(name, held.type) for name, held in row.cells.items() if not held.added]
            if row.is_check:
                checks.append(
                    Check(
                        name=f"k_{row.table}",
                        message="",
                        condition=row.expression,
                        severity="error",
                        scope="once",
                    )
                )
            else:
                formula = Formula(expression=row.expression, additivity="other")
                columns.append(_column("result", row.type, formula))
            own = Row(name="r", label="", kind="fixed")
            tables.append(
                Table(name=row.table, title="", stub=(), headings=(), columns=tuple(columns), rows=(own,))
            )
            added = [_column(name, held.type) for name, held in row.cells.items() if held.added]
            if added:
                group = Row(name="g", label="", kind="added", columns=tuple(added))
                tables.append(
                    Table(
                        name=f"{row.table}_added", title="", stub=(), headings=(), columns=(), rows=(group,)
                    )
                )
        return Layout(
            Template(
                package="test",
                version="1.0.0",
                package_title="",
                regime="test",
                title="",
                kind="ad_hoc",
                period_types=("year",),
                filled_by=(),
                goes_to="",
                tables=tuple(tables),
                checks=tuple(checks),
            )
        )

    @cached_property
    def values(self) -> Values:
        cells: dict[Address, Scalar] = {}
        added: dict[GroupKey, tuple[dict[str, Scalar], ...]] = {}
        for row in self.rows:
            lists = {name: held.values for name, held in row.cells.items() if held.added}
            for name, held in row.cells.items():
                if not held.added and held.values[0] is not None:
                    cells[Address(row.table, "r", name)] = held.values[0]
            # Columns of self-added rows stand side by side; the shorter ones end in blanks.
            members = zip_longest(*lists.values())
            added[GroupKey(f"{row.table}_added", "g")] = tuple(
                {name: value for name, value in zip(lists, member, strict=True) if value is not None}
                for member in members
            )
        return Values(cells=cells, added=added)

    def results(self, found: Evaluation) -> Results:
        """By row name, what the computed cells and checks of an evaluated report came to."""
        outcomes = {outcome.placed.check.name: outcome.holds for outcome in found.outcomes}
        return {
            row.name: outcomes[f"k_{row.table}"]
            if row.is_check
            else found.values.cells.get(Address(row.table, "r", "result"))
            for row in self.rows
        }


def as_number(value: int, type: ValueType) -> Decimal:
    """A scaled integer as the number a spreadsheet holds."""
    return Decimal(value).scaleb(-type.scale)


def _column(name: str, type: ValueType, formula: Formula | None = None) -> Column:
    return Column(name=name, label="", type=type, formula=formula, over_units=OverUnits(rule="none"))
