"""Formulas in Vietnamese words, for whoever fills, checks or explains a form: "(4) + (5) + (6)", "(11) của kỳ trước".

Cells are called by the printed column code where there is one, otherwise by their heading in quotes; a row
is named where it is not the one at hand. Only for reading: nothing parses this text.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text
from compiler.frozen import plain
from compiler.template import Row, Template

_SIGNS: Mapping[str, tuple[str, int]] = {
    "or": (" hoặc ", 1),
    "and": (" và ", 2),
    "equal": (" = ", 4),
    "agrees": (" = ", 4),
    "not_equal": (" ≠ ", 4),
    "less": (" < ", 4),
    "less_equal": (" ≤ ", 4),
    "greater": (" > ", 4),
    "greater_equal": (" ≥ ", 4),
    "add": (" + ", 5),
    "cumulate": (" + ", 5),
    "subtract": (" - ", 5),
    "multiply": (" × ", 6),
    "divide": (" / ", 6),
}
"""Between two terms: the sign, and how tightly it binds."""

_AGGREGATES: Mapping[str, str] = {
    "sum": "tổng của",
    "min": "số nhỏ nhất trong",
    "max": "số lớn nhất trong",
    "mean": "trung bình cộng của",
    "count": "số ô có số liệu trong",
}
_CAPTURES = {
    "prior": "kỳ trước",
    "last_year": "cùng kỳ năm trước",
    "ytd": "các kỳ trước trong năm",
    "ytd_partial": "các kỳ trước trong năm",
}
_ATOM = 9
_MOST_TERMS = 6
"""An aggregate of more terms names the first and the last one."""


class FormulaWords:
    """Words for the formulas of one template, as seen from inside `table` (None: from a check across tables)."""

    def __init__(self, template: Template, table: str | None) -> None:
        self._tables = {found.name: found for found in template.tables}
        self._tables |= {found.name: found for source in template.sources or () for found in source.tables}
        self._here = table

    def say(self, expression: Expression) -> str:
        """The whole formula in words."""
        return self._said(expression)[0]

    def _said(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Number():
                return _number(expression.value), _ATOM
            case Text():
                return f"«{expression.value}»", _ATOM
            case Cell():
                return self._cell(expression), _ATOM
            case Captured(function="report"):
                return self._cell(expression.cell), _ATOM
            case Captured():
                return f"{self._cell(expression.cell)} của {_CAPTURES[expression.function]}", _ATOM
            case AddedRows():
                column = (
                    ""
                    if expression.column is None
                    else f"{self._column(expression.table, expression.column)} của "
                )
                return f"{column}các dòng «{self._row(expression.table, expression.group).label}»", _ATOM
            case Call():
                return self._called(expression)

    def _called(self, call: Call) -> tuple[str, int]:
        arguments = call.arguments
        match arguments:
            case (inner, Captured(function="ytd")):
                return f"lũy kế từ đầu năm của {self._within(inner, _ATOM)}", _ATOM
            case (inner, Captured(function="ytd_partial")):
                said = self._within(inner, _ATOM)
                return f"lũy kế từ đầu năm của {said}, các kỳ đã có số", _ATOM
            case _:
                pass
        match call.operation:
            case "convert":
                # The reader sees measures, not factors.
                return self._said(arguments[0])
            case "negate":
                return f"-{self._within(arguments[0], 7)}", 7
            case "not":
                return f"không phải ({self.say(arguments[0])})", _ATOM
            case "blank":
                return f"{self._within(arguments[0], _ATOM)} để trống", 4
            case "abs":
                return f"trị tuyệt đối của ({self.say(arguments[0])})", _ATOM
            case "round":
                return (
                    f"({self.say(arguments[0])}) làm tròn đến {self.say(arguments[1])} chữ số thập phân",
                    _ATOM,
                )
            case "if":
                condition, positive, negative = (self.say(part) for part in arguments)
                return f"nếu {condition} thì {positive}, còn không thì {negative}", 0
            case operation if operation in _AGGREGATES:
                return f"{_AGGREGATES[operation]} {self._several(arguments)}", _ATOM
            case operation:
                sign, own = _SIGNS[operation]
                first, *others = arguments
                # The right side of - and / needs brackets at its own level: a - (b - c).
                parts = [self._within(first, own), *(self._within(part, own + 1) for part in others)]
                return sign.join(parts), own

    def _within(self, expression: Expression, least: int) -> str:
        text, own = self._said(expression)
        return text if own >= least else f"({text})"

    def _several(self, terms: tuple[Expression, ...]) -> str:
        if len(terms) > _MOST_TERMS:
            return f"{len(terms)} ô từ {self.say(terms[0])} đến {self.say(terms[-1])}"
        return "; ".join(self.say(term) for term in terms)

    def _cell(self, cell: Cell) -> str:
        """The cell by what is not the reader's own row or column, and by its table where it is another."""
        if self._tables[cell.table].fields and cell.column is not None:
            return self._column(cell.table, cell.column)
        parts = []
        if cell.column is not None:
            parts.append(self._column(cell.table, cell.column))
        if cell.row is not None:
            parts.append(f"«{self._row(cell.table, cell.row).label}»")
        if cell.table != self._here:
            table = self._tables[cell.table]
            parts.append(f"biểu {table.form or f'«{table.title}»'}")
        return ", ".join(parts)

    def _row(self, table: str, name: str) -> Row:
        return next(row for row in self._tables[table].rows if row.name == name)

    def _column(self, table: str, name: str) -> str:
        found = self._tables[table]
        columns = (*found.columns, *(column for row in found.rows for column in row.columns))
        column = next(column for column in columns if column.name == name)
        return f"({column.code})" if column.code else f"«{column.label}»"


def _number(value: Decimal) -> str:
    whole, _, decimals = plain(value).partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{decimals}" if decimals else grouped
