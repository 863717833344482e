"""What a form's checks say of the numbers a unit enters: linear relations over entered cells.

A computed cell is replaced by its formula, over and over, until only entered cells and what was taken over are left;
sums over self-added rows become sums over the rows there are. What is not linear (a ratio, a product, a condition) is
no relation here: whoever makes numbers looks afterwards whether it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from compiler.cells import Layout
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number
from compiler.values import Address, CaptureKey, GroupKey


class Variable(NamedTuple):
    """One number that a unit enters. `place` counts self-added rows from 0; None for a static cell."""

    address: Address
    place: int | None = None


Readable = Variable | CaptureKey
"""What a relation reads: a number that is entered, or one that was taken over and can't be moved."""


@dataclass(frozen=True)
class Linear:
    """`constant` + Σ factor × value, values as the unit would write them (not scaled)."""

    constant: Fraction = Fraction(0)
    factors: Mapping[Readable, Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, *parts: tuple[Linear, Fraction]) -> Linear:
        """So many times each part, added up."""
        constant = Fraction(0)
        factors: dict[Readable, Fraction] = {}
        for part, times in parts:
            constant += part.constant * times
            for source, factor in part.factors.items():
                factors[source] = factors.get(source, Fraction(0)) + factor * times
        return cls(constant, {source: factor for source, factor in factors.items() if factor})

    def times(self, factor: Fraction) -> Linear:
        """So many times this."""
        return Linear.of((self, factor))


@dataclass(frozen=True)
class Relation:
    """`constant` + Σ factor × scaled value must be nothing (`equal`), or no more than nothing. Whole numbers all."""

    constant: int
    factors: tuple[tuple[Readable, int], ...]
    equal: bool

    def excess(self, numbers: Mapping[Readable, int]) -> int:
        """How far off it is: 0 where it holds. A blank adds nothing."""
        value = self.constant
        for source, factor in self.factors:
            value += factor * numbers.get(source, 0)
        return value if self.equal else max(value, 0)


class Relations:
    """The relations of all reports that have so many self-added rows and take over these values."""

    def __init__(
        self, layout: Layout, rows: Mapping[GroupKey, int], captured: Collection[CaptureKey]
    ) -> None:
        self._layout = layout
        self._rows = rows
        self._captured = captured
        self._known: dict[Variable, Linear | None] = {}

    def all(self) -> tuple[Relation, ...]:
        """Those of all checks and warnings, each once."""
        found: dict[Relation, None] = {}
        for placed in self._layout.checks:
            indexes: Iterator[int | None] = iter([None])
            if placed.group is not None:
                indexes = iter(range(self._rows.get(placed.group, 0)))
            for index in indexes:
                for relation in self._of(placed.condition, placed.group, index):
                    if any(isinstance(source, Variable) for source, _ in relation.factors):
                        found[relation] = None
        return tuple(found)

    def _of(self, condition: Expression, group: GroupKey | None, index: int | None) -> Iterator[Relation]:
        if not isinstance(condition, Call):
            return
        if condition.operation == "and":
            for argument in condition.arguments:
                yield from self._of(argument, group, index)
            return
        if condition.operation not in _COMPARISONS:
            return
        left, right = (self._linear(side, group, index) for side in condition.arguments)
        if left is None or right is None:
            return
        way, equal, strict = _COMPARISONS[condition.operation]
        yield self._whole(Linear.of((left, Fraction(way)), (right, Fraction(-way))), equal, strict)

    def _whole(self, left: Linear, equal: bool, strict: bool) -> Relation:
        """The same over scaled numbers, in whole numbers."""
        scaled = {source: factor / 10 ** self._scale(source) for source, factor in left.factors.items()}
        common = lcm(left.constant.denominator, *(factor.denominator for factor in scaled.values()))
        factors = tuple(
            sorted(((source, int(factor * common)) for source, factor in scaled.items()), key=repr)
        )
        least = min((abs(factor) for _, factor in factors), default=0)
        return Relation(int(left.constant * common) + (least if strict else 0), factors, equal)

    def _scale(self, source: Readable) -> int:
        if isinstance(source, CaptureKey):
            return self._layout.source_of(source).type.scale
        address = source.address
        if source.place is None:
            return self._layout.by_address[address].type.scale
        columns = self._layout.group_of[GroupKey(address.table, address.row)].columns
        return next(added.type.scale for added in columns if added.column.name == address.column)

    def _linear(self, expression: Expression, group: GroupKey | None, index: int | None) -> Linear | None:
        match expression:
            case Number(value=value):
                return Linear(Fraction(value))
            case Cell(table=table, row=row, column=column):
                own = row is None and group is not None
                name = (group.group if own and group is not None else row) or ""
                return self._cell(Variable(Address(table, name, column or ""), index if own else None))
            case Captured(function=function, cell=cell):
                address = Address(cell.table, cell.row or "", cell.column or "")
                key = CaptureKey(function, address)
                return Linear(factors={key: Fraction(1)}) if key in self._captured else None
            case AddedRows(table=table, group=name, column=column):
                there = range(self._rows.get(GroupKey(table, name), 0))
                cells = [self._cell(Variable(Address(table, name, column or ""), number)) for number in there]
                parts = [part for part in cells if part is not None]
                return _combined("sum", parts) if len(parts) == len(cells) else None
            case Call(operation=operation, arguments=arguments):
                sides = [self._linear(argument, group, index) for argument in arguments]
                parts = [part for part in sides if part is not None]
                return _combined(operation, parts) if len(parts) == len(sides) else None
            case _:
                return None

    def _cell(self, variable: Variable) -> Linear | None:
        """A cell over what is entered; None where its formula is not linear, or it holds no number."""
        if variable not in self._known:
            self._known[variable] = None  # formulas have no circles; this is for safety alone
            self._known[variable] = self._made(variable)
        return self._known[variable]

    def _made(self, variable: Variable) -> Linear | None:
        table, row, column = variable.address
        if variable.place is None:
            cell = self._layout.by_address.get(variable.address)
            if cell is None or not cell.type.is_number:
                return None
            if cell.kind == "entered" or (cell.kind == "carried" and not self._takes_over(cell.expression)):
                return Linear(factors={variable: Fraction(1)})
            return None if cell.expression is None else self._linear(cell.expression, None, None)
        key = GroupKey(table, row)
        for added in self._layout.group_of[key].columns:
            if added.column.name == column and added.type.is_number:
                if added.kind != "computed":
                    return Linear(factors={variable: Fraction(1)})
                assert added.expression is not None  # computed
                return self._linear(added.expression, key, variable.place)
        return None

    def _takes_over(self, expression: Expression | None) -> bool:
        if not isinstance(expression, Captured):
            return False
        cell = expression.cell
        address = Address(cell.table, cell.row or "", cell.column or "")
        return CaptureKey(expression.function, address) in self._captured


_COMPARISONS: Mapping[str, tuple[int, bool, bool]] = {
    "equal": (1, True, False),
    "agrees": (1, True, False),
    "less_equal": (1, False, False),
    "less": (1, False, True),
    "greater_equal": (-1, False, False),
    "greater": (-1, False, True),
}
"""Per comparison: the sign that brings it to `… <= 0`, whether it is an equality, whether the limit is left out."""


def _combined(operation: str, parts: list[Linear]) -> Linear | None:
    match operation:
        case "add" | "sum":
            return Linear.of(*((part, Fraction(1)) for part in parts))
        case "subtract":
            return Linear.of((parts[0], Fraction(1)), (parts[1], Fraction(-1)))
        case "negate":
            return parts[0].times(Fraction(-1))
        case "multiply" | "convert":
            factor, other = sorted(parts, key=lambda part: len(part.factors))
            return None if factor.factors else other.times(factor.constant)
        case "divide":
            top, bottom = parts
            return None if bottom.factors or not bottom.constant else top.times(1 / bottom.constant)
        case _:
            return None
