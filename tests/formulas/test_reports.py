"""Whole reports: generated Python and JavaScript compute what the reference computes, whatever shape the form has."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import templates_library
from compiler.cells import Layout
from compiler.formula.emit.javascript import program as javascript_program
from compiler.formula.emit.python import program as python_program
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, Text, call, number
from compiler.formula.rounding import INPUT_LIMIT, Overflow
from compiler.package import Library, find_packages
from compiler.template import (
    CellException,
    Check,
    CodeList,
    Column,
    Formula,
    OverUnits,
    Row,
    Table,
    Template,
    ValueType,
    load_template,
    template_bytes,
)
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values

INTEGER = ValueType(kind="integer")
MONEY = ValueType(kind="money", scale=2)
MILLION = ValueType(kind="decimal", scale=1)
PERCENT = ValueType(kind="percent", scale=3)


def at(column: str, row: str | None = None, table: str = "t") -> Cell:
    return Cell(table=table, row=row, column=column)


def prior(cell: Cell) -> Captured:
    return Captured(function="prior", cell=cell)


def computed_by(expression: Expression) -> Formula:
    return Formula(expression=expression, additivity="additive")


def column(name: str, type: ValueType = INTEGER, formula: Expression | None = None) -> Column:
    computed = None if formula is None else computed_by(formula)
    return Column(name=name, label="", type=type, formula=computed, over_units=OverUnits(rule="none"))


def table(name: str, columns: tuple[Column, ...], rows: tuple[Row, ...], **more: Any) -> Table:
    return Table(name=name, title="", stub=(), headings=(), columns=columns, rows=rows, **more)


def row(name: str, kind: Any = "fixed", **more: Any) -> Row:
    return Row(name=name, label="", kind=kind, **more)


def check(name: str, condition: Expression, scope: Any = "once", **more: Any) -> Check:
    return Check(name=name, message="", condition=condition, severity="error", scope=scope, **more)


def template(tables: tuple[Table, ...], checks: tuple[Check, ...], **more: Any) -> Template:
    return Template(
        package="test",
        version="1.0.0",
        package_title="",
        regime="test",
        title="",
        kind="ad_hoc",
        period_types=("year",),
        filled_by=(),
        goes_to="",
        tables=tables,
        checks=checks,
        **more,
    )


IN_SUM = call("sum", Cell(table="t", row="a"), Cell(table="t", row="b"))
G, H = AddedRows(table="u", group="g"), AddedRows(table="u", group="h")
NAMES = AddedRows(table="u", group="g", column="name")
TRUTH, CHOICE = ValueType(kind="boolean"), ValueType(kind="choice", code_list="kinds")
LAST_YEAR = Captured(function="last_year", cell=at("total", "sum"))

# Carried cells at another scale, cells computed in and out of printed order, rows that total columns, inapplicable and
# overridden cells, ticks, codes, self-added rows with columns of their own, and every kind of check.
FIRST = table(
    "t",
    (
        column("total", INTEGER, call("add", at("x"), at("y"))),
        column("x"),
        column("y"),
        column("opening", INTEGER, prior(at("money"))),
        column("money", MONEY),
        column("share", PERCENT, call("divide", at("x"), at("total"))),
        column("done", TRUTH),
        column("kind", CHOICE),
        column("fine", TRUTH, call("or", at("done"), call("greater", at("x"), number(10)))),
    ),
    (row("sum", total=True, formula=computed_by(IN_SUM)), row("a"), row("b")),
    exceptions=(
        CellException(row="b", column="y", not_applicable=True),
        CellException(
            row="b", column="x", formula=computed_by(call("multiply", at("money", "a"), at("opening", "a")))
        ),
    ),
)
SECOND = table(
    "u",
    (
        column("n"),
        column("part", MILLION),
        column("of", MILLION, call("divide", at("part", table="u"), at("n", table="u"))),
    ),
    (
        row("g", "added", columns=(column("name", ValueType(kind="text")), column("flag", TRUTH))),
        row("h", "added"),
        row("all", formula=computed_by(call("sum", G))),
        row("best", formula=computed_by(call("max", G, H))),
    ),
)
CHECKS = (
    check(
        "cells",
        call("agrees", at("total"), call("add", at("opening"), at("x"))),
        "row",
        table="t",
        rows=("sum", "a", "b"),
    ),
    check(
        "parts",
        call("less_equal", Cell(table="t", row="a"), Cell(table="t", row="sum")),
        "column",
        table="t",
        columns=("x", "money"),
    ),
    check("added", call("less", at("n", table="u"), at("x", "a")), "row", table="u", rows=("g", "all")),
    check("before", call("greater", at("of", table="u"), prior(at("x", "b"))), "row", table="u", rows=("h",)),
    check(
        "never",
        call("greater", at("of", table="u"), prior(at("n", table="u"))),
        "row",
        table="u",
        rows=("g",),
    ),
    check("once", call("not_equal", at("kind", "a"), at("kind", "b"))),
    check(
        "coded",
        call("if", call("equal", at("kind", "a"), Text(value="k'1")), at("fine", "a"), at("done", "b")),
    ),
    check("grown", call("less_equal", at("total", "sum"), call("multiply", number("1.5"), LAST_YEAR))),
    check("counted", call("equal", call("count", NAMES), at("n", "all", "u"))),
)
FORM = template((FIRST, SECOND), CHECKS, code_lists=(CodeList(name="kinds", title="", codes=()),))


def shipped() -> dict[str, Layout]:
    library = Library()
    root = Path(templates_library.__path__[0])
    return {
        regime.template.regime: regime.layout
        for path in find_packages(root)
        for regime in library.load(path).compilation.regimes
    }


LAYOUTS = {"form": Layout(FORM), **shipped()}
PROGRAMS = {name: python_program(layout) for name, layout in LAYOUTS.items()}


def scalars(type: ValueType) -> st.SearchStrategy[Scalar]:
    if type.is_number:
        return st.integers(-5, 5) | st.integers(0, 3000) | st.integers(-(10**15) + 1, 10**15 - 1)
    if type.kind == "boolean":
        return st.booleans()
    return st.sampled_from(("k'1", "2026-09-30", "Đất đai"))


@st.composite
def reports(draw: st.DrawFn, layout: Layout) -> Values:
    # Most of a real form is filled or most of it is blank: draw how full it is, then cell by cell.
    blanks = draw(st.sampled_from((0, 1, 3, 9)))
    holes = st.integers(0, 9).map(lambda found: found < blanks)
    cells: dict[Address, Scalar] = {}
    for cell in layout.cells:
        # Given values of computed and inapplicable cells are ignored.
        if not draw(holes):
            cells[cell.address] = draw(scalars(cell.type))
    added: dict[GroupKey, tuple[dict[str, Scalar], ...]] = {}
    for group in layout.groups:
        added[group.key] = tuple(
            {member.column.name: draw(scalars(member.type)) for member in group.columns if not draw(holes)}
            for _ in range(draw(st.integers(0, 3)))
        )
    captured: dict[CaptureKey, int | None] = {}
    for key in layout.captures:
        if draw(st.booleans()):
            captured[key] = draw(st.none() | st.integers(-5, 5) | st.integers(0, 10**12))
    return Values(cells=cells, added=added, texts={"note": "n"}, captured=captured)


@pytest.mark.parametrize("name", LAYOUTS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_programs_equal_the_reference(
    name: str, data: st.DataObject, v8: Callable[[Layout, Values], Evaluation | None]
):
    layout = LAYOUTS[name]
    values = data.draw(reports(layout))
    expected = evaluate_report(layout, values)
    assert PROGRAMS[name].evaluate(values) == expected
    assert v8(layout, values) == expected


def test_opening_value_is_taken_only_where_nothing_was_captured():
    layout = LAYOUTS["form"]
    opening, key = Address("t", "a", "opening"), CaptureKey("prior", Address("t", "a", "money"))
    entered = {opening: 7}
    for captured, held in (({}, 7), ({key: None}, None), ({key: 250}, 3), ({key: -250}, -3)):
        values = Values(cells=entered, captured=captured)
        assert evaluate_report(layout, values).values.cells.get(opening) == held
        assert python_program(layout).evaluate(values).values.cells.get(opening) == held


def test_what_was_given_for_computed_cells_is_ignored():
    layout = LAYOUTS["form"]
    given = Values(
        cells={Address("t", "a", "total"): 99, Address("t", "b", "y"): 5, Address("x", "y", "z"): 1}
    )
    assert evaluate_report(layout, given).values.cells == {}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("where", ["entered", "captured", "added"])
def test_inputs_beyond_the_limit_are_refused(
    where: str, sign: int, v8: Callable[[Layout, Values], Evaluation | None]
):
    layout = LAYOUTS["form"]

    def holding(held: int) -> Values:
        match where:
            case "entered":
                return Values(cells={Address("t", "a", "y"): held})
            case "captured":
                return Values(captured={CaptureKey("last_year", Address("t", "sum", "total")): held})
            case _:
                return Values(added={GroupKey("u", "h"): ({"n": held},)})

    program = python_program(layout)
    most = holding(sign * INPUT_LIMIT)
    assert program.evaluate(most) == evaluate_report(layout, most) == v8(layout, most)
    for evaluate in (program.evaluate, lambda values: evaluate_report(layout, values)):
        with pytest.raises(Overflow):
            evaluate(holding(sign * (INPUT_LIMIT + 1)))


def test_results_beyond_128_bits_are_refused():
    layout = LAYOUTS["form"]
    large = Values(
        cells={Address("t", "a", "money"): 10**28},
        captured={CaptureKey("prior", Address("t", "a", "money")): 10**28},
    )
    with pytest.raises(Overflow):
        evaluate_report(layout, large)
    with pytest.raises(Overflow):
        python_program(layout).evaluate(large)


HOSTILE = '"""\nimport os\nos.abort()\n</script><script>${alert(1)}`\\u0022 \u2028\'; DROP TABLE report; --'


def hostile() -> Layout:
    cells = Cell(table=HOSTILE, row=HOSTILE, column=HOSTILE)
    names = table(
        HOSTILE,
        (column(HOSTILE, ValueType(kind="text")),),
        (row(HOSTILE), row("g" + HOSTILE, "added")),
    )
    return Layout(template((names,), (check(HOSTILE, call("equal", cells, Text(value=HOSTILE))),)))


def test_what_an_author_writes_is_never_code(v8: Callable[[Layout, Values], Evaluation | None]):
    layout = hostile()
    values = Values(cells={Address(HOSTILE, HOSTILE, HOSTILE): HOSTILE})
    expected = evaluate_report(layout, values)
    assert [outcome.holds for outcome in expected.outcomes] == [True]
    program = python_program(layout)
    assert program.evaluate(values) == expected == v8(layout, values)
    names = {node.id for node in ast.walk(ast.parse(program.source)) if isinstance(node, ast.Name)}
    written = re.compile(
        r"[corgtp]\d+(_\d+)?|frame|rows|row|numerator|denominator|magnitude|abs|value|LIMIT|OverflowError"
    )
    assert [name for name in names if not written.fullmatch(name)] == []
    script = javascript_program(layout)
    assert script.isascii()
    assert "</" not in script.replace("//", "")
    assert "abort" not in "".join(line for line in script.splitlines() if '"' not in line)


@pytest.mark.parametrize("name", LAYOUTS)
def test_programs_are_the_same_bytes_every_time(name: str):
    layout = LAYOUTS[name]
    again = Layout(load_template(template_bytes(layout.template)))
    assert python_program(layout).source == python_program(again).source
    assert javascript_program(layout) == javascript_program(again)
