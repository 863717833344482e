"""Names to cells: every expression of a regime resolved, typed, measured and classified on demand.

A column's facts (type, measure, formula, roll-up) may need another column's first, so they are worked out when asked
for and kept. A formula that leads back to itself is answered with what is declared; the circle itself is reported by
the cells pass, which sees single cells and so knows a real circle from a total that only looks like one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.formula.expressions import (
    AddedRows,
    Call,
    Captured,
    CaptureFunction,
    Cell,
    Expression,
    Number,
    Text,
    call,
    leaves,
    number,
    transform,
)
from compiler.formula.operations import OPERATIONS, Operation
from compiler.measures import PURE, Dimension, dimension
from compiler.passes import additivity, measures, types
from compiler.passes.attributes import Attributes, value_type
from compiler.passes.context import Diagnostics
from compiler.passes.declarations import Shared
from compiler.passes.drafts import (
    FIELDS,
    FIELDS_ROW,
    ColumnDraft,
    RowDraft,
    TableDraft,
    draft_fields,
    draft_table,
    fields_of,
)
from compiler.passes.names import Names, Where
from compiler.passes.operand import Class, Operand
from compiler.template import Formula, OverTime, OverUnits, ValueType
from dsl import tree
from dsl.diagnostics import Fix, Label
from dsl.span import Span

_BINARY = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "and": "and", "or": "or"}
_COMPARE = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
_CAPTURES: Mapping[str, CaptureFunction] = {"prior": "prior", "last_year": "last_year", "ytd": "ytd"}
_PARTIAL = {"partial", "mot_phan"}
"""What an author may add to `ytd(x)`, in either language: add up the periods that have a value."""
_WORDS = frozenset({"and", "or", "not", "if"})
FUNCTIONS: tuple[str, ...] = tuple(
    name for name, operation in OPERATIONS.items() if operation.spelling == name and name not in _WORDS
)
"""What an author may call by name; the signs and `if` have their own syntax."""


@dataclass(frozen=True)
class Facts:
    """What is known of a column, or of a row's formula: all that the template will say of it."""

    type: ValueType
    dimension: Dimension | None
    formula: Formula | None
    over_units: OverUnits
    over_time: OverTime
    additivity: Class
    sides: tuple[Operand, ...] = ()
    """Every side of `= a = b`: the first is the formula, the others are checks."""


class Resolver:
    """Resolves the expressions of one regime."""

    def __init__(
        self,
        tables: Mapping[str, TableDraft],
        shared: Shared,
        diagnostics: Diagnostics,
        others: dict[str, Resolver] | None = None,
    ) -> None:
        self.tables = tables
        self.others: dict[str, Resolver] = {} if others is None else others
        """The resolvers of the regimes whose cells were read so far, by name, this one's too."""
        self.elsewhere: dict[tuple[str, Cell], Span] = {}
        """The cells of other regimes that were read, by regime, and where that was written first."""
        self.names = Names(tables, diagnostics)
        self.shared = shared
        self.diagnostics = diagnostics
        self._facts: dict[tuple[str, str], Facts] = {}
        self._open: set[tuple[str, str]] = set()
        self._lists = frozenset(shared.code_lists)

    # Facts

    def column(self, table: TableDraft, name: str) -> Facts:
        """The facts of a column of the table, or of one that only self-added rows have."""
        key = (table.name, name)
        if key in self._facts:
            return self._facts[key]
        draft = table.columns.get(name)
        group = None
        if draft is None:
            group = next(row for row in table.rows.values() if any(c.name == name for c in row.columns))
            draft = next(column for column in group.columns if column.name == name)
        if key in self._open:
            return self._declared(table, draft, group is not None)
        self._open.add(key)
        facts = self._column_facts(table, draft, group)
        self._open.discard(key)
        self._facts[key] = facts
        return facts

    def _declared(self, table: TableDraft, draft: ColumnDraft, own: bool) -> Facts:
        """What a column's declaration alone says, for a formula that leads back to it."""
        written = draft.attributes.type
        quiet = Diagnostics()
        known = value_type(written, self._lists, quiet) if written else ValueType(kind="integer")
        rule = OverUnits(rule="recompute")
        return Facts(
            known, self._dimension(table, draft, known, own), None, rule, "sum", _entered_class(known, None)
        )

    def _column_facts(self, table: TableDraft, draft: ColumnDraft, group: RowDraft | None) -> Facts:
        attributes = draft.attributes
        span = draft.node.name.span
        written = value_type(attributes.type, self._lists, self.diagnostics) if attributes.type else None
        if attributes.definition is None:
            if written is None:
                fix = Fix(Span(span.source, draft.node.label.span.end, draft.node.label.span.end), " integer")
                self.diagnostics.add("BIEU0218", span, {"name": draft.name}, fix=fix)
                written = ValueType(kind="integer")
            rule = additivity.entered_rule(attributes, written, span, self.diagnostics)
            rule = self._weighted(table, rule, attributes)
            return Facts(
                type=written,
                dimension=self._dimension(table, draft, written, group is not None),
                formula=None,
                over_units=rule,
                over_time=_over_time(attributes, written, _entered_class(written, rule)),
                additivity=_entered_class(written, rule),
            )
        where = Where(table, group)
        sides = tuple(self.expression(side, where) for side in attributes.definition.sides)
        first = sides[0]
        known = written or types.inferred(first, span, self.diagnostics)
        self._fits(first, known)
        cell_dimension = self._dimension(table, draft, known, group is not None)
        if attributes.measure is None and measures.is_compound(first.dimension):
            # Đồng per person in a table of đồng: the table's measure can't be meant.
            cell_dimension = first.dimension
        first = measures.assigned(first, cell_dimension, span, self.shared.measures, self.diagnostics)
        formula_class = additivity.of_formula(first, known)
        carried = first.expression if isinstance(first.expression, Captured) else None
        carried_rule = None if carried is None else self._rule_of_captured(carried)
        rule = additivity.computed_rule(
            attributes, formula_class, known, first.span, carried_rule, self.diagnostics
        )
        return Facts(
            type=known,
            dimension=cell_dimension,
            formula=Formula(
                expression=first.expression,
                additivity=formula_class,
                chain=tuple(side.expression for side in sides[1:]),
            ),
            over_units=rule,
            over_time=(
                "cumulative"
                if attributes.over_time is None and _is_year_to_date(first.expression)
                else _over_time(attributes, known, formula_class)
            ),
            additivity=formula_class,
            sides=(first, *sides[1:]),
        )

    def _fits(self, operand: Operand, cell_type: ValueType) -> None:
        """A formula's kind must be its cell's."""
        if cell_type.is_number:
            types.expect(operand, "number", self.diagnostics)
        elif cell_type.kind == "boolean":
            types.expect(operand, "truth", self.diagnostics)
        else:
            types.expect(operand, "text", self.diagnostics)

    def _rule_of_captured(self, captured: Captured) -> OverUnits:
        """How a value taken over rolls up: as where it comes from; what another regime recomputes can't be."""
        if captured.function != "report":
            return self._rule_of(captured.cell)
        regime, _, table = captured.cell.table.partition(".")
        rule = self.others[regime]._rule_of(captured.cell.model_copy(update={"table": table}))
        return OverUnits(rule="none") if rule.rule == "recompute" else rule

    def _rule_of(self, cell: Cell) -> OverUnits:
        table = self.tables[cell.table]
        if cell.column is None:
            return OverUnits(rule="sum")
        key = (cell.table, cell.column)
        if key in self._open:
            return OverUnits(rule="sum")
        rule = self.column(table, cell.column).over_units
        return (
            OverUnits(rule="sum")
            if rule.rule == "recompute" and self._is_additive(table, cell.column)
            else rule
        )

    def _is_additive(self, table: TableDraft, column: str) -> bool:
        return self.column(table, column).additivity == "additive"

    def _dimension(
        self, table: TableDraft, draft: ColumnDraft, known: ValueType, own: bool
    ) -> Dimension | None:
        use = draft.attributes.measure
        if use is not None:
            measure = self.shared.measures.get(use.name.text)
            if measure is None:
                self._unknown_measure(use)
                return None
            return dimension(measure)
        if known.kind == "percent":
            return PURE
        # Where rows have measures, a column's is that of the row at hand.
        if not known.is_number or own or table.measure is None or table.rows_have_measures:
            return None
        measure = self.shared.measures.get(table.measure.name.text)
        return None if measure is None else dimension(measure)

    def row_dimension(self, table: TableDraft, row: RowDraft) -> Dimension | None:
        """The measure of a row's numbers where rows of the table have their own: the row's, else the table's."""
        use = row.attributes.measure
        if use is None:
            use = table.measure if table.rows_have_measures else None
        elif use.name.text not in self.shared.measures:
            self._unknown_measure(use)
        measure = None if use is None else self.shared.measures.get(use.name.text)
        return None if measure is None else dimension(measure)

    def _follows_row(self, table: TableDraft, column: str) -> bool:
        """Whether a column's measure is that of the row at hand."""
        draft = table.columns.get(column)
        if draft is None or draft.attributes.measure is not None or not table.rows_have_measures:
            return False
        return self.column(table, column).dimension is None

    def _unknown_measure(self, use: tree.MeasureUse) -> None:
        already = any(
            found.code == "BIEU0205" and found.span == use.name.span for found in self.diagnostics.found
        )
        if not already:
            self.diagnostics.unknown("BIEU0205", use.name.span, use.name.text, self.shared.measures)

    def _weighted(self, table: TableDraft, rule: OverUnits, attributes: Attributes) -> OverUnits:
        if rule.weight is None or attributes.rollup is None or attributes.rollup.by is None:
            return rule
        by = attributes.rollup.by
        if by.text not in table.columns:
            self.diagnostics.unknown("BIEU0202", by.span, by.text, table.columns, table=table.name)
            return OverUnits(rule="mean")
        if not self.column(table, by.text).type.is_number:
            self.diagnostics.add("BIEU0235", by.span, {"name": by.text})
            return OverUnits(rule="mean")
        return rule

    def row(self, table: TableDraft, row: RowDraft) -> Facts | None:
        """The facts of a row's formula, or None where it has none. A row formula speaks of every column at once, so its
        own cells count as additive; whether a column may be added is checked where row meets column."""
        definition = row.attributes.definition
        if definition is None:
            return None
        sides = tuple(self.expression(side, Where(table)) for side in definition.sides)
        for side in sides:
            types.expect(side, "number", self.diagnostics)
        own = self.row_dimension(table, row)
        first, *others = (
            measures.assigned(side, own, row.span, self.shared.measures, self.diagnostics) for side in sides
        )
        sides = (first, *others)
        kind = ValueType(kind="decimal", scale=first.scale or 0)
        formula_class = additivity.of_formula(first, kind)
        formula = Formula(
            expression=first.expression,
            additivity=formula_class,
            chain=tuple(side.expression for side in sides[1:]),
        )
        rule = OverUnits(rule="recompute")
        if row.attributes.rollup is not None:
            rule = OverUnits(rule=row.attributes.rollup.rule)
        elif formula_class == "other":
            self.diagnostics.add("BIEU0232", first.span)
        return Facts(kind, None, formula, rule, "sum", formula_class, sides)

    # Expressions

    def expression(self, node: tree.Expression, where: Where) -> Operand:
        """An expression with all that is known of it. Notes what is wrong and goes on with a number in its place."""
        match node:
            case tree.Group():
                return replace(self.expression(node.inner, where), span=node.span)
            case tree.NumberLiteral():
                exponent = node.value.normalize().as_tuple().exponent
                scale = -exponent if isinstance(exponent, int) and exponent < 0 else 0
                return Operand(Number(value=node.value), node.span, "number", scale)
            case tree.TextLiteral():
                return Operand(Text(value=node.text), node.span, "text", None, None)
            case tree.Truth():
                truth = call("equal", number(1), number(1 if node.value else 0))
                return Operand(truth, node.span, "truth", None, PURE)
            case tree.Reference():
                return self._reference(node, where)
            case tree.Range():
                raise AssertionError("the grammar has ranges only as arguments, and _apply takes those apart")
            case tree.Unary():
                name = "negate" if node.operator == "-" else "not"
                return self._call(OPERATIONS[name], (self.expression(node.operand, where),), node.span)
            case tree.Binary():
                return self._binary(node, where)
            case tree.Comparison():
                return self._comparison(node, where)
            case tree.Conditional():
                parts = tuple(
                    self.expression(part, where) for part in (node.condition, node.positive, node.negative)
                )
                return self._call(OPERATIONS["if"], parts, node.span)
            case tree.Apply():
                return self._apply(node, where)

    def _binary(self, node: tree.Binary, where: Where) -> Operand:
        # A sum of thousands of terms leans left: walk down its spine instead of recursing along it.
        spine: list[tree.Binary] = []
        current: tree.Expression = node
        while isinstance(current, tree.Binary):
            spine.append(current)
            current = current.left
        operand = self.expression(current, where)
        for link in reversed(spine):
            right = self.expression(link.right, where)
            operand = self._call(OPERATIONS[_BINARY[link.operator]], (operand, right), link.span)
        return operand

    def _comparison(self, node: tree.Comparison, where: Where) -> Operand:
        operands = [self.expression(operand, where) for operand in node.operands]
        pairs = [
            self._call(OPERATIONS[_COMPARE[operator]], (left, right), left.span.to(right.span))
            for operator, left, right in zip(node.operators, operands, operands[1:], strict=False)
        ]
        truth = pairs[0]
        for pair in pairs[1:]:
            truth = self._call(OPERATIONS["and"], (truth, pair), node.span)
        return replace(truth, span=node.span)

    def _apply(self, node: tree.Apply, where: Where) -> Operand:
        name = node.function.text
        if name in _CAPTURES:
            return self._captured(node, where)
        if name not in FUNCTIONS:
            self.diagnostics.unknown("BIEU0209", node.function.span, name, (*FUNCTIONS, *_CAPTURES))
            return _unknown(node.span)
        operation = OPERATIONS[name]
        arguments: list[Operand] = []
        for argument in node.arguments:
            if isinstance(argument, tree.Range):
                arguments += self._range(argument, where)
            elif isinstance(argument, tree.Reference) and (group := self.names.group(argument, where)):
                arguments += self._members(argument, *group)
            else:
                arguments.append(self.expression(argument, where))
        return self._call(operation, tuple(arguments), node.span)

    def _call(self, operation: Operation, operands: tuple[Operand, ...], span: Span) -> Operand:
        if not operation.accepts(len(operands)):
            most = operation.most
            wanted = str(operation.least) if most == operation.least else f"{operation.least}…{most or ''}"
            values = {"name": operation.spelling, "wanted": wanted, "found": str(len(operands))}
            self.diagnostics.add("BIEU0210", span, values)
            return _unknown(span)
        kind = types.result_kind(operation, operands, self.diagnostics)
        if kind is None:
            return _unknown(span)
        if (
            operation.name == "round"
            and not isinstance(operands[-1].expression, Number)
            and len(operands) > 1
        ):
            self.diagnostics.add("BIEU0214", operands[-1].span)
            return _unknown(span)
        operands, found = measures.unify(operation, operands, self.shared.measures, self.diagnostics)
        return Operand(
            expression=call(operation.name, *(operand.expression for operand in operands)),
            span=span,
            kind=kind,
            scale=types.result_scale(operation, operands),
            dimension=found,
            additivity=additivity.classify(operation, operands),
        )

    def _captured(self, node: tree.Apply, where: Where) -> Operand:
        name, arguments = node.function.text, list(node.arguments)
        partial = name == "ytd" and len(arguments) == 2 and _is_word(arguments[1], _PARTIAL)
        argument = arguments[0] if len(arguments) == 1 or partial else None
        if isinstance(argument, tree.Group):
            argument = argument.inner
        if not isinstance(argument, tree.Reference) or argument.regime is not None:
            self.diagnostics.add("BIEU0212", node.span, {"name": name})
            return _unknown(node.span)
        operand = self._reference(argument, where)
        if not isinstance(operand.expression, Cell):
            return replace(operand, span=node.span)
        if operand.kind != "number":
            types.expect(operand, "number", self.diagnostics)
        if name == "ytd":
            return self._year_to_date(node, operand, operand.expression, partial)
        return replace(
            operand,
            expression=Captured(function=_CAPTURES[name], cell=operand.expression),
            span=node.span,
        )

    def _year_to_date(self, node: tree.Apply, operand: Operand, cell: Cell, partial: bool) -> Operand:
        """This period's value and those of the earlier periods of the year. Only what adds up over time has one."""
        rule = self._rule_over_time(cell)
        if rule != "sum":
            self.diagnostics.add("BIEU0354", node.span, {"rule": rule})
            return _unknown(node.span)
        earlier = replace(
            operand, expression=Captured(function="ytd_partial" if partial else "ytd", cell=cell)
        )
        return self._call(OPERATIONS["add" if partial else "cumulate"], (operand, earlier), node.span)

    def _rule_over_time(self, cell: Cell) -> OverTime:
        table = self.tables[cell.table]
        row = None if cell.row is None else table.rows[cell.row].attributes.over_time
        if row is not None:
            return row.rule
        if cell.column is None or (cell.table, cell.column) in self._open:
            return "sum"
        return self.column(table, cell.column).over_time

    def _of_other_regime(self, node: tree.Reference) -> Operand:
        """A cell of another regime's report: an input, as it stands in that report."""
        assert node.regime is not None  # asked for such references only
        regime = node.regime.text
        other = self.others.get(regime)
        if other is None:
            declared = self.shared.regimes.get(regime)
            if declared is None:
                self.diagnostics.unknown("BIEU0352", node.regime.span, regime, self.shared.regimes)
                return _unknown(node.span)
            # What is wrong in that regime is told there.
            other = resolver_of(declared, self.shared, self.others, Diagnostics())
        before = len(other.diagnostics.found)
        operand = other.expression(replace(node, regime=None), Where(None))
        if not isinstance(operand.expression, Cell):
            self.diagnostics.found += [
                found
                for found in other.diagnostics.found[before:]
                if node.span.start <= found.span.start < node.span.end
            ]
            return _unknown(node.span)
        if operand.kind != "number":
            types.expect(operand, "number", self.diagnostics)
            return _unknown(node.span)
        self.elsewhere.setdefault((regime, operand.expression), node.span)
        cell = operand.expression.model_copy(update={"table": f"{regime}.{operand.expression.table}"})
        return replace(
            operand,
            expression=Captured(function="report", cell=cell),
            additivity="additive" if operand.additivity == "additive" else "other",
        )

    # Names

    def _reference(self, node: tree.Reference, where: Where) -> Operand:
        if node.regime is not None:
            return self._of_other_regime(node)
        fields = self.tables.get(FIELDS)
        if fields is not None and fields.fields and self._is_field(node, where, fields):
            return self._cell(node, fields, fields.rows[FIELDS_ROW], node.name)
        table = self.names.table(node, where)
        if table is None:
            return _unknown(node.span)
        if node.row:
            row = self.names.row(node.row, table)
            if row is None:
                return _unknown(node.span)
            return self._cell(node, table, row, node.name)
        name = node.name.text
        if name in table.columns:
            return self._cell(node, table, None, node.name)
        if where.group is not None and any(column.name == name for column in where.group.columns):
            return self._cell(node, table, None, node.name)
        if name in table.rows and table.rows[name].kind == "heading":
            label = Label(table.rows[name].span, "row")
            self.diagnostics.add("BIEU0350", node.span, {"name": name}, labels=(label,))
            return _unknown(node.span)
        if name in table.rows and table.rows[name].kind != "added":
            dimension = self.row_dimension(table, table.rows[name])
            return _of_every_column(Cell(table=table.name, row=name), node.span, dimension)
        if name in table.groups:
            self.diagnostics.add("BIEU0216", node.span, {"name": name})
            return _unknown(node.span)
        known = (*table.columns, *table.rows, *table.groups)
        self.diagnostics.unknown("BIEU0202", node.name.span, name, known, table=table.name)
        return _unknown(node.span)

    @staticmethod
    def _is_field(node: tree.Reference, where: Where, fields: TableDraft) -> bool:
        """Whether a bare name is a field of the outline; what the table at hand calls so comes first."""
        name = node.name.text
        if node.table is not None or name not in fields.columns or where.table is fields:
            return False
        table = where.table
        return table is None or name not in {
            *table.columns,
            *table.own_columns,
            *table.rows,
            *table.groups,
        }

    def _cell(
        self, node: tree.Reference, table: TableDraft, row: RowDraft | None, column: tree.Name
    ) -> Operand:
        name = column.text
        own = {c.name for c in row.columns} if row is not None else set(table.own_columns)
        if name not in table.columns and name not in own:
            self.diagnostics.unknown("BIEU0202", column.span, name, table.columns, table=table.name)
            return _unknown(node.span)
        if row is not None and row.kind == "added":
            self.diagnostics.add("BIEU0216", node.span, {"name": row.name})
            return _unknown(node.span)
        if row is not None and row.kind == "heading":
            self.diagnostics.add("BIEU0350", node.span, {"name": row.name}, labels=(Label(row.span, "row"),))
            return _unknown(node.span)
        cell = Cell(table=table.name, row=None if row is None else row.name, column=name)
        read = _read(cell, node.span, self.column(table, name))
        if row is not None and read.kind == "number" and self._follows_row(table, name):
            read = replace(read, dimension=self.row_dimension(table, row))
        return read

    def _members(self, node: tree.Reference, table: TableDraft, rows: Sequence[RowDraft]) -> list[Operand]:
        """The cells that a group's name in an aggregate stands for: `sum(linh_vuc)`, `sum(b06a[linh_vuc].c4)`."""
        column = node.name if node.row else None
        facts: Facts | None = None
        if column is not None:
            known = {**table.columns, **table.own_columns}
            if column.text not in known:
                self.diagnostics.unknown("BIEU0202", column.span, column.text, known, table=table.name)
                return [_unknown(node.span)]
            facts = self.column(table, column.text)
        name = None if column is None else column.text
        operands: list[Operand] = []
        for row in rows:
            leaf: Expression = (
                AddedRows(table=table.name, group=row.name, column=name)
                if row.kind == "added"
                else Cell(table=table.name, row=row.name, column=name)
            )
            if facts is None:
                operands.append(_of_every_column(leaf, node.span, self.row_dimension(table, row)))
                continue
            read = _read(leaf, node.span, facts)
            if read.kind == "number" and column is not None and self._follows_row(table, column.text):
                read = replace(read, dimension=self.row_dimension(table, row))
            operands.append(read)
        # An unknown list was reported where it is named.
        return operands or [_unknown(node.span)]

    def _range(self, node: tree.Range, where: Where) -> list[Operand]:
        names = self.names.range(node, where)
        if names is None:
            return [_unknown(node.span)]
        bare = (tree.Reference(None, (), tree.Name(name, node.span), node.span) for name in names)
        return [self._reference(reference, where) for reference in bare]


def resolver_of(
    node: tree.Regime, shared: Shared, others: dict[str, Resolver], diagnostics: Diagnostics
) -> Resolver:
    """The resolver of a regime, its tables drafted; it is put among the others."""
    drafts: dict[str, TableDraft] = {}
    for item in node.items:
        if not isinstance(item, tree.Table):
            continue
        if item.name.text in drafts:
            first = Label(drafts[item.name.text].node.name.span, "first")
            values = {"name": item.name.text, "what": "table"}
            diagnostics.add("BIEU0201", item.name.span, values, labels=(first,))
            continue
        drafts[item.name.text] = draft_table(item, shared, diagnostics)
    outlines = [item.items for item in node.items if isinstance(item, tree.Outline)]
    if fields := [each for items in outlines for each in fields_of(items)]:
        if FIELDS in drafts:
            values = {"name": FIELDS, "what": "table"}
            first = Label(fields[0].name.span, "first")
            diagnostics.add("BIEU0201", drafts[FIELDS].node.name.span, values, labels=(first,))
        drafts[FIELDS] = draft_fields(fields, shared, diagnostics)
    others[node.name.text] = Resolver(drafts, shared, diagnostics, others)
    return others[node.name.text]


def _is_word(node: tree.Expression, words: set[str]) -> bool:
    return isinstance(node, tree.Reference) and not node.row and node.name.text in words


def _is_year_to_date(expression: Expression) -> bool:
    """Whether a formula is `ytd(x)` itself."""
    match expression:
        case Call(arguments=(_, Captured(function="ytd" | "ytd_partial"))):
            return True
        case _:
            return False


def _read(leaf: Expression, span: Span, facts: Facts) -> Operand:
    """A cell of a column whose facts are known."""
    if facts.type.is_number:
        return Operand(leaf, span, "number", facts.type.scale, facts.dimension, facts.additivity)
    return Operand(leaf, span, "truth" if facts.type.kind == "boolean" else "text", None, None, "other")


def _of_every_column(leaf: Expression, span: Span, dimension: Dimension | None) -> Operand:
    """A cell of a row formula, which speaks of every column at once: each keeps its own scale, and its own measure
    unless rows of the table have theirs."""
    return Operand(leaf, span, "number", 0, dimension, "additive")


def _unknown(span: Span) -> Operand:
    """Stands for an expression that was reported, so that one mistake is reported once."""
    return Operand(number(0), span, "number", 0, None, "additive")


def _entered_class(known: ValueType, rule: OverUnits | None) -> Class:
    """Entered cells that are summed over units are additive inputs; all others are not."""
    summed = rule is None or rule.rule == "sum"
    return "additive" if known.is_number and known.kind != "percent" and summed else "other"


def _over_time(attributes: Attributes, known: ValueType, formula_class: str) -> OverTime:
    if attributes.over_time is not None:
        return attributes.over_time.rule
    if not known.is_number:
        return "last"
    return "sum" if formula_class == "additive" and known.kind != "percent" else "recompute"


def open_axes(expression: Expression) -> tuple[bool, bool]:
    """Whether an expression has cells with an open row, and with an open column."""
    row = column = False
    for leaf in leaves(expression):
        cell = leaf.cell if isinstance(leaf, Captured) else leaf
        if isinstance(cell, Cell):
            row = row or cell.row is None
            column = column or cell.column is None
        elif isinstance(cell, AddedRows):
            column = column or cell.column is None
    return row, column


def captured_version(expression: Expression, function: str) -> Expression:
    """The expression over an earlier report: each cell replaced by what it was then."""
    name = "prior" if function == "prior" else "last_year"

    def leaf(node: Expression) -> Expression:
        return Captured(function=name, cell=node) if isinstance(node, Cell) else node  # type: ignore[arg-type]

    return transform(expression, leaf)
