"""Native Excel formulas: a workbook that computes with the server unreachable, in Excel 2016 and LibreOffice alike.

A spreadsheet holds numbers as they are, in binary doubles. Blank cells read as 0 and a computed blank is the text "",
so cells are only ever read through what bears both (`SUM`, `COUNT`, `N` …) or where they are known to be numbers. A
kernel's quantities know their exact scale: rounding a sum or product to it gives back the decimal that was meant. So
only the one rounding to a coarser scale can meet a half that a double misses, and what has more than 15 digits
(`compiler/formula/doubles.py`).

Where cells lie is the workbook's matter (`place`), as is what a boolean, date or code looks like to a reader: a formula
expects TRUE or FALSE, "2026-09-30" and the code itself, with "" or nothing for blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from compiler.formula.expressions import AddedRows, Expression, Text
from compiler.formula.grain import Reading, TypeOf
from compiler.formula.kernel import (
    And,
    Compare,
    Constant,
    Extreme,
    Kernel,
    Known,
    Negative,
    Not,
    Or,
    Overall,
    Present,
    Product,
    Quantity,
    Rescaled,
    Rounded,
    SameText,
    Select,
    Source,
    Sum,
    Ticked,
    Truth,
)
from compiler.formula.kernel import Reading as CellNumber
from compiler.formula.lowering import Textual
from compiler.formula.program import Assigned, assign, lower
from compiler.frozen import plain
from compiler.template import ValueType

Place = Callable[[Reading], str]
"""The reference of a cell or a capture ("E5", "'Biểu 1'!$E$5"), or the range of a column of self-added rows."""

MOST_LETTERS = 8192
MOST_ARGUMENTS = 255
DEEPEST = 64
LONGEST_TEXT = 255
"""Excel's limits on a formula's length, a function's arguments, functions within functions, and a text in it."""


class BeyondExcel(ValueError):
    """The formula exceeds what Excel accepts: its cell is computed by the server alone."""


def formula(expression: Expression, type: ValueType, place: Place, types: TypeOf) -> str:
    """The formula, with its leading "=", that computes a cell of that type, or a check where the type is boolean.

    It gives a number, TRUE or FALSE, a text, or "" for blank and unknown. `types` are those of what is read
    (`grain.cell_types`). Raises BeyondExcel.
    """
    assigned = _assigned(expression, type, types)
    text = "=" + _Writer(place, types).assigned(assigned)
    if _depth(text) > DEEPEST:
        raise BeyondExcel(f"more than {DEEPEST} levels")
    return text


def _assigned(expression: Expression, type: ValueType, types: TypeOf) -> Assigned:
    kernel = Kernel()
    return assign(lower(expression, types, kernel), type, kernel, {})


class _Writer:
    """Kernel nodes as Excel expressions."""

    def __init__(self, place: Place, types: TypeOf) -> None:
        self._place = place
        self._types = types

    def assigned(self, assigned: Assigned) -> str:
        value = assigned.value
        if isinstance(value, Textual):
            shown = self._text(value.text)
        elif isinstance(value, Quantity):
            shown = self._exact(value)
        else:
            shown = self._truth(value)
        if isinstance(assigned.present, Known):
            return shown if assigned.present.holds else '""'
        absent = self._absent(assigned.present)
        if absent is not None:
            return _short(f'IF({absent},"",{shown})')
        return _short(f'IF({self._truth(assigned.present)},{shown},"")')

    # Quantities

    def _quantity(self, node: Quantity) -> str:
        match node:
            case Constant():
                text = plain(Decimal(node.value).scaleb(-node.scale))
                return f"({text})" if node.value < 0 else text
            case CellNumber():
                reference = self._place(node.source)
                return reference if node.sure else f"N({reference})"
            case Overall():
                return self._overall(node)
            case Sum():
                return _short(self._sum(node.terms))
            case Negative():
                return "-" + _factor(self._quantity(node.term))
            case Product():
                return _short(f"{_factor(self._quantity(node.left))}*{_factor(self._quantity(node.right))}")
            case Rescaled():
                return self._quantity(node.term)
            case Select():
                condition, then = self._truth(node.condition), self._quantity(node.then)
                return _short(f"IF({condition},{then},{self._quantity(node.otherwise)})")
            case Extreme():
                return _short(self._extreme(node))
            case Rounded():
                return _short(self._rounded(node))

    def _exact(self, node: Quantity) -> str:
        """The quantity with the traces of binary arithmetic rounded away at its own scale."""
        while isinstance(node, Rescaled):
            node = node.term
        text = self._quantity(node)
        if node.scale <= 0 or isinstance(node, Constant | CellNumber | Rounded | Extreme):
            return text
        if isinstance(node, Overall) and node.how != "sum":
            return text
        return _short(f"ROUND({text},{node.scale})")

    def _overall(self, node: Overall) -> str:
        reference = self._place(node.rows)
        if node.how == "count" and not self._types(node.rows).is_number:
            return f'SUMPRODUCT(--({reference}<>""))'
        return f"{node.how.upper()}({reference})"

    def _sum(self, terms: Iterable[Quantity]) -> str:
        """Cells are added up by SUM, which skips blanks; presences by COUNT; the rest by signs."""
        added: list[str] = []
        taken: list[str] = []
        counted: list[Source | AddedRows] = []
        rest = ""
        for term in terms:
            while isinstance(term, Rescaled):
                term = term.term
            inner = term.term if isinstance(term, Negative) else term
            while isinstance(inner, Rescaled):
                inner = inner.term
            if isinstance(inner, CellNumber) or (isinstance(inner, Overall) and inner.how == "sum"):
                source = inner.source if isinstance(inner, CellNumber) else inner.rows
                (taken if isinstance(term, Negative) else added).append(self._place(source))
            elif (found := self._counted(term)) is not None:
                counted.append(found)
            elif isinstance(term, Negative):
                rest += f"-{_factor(self._quantity(inner))}"
            elif isinstance(term, Constant) and term.value < 0:
                rest += self._quantity(term)[1:-1]
            else:
                rest += f"+{self._quantity(term)}"
        text = _call("SUM", added) if added else ""
        if counted:
            text += "+" + _call("COUNT", [self._place(source) for source in counted])
        if taken:
            text += "-" + _factor(_call("SUM", taken))
        return (text + rest).removeprefix("+")

    def _counted(self, term: Quantity) -> Source | AddedRows | None:
        """The number cell, or column of them, whose presences the term counts."""
        match term:
            case Select(
                condition=Present(source=source), then=Constant(value=1), otherwise=Constant(value=0)
            ):
                return source if self._types(source).is_number else None
            case Overall(how="count", rows=rows):
                return rows if self._types(rows).is_number else None
            case _:
                return None

    def _extreme(self, node: Extreme) -> str:
        name = node.how.upper()
        direct = [self._direct(condition, item) for condition, item in node.items]
        references = [reference for reference in direct if reference is not None]
        if len(references) == len(direct):
            return _call(name, references)
        beyond = "9.99E+307" if node.how == "min" else "-9.99E+307"
        items = [
            self._exact(item)
            if isinstance(condition, Known)
            else f"IF({self._truth(condition)},{self._exact(item)},{beyond})"
            for condition, item in node.items
        ]
        text = _call(name, items)
        if any(isinstance(condition, Known) for condition, _ in node.items):
            return text
        return f"IF({_call('OR', [self._truth(condition) for condition, _ in node.items])},{text},0)"

    def _direct(self, condition: Truth, item: Quantity) -> str | None:
        """The reference that MIN and MAX can read themselves: they skip blanks, and give 0 where all are."""
        while isinstance(item, Rescaled):
            item = item.term
        match condition, item:
            case (Present(source=source), CellNumber(source=read)) if source == read:
                return self._place(source)
            case Known(), CellNumber(source=source, sure=True):
                return self._place(source)
            case (Compare(right=Overall(how="count", rows=rows)), Overall(how="min" | "max", rows=read)) if (
                rows == read
            ):
                return self._place(rows)
            case _:
                return None

    def _rounded(self, node: Rounded) -> str:
        numerator, denominator = self._quantity(node.numerator), node.denominator
        if not (isinstance(denominator, Constant) and denominator.value == 10**denominator.scale):
            numerator = f"{_factor(numerator)}/{_factor(self._quantity(denominator))}"
        return f"ROUND({numerator},{node.scale})"

    # Truths

    def _truth(self, node: Truth) -> str:
        match node:
            case Known():
                return "TRUE" if node.holds else "FALSE"
            case Present():
                return self._present(node.source)
            case Ticked():
                return f"{self._place(node.source)}=TRUE"
            case SameText():
                return f"EXACT({self._text(node.left)},{self._text(node.right)})"
            case Compare():
                return _short(f"{self._exact(node.left)}{node.comparison}{self._exact(node.right)}")
            case And():
                numbers, others = self._split(node.parts)
                texts = [f"{_call('COUNT', numbers)}={len(numbers)}"] if len(numbers) > 1 else []
                texts += [f"ISNUMBER({numbers[0]})"] if len(numbers) == 1 else []
                return self._joined("AND", texts + others)
            case Or():
                numbers, others = self._split(node.parts)
                texts = [f"{_call('COUNT', numbers)}>0"] if len(numbers) > 1 else []
                texts += [f"ISNUMBER({numbers[0]})"] if len(numbers) == 1 else []
                return self._joined("OR", texts + others)
            case Not(part=part):
                return self._absent(part) or _short(f"NOT({self._truth(part)})")

    def _absent(self, node: Truth) -> str | None:
        """That a plain presence is not there, as a person would ask for it; None for other truths."""
        match node:
            case Present(source=source):
                kind = self._types(source)
                reference = self._place(source)
                return f"COUNT({reference})=0" if kind.is_number else f"NOT({self._present(source)})"
            case Or(parts=members):
                numbers, others = self._split(members)
                return None if others else f"{_call('COUNT', numbers)}=0"
            case And(parts=members):
                numbers, others = self._split(members)
                return None if others else f"{_call('COUNT', numbers)}<{len(numbers)}"
            case Compare(comparison="<", left=Constant(value=0), right=Overall(how="count") as counted):
                return f"{self._overall(counted)}=0"
            case _:
                return None

    def _split(self, members: Iterable[Truth]) -> tuple[list[str], list[str]]:
        """The number cells among presences, to be counted together, and the other truths in words of their own."""
        numbers: list[str] = []
        others: list[str] = []
        for member in members:
            if isinstance(member, Present) and self._types(member.source).is_number:
                numbers.append(self._place(member.source))
            else:
                others.append(self._truth(member))
        return numbers, others

    def _joined(self, name: str, texts: list[str]) -> str:
        return texts[0] if len(texts) == 1 else _short(_call(name, texts))

    def _present(self, source: Source) -> str:
        type = self._types(source)
        reference = self._place(source)
        if type.is_number:
            return f"ISNUMBER({reference})"
        return f"ISLOGICAL({reference})" if type.kind == "boolean" else f'{reference}<>""'

    def _text(self, text: Source | Text) -> str:
        if isinstance(text, Text):
            if len(text.value) > LONGEST_TEXT:
                raise BeyondExcel(f"a text of more than {LONGEST_TEXT} letters")
            return '"' + text.value.replace('"', '""') + '"'
        return self._place(text)


_REFERENCE = re.compile(r"((?:.+!)?)\$?([A-Z]{1,3})\$?(\d+)")
_SHORTEST_RUN = 3


def _call(name: str, arguments: list[str]) -> str:
    """A function of any number of arguments: neighbouring cells become ranges, what is too many is nested."""
    written = list(_runs(arguments)) if name in {"SUM", "COUNT", "MIN", "MAX"} else arguments
    while len(written) > MOST_ARGUMENTS:
        chunks = [written[start : start + MOST_ARGUMENTS] for start in range(0, len(written), MOST_ARGUMENTS)]
        outer = "SUM" if name == "COUNT" else name
        written = [f"{name}({','.join(chunk)})" for chunk in chunks]
        name = outer
    return f"{name}({','.join(written)})"


def _runs(references: list[str]) -> Iterable[str]:
    """Runs of at least three cells that lie side by side, in a row or a column, as one range."""
    start = 0
    while start < len(references):
        end = start + 1
        step: tuple[int, int] | None = None
        while end < len(references):
            found = _step(references[end - 1], references[end])
            if found not in {(0, 1), (1, 0)} or step not in {None, found}:
                break
            step = found
            end += 1
        if end - start >= _SHORTEST_RUN:
            last = references[end - 1]
            yield f"{references[start]}:{last.rpartition('!')[2]}"
        else:
            end = start + 1
            yield references[start]
        start = end


def _step(first: str, second: str) -> tuple[int, int] | None:
    """How many columns and rows lie between two cells of one sheet."""
    left, right = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(second)
    if left is None or right is None or left[1] != right[1]:
        return None
    return _column(right[2]) - _column(left[2]), int(right[3]) - int(left[3])


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _factor(text: str) -> str:
    """A text that can stand beside * and /."""
    return text if re.fullmatch(r"[^-+*/=<>(),\"]+|[A-Z]+\([^()]*\)|\([^()]*\)", text) else f"({text})"


def _short(text: str) -> str:
    """The text, unless it has outgrown Excel: found while it is written, for terms are repeated, not shared."""
    if len(text) >= MOST_LETTERS:
        raise BeyondExcel(f"more than {MOST_LETTERS} letters")
    return text


def _depth(text: str) -> int:
    """How deep its brackets nest, outside of texts."""
    depth = deepest = 0
    for part in text.split('"')[::2]:
        for letter in part:
            depth += (letter == "(") - (letter == ")")
            deepest = max(deepest, depth)
    return deepest
