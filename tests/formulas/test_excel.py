"""Formulas in the workbook read as a person would write them, and keep within what Excel accepts."""

from __future__ import annotations

import re

import pytest

from compiler.formula.doubles import meets_exact_half
from compiler.formula.emit.excel import BeyondExcel, formula
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, Text, call, number
from compiler.formula.grain import Reading, cell_types
from compiler.template import ValueType
from tests.formulas.rows import ROWS, Suite
from tests.xlsx.ooxml import FUNCTIONS

INTEGER, MONEY, TRUTH = ValueType(kind="integer"), ValueType(kind="money", scale=2), ValueType(kind="boolean")
RATIO = ValueType(kind="percent", scale=4)


def cell(reference: str) -> Cell:
    """The cell at a reference; D and E hold two decimals, T is text, all others are whole."""
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()  # type: ignore[union-attr]
    return Cell(table="t", row=row, column=letters)


def place(reading: Reading) -> str:
    if isinstance(reading, AddedRows):
        return f"{reading.column}10:{reading.column}20"
    if isinstance(reading, Captured):
        return f"'Kỳ trước (1)'!${reading.cell.column}${reading.cell.row}"
    return f"{reading.column}{reading.row}"


def types(reading: Reading) -> ValueType:
    column = reading.cell.column if isinstance(reading, Captured) else reading.column
    return {"D": MONEY, "E": MONEY, "T": ValueType(kind="text"), "Y": TRUTH}.get(column or "", INTEGER)


def cells(*references: str) -> tuple[Cell, ...]:
    return tuple(cell(reference) for reference in references)


PRIOR = Captured(function="prior", cell=Cell(table="t", row="7", column="C"))
A1, B1, C1, D1, E1 = cells("A1", "B1", "C1", "D1", "E1")
ADDED = AddedRows(table="t", group="g", column="C")


@pytest.mark.parametrize(
    ("expression", "type", "text"),
    [
        (call("add", A1, B1), INTEGER, '=IF(COUNT(A1,B1)=0,"",SUM(A1,B1))'),
        (call("add", call("add", A1, B1), C1), INTEGER, '=IF(COUNT(A1:C1)=0,"",SUM(A1:C1))'),
        (
            call("sum", *cells("C1", "C2", "C3", "C4", "C6")),
            INTEGER,
            '=IF(COUNT(C1:C4,C6)=0,"",SUM(C1:C4,C6))',
        ),
        (call("subtract", A1, call("add", B1, C1)), INTEGER, '=IF(COUNT(A1:C1)=0,"",SUM(A1)-SUM(B1,C1))'),
        (call("add", D1, E1), MONEY, '=IF(COUNT(D1,E1)=0,"",ROUND(SUM(D1,E1),2))'),
        (call("add", D1, E1), INTEGER, '=IF(COUNT(D1,E1)=0,"",ROUND(SUM(D1,E1),0))'),
        (call("multiply", A1, number("0.5")), MONEY, '=IF(COUNT(A1)=0,"",ROUND(A1*0.5,1))'),
        (
            call("divide", call("add", A1, B1), C1),
            RATIO,
            '=IF(AND(COUNT(A1,B1)>0,N(C1)<>0),ROUND(SUM(A1,B1)/C1,4),"")',
        ),
        (call("sum", ADDED), INTEGER, '=IF(COUNT(C10:C20)=0,"",SUM(C10:C20))'),
        (call("mean", A1, B1), MONEY, '=IF(COUNT(A1,B1)=0,"",ROUND(SUM(A1,B1)/COUNT(A1,B1),2))'),
        (call("max", A1, B1, C1), INTEGER, '=IF(COUNT(A1:C1)=0,"",MAX(A1:C1))'),
        (call("count", A1, B1, cell("T1")), INTEGER, '=COUNT(A1,B1)+IF(T1<>"",1,0)'),
        (
            call("equal", A1, call("add", B1, C1)),
            TRUTH,
            '=IF(AND(ISNUMBER(A1),COUNT(B1,C1)>0),A1=SUM(B1,C1),"")',
        ),
        (
            call("less_equal", A1, PRIOR),
            TRUTH,
            "=IF(COUNT(A1,'Kỳ trước (1)'!$C$7)<2,\"\",A1<='Kỳ trước (1)'!$C$7)",
        ),
        (call("equal", cell("T1"), Text(value='a"b')), TRUTH, '=IF(NOT(T1<>""),"",EXACT(T1,"a""b"))'),
        (call("blank", A1), TRUTH, "=COUNT(A1)=0"),
    ],
)
def test_formulas_read_naturally(expression: Expression, type: ValueType, text: str):
    assert formula(expression, type, place, types) == text


def test_many_cells_fit_the_number_of_arguments():
    scattered = call("sum", *(cell(f"A{2 * line + 1}") for line in range(600)))
    text = formula(scattered, INTEGER, place, types)
    calls = re.findall(r"(?:SUM|COUNT)\(([^()]*)\)", text)
    assert max(len(arguments.split(",")) for arguments in calls) == 255
    assert sum(len(arguments.split(",")) for arguments in calls) == 2 * 600


def test_a_formula_too_long_for_excel_is_refused():
    with pytest.raises(BeyondExcel):
        formula(call("sum", *(cell(f"A{2 * line + 1}") for line in range(2000))), INTEGER, place, types)


def test_a_formula_whose_terms_repeat_without_end_is_refused_early():
    expression: Expression = call("divide", A1, B1)
    for _ in range(40):
        expression = call("abs", call("divide", expression, call("add", B1, C1)))
    with pytest.raises(BeyondExcel):
        formula(expression, INTEGER, place, types)


def test_a_formula_too_deep_for_excel_is_refused():
    expression: Expression = A1
    for line in range(2, 80):
        expression = call("if", call("equal", cell(f"B{line}"), number(0)), cell(f"C{line}"), expression)
    with pytest.raises(BeyondExcel):
        formula(expression, INTEGER, place, types)


def test_a_text_too_long_for_excel_is_refused():
    with pytest.raises(BeyondExcel):
        formula(call("equal", cell("T1"), Text(value="x" * 256)), TRUTH, place, types)


def test_every_operation_is_said_in_functions_that_an_old_excel_has():
    # Excel itself can't be run here: what formulas may call is held to a list instead (no LET, no LAMBDA, no IFS).
    suite = Suite(tuple(ROWS))
    types = cell_types(suite.layout)
    called: set[str] = set()
    for row in ROWS:
        text = formula(row.expression, row.type, lambda _: "A1", types)
        called |= set(re.findall(r"([A-Za-z_.]+)\(", re.sub(r'"[^"]*"', "", text)))
    assert called <= FUNCTIONS
    assert {"ROUND", "COUNT", "SUM", "IF"} <= called


@pytest.mark.parametrize(
    ("expression", "type", "meets"),
    [
        (call("add", A1, B1), INTEGER, False),
        (call("add", D1, E1), MONEY, False),
        (call("add", D1, E1), INTEGER, True),
        (call("divide", A1, number(3)), MONEY, False),
        (call("divide", A1, number(2)), MONEY, False),
        (call("divide", A1, number(2)), INTEGER, True),
        (call("divide", A1, B1), RATIO, True),
        (call("equal", A1, D1), TRUTH, True),
        (call("equal", D1, E1), TRUTH, False),
        (call("less", A1, call("multiply", number("1.5"), B1)), TRUTH, False),
    ],
)
def test_halves_that_doubles_may_miss_are_known(expression: Expression, type: ValueType, meets: bool):
    assert meets_exact_half(expression, type, types) is meets
