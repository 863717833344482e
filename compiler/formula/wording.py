"""Formulas in words: as the printed code row has them ("3=4+5+6"), in names of checks and in messages.

Only for reading: nothing parses this text again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text
from compiler.formula.operations import OPERATIONS
from compiler.frozen import plain

_BINDING = {
    "or": 1,
    "and": 2,
    "not": 3,
    "equal": 4,
    "not_equal": 4,
    "less": 4,
    "less_equal": 4,
    "greater": 4,
    "greater_equal": 4,
    "agrees": 4,
    "add": 5,
    "subtract": 5,
    "multiply": 6,
    "divide": 6,
    "negate": 7,
}
_TYPOGRAPHIC = {"less_equal": "≤", "greater_equal": "≥", "not_equal": "≠", "multiply": "×", "agrees": "="}
_ATOM = 8
_LONG_SUM = 4
"""From so many consecutive terms on, a sum is printed with dots, as the circulars do: 5=20+..+24."""

FIELDS_CELL = ("fields", "report")
"""The table and row of the outline's fields, which are called by their bare names."""

CellName = Callable[[Cell | AddedRows], str]


def written(expression: Expression, name: CellName, spaced: bool = True) -> str:
    """The expression with every cell called what `name` calls it. `spaced`: blanks around the signs."""
    return _written(expression, name, spaced)[0]


def name_of(cell: Cell | AddedRows) -> str:
    """A cell by the names in the source: `c3`, `b06a[tong].c3`, or the row's name where only the column is open."""
    if isinstance(cell, AddedRows):
        return cell.group if cell.column is None else f"{cell.table}[{cell.group}].{cell.column}"
    if cell.row is None or (cell.table, cell.row) == FIELDS_CELL:
        return cell.column or cell.table
    return cell.row if cell.column is None else f"{cell.table}[{cell.row}].{cell.column}"


def code_row_text(code: str, sides: Sequence[Expression], codes: Callable[[str], str]) -> str:
    """What the code row prints for a column: its code, then each side of its formula that is a sum of coded columns.

    `codes` gives the printed code of a column, "" for one that has none: a formula with such a column isn't printed.
    """
    printed = [code]
    for side in sides:
        text = _sum_of_codes(side, codes)
        if text:
            printed.append(text)
    return "=".join(printed) if code else ""


def _sum_of_codes(expression: Expression, codes: Callable[[str], str]) -> str:
    terms = _terms(expression)
    if terms is None:
        return ""
    names = [codes(cell.column or "") for _, cell in terms]
    if not all(names) or any(cell.row is not None for _, cell in terms):
        return ""
    plus = all(sign == "+" for sign, _ in terms)
    if plus and len(names) >= _LONG_SUM and expression_is_range(expression, names):
        return f"{names[0]}+..+{names[-1]}"
    text = "".join(f"{sign}{name}" for (sign, _), name in zip(terms, names, strict=True))
    return text.removeprefix("+")


def expression_is_range(expression: Expression, names: Sequence[str]) -> bool:
    """Whether the codes of a `sum` count up without a gap, as a written range `c20 .. c24` does."""
    if (
        not isinstance(expression, Call)
        or expression.operation != "sum"
        or not all(n.isdigit() for n in names)
    ):
        return False
    numbers = [int(name) for name in names]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _terms(expression: Expression) -> list[tuple[str, Cell]] | None:
    """The signed cells of a plain sum, or None where the expression is anything else."""
    match expression:
        case Cell():
            return [("+", expression)]
        case Call(operation="add" | "sum", arguments=arguments):
            found: list[tuple[str, Cell]] = []
            for argument in arguments:
                inner = _terms(argument)
                if inner is None:
                    return None
                found += inner
            return found
        case Call(operation="subtract", arguments=(left, right)):
            above, below = _terms(left), _terms(right)
            if above is None or below is None:
                return None
            return above + [("-" if sign == "+" else "+", cell) for sign, cell in below]
        case _:
            return None


def _written(expression: Expression, name: CellName, spaced: bool) -> tuple[str, int]:
    match expression:
        case Number():
            return plain(expression.value).replace(".", ","), _ATOM
        case Text():
            return f"«{expression.value}»", _ATOM
        case Cell() | AddedRows():
            return name(expression), _ATOM
        case Captured(function="report"):
            return name(expression.cell), _ATOM
        case Captured():
            return f"{expression.function}({name(expression.cell)})", _ATOM
        case Call(arguments=(inner, Captured(function="ytd"))):
            return f"ytd({_written(inner, name, spaced)[0]})", _ATOM
        case Call(arguments=(inner, Captured(function="ytd_partial"))):
            return f"ytd({_written(inner, name, spaced)[0]}, partial)", _ATOM
        case Call(operation="convert", arguments=(inner, _)):
            # The reader sees measures, not factors.
            return _written(inner, name, spaced)
        case Call(operation="negate" | "not" as operation, arguments=(inner,)):
            sign = "-" if operation == "negate" else "not "
            return sign + _within(inner, _BINDING[operation], name, spaced), _BINDING[operation]
        case Call(operation="if", arguments=(condition, positive, negative)):
            parts = [_written(part, name, spaced)[0] for part in (condition, positive, negative)]
            return f"if {parts[0]} then {parts[1]} else {parts[2]}", 0
        case Call(operation=operation, arguments=(left, right)) if operation in _BINDING:
            own = _BINDING[operation]
            sign = _TYPOGRAPHIC.get(operation, OPERATIONS[operation].spelling)
            joint = f" {sign} " if spaced or sign.isalpha() else sign
            # The right side of - and / needs brackets at its own level: a-(b-c).
            return _within(left, own, name, spaced) + joint + _within(right, own + 1, name, spaced), own
        case Call(operation="sum", arguments=arguments) if len(arguments) > 1:
            joint = " + " if spaced else "+"
            return joint.join(_within(part, _BINDING["add"], name, spaced) for part in arguments), _BINDING[
                "add"
            ]
        case Call():
            inner_parts = ", ".join(_written(part, name, spaced)[0] for part in expression.arguments)
            return f"{expression.operation}({inner_parts})", _ATOM


def _within(expression: Expression, least: int, name: CellName, spaced: bool) -> str:
    text, own = _written(expression, name, spaced)
    return text if own >= least else f"({text})"
