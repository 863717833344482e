"""Authors' examples: addresses resolved, values brought to the scale of their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from compiler.cells import address_of
from compiler.examples import Example, ExpectedCell, ExpectedCheck, at_scale
from compiler.formula.expressions import Captured, CaptureFunction, Cell
from compiler.passes.context import Diagnostics
from compiler.passes.names import Where
from compiler.passes.regimes import CompiledRegime
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, Scalar
from dsl import tree


def compile_examples(
    node: tree.Regime, regime: CompiledRegime, diagnostics: Diagnostics
) -> tuple[Example, ...]:
    """The examples of a regime. Notes what they name that isn't there, and values that don't fit their cells."""
    return tuple(
        _Example(regime, diagnostics).compile(item) for item in node.items if isinstance(item, tree.Example)
    )


_FUNCTIONS: Mapping[str, CaptureFunction] = {"prior": "prior", "last_year": "last_year", "ytd": "ytd"}
"""What a `given` may say of other reports; `ytd(x)` is what the earlier periods of the year come to."""


class _Example:
    def __init__(self, regime: CompiledRegime, diagnostics: Diagnostics) -> None:
        self.regime = regime
        self.diagnostics = diagnostics
        self.checks = {check.name for check in regime.template.checks}

    def compile(self, node: tree.Example) -> Example:
        given: dict[Address, Scalar] = {}
        captured: dict[CaptureKey, int | None] = {}
        for item in node.given:
            target = self._target(item.cell, item.function)
            if target is None:
                continue
            value = self._value(item.value, target[1])
            if isinstance(target[0], CaptureKey):
                captured[target[0]] = value if isinstance(value, int) else None
                if target[0].function == "ytd":
                    # The same sum, for formulas that ask for the periods that have a value.
                    captured[target[0]._replace(function="ytd_partial")] = captured[target[0]]
            elif value is not None:
                given[target[0]] = value
        expected = tuple(self._expectations(node.expect))
        return Example(node.title.text, given, captured, expected, node.span)

    def _expectations(
        self, items: Iterable[tree.Given | tree.Fails]
    ) -> Iterable[ExpectedCell | ExpectedCheck]:
        for item in items:
            if isinstance(item, tree.Fails):
                if item.check.text not in self.checks:
                    self.diagnostics.unknown("BIEU0286", item.check.span, item.check.text, self.checks)
                    continue
                yield ExpectedCheck(item.check.text, item.holds, item.span)
                continue
            target = self._target(item.cell, None)
            if target is not None and isinstance(target[0], Address):
                yield ExpectedCell(target[0], self._value(item.value, target[1]), item.span)

    def _target(
        self, reference: tree.Reference, function: tree.Name | None
    ) -> tuple[Address | CaptureKey, ValueType] | None:
        operand = self.regime.resolver.expression(reference, Where(None))
        cell = operand.expression
        if isinstance(cell, Captured) and function is None:
            # A cell of another regime: what its report holds.
            return CaptureKey(cell.function, address_of(cell.cell)), self._type_elsewhere(cell)
        if not isinstance(cell, Cell) or cell.row is None or cell.column is None:
            return None
        address = Address(cell.table, cell.row, cell.column)
        column = self.regime.resolver.column(self.regime.resolver.tables[cell.table], cell.column)
        if function is None:
            return address, column.type
        captured = _FUNCTIONS.get(function.text)
        if captured is None:
            self.diagnostics.unknown("BIEU0209", function.span, function.text, _FUNCTIONS)
            return None
        return CaptureKey(captured, address), column.type

    def _type_elsewhere(self, captured: Captured) -> ValueType:
        regime, _, table = captured.cell.table.partition(".")
        resolver = self.regime.resolver.others[regime]
        return resolver.column(resolver.tables[table], captured.cell.column or "").type

    def _value(self, node: tree.Expression, known: ValueType) -> Scalar | None:
        """A literal as the cell holds it; `blank` for a blank cell."""
        match node:
            case tree.Reference(table=None, row=(), name=tree.Name(text="blank" | "trong")):
                return None
            case tree.Unary(operator="-", operand=tree.NumberLiteral(value=value)):
                return self._number(-value, node, known)
            case tree.NumberLiteral(value=value):
                return self._number(value, node, known)
            case tree.TextLiteral(text=text) if not known.is_number:
                return text
            case tree.Truth(value=truth) if known.kind == "boolean":
                return truth
            case _:
                self.diagnostics.add("BIEU0285", node.span)
                return None

    def _number(self, value: Decimal, node: tree.Expression, known: ValueType) -> int | None:
        scaled = at_scale(Fraction(value), known.scale) if known.is_number else None
        if scaled is None:
            self.diagnostics.add("BIEU0285", node.span)
        return scaled
