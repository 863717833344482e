"""What is known of a formula before any value is: the types of the cells it reads, and how fine it is.

The grain of an expression decides at which scale a comparison is made (`rounding.coarser`). The reference evaluator
and the lowering both ask here; what each operation does to the grain is a column of the table of operations.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from compiler.cells import AddedGroup, Layout, address_of
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, Number, Text
from compiler.formula.operations import OPERATIONS
from compiler.formula.rounding import UNBOUNDED, Grain, power_of_ten
from compiler.template import ValueType

Reading = Cell | Captured | AddedRows
"""An expression that reads values."""

TypeOf = Callable[[Reading], ValueType]
"""The type of what an expression reads."""


def cell_types(layout: Layout, group: AddedGroup | None = None) -> TypeOf:
    """The types of a layout's cells. A cell whose row is open is one of the self-added rows of `group`."""
    own_row = {} if group is None else {added.column.name: added.type for added in group.columns}

    def type_of(reading: Reading) -> ValueType:
        match reading:
            case Captured(function="report"):
                return layout.elsewhere[address_of(reading.cell)].type
            case Captured():
                return type_of(reading.cell)
            case AddedRows():
                for found in layout.groups:
                    if found.key == (reading.table, reading.group):
                        return next(
                            added.type for added in found.columns if added.column.name == reading.column
                        )
                raise KeyError(f"{reading.table}[{reading.group}]")
            case Cell(row=None, column=str(column)):
                return own_row[column]
            case _:
                return layout.by_address[address_of(reading)].type

    return type_of


def grain(expression: Expression, types: TypeOf) -> Grain:
    """How fine the expression is; None for what has no scale: literals, products, counts, texts and truths."""
    match expression:
        case Number() | Text():
            return None
        case Cell() | Captured() | AddedRows():
            found = types(expression)
            return found.scale if found.is_number else None
        case Call():
            return _grain_of_call(expression, types)


def _grain_of_call(expression: Call, types: TypeOf) -> Grain:
    arguments = expression.arguments
    match OPERATIONS[expression.operation].scale:
        case "finest":
            grains = [
                found for found in (grain(argument, types) for argument in arguments) if found is not None
            ]
            return max(grains, default=None)
        case "digits":
            return int(literal(arguments[1]))
        case "unbounded":
            return UNBOUNDED
        case "shifted":
            scale, exponent = grain(arguments[0], types), power_of_ten(literal(arguments[1]))
            return None if scale is None or exponent is None else scale - exponent
        case "exact":
            return None


def literal(expression: Expression) -> Fraction:
    """The value of an argument that the language only allows as a literal. TypeError for any other."""
    if isinstance(expression, Number):
        return Fraction(expression.value)
    raise TypeError(f"a literal number is needed, not {expression.node}")
